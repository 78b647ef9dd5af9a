import { createContext, useContext } from "react";
import { en } from "./en";

export type Words = typeof en;
export type Language = "en" | "de";

const KEPT = "lookout.language";

export const LANGUAGES: Record<Language, string> = { en: "English", de: "Deutsch" };

export const WordsContext = createContext<Words>(en);

export function useWords(): Words {
  return useContext(WordsContext);
}

/** The language that was chosen here, else the first of the browser's that there is. */
export function preferredLanguage(): Language {
  const wanted = [kept(), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find((tag): tag is Language => !!tag && tag in LANGUAGES) ?? "en";
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // a browser that keeps nothing asks anew
  }
}

export async function wordsOf(language: Language): Promise<Words> {
  const words = language === "de" ? (await import("./de")).de : en;
  return { ...words, tag: localeOf(language, navigator.languages) };
}

/** How dates and numbers are written: as the browser's user does, in the language of the words. */
export function localeOf(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.slice(0, 2) === language) ?? language;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
