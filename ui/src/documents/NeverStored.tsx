import { getNeverStored } from "../api/client";
import type { CorpusView, NeverStoredList, NeverStoredView } from "../api/types";
import { useWords } from "../i18n/language";
import { Icon } from "../parts/Icon";
import { Reason } from "../parts/Reason";
import { useRemote } from "../parts/useRemote";
import type { Choice } from "./Filters";

const most = 100;

interface NeverStoredProps {
  corpora: readonly CorpusView[];
  choice: Choice;
  /** Another number: to be asked for again. */
  turn: number;
}

/** The files of which nothing could be stored, below the documents, where failed ones are looked for too. */
export function NeverStored({ corpora, choice, turn }: NeverStoredProps) {
  const asked = choice.state === "" || choice.state === "failed";
  const filter = { corpus: choice.corpus, query: choice.query, limit: most };
  const found = useRemote(JSON.stringify([filter, asked, turn]), (signal) =>
    asked ? getNeverStored(filter, signal) : Promise.resolve<NeverStoredList>({ items: [], total: 0 }),
  );
  const words = useWords().neverStored;
  if (!found.value || found.value.total === 0) return null;
  const { items, total } = found.value;
  return (
    <section className="never-stored" aria-labelledby="never-stored">
      <h2 id="never-stored" className="section-title">
        {words.title(total)}
      </h2>
      <p className="hint">{words.lead(total)}</p>
      <ul className="versions">
        {items.map((file) => (
          <File key={`${file.corpus_id} ${file.source} ${file.path}`} file={file} corpora={corpora} />
        ))}
      </ul>
      {total > items.length && <p className="hint">{words.more(total - items.length)}</p>}
    </section>
  );
}

function File({ file, corpora }: { file: NeverStoredView; corpora: readonly CorpusView[] }) {
  const words = useWords();
  return (
    <li data-testid="never-stored">
      <p className="never-stored-file">
        <span className="path">{file.path}</span>
        <span className="hint">
          {corpora.find((one) => one.id === file.corpus_id)?.title ?? file.corpus_id}, {file.source}
        </span>
        <span className="state" data-state="failed">
          <Icon name="warning" />
          {words.documents.states.failed}
        </span>
      </p>
      <p className="hint">
        <Reason error={file} /> <code>{file.code}</code>
      </p>
    </li>
  );
}
