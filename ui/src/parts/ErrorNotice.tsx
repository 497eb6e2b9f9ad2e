import type { ErrorBody } from "../api/types";
import { explain, useWords } from "../i18n/language";
import { Icon } from "./Icon";

/** Codes that stand for many things: the server's own sentence says which. */
const vague = new Set(["error", "invalid_request", "configuration_invalid", "extra_missing", "confirmation_required"]);

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
        <p>{meaning ?? explain(words, error)}</p>
        {vague.has(error.code) && words.errors[error.code] !== error.message && <p className="hint">{error.message}</p>}
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
