"""Writes a set's documents as files of every format that is read, to measure parsers on."""

import csv
import html
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
from PIL import Image

from sourcier_evaluation.fidelity import rendered
from sourcier_evaluation.open_document_files import odp, ods, odt, packed
from sourcier_evaluation.outlook_files import outlook_message
from sourcier_evaluation.scans import Scan, scanned
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.parsing.libre_office import converter

_SCAN = Scan(name="clean")
_CONVERTED = {".doc": (".docx", "doc"), ".ppt": (".pptx", "ppt"), ".xls": (".xlsx", "xls")}
_SLOW = frozenset({".doc", ".ppt", ".png", ".tiff"})
_SLOW_SHARE = 10
_MEMBERS_OF_AN_ARCHIVE = 5
_CONVERSION_S = 600
_CHARACTERS_A_SLIDE = 600


def _docx(title: str, parts: Sequence[str]) -> bytes:
    document = docx.Document()
    document.add_heading(title, 1)
    for part in parts:
        document.add_paragraph(part)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _xlsx(title: str, parts: Sequence[str]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row, part in enumerate(parts, start=1):
        sheet.cell(row, 1, row)
        sheet.cell(row, 2, part.lstrip("="))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _grouped(parts: Sequence[str]) -> list[str]:
    """Paragraphs put together until they fill a slide."""
    groups = [""]
    for part in parts:
        if len(groups[-1]) + len(part) > _CHARACTERS_A_SLIDE and groups[-1]:
            groups.append("")
        groups[-1] = f"{groups[-1]} {part}".strip()
    return groups


def _pptx(title: str, parts: Sequence[str]) -> bytes:
    show = pptx.Presentation()
    for part in _grouped(parts):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.placeholders[0].text = title  # pyright: ignore[reportAttributeAccessIssue] - python-pptx's own types say too little
        slide.placeholders[1].text = part  # pyright: ignore[reportAttributeAccessIssue]
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def _html(title: str, parts: Sequence[str]) -> bytes:
    body = "".join(f"<p>{html.escape(part)}</p>" for part in parts)
    heading = html.escape(title)
    return f"<!doctype html><html><meta charset=utf-8><title>{heading}</title><h1>{heading}</h1>{body}</html>".encode()


def _csv(title: str, parts: Sequence[str]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";").writerows([["nombre", "texte"], *enumerate(parts, start=1)])
    return stream.getvalue().encode()


def _rtf(title: str, parts: Sequence[str]) -> bytes:
    def escaped(text: str) -> str:
        units = memoryview(text.encode("utf-16-le")).cast("H").tolist()
        return "".join(
            f"\\u{unit - (unit > 0x7FFF) * 0x10000}?"
            if unit > 126
            else f"\\{chr(unit)}"
            if unit in b"\\{}"
            else chr(unit)
            for unit in units
        )

    body = "".join(rf"\pard {escaped(part)}\par" + "\n" for part in parts)
    return (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard\b " + escaped(title) + r"\b0\par " + body + "}"
    ).encode()


def _message(title: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "anne@example.org", "tous@example.org"
    message["Subject"] = title
    return message


def _eml(title: str, parts: Sequence[str]) -> bytes:
    message = _message(title)
    message.set_content("\n\n".join(parts))
    return message.as_bytes()


def _mhtml(title: str, parts: Sequence[str]) -> bytes:
    message = _message(title)
    message["Snapshot-Content-Location"] = "https://intranet.example.org/page"
    message.add_related(_html(title, parts).decode(), subtype="html", cid="<page@mhtml.blink>")
    return message.as_bytes()


def _epub(title: str, parts: Sequence[str]) -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{html.escape(title)}</dc:title></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine>'
        "</package>"
    )
    body = "".join(f"<p>{html.escape(part)}</p>" for part in parts)
    page = (
        f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
    )
    kind = "application/epub+zip"
    return packed({"mimetype": kind, "META-INF/container.xml": container, "book.opf": package, "a.xhtml": page})


_BUILDERS: Mapping[str, Callable[[str, Sequence[str]], bytes]] = {
    ".docx": _docx,
    ".xlsx": _xlsx,
    ".pptx": _pptx,
    ".html": _html,
    ".txt": lambda title, parts: "\n\n".join([title, *parts]).encode(),
    ".md": lambda title, parts: "\n\n".join([f"# {title}", *parts]).encode(),
    ".csv": _csv,
    ".rtf": _rtf,
    ".odt": odt,
    ".odp": lambda title, parts: odp(title, _grouped(parts)),
    ".ods": ods,
    ".eml": _eml,
    ".msg": lambda title, parts: outlook_message(title, "\r\n\r\n".join(parts)),
    ".mhtml": _mhtml,
    ".epub": _epub,
}


def _write(folder: Path, suffix: str, contents: Iterable[bytes]) -> None:
    for number, content in enumerate(contents):
        (folder / f"{number:05}{suffix}").write_bytes(content)


def _tiff(first: bytes, second: bytes) -> bytes:
    """Two pictures as the pages of one file."""
    stream = io.BytesIO()
    with Image.open(io.BytesIO(first)) as one, Image.open(io.BytesIO(second)) as two:
        one.save(stream, "TIFF", save_all=True, append_images=[two], dpi=(_SCAN.resolution, _SCAN.resolution))
    return stream.getvalue()


def _archives(texts: Sequence[bytes]) -> list[bytes]:
    made: list[bytes] = []
    for start in range(0, len(texts), _MEMBERS_OF_AN_ARCHIVE):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, text in enumerate(texts[start : start + _MEMBERS_OF_AN_ARCHIVE]):
                archive.writestr(f"texte {number}.txt", text)
        made.append(stream.getvalue())
    return made


def _convert(folder: Path, suffix: str) -> None:
    """Files of an office format of before 2007, made by LibreOffice from those of today's."""
    source, target = _CONVERTED[suffix]
    program = converter()
    files = sorted(folder.glob(f"*{source}"))
    if program is None or not files:
        return
    if suffix in _SLOW:
        files = files[: max(2, len(files) // _SLOW_SHARE)]
    profile = folder / "profile"
    command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
    command += ["--convert-to", target, "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=_CONVERSION_S)
    shutil.rmtree(profile, ignore_errors=True)


def write_files(documents: Sequence[EvaluationDocument], folder: Path) -> None:
    """Write every document in every format; a tenth of them where reading takes seconds (DOC, PPT, pictures).

    PDF and pictures hold what fits on a page; a TIFF has two pages, a ZIP five texts. DOC, PPT and XLS need LibreOffice
    and are left out without it.
    """
    split = [(one.title or one.id, [" ".join(part.split()) for part in one.text.split("\n")]) for one in documents]
    texts = [(title, list(filter(None, parts))) for title, parts in split]
    for suffix, build in _BUILDERS.items():
        _write(folder, suffix, (build(title, parts) for title, parts in texts))
    pages = list(rendered(documents, 1))
    _write(folder, ".pdf", (page.content for page in pages))
    pictures = [scanned(page, _SCAN).content for page in pages[: max(2, len(pages) // _SLOW_SHARE)]]
    _write(folder, ".png", pictures)
    _write(folder, ".tiff", (_tiff(*pair) for pair in zip(pictures[::2], pictures[1::2], strict=False)))
    _write(folder, ".zip", _archives([text.read_bytes() for text in sorted(folder.glob("*.txt"))]))
    for suffix in _CONVERTED:
        _convert(folder, suffix)
