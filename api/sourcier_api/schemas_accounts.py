"""The shapes of what is accounted for below a document: its pages; and of what a person decides after a load."""

from typing import Literal

from pydantic import Field

from sourcier_api.schemas import DuplicateView, Schema


class PageView(Schema):
    """One page of a version, and what came of it."""

    number: int
    state: str
    """The state of its version, with which it is published; `nothing_found` or `unread` where it yielded nothing."""
    code: Literal["read", "recognised", "nothing_recognised", "nothing_found", "unread"]
    reason: str | None
    """What a person should know of it."""
    recognition_confidence: float | None
    """How well its text was recognised in a picture, 0 to 100; None: it was not recognised."""
    characters: int
    passages: int


class PageList(Schema):
    """A part of the pages of a version, in order; `total` counts all that match."""

    items: list[PageView]
    total: int


class FailuresView(Schema):
    """What failed in a corpus, by code, and of it what another try may help."""

    failed: int
    retryable: int
    codes: dict[str, int]
    retryable_codes: dict[str, int]
    unread: int = 0
    """Published documents with pages that are pictures of text and were not recognised."""
    unread_retryable: int = 0
    """Of those, how many can be read again: all where tesseract's language data is installed by now."""


class NeverStoredView(Schema):
    """A file of a source of which nothing could be stored, so that it is no document: empty, a link, unreadable."""

    corpus_id: str
    source: str
    path: str
    code: str
    message: str
    retryable: bool
    load_id: str
    """The newest load of its source, which says so."""


class NeverStoredList(Schema):
    """A part of them, by corpus, source and path; `total` counts all that match."""

    items: list[NeverStoredView]
    total: int


class HeldBackView(Schema):
    """Documents that a load no longer found and kept, because they are an unusual share of their source."""

    load_id: str
    count: int
    """How many wait for a confirmation now; 0 once a later load has looked again."""
    total: int
    """How many documents of the source are not withdrawn, these included."""
    paths: list[str]
    """A part of their paths, in order."""


class WithdrawalConfirmation(Schema):
    """A person has looked at what is gone, and says that it is to be withdrawn."""

    at_most: int = Field(ge=1)
    """How many were shown; when more are gone by now they are kept."""


class DuplicatedView(Schema):
    """A document, and those that say the same or nearly (20 at most), the most alike first."""

    document_id: str
    path: str
    title: str
    duplicates: list[DuplicateView]


class DuplicatedList(Schema):
    """A part of the documents of a corpus that others resemble, by path."""

    items: list[DuplicatedView]
    next: str | None
    """What to give as `after` for those that follow; None: there are no more."""
