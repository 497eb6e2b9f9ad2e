import { useLanguage } from "../i18n/language";
import type { Exchange } from "./exchange";

/** How a question was searched, where that is not the question as it was asked. */
export function Searched({ exchange }: { exchange: Exchange }) {
  const { words } = useLanguage();
  const { searchedAs, searchedParts } = exchange;
  const language = exchange.language ?? undefined;
  return (
    <>
      {searchedAs && (
        <p className="hint" lang={language}>
          {words.answer.searchedAs(searchedAs)}
        </p>
      )}
      {searchedParts.length > 0 && (
        <div className="hint">
          {words.answer.searchedParts}
          <ul aria-label={words.answer.searchedParts} lang={language}>
            {searchedParts.map((part) => (
              <li key={part}>{part}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
