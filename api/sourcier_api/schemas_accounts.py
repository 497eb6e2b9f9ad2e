"""The shapes of what is accounted for below a document: its pages; and of trying again what failed."""

from typing import Literal

from sourcier_api.schemas import Schema


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
