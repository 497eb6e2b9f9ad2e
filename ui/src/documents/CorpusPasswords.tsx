import { useId, useState, type SyntheticEvent } from "react";

import { addPasswords, countPasswords, forgetPasswords } from "../api/client";
import { bodyOf } from "../api/errors";
import type { ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { useRemote } from "../parts/useRemote";

/** The passwords tried on a corpus's protected documents: how many there are, one to add, and forgetting them. */
export function CorpusPasswords({ corpusId }: { corpusId: string }) {
  const own = useWords().passwords;
  const heading = useId();
  const kept = useRemote(`passwords ${corpusId}`, (signal) => countPasswords(corpusId, signal));
  const [said, setSaid] = useState("");
  const [error, setError] = useState<ErrorBody | null>(null);

  const make = async (change: () => Promise<unknown>, done: string) => {
    setError(null);
    setSaid("");
    try {
      await change();
      setSaid(done);
    } catch (reason) {
      setError(bodyOf(reason));
      return false;
    }
    kept.reload();
    return true;
  };
  const problem = error ?? kept.error;
  const count = kept.value?.count ?? 0;
  return (
    <section className="stack corpus-passwords" aria-labelledby={heading}>
      <h3 id={heading} className="section-title">
        {own.title}
      </h3>
      <p role="status">{[said, kept.value && own.kept(count)].filter(Boolean).join(" ")}</p>
      {kept.value && count >= kept.value.most ? (
        <p className="hint">{own.full}</p>
      ) : (
        <AddPassword onAdd={(password) => make(() => addPasswords(corpusId, [password]), own.added)} />
      )}
      {count > 0 && <ForgetPasswords onForget={() => make(() => forgetPasswords(corpusId), own.forgotten)} />}
      {problem && <ErrorNotice error={problem} />}
    </section>
  );
}

/** The field is emptied once the server has taken what was in it. */
function AddPassword({ onAdd }: { onAdd: (password: string) => Promise<boolean> }) {
  const own = useWords().passwords;
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    if (await onAdd(typed)) setTyped("");
    setBusy(false);
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (typed && !busy) void add();
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <label className="field">
        <span>{own.one}</span>
        <input
          type="password"
          autoComplete="new-password"
          spellCheck={false}
          maxLength={255}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <span className="hint">{own.hint}</span>
      </label>
      <div>
        <button type="submit" className="button" disabled={busy || !typed}>
          {own.add}
        </button>
      </div>
    </form>
  );
}

/** Asks where the button stood: a second dialog would hide what it is about. */
function ForgetPasswords({ onForget }: { onForget: () => Promise<boolean> }) {
  const words = useWords();
  const own = words.passwords;
  const [asking, setAsking] = useState(false);
  const forget = async () => {
    setAsking(false);
    await onForget();
  };
  if (!asking) {
    return (
      <div>
        <button type="button" className="button button-quiet" onClick={() => setAsking(true)}>
          {own.forget}
        </button>
      </div>
    );
  }
  return (
    <div className="stack" role="group" aria-label={own.forget}>
      <p>{own.forgetText}</p>
      <div className="dialog-actions">
        {/* eslint-disable-next-line jsx-a11y/no-autofocus -- the button that was pressed is gone: the focus goes to the safe choice */}
        <button type="button" className="button" autoFocus onClick={() => setAsking(false)}>
          {words.cancel}
        </button>
        <button type="button" className="button button-danger" onClick={() => void forget()}>
          {own.forgetConfirm}
        </button>
      </div>
    </div>
  );
}
