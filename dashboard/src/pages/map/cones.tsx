import type { Camera } from "../../api/queries";
import { type Point, svgPoints } from "../../ui/polygon";
import { coneOf, type Place, type Space } from "./space";

const DOT_PX = 8;
const TEXT_PX = 13;

interface Props {
  space: Space;
  name: string;
  place: Place;
  unit: number;
  chosen?: boolean;
}

/** A camera where it stands, what it sees, and what it is called. */
export function Cone({ space, name, place, unit, chosen = false }: Props) {
  const at = space.pointOf(place);
  if (!at) return null;
  return (
    <>
      <polygon
        points={svgPoints(coneOf(space, place))}
        fill="var(--accent)"
        fillOpacity={chosen ? 0.35 : 0.16}
        stroke="var(--accent)"
        strokeOpacity={0.6}
        strokeWidth={(chosen ? 2 : 1) * unit}
      />
      <circle
        cx={at[0]}
        cy={at[1]}
        r={DOT_PX * unit}
        fill="var(--accent)"
        stroke="var(--card)"
        strokeWidth={2 * unit}
      />
      <Label at={[at[0], at[1] + (DOT_PX + TEXT_PX) * unit]} unit={unit}>
        {name}
      </Label>
    </>
  );
}

/** Words on the map, as large as on the page, readable on any plan. */
export function Label({ at, unit, children }: { at: Point; unit: number; children: string }) {
  return (
    <text
      x={at[0]}
      y={at[1]}
      textAnchor="middle"
      fontSize={TEXT_PX * unit}
      fontWeight={600}
      fill="var(--ink)"
      stroke="var(--card)"
      strokeWidth={4 * unit}
      paintOrder="stroke"
      pointerEvents="none"
    >
      {children}
    </text>
  );
}

/** All cameras of a space, to look at. */
export function Cones({
  space,
  cameras,
  unit,
}: {
  space: Space;
  cameras: readonly Camera[];
  unit: number;
}) {
  return cameras.map(
    (camera) =>
      camera.place && (
        <g key={camera.id} pointerEvents="none">
          <Cone space={space} name={camera.name} place={camera.place} unit={unit} />
        </g>
      ),
  );
}

/** Where the cameras of a space stand, by their names. */
export function pointsOf(space: Space, cameras: readonly Camera[]): Map<string, Point> {
  return new Map(
    cameras.flatMap(({ name, place }) => {
      const point = place && space.pointOf(place);
      return point ? [[name, point] as const] : [];
    }),
  );
}
