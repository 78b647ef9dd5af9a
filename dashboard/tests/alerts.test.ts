import { expect, test, vi } from "vitest";
import { Renewal, staleBy } from "../src/live/events";
import type { RuleBody } from "../src/pages/alerts/queries";
import { sentenceOf } from "../src/pages/alerts/sentence";
import { localeOf } from "../src/words";
import { en } from "../src/words/en";

const RULE: RuleBody = {
  name: "Night",
  enabled: true,
  who: { kind: "unknown", lists: [] },
  where: { cameras: ["cam_1"], zones: [], fences: [] },
  when: {
    intervals: [{ days: ["sat", "sun"], from: "22:00", to: "06:00" }],
    profile: "away",
  },
  what: { kind: "stays", seconds: 120, metres_per_second: 12 },
  severity: "warning",
  channels: [],
  require_live: false,
};

test("a rule reads as a sentence", () => {
  const cameras = new Map([["cam_1", "Front door"]]);
  expect(sentenceOf(en, RULE, [], cameras)).toBe(
    "Somebody unknown stays for 2 min, at Front door, from 22:00 to 06:00 on 2 days of the week, while nobody is home",
  );
  const lost: RuleBody = { name: "x", what: { kind: "camera_lost" } } as RuleBody;
  expect(sentenceOf(en, lost, [], cameras)).toBe("A camera is lost");
});

test("an event says what is to be asked anew", () => {
  expect(staleBy("sighting.began")).toContain("sightings");
  expect(staleBy("person.merged")).toContain("people");
  expect(staleBy("alert.firing")).toEqual(["alerts"]);
  expect(staleBy("model.loaded")).toEqual([]);
});

test("a hundred events are one question", () => {
  vi.useFakeTimers();
  const asked: unknown[] = [];
  const renewal = new Renewal({
    invalidateQueries: (filter) => {
      asked.push(filter?.queryKey);
      return Promise.resolve();
    },
  });
  for (let n = 0; n < 100; n++) renewal.mark(["sightings"]);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(asked).toEqual([["sightings"]]);
  vi.useRealTimers();
});

test("dates are written as the browser's user writes them", () => {
  expect(localeOf("en", ["fr-FR", "en-GB", "en-US"])).toBe("en-GB");
  expect(localeOf("de", ["en-US"])).toBe("de");
});
