import type { ClaimView, ConflictView } from "../api/types";
import { formatDate } from "../i18n/format";
import { useLanguage } from "../i18n/language";
import { Icon } from "../parts/Icon";
import type { Exchange, OpenSource } from "./exchange";

interface ConflictsProps {
  claim: ClaimView;
  exchange: Exchange;
  onOpen: OpenSource;
}

/** Where another document says something else than the claim: its words, and a button that opens it. */
export function Conflicts({ claim, exchange, onOpen }: ConflictsProps) {
  if (claim.conflicts.length === 0) return null;
  return (
    <ul className="conflicts">
      {claim.conflicts.map((conflict) => (
        <Conflict key={conflict.source_number} conflict={conflict} exchange={exchange} onOpen={onOpen} />
      ))}
    </ul>
  );
}

function Conflict({ conflict, exchange, onOpen }: Omit<ConflictsProps, "claim"> & { conflict: ConflictView }) {
  const { words, code } = useLanguage();
  const source = exchange.sources.find((one) => one.number === conflict.source_number);
  if (!source) return null;
  const since = formatDate(source.valid_from, code);
  return (
    <li className="conflict" data-testid={`conflict-${source.number}`}>
      <Icon name="warning" />
      <span>
        {conflict.is_newer ? words.conflict.newer(source.title, since) : words.conflict.other(source.title, since)}{" "}
        <q className="exact">{conflict.quote.text.trim()}</q>
        <button
          type="button"
          className="citation"
          aria-label={words.source.citation(source.number, source.title)}
          aria-haspopup="dialog"
          title={`${source.title}, ${words.source.page(conflict.quote.page)}`}
          onClick={() => onOpen({ source, quote: conflict.quote })}
        >
          {source.number}
        </button>
      </span>
    </li>
  );
}
