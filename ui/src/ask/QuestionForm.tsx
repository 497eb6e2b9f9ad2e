import { useId, useRef, useState, type KeyboardEvent } from "react";

import type { CorpusView } from "../api/types";
import { useWords } from "../i18n/language";
import { Icon } from "../parts/Icon";
import { AsOfField } from "./AsOf";
import { NarrowField, type Narrowed } from "./Narrow";

interface QuestionFormProps {
  corpora: readonly CorpusView[];
  busy: boolean;
  first: boolean;
  /** Whether the question may follow the earlier ones; null when there is none. */
  follows: boolean | null;
  onFollows: (follows: boolean) => void;
  /** The day the documents are read at, empty for today. */
  day: string;
  onDay: (day: string) => void;
  narrowed: Narrowed;
  onNarrow: (narrowed: Narrowed) => void;
  onAsk: (question: string, corpora: string[] | null) => void;
  onStop: () => void;
}

const longestQuestion = 4000;

export function QuestionForm(props: QuestionFormProps) {
  const { corpora, busy, first, follows, onFollows, day, onDay, narrowed, onNarrow, onAsk, onStop } = props;
  const words = useWords();
  const box = useRef<HTMLTextAreaElement>(null);
  const field = useId();
  const [question, setQuestion] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>([]);

  const send = () => {
    const text = question.trim();
    if (!text || busy) return;
    const known = chosen.filter((id) => corpora.some((corpus) => corpus.id === id));
    onAsk(text, known.length > 0 ? known : null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter belongs to it.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const fill = (example: string) => {
    setQuestion(example);
    box.current?.focus();
  };

  return (
    <form
      className="question-form"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label htmlFor={field} className="visually-hidden">
        {words.ask.label}
      </label>
      <div className="question-box">
        <textarea
          ref={box}
          id={field}
          data-testid="question"
          rows={2}
          maxLength={longestQuestion}
          value={question}
          placeholder={words.ask.placeholder}
          aria-describedby={`${field}-keys`}
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {/* Keys: the one button must not turn into the other under the click, or stopping would ask again. */}
        {busy ? (
          <button key="stop" type="button" className="button button-stop" data-testid="stop" onClick={onStop}>
            <Icon name="stop" />
            {words.ask.stop}
          </button>
        ) : (
          <button key="ask" type="submit" className="button button-main" data-testid="ask" disabled={!question.trim()}>
            {words.ask.send}
          </button>
        )}
      </div>
      <p id={`${field}-keys`} className={first ? "hint question-keys" : "visually-hidden"}>
        {words.ask.keys}
      </p>
      {follows !== null && (
        <div className="choices">
          <label className="choice">
            <input type="checkbox" checked={follows} onChange={(event) => onFollows(event.target.checked)} />
            <span>{words.ask.follows}</span>
          </label>
        </div>
      )}
      {corpora.length > 1 && <CorpusChoice corpora={corpora} chosen={chosen} onChange={setChosen} />}
      <AsOfField day={day} onChange={onDay} />
      <NarrowField narrowed={narrowed} onChange={onNarrow} />
      {first && corpora.some((corpus) => corpus.documents > 0) && (
        <p className="examples">
          <span className="hint">{words.ask.example}</span>
          {words.ask.examples.map((example) => (
            <button key={example} type="button" className="example" onClick={() => fill(example)}>
              {example}
            </button>
          ))}
        </p>
      )}
    </form>
  );
}

interface CorpusChoiceProps {
  corpora: readonly CorpusView[];
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** Nothing chosen means every corpus the person may read. */
function CorpusChoice({ corpora, chosen, onChange }: CorpusChoiceProps) {
  const words = useWords();
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <fieldset className="choices">
      <legend className="hint">{words.ask.corpora}</legend>
      <label className="choice">
        <input type="checkbox" checked={chosen.length === 0} onChange={() => onChange([])} />
        <span>{words.ask.allCorpora}</span>
      </label>
      {corpora.map((corpus) => (
        <label key={corpus.id} className="choice">
          <input type="checkbox" checked={chosen.includes(corpus.id)} onChange={() => toggle(corpus.id)} />
          <span>{corpus.title}</span>
        </label>
      ))}
    </fieldset>
  );
}
