import { expect, test } from "vitest";
import type { UnknownPerson } from "../src/api/queries";
import { inOrder } from "../src/pages/unknown";
import { isTyping, keyStep } from "../src/pages/unknown/keys";
import { viewsToLearn } from "../src/pages/unknown/stranger-work";
import { holds } from "../src/ui/person-picker";

function stranger(cluster: string, faces: UnknownPerson["faces"] = []): UnknownPerson {
  return { cluster, sightings: 1, first: 0, last: 0, cameras: [], faces, maybe: [], clear: false };
}

function face(sighting: string, quality: number, odd = false) {
  return { sighting, camera: "door", at: 0, quality, distance: 0, odd };
}

const names = (items: UnknownPerson[]) => items.map((one) => one.cluster);

test("the list stands still under the hand, and what is new waits below", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => stranger(name));
  const now = [d, c, b, a].filter((one) => !!one);
  expect(names(inOrder(["a", "b", "c"], now, new Set()))).toEqual(["a", "b", "c", "d"]);
  expect(names(inOrder(["a", "b", "c"], now.slice(0, 2), new Set()))).toEqual(["c", "d"]);
  expect(names(inOrder([], now, new Set(["c"])))).toEqual(["d", "b", "a"]);
});

test("the best views are learned, and none that may be somebody else's", () => {
  const faces = [face("odd", 0.9, true), face("a", 0.2), face("b", 0.8), face("c", 0.5)];
  expect(viewsToLearn(stranger("x", faces), [])).toEqual(["b", "c", "a"]);
  expect(viewsToLearn(stranger("x", faces), ["odd", "a"])).toEqual(["odd", "a"]);
  const many = Array.from({ length: 9 }, (_, n) => face(`f${n}`, n / 10));
  expect(viewsToLearn(stranger("x", many), [])).toEqual(["f8", "f7", "f6", "f5"]);
});

test.each([
  ["j", { kind: "move", by: 1 }],
  ["k", { kind: "move", by: -1 }],
  ["3", { kind: "suggestion", index: 2 }],
  ["u", { kind: "undo" }],
  ["0", null],
  ["Enter", null],
])("the key %s", (key, step) => {
  expect(keyStep(key)).toEqual(step);
});

test("Enter never takes somebody whom the list still shows of the letters before", () => {
  expect(holds("Robert Hale", "Grace Hopper")).toBe(false);
  expect(holds("Zoë Müller", " zoë ")).toBe(true);
});

test("keys are left to a field that has the focus", () => {
  document.body.innerHTML = '<input id="name"><button id="go"></button>';
  expect(isTyping(document.getElementById("name"))).toBe(true);
  expect(isTyping(document.getElementById("go"))).toBe(false);
});
