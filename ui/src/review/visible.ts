/**
 * Text of a suspect document with what cannot be seen made visible: characters without width, tag characters and
 * overridden writing direction stand as their code, so that what is shown cannot mislead whoever decides.
 */
export const visible = (text: string): string =>
  text.replace(/[\p{Cf}\p{Cc}\p{Co}]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });

export type Level = "strong" | "clear" | "some" | "none";

/** A score from 0 to 1 in words; documents are held back from about 0.4 on. */
export function levelOf(score: number): Level {
  if (score >= 0.75) return "strong";
  if (score >= 0.5) return "clear";
  return score > 0 ? "some" : "none";
}
