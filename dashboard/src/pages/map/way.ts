import type { Schemas } from "../../api/client";
import type { Point } from "../../ui/polygon";

export type Leg = Schemas["LogRow"];

/** Where somebody was at a time: at a camera, or between two. */
interface Moment {
  point: Point;
  camera: string;
  between: boolean;
}

/** The legs of a way whose cameras stand on the drawing, the earliest first. */
export function drawn(legs: readonly Leg[], places: ReadonlyMap<string, Point>): Leg[] {
  return legs.filter((leg) => places.has(leg.camera)).sort((a, b) => a.enter - b.enter);
}

/** Where somebody was at this time: null before the first leg, then where they were seen last, or
 * on the straight line to the camera that saw them next, where they came there by one walk. */
export function at(
  legs: readonly Leg[],
  places: ReadonlyMap<string, Point>,
  timeS: number,
): Moment | null {
  const last = legs.findLastIndex((leg) => leg.enter <= timeS);
  const leg = legs[last];
  const here = leg && places.get(leg.camera);
  if (!here) return null;
  const next = legs[last + 1];
  const there = next && places.get(next.camera);
  if (timeS <= leg.leave || !next || !there || next.visit !== leg.visit) {
    return { point: here, camera: leg.camera, between: timeS > leg.leave };
  }
  const share = (timeS - leg.leave) / Math.max(1e-9, next.enter - leg.leave);
  return {
    point: [here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share],
    camera: leg.camera,
    between: true,
  };
}

/** Midnight of the day that is so many days before now, in Unix seconds by this device's clock. */
export function dayStart(nowS: number, daysAgo: number): number {
  const day = new Date(nowS * 1000);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysAgo);
  return day.getTime() / 1000;
}
