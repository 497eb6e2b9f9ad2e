import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";
import { PageList } from "./PageList";

interface PageListDialogProps {
  versionId: string;
  name: string;
  onClose: () => void;
}

/** The pages of a document that gave nothing, and all others when asked for. */
export function PageListDialog({ versionId, name, onClose }: PageListDialogProps) {
  const words = useWords();
  return (
    <Dialog title={words.pageList.caption(name)} wide onClose={onClose}>
      <PageList versionId={versionId} name={name} gapsFirst />
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}
