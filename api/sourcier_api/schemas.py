"""The shapes of the HTTP interface. Domain types become these at the border, and nowhere else."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sourcier_core.domain.document_types import DocumentType


class Schema(BaseModel):
    """A strict, immutable shape."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class ErrorBody(Schema):
    """One error: a stable code, a sentence for the person, and whether trying again can help."""

    code: str
    message: str
    retryable: bool
    details: dict[str, Any] = Field(default_factory=dict[str, Any])


class ErrorResponse(Schema):
    """The one shape of every error."""

    error: ErrorBody


class FilterRequest(Schema):
    """What a question is asked of, within what may be read. An empty part filters nothing."""

    languages: list[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]] = Field(default_factory=list[str], max_length=20)
    """Of the passages: `fr`, `en` or `und`."""
    media_types: list[Annotated[str, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]+$", max_length=200)]] = Field(
        default_factory=list[str], max_length=50
    )
    """As in `application/pdf`; with `document_types`: of any of both."""
    document_types: list[DocumentType] = Field(default_factory=list[DocumentType], max_length=20)
    """Kinds of documents: `word` stands for DOCX, DOC, ODT and RTF, `mail` for EML and MSG."""
    path_prefix: str = Field(default_factory=str, max_length=2000, pattern=r"^[^\x00]*$")
    """How a document's path begins; a folder's prefix ends with a slash."""


class AskRequest(Schema):
    """A question."""

    question: str = Field(min_length=1, max_length=4000)
    corpora: list[str] | None = None
    as_of: AwareDatetime | None = Field(default=None, description="The date to read at, not in the future; None: now")
    only: FilterRequest | None = None
    language: Literal["fr", "en"] | None = Field(None, description="None: the question's own language")
    earlier: list[Annotated[str, Field(max_length=4000)]] = Field(
        [], max_length=8, description="questions this one may follow, oldest first: their words name the topic"
    )


class SummarySubject(Schema):
    """What a summary is of: a document, or all that the caller may read of a corpus or of a folder in it."""

    corpus: str
    document: UUID | None = Field(None, description="None: the folder, or the whole corpus")
    path_prefix: str = Field(
        "", max_length=2000, pattern=r"^[^\x00]*$", description="How the paths begin; a folder's ends with a slash"
    )


class SummaryRequest(SummarySubject):
    """What to summarise, in which language, and as it stood when."""

    language: Literal["fr", "en"] | None = Field(None, description="None: the language of most passages")
    as_of: AwareDatetime | None = Field(default=None, description="The date to read at, not in the future; None: now")


class SearchRequest(Schema):
    """What to find passages for, without an answer."""

    question: str = Field(min_length=1, max_length=4000)
    corpora: list[str] | None = None
    as_of: AwareDatetime | None = Field(default=None, description="The date to read at, not in the future; None: now")
    only: FilterRequest | None = None
    limit: int = Field(10, ge=1, le=100)
    mode: Literal["hybrid", "dense", "sparse"] = "hybrid"


class HitView(Schema):
    """A found passage with its exact text; `score` orders the hits of one list only."""

    passage_id: str
    version_id: str
    document_id: str
    corpus_id: str
    path: str
    title: str
    media_type: str
    heading_path: list[str]
    language: str
    text: str
    start: int
    """With `end`, where the text stands in the version's canonical text."""
    end: int
    first_page: int
    last_page: int
    page_count: int
    valid_from: datetime
    score: float
    dense_score: float | None
    sparse_score: float | None


class SearchView(Schema):
    """Passages, best first."""

    hits: list[HitView]


