import { useState, type SyntheticEvent } from "react";

import { changeCorpus } from "../api/client";
import { bodyOf } from "../api/errors";
import type { CorpusChange, CorpusView, ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { CorpusPasswords } from "./CorpusPasswords";
import { groupsOf } from "./CorpusDialog";
import { CorpusSelect } from "./CorpusSelect";

interface CorpusSettingsProps {
  corpora: readonly CorpusView[];
  first: CorpusView;
  onSaved: (corpus: CorpusView) => void;
  onClose: () => void;
}

/** What can be changed of a corpus: its name, who may read it, whether a second person approves, what becomes of unproven claims, the passwords of its documents. */
export function CorpusSettings({ corpora, first, onSaved, onClose }: CorpusSettingsProps) {
  const words = useWords();
  const [chosen, setChosen] = useState(first.id);
  const corpus = corpora.find((one) => one.id === chosen) ?? first;
  return (
    <Dialog title={words.corpus.settings} onClose={onClose}>
      <div className="stack">
        <CorpusSelect label={words.corpus.which} corpora={corpora} value={chosen} onChange={setChosen} />
        <Fields key={corpus.id} corpus={corpus} onSaved={onSaved} onClose={onClose} />
        <CorpusPasswords key={`passwords of ${corpus.id}`} corpusId={corpus.id} />
      </div>
    </Dialog>
  );
}

const sameGroups = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());

/** Only what was changed is sent, so that somebody else's change of the rest stays. */
function changeOf(
  corpus: CorpusView,
  title: string,
  groups: readonly string[],
  approval: boolean,
  claimCheck: CorpusView["claim_check"],
  threshold: CorpusView["quarantine_threshold"],
): Partial<CorpusChange> {
  return {
    ...(title !== corpus.title && { title }),
    ...(!sameGroups(groups, corpus.groups) && { groups: [...groups] }),
    ...(approval !== corpus.approval_required && { approval_required: approval }),
    ...(claimCheck !== corpus.claim_check && { claim_check: claimCheck }),
    ...(threshold !== corpus.quarantine_threshold && { quarantine_threshold: threshold }),
  };
}

type FieldsProps = Pick<CorpusSettingsProps, "onSaved" | "onClose"> & { corpus: CorpusView };

function Fields({ corpus, onSaved, onClose }: FieldsProps) {
  const words = useWords();
  const [title, setTitle] = useState(corpus.title);
  const [groups, setGroups] = useState(corpus.groups.join(", "));
  const [approval, setApproval] = useState(corpus.approval_required);
  const [claimCheck, setClaimCheck] = useState(corpus.claim_check);
  const [threshold, setThreshold] = useState(corpus.quarantine_threshold === "default" ? "" : String(corpus.quarantine_threshold));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const own = threshold.trim() === "" ? "default" : Number(threshold);
      onSaved(await changeCorpus(corpus.id, changeOf(corpus, title.trim(), groupsOf(groups), approval, claimCheck, own)));
    } catch (reason) {
      setError(bodyOf(reason));
      setBusy(false);
    }
  };
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (title.trim()) void save();
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <label className="field">
        <span>{words.corpus.name}</span>
        <input required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <label className="field">
        <span>{words.corpus.groups}</span>
        <input value={groups} onChange={(event) => setGroups(event.target.value)} />
        <span className="hint">{words.corpus.settingsGroupsHint}</span>
      </label>
      <label className="check">
        <input type="checkbox" checked={approval} onChange={(event) => setApproval(event.target.checked)} />
        <span>
          {words.corpus.approval}
          <span className="hint">{words.corpus.approvalHint}</span>
        </span>
      </label>
      <label className="field">
        <span>{words.corpus.claimCheck}</span>
        <select value={claimCheck} onChange={(event) => setClaimCheck(event.target.value as CorpusView["claim_check"])}>
          {(["default", "strict", "flag", "off"] as const).map((check) => (
            <option key={check} value={check}>
              {words.corpus.claimChecks[check]}
            </option>
          ))}
        </select>
        <span className="hint">{words.corpus.claimCheckHint}</span>
      </label>
      <label className="field">
        <span>{words.corpus.threshold}</span>
        <input type="number" inputMode="decimal" min="0.01" max="2" step="0.01" value={threshold} onChange={(event) => setThreshold(event.target.value)} />
        <span className="hint">{words.corpus.thresholdHint}</span>
      </label>
      {error && <ErrorNotice error={error} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="submit" className="button button-main" disabled={busy || !title.trim()}>
          {words.corpus.save}
        </button>
      </div>
    </form>
  );
}
