import type { ReactNode } from "react";

import { useWords } from "../i18n/language";
import { Icon } from "./Icon";

interface PageTurnerProps {
  page: number;
  last: number;
  onTurn: (to: number) => void;
  /** Further tools of the same row. */
  children?: ReactNode;
}

/** The page before, which page of how many, the page after. */
export function PageTurner({ page, last, onTurn, children }: PageTurnerProps) {
  const words = useWords();
  return (
    <div className="viewer-tools">
      <button type="button" className="icon-button" aria-label={words.source.previousPage} disabled={page <= 1} onClick={() => onTurn(page - 1)}>
        <Icon name="left" />
      </button>
      <span className="viewer-page" aria-live="polite">
        {words.source.pageOf(page, last)}
      </span>
      <button type="button" className="icon-button" aria-label={words.source.nextPage} disabled={page >= last} onClick={() => onTurn(page + 1)}>
        <Icon name="right" />
      </button>
      {children}
    </div>
  );
}
