import type { Schemas } from "../../../api/client";
import { percent } from "../../../ui/numbers";
import { reasonWords } from "../../../ui/reason";
import type { Words } from "../../../words";

export type NameOf = (site: string) => string;
type Line = Pick<Schemas["LogOut"], "detail" | "reason" | "reasons">;

const CHANCES = new Set(["now", "offered"]);

/** What a line of the journal says besides, sites by their names: `version: 2 · sites: Lyon, Genoa`.
 * What is empty and what is for programs is left out. */
export function detailWords(words: Words, { detail, ...why }: Line, nameOf: NameOf): string {
  const names: Readonly<Record<string, string>> = words.federation.detail;
  return Object.entries(names)
    .filter(([key]) => key !== "name" || !detail.site) // a site is called by its name already
    .map(([key, name]) => [name, said(words, key, detail[key], why, nameOf)])
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");
}

function said(
  words: Words,
  key: string,
  value: unknown,
  { reason, reasons }: Omit<Line, "detail">,
  nameOf: NameOf,
): string {
  if (key === "why" && reason) return whyWords(words, reason, nameOf);
  if (key === "missing") {
    return Object.entries(reasons)
      .map(([site, one]) => words.federation.missingWhy(nameOf(site), whyWords(words, one, nameOf)))
      .join(", ");
  }
  if (Array.isArray(value)) return value.map((one) => nameOf(String(one))).join(", ");
  if (typeof value === "boolean") return value ? words.federation.yes : words.federation.no;
  if (typeof value === "number") {
    return CHANCES.has(key) ? percent(words, value) : value.toLocaleString(words.tag);
  }
  return typeof value === "string" ? nameOf(value) : "";
}

/** Why something is so, with sites by their names. */
export function whyWords(words: Words, reason: Schemas["CodedReason"], nameOf: NameOf): string {
  return reasonWords(words, words.federation.reasons, reason, nameOf);
}
