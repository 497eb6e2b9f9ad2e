"""Draws a page of a reading copy from the places of its lines. The text comes from a document: run in a child."""

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from sourcier_ingest.parsing.reading_copy import ASCENT, DESCENT, MARGIN, NOTE_SIZE
from sourcier_ingest.parsing.typefaces import choose_typeface

PlacedLine = tuple[str, bool, float, float, float, float]
"""Text, whether it is bold, and its box (x0, y0, x1, y1) in points, origin at the top left."""


def draw_reading_page(lines: Sequence[PlacedLine], width: float, height: float, note: str | None) -> bytes:
    """A PDF of one page of `width` times `height` points; `note` stands small above the text.

    Each line fills its box, whatever fonts are at hand now.
    """
    typeface = choose_typeface("".join(line[0] for line in lines) + (note or ""))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(width, height), pageCompression=1, invariant=1)
    if note:
        canvas.setFont(typeface.regular, NOTE_SIZE)
        canvas.setFillGray(0.45)
        canvas.drawString(MARGIN, height - MARGIN * 0.6, typeface.shown(note))
        canvas.setFillGray(0)
    for text, bold, x0, y0, x1, y1 in lines:
        size = (y1 - y0) / (ASCENT + DESCENT)
        drawn = canvas.beginText(x0, height - y0 - size * ASCENT)
        drawn.setFont(typeface.bold if bold else typeface.regular, size)
        natural = typeface.width(text, size, bold=bold)
        if natural > 0 and x1 > x0:
            drawn.setHorizScale(100 * (x1 - x0) / natural)
        drawn.textOut(typeface.shown(text))
        canvas.drawText(drawn)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()
