import { useEffect, useState } from "react";
import type { Words } from "../words";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** A function that makes a format once for each language: making one takes longer than using it. */
function kept<F>(make: (tag: string) => F): (tag: string) => F {
  const made = new Map<string, F>();
  return (tag) => {
    const format = made.get(tag) ?? make(tag);
    made.set(tag, format);
    return format;
  };
}

const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;
const DAY_AND_CLOCK = { ...CLOCK, day: "numeric", month: "short" } as const;
const relative = kept((tag) => new Intl.RelativeTimeFormat(tag, { numeric: "always" }));
const ofToday = kept((tag) => new Intl.DateTimeFormat(tag, CLOCK));
const ofThisYear = kept((tag) => new Intl.DateTimeFormat(tag, DAY_AND_CLOCK));
const ofAnyYear = kept(
  (tag) => new Intl.DateTimeFormat(tag, { ...DAY_AND_CLOCK, year: "numeric" }),
);

/** How long ago, in the largest unit that fits: "3 minutes ago". Times are Unix seconds. */
export function ago(words: Words, atS: number, nowS: number): string {
  const seconds = Math.max(0, nowS - atS);
  if (seconds < 5) return words.time.now;
  const format = relative(words.tag);
  if (seconds < MINUTE) return format.format(-Math.floor(seconds), "second");
  if (seconds < HOUR) return format.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return format.format(-Math.floor(seconds / HOUR), "hour");
  return format.format(-Math.floor(seconds / DAY), "day");
}

/** "14:05" today, with the date on other days. */
export function moment(words: Words, atS: number, nowS = Date.now() / 1000): string {
  const [at, now] = [new Date(atS * 1000), new Date(nowS * 1000)];
  if (at.getFullYear() !== now.getFullYear()) return ofAnyYear(words.tag).format(at);
  const today = at.toDateString() === now.toDateString();
  return (today ? ofToday : ofThisYear)(words.tag).format(at);
}

export function fullMoment(words: Words, atS: number): string {
  return new Intl.DateTimeFormat(words.tag, { dateStyle: "medium", timeStyle: "medium" }).format(
    atS * 1000,
  );
}

/** "45 s", "12 min", "3 h 20 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  const minutes = Math.round((whole % HOUR) / MINUTE);
  return `${Math.floor(whole / HOUR)} h${minutes ? ` ${minutes} min` : ""}`;
}

/** The present time in Unix seconds, anew every `everyMs`; it stands still in a hidden tab. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const tick = () => {
      if (!document.hidden) setNow(Date.now() / 1000);
    };
    const timer = setInterval(tick, everyMs);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [everyMs]);
  return now;
}
