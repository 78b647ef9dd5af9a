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

test("what is refused is said in German by its code, and else as the server says it", () => {
  expect(de.refusal("no_face", "No face was found.")).toMatch(/^Kein Gesicht/);
  expect(de.refusal("bad_stretch", "until is not after since")).toBe("until is not after since");
  expect(en.refusal("no_face", "No face was found.")).toBe("No face was found.");
});

test("both languages have the same words, and none is empty", () => {
  const [english, german] = [leaves(en), leaves(de)];
  expect(german.map(([key]) => key)).toEqual(english.map(([key]) => key));
  for (const [key, value] of [...english, ...german]) {
    if (typeof value === "string") expect(value.trim(), key).not.toBe("");
  }
});
