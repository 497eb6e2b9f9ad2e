"""What the API takes and gives about comparing sources, files, PostgreSQL and index."""

from datetime import datetime
from typing import Literal

from sourcier_api.schemas import Schema


class ReconciliationRequest(Schema):
    """Whether to put right what can be."""

    repair: bool = False


class FindingView(Schema):
    """One thing that does not agree between source, files, PostgreSQL and index."""

    kind: str
    corpus_id: str
    path: str
    detail: str
    repaired: bool


class ReconciliationView(Schema):
    """A comparison of everything. `files`: per corpus, every file once, by state, failures by their code.

    While it is `queued` or `running` the balance is empty, and `done` of `total` say how far its `stage` is (0: nobody
    knows).
    """

    id: int
    state: Literal["queued", "running", "finished", "failed"]
    stage: Literal["", "points", "documents", "files", "sources"]
    done: int
    total: int
    message: str | None
    requested_by: str
    started_at: datetime
    finished_at: datetime | None
    repaired: bool
    files: dict[str, dict[str, int]]
    pages: int
    pages_without_text: int
    passages: int
    points: int
    kinds: dict[str, int]
    findings: list[FindingView]
    """At most a thousand, none in a list of reconciliations; `kinds` counts all."""


class FileFindingView(Schema):
    """One thing that does not agree about a file."""

    kind: str
    detail: str
    repaired: bool


class ReconciledFileView(Schema):
    """A file with what it ought to have and what it has, by its newest content; `findings` of all its contents.

    `state`: of the newest content, or `withdrawn`, `purged`, `refused` (the load could not store it), `not_loaded`.
    `file_stored` and `in_source` are null where there is nothing to look at.
    """

    corpus_id: str
    source: str
    path: str
    document_id: str | None
    version_id: str | None
    state: str
    code: str | None
    message: str | None
    versions: int
    pages_expected: int
    pages: int
    pages_without_text: int
    passages_expected: int
    passages: int
    points_expected: int
    points: int
    file_stored: bool | None
    in_source: bool | None
    findings: list[FileFindingView]


class ReconciledFileList(Schema):
    """One page of the files of the newest finished reconciliation; `total` counts all that match."""

    items: list[ReconciledFileView]
    total: int
