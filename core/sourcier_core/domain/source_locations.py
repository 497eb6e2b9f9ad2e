"""Where a source is, by its URL. A URL never carries a user name or a password: those are kept encrypted."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from sourcier_core.errors import InvalidRequest

_REMOTE_SCHEMES = ("s3", "smb", "sftp", "webdav", "webdavs")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_LONGEST_URL = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLocation:
    """A parsed URL. `path` is decoded and has no `/` at its ends, but for `file`, where it is an absolute path.

    `scheme` is file, s3, smb, sftp, webdav (plain HTTP) or webdavs. For s3 `host` is the bucket, and `endpoint` the
    base URL of the server (None: Amazon's); for smb `path` begins with the share.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    endpoint: str | None = None
    region: str | None = None

    @property
    def origin(self) -> str:
        """The server that is given the credentials. Stored credentials are for one origin only."""
        if self.scheme == "s3":
            return f"s3:{self.endpoint or 'amazon'}"
        return f"{self.scheme}://{self.host}:{'' if self.port is None else self.port}"


def parse_location(url: str) -> SourceLocation:
    """Read a source's URL, or the absolute path of a folder of this machine.

    Raises:
        InvalidRequest: it cannot be understood, or holds a user name or password; the message never repeats it.
    """
    if len(url) > _LONGEST_URL or not url.isprintable():
        raise InvalidRequest("The URL is too long or has characters that cannot be printed.")
    if url.startswith("/"):
        return SourceLocation(scheme="file", path=_local_path(url))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidRequest("This is not a valid URL.") from error
    if "@" in parts.netloc:
        raise InvalidRequest("User name and password do not belong into the URL; give them as credentials.")
    if parts.fragment or url.endswith("#"):
        raise InvalidRequest("Write %23 for # in a URL.")
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and not parts.query:
        return SourceLocation(scheme="file", path=_local_path(unquote(parts.path)))
    if parts.scheme not in _REMOTE_SCHEMES:
        raise InvalidRequest("A source is an absolute path, or a URL with s3, smb, sftp, webdav or webdavs.")
    if parts.scheme == "s3":
        return _s3_location(parts)
    if parts.query or url.endswith("?"):
        raise InvalidRequest("Write %3F for ? in a URL.")
    if parts.hostname is None or not _HOST.fullmatch(parts.hostname):
        raise InvalidRequest("The URL does not name a server.")
    path = _remote_path(parts.path)
    if parts.scheme == "smb" and not path:
        raise InvalidRequest("The URL does not name a share: smb://server/share/folder.")
    return SourceLocation(scheme=parts.scheme, host=parts.hostname, port=port, path=path)


def _s3_location(parts: SplitResult) -> SourceLocation:
    if not _BUCKET.fullmatch(parts.netloc):
        raise InvalidRequest("The URL does not name a bucket: s3://bucket/prefix?endpoint=https://server:9000.")
    options = parse_qs(parts.query, keep_blank_values=True)
    unknown = set(options) - {"endpoint", "region"}
    if unknown or any(len(values) > 1 for values in options.values()):
        raise InvalidRequest("An s3 URL may have ?endpoint=… and region=…, each once; write %3F for ? in a name.")
    endpoint = options.get("endpoint", [None])[0]
    region = options.get("region", [None])[0]
    if endpoint is not None:
        try:
            server = urlsplit(endpoint)
            _ = server.port
        except ValueError as error:
            raise InvalidRequest("The endpoint is not a valid URL.") from error
        if "@" in endpoint:
            raise InvalidRequest("Access key and secret do not belong into the URL; give them as credentials.")
        if server.scheme not in {"http", "https"} or not server.hostname or server.query or server.fragment:
            raise InvalidRequest("The endpoint has to be an http or https URL of a server.")
        endpoint = endpoint.rstrip("/")
    if region is not None and not _REGION.fullmatch(region):
        raise InvalidRequest("This is not a region's name.")
    path = _remote_path(parts.path)
    return SourceLocation(scheme="s3", host=parts.netloc, path=path, endpoint=endpoint, region=region)


def _remote_path(encoded: str) -> str:
    path = unquote(encoded, errors="strict") if encoded.isascii() else unquote(encoded)
    segments = [segment for segment in path.split("/") if segment]
    if any(segment in {".", ".."} or "\\" in segment or not segment.isprintable() for segment in segments):
        raise InvalidRequest("A path may not have segments like .. or characters that cannot be printed, nor \\.")
    return "/".join(segments)


def _local_path(path: str) -> str:
    if not path.startswith("/") or ".." in path.split("/"):
        raise InvalidRequest("The folder has to be an absolute path without `..`.")
    return path.rstrip("/") or "/"
