"""Formats of before 2007 that LibreOffice converts: with it, without it, and when it fails or never ends."""

import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from parsing import document_builders as builders
from parsing.compound_builders import compound
from parsing.described import check_promises
from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.errors import ConverterMissing, DocumentCorrupt, DocumentEncrypted, DocumentError, ParsingTimedOut
from sourcier_ingest.parsing.extraction import ParseLimits, SourceFile
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_ingest.parsing.legacy_office_formats import LegacyPresentationParser, LegacyWordParser
from sourcier_ingest.parsing.libre_office import convert, converter

SHELLS = {
    ".doc": compound({"WordDocument": bytes(4096)}),
    ".ppt": compound({"PowerPoint Document": bytes(4096), "Current User": bytes(40)}),
}
PARSERS = {".doc": LegacyWordParser(), ".ppt": LegacyPresentationParser()}


def _program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program named soffice first in the path."""
    (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "soffice").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize("suffix", SHELLS)
def test_without_libre_office_the_reason_names_it(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(SHELLS[suffix])
    monkeypatch.setenv("PATH", str(tmp_path))
    source = SourceFile(path=tmp_path / "file", name=f"a{suffix}", limits=ParseLimits())
    assert PARSERS[suffix].bid(source) > 0.9
    with pytest.raises(ConverterMissing, match="LibreOffice"):
        PARSERS[suffix].parse(source)


@pytest.mark.parametrize(
    ("suffix", "streams"),
    [
        (".doc", {"WordDocument": bytes(10) + b"\x00\x01" + bytes(5000)}),
        (".ppt", {"PowerPoint Document": bytes(5000), "Current User": bytes(12) + b"\xdf\xc4\xd1\xf3" + bytes(24)}),
    ],
)
def test_a_password_is_seen_before_any_conversion(
    suffix: str, streams: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").write_bytes(compound({**streams}))
    with pytest.raises(DocumentEncrypted):
        PARSERS[suffix].parse(SourceFile(path=tmp_path / "file", name=f"a{suffix}", limits=ParseLimits()))


def test_a_conversion_that_never_ends_is_stopped_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, f"sleep 60 & echo $! > {tmp_path}/started; wait", monkeypatch)
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "work").mkdir()
    begun = time.monotonic()
    with pytest.raises(ParsingTimedOut):
        convert(tmp_path / "file", tmp_path / "work", ".doc", ".docx", 1.0)
    assert time.monotonic() - begun < 20
    started = Path("/proc") / (tmp_path / "started").read_text().strip() / "stat"
    assert not started.exists() or started.read_text().split()[2] == "Z"


def test_a_conversion_that_makes_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "exit 0", monkeypatch)
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "work").mkdir()
    with pytest.raises(DocumentCorrupt):
        convert(tmp_path / "file", tmp_path / "work", ".doc", ".docx", 10.0)


@pytest.mark.skipif(
    converter() is None, reason="LibreOffice is not installed (Debian: libreoffice-writer-nogui, -impress-nogui)"
)
@pytest.mark.parametrize(("suffix", "kind"), [(".doc", ".docx"), (".ppt", ".pptx")])
def test_a_real_document_is_read_through_libre_office(
    suffix: str, kind: str, document_parser: IsolatedDocumentParser, tmp_path: Path
) -> None:
    (tmp_path / f"a{kind}").write_bytes(builders.BUILDERS[kind]())
    program = converter() or ""
    profile = (tmp_path / "profile").as_uri()
    command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", suffix[1:], f"a{kind}"]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=100, capture_output=True)
    shutil.rmtree(tmp_path / "profile")
    (tmp_path / "broken").write_bytes((tmp_path / f"a{suffix}").read_bytes()[:3000])
    files = [(tmp_path / f"a{suffix}", f"a{suffix}"), (tmp_path / "broken", f"b{suffix}")]
    read, broken = document_parser.parse_many(files)
    assert isinstance(read, ParsedDocument), read
    check_promises(read)
    assert builders.SENTENCE in read.text
    assert read.parser.startswith(suffix[1:])
    assert isinstance(broken, DocumentError)
    assert broken.code == "document_corrupt"
