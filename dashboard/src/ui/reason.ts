import type { Schemas } from "../api/client";
import type { Words } from "../words";

type Said = Readonly<Record<string, (values: Readonly<Record<string, string>>) => string>>;
type Named = (value: string) => string;

/** A reason in the words of `said`, by its code; in the server's own where there are none. `named`:
 * what a value is called that is no number. */
export function reasonWords(
  words: Words,
  said: Said,
  { code, values, message, cause }: Schemas["CodedReason"],
  named: Named = (value) => value,
): string {
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, figure(words, value) ?? named(value)]),
  );
  if (cause) shown.why = reasonWords(words, said, cause, named);
  return said[code]?.(shown) ?? message;
}

/** A number or share of a sentence as it is written here; null for what is none. */
function figure(words: Words, text: string): string | null {
  const [, whole, decimals = "", sign] = /^(\d+)(\.\d+)?(%?)$/.exec(text) ?? [];
  if (!whole) return null;
  const digits = Math.max(0, decimals.length - 1);
  const value = Number(whole + decimals);
  return (sign ? value / 100 : value).toLocaleString(words.tag, {
    style: sign ? "percent" : "decimal",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
