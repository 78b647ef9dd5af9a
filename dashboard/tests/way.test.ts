import { expect, test } from "vitest";
import { at, drawn, type Leg } from "../src/pages/map/way";
import type { Point } from "../src/ui/polygon";

const PLACES = new Map<string, Point>([
  ["door", [0, 0]],
  ["hall", [100, 0]],
]);

function leg(camera: string, enter: number, leave: number, visit = "vis_1"): Leg {
  return { camera, enter, leave, visit } as Leg;
}

const LEGS = [leg("hall", 60, 90), leg("cellar", 95, 99), leg("door", 0, 20)];

test("only cameras that stand on the plan are drawn, the earliest first", () => {
  expect(drawn(LEGS, PLACES).map((one) => one.camera)).toEqual(["door", "hall"]);
});

test("somebody is at a camera, then on the way, then where they were seen last", () => {
  const legs = drawn(LEGS, PLACES);
  expect(at(legs, PLACES, -1)).toBeNull();
  expect(at(legs, PLACES, 10)).toEqual({ point: [0, 0], camera: "door", between: false });
  expect(at(legs, PLACES, 30)).toEqual({ point: [25, 0], camera: "door", between: true });
  expect(at(legs, PLACES, 500)).toEqual({ point: [100, 0], camera: "hall", between: true });
});

test("nobody walks from one visit to the next: in between they were away", () => {
  const legs = [leg("door", 0, 20), leg("hall", 5000, 5010, "vis_2")];
  expect(at(legs, PLACES, 2000)?.point).toEqual([0, 0]);
});
