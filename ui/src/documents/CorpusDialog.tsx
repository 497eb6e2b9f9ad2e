import { useState, type SyntheticEvent } from "react";

import { createCorpus } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";

/** An identifier made from a name: « Ressources humaines » becomes `ressources-humaines`. */
export function identifierOf(name: string): string {
  const plain = name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, 63).replace(/-+$/, "");
}

/** The groups named in a field, which commas separate. */
export const groupsOf = (text: string): string[] =>
  text
    .split(",")
    .map((group) => group.trim())
    .filter(Boolean);

interface CorpusDialogProps {
  onCreated: () => void;
  onClose: () => void;
}

export function CorpusDialog({ onCreated, onClose }: CorpusDialogProps) {
  const words = useWords();
  const [title, setTitle] = useState("");
  const [ownId, setOwnId] = useState<string | null>(null);
  const [groups, setGroups] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const id = ownId ?? identifierOf(title);

  const create = async () => {
    setBusy(true);
    try {
      await createCorpus({ id, title: title.trim(), groups: groupsOf(groups) });
      onCreated();
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    void create();
  };

  return (
    <Dialog title={words.corpus.title} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit}>
        <label className="field">
          <span>{words.corpus.name}</span>
          <input required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          <span>{words.corpus.id}</span>
          <input
            required
            pattern="[a-z0-9][a-z0-9\-]{0,62}"
            title={words.corpus.idHint}
            value={id}
            onChange={(event) => setOwnId(event.target.value)}
          />
          <span className="hint">{words.corpus.idHint}</span>
        </label>
        <label className="field">
          <span>{words.corpus.groups}</span>
          <input value={groups} onChange={(event) => setGroups(event.target.value)} />
          <span className="hint">{words.corpus.groupsHint}</span>
        </label>
        {error && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" className="button button-main" disabled={busy}>
            {words.corpus.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
