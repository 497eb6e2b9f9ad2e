"""What runs inside the child: chooses a parser for each file and assembles what it found."""

import importlib
from pathlib import Path
from typing import Any

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import DocumentPasswords
from sourcier_core.errors import DocumentCorrupt, DocumentError, DocumentUnreadable


def parse_files(
    files: list[tuple[str, str]], max_file_bytes: int, recognition_data: str | None, passwords: DocumentPasswords
) -> list[ParsedDocument | DocumentError]:
    """Parse (path, original name) pairs; a bad file gives its error.

    The parsers are imported here, in the child (its clean server has them ready), never in the application.
    """
    examined: Any = importlib.import_module("sourcier_ingest.parsing.examined")
    outcomes: list[ParsedDocument | DocumentError] = []
    for path, name in files:
        try:
            outcomes.append(examined.parse_and_examine(Path(path), name, max_file_bytes, recognition_data, passwords))
        except DocumentError as error:
            outcomes.append(error)
        except OSError as error:
            outcomes.append(DocumentUnreadable(f"The file cannot be read: {error.strerror}."))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a parsing library met what its authors did not foresee: this file fails, no other
            outcomes.append(DocumentCorrupt("The file cannot be read; it may be damaged."))
    return outcomes
