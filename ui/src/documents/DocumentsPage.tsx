import { useEffect, useRef, useState } from "react";

import { getCorpora, getDocuments, restoreDocument, withdrawDocument } from "../api/client";
import { bodyOf } from "../api/errors";
import type { CorpusView, DocumentView, ErrorBody, LoadView, SummaryRequest } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useAdministers } from "../parts/administers";
import { useRemote } from "../parts/useRemote";
import { SourcesPanel } from "../sources/SourcesPanel";
import { AllowAgain } from "./AllowAgain";
import { CorpusDialog } from "./CorpusDialog";
import { CorpusSettings } from "./CorpusSettings";
import { DetailsDialog } from "./DetailsDialog";
import { DocumentTable } from "./DocumentTable";
import { FolderSummaryDialog } from "./FolderSummaryDialog";
import { Filters, type Choice } from "./Filters";
import { NeverStored } from "./NeverStored";
import { Pagination } from "./Pagination";
import { PurgeDialog } from "./PurgeDialog";
import { RetryCorpusDialog, RetryDocumentDialog } from "./RetryDialog";
import { UploadPanel } from "./UploadPanel";
import { WithdrawDialog } from "./WithdrawDialog";

const pageSize = 25;
const everything: Choice = { corpus: "", state: "", query: "" };

interface DocumentChange {
  document: DocumentView;
  kind: "withdrawn" | "restored" | "purged";
}
type Change = DocumentChange | { kind: "saved"; corpus: CorpusView };
type Reversible = "withdrawn" | "restored";

/** The one dialog that is open. */
type Open =
  | { about: "new corpus" }
  | { about: "settings" }
  | { about: "retrying all" }
  | { about: "folder summary" }
  | OpenDocument;
interface OpenDocument {
  about: "details" | "withdrawing" | "purging" | "retrying";
  document: DocumentView;
}

/** What was changed last, so that it is said and can be undone. Withdrawing and restoring are done here. */
function useChanges(onChanged: () => void) {
  const [last, setLast] = useState<Change | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const make = async (document: DocumentView, kind: Reversible) => {
    try {
      await (kind === "withdrawn" ? withdrawDocument(document.id) : restoreDocument(document.id));
      setLast({ document, kind });
      setError(null);
    } catch (reason) {
      setError(bodyOf(reason));
    }
    onChanged();
  };
  const note = (change: Change) => {
    setLast(change);
    setError(null);
    onChanged();
  };
  return { last, error, note, make: (document: DocumentView, kind: Reversible) => void make(document, kind) };
}

/** The value once it has stopped changing: one request per word typed, not per letter. */
function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** Asks for a summary of what people call `name`. */
type Summarise = (request: Partial<SummaryRequest>, name: string) => void;

/** The date of a summary, where it is not of today. */
const dated = (asOf: string | null): Partial<SummaryRequest> => (asOf === null ? {} : { as_of: asOf });

interface DocumentsPageProps {
  onSummarise: Summarise;
}

export function DocumentsPage({ onSummarise }: DocumentsPageProps) {
  const administers = useAdministers();
  const words = useWords();
  const corpora = useRemote("corpora", getCorpora);
  const [choice, setChoice] = useState(everything);
  const [offset, setOffset] = useState(0);
  const filter = { ...useSettled(choice, 250), limit: pageSize, offset };
  const documents = useRemote(JSON.stringify(filter), (signal) => getDocuments(filter, signal));
  const [turn, setTurn] = useState(0);
  const refresh = () => {
    documents.reload();
    corpora.reload();
    setTurn((last) => last + 1);
  };
  const changes = useChanges(refresh);
  const [open, setOpen] = useState<Open | null>(null);
  const [started, setStarted] = useState<readonly LoadView[]>([]);
  const error = corpora.error ?? documents.error;
  const known = corpora.value ?? [];

  return (
    <div className="page">
      <header className="page-header">
        <div>
          <h1 tabIndex={-1}>{words.documents.title}</h1>
          <p className="lead">{words.documents.lead}</p>
        </div>
        <Actions some={known.length > 0} onOpen={setOpen} />
      </header>
      {administers && (
        <>
          <UploadPanel corpora={known} ready={corpora.value !== null} onChanged={refresh} started={started} />
          <SourcesPanel corpora={known} turn={turn} onStarted={(load) => setStarted((list) => [load, ...list])} />
        </>
      )}
      <section aria-label={words.documents.list}>
        <Filters
          corpora={known}
          choice={choice}
          onChange={(next) => {
            setChoice(next);
            setOffset(0);
          }}
        />
        {changes.error && <ErrorNotice error={changes.error} />}
        <LastChange change={changes.last} onUndo={(document) => changes.make(document, "restored")} />
        {error && <ErrorNotice error={error} onRetry={refresh} />}
        {!documents.value && !error && <p>{words.loading}</p>}
        {documents.value && (
          <>
            <DocumentTable
              documents={documents.value.items}
              corpora={known}
              filtered={choice !== everything}
              onDetails={(document) => setOpen({ about: "details", document })}
              onWithdraw={(document) => setOpen({ about: "withdrawing", document })}
              onRestore={(document) => changes.make(document, "restored")}
              onRetry={(document) => setOpen({ about: "retrying", document })}
            />
            <Pagination offset={offset} size={pageSize} total={documents.value.total} onTurn={setOffset} />
          </>
        )}
        {administers && <NeverStored corpora={known} choice={filter} turn={turn} />}
      </section>
      {open && (
        <OpenDialog open={open} corpora={known} chosen={choice.corpus} changes={changes} onTurn={setOpen} onSummarise={onSummarise} onCreated={corpora.reload} onStarted={(loads) => setStarted((list) => [...loads, ...list])} />
      )}
    </div>
  );
}

