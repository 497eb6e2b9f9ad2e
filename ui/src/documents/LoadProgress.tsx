import { useRef, useState } from "react";

import { cancelLoad, reportAddress, retryLoad } from "../api/client";
import { bodyOf } from "../api/errors";
import type { CorpusView, ErrorBody, LoadItemView, LoadView } from "../api/types";
import { useWords, type Messages } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon, type IconName } from "../parts/Icon";
import { Reason, ReasonOfEnd, Words } from "../parts/Reason";
import { addressOf } from "../route";
import { AllowAgain } from "./AllowAgain";
import { HeldBack } from "./HeldBack";
import { LoadGaps } from "./LoadGaps";
import { isRunning, useLoad } from "./useLoad";

type Outcome = LoadItemView["outcome"];

const icons: Record<Outcome, IconName> = {
  published: "check",
  unchanged: "same",
  failed: "warning",
  quarantined: "warning",
  proposed: "pending",
  withdrawn: "withdrawn",
  pending: "pending",
};

const outcomes: readonly Outcome[] = [
  "published",
  "unchanged",
  "failed",
  "quarantined",
  "proposed",
  "withdrawn",
  "pending",
];

interface LoadProgressProps {
  first: LoadView;
  corpora: readonly CorpusView[];
  onEnded: () => void;
  onHide: () => void;
}

/** One load: how far it is, and once it has ended, how each file ended. */
export function LoadProgress({ first, corpora, onEnded, onHide }: LoadProgressProps) {
  const words = useWords();
  const [followed, setFollowed] = useState(first);
  const { load, error } = useLoad(followed, onEnded);
  const [cancelError, setCancelError] = useState<ErrorBody | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const running = isRunning(load);
  const problem = error ?? cancelError;
  const corpus = corpora.find((one) => one.id === load.corpus_id)?.title ?? load.corpus_id;
  const cancel = () => {
    cancelLoad(load.id).catch((reason: unknown) => setCancelError(bodyOf(reason)));
  };
  const retry = () => {
    setCancelError(null);
    retryLoad(load.id).then(setFollowed, (reason: unknown) => setCancelError(bodyOf(reason)));
  };
  const confirmed = (next: LoadView) => {
    setFollowed(next);
    heading.current?.focus(); // what was pressed goes away
  };
  return (
    <section className="load" aria-label={words.load.title(corpus)} data-testid={running ? "load-progress" : "load-result"} data-state={load.state}>
      <header className="load-header">
        <h3 ref={heading} tabIndex={-1}>
          {words.load.title(corpus)}
        </h3>
        <span className="state" data-state={load.state} role="status">
          <Icon name={running ? "pending" : load.state === "finished" ? "check" : "warning"} />
          {words.load.states[load.state]}
        </span>
        <button type="button" className="button button-quiet" onClick={running ? cancel : onHide}>
          {running ? words.load.cancel : words.load.hide}
        </button>
      </header>
      {load.message && load.held_back === 0 && (
        <p className="hint">
          <ReasonOfEnd message={load.message} />
        </p>
      )}
      {running && <Bar load={load} />}
      <Counts load={load} />
      <LoadGaps load={load} />
      {load.held_back > 0 && <HeldBack urgent loadId={load.id} onConfirmed={confirmed} />}
      {problem && <ErrorNotice error={problem} />}
      {!running && (
        <p className="load-actions">
          {load.failed > 0 && (
            <button type="button" className="button" onClick={retry} data-testid="retry">
              {words.load.retry(load.failed)}
            </button>
          )}
          <a href={reportAddress(load.id)} download>
            {words.load.report}
          </a>
        </p>
      )}
      {load.items.length > 0 && <Items items={load.items} />}
    </section>
  );
}

function Bar({ load }: { load: LoadView }) {
  const words = useWords();
  const done = load.seen - load.pending;
  const text = words.load.progress(done, load.seen);
  const pace = words.pageList.pace(load.pages, load.files_per_minute ?? 0);
  const left = load.seconds_left === null ? "" : words.load.timeLeft(load.seconds_left);
  return (
    <div className="bar">
      {/* Without a value the bar says: at work, the end is not known yet. */}
      <progress aria-label={text} {...(load.seen > 0 ? { value: done, max: load.seen } : {})} />
      <span className="hint">
        {pace ? `${text}, ${pace}` : text} {left}
      </span>
    </div>
  );
}

