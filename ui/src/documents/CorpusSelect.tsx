import type { CorpusView } from "../api/types";

interface CorpusSelectProps {
  label: string;
  corpora: readonly CorpusView[];
  value: string;
  onChange: (corpus: string) => void;
  /** Whether the label stands beside the list instead of above it. */
  inline?: boolean;
}

/** One of the corpora. */
export function CorpusSelect({ label, corpora, value, onChange, inline = false }: CorpusSelectProps) {
  return (
    <label className={inline ? "field field-inline" : "field"}>
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {corpora.map((one) => (
          <option key={one.id} value={one.id}>
            {one.title}
          </option>
        ))}
      </select>
    </label>
  );
}
