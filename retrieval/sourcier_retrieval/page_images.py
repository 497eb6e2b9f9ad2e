"""Pictures of pages with a passage and a quote highlighted. Run in an isolated child: the file is not trusted."""

import io
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageDraw

from sourcier_core.errors import PageUnavailable

Box = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in points, origin at the top left."""

_PASSAGE_COLOUR = (255, 214, 64, 90)
_QUOTE_COLOUR = (255, 140, 0, 120)
_MOST_PIXELS = 12_000_000
_MARGIN = 1.5


def render_page(
    pdf: str | bytes,
    number: int,
    passage_boxes: Sequence[Box],
    quote_boxes: Sequence[Box],
    scale: float,
    passwords: Sequence[str] = (),
) -> bytes:
    """The page as a PNG.

    Args:
        pdf: a PDF, or the path of one.
        number: page number from 1.
        passage_boxes: painted yellow.
        quote_boxes: painted orange, above.
        scale: pixels per point.
        passwords: tried one after another on a PDF that asks for one.

    Raises:
        PageUnavailable: there is no such page, or it cannot be drawn.
    """
    document = _open(pdf, passwords)
    try:
        if not 1 <= number <= len(document):
            raise PageUnavailable(f"There is no page {number}; the document has {len(document)}.")
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(scale, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5)
        bitmap = page.render(scale=scale)  # pyright: ignore[reportArgumentType] - fractions are fine
        image = bitmap.to_pil().convert("RGBA")
    except pypdfium2.PdfiumError as error:
        raise PageUnavailable(f"Page {number} cannot be drawn.") from error
    finally:
        document.close()
    overlay = Image.new("RGBA", image.size, (0, 0, 0, 0))
    brush = ImageDraw.Draw(overlay)
    for boxes, colour in ((passage_boxes, _PASSAGE_COLOUR), (quote_boxes, _QUOTE_COLOUR)):
        for x0, y0, x1, y1 in boxes:
            brush.rectangle(
                ((x0 - _MARGIN) * scale, (y0 - _MARGIN) * scale, (x1 + _MARGIN) * scale, (y1 + _MARGIN) * scale),
                fill=colour,
            )
    output = io.BytesIO()
    Image.alpha_composite(image, overlay).convert("RGB").save(output, "PNG", optimize=False)
    return output.getvalue()


def _open(pdf: str | bytes, passwords: Sequence[str]) -> pypdfium2.PdfDocument:
    for password in (None, *passwords):
        try:
            return pypdfium2.PdfDocument(pdf, password=password)
        except pypdfium2.PdfiumError as error:
            if error.err_code != pdfium_c.FPDF_ERR_PASSWORD:
                raise PageUnavailable("The document cannot be opened to show the page.") from error
    raise PageUnavailable("The document asks for a password, and none that is kept for its corpus opens it any more.")
