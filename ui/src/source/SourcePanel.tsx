import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";

import { getPassage, originalFile } from "../api/client";
import type { CorpusView, SourceView } from "../api/types";
import type { Sight } from "../ask/exchange";
import { formatDate, formatMoment } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon } from "../parts/Icon";
import { useRemote } from "../parts/useRemote";
import { PageViewer } from "./PageViewer";
import { PassageTables } from "./PassageTable";
import { PassageText } from "./PassageText";

interface SourcePanelProps {
  sight: Sight;
  /** The moment the answer was asked as of: what it cites may have been replaced since. */
  asOf: string | null;
  corpora: readonly CorpusView[];
  /** On a narrow screen the panel covers everything and keeps the focus inside. */
  modal: boolean;
  onClose: () => void;
}

/** Opens the element the way the screen needs it, moves the focus to its heading, and closes on Escape. */
function useOpened(modal: boolean, sight: Sight, onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element && !element.open) {
      if (modal) element.showModal();
      else element.show();
    }
    return () => element?.close();
  }, [modal]);
  useEffect(() => heading.current?.focus(), [sight]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      onClose();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [onClose]);
  return { dialog, heading };
}

export function SourcePanel({ sight, asOf, corpora, modal, onClose }: SourcePanelProps) {
  const words = useWords();
  const { source, quote } = sight;
  const title = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { dialog, heading } = useOpened(modal, sight, onClose);
  const passage = useRemote(`${source.passage_id} ${asOf}`, (signal) => getPassage(source.passage_id, asOf, signal));
  const [imageFailed, setImageFailed] = useState(false);
  const current = passage.value?.id === source.passage_id ? passage.value : null;

  return (
    <dialog
      ref={dialog}
      className="source-panel"
      data-testid="source-panel"
      data-modal={modal}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="panel-header">
        <span className="source-number" aria-hidden="true">
          {source.number}
        </span>
        <h2 id={title} ref={heading} tabIndex={-1}>
          <span className="visually-hidden">{words.source.panel(source.number)}: </span>
          {source.title}
        </h2>
        <button type="button" className="icon-button" aria-label={words.source.close} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </header>
      <div className="panel-body" ref={scroller}>
        <section aria-label={words.source.quote}>
          <blockquote className="panel-quote">
            <q className="exact">{quote.text}</q>
          </blockquote>
          {source.heading_path.length > 0 && (
            <p className="breadcrumb">
              <span className="visually-hidden">{words.source.headings}: </span>
              {source.heading_path.join(" › ")}
            </p>
          )}
        </section>
        <PageViewer
          key={`${source.passage_id} ${quote.start}`}
          source={source}
          quote={quote}
          regions={current?.regions ?? []}
          scroller={scroller}
          onFailed={setImageFailed}
        />
        {passage.error && imageFailed && <ErrorNotice error={passage.error} onRetry={passage.reload} />}
        {current && <PassageTables tables={current.tables} />}
        {current && <PassageText passage={current} quote={quote} open={imageFailed} />}
        <Facts source={source} corpora={corpora} />
      </div>
    </dialog>
  );
}

function Facts({ source, corpora }: { source: SourceView; corpora: readonly CorpusView[] }) {
  const { words, code } = useLanguage();
  const corpus = corpora.find((one) => one.id === source.corpus_id)?.title ?? source.corpus_id;
  return (
    <footer className="facts">
      <dl>
        <Fact name={words.source.corpus}>{corpus}</Fact>
        <Fact name={words.source.file}>{source.path}</Fact>
        <Fact name={words.source.validSince}>
          <time dateTime={source.valid_from}>{formatMoment(source.valid_from, code)}</time>
        </Fact>
        {source.approved_by && (
          <Fact name={words.source.approval}>
            {source.approved_at
              ? words.source.approvedBy(source.approved_by, formatDate(source.approved_at, code))
              : words.source.approvedByWhom(source.approved_by)}
          </Fact>
        )}
        <Fact name={words.source.fingerprint}>
          <code title={source.content_sha256}>{source.content_sha256.slice(0, 12)}…</code>
        </Fact>
      </dl>
      <a className="button button-quiet" href={originalFile(source.version_id)} download>
        <Icon name="file" />
        {words.source.original}
      </a>
    </footer>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
