import type { Words } from "../../words";
import type { RuleBody } from "./queries";
import { DAYS } from "./rule-draft";

/** A rule as a sentence: who does what, where and when. `names`: of what it names by ids. */
export function sentenceOf(
  words: Words,
  rule: RuleBody,
  names: ReadonlyMap<string, string>,
): string {
  const { sentence } = words.alerts;
  const called = (ids: readonly string[] = []) => ids.map((id) => names.get(id) ?? "?").join(", ");
  const who = rule.who?.kind ?? "anyone";
  const subject = who === "list" ? sentence.onList(called(rule.who?.lists)) : sentence.who[who];
  const { kind, seconds } = rule.what;
  const areas = called([...(rule.where?.zones ?? []), ...(rule.where?.fences ?? [])]);
  const crosses = (kind === "enters" || kind === "exits") && areas !== "";
  const does = crosses ? sentence.crosses[kind](areas) : sentence.what[kind];
  const what =
    kind === "camera_lost"
      ? sentence.cameraLost
      : `${subject} ${does}${seconds ? ` ${sentence.forS(seconds)}` : ""}`;
  const at = [called(rule.where?.cameras), crosses ? "" : areas].filter(Boolean).join(", ");
  const times = (rule.when?.intervals ?? []).map(({ from, to, days }) =>
    sentence.interval(
      from,
      to,
      days && days.length < DAYS.length
        ? DAYS.filter((day) => days.includes(day)).map((day) => words.alerts.days[day])
        : [],
    ),
  );
  const profile = rule.when?.profile ?? "any";
  return [
    what,
    at && sentence.at(at),
    times.join(sentence.or),
    profile === "any" ? "" : sentence.profile[profile as "home" | "away"],
  ]
    .filter(Boolean)
    .join(", ");
}
