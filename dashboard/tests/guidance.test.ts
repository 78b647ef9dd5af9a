import { expect, test } from "vitest";
import { guide } from "../src/pages/people/guidance";

const SIZE = [640, 360];
const QUALITY = { size_px: 120, brightness: 110, sharpness: 0.9, weight: 1 };

/** A face of this height in the middle, whose nose is so many eye distances from the middle. */
function face(height: number, nose = 0, middle = 320, quality = {}) {
  const half = height * 0.4;
  return {
    box_xyxy: [middle - half, 20, middle + half, 20 + height],
    landmarks: [
      [middle - 20, 60],
      [middle + 20, 60],
      [middle + nose * 40, 80],
      [middle - 15, 100],
      [middle + 15, 100],
    ],
    quality: { ...QUALITY, ...quality },
  } as never;
}

test.each([
  ["nobody", []],
  ["closer", [face(60)]],
  ["back", [face(330)]],
  ["several", [face(150), face(140, 0, 100)]],
  ["middle", [face(150, 0, 120)]],
  ["brighter", [face(150, 0, 320, { brightness: 30 })]],
  ["darker", [face(150, 0, 320, { brightness: 200 })]],
  ["straight", [face(150, 0.2)]],
  ["still", [face(150, 0, 320, { sharpness: 0.4 })]],
  ["good", [face(150, 0.05)]],
  ["good", [face(150), face(50, 0, 100)]],
])("the first photograph: %s", (hint, faces) => {
  expect(guide(faces, SIZE, "straight")).toBe(hint);
});

test.each([
  ["left", 0, "left"],
  ["left", 0.25, "good"],
  ["left", 0.6, "lessTurned"],
  ["right", 0.25, "right"],
  ["right", -0.25, "good"],
] as const)("for the view from the %s a nose at %d is told: %s", (view, nose, hint) => {
  expect(guide([face(150, nose)], SIZE, view)).toBe(hint);
});
