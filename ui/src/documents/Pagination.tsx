import { useWords } from "../i18n/language";
import { Icon } from "../parts/Icon";

interface PaginationProps {
  offset: number;
  size: number;
  total: number;
  onTurn: (offset: number) => void;
}

export function Pagination({ offset, size, total, onTurn }: PaginationProps) {
  const words = useWords();
  if (total === 0) return null;
  const last = Math.min(offset + size, total);
  return (
    <nav className="pagination" aria-label={words.documents.pagination}>
      <button type="button" className="button" disabled={offset === 0} onClick={() => onTurn(Math.max(0, offset - size))}>
        <Icon name="left" />
        {words.documents.previous}
      </button>
      <span role="status">{words.documents.range(offset + 1, last, total)}</span>
      <button type="button" className="button" disabled={last >= total} onClick={() => onTurn(offset + size)}>
        {words.documents.next}
        <Icon name="right" />
      </button>
    </nav>
  );
}
