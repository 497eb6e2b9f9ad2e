import type { CorpusView, SourceView } from "../api/types";
import { useWords } from "../i18n/language";
import type { OpenSource } from "./exchange";

interface SourceListProps {
  heading: string;
  sources: readonly SourceView[];
  corpora: readonly CorpusView[];
  openNumber: number | null;
  onOpen: OpenSource;
}

export function SourceList({ heading, sources, corpora, openNumber, onOpen }: SourceListProps) {
  return (
    <section className="sources" aria-label={heading}>
      <h3 className="section-title">{heading}</h3>
      <ol className="source-list">
        {sources.map((source) => (
          <SourceCard
            key={source.number}
            source={source}
            corpus={corpora.find((one) => one.id === source.corpus_id)?.title ?? source.corpus_id}
            open={source.number === openNumber}
            onOpen={onOpen}
          />
        ))}
      </ol>
    </section>
  );
}

interface SourceCardProps {
  source: SourceView;
  corpus: string;
  open: boolean;
  onOpen: OpenSource;
}

function SourceCard({ source, corpus, open, onOpen }: SourceCardProps) {
  const words = useWords();
  const look = () => onOpen({ source, quote: source.quote });
  const onCardClick = () => {
    // Marking words with the mouse is not a click.
    if (!window.getSelection()?.toString()) look();
  };
  return (
    // The button inside does the same for the keyboard; the whole card is only a larger target for the mouse.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <li className="source" data-testid={`source-${source.number}`} data-open={open} onClick={onCardClick}>
      <span className="source-number" aria-hidden="true">
        {source.number}
      </span>
      <div className="source-body">
        <button
          type="button"
          className="source-title"
          aria-haspopup="dialog"
          aria-label={words.source.open(source.number, source.title)}
          onClick={(event) => {
            event.stopPropagation();
            look();
          }}
        >
          {source.title}
        </button>
        <p className="source-place">
          <span className="tag">{corpus}</span>
          <span className="path">{source.path}</span>
          <span className="page-number">{words.source.page(source.quote.page)}</span>
          {source.beside !== null && <span className="hint">{words.source.beside(source.beside)}</span>}
        </p>
        <blockquote className="quote">
          <q className="exact">{source.quote.text}</q>
        </blockquote>
      </div>
    </li>
  );
}
