"""Opens Office and OpenDocument files that ask for a password with those kept for their corpus, inside the child.

Office 2007 and later by AES (ECMA-376, agile and standard), XLS, DOC and PPT by RC4 or XOR; OpenDocument by AES.
"""

import contextlib
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from msoffcrypto import OfficeFile
from msoffcrypto.exceptions import InvalidKeyError

from sourcier_core.domain.passwords import DocumentPasswords
from sourcier_core.errors import DocumentEncrypted, DocumentError, DocumentTooLarge
from sourcier_ingest.parsing.extraction import SourceFile
from sourcier_ingest.parsing.open_document_protection import is_protected, unlock_open_document

_EXCELS_OWN = "VelvetSweatshop"
"""Known to all: Excel encrypts write-protected workbooks with it, and opens them without asking."""
_UNKNOWN_PROTECTION = "The file is protected in a way that Sourcier cannot undo with a password."


def refusal_after(passwords: DocumentPasswords) -> DocumentEncrypted:
    """What to say of a file that none of `passwords` opens. Holds how many they are, and none of them."""
    if passwords.unreadable:
        return DocumentEncrypted(
            "The file is protected by a password, and those kept for its corpus cannot be decrypted: bring the key "
            "file back from a backup, or enter them again."
        )
    count = len(passwords.values)
    if count == 0:
        return DocumentEncrypted(
            "The file is protected by a password, and none is kept for its corpus: add it there, and try again."
        )
    if count == 1:
        return DocumentEncrypted(
            "The file is protected by a password, and the one that is kept for its corpus does not open it: "
            "add the right one, and try again."
        )
    return DocumentEncrypted(
        f"The file is protected by a password, and none of the {count} that are kept for its corpus opens it: "
        "add the right one, and try again."
    )


def passwords_in_time(source: SourceFile) -> Iterator[str]:
    """Those to try, until the time for that is used up: a hostile file can make each try slow."""
    ends = time.monotonic() + source.limits.password_time_s
    for password in source.passwords.values:
        if time.monotonic() > ends:
            return
        yield password


@contextlib.contextmanager
def unlocked(source: SourceFile, refusal: DocumentEncrypted) -> Generator[SourceFile]:
    """The same file without its protection, in the child's own temporary folder, while the block lasts.

    Raises:
        DocumentEncrypted: no password opens it; `refusal` itself for a format whose passwords are not tried here.
        DocumentTooLarge: what it holds is over the limit.
    """
    if is_protected(source):
        unlock = _unlock_open_document
    elif source.compound_streams is not None:
        unlock = _unlock_office_file
    else:
        raise refusal
    with tempfile.TemporaryDirectory(prefix="unlocked-") as folder:
        place = Path(folder) / "file"
        unlock(source, place)
        if place.stat().st_size > source.limits.max_file_bytes:
            raise DocumentTooLarge("What the file holds is over the limit.")
        yield SourceFile(path=place, name=source.name, limits=source.limits)


def _unlock_open_document(source: SourceFile, place: Path) -> None:
    """Write the file to `place` without its protection. Raises DocumentEncrypted, DocumentHostile."""
    try:
        is_open = unlock_open_document(source, passwords_in_time(source), place)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # what the manifest says of the protection makes no sense
        raise DocumentEncrypted(_UNKNOWN_PROTECTION) from error
    if not is_open:
        raise refusal_after(source.passwords)


def _unlock_office_file(source: SourceFile, place: Path) -> None:
    """Write the file to `place` without its protection. Raises DocumentEncrypted."""
    refusal = DocumentEncrypted(_UNKNOWN_PROTECTION)
    with source.path.open("rb") as stream:
        for password in (_EXCELS_OWN, *passwords_in_time(source)):
            try:
                return _unlock_with(password, stream, place)
            except InvalidKeyError:
                refusal = refusal_after(source.passwords)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - msoffcrypto raises many kinds: damaged, unknown, too long
                refusal.__cause__ = error
    raise refusal


def _unlock_with(password: str, stream: BinaryIO, place: Path) -> None:
    """Raises InvalidKeyError, and others for what cannot be opened by any password."""
    office: Any = OfficeFile(stream)
    checked = {"verify_password": True} if office.format == "ooxml" else {}  # older formats always verify
    office.load_key(password=password, **checked)
    with place.open("wb") as made:
        office.decrypt(made)
