"""`python -m sourcier_evaluation.bare_reading SUFFIX`: reads files with nothing but a format's usual library.

A process of its own, so that its memory can be seen. It reads the first file once to be warm, says `ready`, reads all
when it gets a line, and says how many seconds that took.
"""

import csv
import email
import email.policy
import importlib
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pypdfium2
import xlrd
from lxml import html

from sourcier_ingest.parsing.libre_office import converter
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA


def _pdf(path: Path) -> None:
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            page.get_textpage().get_text_range()


def _docx(path: Path) -> None:
    document = docx.Document(str(path))
    "\n".join(paragraph.text for paragraph in document.paragraphs)
    [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


def _xlsx(path: Path) -> None:
    for sheet in openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets:
        list(sheet.iter_rows(values_only=True))


def _pptx(path: Path) -> None:
    slides: Any = pptx.Presentation(str(path)).slides
    for slide in slides:
        [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        if slide.has_notes_slide:
            slide.notes_slide.notes_text_frame.text  # noqa: B018 - reading it is the work


def _xls(path: Path) -> None:
    with Path("/dev/null").open("w") as silence:
        book = xlrd.open_workbook(str(path), logfile=silence)
    for sheet in book.sheets():
        [sheet.row_values(row) for row in range(sheet.nrows)]


def _html(path: Path) -> None:
    html.fromstring(path.read_bytes()).text_content()


def _text(path: Path) -> None:
    path.read_text("utf-8", "replace")


def _markdown(path: Path) -> None:
    library: Any = importlib.import_module("markdown")
    html.fromstring(library.markdown(path.read_text("utf-8"))).text_content()


def _csv(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as stream:
        list(csv.reader(stream, delimiter=";"))


def _zipped_markup(path: Path) -> None:
    parser = html.etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".xhtml")):
                "".join(html.etree.fromstring(archive.read(name), parser).itertext())


def _mail(path: Path) -> None:
    message: Any = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            if part.get_content_subtype() == "html":
                html.fromstring(content).text_content()


def _outlook(path: Path) -> None:
    library: Any = importlib.import_module("oxmsg")
    message = library.Message.load(str(path))
    _ = (message.subject, message.body)


def _picture(path: Path) -> None:
    library: Any = importlib.import_module("tesserocr")
    pictures: Any = importlib.import_module("PIL.Image")
    sequence: Any = importlib.import_module("PIL.ImageSequence")
    with pictures.open(path) as opened, library.PyTessBaseAPI(path=str(DEFAULT_DATA), lang="fra") as engine:
        for frame in sequence.Iterator(opened):
            engine.SetImage(frame.convert("L"))
            engine.GetUTF8Text()


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        [archive.read(name) for name in archive.namelist()]


def _converted(target: str, read: Callable[[Path], None]) -> Callable[[Path], None]:
    def convert(path: Path) -> None:
        program = converter()
        assert program is not None
        with tempfile.TemporaryDirectory(prefix="sourcier-bare-") as folder:
            profile = (Path(folder) / "profile").as_uri()
            command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", target]
            subprocess.run([*command, "--outdir", folder, str(path)], check=True, capture_output=True)
            read(Path(folder) / f"{path.stem}.{target}")

    return convert


BARE: dict[str, tuple[str, Callable[[Path], None] | None]] = {
    ".pdf": ("pypdfium2", _pdf),
    ".docx": ("python-docx", _docx),
    ".xlsx": ("openpyxl", _xlsx),
    ".pptx": ("python-pptx", _pptx),
    ".html": ("lxml", _html),
    ".txt": ("none: read as UTF-8", _text),
    ".md": ("Markdown, lxml", _markdown),
    ".csv": ("csv", _csv),
    ".rtf": ("none", None),
    ".odt": ("zipfile, lxml", _zipped_markup),
    ".odp": ("zipfile, lxml", _zipped_markup),
    ".ods": ("zipfile, lxml", _zipped_markup),
    ".xls": ("xlrd", _xls),
    ".doc": ("LibreOffice, python-docx", _converted("docx", _docx)),
    ".ppt": ("LibreOffice, python-pptx", _converted("pptx", _pptx)),
    ".eml": ("email", _mail),
    ".msg": ("python-oxmsg", _outlook),
    ".epub": ("zipfile, lxml", _zipped_markup),
    ".mhtml": ("email, lxml", _mail),
    ".png": ("tesserocr", _picture),
    ".tiff": ("tesserocr", _picture),
    ".zip": ("zipfile", _archive),
}
"""For each format the library's name and how it reads a file; None where no dependency of ours reads the format."""


def main() -> None:
    """Read the files named by the first line of the input (a JSON list)."""
    read = BARE[sys.argv[1]][1]
    assert read is not None
    files = [Path(name) for name in json.loads(sys.stdin.readline())]
    read(files[0])
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    for path in files:
        read(path)
    print(time.perf_counter() - started, flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
