"""Corpora, documents, their versions and what a parser found in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.domain.identifiers import CorpusId, DocumentId, PassageId, VersionId


class DocumentState(StrEnum):
    """How far a version has come. The last three are final."""

    SEEN = "seen"
    STORED = "stored"
    PARSED = "parsed"
    CHUNKED = "chunked"
    EMBEDDED = "embedded"
    INDEXED = "indexed"
    PUBLISHED = "published"
    FAILED = "failed"
    QUARANTINED = "quarantined"


FINAL_STATES = frozenset({DocumentState.PUBLISHED, DocumentState.FAILED, DocumentState.QUARANTINED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """A named body of documents with the groups that may read it."""

    id: CorpusId
    title: str
    groups: frozenset[str]
    created_at: datetime
    approval_required: bool = False
    """A version is published only when a second person has approved it."""
    claim_check: ClaimCheck | None = None
    """What becomes of claims made from this corpus; None: as the settings say."""
    quarantine_threshold: float | None = None
    """The score from which a document is set aside; None: as the settings say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """One line box of the span [start, end) of the canonical text.

    Coordinates are in points (1/72 inch), origin at the top left of the page; pages count from 1.
    """

    start: int
    end: int
    page: int
    x0: float
    y0: float
    x1: float
    y1: float


class PageReading(StrEnum):
    """What a parser made of one page. The last three yielded nothing, and are reported."""

    READ = "read"
    RECOGNISED = "recognised"
    """Its text was recognised in a picture."""
    NOTHING_RECOGNISED = "nothing_recognised"
    """It is a picture, and no text was recognised in it."""
    NOTHING_FOUND = "nothing_found"
    """There is no text on it: an empty page, slide or sheet."""
    UNREAD = "unread"
    """It is a picture, and no text recognition is installed."""


WITHOUT_TEXT = frozenset({PageReading.NOTHING_RECOGNISED, PageReading.NOTHING_FOUND, PageReading.UNREAD})


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page: its size in points, its span of the canonical text and, if recognised, how well (0–100)."""

    number: int
    width: float
    height: float
    start: int
    end: int
    recognition_confidence: float | None = None
    note: str | None = None
    reading: PageReading = PageReading.READ


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTally:
    """How many pages a version has, how many yielded nothing, and the lowest confidence of recognition (0–100)."""

    pages: int = 0
    without_text: int = 0
    unread: int = 0
    """Of those without text: pictures that were not read because no text recognition is installed."""
    lowest_recognition: float | None = None


NO_PAGES = PageTally()


def tally_pages(pages: Sequence[Page]) -> PageTally:
    """Count pages by what they yielded."""
    confidences = [page.recognition_confidence for page in pages if page.recognition_confidence is not None]
    return PageTally(
        pages=len(pages),
        without_text=sum(page.reading in WITHOUT_TEXT for page in pages),
        unread=sum(page.reading is PageReading.UNREAD for page in pages),
        lowest_recognition=min(confidences, default=None),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TextElement:
    """A piece a parser found, in unstructured's vocabulary: Title, NarrativeText, ListItem, Table…"""

    category: str
    start: int
    end: int
    page: int
    heading_path: tuple[str, ...] = ()
    html: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PassageSpan:
    """A chunker's cut: the span [start, end) of the canonical text under its headings."""

    start: int
    end: int
    heading_path: tuple[str, ...] = ()


class Concealment(StrEnum):
    """How a text escapes a person's eye."""

    HIDDEN = "hidden"
    """Marked as hidden by the format: hidden runs, `display:none`, invisible rendering."""
    SAME_COLOUR = "same_colour"
    """Written in (nearly) the colour of what is behind it."""
    TINY = "tiny"
    """Too small to read."""
    OFF_PAGE = "off_page"
    """Outside of the visible page."""
    ZERO_WIDTH = "zero_width"
    """Characters without width between or instead of letters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConcealedText:
    """A text that is in the file and that a reader of the page does not see."""

    text: str
    manner: Concealment
    page: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildFile:
    """A file inside a file: an attachment, a member of an archive. `name` is relative, with `/`, without `..`."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class QuarantineEvidence:
    """Something that speaks for setting a document aside: its kind, at most 200 characters of it, its weight (0–1).

    `start` and `end` count characters of the text where the place is known there, `page` where it is known.
    """

    kind: str
    excerpt: str
    weight: float
    start: int | None = None
    end: int | None = None
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedDocument:
    """What a parser and the chunker made of one file; offsets count characters of `text`.

    `regions` point into the original where it is a PDF, into the PDF `rendition` where there is one, or, if it
    `is_laid_out`, into pages of our own making (a reading copy), which are drawn from the regions when they are shown.
    """

    text: str
    title: str
    language: str
    media_type: str
    parser: str
    chunker: str
    elements: tuple[TextElement, ...]
    pages: tuple[Page, ...]
    regions: tuple[Region, ...]
    passages: tuple[PassageSpan, ...]
    rendition: bytes | None = None
    is_laid_out: bool = False
    concealed: tuple[ConcealedText, ...] = ()
    children: tuple[ChildFile, ...] = ()
    quarantine_score: float = 0.0
    quarantine_evidence: tuple[QuarantineEvidence, ...] = ()
    near_duplicate_bands: tuple[int, ...] = ()
    """Texts that share one of these are likely to resemble each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """What is embedded and cited: the span [start, end) of a version's canonical text."""

    id: PassageId
    version_id: VersionId
    ordinal: int
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...]
    first_page: int
    last_page: int
    language: str
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentVersion:
    """One immutable content of a document. Times are timezone-aware UTC."""

    id: VersionId
    document_id: DocumentId
    corpus_id: CorpusId
    path: str
    sequence: int
    content_sha256: str
    size_bytes: int
    state: DocumentState
    title: str
    media_type: str
    language: str
    page_count: int
    rendition_sha256: str | None
    failure_code: str | None
    failure_message: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    groups: frozenset[str] = frozenset()
    """Who may read it: the document's own groups, else the corpus's."""
    withdrawn_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    pages_without_text: int = 0
    pages_unread: int = 0
    lowest_recognition: float | None = None

    @property
    def tally(self) -> PageTally:
        """Its pages, counted."""
        return PageTally(
            pages=self.page_count,
            without_text=self.pages_without_text,
            unread=self.pages_unread,
            lowest_recognition=self.lowest_recognition,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentSummary:
    """A document as a list shows it: its newest version's state and its published version's title."""

    id: DocumentId
    corpus_id: CorpusId
    source: str
    path: str
    title: str
    state: DocumentState
    version_id: VersionId
    media_type: str
    language: str
    page_count: int
    passage_count: int
    size_bytes: int
    published_at: datetime | None
    withdrawn_at: datetime | None
    failure_code: str | None
    failure_message: str | None
    groups: frozenset[str] = frozenset()
    """Who may read it: its own groups, else the corpus's."""
    parent_id: DocumentId | None = None
    purged_at: datetime | None = None
    failure_retryable: bool = False
    pages_without_text: int = 0


def embedding_text(title: str, heading_path: tuple[str, ...], text: str) -> str:
    """The text an embedder sees for a passage: its place (title and headings) on one line, then the passage."""
    place = [part for part in dict.fromkeys((title.strip(), *heading_path)) if part]
    return f"{' › '.join(place)}\n{text}" if place else text
