import { expect, test } from "vitest";
import { detailWords } from "../src/pages/system/federation/details";
import { percent, siteNames } from "../src/pages/system/federation/queries";
import { en } from "../src/words/en";

const names: Record<string, string> = { sit_1: "Lyon", sit_2: "Genoa" };
const nameOf = (site: string) => names[site] ?? site;

test("a line of the journal names its sites", () => {
  const detail = { version: 2, sites: ["sit_1", "sit_2"], missing: { sit_2: "was silent" } };
  expect(detailWords(detail, nameOf)).toBe(
    "version: 2 · sites: Lyon, Genoa · missing: Genoa was silent",
  );
});

test("what is empty, a key or a plan is not in the line", () => {
  const detail = { site: "sit_1", key: "AAAA", plan: { target: 0.01 }, epsilon: null, missing: {} };
  expect(detailWords(detail, nameOf)).toBe("site: Lyon");
});

test("a site that is known by its id alone is called so", () => {
  const member = { id: "sit_1", name: "Lyon", joined_at: 0, left_at: null };
  const coordinator = { address: "", serving: false, members: [member], rounds: 0 };
  const named = siteNames({ coordinator, site: null, last_round: null });
  expect([named("sit_1"), named("sit_9")]).toEqual(["Lyon", "sit_9"]);
});

test("a chance has two digits that say something", () => {
  expect(percent(en, 0.00849)).toBe("0.85%");
  expect(percent(en, 0.976)).toBe("98%");
});