function Counts({ load }: { load: LoadView }) {
  const words = useWords();
  const shown = outcomes.filter((outcome) => load[outcome] > 0 || outcome === "published" || outcome === "failed");
  return (
    <ul className="counts">
      {shown.map((outcome) => (
        <li key={outcome} className="state" data-state={load[outcome] > 0 ? outcome : "none"}>
          <Icon name={icons[outcome]} />
          {words.load.outcomes[outcome]} <strong>{load[outcome]}</strong>
        </li>
      ))}
      <li className="hint">{words.load.passages(load.passages)}</li>
    </ul>
  );
}

/** Why a file ended as it did. */
function Why({ item }: { item: LoadItemView }) {
  const words = useWords();
  if (item.outcome === "quarantined") return <Suspicion item={item} />;
  const isReason = item.outcome !== "published" && (item.code ?? item.message);
  if (!isReason) return outcomeOf(item, words);
  return (
    <>
      <Reason error={{ code: item.code ?? "", message: item.message ?? "" }} />
      {item.retryable && ` ${words.load.retryable}`}
    </>
  );
}

/** Why a file was set aside: what was found in it, each kind in words. */
function Suspicion({ item }: { item: LoadItemView }) {
  const words = useWords();
  const kinds: Readonly<Record<string, string>> = words.review.evidenceKinds;
  const [, found = ""] = /^([a-z_, ]+) \(score [\d.]+\)$/.exec(item.message ?? "") ?? [];
  return (
    <>
      {words.load.quarantinedReason}{" "}
      {found.split(", ").map((kind) => (
        <span key={kind} className="reason-detail">
          {kinds[kind] ?? kind}
        </span>
      ))}
    </>
  );
}

/** How a file ended, in words. */
function outcomeOf(item: LoadItemView, words: Messages): string {
  if (item.outcome === "published") return words.load.publishedAs(item.page_count, item.passage_count);
  if (item.outcome === "unchanged") return words.load.unchangedReason;
  if (item.outcome === "proposed") return words.load.proposedReason;
  if (item.outcome === "withdrawn") return words.load.withdrawnReason;
  return words.documents.states[item.state] ?? item.state;
}

/** What a person can do about a file that waits or was purged. */
function NextStep({ item }: { item: LoadItemView }) {
  const words = useWords();
  if (item.outcome === "quarantined" || item.outcome === "proposed") {
    return <a href={addressOf("review")}>{words.load.toReview}</a>;
  }
  if (item.code === "document_purged" && item.document_id) {
    return <AllowAgain documentId={item.document_id} name={item.path} />;
  }
  return null;
}

const worstFirst: Record<Outcome, number> = {
  failed: 0,
  quarantined: 1,
  proposed: 2,
  withdrawn: 3,
  pending: 4,
  published: 5,
  unchanged: 6,
};

function Items({ items }: { items: readonly LoadItemView[] }) {
  const words = useWords();
  const sorted = [...items].sort((one, other) => worstFirst[one.outcome] - worstFirst[other.outcome]);
  return (
    <div className="load-items">
      <table className="table">
        <caption className="visually-hidden">{words.load.result}</caption>
        <thead>
          <tr>
            <th scope="col">{words.load.file}</th>
            <th scope="col">{words.load.outcome}</th>
            <th scope="col">{words.load.reason}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((item) => (
            <tr key={item.path} data-outcome={item.outcome}>
              <th scope="row" className="breaking">
                {item.path}
              </th>
              <td data-label={words.load.outcome}>
                <span className="state" data-state={item.outcome}>
                  <Icon name={icons[item.outcome]} />
                  {words.load.outcomes[item.outcome]}
                </span>
              </td>
              <td data-label={words.load.reason}>
                <Why item={item} /> {item.code && <code>{item.code}</code>}
                {item.pages_without_text > 0 && (
                  <p className="hint">{words.pageList.gapsOf(item.pages_without_text, item.page_count)}</p>
                )}
                {item.access_note && (
                  <p className="hint">
                    {words.pageList.accessNote} <Words of={item.access_note} />
                  </p>
                )}
                <NextStep item={item} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