/** What can be done with corpora as a whole, where there are some. */
function Actions({ some, onOpen }: { some: boolean; onOpen: (open: Open) => void }) {
  const words = useWords();
  const administers = useAdministers();
  const all = [
    { about: "folder summary", text: words.documents.summariseFolder, shown: some },
    { about: "retrying all", text: words.retrying.corpus, shown: some && administers },
    { about: "settings", text: words.corpus.settings, shown: some && administers },
    { about: "new corpus", text: words.corpus.create, shown: administers },
  ] as const;
  return (
    <div className="page-actions">
      {all
        .filter(({ shown }) => shown)
        .map(({ about, text }) => (
          <button key={about} type="button" className="button" onClick={() => onOpen({ about })}>
            {text}
          </button>
        ))}
    </div>
  );
}

interface OpenDialogProps {
  open: Open;
  corpora: readonly CorpusView[];
  /** The corpus the list is narrowed to, if it is. */
  chosen: string;
  changes: ReturnType<typeof useChanges>;
  onTurn: (open: Open | null) => void;
  onSummarise: Summarise;
  onCreated: () => void;
  onStarted: (loads: readonly LoadView[]) => void;
}

function OpenDialog({ open, corpora, chosen, changes, onTurn, onSummarise, onCreated, onStarted }: OpenDialogProps) {
  const close = () => onTurn(null);
  const after = (act: () => void) => () => {
    close();
    act();
  };
  if (open.about === "new corpus") return <CorpusDialog onClose={close} onCreated={after(onCreated)} />;
  const first = corpora.find((corpus) => corpus.id === chosen) ?? corpora[0];
  const retried = (loads: readonly LoadView[]) => {
    close();
    onStarted(loads);
  };
  if (open.about === "retrying all") {
    return first ? <RetryCorpusDialog corpora={corpora} first={first} onStarted={retried} onClose={close} /> : null;
  }
  if (open.about === "folder summary") {
    const summarise = (corpus: string, prefix: string, asOf: string | null) => {
      close();
      onSummarise({ corpus, path_prefix: prefix, ...dated(asOf) }, `${corpus}/${prefix}`);
    };
    return first ? <FolderSummaryDialog corpora={corpora} first={first} onSummarise={summarise} onClose={close} /> : null;
  }
  if (open.about === "settings") {
    const saved = (corpus: CorpusView) => {
      close();
      changes.note({ kind: "saved", corpus });
    };
    return first ? <CorpusSettings corpora={corpora} first={first} onSaved={saved} onClose={close} /> : null;
  }
  const { document } = open;
  if (open.about === "details") {
    const purge = () => onTurn({ about: "purging", document });
    const summarise = (asOf: string | null) => {
      const { id, corpus_id: corpus, title, path } = document;
      close();
      onSummarise({ corpus, document: id, ...dated(asOf) }, title || path);
    };
    return <DetailsDialog document={document} corpora={corpora} onPurge={purge} onSummarise={summarise} onClose={close} />;
  }
  if (open.about === "retrying") return <RetryDocumentDialog document={document} onStarted={retried} onClose={close} />;
  if (open.about === "purging") {
    const purged = after(() => changes.note({ kind: "purged", document }));
    return <PurgeDialog document={document} onPurged={purged} onClose={close} />;
  }
  const withdraw = after(() => changes.make(document, "withdrawn"));
  return <WithdrawDialog document={document} onConfirm={withdraw} onClose={close} />;
}

function LastChange({ change, onUndo }: { change: Change | null; onUndo: (document: DocumentView) => void }) {
  const words = useWords();
  const notice = useRef<HTMLDivElement>(null);
  // The row that was pressed goes away with a purged document: the focus goes to what came of it.
  useEffect(() => {
    if (change?.kind === "purged") notice.current?.focus();
  }, [change]);
  const text = () => {
    if (!change) return "";
    if (change.kind === "saved") return words.corpus.saved(change.corpus.title);
    return words.documents[change.kind](change.document.title || change.document.path);
  };
  return (
    <>
      <div role="status">
        {change && (
          <div className="notice notice-done" ref={notice} tabIndex={-1}>
            <p>{text()}</p>
            {change.kind === "withdrawn" && (
              <button type="button" className="button button-quiet" onClick={() => onUndo(change.document)}>
                {words.documents.undo}
              </button>
            )}
          </div>
        )}
      </div>
      {change?.kind === "purged" && (
        <AllowAgain
          key={change.document.id}
          documentId={change.document.id}
          name={change.document.title || change.document.path}
        />
      )}
    </>
  );
}
