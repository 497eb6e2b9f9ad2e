import { useState } from "react";

import { getPages, pagesAtOnce } from "../api/client";
import type { PageView } from "../api/types";
import { useLanguage, useWords, type Messages } from "../i18n/language";
import { notesOf } from "../i18n/reasons";
import { ErrorNotice } from "../parts/ErrorNotice";
import { Icon } from "../parts/Icon";
import { useRemote } from "../parts/useRemote";
import { Pagination } from "./Pagination";

interface PageListProps {
  versionId: string;
  name: string;
  /** Whether to begin with the pages that gave nothing. */
  gapsFirst: boolean;
}

const isGap = (page: PageView): boolean => page.state === "nothing_found" || page.state === "unread";

function stateOf(page: PageView, words: Messages): string {
  if (page.state === "nothing_found" || page.state === "unread") return words.pageList.states[page.state];
  return words.documents.states[page.state] ?? page.state;
}

/** What is known of a page: what its code says, and the parser's own notes (a sheet's name, say) where they say more. */
function Known({ page }: { page: PageView }) {
  const { words, code } = useLanguage();
  const notes = notesOf(page.reason ?? "", code).join(code === "fr" ? "\u202f; " : "; ");
  if (page.code === "read") return notes;
  return (
    <>
      {words.pageList.reasons[page.code]}
      {notes && <span className="reason-detail"> {notes}</span>}
    </>
  );
}

/** Each page of a version with what came of it, a part at a time. */
export function PageList({ versionId, name, gapsFirst }: PageListProps) {
  const words = useWords();
  const own = words.pageList;
  const [onlyGaps, setOnlyGaps] = useState(gapsFirst);
  const [offset, setOffset] = useState(0);
  const asked = { without_text: onlyGaps, offset };
  const found = useRemote(JSON.stringify([versionId, asked]), (signal) => getPages(versionId, asked, signal));
  return (
    <div className="stack" data-testid="page-list">
      <label className="check">
        <input
          type="checkbox"
          checked={onlyGaps}
          onChange={(event) => {
            setOnlyGaps(event.target.checked);
            setOffset(0);
          }}
        />
        <span>{own.onlyGaps}</span>
      </label>
      {found.error && <ErrorNotice error={found.error} onRetry={found.reload} />}
      <div role="status">
        {!found.value && !found.error && <p>{words.loading}</p>}
        {found.value?.total === 0 && <p className="hint">{onlyGaps ? own.whole : ""}</p>}
      </div>
      {found.value && found.value.total > 0 && (
        <div className="load-items">
          <Table pages={found.value.items} caption={own.caption(name)} />
        </div>
      )}
      {found.value && found.value.total > pagesAtOnce && (
        <Pagination offset={offset} size={pagesAtOnce} total={found.value.total} onTurn={setOffset} />
      )}
    </div>
  );
}

function Table({ pages, caption }: { pages: readonly PageView[]; caption: string }) {
  const words = useWords();
  const own = words.pageList;
  return (
    <table className="table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col" className="number">
            {own.page}
          </th>
          <th scope="col">{own.state}</th>
          <th scope="col" className="number">
            {own.recognised}
          </th>
          <th scope="col">{own.known}</th>
        </tr>
      </thead>
      <tbody>
        {pages.map((page) => (
          <tr key={page.number}>
            <th scope="row" className="number">
              {page.number}
            </th>
            <td data-label={own.state}>
              <span className="state" data-state={isGap(page) ? "warning" : page.state}>
                <Icon name={isGap(page) ? "warning" : "check"} />
                {stateOf(page, words)}
              </span>
            </td>
            <td data-label={own.recognised} className="number">
              {page.recognition_confidence === null ? "–" : own.confidence(page.recognition_confidence)}
            </td>
            <td data-label={own.known}><Known page={page} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
