import { useEffect, useState } from "react";

import { getCorpora, getDocuments, restoreDocument, withdrawDocument } from "../api/client";
import { bodyOf } from "../api/errors";
import type { DocumentView, ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote } from "../parts/useRemote";
import { CorpusDialog } from "./CorpusDialog";
import { DocumentTable } from "./DocumentTable";
import { Filters, type Choice } from "./Filters";
import { Pagination } from "./Pagination";
import { UploadPanel } from "./UploadPanel";
import { WithdrawDialog } from "./WithdrawDialog";

const pageSize = 25;
const everything: Choice = { corpus: "", state: "", query: "" };

interface Change {
  document: DocumentView;
  kind: "withdrawn" | "restored";
}

/** Withdrawing and restoring, with what happened last so that it can be undone. */
function useChanges(onChanged: () => void) {
  const [last, setLast] = useState<Change | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const make = async (document: DocumentView, kind: Change["kind"]) => {
    try {
      await (kind === "withdrawn" ? withdrawDocument(document.id) : restoreDocument(document.id));
      setLast({ document, kind });
      setError(null);
    } catch (reason) {
      setError(bodyOf(reason));
    }
    onChanged();
  };
  return { last, error, make: (document: DocumentView, kind: Change["kind"]) => void make(document, kind) };
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

export function DocumentsPage() {
  const words = useWords();
  const corpora = useRemote("corpora", getCorpora);
  const [choice, setChoice] = useState(everything);
  const [offset, setOffset] = useState(0);
  const filter = { ...useSettled(choice, 250), limit: pageSize, offset };
  const documents = useRemote(JSON.stringify(filter), (signal) => getDocuments(filter, signal));
  const refresh = () => {
    documents.reload();
    corpora.reload();
  };
  const changes = useChanges(refresh);
  const [creating, setCreating] = useState(false);
  const [leaving, setLeaving] = useState<DocumentView | null>(null);
  const error = corpora.error ?? documents.error;
  const known = corpora.value ?? [];

  return (
    <div className="page">
      <header className="page-header">
        <div>
          <h1 tabIndex={-1}>{words.documents.title}</h1>
          <p className="lead">{words.documents.lead}</p>
        </div>
        <button type="button" className="button" onClick={() => setCreating(true)}>
          {words.corpus.create}
        </button>
      </header>
      <UploadPanel corpora={known} ready={corpora.value !== null} onChanged={refresh} />
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
              onWithdraw={setLeaving}
              onRestore={(document) => changes.make(document, "restored")}
            />
            <Pagination offset={offset} size={pageSize} total={documents.value.total} onTurn={setOffset} />
          </>
        )}
      </section>
      {creating && (
        <CorpusDialog
          onClose={() => setCreating(false)}
          onCreated={() => {
            setCreating(false);
            corpora.reload();
          }}
        />
      )}
      {leaving && (
        <WithdrawDialog
          document={leaving}
          onClose={() => setLeaving(null)}
          onConfirm={() => {
            changes.make(leaving, "withdrawn");
            setLeaving(null);
          }}
        />
      )}
    </div>
  );
}

function LastChange({ change, onUndo }: { change: Change | null; onUndo: (document: DocumentView) => void }) {
  const words = useWords();
  return (
    <div role="status">
      {change && (
        <p className="notice notice-done">
          {words.documents[change.kind](change.document.title || change.document.path)}
          {change.kind === "withdrawn" && (
            <button type="button" className="button button-quiet" onClick={() => onUndo(change.document)}>
              {words.documents.undo}
            </button>
          )}
        </p>
      )}
    </div>
  );
}