class CorpusCreate(Schema):
    """A new corpus."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    title: str = Field(min_length=1, max_length=200)
    groups: list[str] = []


class CorpusChange(Schema):
    """What to change of a corpus; what is None stays."""

    title: str | None = Field(None, min_length=1, max_length=200)
    groups: list[str] | None = None
    approval_required: bool | None = None
    claim_check: Literal["default", "strict", "flag", "off"] | None = None
    """What becomes of claims made from it; "default" stands for what the settings say."""
    quarantine_threshold: Annotated[float, Field(gt=0, le=2)] | Literal["default"] | None = None
    """The score from which what is loaded into it is set aside; above 1: nothing; "default": as the settings say."""


class CorpusView(Schema):
    """A corpus and how many published documents and passages it has."""

    id: str
    title: str
    groups: list[str]
    created_at: datetime
    documents: int
    passages: int
    approval_required: bool = False
    claim_check: Literal["default", "strict", "flag", "off"] = "default"
    quarantine_threshold: float | Literal["default"] = "default"


class DocumentView(Schema):
    """A document in a list."""

    id: str
    corpus_id: str
    path: str
    title: str
    state: str
    version_id: str
    media_type: str
    language: str
    page_count: int
    passage_count: int
    size_bytes: int
    published_at: datetime | None
    withdrawn_at: datetime | None
    failure_code: str | None
    failure_message: str | None
    groups: list[str] = Field(default_factory=list[str])
    parent_id: str | None = None
    """The document this one was found inside of."""
    purged_at: datetime | None = None
    """When it was erased; `version_id` is then empty, since no version is left."""
    purged_by: str | None = None
    failure_retryable: bool = False
    pages_without_text: int = 0
    """Pages that yielded nothing: empty ones, and pictures in which nothing was or could be recognised."""


class VersionView(Schema):
    """One content of a document, and when it was valid."""

    id: str
    sequence: int
    state: str
    title: str
    content_sha256: str
    size_bytes: int
    page_count: int
    valid_from: datetime | None
    valid_to: datetime | None
    approved_by: str | None = None
    approved_at: datetime | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    pages_without_text: int = 0
    pages_unread: int = 0
    """Of those: pictures that were not read because no text recognition is installed."""
    lowest_recognition: float | None = None
    """The lowest confidence of text recognition on a page, 0 to 100."""


class DuplicateView(Schema):
    """A document that says the same, or nearly; `resemblance` from 0 to 1, exactly 1 for the same bytes."""

    document_id: str
    corpus_id: str
    path: str
    title: str
    resemblance: float
    same_bytes: bool


class EvidenceView(Schema):
    """Something that speaks for setting a document aside."""

    kind: str
    excerpt: str
    weight: float
    page: int | None = None


class ReviewView(Schema):
    """A version that waits for a person."""

    version_id: str
    document_id: str
    corpus_id: str
    path: str
    title: str
    kind: Literal["quarantine", "approval"]
    since: datetime
    score: float | None
    evidence: list[EvidenceView]
    proposed_by: str | None
    page_count: int
    passage_count: int


class DecisionRequest(Schema):
    """What a person decides, and why (needed to reject)."""

    decision: Literal["approved", "rejected"]
    comment: str = Field("", max_length=1000)


class DecisionView(Schema):
    """What came of a decision: the load that publishes, when there is one."""

    version_id: str
    decision: Literal["approved", "rejected"]
    load_id: str | None


class DocumentList(Schema):
    """One page of documents; `total` counts all that match."""

    items: list[DocumentView]
    total: int


class FolderLoadRequest(Schema):
    """Load a folder of this machine. Needs the local token."""

    folder: str
    confirm_withdrawals: bool = False
    keep_missing: bool = False
    include: list[str] = []
    """Only paths that match one of these patterns, as in .gitignore; none: all."""
    exclude: list[str] = []
    access: Literal["corpus", "manifest", "posix"] = "corpus"
    """Where it is said who may read: the corpus, `.sourcier.yaml` beside the files, or the files' permissions."""


class LoadItemView(Schema):
    """One file of a load and how it ended."""

    path: str
    state: str
    outcome: Literal["published", "unchanged", "failed", "quarantined", "proposed", "withdrawn", "pending"]
    document_id: str | None = None
    version_id: str | None = None
    code: str | None = None
    message: str | None = None
    retryable: bool = False
    page_count: int = 0
    pages_without_text: int = 0
    """Pages that yielded nothing: empty ones, and pictures in which nothing was or could be recognised."""
    pages_unread: int = 0
    """Of those: pictures that were not read because no text recognition is installed."""
    lowest_recognition: float | None = None
    """The lowest confidence of text recognition on a page, 0 to 100."""
    passage_count: int = 0
    access_note: str | None = None
    """Why only administrators may read it, where its permissions or a manifest could not be read."""


class LoadView(Schema):
    """A load: its counts, its progress and, once finished, its failures."""

    id: str
    corpus_id: str
    source: str
    state: Literal["queued", "scanning", "running", "finished", "cancelled", "failed"]
    message: str | None
    started_at: datetime
    finished_at: datetime | None
    seen: int
    published: int
    unchanged: int
    failed: int
    withdrawn: int
    quarantined: int = 0
    """Set aside until a person has looked at what was found in them."""
    proposed: int = 0
    """Waiting for a second person's approval."""
    pending: int
    passages: int
    pages: int = 0
    """Pages of the files that are done."""
    pages_without_text: int = 0
    """Of those, pages that yielded nothing, in `documents_with_pages_without_text` documents."""
    pages_unread: int = 0
    documents_with_pages_without_text: int = 0
    files_per_minute: float | None = None
    pages_per_minute: float | None = None
    seconds_left: float | None = None
    """An estimate from the pace so far; None while files are still being found, and at the end."""
    retryable: int = 0
    """Failed files that another try may help."""
    held_back: int = 0
    """Documents that were no longer found, an unusual share, and that stay until a person confirms."""
    items: list[LoadItemView] = Field(default_factory=list[LoadItemView])
    """Every file that was not unchanged or published, or has pages without text; all files with `?items=all`."""


