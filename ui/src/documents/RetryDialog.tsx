import { useState } from "react";

import { getFailures, retryCorpus, retryDocument } from "../api/client";
import { bodyOf } from "../api/errors";
import type { CorpusView, DocumentView, ErrorBody, FailuresView, LoadView } from "../api/types";
import { explain, useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote } from "../parts/useRemote";
import { CorpusSelect } from "./CorpusSelect";

interface StartProps {
  label: string;
  start: (() => Promise<readonly LoadView[]>) | null;
  onStarted: (loads: readonly LoadView[]) => void;
  onClose: () => void;
}

/** The two buttons below a question; what is started is handed on, and an error is shown. */
function Start({ label, start, onStarted, onClose }: StartProps) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const begin = async () => {
    if (!start) return;
    setBusy(true);
    setError(null);
    try {
      onStarted(await start());
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  return (
    <>
      {error && <ErrorNotice error={error} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="button button-main" disabled={busy || !start} onClick={() => void begin()}>
          {label}
        </button>
      </div>
    </>
  );
}

type Common = Pick<StartProps, "onStarted" | "onClose">;

/** Asks before one document is read again. */
export function RetryDocumentDialog({ document, onStarted, onClose }: Common & { document: DocumentView }) {
  const words = useWords().retrying;
  const start = async () => [await retryDocument(document.id)];
  return (
    <Dialog title={words.document} onClose={onClose}>
      <p>{words.documentText(document.title || document.path)}</p>
      <Start label={words.confirm} start={start} onStarted={onStarted} onClose={onClose} />
    </Dialog>
  );
}

interface RetryCorpusDialogProps extends Common {
  corpora: readonly CorpusView[];
  first: CorpusView;
}

/** Says what failed in a corpus, and asks before what may end differently is tried again. */
export function RetryCorpusDialog({ corpora, first, onStarted, onClose }: RetryCorpusDialogProps) {
  const words = useWords();
  const own = words.retrying;
  const [chosen, setChosen] = useState(first.id);
  const found = useRemote(chosen, (signal) => getFailures(chosen, signal));
  const known = found.loading ? null : found.value;
  const start = known && known.retryable + known.unread_retryable > 0 ? () => retryCorpus(chosen) : null;
  return (
    <Dialog title={own.corpus} onClose={onClose}>
      <div className="stack">
        <CorpusSelect label={own.which} corpora={corpora} value={chosen} onChange={setChosen} />
        {found.error && <ErrorNotice error={found.error} onRetry={found.reload} />}
        <div role="status">
          {!known && !found.error && <p>{words.loading}</p>}
          {known && <Failures found={known} />}
        </div>
      </div>
      <Start label={own.confirm} start={start} onStarted={onStarted} onClose={onClose} />
    </Dialog>
  );
}

function Failures({ found }: { found: FailuresView }) {
  const words = useWords();
  const own = words.retrying;
  const unread = found.unread > 0 && (
    <p>
      {own.unread(found.unread)} {found.unread_retryable > 0 ? own.unreadAgain : own.unreadNotYet}
    </p>
  );
  if (found.failed === 0) return unread || <p>{own.nothingFailed}</p>;
  return (
    <div className="stack">
      {unread}
      <p>{found.retryable > 0 ? own.corpusText(found.retryable, found.failed) : own.none(found.failed)}</p>
      <h3 className="section-title">{own.codes}</h3>
      <ul className="versions">
        {Object.entries(found.codes).map(([code, count]) => (
          <li key={code}>
            <strong>{count}</strong> {explain(words, { code, message: code })} <code>{code}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
