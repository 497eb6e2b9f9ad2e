"""Conversion by LibreOffice, where it is installed: its own profile, its own time limit, inside the child's limits."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psutil

from sourcier_core.errors import ConverterMissing, DocumentCorrupt, DocumentTooLarge, ParsingTimedOut

_PROGRAMS = ("soffice", "libreoffice")
_MOST_BYTES = 512 << 20
_FILTERS = {".docx": "docx:MS Word 2007 XML", ".pptx": "pptx:Impress MS PowerPoint 2007 XML"}


def converter() -> str | None:
    """The program's path; None where LibreOffice is not installed."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def _run(command: list[str], folder: Path, time_s: float) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=time_s)
    except subprocess.TimeoutExpired as error:
        raise ParsingTimedOut(f"LibreOffice took longer than {time_s:.0f} s and was stopped.") from error
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop the program with all it started. It stays in the child's process group, which is killed with the child."""
    with contextlib.suppress(psutil.Error):
        for started in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                started.kill()
    process.kill()
    process.wait()


def convert(path: Path, folder: Path, suffix: str, target: str, time_s: float) -> Path:
    """Convert `path` (a file of kind `suffix`) to `target` (`.docx` or `.pptx`) inside `folder`; the file made.

    Macros and links are not followed: a fresh profile allows neither, and the child has no network.

    Raises:
        ConverterMissing: LibreOffice is not installed.
        ParsingTimedOut: it took longer than `time_s`.
        DocumentCorrupt, DocumentTooLarge: it made nothing of the file, or too much.
    """
    program = converter()
    if program is None:
        raise ConverterMissing(f"{suffix} files are read through LibreOffice, which is not installed on this server.")
    given, made = folder / f"document{suffix}", folder / "made" / f"document{target}"
    shutil.copyfile(path, given)
    profile = folder / "profile"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
    command += ["--convert-to", _FILTERS[target], "--outdir", str(made.parent), str(given)]
    _run(command, folder, time_s)
    if not made.is_file() or made.stat().st_size == 0:
        raise DocumentCorrupt("LibreOffice cannot open this file; it may be damaged.")
    if made.stat().st_size > _MOST_BYTES:
        raise DocumentTooLarge("The converted document is too large.")
    return made
