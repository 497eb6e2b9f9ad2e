import type { CorpusView } from "../api/types";
import { useLanguage, type Messages } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon } from "../parts/Icon";
import { addressOfAnswer } from "../route";
import { AsOfNotice } from "./AsOf";
import { Claim } from "./Claim";
import { isOpen, isRefusal, withheldClaims, type Exchange, type OpenSource } from "./exchange";
import { NarrowNotice } from "./Narrow";
import { Refusal } from "./Refusal";
import { Searched } from "./Searched";
import { SourceList } from "./SourceList";

interface AnswerProps {
  exchange: Exchange;
  corpora: readonly CorpusView[];
  openNumber: number | null;
  onOpen: OpenSource;
  onRetry: () => void;
  /** Asks the same of the documents as they stand. */
  onNow: () => void;
  /** Asks the same of all documents. */
  onAll: () => void;
}

export function Answer({ exchange, corpora, openNumber, onOpen, onRetry, onNow, onAll }: AnswerProps) {
  const { words } = useLanguage();
  const refused = isRefusal(exchange);
  const canRetry = exchange.error?.retryable === true && exchange.question !== "";
  return (
    <article className="answer" data-testid="answer" data-state={exchange.state} aria-busy={isOpen(exchange)}>
      <h2 className="asked" lang={exchange.language ?? undefined}>
        {exchange.question || words.loading}
      </h2>
      {exchange.asOf && <AsOfNotice asOf={exchange.asOf} isSummary={exchange.subject !== null} onClear={onNow} />}
      {exchange.only && <NarrowNotice only={exchange.only} onClear={onAll} />}
      <Searched exchange={exchange} />
      {exchange.answer?.notice && (
        <p className="notice" lang={exchange.language ?? undefined}>
          {exchange.answer.notice}
        </p>
      )}
      {refused ? (
        <Refusal exchange={exchange} />
      ) : (
        <>
          <Progress exchange={exchange} />
          <Claims exchange={exchange} onOpen={onOpen} />
          <Ending exchange={exchange} />
        </>
      )}
      {exchange.error && (
        <ErrorNotice error={exchange.error} meaning={absence(exchange, words)} onRetry={canRetry ? onRetry : undefined} />
      )}
      {exchange.sources.length > 0 && (
        <SourceList
          heading={refused ? words.refusal.notAnAnswer : words.source.heading}
          sources={exchange.sources}
          corpora={corpora}
          openNumber={openNumber}
          onOpen={onOpen}
        />
      )}
      <Colophon exchange={exchange} />
    </article>
  );
}

function Progress({ exchange }: { exchange: Exchange }) {
  const { words } = useLanguage();
  if (!isOpen(exchange)) return null;
  return (
    <p className="progress-line">
      <span className="ripple" aria-hidden="true" />
      {exchange.state === "searching" ? searchingWords(exchange, words) : words.answer.writing}
    </p>
  );
}

/** Why a summary as of a date is not there: what is not found may be there today. */
function absence({ error, subject, asOf }: Exchange, words: Messages): string | undefined {
  return error?.code === "not_found" && subject && asOf ? words.answer.nothingThen : undefined;
}

function searchingWords({ read, subject }: Exchange, words: Messages): string {
  if (read) return words.answer.reading(read.done, read.total);
  return subject ? words.answer.summarising : words.answer.searching;
}

function Claims({ exchange, onOpen }: { exchange: Exchange; onOpen: OpenSource }) {
  const { words } = useLanguage();
  const withheld = withheldClaims(exchange);
  const shown = exchange.claims.filter((claim) => !withheld.includes(claim));
  return (
    <>
      {shown.length > 0 && (
        <ol className="claims" data-mode={exchange.mode} aria-label={words.answer.claims}>
          {shown.map((claim) => (
            <Claim key={claim.number} claim={claim} exchange={exchange} onOpen={onOpen} />
          ))}
        </ol>
      )}
      {exchange.draft.trim() && (
        <div className="draft">
          <p className="draft-label">
            <Icon name="pending" />
            {isOpen(exchange) ? words.answer.draft : words.answer.stoppedDraft}
          </p>
          <p className="draft-text" lang={exchange.language ?? undefined}>
            {exchange.draft}
          </p>
        </div>
      )}
      {withheld.length > 0 && (
        <details className="withheld">
          <summary>{words.answer.withheld(withheld.length)}</summary>
          <ol className="claims">
            {withheld.map((claim) => (
              <Claim key={claim.number} claim={claim} exchange={exchange} onOpen={onOpen} />
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

/** What must be said about how the answer ended, when it did not end well. */
function endingOf(exchange: Exchange, words: Messages): string | null {
  if (exchange.state === "stopped") return words.answer.stopped;
  if (exchange.answer && exchange.answer.state !== "answered") return words.answer.interrupted;
  if (exchange.answer && exchange.claims.length === 0) return exchange.answer.text || words.answer.noClaims;
  return null;
}

function Ending({ exchange }: { exchange: Exchange }) {
  const { words } = useLanguage();
  const ending = endingOf(exchange, words);
  return ending && <p className="ending">{ending}</p>;
}

/** How the answer was made, and the address under which it can be read again. */
function Colophon({ exchange }: { exchange: Exchange }) {
  const { words } = useLanguage();
  const { answer } = exchange;
  if (!answer) return null;
  const total = answer.timings_ms.total;
  const made = answer.mode === "quotes" ? words.answer.quotesMode : words.answer.modelBadge;
  return (
    <footer className="colophon">
      {answer.state === "answered" && <span>{made}</span>}
      {total !== undefined && <span>{words.answer.seconds(total / 1000)}</span>}
      <a href={addressOfAnswer(answer.id)}>
        <Icon name="link" />
        {words.answer.link}
      </a>
    </footer>
  );
}