class RegionView(Schema):
    """A line box in points, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class QuoteView(Schema):
    """Exact words of the stored text, with their offsets and place."""

    version_id: str
    start: int
    end: int
    text: str
    page: int


class SourceView(Schema):
    """A numbered source: its document, page and best exact quote."""

    number: int
    passage_id: str
    document_id: str
    version_id: str
    corpus_id: str
    path: str
    title: str
    media_type: str
    heading_path: list[str]
    page: int
    page_count: int
    quote: QuoteView
    valid_from: datetime
    approved_by: str | None = None
    """Who approved this version for publication, where the corpus asks for it, and when."""
    approved_at: datetime | None = None
    content_sha256: str
    score: float
    beside: int | None = Field(None, description="the source it was read beside; its own score is then 0")
    page_image: str = Field(description="Path of the page's picture with the passage and quote highlighted")


class CitationView(Schema):
    """A claim's pointer to a source, with the verdict on it."""

    marker: str
    source_number: int | None
    passage_id: str | None
    quote: QuoteView | None
    verdict: Literal["supported", "unsupported", "unknown_source", "unchecked"]
    reasons: list[str]


class ConflictView(Schema):
    """Words of another document that say something else than the claim."""

    source_number: int
    passage_id: str
    quote: QuoteView
    reasons: list[str] = Field(description="number_differs, date_differs or negation_differs")
    is_newer: bool = Field(description="in force since at least a day later than the documents that support the claim")


class ClaimView(Schema):
    """One sentence of the answer."""

    number: int
    text: str
    verdict: Literal["supported", "unsupported", "unknown_source", "unchecked"]
    reasons: list[str]
    citations: list[CitationView]
    conflicts: list[ConflictView] = []


class FilterView(Schema):
    """What a question was asked of, within what could be read: see FilterRequest."""

    languages: list[str]
    media_types: list[str]
    """Those of no whole kind."""
    document_types: list[DocumentType]
    path_prefix: str


class AnswerView(Schema):
    """A finished answer."""

    id: str
    question: str
    language: Literal["fr", "en"]
    mode: Literal["quotes", "model"]
    state: Literal["answered", "refused", "failed", "interrupted"]
    text: str
    refusal_reason: str | None
    answerability: float | None
    claims: list[ClaimView]
    sources: list[SourceView]
    notice: str | None = Field(None, description="what a reader must know of how it was made")
    searched_as: str | None = Field(None, description="of a follow-up: the question as it was made to stand alone")
    searched_parts: list[str] = Field(
        [], description="searched for besides: the things that the question compares or joins, one each"
    )
    as_of: datetime | None = Field(None, description="the date the documents were read at, where one was asked for")
    only: FilterView | None = Field(None, description="of a recorded question: what it was asked of")
    summary_of: SummarySubject | None = Field(None, description="of a recorded summary: what it is of")
    asked_at: datetime | None = None
    timings_ms: dict[str, float] = Field(default_factory=dict[str, float])


class SourcesEvent(Schema):
    """`sources`: the numbered sources and how they were searched, before the first token."""

    answer_id: str
    language: Literal["fr", "en"]
    mode: Literal["quotes", "model"]
    sources: list[SourceView]
    searched_as: str | None = Field(None, description="see the answer")
    searched_parts: list[str] = Field([], description="see the answer")


class ProgressEvent(Schema):
    """`progress`: how many passages a summary has read, before its sources are known."""

    done: int
    total: int


class TokenEvent(Schema):
    """`token`: the next piece of the model's text as it comes (not yet checked)."""

    text: str


class ClaimEvent(Schema):
    """`claim`: a checked sentence of the answer."""

    claim: ClaimView


class DoneEvent(Schema):
    """`done`: the whole answer, already recorded."""

    answer: AnswerView


class ErrorEvent(Schema):
    """`error`: the answer stopped; same body as every error."""

    error: ErrorBody


class PassageView(Schema):
    """A passage with the text around it."""

    id: str
    version_id: str
    document_id: str
    corpus_id: str
    path: str
    title: str
    heading_path: list[str]
    text: str
    before: str
    after: str
    start: int
    end: int
    first_page: int
    last_page: int
    page_count: int
    regions: list[RegionView]
    tables: list[str] = []
    """For what stems from tables: the HTML of its rows with their header (table, tr, th and td only)."""


class HealthView(Schema):
    """Alive."""

    status: Literal["ok"] = "ok"


class ReadinessView(Schema):
    """Whether each engine answers."""

    ready: bool
    engines: dict[str, bool]


class StatusFinding(Schema):
    """One line of `sourcier doctor`."""

    subject: str
    state: Literal["ok", "warning", "error"]
    value: str
    remedy: str | None = None


class RefusalEffectView(Schema):
    """What a refusal threshold did on one public question set, without a model, in shares of its questions."""

    threshold: float
    question_set: str
    language: Literal["fr", "en"]
    false_refusals: float = Field(description="of the questions that the documents answer")
    false_answers: float = Field(description="of the questions that they do not answer")


class PersonView(Schema):
    """Who asks."""

    id: str
    groups: list[str]
    is_administrator: bool
    is_local: bool
    """Whether that is the installation's own administrator, as there is no sign-in or the local token was brought."""


class StatusView(Schema):
    """What `sourcier doctor` shows."""

    version: str
    findings: list[StatusFinding]
    resident_memory_mb: float
    resident_memory_tree_mb: float
    refusal_threshold: float
    refusal_effects: list[RefusalEffectView]
