import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { picture } from "../../api/client";
import { Button } from "../../ui/button";
import { useObjectUrl } from "../../ui/picture";
import { useWords } from "../../words";
import type { Space } from "./space";

const SVG = "http://www.w3.org/2000/svg";
const GRID_LINES = 12;

interface Stage {
  svg: SVGSVGElement;
  map: L.Map;
  /** How many units of the space are one pixel of the screen. */
  unit: number;
}

interface Props {
  space: Space;
  label: string;
  children(unit: number): ReactNode;
}

/**
 * A plan that is moved and zoomed (Leaflet, without any tiles); what lies on it is drawn in its own
 * units, in one `<svg>`, so that the keyboard reaches it like everything else on the page.
 */
export function PlanMap({ space, label, children }: Props) {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<Stage | null>(null);
  const [width, height] = space.size;
  useEffect(() => {
    if (!box.current) return;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const map = L.map(box.current, {
      crs: L.CRS.Simple,
      minZoom: -8,
      maxZoom: 6,
      zoomSnap: 0,
      zoomControl: false,
      attributionControl: false,
      scrollWheelZoom: false, // the page scrolls
      doubleClickZoom: false,
      zoomAnimation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      maxBounds: L.latLngBounds([-height / 2, -width / 2], [height * 1.5, width * 1.5]),
    });
    const bounds = L.latLngBounds([0, 0], [height, width]);
    const measure = () => setStage({ svg, map, unit: 1 / map.getZoomScale(map.getZoom(), 0) });
    map.fitBounds(bounds, { animate: false });
    L.svgOverlay(svg, bounds, { interactive: true }).addTo(map);
    map.on("zoomend", measure);
    measure();
    const observer = new ResizeObserver(() => {
      map.invalidateSize();
      map.fitBounds(bounds, { animate: false });
    });
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      map.remove();
      setStage(null);
    };
  }, [width, height]);
  return (
    <section aria-label={label} className="relative isolate">
      <div
        ref={box}
        className="h-[min(60vh,40rem)] w-full rounded-card border border-line bg-card!"
      />
      {stage &&
        createPortal(
          <>
            <Ground space={space} unit={stage.unit} />
            {children(stage.unit)}
          </>,
          stage.svg,
        )}
      <div className="absolute end-2 top-2 z-[1000] flex gap-1 rounded-control bg-card">
        <Button look="plain" aria-label={words.map.closer} onClick={() => stage?.map.zoomIn(0.5)}>
          +
        </Button>
        <Button look="plain" aria-label={words.map.farther} onClick={() => stage?.map.zoomOut(0.5)}>
          −
        </Button>
        <Button
          look="plain"
          onClick={() =>
            stage?.map.fitBounds([
              [0, 0],
              [height, width],
            ])
          }
        >
          {words.map.whole}
        </Button>
      </div>
    </section>
  );
}

/** The picture of a plan, or a grid where there is none. */
function Ground({ space, unit }: { space: Space; unit: number }) {
  const { data } = useQuery({
    queryKey: ["picture", space.image],
    queryFn: ({ signal }) => picture(space.image ?? "", signal),
    enabled: space.image !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const url = useObjectUrl(data);
  const [width, height] = space.size;
  if (space.image !== null) {
    return url && <image href={url} width={width} height={height} />;
  }
  const step = width / GRID_LINES;
  const along = (length: number) =>
    Array.from({ length: Math.floor(length / step) + 1 }, (_, line) => line * step);
  return (
    <g stroke="var(--line)" strokeWidth={unit}>
      {along(width).map((x) => (
        <line key={`x${x}`} x1={x} x2={x} y1={0} y2={height} />
      ))}
      {along(height).map((y) => (
        <line key={`y${y}`} x1={0} x2={width} y1={y} y2={y} />
      ))}
    </g>
  );
}
