import { useId, useState } from "react";

import { getDuplicates, getVersions, originalFile } from "../api/client";
import type { CorpusView, DocumentView, DuplicateView, VersionView } from "../api/types";
import { formatDate, formatSize } from "../i18n/format";
import { useLanguage, useWords } from "../i18n/language";
import { useAdministers } from "../parts/administers";
import { Dialog } from "../parts/Dialog";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Reason } from "../parts/Reason";
import { useRemote } from "../parts/useRemote";
import { PageList } from "./PageList";
import { SummaryForm } from "./SummaryForm";

interface DetailsDialogProps {
  document: DocumentView;
  corpora: readonly CorpusView[];
  onPurge: () => void;
  /** Of a moment; null: of today. */
  onSummarise: (asOf: string | null) => void;
  onClose: () => void;
}

/** What a document once was, what says the same, who may read it, and the way to erase it. */
export function DetailsDialog({ document, corpora, onPurge, onSummarise, onClose }: DetailsDialogProps) {
  const words = useWords();
  const own = words.documents;
  const administers = useAdministers();
  const versions = useRemote(document.id, (signal) => getVersions(document.id, signal));
  const duplicates = useRemote(document.id, (signal) => getDuplicates(document.id, signal));
  const ids = { summary: useId(), versions: useId(), duplicates: useId() };
  const known = versions.value ?? [];
  const inForce = document.state === "published" || known.some((version) => version.valid_from && !version.valid_to);
  const everInForce = inForce || known.some((version) => version.valid_from);
  return (
    <Dialog title={own.detailsNamed(document.title || document.path)} wide onClose={onClose}>
      <div className="stack">
        <p className="path">{document.path}</p>
        <p>{document.groups.length > 0 ? own.readers(document.groups.join(", ")) : own.noReaders}</p>
        {everInForce && (
          <section aria-labelledby={ids.summary}>
            <h3 id={ids.summary} className="section-title">
              {own.summary}
            </h3>
            <SummaryForm hint={inForce ? own.summariseHint : own.summariseThen} required={!inForce} onSummarise={onSummarise} />
          </section>
        )}
        <section aria-labelledby={ids.versions}>
          <h3 id={ids.versions} className="section-title">
            {own.versions}
          </h3>
          {versions.error && <ErrorNotice error={versions.error} onRetry={versions.reload} />}
          {!versions.value && !versions.error && <p>{words.loading}</p>}
          <ol className="versions">
            {known.map((version) => (
              <Version key={version.id} version={version} name={document.title || document.path} />
            ))}
          </ol>
        </section>
        <section aria-labelledby={ids.duplicates}>
          <h3 id={ids.duplicates} className="section-title">
            {own.duplicates}
          </h3>
          {duplicates.error && <ErrorNotice error={duplicates.error} onRetry={duplicates.reload} />}
          {!duplicates.value && !duplicates.error && <p>{words.loading}</p>}
          {duplicates.value?.length === 0 && <p className="hint">{own.noDuplicates}</p>}
          <ul className="versions">
            {duplicates.value?.map((other) => (
              <Duplicate
                key={other.document_id}
                other={other}
                corpus={corpora.find((one) => one.id === other.corpus_id)?.title ?? other.corpus_id}
              />
            ))}
          </ul>
        </section>
      </div>
      <div className="dialog-actions">
        {administers && (
          <button type="button" className="button button-stop" onClick={onPurge}>
            {own.purge}
          </button>
        )}
        <button type="button" className="button" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  );
}

/** The pages of a version, fetched once they are wanted. */
function Pages({ version, name }: { version: VersionView; name: string }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.pageList.summary(version.page_count, version.pages_without_text)}</summary>
      {open && <PageList versionId={version.id} name={name} gapsFirst={version.pages_without_text > 0} />}
    </details>
  );
}

function Version({ version, name }: { version: VersionView; name: string }) {
  const { words, code } = useLanguage();
  const own = words.documents;
  const validity = () => {
    if (!version.valid_from) return own.neverPublished;
    const from = formatDate(version.valid_from, code);
    return version.valid_to ? own.validBetween(from, formatDate(version.valid_to, code)) : own.validFrom(from);
  };
  return (
    <li data-testid="version">
      <p>
        <strong>{own.version(version.sequence)}</strong>, {validity()}
      </p>
      {version.approved_by && version.approved_at && (
        <p>{words.source.approvedBy(version.approved_by, formatDate(version.approved_at, code))}</p>
      )}
      <p className="hint">
        {own.states[version.state] ?? version.state} · {own.pages(version.page_count)} ·{" "}
        {formatSize(version.size_bytes, code)} · <code title={version.content_sha256}>{version.content_sha256.slice(0, 12)}…</code> ·{" "}
        <a href={originalFile(version.id)} download aria-label={own.originalOfVersion(version.sequence)}>
          {words.review.original}
        </a>
      </p>
      {version.page_count > 0 && <Pages version={version} name={name} />}
      {version.failure_code && (
        <p className="failure">
          <Reason error={{ code: version.failure_code, message: version.failure_message ?? "" }} />
        </p>
      )}
    </li>
  );
}

function Duplicate({ other, corpus }: { other: DuplicateView; corpus: string }) {
  const words = useWords();
  return (
    <li data-testid="duplicate">
      <p>
        <strong>{other.title || other.path}</strong> ({corpus}),{" "}
        {other.same_bytes ? words.documents.sameBytes : words.documents.resembles(other.resemblance)}
      </p>
      <p className="path">{other.path}</p>
    </li>
  );
}
