import { useId } from "react";

import { formatDate } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { dayOf } from "./day";

interface AsOfFieldProps {
  day: string;
  onChange: (day: string) => void;
  /** What is said of the day, where that is not what holds for questions; then it is always shown. */
  hint?: string | undefined;
  required?: boolean;
}

/** The day the documents are read at; none: as they stand. */
export function AsOfField({ day, onChange, hint, required = false }: AsOfFieldProps) {
  const words = useWords();
  const hintId = useId();
  return (
    <div className="choices">
      <label className="choice">
        <span>{words.ask.asOf}</span>
        <input
          type="date"
          data-testid="as-of"
          max={dayOf(new Date())}
          value={day}
          required={required}
          aria-describedby={hintId}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      {day && (
        <button type="button" className="button button-quiet" onClick={() => onChange("")}>
          {words.ask.clearAsOf}
        </button>
      )}
      <span className={day || hint ? "hint" : "visually-hidden"} id={hintId}>
        {hint ?? words.ask.asOfHint}
      </span>
    </div>
  );
}

interface AsOfNoticeProps {
  asOf: string;
  isSummary: boolean;
  onClear: () => void;
}

/** Says that an answer or a summary is not of today's documents, and asks for that at one press. */
export function AsOfNotice({ asOf, isSummary, onClear }: AsOfNoticeProps) {
  const { words, code } = useLanguage();
  return (
    <div className="notice" data-testid="as-of-notice">
      <p>{words.answer.asOf(formatDate(asOf, code))}</p>
      <button type="button" className="button button-quiet" onClick={onClear}>
        {isSummary ? words.answer.summariseNow : words.answer.askNow}
      </button>
    </div>
  );
}
