import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { picture } from "../../api/client";
import type { Camera } from "../../api/queries";
import { useObjectUrl } from "../../ui/picture";
import type { Point } from "../../ui/polygon";
import { useWords } from "../../words";

const HEIGHT = 1000;
const ASPECT = 16 / 9;

/** The newest picture of a camera, to draw on. Its units are a thousandth of its height. */
export function PictureEditor({
  camera,
  children,
}: {
  camera: Camera;
  children(size: Point, unit: number): ReactNode;
}) {
  const words = useWords();
  const box = useRef<SVGSVGElement>(null);
  const [shown, setShown] = useState(1);
  const { data, isError } = useQuery({
    queryKey: ["cameras", "picture", camera.id],
    queryFn: ({ signal }) => picture(`api/v1/cameras/${camera.id}/image`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const url = useObjectUrl(data);
  const aspect = camera.width && camera.height ? camera.width / camera.height : ASPECT;
  const size: Point = [Math.round(HEIGHT * aspect), HEIGHT];
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setShown(Math.max(1, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: an SVG is no <fieldset> */}
      <svg
        ref={box}
        viewBox={`0 0 ${size[0]} ${size[1]}`}
        role="group"
        aria-label={words.now.pictureOf(camera.name)}
        className="block w-full rounded-card bg-[#0b0d0c]"
      >
        {url && <image href={url} width={size[0]} height={size[1]} preserveAspectRatio="none" />}
        {children(size, size[0] / shown)}
      </svg>
      {isError && <p className="mt-1 text-sm text-quiet">{words.cameras.noPicture}</p>}
    </>
  );
}

/** Points in shares of the picture, in the units of the drawing, and back. */
export function scaled(points: readonly (readonly number[])[], [width, height]: Point): Point[] {
  return points.map(([x = 0, y = 0]) => [x * width, y * height]);
}

export function shares(points: readonly Point[], [width, height]: Point): [number, number][] {
  const share = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
  return points.map(([x, y]) => [share(x / width), share(y / height)]);
}
