"""A scanned PDF: pages that are greyscale images, a little turned and noisy, without any text layer."""

import io
from pathlib import Path

import numpy
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from example_writers.markup import Source, without_marks

DOTS_PER_INCH = 170
WIDTH, HEIGHT = (round(side * DOTS_PER_INCH / 72) for side in A4)
MARGIN = round(0.9 * DOTS_PER_INCH)
NOISE = 5.0
ROTATION_DEGREES = (0.35, -0.25)
FONTS = Path(reportlab.__file__).parent / "fonts"


def write_scan(source: Source, target: Path) -> None:
    """Write the source as a PDF of images; the same source and libraries give the same pages."""
    canvas = Canvas(str(target), pagesize=A4, invariant=1)
    canvas.setTitle(source.title)
    canvas.setAuthor("Numériseur bâtiment A")
    random = numpy.random.default_rng(20260319)
    for number, page in enumerate(_draw_pages(source)):
        canvas.drawImage(ImageReader(_age(page, ROTATION_DEGREES[number % 2], random)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()


def _draw_pages(source: Source) -> list[Image.Image]:
    pages = [_blank()]
    top = MARGIN
    for block in source.blocks:
        heading = block.kind == "heading"
        size = 30 if block.level == 1 else 26 if heading else 24
        font = ImageFont.truetype(str(FONTS / ("VeraBd.ttf" if heading else "Vera.ttf")), size)
        lines = _wrap(without_marks(block.text), font, WIDTH - 2 * MARGIN)
        line_height = round(size * 1.45)
        if top + line_height * (len(lines) + heading) > HEIGHT - MARGIN:
            pages.append(_blank())
            top = MARGIN
        draw = ImageDraw.Draw(pages[-1])
        for line in lines:
            draw.text((MARGIN, top), line, font=font, fill=35)
            top += line_height
        top += round(size * 0.7)
    return pages


def _blank() -> Image.Image:
    return Image.new("L", (WIDTH, HEIGHT), 250)


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _age(page: Image.Image, degrees: float, random: numpy.random.Generator) -> io.BytesIO:
    """Turn the page a little, add grain, and store it as a JPEG."""
    turned = page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=245)
    grain = random.normal(0.0, NOISE, size=(HEIGHT, WIDTH))
    pixels = numpy.clip(numpy.asarray(turned, dtype=numpy.float64) + grain, 0, 255).astype(numpy.uint8)
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, format="JPEG", quality=45, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    stored.seek(0)
    return stored
