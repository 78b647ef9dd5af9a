import { expect, test } from "vitest";
import { href, placeOf } from "../src/route";

test("a place is read from what stands behind the #", () => {
  const place = placeOf("#/people/7f/photos?state=unknown");
  expect(place.path).toEqual(["people", "7f", "photos"]);
  expect(place.query.get("state")).toBe("unknown");
  expect(placeOf("").path).toEqual([]);
  expect(placeOf("#/%E0%A4%A").path).toEqual(["%E0%A4%A"]); // half a character is no crash
});

test("an address names any camera, and leaves out what is not given", () => {
  const to = href(["sightings"], { camera: "Tür / hinten?", person: undefined });
  const place = placeOf(to);
  expect(place.path).toEqual(["sightings"]);
  expect(place.query.get("camera")).toBe("Tür / hinten?");
  expect(place.query.has("person")).toBe(false);
  expect(placeOf(href(["people", "a/b"])).path).toEqual(["people", "a/b"]);
});
