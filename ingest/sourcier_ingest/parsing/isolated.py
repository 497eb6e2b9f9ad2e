"""The document parser: every file is read in a limited child."""

from collections.abc import Sequence
from pathlib import Path

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import (
    DocumentError,
    DocumentTooLarge,
    DocumentUnreadable,
    ParsingCrashed,
    ParsingOutOfMemory,
    ParsingTimedOut,
)
from sourcier_core.isolation import ChildLimits, IsolatedRunner
from sourcier_ingest.parsing.entry import parse_files

_TEMPORARY_MB = 64
"""Less free than this in the temporary folder is a full disk; a load waits then instead of failing its files."""
PRELOADED = ("sourcier_ingest.parsing.preloaded",)


class IsolatedDocumentParser:
    """`DocumentParser` whose children have no network and limited time, memory and output. Thread-safe."""

    def __init__(
        self,
        *,
        wall_time_s: float,
        cpu_time_s: float,
        memory_mb: int,
        max_file_mb: int,
        ocr_data_dir: Path | None,
    ) -> None:
        self._max_file_bytes = max_file_mb << 20
        self._recognition_data = ocr_data_dir
        self._runner = IsolatedRunner(
            PRELOADED,
            ChildLimits(wall_time_s=wall_time_s, cpu_time_s=cpu_time_s, memory_mb=memory_mb),
            temporary_mb=_TEMPORARY_MB,
        )

    def parse_many(
        self, files: Sequence[tuple[Path, str]], passwords: DocumentPasswords = NO_PASSWORDS
    ) -> list[ParsedDocument | DocumentError]:
        """Parse (path of the bytes, original file name) pairs, in order; a bad file is a value, never an exception.

        `passwords` are tried on those that ask for one; they go to the child over its socket, with the files' names.

        The files share one child. When it dies each file is tried alone, so that only the culprit fails.
        """
        if not files:
            return []
        described = [(str(path.absolute()), name) for path, name in files]
        recognition = None if self._recognition_data is None else str(self._recognition_data)
        try:
            return self._runner.run(parse_files, described, self._max_file_bytes, recognition, passwords)
        except (ParsingTimedOut, ParsingOutOfMemory, ParsingCrashed, DocumentTooLarge) as error:
            if len(files) == 1:
                return [error]
        except OSError as error:
            return [DocumentUnreadable(f"The file cannot be read: {error.strerror}.")] * len(files)
        return [outcome for file in files for outcome in self.parse_many([file], passwords)]

    def close(self) -> None:
        """Stop the children."""
        self._runner.close()
