import type { ConfiguredSourceView } from "../api/types";
import { useWords } from "../i18n/language";
import { Dialog } from "../parts/Dialog";

interface ReadEverythingDialogProps {
  source: ConfiguredSourceView;
  onRead: (source: ConfiguredSourceView) => void;
  onClose: () => void;
}

/** A folder's files are compared by their bytes anyway: only what is fetched from afar has marks to pass over. */
export const isRemote = (source: ConfiguredSourceView): boolean => !/^(\/|file:)/.test(source.url);

/** What reading everything does and costs, before it is begun. */
export function ReadEverythingDialog({ source, onRead, onClose }: ReadEverythingDialogProps) {
  const words = useWords();
  const texts = words.sources;
  return (
    <Dialog title={texts.readEverythingNamed(source.name)} onClose={onClose}>
      <p>{texts.readEverythingText}</p>
      <p className="hint">{texts.readEverythingHint}</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {words.cancel}
        </button>
        <button type="button" className="button button-main" onClick={() => onRead(source)}>
          {texts.readEverything}
        </button>
      </div>
    </Dialog>
  );
}
