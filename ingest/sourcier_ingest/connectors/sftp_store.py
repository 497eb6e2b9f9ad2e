"""Folders over SFTP, through fsspec's filesystem on paramiko. The server's key has to be known beforehand."""

import base64
import hashlib
import io
import stat
from datetime import UTC, datetime
from typing import Any, cast

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import Credentials
from sourcier_core.errors import InvalidRequest, SourceRefused
from sourcier_ingest.connectors.found import content_mark
from sourcier_ingest.connectors.posix_access import Readers, readers_by_mode
from sourcier_ingest.connectors.remote import OpenFile, Trouble, classify_os_error
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder

_KEY_TYPES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
_PREFETCHED_REQUESTS = 64
_REFUSED = (
    paramiko.AuthenticationException,
    paramiko.BadHostKeyException,
    paramiko.PasswordRequiredException,
)


class _KnownKeyOnly(paramiko.MissingHostKeyPolicy):
    """Lets only the server with the given key in: OpenSSH's line `ssh-ed25519 AAAA…`, a name before it is ignored."""

    def __init__(self, host_key: str) -> None:
        self._known = {(kind, key) for kind, key in zip(host_key.split(), host_key.split()[1:], strict=False)}
        self._is_given = bool(host_key.strip())

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Accept the known key, refuse every other one."""
        shown = f"{key.get_name()} {key.get_base64()}"
        if (key.get_name(), key.get_base64()) in self._known:
            return
        digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
        if self._is_given:
            raise SourceRefused(f"The server shows another key than the one given (SHA256:{digest}).")
        raise SourceRefused(
            f"The server's key is not known. If its fingerprint is SHA256:{digest}, give this as `host_key`: {shown}"
        )


class _Files(SFTPFileSystem):
    """fsspec's filesystem, which leaves the connection open when signing in fails."""

    cachable = False

    def _connect(self) -> None:
        try:
            super()._connect()
        except BaseException:
            self.client.close()
            raise


class SftpRemoteStore:
    """A folder of an SFTP server."""

    def __init__(
        self, location: SourceLocation, credentials: Credentials, *, timeout_s: float = 30.0, wants_modes: bool = False
    ) -> None:
        self._location = location
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._wants_modes = wants_modes
        self._key = _private_key(credentials)
        self._filesystem: Any = None

    def _connected(self) -> Any:
        if self._filesystem is None:
            filesystem: Any = _Files(
                self._location.host,
                host_key_policy=_KnownKeyOnly(self._credentials.host_key),
                skip_instance_cache=True,
                port=self._location.port or 22,
                username=self._credentials.username or None,
                password=self._credentials.password or None,
                pkey=self._key,
                look_for_keys=False,
                allow_agent=False,
                timeout=self._timeout_s,
                banner_timeout=self._timeout_s,
                auth_timeout=self._timeout_s,
            )
            filesystem.ftp.get_channel().settimeout(self._timeout_s)
            self._filesystem = filesystem
        return self._filesystem

    def _path(self, path: str) -> str:
        return "/" + "/".join(part for part in (self._location.path, path) if part)

    def list_folder(self, path: str) -> Folder:
        """A folder's entries, with their modes."""
        connected = self._connected()
        place = self._path(path)
        entries: list[Entry] = []
        for found in connected.ftp.listdir_attr(place):
            entries.append(_entry(cast(paramiko.SFTPAttributes, found)))
        readers = _readers(connected.ftp.stat(place)) if self._wants_modes else None
        return Folder(entries=entries, readers=readers)

    def open_file(self, path: str) -> OpenFile:
        """A file's content."""
        # SFTPFileSystem.open reads one request after another; prefetching hides the way to the server and back.
        content: paramiko.SFTPFile = self._connected().ftp.open(self._path(path), "rb")
        content.prefetch(max_concurrent_requests=_PREFETCHED_REQUESTS)
        return cast(OpenFile, content)

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """SFTP tells modes only."""
        return frozenset(), f"SFTP does not tell access lists for {path}; only administrators may read it."

    def classify(self, error: Exception) -> tuple[Trouble, str]:
        """See `RemoteStore`."""
        if isinstance(error, _REFUSED):
            return Trouble.REFUSED, "user name, password or key is wrong"
        if isinstance(error, OSError) and str(error) == "Failure":
            return Trouble.UNREADABLE, "the server gives no reason"
        return classify_os_error(error)

    def close(self) -> None:
        """Drop the connection."""
        filesystem, self._filesystem = self._filesystem, None
        if filesystem is not None:
            filesystem.client.close()


def _entry(found: paramiko.SFTPAttributes) -> Entry:
    mode = found.st_mode
    kind = EntryKind.OTHER
    if mode is not None and stat.S_ISREG(mode):
        kind = EntryKind.FILE
    elif mode is not None and stat.S_ISDIR(mode):
        kind = EntryKind.FOLDER
    elif mode is not None and stat.S_ISLNK(mode):
        kind = EntryKind.LINK
    size, changed = found.st_size or 0, found.st_mtime
    mark = content_mark(size, times=[None if changed is None else datetime.fromtimestamp(changed, UTC)])
    return Entry(name=found.filename, kind=kind, size_bytes=size, readers=_readers(found), mark=mark)


def _readers(found: paramiko.SFTPAttributes) -> Readers | None:
    if found.st_mode is None or found.st_gid is None:
        return None
    return readers_by_mode(found.st_mode, found.st_gid)


def _private_key(credentials: Credentials) -> paramiko.PKey | None:
    """The private key. Raises InvalidRequest when it cannot be read; the message holds nothing of it."""
    if not credentials.private_key:
        return None
    for key_type in _KEY_TYPES:
        try:
            text = io.StringIO(credentials.private_key.strip() + "\n")
            return key_type.from_private_key(text, password=credentials.passphrase or None)
        except paramiko.PasswordRequiredException:
            raise InvalidRequest("The private key needs its passphrase.") from None
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise InvalidRequest("The private key cannot be read (ed25519, ECDSA or RSA), or its passphrase is wrong.")
