"""From a definition to a source that can be walked."""

from importlib import import_module
from pathlib import Path
from typing import Any

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import AccessMode, Credentials, SourceDefinition
from sourcier_core.errors import ExtraMissing, InvalidRequest
from sourcier_core.schedules import check_schedule
from sourcier_ingest.connectors.folder import FolderSource
from sourcier_ingest.connectors.found import Source
from sourcier_ingest.connectors.patterns import PathPatterns
from sourcier_ingest.connectors.remote import RETRY_WAITS_S, RemoteSource, RemoteStore
from sourcier_ingest.connectors.walk_progress import WalkProgress

_TIMEOUT_S = 30.0
_STORES = {
    "s3": ("s3_store", "S3RemoteStore"),
    "smb": ("smb_store", "SmbRemoteStore"),
    "sftp": ("sftp_store", "SftpRemoteStore"),
    "webdav": ("webdav_store", "WebdavRemoteStore"),
    "webdavs": ("webdav_store", "WebdavRemoteStore"),
}
_ACCESS_OF = {AccessMode.POSIX: ("file", "sftp"), AccessMode.SMB: ("smb",)}


def check_definition(definition: SourceDefinition) -> None:
    """See that a definition makes sense, before it is stored.

    Raises:
        InvalidRequest: the URL, a pattern or the schedule is not valid, or its kind of store has no such access.
    """
    location = definition.location
    PathPatterns(definition.include, definition.exclude)
    if definition.schedule is not None:
        check_schedule(definition.schedule)
    possible = _ACCESS_OF.get(definition.access)
    if possible is not None and location.scheme not in possible:
        raise InvalidRequest(
            f"Access by {definition.access.value} is possible with {' and '.join(possible)} only, "
            f"not with {location.scheme}."
        )


def open_source(
    definition: SourceDefinition,
    credentials: Credentials | None = None,
    *,
    max_file_bytes: int,
    timeout_s: float = _TIMEOUT_S,
    retry_waits_s: tuple[float, ...] = RETRY_WAITS_S,
    progress: WalkProgress | None = None,
) -> Source:
    """The source of a definition, whose walks are counted in `progress`. Nothing is connected yet.

    Raises:
        InvalidRequest: the definition or a private key is not valid.
        ExtraMissing: the extra `connectors` is not installed.
    """
    check_definition(definition)
    location = definition.location
    patterns = PathPatterns(definition.include, definition.exclude)
    if location.scheme == "file":
        return FolderSource(
            Path(location.path),
            max_file_bytes=max_file_bytes,
            patterns=patterns,
            access=definition.access,
            progress=progress,
        )
    return RemoteSource(
        _open_store(location, credentials or Credentials(), timeout_s, definition.access),
        title=f"The source {definition.name!r}",
        max_file_bytes=max_file_bytes,
        patterns=patterns,
        access=definition.access,
        retry_waits_s=retry_waits_s,
        progress=progress,
    )


def _open_store(
    location: SourceLocation, credentials: Credentials, timeout_s: float, access: AccessMode
) -> RemoteStore:
    module_name, class_name = _STORES[location.scheme]
    try:
        module = import_module(f"sourcier_ingest.connectors.{module_name}")
    except ModuleNotFoundError as error:
        raise ExtraMissing(
            f"A source of {location.scheme} needs the extra `connectors`: pip install 'sourcier[connectors]'."
        ) from error
    store_type: Any = getattr(module, class_name)
    options = {"wants_modes": access is AccessMode.POSIX} if location.scheme == "sftp" else {}
    store: RemoteStore = store_type(location, credentials, timeout_s=timeout_s, **options)
    return store
