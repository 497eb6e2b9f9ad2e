#!/usr/bin/env python3
"""Writes the example documents again from `sources/`: `python examples/build_examples.py [--output FOLDER]`.

Each file `sources/<path>.md` becomes `documents/<path>`; the ending of <path> chooses the format.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from example_writers.markup import Source, read_source
from example_writers.pdf import write_pdf
from example_writers.plain import write_mail, write_markdown, write_text
from example_writers.scan import write_scan
from example_writers.slides import write_slides
from example_writers.web_page import write_web_page
from example_writers.word import write_word
from example_writers.workbook import write_workbook

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources"
WRITERS: dict[str, Callable[[Source, Path], None]] = {
    ".docx": write_word,
    ".eml": write_mail,
    ".html": write_web_page,
    ".md": write_markdown,
    ".pdf": write_pdf,
    ".pptx": write_slides,
    ".txt": write_text,
    ".xlsx": write_workbook,
}


def build(output: Path) -> list[Path]:
    """Write every document under `output` and return their paths, in order."""
    written: list[Path] = []
    for path in sorted(SOURCES.rglob("*.md")):
        source = read_source(path)
        target = output / path.relative_to(SOURCES).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        write = write_scan if source.attributes.get("layout") == "scan" else WRITERS[target.suffix]
        write(source, target)
        written.append(target)
    return written


def main() -> None:
    """Build into `documents/`, or into the folder given, and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=HERE / "documents")
    output = parser.parse_args().output
    for path in build(output):
        print(f"{path.stat().st_size:>9,}  {path.relative_to(output)}")


if __name__ == "__main__":
    main()
