import type { Schemas } from "../../api/client";
import type { Camera } from "../../api/queries";
import type { Point } from "../../ui/polygon";

export type Plan = Schemas["PlanOut"];
export type Fence = Schemas["Fence"];
export type Place = NonNullable<Camera["place"]>;

/** The space of the map of the world; a plan's is its id. */
const WORLD = "world";

const METRES_A_DEGREE = 111_320;
const MARGIN_M = 30;
const LEAST_M = 60;

/** A drawing on which cameras stand: a plan, or a stretch of the map. Points are in its units. */
export interface Space {
  id: string;
  name: string;
  size: Point;
  /** The path of its picture; null: it is empty. */
  image: string | null;
  /** Units a metre; null where nobody has said how wide the plan is. */
  metre: number | null;
  pointOf(place: Place): Point | null;
  /** What a place becomes when it is moved to a point. */
  placeAt(point: Point): Partial<Place>;
  /** Of the position of a fence. */
  fromPosition(position: readonly number[]): Point;
  toPosition(point: Point): [number, number];
  holds(fence: Fence): boolean;
  fence: { space: "plan" | "wgs84"; plan?: string };
}

export function spaceOfPlan(plan: Plan): Space {
  const [width, height] = [plan.width, plan.height];
  const fromPosition = ([x = 0, y = 0]: readonly number[]): Point => [x * width, y * height];
  const toPosition = ([x, y]: Point): [number, number] => [share(x / width), share(y / height)];
  return {
    id: plan.id,
    name: plan.name,
    size: [width, height],
    image: plan.image,
    metre: plan.width_m ? width / plan.width_m : null,
    pointOf: ({ plan: on, x, y }) =>
      on === plan.id && x != null && y != null ? fromPosition([x, y]) : null,
    placeAt: (point) => {
      const [x, y] = toPosition(point);
      return { plan: plan.id, x, y };
    },
    fromPosition,
    toPosition,
    holds: (fence) => fence.space === "plan" && fence.plan === plan.id,
    fence: { space: "plan", plan: plan.id },
  };
}

/** The stretch of the map that holds these cameras and fences, in metres; null where there are none. */
export function spaceOfWorld(
  name: string,
  cameras: readonly Camera[],
  fences: readonly Fence[],
): Space | null {
  const positions = [
    ...cameras.flatMap(({ place }) =>
      place?.lat != null && place.lon != null ? [[place.lon, place.lat] as const] : [],
    ),
    ...fences
      .filter((fence) => fence.space !== "plan")
      .flatMap((fence) => fence.geometry.coordinates.flat() as [number, number][]),
  ];
  if (positions.length === 0) return null;
  const [lons, lats] = [positions.map(([lon]) => lon), positions.map(([, lat]) => lat)];
  const north = Math.max(...lats);
  const east = METRES_A_DEGREE * Math.cos((north * Math.PI) / 180);
  const spread = [
    (Math.max(...lons) - Math.min(...lons)) * east,
    (north - Math.min(...lats)) * METRES_A_DEGREE,
  ];
  const margin = Math.max(MARGIN_M, LEAST_M - Math.max(...spread) / 2);
  const west = Math.min(...lons) - margin / east;
  const top = north + margin / METRES_A_DEGREE;
  const fromPosition = ([lon = 0, lat = 0]: readonly number[]): Point => [
    (lon - west) * east,
    (top - lat) * METRES_A_DEGREE,
  ];
  const toPosition = ([x, y]: Point): [number, number] => [
    west + x / east,
    top - y / METRES_A_DEGREE,
  ];
  return {
    id: WORLD,
    name,
    size: [(spread[0] ?? 0) + 2 * margin, (spread[1] ?? 0) + 2 * margin],
    image: null,
    metre: 1,
    pointOf: ({ lat, lon }) => (lat != null && lon != null ? fromPosition([lon, lat]) : null),
    placeAt: (point) => {
      const [lon, lat] = toPosition(point);
      return { lon, lat };
    },
    fromPosition,
    toPosition,
    holds: (fence) => fence.space !== "plan",
    fence: { space: "wgs84" },
  };
}

/** GeoJSON of a polygon: closed by its first position. */
export function ringOf(space: Space, points: readonly Point[]): [number, number][] {
  const ring = points.map(space.toPosition);
  return ring[0] ? [...ring, ring[0]] : [];
}

/** The outer corners of a fence on this space. */
export function cornersOf(space: Space, fence: Fence): Point[] {
  const [outer = []] = fence.geometry.coordinates;
  return outer.slice(0, -1).map((position) => space.fromPosition(position));
}

const DEFAULT_REACH = 0.14;
export const DEFAULT_FOV = 70;
const STEPS = 12;

/** The cone that a camera sees, as the points of a polygon around where it stands. */
export function coneOf(space: Space, place: Place): Point[] {
  const at = space.pointOf(place);
  if (!at) return [];
  const reach =
    place.range_m && space.metre ? place.range_m * space.metre : DEFAULT_REACH * space.size[0];
  const fov = place.fov_deg ?? DEFAULT_FOV;
  const heading = place.heading_deg ?? 0;
  const edge = Array.from({ length: STEPS + 1 }, (_, step): Point => {
    const angle = ((heading - fov / 2 + (fov * step) / STEPS) * Math.PI) / 180;
    return [at[0] + reach * Math.sin(angle), at[1] - reach * Math.cos(angle)];
  });
  return fov >= 360 ? edge : [at, ...edge];
}

function share(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000;
}
