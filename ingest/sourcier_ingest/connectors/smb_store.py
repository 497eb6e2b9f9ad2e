"""Folders of SMB 2 and 3 shares, through fsspec's filesystem on smbprotocol."""

import uuid
from typing import Any, cast

import smbclient
from fsspec.implementations.smb import SMBFileSystem
from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBAuthenticationError, SMBOSError, SMBResponseException
from smbprotocol.file_info import InfoType
from smbprotocol.header import NtStatus
from smbprotocol.open import FilePipePrinterAccessMask, SMB2QueryInfoRequest, SMB2QueryInfoResponse
from spnego.exceptions import SpnegoError

from sourcier_core.domain.source_locations import SourceLocation
from sourcier_core.domain.sources import Credentials
from sourcier_ingest.connectors.found import content_mark
from sourcier_ingest.connectors.remote import OpenFile, Trouble, classify_os_error
from sourcier_ingest.connectors.smb_access import groups_of_descriptor
from sourcier_ingest.connectors.walking import Entry, EntryKind, Folder

_SHARED = "rwd"
"""Reading does not keep others from reading, writing or deleting."""
_DACL_INFORMATION = 0x04
_MOST_DESCRIPTOR_BYTES = 65536
_FOLDER_ATTRIBUTE, _LINK_ATTRIBUTE = 0x10, 0x400
_REFUSED = frozenset(
    {
        NtStatus.STATUS_LOGON_FAILURE,
        NtStatus.STATUS_WRONG_PASSWORD,
        NtStatus.STATUS_PASSWORD_EXPIRED,
        0xC000006E,  # the account is restricted
        0xC0000072,  # the account is disabled
        0xC0000193,  # the account has expired
        0xC0000224,  # the password has to be changed
        0xC0000234,  # the account is locked
    }
)
_MISSING = frozenset(
    {
        NtStatus.STATUS_OBJECT_NAME_NOT_FOUND,
        NtStatus.STATUS_OBJECT_PATH_NOT_FOUND,
        NtStatus.STATUS_OBJECT_NAME_INVALID,
        NtStatus.STATUS_BAD_NETWORK_NAME,
        NtStatus.STATUS_NO_SUCH_FILE,
    }
)
_UNREADABLE = frozenset(
    {
        NtStatus.STATUS_SHARING_VIOLATION,
        NtStatus.STATUS_DELETE_PENDING,
        NtStatus.STATUS_FILE_IS_A_DIRECTORY,
        NtStatus.STATUS_NOT_A_DIRECTORY,
        0xC0000054,  # part of the file is locked
    }
)


