import type { ErrorBody } from "../api/types";
import { useWords } from "../i18n/language";
import { Icon } from "./Icon";
import { Reason } from "./Reason";

interface ErrorNoticeProps {
  error: ErrorBody;
  /** What it means here, where that is more than its code says. */
  meaning?: string | undefined;
  onRetry?: (() => void) | undefined;
}

/** A failure in plain words, with its code for whoever helps. */
export function ErrorNotice({ error, meaning, onRetry }: ErrorNoticeProps) {
  const words = useWords();
  return (
    <div className="notice notice-error" role="alert">
      <Icon name="warning" />
      <div>
        <p className="notice-title">{words.errorTitle}</p>
        <p>{meaning ?? <Reason error={error} />}</p>
        <p className="notice-code">
          {words.errorCode} <code>{error.code}</code>
        </p>
        {onRetry && (
          <button type="button" className="button button-quiet" onClick={onRetry}>
            {words.retry}
          </button>
        )}
      </div>
    </div>
  );
}
