import type { DocumentView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";

interface WithdrawDialogProps {
  document: DocumentView;
  onConfirm: () => void;
  onClose: () => void;
}

export function WithdrawDialog({ document, onConfirm, onClose }: WithdrawDialogProps) {
  const words = useWords();
  return (
    <Dialog title={words.documents.withdrawTitle} onClose={onClose}>
      <p>{words.documents.withdrawText(document.title || document.path)}</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="button button-danger" onClick={onConfirm}>
          {words.documents.withdraw}
        </button>
      </div>
    </Dialog>
  );
}
