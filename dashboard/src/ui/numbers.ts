import type { Words } from "../words";

/** A number with so many digits behind its point, or comma, as it is written here. */
export function decimal(words: Words, value: number, digits: number): string {
  return value.toLocaleString(words.tag, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A share in percent, with two digits that say something. */
export function percent(words: Words, share: number): string {
  return share.toLocaleString(words.tag, { style: "percent", maximumSignificantDigits: 2 });
}
