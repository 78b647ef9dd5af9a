import { expect, test } from "vitest";
import { detailWords, whyWords } from "../src/pages/system/federation/details";
import { siteNames } from "../src/pages/system/federation/queries";
import { decimal, percent } from "../src/ui/numbers";
import { reasonWords } from "../src/ui/reason";
import { de } from "../src/words/de";
import { en } from "../src/words/en";

const names: Record<string, string> = { sit_1: "Lyon", sit_2: "Genoa" };
const nameOf = (site: string) => names[site] ?? site;

function reason(code: string, values: Record<string, string> = {}, message = "as it was said") {
  return { code, values, message, cause: null };
}

test("a line of the journal names its sites, and says why one is missing", () => {
  const detail = { version: 2, sites: ["sit_1", "sit_2"], missing: { sit_2: "was silent" } };
  const line = { detail, reason: null, reasons: { sit_2: reason("silent") } };
  expect(detailWords(en, line, nameOf)).toBe(
    "version: 2 · sites: Lyon, Genoa · not in it: Genoa: was silent",
  );
  expect(detailWords(de, line, nameOf)).toBe(
    "Version: 2 · Standorte: Lyon, Genoa · nicht dabei: Genoa: hat nicht geantwortet",
  );
});

test("what is empty, and what is for programs, is not in the line", () => {
  const detail = { site: "sit_1", name: "Lyon", key: "AA", plan: { target: 1 }, epsilon: null };
  const line = { detail: { ...detail, round: "4f8a" }, reason: null, reasons: {} };
  expect(detailWords(en, line, nameOf)).toBe("site: Lyon");
});

test("what a site judged is said with its figures, in the user\u2019s own numbers", () => {
  const values = {
    named_before: "4.0%",
    named_then: "1.0%",
    strangers: "100",
    found_before: "90.0%",
    found_then: "91.5%",
    people: "40",
  };
  const detail = { now: 0.005, offered: 0.0091, taken: true, why: "of the server" };
  const line = { detail, reason: reason("fewer_strangers", values), reasons: {} };
  expect(detailWords(de, line, nameOf).replaceAll("\u00a0", " ")).toBe(
    "bisher erlaubt: 0,5 % · angeboten: 0,91 % · übernommen: ja · " +
      "Grund: weniger Fremde bekommen einen Namen: Fremde mit Namen 4,0 % → 1,0 % von 100, " +
      "gefundene Bekannte 90,0 % → 91,5 % von 40",
  );
});

test("a refusal says why the other side refused, and what is not known is said as it came", () => {
  const cause = reason("key_changed", { site: "sit_2" });
  expect(whyWords(en, { ...reason("refused"), cause }, nameOf)).toBe(
    "refused: Genoa has another key than before",
  );
  expect(whyWords(de, reason("", {}, "fell asleep"), nameOf)).toBe("fell asleep");
});

test("why a face has no name is said in the language of the page", () => {
  const values = { chance: "1.12%", distance: "0.50", allowed: "0.50%" };
  const said = reasonWords(de, de.decision.reasons, reason("strangers_near", values));
  expect(said.replaceAll("\u00a0", " ")).toBe(
    "1,12 % der Fremden kämen so nah wie 0,50; erlaubt sind 0,50 %",
  );
});

test("a site that is known by its id alone is called so", () => {
  const member = { id: "sit_1", name: "Lyon", joined_at: 0, left_at: null };
  const coordinator = { address: "", serving: false, members: [member], rounds: 0 };
  const named = siteNames({ coordinator, site: null, last_round: null });
  expect([named("sit_1"), named("sit_9")]).toEqual(["Lyon", "sit_9"]);
});

test("a chance has two digits that say something, and a distance the comma of its reader", () => {
  expect(percent(en, 0.00849)).toBe("0.85%");
  expect(percent(en, 0.976)).toBe("98%");
  expect([decimal(en, 0.4, 2), decimal(de, 0.4, 2)]).toEqual(["0.40", "0,40"]);
});
