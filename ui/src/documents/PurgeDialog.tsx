import { useState, type SyntheticEvent } from "react";

import { purgeDocument } from "../api/client";
import { bodyOf } from "../api/errors";
import type { DocumentView, ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";

/** The last part of a path; a file found inside another comes after `!/`. */
const fileNameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A name as a person can type it: composed accents, nothing invisible. */
const typeable = (name: string): string => name.normalize("NFC").replace(/\p{Cf}/gu, "").replace(/\s+/g, " ").trim();

interface PurgeDialogProps {
  document: DocumentView;
  onPurged: () => void;
  onClose: () => void;
}

/** Erasing cannot be undone, so that the file's name has to be typed. */
export function PurgeDialog({ document, onPurged, onClose }: PurgeDialogProps) {
  const words = useWords();
  const own = words.documents;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const name = typeable(fileNameOf(document.path));
  const matches = typeable(typed) === name;

  const purge = async () => {
    setBusy(true);
    setError(null);
    try {
      await purgeDocument(document.id);
      onPurged();
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (matches) void purge();
  };
  return (
    <Dialog title={own.purgeTitle} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit}>
        <p>{own.purgeText(document.title || document.path)}</p>
        <label className="field">
          <span className="breaking">{own.purgeType(name)}</span>
          <input required autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
        </label>
        {error && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button button-danger" disabled={!matches || busy}>
            {own.purgeConfirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
