import type { CitationView, ClaimView, Verdict } from "../api/types";
import { useWords } from "../i18n/language";
import { Icon, type IconName } from "../parts/Icon";
import { Conflicts } from "./Conflicts";
import { sightOf, type Exchange, type OpenSource } from "./exchange";

const verdictIcons: Record<Verdict, IconName> = {
  supported: "check",
  unsupported: "warning",
  unknown_source: "unknown",
  unchecked: "unknown",
};

/** The sentence without the markers that its citation buttons replace. Other brackets stay: they are words. */
export function withoutMarkers(text: string, citations: readonly CitationView[]): string {
  const markers = new Set(citations.map((citation) => citation.marker.replace(/^\[|\]$/g, "").trim()));
  const replaced = (whole: string, inside: string) =>
    inside.split(/[\s,;]+/).every((marker) => markers.has(marker)) ? "" : whole;
  return text.replace(/\s*\[([^\]\n]{1,40})\]/g, replaced).trim();
}

interface ClaimProps {
  claim: ClaimView;
  exchange: Exchange;
  onOpen: OpenSource;
}

export function Claim({ claim, exchange, onOpen }: ClaimProps) {
  const exact = exchange.mode === "quotes";
  const text = exact ? claim.text : withoutMarkers(claim.text, claim.citations);
  return (
    <li className="claim" data-testid="claim" data-verdict={claim.verdict}>
      <p className="claim-text" lang={exact ? undefined : (exchange.language ?? undefined)}>
        {exact ? <q className="exact">{text}</q> : text}
        {claim.citations.map((citation, index) => (
          <Citation key={index} citation={citation} exchange={exchange} onOpen={onOpen} />
        ))}
      </p>
      <VerdictLine claim={claim} exact={exact} />
      <Conflicts claim={claim} exchange={exchange} onOpen={onOpen} />
    </li>
  );
}

/** Reasons worth a word beside a supported sentence; the others explain why one is not supported. */
const remarks = new Set(["citation_added", "compared_by_meaning", "supported_together", "entailed", "entailment_unavailable"]);

/** Why the verdict is what it is: the claim's own reasons and its citations', each once. */
export function reasonsOf(claim: ClaimView): string[] {
  const supported = claim.verdict === "supported";
  const own = claim.citations.filter((citation) => (citation.verdict === "supported") === supported);
  const all = new Set([...claim.reasons, ...own.flatMap((citation) => citation.reasons)]);
  return [...all].filter((reason) => remarks.has(reason) === supported);
}

function VerdictLine({ claim, exact }: { claim: ClaimView; exact: boolean }) {
  const words = useWords();
  const supported = claim.verdict === "supported";
  const reasons = reasonsOf(claim).map((reason) => words.verdict.reasons[reason] ?? reason);
  return (
    <div className="verdict">
      <span className="verdict-name">
        <Icon name={verdictIcons[claim.verdict]} />
        {supported && exact ? words.verdict.exact : words.verdict[claim.verdict]}
      </span>
      {supported && reasons.length > 0 && <span className="hint">{reasons.join(" ")}</span>}
      {!supported && reasons.length > 0 && (
        <details className="reasons">
          <summary>{words.verdict.why}</summary>
          <ul>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

interface CitationProps {
  citation: CitationView;
  exchange: Exchange;
  onOpen: OpenSource;
}

function Citation({ citation, exchange, onOpen }: CitationProps) {
  const words = useWords();
  const sight = sightOf(exchange, citation);
  if (!sight) {
    return (
      <span className="citation citation-unknown" data-testid="citation-unknown">
        <span aria-hidden="true">{citation.marker.replace(/^\[|\]$/g, "")} ?</span>
        <span className="visually-hidden">{words.source.unknown(citation.marker)}</span>
      </span>
    );
  }
  const { number, title } = sight.source;
  return (
    <button
      type="button"
      className="citation"
      data-testid={`citation-${number}`}
      data-verdict={citation.verdict}
      aria-label={words.source.citation(number, title)}
      aria-haspopup="dialog"
      title={`${title}, ${words.source.page(sight.quote.page)}`}
      onClick={() => onOpen(sight)}
    >
      {number}
    </button>
  );
}
