"""PDF with text, in one column or two, with ruled tables, a running head and page numbers."""

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from example_writers.markup import BOLD, EMPHASIS, Block, Source

MARGIN = 22 * mm
GUTTER = 8 * mm
TITLE_HEIGHT = 34 * mm
INK = colors.HexColor("#1d3557")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
NARROW = ParagraphStyle("narrow", parent=BODY, fontSize=9, leading=12, alignment=TA_JUSTIFY)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9, leading=11, spaceAfter=0)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=4, textColor=INK)
SIGNATURE = ParagraphStyle("signature", fontName="Helvetica-Oblique", fontSize=9, leading=12, spaceAfter=10)
HEADINGS = {
    2: ParagraphStyle(
        "h2", fontName="Helvetica-Bold", fontSize=12, leading=15, spaceBefore=8, spaceAfter=4, keepWithNext=1
    ),
    3: ParagraphStyle(
        "h3", fontName="Helvetica-BoldOblique", fontSize=10.5, leading=13, spaceBefore=6, spaceAfter=3, keepWithNext=1
    ),
}


def write_pdf(source: Source, target: Path) -> None:
    """Write the source as a PDF; the same source gives the same bytes."""
    two_columns = source.attributes["layout"] == "two-columns"
    document = BaseDocTemplate(
        str(target),
        pagesize=A4,
        title=source.title,
        author="Ateliers Valmorel SAS",
        subject=source.signature,
        lang=source.attributes["language"],
        invariant=1,
    )
    document.addPageTemplates(_two_column_pages(source) if two_columns else [_plain_page(source)])
    story: list[Flowable] = [Paragraph(escape(source.title), TITLE), Paragraph(escape(source.signature), SIGNATURE)]
    if two_columns:
        story.extend((FrameBreak(), NextPageTemplate("later")))
    for block in source.blocks[1:]:
        story.append(_flowable(block, NARROW if two_columns else BODY))
        if block.kind == "table":
            story.append(Spacer(1, 8))
    document.build(story)


def _flowable(block: Block, body: ParagraphStyle) -> Flowable:
    text = _inline(block.text)
    if block.kind == "heading":
        return Paragraph(text, HEADINGS[block.level])
    if block.kind == "table":
        return _table(block)
    if block.kind == "bullet":
        return Paragraph(text, ParagraphStyle("bullet", parent=body, leftIndent=12), bulletText="•")
    if block.kind == "number":
        style = ParagraphStyle("number", parent=body, leftIndent=16)
        return Paragraph(text, style, bulletText=f"{block.level}.")
    return Paragraph(text, body)


def _inline(text: str) -> str:
    return EMPHASIS.sub(r"<i>\1</i>", BOLD.sub(r"<b>\1</b>", escape(text)))


def _table(block: Block) -> Table:
    cells = [[Paragraph(_inline(cell), CELL) for cell in row] for row in block.rows]
    head = [Paragraph(f"<b>{_inline(cell)}</b>", CELL) for cell in block.rows[0]]
    widths = _column_widths(block)
    table = Table([head, *cells[1:]], colWidths=widths, repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.6, colors.black),
                ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e6ecf2")),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _column_widths(block: Block) -> list[float]:
    """Share the page's width by the longest cell of each column, within reason."""
    longest = [min(40, max(9, *(len(row[index]) for row in block.rows))) for index in range(len(block.rows[0]))]
    available = A4[0] - 2 * MARGIN
    return [available * length / sum(longest) for length in longest]


def _plain_page(source: Source) -> PageTemplate:
    frame = Frame(MARGIN, MARGIN, A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN, id="whole")
    return PageTemplate(id="plain", frames=[frame], onPage=_decoration(source))


def _two_column_pages(source: Source) -> list[PageTemplate]:
    width = (A4[0] - 2 * MARGIN - GUTTER) / 2
    height = A4[1] - 2 * MARGIN

    def columns(column_height: float) -> list[Frame]:
        left = Frame(MARGIN, MARGIN, width, column_height, leftPadding=0, rightPadding=0, id="left")
        right = Frame(MARGIN + width + GUTTER, MARGIN, width, column_height, leftPadding=0, rightPadding=0, id="right")
        return [left, right]

    title = Frame(MARGIN, A4[1] - MARGIN - TITLE_HEIGHT, A4[0] - 2 * MARGIN, TITLE_HEIGHT, leftPadding=0, id="title")
    decoration = _decoration(source)
    return [
        PageTemplate(id="first", frames=[title, *columns(height - TITLE_HEIGHT)], onPage=decoration),
        PageTemplate(id="later", frames=columns(height), onPage=decoration),
    ]


def _decoration(source: Source):  # noqa: ANN202 - reportlab's own callback type has no name
    def draw(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(colors.HexColor("#555555"))
        canvas.drawString(MARGIN, A4[1] - 14 * mm, f"Ateliers Valmorel – {source.attributes['reference']}")
        canvas.drawRightString(A4[0] - MARGIN, 12 * mm, f"Page {document.page}")
        canvas.restoreState()

    return draw
