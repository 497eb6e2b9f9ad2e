import { formatDate } from "../i18n/format";
import { useLanguage } from "../i18n/language";
import { isOpen, isRefusal, type Exchange } from "./exchange";
import { narrowedTo } from "./Narrow";

/** Tells screen readers what a checked sentence says, once; the tokens in between are for the eye only. */
export function Announcer({ exchange }: { exchange: Exchange | null }) {
  const { words, code } = useLanguage();
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-relevant="additions" key={exchange?.id}>
      {exchange && isOpen(exchange) && <p>{exchange.subject ? words.answer.summarising : words.answer.searching}</p>}
      {exchange?.asOf && <p>{words.answer.asOf(formatDate(exchange.asOf, code))}</p>}
      {exchange?.only && <p>{narrowedTo(exchange.only, words)}</p>}
      {exchange && !isRefusal(exchange) && exchange.claims.map((claim) => (
        <p key={claim.number} lang={exchange.language ?? undefined}>
          {claim.text} {words.verdict[claim.verdict]}.
        </p>
      ))}
      {exchange?.state === "stopped" && <p>{words.answer.stopped}</p>}
      {exchange?.answer && (
        <p>
          {isRefusal(exchange)
            ? exchange.answer.text
            : words.answer.complete(exchange.claims.length, exchange.sources.length)}
        </p>
      )}
    </div>
  );
}
