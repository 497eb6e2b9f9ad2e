"""Buckets of S3-compatible stores, through obstore's fsspec filesystem."""

from datetime import timedelta
from typing import Any, cast

from obstore.exceptions import InvalidPathError, PermissionDeniedError, UnauthenticatedError
from obstore.fsspec import FsspecStore

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import Credentials
from sourcier_core.errors import DocumentUnreadable
from sourcier_ingest.connectors.remote import OpenFile, Trouble, classify_os_error
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder

_DEFAULT_REGION = "us-east-1"
_UNUSABLE = DocumentUnreadable("Keys with empty segments, `.` or `..` cannot be read; rename this object.")


class S3RemoteStore:
    """One bucket, or what is below a prefix of it. Without credentials requests are not signed."""

    def __init__(self, location: SourceLocation, credentials: Credentials, *, timeout_s: float = 30.0) -> None:
        self._bucket = location.host
        self._prefix = location.path
        signed: dict[str, Any] = {"skip_signature": True}
        if credentials.username:
            signed = {"access_key_id": credentials.username, "secret_access_key": credentials.password}
        config: dict[str, Any] = {
            "region": location.region or _DEFAULT_REGION,
            "virtual_hosted_style_request": location.endpoint is None,
            **({} if location.endpoint is None else {"endpoint": location.endpoint}),
            **signed,
        }
        timeout = timedelta(seconds=timeout_s)
        # The overloads of its constructor do not know fsspec's own options.
        self._filesystem: Any = cast(Any, FsspecStore)(
            "s3",
            config=config,
            client_options={
                "allow_http": (location.endpoint or "").startswith("http://"),
                "connect_timeout": timeout,
                "timeout": timeout,
            },
            retry_config={"max_retries": 0, "retry_timeout": timeout},
            skip_instance_cache=True,
        )

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self._bucket, self._prefix, path) if part)

    def list_folder(self, path: str) -> Folder:
        """The objects and common prefixes below a prefix. To S3 a folder without objects does not exist."""
        key = self._key(path)
        entries: list[Entry] = []
        for found in cast("list[dict[str, Any]]", self._filesystem.ls(key, detail=True)):
            name = str(found["name"]).removeprefix(f"{key}/").rstrip("/")
            if not name:
                entries.append(Entry(name="(no name)", kind=EntryKind.OTHER, problem=_UNUSABLE))
            elif found["type"] == "directory":
                entries.append(Entry(name=name, kind=EntryKind.FOLDER))
            else:
                entries.append(Entry(name=name, kind=EntryKind.FILE, size_bytes=int(found["size"])))
        return Folder(entries=entries)

    def open_file(self, path: str) -> OpenFile:
        """An object's content."""
        return cast(OpenFile, self._filesystem.open(self._key(path), "rb"))

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """Objects have no access lists that name groups."""
        return frozenset(), f"S3 has no access lists of groups for {path}; only administrators may read it."

    def classify(self, error: Exception) -> tuple[Trouble, str]:
        """See `RemoteStore`."""
        if isinstance(error, InvalidPathError):
            return Trouble.UNREADABLE, "it holds a key with an empty segment, `.` or `..`, which cannot be read"
        if isinstance(error, FileNotFoundError):
            return Trouble.MISSING, "there is nothing there: the bucket or the prefix does not exist, or is empty"
        if isinstance(error, UnauthenticatedError):
            return Trouble.REFUSED, "the access key or its secret is wrong"
        if isinstance(error, PermissionDeniedError):
            return Trouble.REFUSED, "the access key or its secret is wrong, or it may not do this"
        return classify_os_error(error)

    def close(self) -> None:
        """Each request makes a client of its own: there is no connection to drop."""
