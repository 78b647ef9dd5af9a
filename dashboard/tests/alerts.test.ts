import { expect, test, vi } from "vitest";
import { Renewal, staleBy } from "../src/live/events";
import type { RuleBody } from "../src/pages/alerts/queries";
import { type Where, withWhat, withWho } from "../src/pages/alerts/rule-draft";
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

const NAMES = new Map([
  ["cam_1", "Front door"],
  ["zon_1", "Mat"],
  ["fen_1", "Yard"],
]);

test("a rule reads as a sentence", () => {
  expect(sentenceOf(en, RULE, NAMES)).toBe(
    "Somebody unknown stays for 2 min, at Front door, from 22:00 to 06:00 on Sat, Sun, while nobody is home",
  );
  const lost: RuleBody = { name: "x", what: { kind: "camera_lost" } } as RuleBody;
  expect(sentenceOf(en, lost, NAMES)).toBe("A camera is lost");
});

test("who enters an area enters it by its name, and else it is where something happens", () => {
  const where = { cameras: [], zones: ["zon_1"], fences: ["fen_1"] };
  const stays: RuleBody = { ...RULE, where, when: { intervals: [], profile: "any" } };
  expect(sentenceOf(en, stays, NAMES)).toBe("Somebody unknown stays for 2 min, at Mat, Yard");
  expect(sentenceOf(en, withWhat(stays, "enters"), NAMES)).toBe(
    "Somebody unknown enters Mat, Yard",
  );
});

test("what does not go together is not left in a rule", () => {
  const absent = withWhat(RULE, "absent");
  expect([absent.who?.kind, absent.where?.cameras, absent.what.seconds]).toEqual([
    "known",
    [],
    120,
  ]);
  expect(withWho(RULE, "nobody", []).what).toMatchObject({ kind: "absent", seconds: 120 });
  expect(withWho(absent, "unknown", []).what).toMatchObject({ kind: "appears", seconds: null });
  expect(withWhat(withWho(RULE, "nobody", []), "leaves").who?.kind).toBe("anyone");
  const lost = withWhat(
    { ...RULE, where: { cameras: ["cam_1"], zones: ["zon_1"] } as Where },
    "camera_lost",
  );
  expect([lost.who?.kind, lost.where]).toEqual([
    "anyone",
    { cameras: ["cam_1"], zones: [], fences: [] },
  ]);
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
