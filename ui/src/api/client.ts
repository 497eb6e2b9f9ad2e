/** Every call the page makes. Paths are relative to the page, so that a prefix in front of it does no harm. */
import { ApiError, errorOf, isAbort } from "./errors";
import { readEvents, streamInterrupted } from "./stream";
import type {
  AnswerEvent,
  AnswerView,
  AskRequest,
  SummaryRequest,
  ConfiguredSourceView,
  CorpusChange,
  CorpusCreate,
  CorpusView,
  DecisionRequest,
  DecisionView,
  DocumentList,
  DocumentView,
  DuplicateView,
  ErrorEvent,
  FailuresView,
  HeldBackView,
  LoadView,
  NeverStoredList,
  PageList,
  PassageView,
  PasswordsView,
  PersonView,
  QuoteView,
  PlanEvent,
  PlanProgressView,
  PlanView,
  ReconciledFileList,
  ReconciliationView,
  ReviewView,
  SourceFoldersView,
  SourceInput,
  StatusView,
  VersionView,
} from "./types";

async function call(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (reason) {
    if (isAbort(reason)) throw reason;
    throw new ApiError({ code: "network_unreachable", message: "The server cannot be reached.", retryable: true });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await call(path, init);
  return (await response.json()) as T;
}

function posted(body: unknown, signal?: AbortSignal): RequestInit {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body), ...(signal && { signal }) };
}

function patched(body: unknown): RequestInit {
  return { ...posted(body), method: "PATCH" };
}

