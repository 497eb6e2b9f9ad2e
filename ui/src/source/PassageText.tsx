import type { PassageView, QuoteView } from "../api/types";
import { useWords } from "../i18n/language";

interface Pieces {
  before: string;
  quote: string;
  after: string;
}

/** The passage's text cut at the quote. Offsets count characters as Python does, so by code point. */
export function cutAtQuote(passage: PassageView, quote: QuoteView): Pieces {
  const characters = Array.from(passage.text);
  const from = Math.min(Math.max(quote.start - passage.start, 0), characters.length);
  const to = Math.min(Math.max(quote.end - passage.start, from), characters.length);
  const piece = (start: number, end?: number) => characters.slice(start, end).join("");
  return { before: piece(0, from), quote: piece(from, to), after: piece(to) };
}

/** The passage in words: for screen readers, for copying, and for pages that have no picture. */
export function PassageText({ passage, quote, open }: { passage: PassageView; quote: QuoteView; open: boolean }) {
  const words = useWords();
  const pieces = cutAtQuote(passage, quote);
  return (
    <details className="passage" open={open}>
      <summary>{words.source.asText}</summary>
      <p className="passage-text">
        <span className="around">{passage.before}</span>
        {pieces.before}
        <mark>{pieces.quote}</mark>
        {pieces.after}
        <span className="around">{passage.after}</span>
      </p>
    </details>
  );
}
