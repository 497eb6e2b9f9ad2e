/** One question and what has come back for it so far. Pure: every change is a new value. */
import type {
  AnswerEvent,
  AnswerView,
  CitationView,
  ClaimView,
  ErrorBody,
  FilterView,
  ProgressEvent,
  QuoteView,
  SourceView,
  SummaryRequest,
} from "../api/types";
import { withoutClaim } from "./draft";

export type ExchangeState = "searching" | "streaming" | "finished" | "stopped" | "failed";

export interface Exchange {
  id: number;
  question: string;
  state: ExchangeState;
  language: AnswerView["language"] | null;
  mode: AnswerView["mode"] | null;
  sources: readonly SourceView[];
  claims: readonly ClaimView[];
  /** Text that came and is not part of a checked claim yet. */
  draft: string;
  answer: AnswerView | null;
  error: ErrorBody | null;
  /** What was searched for in place of the question, and the parts of it that were searched besides. */
  searchedAs: string | null;
  searchedParts: readonly string[];
  /** How many passages a summary has read, while it reads. */
  read: ProgressEvent | null;
  /** The moment the documents are read at, where one was asked for. */
  asOf: string | null;
  /** What the question was asked of, where that is not all the person may read. */
  only: FilterView | null;
  /** What a summary is made of; null for a question. */
  subject: Partial<SummaryRequest> | null;
}

/** Where a person is looking: a source and the words of it that a claim rests on. */
export interface Sight {
  source: SourceView;
  quote: QuoteView;
}

export type OpenSource = (sight: Sight) => void;

export function newExchange(id: number, question: string, asOf: string | null = null): Exchange {
  return {
    id,
    question,
    state: "searching",
    language: null,
    mode: null,
    sources: [],
    claims: [],
    draft: "",
    answer: null,
    error: null,
    searchedAs: null,
    searchedParts: [],
    read: null,
    asOf,
    only: null,
    subject: null,
  };
}

function finished(exchange: Exchange, answer: AnswerView): Exchange {
  return {
    ...exchange,
    state: "finished",
    question: answer.question || exchange.question,
    language: answer.language,
    mode: answer.mode,
    sources: answer.sources,
    claims: answer.claims,
    draft: "",
    searchedAs: answer.searched_as,
    searchedParts: answer.searched_parts,
    asOf: answer.as_of,
    only: answer.only ?? exchange.only,
    subject: exchange.subject ?? answer.summary_of,
    answer,
  };
}

export function exchangeOf(id: number, answer: AnswerView): Exchange {
  return finished(newExchange(id, answer.question), answer);
}

export const isOpen = (exchange: Exchange): boolean =>
  exchange.state === "searching" || exchange.state === "streaming";

/** The exchange after one event of the stream. A closed exchange no longer changes. */
export function receive(exchange: Exchange, event: AnswerEvent): Exchange {
  if (!isOpen(exchange)) return exchange;
  switch (event.type) {
    case "progress":
      return { ...exchange, read: event.data };
    case "sources": {
      const { sources, language, mode, searched_as: searchedAs, searched_parts: searchedParts } = event.data;
      return { ...exchange, state: "streaming", sources, language, mode, searchedAs, searchedParts };
    }
    case "token":
      return { ...exchange, state: "streaming", draft: exchange.draft + event.data.text };
    case "claim": {
      const { claim } = event.data;
      const others = exchange.claims.filter((known) => known.number !== claim.number);
      const claims = [...others, claim].sort((one, other) => one.number - other.number);
      return { ...exchange, state: "streaming", claims, draft: withoutClaim(exchange.draft, claim.text) };
    }
    case "done":
      return finished(exchange, event.data.answer);
    case "error":
      return fail(exchange, event.data.error);
  }
}

export const fail = (exchange: Exchange, error: ErrorBody): Exchange =>
  isOpen(exchange) ? { ...exchange, state: "failed", error } : exchange;

export const stop = (exchange: Exchange): Exchange =>
  isOpen(exchange) ? { ...exchange, state: "stopped" } : exchange;

export const isRefusal = (exchange: Exchange): boolean => exchange.answer?.state === "refused";

/** Claims the finished answer left out because the documents do not support them. They are evidence: shown apart. */
export function withheldClaims(exchange: Exchange): readonly ClaimView[] {
  const text = exchange.answer?.text;
  if (text === undefined) return [];
  return exchange.claims.filter((claim) => claim.verdict !== "supported" && withoutClaim(text, claim.text) === text);
}

/** What to show for a citation; null when it points at nothing. */
export function sightOf(exchange: Exchange, citation: CitationView): Sight | null {
  const source = exchange.sources.find((one) => one.number === citation.source_number);
  return source ? { source, quote: citation.quote ?? source.quote } : null;
}
