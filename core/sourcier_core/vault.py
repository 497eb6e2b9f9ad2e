"""Keeps sources' credentials and documents' passwords encrypted, with a key in a file that only its owner can read.

A sealed record opens only with this key, for the source and the server, or the corpus, it was made for: whoever can
write to the database cannot make another one be given a password.
"""

import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.sources import Credentials, SourceId
from sourcier_core.errors import ConfigurationError, CredentialsUnreadable, StorageFull

KEY_FILE_NAME = "secrets.key"

_FORMAT = b"\x01"
_KEY_BYTES, _KEY_NAME_BYTES, _NONCE_BYTES = 32, 8, 12
_HEAD_BYTES = len(_FORMAT) + _KEY_NAME_BYTES + _NONCE_BYTES


class CredentialVault:
    """Seals and opens credentials with the key of a data directory; the key is made when it is first needed."""

    def __init__(self, data_directory: Path) -> None:
        self._key_file = data_directory / KEY_FILE_NAME

    def seal(self, credentials: Credentials, *, source_id: SourceId, origin: str) -> bytes:
        """Encrypt (AES-256-GCM) for one source and one server (`SourceLocation.origin`).

        Raises:
            ConfigurationError: the key file is damaged, or others may read it.
            StorageFull: the key file cannot be written.
        """
        return self._seal(asdict(credentials), _binding(source_id, origin))

    def open(self, sealed: bytes, *, source_id: SourceId, origin: str) -> Credentials:
        """Decrypt.

        Raises:
            CredentialsUnreadable: the key is missing or another one, or this was sealed for something else.
            ConfigurationError: the key file is damaged, or others may read it.
        """
        return Credentials(**self._open(sealed, _binding(source_id, origin), "credentials", "source or server"))

    def seal_passwords(self, passwords: Sequence[str], *, corpus_id: CorpusId) -> bytes:
        """Encrypt the passwords of one corpus's documents. Raises as `seal` does."""
        return self._seal(list(passwords), _corpus_binding(corpus_id))

    def open_passwords(self, sealed: bytes, *, corpus_id: CorpusId) -> tuple[str, ...]:
        """Decrypt them. Raises as `open` does."""
        return tuple(self._open(sealed, _corpus_binding(corpus_id), "passwords", "corpus"))

    def _seal(self, plain: object, binding: bytes) -> bytes:
        if not self._key_file.exists():
            self._make_key()
        key = self._read_key()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORMAT + _key_name(key) + nonce + AESGCM(key).encrypt(nonce, json.dumps(plain).encode(), binding)

    def _open(self, sealed: bytes, binding: bytes, what: str, owner: str) -> Any:
        if not self._key_file.exists():
            raise CredentialsUnreadable(
                f"The key file {KEY_FILE_NAME} is missing from the data directory: bring it back from a backup, "
                "or enter the credentials of every source and the passwords of every corpus again."
            )
        key = self._read_key()
        if sealed[:1] != _FORMAT or len(sealed) <= _HEAD_BYTES:
            raise CredentialsUnreadable(f"The stored {what} are damaged; enter them again.")
        if sealed[1 : 1 + _KEY_NAME_BYTES] != _key_name(key):
            raise CredentialsUnreadable(
                f"The {what} were stored with another key than the one in {KEY_FILE_NAME}: bring that one back "
                "from a backup, or enter them again."
            )
        nonce, encrypted = sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES], sealed[_HEAD_BYTES:]
        try:
            plain = AESGCM(key).decrypt(nonce, encrypted, binding)
        except InvalidTag as error:
            raise CredentialsUnreadable(
                f"The stored {what} were changed, or are for another {owner}; enter them again."
            ) from error
        return json.loads(plain)

    def _make_key(self) -> None:
        """Write a new key under another name, then link it into place: two processes end up with the same one."""
        draft = self._key_file.with_name(f"{KEY_FILE_NAME}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(secrets.token_bytes(_KEY_BYTES).hex().encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
                with contextlib.suppress(FileExistsError):
                    self._key_file.hardlink_to(draft)
                _sync_folder(self._key_file.parent)
            finally:
                draft.unlink()
        except OSError as error:
            raise StorageFull(f"The key file {KEY_FILE_NAME} cannot be written: {error.strerror}.") from error

    def _read_key(self) -> bytes:
        try:
            if stat.S_IMODE(self._key_file.stat().st_mode) & 0o077:
                raise ConfigurationError(
                    f"Others may read the key file {KEY_FILE_NAME} of the data directory: run chmod 600 on it."
                )
            key = bytes.fromhex(self._key_file.read_text("ascii").strip())
        except OSError as error:
            raise ConfigurationError(f"The key file {KEY_FILE_NAME} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise ConfigurationError(f"The key file {KEY_FILE_NAME} is damaged.") from error
        if len(key) != _KEY_BYTES:
            raise ConfigurationError(f"The key file {KEY_FILE_NAME} is damaged.")
        return key


def _key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"sourcier key name\x00" + key).digest()[:_KEY_NAME_BYTES]


def _binding(source_id: SourceId, origin: str) -> bytes:
    return f"{source_id}\x00{origin}".encode()


def _corpus_binding(corpus_id: CorpusId) -> bytes:
    return f"passwords of a corpus\x00{corpus_id}".encode()  # no source's: their bindings begin with a UUID


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
