import type { DocumentView } from "../api/types";
import { useWords } from "../i18n/language";
import { ConfirmDialog } from "../parts/ConfirmDialog";

interface WithdrawDialogProps {
  document: DocumentView;
  onConfirm: () => void;
  onClose: () => void;
}

export function WithdrawDialog({ document, onConfirm, onClose }: WithdrawDialogProps) {
  const words = useWords().documents;
  return (
    <ConfirmDialog title={words.withdrawTitle} action={words.withdraw} onConfirm={onConfirm} onClose={onClose}>
      <p>{words.withdrawText(document.title || document.path)}</p>
    </ConfirmDialog>
  );
}
