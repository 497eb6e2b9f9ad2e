/** Short names for the generated shapes. Nothing here is written by hand but the names. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type AnswerView = Schemas["AnswerView"];
export type AskRequest = Schemas["AskRequest"];
export type CitationView = Schemas["CitationView"];
export type ConflictView = Schemas["ConflictView"];
export type ClaimEvent = Schemas["ClaimEvent"];
export type ClaimView = Schemas["ClaimView"];
export type CorpusChange = Schemas["CorpusChange"];
export type CorpusCreate = Schemas["CorpusCreate"];
export type PasswordsView = Schemas["PasswordsView"];
export type PlanProgressView = Schemas["PlanProgressView"];
export type PlanView = Schemas["PlanView"];
export type SourceFoldersView = Schemas["SourceFoldersView"];
export type SourceInput = Schemas["SourceInput"];
export type ConfiguredSourceView = Schemas["ConfiguredSourceView"];
export type CorpusView = Schemas["CorpusView"];
export type DecisionRequest = Schemas["DecisionRequest"];
export type DecisionView = Schemas["DecisionView"];
export type DocumentList = Schemas["DocumentList"];
export type DocumentView = Schemas["DocumentView"];
export type DoneEvent = Schemas["DoneEvent"];
export type DuplicateView = Schemas["DuplicateView"];
export type ErrorBody = Schemas["ErrorBody"];
export type ErrorEvent = Schemas["ErrorEvent"];
export type ErrorResponse = Schemas["ErrorResponse"];
export type LoadItemView = Schemas["LoadItemView"];
export type LoadView = Schemas["LoadView"];
export type PersonView = Schemas["PersonView"];
export type FailuresView = Schemas["FailuresView"];
export type NeverStoredView = Schemas["NeverStoredView"];
export type NeverStoredList = Schemas["NeverStoredList"];
export type FilterView = Schemas["FilterView"];
export type HeldBackView = Schemas["HeldBackView"];
export type PageList = Schemas["PageList"];
export type PageView = Schemas["PageView"];
export type PassageView = Schemas["PassageView"];
export type QuoteView = Schemas["QuoteView"];
export type ReconciledFileList = Schemas["ReconciledFileList"];
export type ReconciledFileView = Schemas["ReconciledFileView"];
export type ReconciliationView = Schemas["ReconciliationView"];
export type ReviewView = Schemas["ReviewView"];
export type SourcesEvent = Schemas["SourcesEvent"];
export type SourceView = Schemas["SourceView"];
export type StatusFinding = Schemas["StatusFinding"];
export type StatusView = Schemas["StatusView"];
export type ProgressEvent = Schemas["ProgressEvent"];
export type RefusalEffectView = Schemas["RefusalEffectView"];
export type SummaryRequest = Schemas["SummaryRequest"];
export type TokenEvent = Schemas["TokenEvent"];
export type VersionView = Schemas["VersionView"];
export type Verdict = ClaimView["verdict"];

/** What `POST /api/ask` and `POST /api/summaries` stream: the name of each server-sent event and its data. */
export type AnswerEvent =
  | { type: "progress"; data: ProgressEvent }
  | { type: "sources"; data: SourcesEvent }
  | { type: "token"; data: TokenEvent }
  | { type: "claim"; data: ClaimEvent }
  | { type: "done"; data: DoneEvent }
  | { type: "error"; data: ErrorEvent };

/** What a dry run streams before it ends or fails. */
export type PlanEvent = { type: "progress"; data: PlanProgressView } | { type: "done"; data: PlanView };
