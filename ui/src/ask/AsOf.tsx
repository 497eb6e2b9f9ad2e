import { useId } from "react";

import { formatDate } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { dayOf } from "./day";

interface AsOfFieldProps {
  day: string;
  onChange: (day: string) => void;
}

/** The day the documents are read at; none: as they stand. */
export function AsOfField({ day, onChange }: AsOfFieldProps) {
  const words = useWords();
  const hint = useId();
  return (
    <div className="choices">
      <label className="choice">
        <span>{words.ask.asOf}</span>
        <input
          type="date"
          data-testid="as-of"
          max={dayOf(new Date())}
          value={day}
          aria-describedby={hint}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      {day && (
        <button type="button" className="button button-quiet" onClick={() => onChange("")}>
          {words.ask.clearAsOf}
        </button>
      )}
      <span className={day ? "hint" : "visually-hidden"} id={hint}>
        {words.ask.asOfHint}
      </span>
    </div>
  );
}

/** Says that an answer is not of today's documents, and asks them at one press. */
export function AsOfNotice({ asOf, onClear }: { asOf: string; onClear: () => void }) {
  const { words, code } = useLanguage();
  return (
    <div className="notice" data-testid="as-of-notice">
      <p>{words.answer.asOf(formatDate(asOf, code))}</p>
      <button type="button" className="button button-quiet" onClick={onClear}>
        {words.answer.askNow}
      </button>
    </div>
  );
}
