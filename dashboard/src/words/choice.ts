import { createContext, useContext } from "react";
import type { Language } from "./index";

interface Choice {
  language: Language;
  choose(language: Language): void;
}

export const LanguageContext = createContext<Choice>({ language: "en", choose: () => undefined });

export function useLanguage(): Choice {
  return useContext(LanguageContext);
}
