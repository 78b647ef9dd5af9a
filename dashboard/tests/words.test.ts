import { expect, test } from "vitest";
import { de } from "../src/words/de";
import { en } from "../src/words/en";

type Tree = { [key: string]: unknown };

function leaves(words: Tree, at = ""): [string, unknown][] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? leaves(value as Tree, `${at}${key}.`)
      : [[`${at}${key}`, value] as [string, unknown]],
  );
}

test("both languages have the same words, and none is empty", () => {
  const [english, german] = [leaves(en), leaves(de)];
  expect(german.map(([key]) => key)).toEqual(english.map(([key]) => key));
  for (const [key, value] of [...english, ...german]) {
    if (typeof value === "string") expect(value.trim(), key).not.toBe("");
  }
});
