"""A source as an admin defines it: a place, what of it is wanted, who may read it, and when to look."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.source_locations import SourceLocation, parse_location

SourceId = str
"""A UUID in its canonical text form."""


class AccessMode(StrEnum):
    """Where it is said who may read a source's documents."""

    CORPUS = "corpus"
    """The corpus's groups may read everything."""
    MANIFEST = "manifest"
    """`.sourcier.yaml` beside the documents says it; where none does, only administrators may."""
    POSIX = "posix"
    """The permissions of files and folders on a Unix machine."""
    SMB = "smb"
    """The access lists of files on an SMB share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What opens a source. For s3 the user name is the access key's id and the password its secret.

    `private_key` is in OpenSSH or PEM format, `host_key` the server's public key as in a known_hosts file.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    host_key: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be shown."""
        return tuple(secret for secret in (self.password, self.private_key, self.passphrase) if secret)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDefinition:
    """A source of a corpus. Its credentials are stored apart, encrypted; no view ever holds them."""

    id: SourceId
    corpus_id: CorpusId
    name: str
    url: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    access: AccessMode = AccessMode.CORPUS
    schedule: str | None = None
    """A cron expression of five fields, or None: only by hand."""
    paused: bool = False
    has_credentials: bool = False
    trusted: bool = True
    """Given by someone with the local token; another folder of this machine is read only where that is allowed."""
    created_at: datetime

    @property
    def location(self) -> SourceLocation:
        """The URL's parts. Raises InvalidRequest."""
        return parse_location(self.url)
