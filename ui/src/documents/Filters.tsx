import type { CorpusView } from "../api/types";
import { useWords } from "../i18n/language";

export interface Choice {
  corpus: string;
  state: string;
  query: string;
}

interface FiltersProps {
  corpora: readonly CorpusView[];
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** The states a document stays in; the ones on the way last seconds and need no filter. Purged ones show here only. */
const lasting = ["published", "failed", "quarantined", "purged"];

export function Filters({ corpora, choice, onChange }: FiltersProps) {
  const words = useWords();
  return (
    <div className="filters" role="search">
      <label className="field field-wide">
        <span>{words.documents.search}</span>
        <input
          type="search"
          value={choice.query}
          onChange={(event) => onChange({ ...choice, query: event.target.value })}
        />
      </label>
      <label className="field">
        <span>{words.documents.corpus}</span>
        <select value={choice.corpus} onChange={(event) => onChange({ ...choice, corpus: event.target.value })}>
          <option value="">{words.documents.allCorpora}</option>
          {corpora.map((corpus) => (
            <option key={corpus.id} value={corpus.id}>
              {corpus.title} ({corpus.documents})
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{words.documents.state}</span>
        <select value={choice.state} onChange={(event) => onChange({ ...choice, state: event.target.value })}>
          <option value="">{words.documents.anyState}</option>
          {lasting.map((state) => (
            <option key={state} value={state}>
              {words.documents.states[state]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
