import { useState, type ReactNode, type SyntheticEvent } from "react";

import { AsOfField } from "../ask/AsOf";
import { momentOf } from "../ask/day";
import { useWords } from "../i18n/language";

interface SummaryFormProps {
  /** What the day means here. */
  hint: string;
  /** Whether there is nothing to summarise without a day. */
  required?: boolean;
  onSummarise: (asOf: string | null) => void;
  /** Further fields, above the day. */
  children?: ReactNode;
  /** A further button, before the one that summarises. */
  other?: ReactNode;
}

/** Asks for a summary: as things stand, or as they stood at the end of a day. The browser refuses a day to come. */
export function SummaryForm({ hint, required = false, onSummarise, children, other }: SummaryFormProps) {
  const words = useWords();
  const [day, setDay] = useState("");
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSummarise(momentOf(day, new Date()));
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      {children}
      <AsOfField day={day} onChange={setDay} hint={hint} required={required} />
      <div className="dialog-actions">
        {other}
        <button type="submit" className="button">
          {words.documents.summarise}
        </button>
      </div>
    </form>
  );
}
