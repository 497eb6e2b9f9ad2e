"""Buckets of S3-compatible stores, through obstore.

Not through its fsspec filesystem: that reads an object in several requests, between which it may change, and cannot
tell a bucket that is empty from one that is not there.
"""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import obstore
from obstore.exceptions import InvalidPathError, UnauthenticatedError
from obstore.store import S3Store

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import Credentials
from sourcier_core.errors import DocumentUnreadable
from sourcier_ingest.connectors.found import content_mark
from sourcier_ingest.connectors.remote import OpenFile, Trouble, classify_os_error
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder

_LONGEST_TRANSFER = timedelta(hours=1)
_PIECE_BYTES = 1 << 20
_DEFAULT_REGION = "us-east-1"
_STATUS = re.compile(r"status code: ([1-5]\d\d)")
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_WRONG_KEY = frozenset(
    {"SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "AccountProblem"}
)
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_UNUSABLE = DocumentUnreadable("Keys with empty segments, `.` or `..` cannot be read; rename this object.")


class S3RemoteStore:
    """One bucket, or what is below a prefix of it. Without credentials requests are not signed."""

    def __init__(self, location: SourceLocation, credentials: Credentials, *, timeout_s: float = 30.0) -> None:
        self._prefix = location.path
        timeout = timedelta(seconds=timeout_s)
        config: dict[str, Any] = {"skip_signature": True}
        if credentials.username:
            config = {"access_key_id": credentials.username, "secret_access_key": credentials.password}
        if location.endpoint is not None:
            config["endpoint"] = location.endpoint
        self._store = S3Store(
            location.host,
            region=location.region or _DEFAULT_REGION,
            virtual_hosted_style_request=location.endpoint is None,
            client_options=cast(
                Any,  # its types do not know `read_timeout`, the longest silence; `timeout` is that of a whole object
                {
                    "allow_http": (location.endpoint or "").startswith("http://"),
                    "connect_timeout": timeout,
                    "read_timeout": timeout,
                    "timeout": _LONGEST_TRANSFER,
                },
            ),
            retry_config={"max_retries": 0, "retry_timeout": timeout},
            **config,
        )

    def _key(self, path: str) -> str:
        return "/".join(part for part in (self._prefix, path) if part)

    def list_folder(self, path: str) -> Folder:
        """The objects and common prefixes below a prefix. To S3 a folder without objects does not exist."""
        found = obstore.list_with_delimiter(self._store, self._key(path) or None)
        if not found["objects"] and not found["common_prefixes"]:
            raise FileNotFoundError
        entries = [
            Entry(
                name=_name(item["path"]),
                kind=EntryKind.FILE,
                size_bytes=item["size"],
                mark=content_mark(item["size"], tag=item["e_tag"]),
            )
            for item in found["objects"]
        ]
        for prefix in found["common_prefixes"]:
            if name := _name(prefix):
                entries.append(Entry(name=name, kind=EntryKind.FOLDER))
            else:
                entries.append(Entry(name="(no name)", kind=EntryKind.OTHER, problem=_UNUSABLE))
        return Folder(entries=entries)

    def open_file(self, path: str) -> OpenFile:
        """An object's content, from one request: what it was when that was made."""
        return _Content(obstore.get(self._store, self._key(path)))

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
        # obstore has no types for what a listing answers: the status and S3's code stand in the message only.
        status = _STATUS.search(str(error))
        if status is None:
            return classify_os_error(error)
        code = _CODE.search(str(error))
        return _by_status(int(status[1]), "" if code is None else code[1])

    def close(self) -> None:
        """Connections are pooled below, and replaced there when they fail."""


class _Content:
    """An object's bytes, piece by piece."""

    def __init__(self, result: "obstore.GetResult") -> None:
        self._pieces = iter(result.stream(min_chunk_size=_PIECE_BYTES))

    def read(self, size: int, /) -> bytes:
        """The next piece, whatever `size` says; none at the end."""
        return bytes(next(self._pieces, b""))

    def close(self) -> None:
        """The response goes with the iterator."""


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _by_status(status: int, code: str) -> tuple[Trouble, str]:
    answer = f"{status} {code}".rstrip()
    if code in _WRONG_KEY:
        return Trouble.REFUSED, f"the access key or its secret is wrong ({code})"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Trouble.FORBIDDEN, f"permission denied ({code or status})"
    if status == HTTPStatus.NOT_FOUND:
        return Trouble.MISSING, "there is no such bucket or object"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        return Trouble.AWAY, f"the server answers {answer}"
    return Trouble.UNREADABLE, f"the server answers {answer}"
