import { originalFile } from "../api/client";
import type { CorpusView, DocumentView } from "../api/types";
import { formatDate, formatMoment, formatSize } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { AllowAgain } from "./AllowAgain";
import { Icon, type IconName } from "../parts/Icon";
import { useAdministers } from "../parts/administers";
import { Reason } from "../parts/Reason";

interface DocumentTableProps {
  documents: readonly DocumentView[];
  corpora: readonly CorpusView[];
  filtered: boolean;
  onDetails: (document: DocumentView) => void;
  onWithdraw: (document: DocumentView) => void;
  onRestore: (document: DocumentView) => void;
  onRetry: (document: DocumentView) => void;
}

const icons: Record<string, IconName> = {
  published: "check",
  failed: "warning",
  quarantined: "warning",
  withdrawn: "withdrawn",
  purged: "withdrawn",
};

/** A withdrawn document keeps the state of its version; for a person it is withdrawn. Nothing is left of a purged one. */
export const shownState = (document: DocumentView): string =>
  document.purged_at ? "purged" : document.withdrawn_at ? "withdrawn" : document.state;

/** What a person has decided is not tried again, and what is withdrawn stays out. */
const mayBeTriedAgain = (document: DocumentView): boolean =>
  document.state === "failed" && !document.withdrawn_at && document.failure_code !== "document_rejected";

export function DocumentTable({ documents, corpora, filtered, onDetails, onWithdraw, onRestore, onRetry }: DocumentTableProps) {
  const words = useWords();
  const { columns } = words.documents;
  if (documents.length === 0) {
    return <p className="empty">{filtered ? words.documents.none : words.documents.empty}</p>;
  }
  return (
    <table className="table">
      <caption className="visually-hidden">{words.documents.list}</caption>
      <thead>
        <tr>
          <th scope="col">{columns.document}</th>
          <th scope="col">{columns.corpus}</th>
          <th scope="col">{columns.state}</th>
          <th scope="col" className="number">
            {columns.pages}
          </th>
          <th scope="col" className="number">
            {columns.size}
          </th>
          <th scope="col">{columns.published}</th>
          <th scope="col">
            <span className="visually-hidden">{columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {documents.map((document) => {
          const corpus = corpora.find((one) => one.id === document.corpus_id)?.title ?? document.corpus_id;
          if (document.purged_at) return <PurgedRow key={document.id} document={document} corpus={corpus} />;
          return (
            <Row
              key={document.id}
              document={document}
              corpus={corpus}
              onDetails={onDetails}
              onWithdraw={onWithdraw}
              onRestore={onRestore}
              onRetry={onRetry}
            />
          );
        })}
      </tbody>
    </table>
  );
}

interface RowProps extends Pick<DocumentTableProps, "onDetails" | "onWithdraw" | "onRestore" | "onRetry"> {
  document: DocumentView;
  corpus: string;
}

function Row({ document, corpus, onDetails, onWithdraw, onRestore, onRetry }: RowProps) {
  const { words, code } = useLanguage();
  const { columns } = words.documents;
  const name = document.title || document.path;
  const administers = useAdministers();
  return (
    <tr data-testid="document">
      <th scope="row" className="document-cell">
        <a
          href={originalFile(document.version_id)}
          download
          aria-label={words.documents.open(name)}
        >
          {name}
        </a>
        {document.title && <span className="path">{document.path}</span>}
      </th>
      <td data-label={columns.corpus}>{corpus}</td>
      <td data-label={columns.state}>
        <State document={document} />
      </td>
      <td data-label={columns.pages} className="number">
        {document.page_count}
        {document.pages_without_text > 0 && (
          <span className="hint">
            {" "}
            {words.pageList.gapsOf(document.pages_without_text, document.page_count)}
          </span>
        )}
      </td>
      <td data-label={columns.size} className="number">
        {formatSize(document.size_bytes, code)}
      </td>
      <td data-label={columns.published} className="date">
        {document.published_at ? formatDate(document.published_at, code) : "–"}
      </td>
      <td className="actions">
        <button type="button" className="button button-quiet" aria-label={words.documents.detailsNamed(name)} onClick={() => onDetails(document)}>
          {words.documents.details}
        </button>{" "}
        {administers && mayBeTriedAgain(document) && (
          <>
            <button type="button" className="button button-quiet" aria-label={words.retrying.againNamed(name)} onClick={() => onRetry(document)}>
              {words.retrying.again}
            </button>{" "}
          </>
        )}
        {administers && document.withdrawn_at && (
          <button type="button" className="button button-quiet" aria-label={words.documents.restoreNamed(name)} onClick={() => onRestore(document)}>
            {words.documents.restore}
          </button>
        )}
        {administers && !document.withdrawn_at && (
          <button type="button" className="button button-quiet" aria-label={words.documents.withdrawNamed(name)} onClick={() => onWithdraw(document)}>
            {words.documents.withdraw}
          </button>
        )}
      </td>
    </tr>
  );
}

/** What is left of a purged document: where it was, and the way to let it be loaded again. */
function PurgedRow({ document, corpus }: { document: DocumentView; corpus: string }) {
  const { words, code } = useLanguage();
  const { columns } = words.documents;
  const administers = useAdministers();
  const when = document.purged_at ? formatMoment(document.purged_at, code) : "";
  return (
    <tr data-testid="purged-document">
      <th scope="row" className="document-cell">
        <span className="path">{document.path}</span>
      </th>
      <td data-label={columns.corpus}>{corpus}</td>
      <td data-label={columns.state}>
        <State document={document} />
        <div className="hint">{words.documents.purgedWhen(when, document.purged_by ?? "")}</div>
      </td>
      <td data-label={columns.pages} className="number">
        –
      </td>
      <td data-label={columns.size} className="number">
        –
      </td>
      <td data-label={columns.published} className="date">
        –
      </td>
      <td className="actions">
        {administers && <AllowAgain documentId={document.id} name={document.path} />}
      </td>
    </tr>
  );
}

function State({ document }: { document: DocumentView }) {
  const words = useWords();
  const state = shownState(document);
  const failure = document.failure_code ?? "";
  const message = document.failure_message ?? "";
  return (
    <>
      <span className="state" data-state={state}>
        <Icon name={icons[state] ?? "pending"} />
        {words.documents.states[state] ?? state}
      </span>
      {(failure || message) && (
        <span className="failure">
          <Reason error={{ code: failure, message }} /> {failure && <code>{failure}</code>}
        </span>
      )}
    </>
  );
}
