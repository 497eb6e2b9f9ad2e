"""The shapes of sources in the HTTP interface. Credentials only come in: no answer ever holds them."""

from datetime import datetime
from typing import Literal

from pydantic import Field, SecretStr

from sourcier_api.schemas import Schema

Access = Literal["corpus", "manifest", "posix", "smb"]


class CredentialsInput(Schema):
    """What opens a source; for s3 the access key's id and its secret. Stored encrypted, never shown again."""

    username: str = Field("", max_length=500)
    password: SecretStr = Field(SecretStr(""), max_length=5_000)
    private_key: SecretStr = Field(SecretStr(""), max_length=50_000)
    """In OpenSSH or PEM format, for sftp."""
    passphrase: SecretStr = Field(SecretStr(""), max_length=5_000)
    host_key: str = Field("", max_length=10_000)
    """The server's public key, as in a known_hosts file, for sftp."""


class SourceInput(Schema):
    """A source to add to a corpus."""

    name: str = Field(max_length=200)
    url: str = Field(max_length=2_000)
    """`s3://bucket/folder?endpoint=…`, `smb://host/share/folder`, `sftp://host/folder`, `webdavs://host/folder`, or
    the absolute path of a folder of the server's machine: with the local token any, else one of `source-folders`."""
    include: list[str] = Field(default_factory=list[str])
    exclude: list[str] = Field(default_factory=list[str])
    access: Access = "corpus"
    schedule: str | None = Field(None, max_length=100)
    """A cron expression of five fields in the server's time zone, as `30 2 * * 1-5`; None: only by hand."""
    paused: bool = False
    credentials: CredentialsInput | None = None
    """When a source is changed, None keeps the credentials it has."""


class SourceFoldersView(Schema):
    """Folders of the server's machine that its administrator opens to sources; none: only with the local token."""

    folders: list[str]


class ConfiguredSourceView(Schema):
    """A source as it is set up."""

    id: str
    corpus_id: str
    name: str
    url: str
    include: list[str]
    exclude: list[str]
    access: Access
    schedule: str | None
    next_run: datetime | None
    paused: bool
    has_credentials: bool
    last_load_id: str | None
    last_load_state: Literal["queued", "scanning", "running", "finished", "cancelled", "failed"] | None
    last_load_at: datetime | None
    last_load_message: str | None
    held_back_load_id: str | None = None
    """The load in which withdrawals wait for a confirmation, if any do."""


class SourceLoadRequest(Schema):
    """Load a source now."""

    confirm_withdrawals: bool = False
    """Withdraw documents that are gone even when they are an unusual share."""
    read_everything: bool = False
    """Fetch every file, those too that the store says have not changed."""


class PlannedFileView(Schema):
    """A file, why it could not be read, if so, and why only administrators may read it, if so."""

    path: str
    size_bytes: int | None = None
    code: str | None = None
    message: str | None = None
    access_note: str | None = None


class PlanView(Schema):
    """What a load of a source would do now. Lists are cut after 200 paths; `counts` counts all."""

    counts: dict[Literal["new", "changed", "unchanged", "problems", "missing", "kept", "access_notes"], int]
    bytes_new: int
    """Bytes of new and changed files."""
    new: list[PlannedFileView]
    changed: list[PlannedFileView]
    problems: list[PlannedFileView]
    missing: list[PlannedFileView]
    """Documents whose file is gone: a load withdraws them."""
    kept: list[PlannedFileView]
    """Documents below folders that cannot be listed now: they stay."""
    access_notes: list[PlannedFileView] = Field(default_factory=list[PlannedFileView])
    """Files that only administrators would be able to read, because who may read them cannot be found out."""
    needs_confirmation: bool


class PlanProgressView(Schema):
    """`progress`: how far a dry run is."""

    folders: int
    """Folders listed so far."""
    files: int
    """Files found so far."""
    to_compare: int
    """Files of this machine that are read and compared; 0 while files are still being looked for."""
    compared: int
    elapsed_s: float