class _Files(SMBFileSystem):
    """fsspec's filesystem with a connection of its own; the library's would be shared by the whole process."""

    # fsspec keeps instances and hands them out again for equal arguments, of which it sees no password.
    cachable = False

    def __init__(self, location: SourceLocation, credentials: Credentials, timeout_s: float) -> None:
        super().__init__(location.host, port=location.port, register_session_retries=-1)
        self.connections: dict[str, Connection] = {}
        self._options: dict[str, Any] = {
            "username": credentials.username or None,
            "password": credentials.password or None,
            "port": location.port or 445,
            "connection_cache": self.connections,
        }
        self._timeout_s = timeout_s

    def sign_in(self) -> None:
        """Connect with limits on every wait."""
        port = self._options["port"]
        connection = Connection(uuid.uuid4(), self.host, port, require_signing=True)
        # The library waits ten minutes for an answer and then asks whether the server lives; there is no public way
        # to say otherwise for one connection.
        connection._receive_timeout = int(self._timeout_s)  # pyright: ignore[reportPrivateUsage]
        self.connections[f"{self.host.lower()}:{port}"] = connection
        connection.connect(timeout=int(self._timeout_s))
        smbclient.register_session(self.host, connection_timeout=int(self._timeout_s), **self._options)

    def place(self, path: str) -> str:
        """A path as Windows writes it."""
        return "\\\\" + "\\".join((self.host, *path.split("/")))

    def scan(self, path: str) -> list[Entry]:
        """A folder's entries from the listing alone; `ls` would ask for each file once more."""
        entries: list[Entry] = []
        with smbclient.scandir(self.place(path), **self._options) as found:
            for item in found:
                attributes = item.smb_info.file_attributes
                kind = EntryKind.FOLDER if attributes & _FOLDER_ATTRIBUTE else EntryKind.FILE
                # A folder may point anywhere, even above itself; a file may be a mere place-holder of its server.
                if attributes & _LINK_ATTRIBUTE and (kind is EntryKind.FOLDER or item.is_symlink()):
                    kind = EntryKind.LINK
                size = item.smb_info.end_of_file
                mark = content_mark(size, times=[item.smb_info.last_write_time, item.smb_info.change_time])
                entries.append(Entry(name=item.name, kind=kind, size_bytes=size, mark=mark))
        return entries

    def open_shared(self, path: str) -> Any:
        """A file for reading, without keeping others from it."""
        return smbclient.open_file(self.place(path), "rb", buffering=0, share_access=_SHARED, **self._options)

    def descriptor(self, path: str) -> bytes:
        """A file's security descriptor with its access list."""
        access = FilePipePrinterAccessMask.READ_CONTROL
        opened: Any = smbclient.open_file(
            self.place(path), "rb", buffering=0, share_access=_SHARED, desired_access=access, **self._options
        )
        with opened:
            handle = opened.fd
            request = SMB2QueryInfoRequest()
            request["info_type"] = InfoType.SMB2_0_INFO_SECURITY
            request["output_buffer_length"] = _MOST_DESCRIPTOR_BYTES
            request["additional_information"] = _DACL_INFORMATION
            request["file_id"] = handle.file_id
            tree = handle.tree_connect
            sent = handle.connection.send(request, sid=tree.session.session_id, tid=tree.tree_connect_id)
            response = SMB2QueryInfoResponse()
            response.unpack(handle.connection.receive(sent)["data"].get_value())
            return bytes(response["buffer"].get_value())

    def drop(self) -> None:
        """Close the connection without asking the server."""
        for connection in self.connections.values():
            transport = cast(Any, connection.transport)
            if transport is not None:
                transport.close()
        self.connections.clear()


class SmbRemoteStore:
    """A share, or a folder of it. The user name may be `DOMAIN\\name` or `name@domain`."""

    def __init__(self, location: SourceLocation, credentials: Credentials, *, timeout_s: float = 30.0) -> None:
        self._location = location
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._filesystem: _Files | None = None

    def _connected(self) -> _Files:
        if self._filesystem is None:
            filesystem = _Files(self._location, self._credentials, self._timeout_s)
            try:
                filesystem.sign_in()
            except BaseException:
                filesystem.drop()
                raise
            self._filesystem = filesystem
        return self._filesystem

    def _path(self, path: str) -> str:
        return "/".join(part for part in (self._location.path, path) if part)

    def list_folder(self, path: str) -> Folder:
        """A folder's entries."""
        return Folder(entries=self._connected().scan(self._path(path)))

    def open_file(self, path: str) -> OpenFile:
        """A file's content."""
        return cast(OpenFile, self._connected().open_shared(self._path(path)))

    def read_access_list(self, path: str) -> tuple[frozenset[str] | None, str]:
        """The groups that may read a file, by their security identifiers."""
        return groups_of_descriptor(self._connected().descriptor(self._path(path)))

    def classify(self, error: Exception) -> tuple[Trouble, str]:
        """See `RemoteStore`."""
        if isinstance(error, SMBAuthenticationError | SpnegoError):
            return Trouble.REFUSED, "user name or password is wrong"
        if isinstance(error, SMBOSError):
            return _by_status(error.ntstatus)
        if isinstance(error, SMBResponseException):
            return _by_status(error.status)
        return classify_os_error(error)

    def close(self) -> None:
        """Drop the connection."""
        filesystem, self._filesystem = self._filesystem, None
        if filesystem is not None:
            filesystem.drop()


def _by_status(status: int) -> tuple[Trouble, str]:
    if status in _REFUSED:
        return Trouble.REFUSED, "user name or password is wrong, or the account is locked"
    if status == NtStatus.STATUS_ACCESS_DENIED:
        return Trouble.FORBIDDEN, "permission denied"
    if status in _MISSING:
        return Trouble.MISSING, "there is no such share, file or folder"
    if status in _UNREADABLE:
        return Trouble.UNREADABLE, f"the server answers {status:#010x}"
    return Trouble.AWAY, f"the server answers {status:#010x}"
