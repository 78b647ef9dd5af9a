import type { Rule, RuleBody } from "./queries";

export const WHO = ["unknown", "known", "anyone", "list", "nobody"] as const;
export const WHAT = [
  "appears",
  "leaves",
  "enters",
  "exits",
  "stays",
  "absent",
  "camera_lost",
  "impossible_speed",
  "spoof",
] as const;
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export type Who = (typeof WHO)[number];
export type What = (typeof WHAT)[number];
export type Where = NonNullable<RuleBody["where"]>;

/** What is measured in seconds, and by how many when it is chosen. */
const SECONDS: Partial<Record<What, number>> = { stays: 60, absent: 3600 };
const NOWHERE: Where = { cameras: [], zones: [], fences: [] };
const ANYONE: NonNullable<RuleBody["who"]> = { kind: "anyone", lists: [] };
const KNOWN: NonNullable<RuleBody["who"]> = { kind: "known", lists: [] };
export const ALWAYS: NonNullable<RuleBody["when"]> = { intervals: [], profile: "any" };

export const NEW: RuleBody = {
  name: "",
  enabled: true,
  who: { kind: "unknown", lists: [] },
  where: NOWHERE,
  when: ALWAYS,
  what: { kind: "appears", metres_per_second: 12 },
  severity: "warning",
  channels: [],
  require_live: false,
};

export function bodyOf({ id: _, ...body }: Rule): RuleBody {
  return body;
}

export function isTimed(kind: What): boolean {
  return kind in SECONDS;
}

/** The rule about somebody else. Nobody can only be absent, and nobody misses somebody unknown. */
export function withWho(rule: RuleBody, who: Who, lists: string[]): RuleBody {
  const changed = { ...rule, who: { kind: who, lists } };
  if (who === "nobody") return withWhat(changed, "absent");
  return who === "unknown" && rule.what.kind === "absent" ? withWhat(changed, "appears") : changed;
}

/** The rule with another happening, and without what does not go with it. */
export function withWhat(rule: RuleBody, kind: What): RuleBody {
  const seconds = isTimed(kind) ? (rule.what.seconds ?? SECONDS[kind] ?? null) : null;
  const changed = { ...rule, what: { ...rule.what, kind, seconds } };
  const who = rule.who?.kind ?? "anyone";
  const where = rule.where ?? NOWHERE;
  if (kind === "camera_lost") {
    return { ...changed, who: ANYONE, where: { ...where, zones: [], fences: [] } };
  }
  if (kind === "absent") {
    // absence is of the whole site
    return { ...changed, where: NOWHERE, ...(who === "unknown" ? { who: KNOWN } : {}) };
  }
  return who === "nobody" ? { ...changed, who: ANYONE } : changed;
}

export function withWhere(rule: RuleBody, part: Partial<Where>): RuleBody {
  return { ...rule, where: { ...NOWHERE, ...rule.where, ...part } };
}
