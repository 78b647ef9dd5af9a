import { expect, test } from "vitest";
import { standingAt } from "../src/pages";
import { hoursOf } from "../src/pages/people/usual-hours";
import { byDay } from "../src/pages/search";
import { filterOf } from "../src/pages/sightings";
import { placeOf } from "../src/route";

test("a filter is read from the address, and what is no filter is left out", () => {
  const query = new URLSearchParams("state=unknown&camera=door&period=day&person=");
  expect(filterOf(query, 100_000 + 1234)).toEqual({
    state: "unknown",
    camera: "door",
    since: 97_200 - 86_400 + 3600,
  });
  expect(filterOf(new URLSearchParams("state=nobody&period=ever"), 0)).toEqual({});
});

test("the tabs and dialogs of a page are that page, and each person has one of their own", () => {
  const at = (hash: string) => standingAt(placeOf(hash));
  expect([at(""), at("#/now/cam_1"), at("#/sightings/sgt_1")]).toEqual(["now", "now", "sightings"]);
  expect([at("#/map/heat?plan=pln_1"), at("#/people/per_1")]).toEqual(["map", "people/per_1"]);
});

test("sightings are counted by the hour of the day", () => {
  const at = (hour: number, minute: number) =>
    new Date(2026, 10, 28, hour, minute).getTime() / 1000;
  const counts = hoursOf([at(7, 59), at(7, 0), at(23, 59), at(0, 0)]);
  expect(counts[7]).toBe(2);
  expect(counts[23]).toBe(1);
  expect(counts[0]).toBe(1);
  expect(counts.reduce((sum, count) => sum + count)).toBe(4);
});

test("hits stand under their days, the latest first", () => {
  const hit = (first: number) => ({ sighting: { first }, distance: 0 }) as never;
  const noon = new Date(2026, 10, 28, 12).getTime() / 1000;
  const days = byDay("en", [hit(noon - 86_400), hit(noon), hit(noon + 60)]);
  expect(days.map(([, hits]) => hits.length)).toEqual([2, 1]);
  expect(days[0]?.[1].map((one) => one.sighting.first)).toEqual([noon + 60, noon]);
});
