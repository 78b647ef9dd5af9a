import type { Camera } from "../../api/queries";
import type { Point } from "../../ui/polygon";

type Turned = Pick<Camera, "rotate" | "flip">;

/** Where a point of the picture as it is shown is in the picture as the camera sends it; both in
 * shares. It is shown turned clockwise, then mirrored. */
export function asSent({ rotate, flip }: Turned, [x, y]: Point): Point {
  const left = flip ? 1 - x : x;
  switch (rotate) {
    case 90:
      return [y, 1 - left];
    case 180:
      return [1 - left, 1 - y];
    case 270:
      return [1 - y, left];
    default:
      return [left, y];
  }
}

/** The way back of `asSent`. */
export function asShown({ rotate, flip }: Turned, [x, y]: Point): Point {
  const turned: Record<number, Point> = { 90: [1 - y, x], 180: [1 - x, 1 - y], 270: [y, 1 - x] };
  const [left, top] = turned[rotate] ?? [x, y];
  return [flip ? 1 - left : left, top];
}
