import { useId, useRef } from "react";

import type { FilterView } from "../api/types";
import { useLanguage, useWords, type Messages } from "../i18n/language";

export type Kind = FilterView["document_types"][number];

/** What a question is asked of, within what the person may read. An empty part filters nothing. */
export interface Narrowed {
  kinds: readonly Kind[];
  languages: readonly string[];
  path: string;
}

export const everything: Narrowed = { kinds: [], languages: [], path: "" };

const kinds: readonly Kind[] = ["pdf", "word", "slides", "sheet", "web", "text", "mail", "book", "image"];
const languages: readonly string[] = ["fr", "en", "und"];

/** What the server is told; null where nothing is narrowed. */
export function filterOf({ kinds, languages, path }: Narrowed): FilterView | null {
  const prefix = path.trim().replace(/^\/+/, "");
  if (kinds.length === 0 && languages.length === 0 && prefix === "") return null;
  return { document_types: [...kinds], languages: [...languages], media_types: [], path_prefix: prefix };
}

/** What a filter says, one part each. */
function partsOf(only: FilterView, words: Messages): string[] {
  const named = [
    ...only.document_types.map((kind) => words.narrow.kinds[kind] ?? kind),
    ...only.media_types,
    ...only.languages.map((language) => words.narrow.languages[language] ?? language),
  ];
  return only.path_prefix ? [...named, words.narrow.below(only.path_prefix)] : named;
}

/** The sentence that says what an answer was narrowed to. */
export const narrowedTo = (only: FilterView, words: Messages): string => words.narrow.told(partsOf(only, words).join(", "));

interface NarrowFieldProps {
  narrowed: Narrowed;
  onChange: (narrowed: Narrowed) => void;
}

const toggled = <T,>(list: readonly T[], one: T): T[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one];

/** Kinds of documents, their language and folder. Closed it still says what is narrowed. */
export function NarrowField({ narrowed, onChange }: NarrowFieldProps) {
  const words = useWords();
  const hintId = useId();
  const summary = useRef<HTMLElement>(null);
  const only = filterOf(narrowed);
  const clear = () => {
    // The button goes with what it clears: the focus must not go with it.
    summary.current?.focus();
    onChange(everything);
  };
  return (
    <details className="narrow" data-testid="narrow">
      <summary ref={summary}>
        {words.narrow.title}
        {only && <span className="narrow-told">{partsOf(only, words).join(", ")}</span>}
      </summary>
      <Choices
        legend={words.narrow.kind}
        all={kinds}
        chosen={narrowed.kinds}
        names={words.narrow.kinds}
        onToggle={(kind) => onChange({ ...narrowed, kinds: toggled(narrowed.kinds, kind) })}
      />
      <Choices
        legend={words.narrow.language}
        all={languages}
        chosen={narrowed.languages}
        names={words.narrow.languages}
        onToggle={(language) => onChange({ ...narrowed, languages: toggled(narrowed.languages, language) })}
      />
      <div className="choices">
        <label className="field">
          <span>{words.narrow.path}</span>
          <input
            type="text"
            value={narrowed.path}
            maxLength={2000}
            spellCheck={false}
            autoComplete="off"
            aria-describedby={hintId}
            onChange={(event) => onChange({ ...narrowed, path: event.target.value })}
          />
        </label>
        <span className="hint" id={hintId}>
          {words.narrow.pathHint}
        </span>
      </div>
      {only && (
        <button type="button" className="button button-quiet" onClick={clear}>
          {words.narrow.clear}
        </button>
      )}
    </details>
  );
}

interface ChoicesProps<T extends string> {
  legend: string;
  all: readonly T[];
  chosen: readonly T[];
  names: Record<string, string>;
  onToggle: (one: T) => void;
}

function Choices<T extends string>({ legend, all, chosen, names, onToggle }: ChoicesProps<T>) {
  return (
    <fieldset className="choices">
      <legend className="hint">{legend}</legend>
      {all.map((one) => (
        <label key={one} className="choice">
          <input type="checkbox" checked={chosen.includes(one)} onChange={() => onToggle(one)} />
          <span>{names[one] ?? one}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Says that an answer is not of all documents, and asks them all at one press. */
export function NarrowNotice({ only, onClear }: { only: FilterView; onClear: () => void }) {
  const { words } = useLanguage();
  return (
    <div className="notice" data-testid="narrow-notice">
      <p>{narrowedTo(only, words)}</p>
      <button type="button" className="button button-quiet" onClick={onClear}>
        {words.narrow.askAll}
      </button>
    </div>
  );
}