function parameters(values: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

const part = encodeURIComponent;
const answerEvents = new Set(["progress", "sources", "token", "claim", "done", "error"]);

export const ask = (request: AskRequest, signal: AbortSignal) => answering("api/ask", request, signal);

export const summarise = (request: Partial<SummaryRequest>, signal: AbortSignal) =>
  answering("api/summaries", request, signal);

/** The events as they come. Events of an unknown name are left out, so that the server may add some. */
async function* answering(address: string, request: unknown, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  const response = await call(address, posted(request, signal));
  if (!response.body) return;
  for await (const { name, data } of readEvents(response.body)) {
    if (answerEvents.has(name)) yield { type: name, data } as AnswerEvent;
  }
}

export const getAnswer = (id: string, signal?: AbortSignal) =>
  json<AnswerView>(`api/answers/${part(id)}`, signal && { signal });

/** A passage with its surroundings; `asOf` where an answer of that date cites it. */
export const getPassage = (id: string, asOf: string | null, signal?: AbortSignal) =>
  json<PassageView>(`api/passages/${part(id)}${parameters({ as_of: asOf ?? "" })}`, signal && { signal });

/** Who asks, as the installation knows them. */
export const getMe = (signal?: AbortSignal) => json<PersonView>("api/me", signal && { signal });

export const getStatus = (signal?: AbortSignal) => json<StatusView>("api/status", signal && { signal });

/** The newest comparisons of sources, files, database and index, in any state. */
export const getReconciliations = (signal?: AbortSignal) =>
  json<ReconciliationView[]>("api/reconciliations", signal && { signal });

export const getReconciliation = (id: number, signal?: AbortSignal) =>
  json<ReconciliationView>(`api/reconciliations/${id}`, signal && { signal });

/** Begins a comparison; with `repair` what can be put right is. */
export const reconcile = (repair: boolean) => json<ReconciliationView>("api/reconciliations", posted({ repair }));

export interface ReconciledFileFilter {
  only_differing: boolean;
  query: string;
  limit: number;
  offset: number;
}

export const getReconciledFiles = (filter: ReconciledFileFilter, signal?: AbortSignal) =>
  json<ReconciledFileList>(`api/reconciliations/last/files${parameters({ ...filter })}`, signal && { signal });

/** Every file of the newest comparison, as a table to download. */
export const reconciledFilesAddress = "api/reconciliations/last/files.csv";

export const getCorpora = (signal?: AbortSignal) => json<CorpusView[]>("api/corpora", signal && { signal });

export const createCorpus = (corpus: CorpusCreate) => json<CorpusView>("api/corpora", posted(corpus));

/** Changes what is given; what is left out stays. */
export const changeCorpus = (id: string, change: Partial<CorpusChange>) =>
  json<CorpusView>(`api/corpora/${part(id)}`, patched(change));

/** How many passwords are kept for a corpus's documents; which, nothing tells. */
export const countPasswords = (corpus: string, signal?: AbortSignal) =>
  json<PasswordsView>(`api/corpora/${part(corpus)}/passwords`, signal && { signal });

export const addPasswords = (corpus: string, passwords: readonly string[]) =>
  json<PasswordsView>(`api/corpora/${part(corpus)}/passwords`, posted({ passwords }));

export const forgetPasswords = (corpus: string) => call(`api/corpora/${part(corpus)}/passwords`, { method: "DELETE" });

export interface DocumentFilter {
  corpus: string;
  query: string;
  state: string;
  limit: number;
  offset: number;
}

export const getDocuments = (filter: DocumentFilter, signal?: AbortSignal) =>
  json<DocumentList>(`api/documents${parameters({ ...filter })}`, signal && { signal });

/** Files of which nothing could be stored, so that they are no documents. */
export const getNeverStored = (filter: Pick<DocumentFilter, "corpus" | "query" | "limit">, signal?: AbortSignal) =>
  json<NeverStoredList>(`api/never-stored${parameters({ ...filter })}`, signal && { signal });

export const withdrawDocument = (id: string) =>
  json<DocumentView>(`api/documents/${part(id)}/withdraw`, { method: "POST" });

export const restoreDocument = (id: string) =>
  json<DocumentView>(`api/documents/${part(id)}/restore`, { method: "POST" });

export const getVersions = (id: string, signal?: AbortSignal) =>
  json<VersionView[]>(`api/documents/${part(id)}/versions`, signal && { signal });

export const getDuplicates = (id: string, signal?: AbortSignal) =>
  json<DuplicateView[]>(`api/documents/${part(id)}/duplicates`, signal && { signal });

/** How many pages of a version are asked for at once. */
export const pagesAtOnce = 200;

/** What each page of a version gave; all, or those that gave nothing. */
export const getPages = (versionId: string, asked: { without_text: boolean; offset: number }, signal?: AbortSignal) =>
  json<PageList>(
    `api/versions/${part(versionId)}/pages${parameters({ without_text: String(asked.without_text), offset: asked.offset, limit: pagesAtOnce })}`,
    signal && { signal },
  );

/** Erases a document for good: there is no way back. */
export const purgeDocument = (id: string) =>
  json<DocumentView>(`api/documents/${part(id)}/purge`, { method: "POST" });

/** Lets a purged document be loaded again with the next load of its source. */
export async function allowDocument(id: string): Promise<void> {
  await call(`api/documents/${part(id)}/allow`, { method: "POST" });
}

/** How many waiting versions are asked for at once. */
export const reviewLimit = 200;

export const getReviews = (signal?: AbortSignal) =>
  json<ReviewView[]>(`api/reviews${parameters({ limit: reviewLimit })}`, signal && { signal });

export const decideReview = (versionId: string, decision: DecisionRequest) =>
  json<DecisionView>(`api/reviews/${part(versionId)}/decision`, posted(decision));

export function uploadFiles(corpus: string, files: readonly File[]): Promise<LoadView> {
  const body = new FormData();
  // With its folders where a whole folder was chosen: files of one name in two of them stay apart.
  for (const file of files) body.append("files", file, file.webkitRelativePath || file.name);
  return json<LoadView>(`api/corpora/${part(corpus)}/uploads`, { method: "POST", body });
}

export const getLoads = (corpus: string, signal?: AbortSignal) =>
  json<LoadView[]>(`api/loads${parameters({ corpus })}`, signal && { signal });

/** A load with every file, also those that went well. */
export const getLoad = (id: string, signal?: AbortSignal) =>
  json<LoadView>(`api/loads/${part(id)}?items=all`, signal && { signal });

/** Reads a document that failed again, from its stored bytes. */
export const retryDocument = (id: string) => json<LoadView>(`api/documents/${part(id)}/retry`, { method: "POST" });

export const getFailures = (corpus: string, signal?: AbortSignal) =>
  json<FailuresView>(`api/corpora/${part(corpus)}/failures`, signal && { signal });

/** Tries again all of a corpus that another try may help. */
export const retryCorpus = (corpus: string) =>
  json<LoadView[]>(`api/corpora/${part(corpus)}/retry`, { method: "POST" });

export const retryLoad = (id: string) => json<LoadView>(`api/loads/${part(id)}/retry`, { method: "POST" });

/** Every file of a load with its outcome, as a table to download. */
export const reportAddress = (id: string) => `api/loads/${part(id)}/report.csv`;

/** What a load no longer found and kept: an unusual share of its source. */
export const getHeldBack = (id: string, signal?: AbortSignal) =>
  json<HeldBackView>(`api/loads/${part(id)}/held-back`, signal && { signal });

/** Withdraws what is still gone when the source is looked at again, at most as many documents as were seen. */
export const confirmLoad = (id: string, atMost: number) =>
  json<LoadView>(`api/loads/${part(id)}/confirm`, posted({ at_most: atMost }));

export const cancelLoad = (id: string) => json<LoadView>(`api/loads/${part(id)}/cancel`, { method: "POST" });

/** A load's progress as it comes. May end before the load does when the connection breaks. */
export async function* loadProgress(id: string, signal: AbortSignal): AsyncGenerator<LoadView> {
  const response = await call(`api/loads/${part(id)}/events`, { signal });
  if (!response.body) return;
  for await (const { name, data } of readEvents(response.body)) {
    if (name === "progress") yield data as LoadView;
  }
}

export const getSources = (corpus: string, signal?: AbortSignal) =>
  json<ConfiguredSourceView[]>(`api/corpora/${part(corpus)}/sources`, signal && { signal });

/** The folders of the server's machine that may hold sources. */
export const getSourceFolders = (signal?: AbortSignal) =>
  json<SourceFoldersView>("api/source-folders", signal && { signal });

export const createSource = (corpus: string, source: SourceInput) =>
  json<ConfiguredSourceView>(`api/corpora/${part(corpus)}/sources`, posted(source));

export const changeSource = (id: string, source: SourceInput) =>
  json<ConfiguredSourceView>(`api/sources/${part(id)}`, { ...posted(source), method: "PUT" });

export const deleteSource = (id: string, withdrawDocuments: boolean) =>
  call(`api/sources/${part(id)}?withdraw_documents=${withdrawDocuments}`, { method: "DELETE" });

/** What a load would do: how far looking is, then the plan. Aborting also ends it on the server. */
export async function* followPlan(id: string, signal: AbortSignal): AsyncGenerator<PlanEvent> {
  const response = await call(`api/sources/${part(id)}/plan/events`, posted({}, signal));
  for await (const { name, data } of response.body ? readEvents(response.body) : []) {
    if (name === "error") throw new ApiError((data as ErrorEvent).error);
    if (name === "progress") yield { type: "progress", data: data as PlanProgressView };
    if (name === "done") {
      yield { type: "done", data: data as PlanView };
      return;
    }
  }
  throw streamInterrupted();
}

/** Loads a source now; with `readEverything` files too that the store says have not changed. */
export const loadSource = (id: string, readEverything = false) =>
  json<LoadView>(`api/sources/${part(id)}/loads`, posted({ read_everything: readEverything }));

/** The scale pages are asked for at: pixels per point. */
export const pageScale = 2;

/** A page's picture with the passage and the quote highlighted. */
export function pageImage(versionId: string, page: number, passageId: string, quote: QuoteView): string {
  const highlight = parameters({ passage: passageId, start: quote.start, end: quote.end, scale: pageScale });
  return `api/versions/${part(versionId)}/pages/${page}.png${highlight}`;
}

/** A page's picture with nothing highlighted. */
export const plainPageImage = (versionId: string, page: number): string =>
  `api/versions/${part(versionId)}/pages/${page}.png${parameters({ scale: pageScale })}`;

/** The file itself, as a download: the server never shows it inside the page. */
export const originalFile = (versionId: string) => `api/versions/${part(versionId)}/original`;
