import { useState } from "react";

import type { CorpusView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { CorpusSelect } from "./CorpusSelect";
import { SummaryForm } from "./SummaryForm";

/** How the paths of a folder's documents begin; empty for the whole corpus. */
export function prefixOf(folder: string): string {
  const name = folder.trim().replace(/^\/+|\/+$/g, "");
  return name && `${name}/`;
}

interface FolderSummaryDialogProps {
  corpora: readonly CorpusView[];
  first: CorpusView;
  onSummarise: (corpus: string, prefix: string, asOf: string | null) => void;
  onClose: () => void;
}

/** Asks which corpus or folder is to be summarised, and as it stood when. */
export function FolderSummaryDialog({ corpora, first, onSummarise, onClose }: FolderSummaryDialogProps) {
  const words = useWords();
  const own = words.documents;
  const [chosen, setChosen] = useState(first.id);
  const [folder, setFolder] = useState("");
  return (
    <Dialog title={own.summariseFolder} onClose={onClose}>
      <SummaryForm
        hint={own.summariseHint}
        onSummarise={(asOf) => onSummarise(chosen, prefixOf(folder), asOf)}
        other={
          <button type="button" className="button" onClick={onClose}>
            {words.cancel}
          </button>
        }
      >
        <CorpusSelect label={own.summaryCorpus} corpora={corpora} value={chosen} onChange={setChosen} />
        <label className="field">
          <span>{own.summaryFolder}</span>
          <input maxLength={1999} spellCheck={false} autoComplete="off" value={folder} onChange={(event) => setFolder(event.target.value)} />
          <span className="hint">{own.summaryFolderHint}</span>
        </label>
      </SummaryForm>
    </Dialog>
  );
}
