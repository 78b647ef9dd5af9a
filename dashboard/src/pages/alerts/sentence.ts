import type { Words } from "../../words";
import type { RuleBody, Watchlist } from "./queries";

/** A rule as a sentence: who does what, where and when. */
export function sentenceOf(
  words: Words,
  rule: RuleBody,
  lists: readonly Watchlist[],
  cameras: ReadonlyMap<string, string>,
): string {
  const { sentence } = words.alerts;
  const who = rule.who?.kind ?? "anyone";
  const names = (rule.who?.lists ?? []).map(
    (id) => lists.find((list) => list.id === id)?.name ?? "?",
  );
  const subject = who === "list" ? sentence.onList(names.join(", ")) : sentence.who[who];
  const { kind, seconds } = rule.what;
  const what =
    kind === "camera_lost"
      ? sentence.cameraLost
      : `${subject} ${sentence.what[kind]}${seconds ? ` ${sentence.forS(seconds)}` : ""}`;
  const at = (rule.where?.cameras ?? []).map((camera) => cameras.get(camera) ?? camera);
  const times = (rule.when?.intervals ?? []).map((interval) =>
    sentence.interval(interval.from, interval.to, interval.days?.length ?? 7),
  );
  const profile = rule.when?.profile ?? "any";
  return [
    what,
    at.length ? sentence.at(at.join(", ")) : "",
    times.length ? times.join(sentence.or) : "",
    profile === "any" ? "" : sentence.profile[profile as "home" | "away"],
  ]
    .filter(Boolean)
    .join(", ");
}
