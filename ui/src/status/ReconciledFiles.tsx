import { useState } from "react";

import { getReconciledFiles } from "../api/client";
import type { ReconciledFileView } from "../api/types";
import { Pagination } from "../documents/Pagination";
import { useLanguage, useWords } from "../i18n/language";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Reason } from "../parts/Reason";
import { useRemote } from "../parts/useRemote";

const SIZE = 25;

/** Every file of the newest comparison, or only those that differ, with what is there of what should be. */
export function ReconciledFiles() {
  const words = useWords();
  const own = words.reconciliation;
  const [differing, setDiffering] = useState(true);
  const [query, setQuery] = useState("");
  const [offset, setOffset] = useState(0);
  const filter = { only_differing: differing, query, limit: SIZE, offset };
  const found = useRemote(JSON.stringify(filter), (signal) => getReconciledFiles(filter, signal));
  const show = (change: () => void) => {
    setOffset(0);
    change();
  };
  return (
    <>
      <div className="reconciliation-tools">
        <label className="check">
          <input type="checkbox" checked={differing} onChange={(event) => show(() => setDiffering(event.target.checked))} />
          {own.onlyDiffering}
        </label>
        <label className="field">
          <span>{own.search}</span>
          <input type="search" value={query} onChange={(event) => show(() => setQuery(event.target.value))} />
        </label>
      </div>
      {found.error && <ErrorNotice error={found.error} onRetry={found.reload} />}
      {found.value?.total === 0 && <p>{own.noFile}</p>}
      {found.value && found.value.total > 0 && <Table files={found.value.items} />}
      {found.value && <Pagination offset={offset} size={SIZE} total={found.value.total} onTurn={setOffset} />}
    </>
  );
}

function Table({ files }: { files: readonly ReconciledFileView[] }) {
  const { words } = useLanguage();
  const own = words.reconciliation;
  return (
    <table className="table" data-testid="reconciled-files">
      <caption className="visually-hidden">{own.filesCaption}</caption>
      <thead>
        <tr>
          <th scope="col">{own.file}</th>
          <th scope="col">{own.state}</th>
          <th scope="col">{own.pages}</th>
          <th scope="col">{own.passages}</th>
          <th scope="col">{own.points}</th>
          <th scope="col">{own.why}</th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <Row key={`${file.corpus_id} ${file.source} ${file.path}`} file={file} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ file }: { file: ReconciledFileView }) {
  const { words } = useLanguage();
  const own = words.reconciliation;
  const share = (there: number, expected: number) => (there + expected > 0 ? own.share(there, expected) : "—");
  return (
    <tr>
      <th scope="row" className="breaking">
        {file.corpus_id}/{file.path}
      </th>
      <td data-label={own.state}>{own.states[file.state] ?? file.state}</td>
      <td data-label={own.pages}>{share(file.pages, file.pages_expected)}</td>
      <td data-label={own.passages}>{share(file.passages, file.passages_expected)}</td>
      <td data-label={own.points}>{share(file.points, file.points_expected)}</td>
      <td data-label={own.why}>
        {file.code && (
          <div>
            <Reason error={{ code: file.code, message: file.message ?? "" }} /> <code>{file.code}</code>
          </div>
        )}
        {file.findings.map((one, place) => (
          <div key={place}>
            {own.kinds[one.kind] ?? one.kind} {one.repaired && own.repaired}
          </div>
        ))}
      </td>
    </tr>
  );
}
