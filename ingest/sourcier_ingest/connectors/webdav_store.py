"""Collections of WebDAV servers, through webdav4's fsspec filesystem."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import ParseError

import httpx
from webdav4.client import HTTPError
from webdav4.fsspec import WebdavFileSystem

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import Credentials
from sourcier_core.errors import DocumentUnreadable
from sourcier_ingest.connectors.found import content_mark
from sourcier_ingest.connectors.remote import OpenFile, Trouble, classify_os_error
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder

_UNREADABLE = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE, HTTPStatus.LOCKED})


class WebdavRemoteStore:
    """A collection of a WebDAV server; `webdav` is plain HTTP, `webdavs` is HTTPS."""

    def __init__(self, location: SourceLocation, credentials: Credentials, *, timeout_s: float = 30.0) -> None:
        scheme = "https" if location.scheme == "webdavs" else "http"
        host = f"[{location.host}]" if ":" in location.host else location.host
        port = "" if location.port is None else f":{location.port}"
        self._base = f"{scheme}://{host}{port}"
        self._path = location.path
        self._auth = (credentials.username, credentials.password) if credentials.username else None
        self._timeout_s = timeout_s
        self._filesystem: Any = None

    def _connected(self) -> Any:
        if self._filesystem is None:
            self._filesystem = WebdavFileSystem(
                self._base, auth=self._auth, timeout=self._timeout_s, retry=False, skip_instance_cache=True
            )
        return self._filesystem

    def _place(self, path: str) -> str:
        return quote("/".join(part for part in (self._path, path) if part))

    def list_folder(self, path: str) -> Folder:
        """A collection's members. An answer that does not speak of the collection itself counts as none."""
        place = self._place(path)
        answer = self._connected().client.propfind(place, headers={"Depth": "1"}, follow_redirects=True)
        own = "/" + "/".join(part for part in (self._path, path) if part)
        entries: list[Entry] = []
        is_answered = False
        for response in answer.responses.values():
            shown = str(response.path_norm).rstrip("/") or "/"
            if shown == own:
                is_answered = response.properties.resource_type == "directory"
                continue
            if not shown.startswith(own.rstrip("/") + "/"):
                raise ValueError("a member outside of its collection")
            name = shown.removeprefix(own).lstrip("/")
            entries.append(_entry(name, response))
        if not is_answered:
            raise NotADirectoryError
        return Folder(entries=entries)

    def open_file(self, path: str) -> OpenFile:
        """A resource's content."""
        client = self._connected().client
        headers = {"Accept-Encoding": "identity"}
        request = client.http.build_request("GET", client.join_url(self._place(path)), headers=headers)
        response = client.http.send(request, stream=True, follow_redirects=True)
        if response.status_code != HTTPStatus.OK:
            response.close()
            raise HTTPError(response)
        return _Content(response)

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """Servers seldom tell access lists, and none in a way that names groups alike."""
        return frozenset(), f"WebDAV does not tell access lists for {path}; only administrators may read it."

    def classify(self, error: Exception) -> tuple[Trouble, str]:
        """See `RemoteStore`."""
        if isinstance(error, HTTPError):
            return _by_status(error.response.status_code)
        if isinstance(error, ParseError | ValueError | AssertionError):
            return Trouble.AWAY, "the answer is not valid WebDAV"
        if isinstance(error, httpx.TimeoutException):
            return Trouble.AWAY, "it took too long"
        name = type(error).__name__
        if name == "ResourceNotFound":
            return Trouble.MISSING, "there is no such file or folder"
        return classify_os_error(error)

    def close(self) -> None:
        """Drop the connections."""
        filesystem, self._filesystem = self._filesystem, None
        if filesystem is not None:
            filesystem.client.http.close()


class _Content:
    """A response's body, read piece by piece."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks = response.iter_bytes(1 << 20)

    def read(self, size: int, /) -> bytes:
        """The next piece (of at most one MB, whatever `size` says); none at the end."""
        return next(self._chunks, b"")

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


def _entry(name: str, response: Any) -> Entry:
    match response.properties.resource_type:
        case "directory":
            return Entry(name=name, kind=EntryKind.FOLDER)
        case "file" if response.status_code is None or response.status_code == HTTPStatus.OK:
            size = response.properties.content_length
            problem = DocumentUnreadable("The server does not tell the file's size.") if size is None else None
            mark = content_mark(size or 0, tag=response.properties.etag, times=[response.properties.modified])
            return Entry(name=name, kind=EntryKind.FILE, size_bytes=size or 0, problem=problem, mark=mark)
        case _:
            # It may be a collection that we may not see: listing it settles that, and keeps what was below it.
            return Entry(name=name, kind=EntryKind.FOLDER)


def _by_status(status: int) -> tuple[Trouble, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return Trouble.REFUSED, "user name or password is wrong"
    if status == HTTPStatus.FORBIDDEN:
        return Trouble.FORBIDDEN, "permission denied"
    if status == HTTPStatus.NOT_FOUND:
        return Trouble.MISSING, "there is no such file or folder"
    if status in _UNREADABLE:
        return Trouble.UNREADABLE, f"the server answers {status}"
    return Trouble.AWAY, f"the server answers {status}"
