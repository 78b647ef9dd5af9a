import { expect, test } from "vitest";
import { ago, duration } from "../src/ui/times";
import { de } from "../src/words/de";
import { en } from "../src/words/en";

test.each([
  [2, "now"],
  [42, "42 seconds ago"],
  [61, "1 minute ago"],
  [2 * 3600 + 59 * 60, "2 hours ago"],
  [3 * 86_400, "3 days ago"],
])("%i seconds are told as %s", (seconds, told) => {
  expect(ago(en, 1_000_000 - seconds, 1_000_000)).toBe(told);
});

test("a clock that runs behind the server's does not see the future", () => {
  expect(ago(en, 1000, 900)).toBe("now");
});

test("German has its own words", () => {
  expect(ago(de, 0, 7200)).toBe("vor 2 Stunden");
});

test.each([
  [45, "45 s"],
  [120, "2 min"],
  [3600, "1 h"],
  [12_000, "3 h 20 min"],
])("%i seconds last %s", (seconds, told) => {
  expect(duration(seconds)).toBe(told);
});
