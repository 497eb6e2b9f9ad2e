import { useId, useState } from "react";

import type { ConfiguredSourceView } from "../api/types";
import { useWords } from "../i18n/language";
import { ConfirmDialog } from "../parts/ConfirmDialog";

interface RemoveDialogProps {
  source: ConfiguredSourceView;
  onRemove: (source: ConfiguredSourceView, withdrawDocuments: boolean) => void;
  onClose: () => void;
}

/** The question before a source is forgotten, and what becomes of its documents. */
export function RemoveDialog({ source, onRemove, onClose }: RemoveDialogProps) {
  const texts = useWords().sources;
  const [withdraw, setWithdraw] = useState(false);
  const hint = useId();
  return (
    <ConfirmDialog
      title={texts.removeNamed(source.name)}
      action={texts.remove}
      onConfirm={() => onRemove(source, withdraw)}
      onClose={onClose}
    >
      <p>{texts.removeText(source.name)}</p>
      <label className="choice">
        <input
          type="checkbox"
          checked={withdraw}
          aria-describedby={hint}
          onChange={(event) => setWithdraw(event.target.checked)}
        />
        <span>{texts.withdrawToo}</span>
      </label>
      <p className="hint" id={hint}>
        {texts.withdrawHint}
      </p>
    </ConfirmDialog>
  );
}
