import { useState } from "react";

import type { LoadItemView, LoadView } from "../api/types";
import { useWords } from "../i18n/language";
import { PageListDialog } from "./PageListDialog";

const mostListed = 20;

/** Says that pages of what was loaded gave no text, and leads to the list of each document's pages. */
export function LoadGaps({ load }: { load: LoadView }) {
  const words = useWords().pageList;
  const [open, setOpen] = useState<LoadItemView | null>(null);
  if (load.pages_without_text === 0) return null;
  const listed = load.items.filter((item) => item.pages_without_text > 0 && item.version_id !== null);
  return (
    <div className="notice" data-testid="load-gaps">
      <p>{words.gaps(load.pages_without_text, load.documents_with_pages_without_text, load.pages_unread)}</p>
      {load.pages_unread > 0 && <p>{words.unreadRemedy}</p>}
      <ul className="versions">
        {listed.slice(0, mostListed).map((item) => (
          <li key={item.path}>
            <button type="button" className="link-button" aria-haspopup="dialog" onClick={() => setOpen(item)}>
              {words.show(item.path)}
            </button>{" "}
            <span className="hint">{words.gapsOf(item.pages_without_text, item.page_count)}</span>
          </li>
        ))}
      </ul>
      {open?.version_id && (
        <PageListDialog versionId={open.version_id} name={open.path} onClose={() => setOpen(null)} />
      )}
    </div>
  );
}
