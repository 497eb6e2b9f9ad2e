import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

import type { ErrorBody } from "../api/types";
import { en } from "./en";
import { fr } from "./fr";

export type LanguageCode = "en" | "fr";
export type Messages = typeof en;

export const catalogues: Record<LanguageCode, Messages> = { en, fr };

const stored = "sourcier.language";

/** The language chosen before, else the browser's, else English. */
export function preferredLanguage(): LanguageCode {
  try {
    const chosen = localStorage.getItem(stored);
    if (chosen === "en" || chosen === "fr") return chosen;
  } catch {
    // Storage can be forbidden; the browser's language still says something.
  }
  return navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en";
}

function remember(code: LanguageCode): void {
  try {
    localStorage.setItem(stored, code);
  } catch {
    // Then the choice lasts as long as the page.
  }
}

export interface Language {
  code: LanguageCode;
  words: Messages;
  change: (code: LanguageCode) => void;
}

const LanguageContext = createContext<Language | null>(null);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [code, setCode] = useState(preferredLanguage);
  useEffect(() => {
    document.documentElement.lang = code;
  }, [code]);
  const value = useMemo<Language>(
    () => ({
      code,
      words: catalogues[code],
      change: (next) => {
        remember(next);
        setCode(next);
      },
    }),
    [code],
  );
  return <LanguageContext value={value}>{children}</LanguageContext>;
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext);
  if (!language) throw new Error("useLanguage needs a LanguageProvider");
  return language;
}

export const useWords = (): Messages => useLanguage().words;

/** What an error's code means in the person's language, else the server's own sentence; `reasonOf` says what exactly. */
export const explain = (words: Messages, error: Pick<ErrorBody, "code" | "message">): string =>
  words.errors[error.code] ?? error.message;
