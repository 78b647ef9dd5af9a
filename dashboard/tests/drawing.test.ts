import { expect, test } from "vitest";
import { asSent, asShown } from "../src/pages/cameras/turning";
import {
  coneOf,
  cornersOf,
  type Fence,
  ringOf,
  spaceOfPlan,
  spaceOfWorld,
} from "../src/pages/map/space";
import { crossesItself, moved, type Point, withMiddle, without } from "../src/ui/polygon";

const SQUARE: Point[] = [
  [0, 0],
  [10, 0],
  [10, 10],
  [0, 10],
];
const PLAN = spaceOfPlan({
  id: "pla_1",
  name: "Ground floor",
  width: 1000,
  height: 500,
  width_m: 20,
  created_at: 0,
  image: "/api/v1/plans/pla_1/image",
});
const NOWHERE = {
  lat: null,
  lon: null,
  plan: null,
  x: null,
  y: null,
  heading_deg: null,
  fov_deg: null,
  range_m: null,
};

test.each([
  ["ArrowRight", false, [105, 50]],
  ["ArrowUp", true, [100, 25]],
  ["Tab", false, null],
])("%s moves a corner, with Shift farther: %s", (key, long, to) => {
  expect(moved([100, 50], key, long, [1000, 500])).toEqual(to);
});

test("a corner stays in its drawing", () => {
  expect(moved([2, 498], "ArrowLeft", false, [1000, 500])).toEqual([0, 498]);
  expect(moved([2, 498], "ArrowDown", true, [1000, 500])).toEqual([2, 500]);
});

test("another corner comes in the middle of the longest side, and goes again", () => {
  const long: Point[] = [
    [0, 0],
    [10, 0],
    [10, 30],
  ];
  expect(withMiddle(long)).toEqual([...long, [5, 15]]);
  expect(without(withMiddle(long), 3)).toEqual(long);
});

test("sides that cross are seen, those that only meet are not", () => {
  expect(crossesItself(SQUARE)).toBe(false);
  expect(crossesItself([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]] as Point[])).toBe(true);
});

test.each([0, 90, 180, 270])(
  "a mask drawn on a picture turned by %i degrees lies where it was drawn",
  (rotate) => {
    for (const flip of [false, true]) {
      const [x, y] = asShown({ rotate, flip }, asSent({ rotate, flip }, [0.2, 0.7]));
      expect(x).toBeCloseTo(0.2);
      expect(y).toBeCloseTo(0.7);
    }
    // what the camera sends at its top left is at the top right after a quarter turn clockwise
    if (rotate === 90) expect(asShown({ rotate, flip: false }, [0, 0])).toEqual([1, 0]);
  },
);

test("a camera on a plan sees as far as it does, by the width of the plan in metres", () => {
  const place = {
    ...NOWHERE,
    plan: "pla_1",
    x: 0.5,
    y: 0.5,
    heading_deg: 90,
    fov_deg: 60,
    range_m: 4,
  };
  const [at, ...edge] = coneOf(PLAN, place);
  expect(at).toEqual([500, 250]);
  for (const [x, y] of edge) expect(Math.hypot(x - 500, y - 250)).toBeCloseTo(4 * 50);
  expect(edge[edge.length >> 1]?.[0]).toBeCloseTo(700); // it looks to the right
  expect(coneOf(PLAN, { ...place, plan: "pla_2" })).toEqual([]);
});

test("a fence is the same after it was sent and read", () => {
  const points: Point[] = [
    [100, 100],
    [900, 100],
    [500, 400],
  ];
  const ring = ringOf(PLAN, points);
  expect(ring[0]).toEqual([0.1, 0.2]);
  expect(ring.at(-1)).toEqual(ring[0]);
  const fence = { geometry: { coordinates: [ring] } } as unknown as Fence;
  expect(cornersOf(PLAN, fence)).toEqual(points);
});

test("without a plan, cameras with a latitude stand on a map in metres, north above", () => {
  const camera = (name: string, lat: number, lon: number) =>
    ({ name, place: { ...NOWHERE, lat, lon } }) as never;
  const space = spaceOfWorld("Map", [camera("a", 48, 11), camera("b", 48.001, 11)], []);
  const [south, north] = [48, 48.001].map((lat) => space?.pointOf({ ...NOWHERE, lat, lon: 11 }));
  expect((south?.[1] ?? 0) - (north?.[1] ?? 0)).toBeCloseTo(111.32);
  expect(space?.placeAt(south ?? [0, 0]).lat).toBeCloseTo(48);
  expect(spaceOfWorld("Map", [], [])).toBeNull();
});
