import {
  type KeyboardEvent,
  type PointerEvent,
  type SyntheticEvent,
  useRef,
  useState,
} from "react";
import { useWords } from "../words";
import { crossesItself, moved, type Point, replaced, svgPoints, within, without } from "./polygon";

interface Props {
  points: readonly Point[];
  /** Width and height of the drawing, in its units. */
  size: Point;
  /** How many units of the drawing are one pixel of the screen. */
  unit: number;
  colour?: string;
  onChange(points: Point[]): void;
}

const LEAST = 3;
const HANDLE_PX = 9;
const TOUCH_PX = 22;

/** Keeps what is grabbed here from moving the map below. */
export const heldBack = {
  onPointerDown: stop,
  onMouseDown: stop,
  onTouchStart: stop,
  onDoubleClick: stop,
};

function stop(event: SyntheticEvent): void {
  event.stopPropagation();
}

/** The point of a drawing under the pointer. */
export function pointOf(event: PointerEvent<SVGElement>, size: Point): Point | null {
  const svg = event.currentTarget.ownerSVGElement ?? event.currentTarget;
  const matrix = (svg as SVGSVGElement).getScreenCTM();
  if (!matrix) return null;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return within([x, y], size);
}

/**
 * A polygon that is drawn inside an `<svg>`: its corners are dragged, or moved with the arrow keys;
 * a side is clicked for another corner, and Delete takes one away.
 */
export function PolygonEditor({ points, size, unit, colour = "var(--accent)", onChange }: Props) {
  const words = useWords();
  const [dragged, setDragged] = useState<number | null>(null);
  const group = useRef<SVGGElement>(null);
  const crossed = crossesItself(points);
  const drag = (event: PointerEvent<SVGElement>, index: number) => {
    const point = dragged === index ? pointOf(event, size) : null;
    if (point) onChange(replaced(points, index, point));
  };
  const press = (event: KeyboardEvent, index: number) => {
    const point = points[index];
    const next = point && moved(point, event.key, event.shiftKey, size);
    if (next) {
      event.preventDefault();
      event.stopPropagation();
      onChange(replaced(points, index, next));
    } else if ((event.key === "Delete" || event.key === "Backspace") && points.length > LEAST) {
      event.preventDefault();
      onChange(without(points, index));
      const corners = group.current?.querySelectorAll<SVGElement>("[role=button]");
      corners?.[Math.max(0, index - 1)]?.focus();
    }
  };
  return (
    <g ref={group} {...heldBack}>
      <polygon
        points={svgPoints(points)}
        fill={crossed ? "var(--warn)" : colour}
        fillOpacity={0.25}
        stroke={crossed ? "var(--warn)" : colour}
        strokeWidth={2 * unit}
      />
      {points.map((point, index) => {
        const next = points[(index + 1) % points.length] ?? point;
        return (
          <line
            // biome-ignore lint/suspicious/noArrayIndexKey: a side has no other name
            key={`side-${index}`}
            x1={point[0]}
            y1={point[1]}
            x2={next[0]}
            y2={next[1]}
            stroke="transparent"
            strokeWidth={TOUCH_PX * unit}
            style={{ pointerEvents: "stroke", cursor: "copy" }}
            onPointerDown={(event) => {
              stop(event);
              const at = pointOf(event, size);
              if (at) onChange([...points.slice(0, index + 1), at, ...points.slice(index + 1)]);
            }}
          />
        );
      })}
      {points.map((point, index) => (
        // biome-ignore lint/a11y/useSemanticElements: a corner of an SVG is no <button>
        <g
          // biome-ignore lint/suspicious/noArrayIndexKey: a corner has no other name
          key={index}
          role="button"
          tabIndex={0}
          aria-label={words.draw.corner(
            index + 1,
            Math.round((point[0] / size[0]) * 100),
            Math.round((point[1] / size[1]) * 100),
          )}
          style={{ cursor: "move", touchAction: "none" }}
          onPointerDown={(event) => {
            stop(event);
            event.currentTarget.setPointerCapture(event.pointerId);
            setDragged(index);
          }}
          onPointerMove={(event) => drag(event, index)}
          onPointerUp={() => setDragged(null)}
          onPointerCancel={() => setDragged(null)}
          onKeyDown={(event) => press(event, index)}
        >
          <circle cx={point[0]} cy={point[1]} r={TOUCH_PX * unit} fill="transparent" />
          <circle
            cx={point[0]}
            cy={point[1]}
            r={HANDLE_PX * unit}
            fill="var(--card)"
            stroke={colour}
            strokeWidth={3 * unit}
          />
        </g>
      ))}
    </g>
  );
}
