"""Takes the protection from OpenDocument files (ODF 1.2 and 1.3: AES-256 in CBC mode, its key by PBKDF2).

Only the parts that are read are decrypted: the content and the properties.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from sourcier_core.errors import DocumentEncrypted, DocumentError, DocumentHostile
from sourcier_ingest.parsing.archives import check_archive
from sourcier_ingest.parsing.extraction import SourceFile
from sourcier_ingest.parsing.markup import XmlElement, parse_xml

MANIFEST = "META-INF/manifest.xml"
_PARTS = ("content.xml", "meta.xml")
_NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_CIPHERS = frozenset(["http://www.w3.org/2001/04/xmlenc#aes256-cbc"])
_START_KEYS = frozenset(["http://www.w3.org/2000/09/xmldsig#sha256", "http://www.w3.org/2001/04/xmlenc#sha256"])
_DERIVATIONS = frozenset(["PBKDF2", "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#pbkdf2"])
_CHECKSUM = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k"
_MOST_ITERATIONS = 5_000_000
_ALWAYS_HARMLESS_BYTES = 1 << 20


def is_protected(source: SourceFile) -> bool:
    """Whether it is an archive without harm, whose manifest says that parts are encrypted."""
    if MANIFEST not in (source.archive_members or ()):
        return False
    try:
        check_archive(source, (MANIFEST,))
    except DocumentError:
        return False
    with ZipFile(source.path) as archive:
        return b"encryption-data" in archive.read(MANIFEST)


def unlock_open_document(source: SourceFile, passwords: Iterable[str], place: Path) -> bool:
    """Write a file that `is_protected` to `place` without its protection; False when no password opens it.

    Raises:
        DocumentEncrypted: it is protected in another way.
        DocumentHostile: it expands to more than a document ever does.
    """
    with ZipFile(source.path) as archive:
        protected = _protected_parts(parse_xml(archive.read(MANIFEST)))
        if _PARTS[0] not in protected:
            raise DocumentEncrypted("The file is protected in a way that Sourcier cannot undo with a password.")
        stored = {name: archive.read(name) for name in protected}
        kind = archive.read("mimetype") if "mimetype" in archive.namelist() else b""
    for password in passwords:
        parts = _decrypted(stored, protected, hashlib.sha256(password.encode()).digest())
        if parts is not None:
            _write(place, kind, {name: _inflated(part, source) for name, part in parts.items()})
            return True
    return False


def _protected_parts(manifest: XmlElement) -> dict[str, "_Protection"]:
    return {
        name: _Protection(entry)
        for entry in manifest.iter(f"{_NAMESPACE}file-entry")
        if (name := entry.get(f"{_NAMESPACE}full-path")) in _PARTS
        and entry.find(f"{_NAMESPACE}encryption-data") is not None
    }


class _Protection:
    """How one part is encrypted. Raises DocumentEncrypted for a way that is not known."""

    def __init__(self, entry: XmlElement) -> None:
        data = entry.find(f"{_NAMESPACE}encryption-data")
        algorithm, start, derivation = (
            data.find(_NAMESPACE + name) for name in ("algorithm", "start-key-generation", "key-derivation")
        )
        self.iterations = int(_value(derivation, "iteration-count"))
        is_known = (
            _value(algorithm, "algorithm-name") in _CIPHERS
            and _value(start, "start-key-generation-name") in _START_KEYS
            and _value(derivation, "key-derivation-name") in _DERIVATIONS
            and _value(data, "checksum-type") == _CHECKSUM
            and 0 < self.iterations <= _MOST_ITERATIONS
        )
        if not is_known:
            raise DocumentEncrypted("The file is protected in a way that Sourcier cannot undo with a password.")
        self.salt = base64.b64decode(_value(derivation, "salt"))
        self.start = base64.b64decode(_value(algorithm, "initialisation-vector"))
        self.checksum = base64.b64decode(_value(data, "checksum"))

    def decrypted(self, stored: bytes, start_key: bytes) -> bytes | None:
        """What was encrypted (deflated); None when the key is not the right one."""
        key = hashlib.pbkdf2_hmac("sha1", start_key, self.salt, self.iterations, 32)
        cipher = Cipher(AES(key), CBC(self.start)).decryptor()
        plain = cipher.update(stored) + cipher.finalize()
        plain = plain[: len(plain) - plain[-1]] if plain and plain[-1] <= 16 else plain
        return plain if hashlib.sha256(plain[:1024]).digest() == self.checksum else None


def _value(element: XmlElement | None, name: str) -> str:
    return "" if element is None else str(element.get(_NAMESPACE + name, "0" if name == "iteration-count" else ""))


def _decrypted(
    stored: Mapping[str, bytes], protected: Mapping[str, _Protection], start_key: bytes
) -> dict[str, bytes] | None:
    parts: dict[str, bytes] = {}
    for name in sorted(protected):  # the content first: a wrong password costs one derivation
        plain = protected[name].decrypted(stored[name], start_key)
        if plain is None:
            return None
        parts[name] = plain
    return parts


def _inflated(deflated: bytes, source: SourceFile) -> bytes:
    most = max(_ALWAYS_HARMLESS_BYTES, len(deflated) * source.limits.max_archive_ratio)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(deflated, most)
    if inflater.unconsumed_tail:
        raise DocumentHostile("The archive is a bomb: a part expands to more than a document ever does.")
    return plain


def _write(place: Path, kind: bytes, parts: Mapping[str, bytes]) -> None:
    with ZipFile(place, "w", ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind)
        for name, content in parts.items():
            archive.writestr(name, content)
