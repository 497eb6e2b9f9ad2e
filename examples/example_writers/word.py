"""DOCX with headings, lists, tables and real footnotes."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from example_writers.archives import fix_archive_dates
from example_writers.markup import Block, Source

PIECES = re.compile(r"(\*\*.+?\*\*|\[\^\d+\])")
WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FOOTNOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
LIST_STYLES = {"bullet": "List Bullet", "number": "List Number"}


def write_word(source: Source, target: Path) -> None:
    """Write the source as a DOCX file."""
    document = docx.Document()
    properties = document.core_properties
    properties.title = source.title
    properties.author = "Ateliers Valmorel SAS"
    properties.subject = source.signature
    properties.language = source.attributes["language"]
    document.sections[0].header.paragraphs[0].text = f"Ateliers Valmorel – {source.attributes['reference']}"
    document.add_heading(source.title, level=0)
    document.add_paragraph(source.signature, style="Subtitle")
    for block in source.blocks[1:]:
        _add_block(document, block)
    if source.footnotes:
        _add_footnotes(document, source.footnotes)
    document.save(str(target))
    fix_archive_dates(target)


def _add_block(document: Document, block: Block) -> None:
    if block.kind == "heading":
        document.add_heading(block.text, level=block.level - 1)
    elif block.kind == "table":
        table = document.add_table(rows=len(block.rows), cols=len(block.rows[0]), style="Table Grid")
        for row, cells in zip(table.rows, block.rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                _add_runs(cell.paragraphs[0], text)
        for cell in table.rows[0].cells:
            cell.paragraphs[0].runs[0].bold = True
        document.add_paragraph()
    else:
        _add_runs(document.add_paragraph(style=LIST_STYLES.get(block.kind)), block.text)


def _add_runs(paragraph: Paragraph, text: str) -> None:
    for piece in filter(None, PIECES.split(text)):
        if piece.startswith("[^"):
            reference = OxmlElement("w:footnoteReference")
            reference.set(qn("w:id"), piece[2:-1])
            run = paragraph.add_run()
            run.font.superscript = True
            run._r.append(reference)  # noqa: SLF001 - python-docx has no footnotes of its own
        elif piece.startswith("**"):
            paragraph.add_run(piece[2:-2]).bold = True
        else:
            paragraph.add_run(piece)


def _add_footnotes(document: Document, footnotes: dict[str, str]) -> None:
    """Add the part `footnotes.xml`, with the two separators that Word expects first."""
    notes = [
        '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>',
        '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p>'
        "</w:footnote>",
    ]
    for number, text in footnotes.items():
        notes.append(
            f'<w:footnote w:id="{number}"><w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
            f'<w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {escape(text)}</w:t></w:r></w:p></w:footnote>'
        )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:footnotes xmlns:w="{WORD_NAMESPACE}">{"".join(notes)}</w:footnotes>'
    )
    name = PackURI("/word/footnotes.xml")
    part = Part(name, FOOTNOTES_TYPE, xml.encode(), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
