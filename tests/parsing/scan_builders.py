"""Pages that are pictures of text, in the forms that scanners, fax servers and slide programs make."""

import io
from pathlib import Path
from typing import Any

PAGE = (595, 842)
_PIXELS = (1654, 2339)


def page_picture(lines: list[str], *, size: tuple[int, int] = _PIXELS, first: int = 200, letters: int = 40) -> Any:
    """Black lines on white, 80 points apart, the first `first` points from the top."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", size, 255)
    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), letters)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((150, first + 2 * letters * number), line, fill=0, font=font)
    return image


class PdfPages:
    """Collects pages drawn with reportlab."""

    def __init__(self) -> None:
        from reportlab.pdfgen.canvas import Canvas

        self._stream = io.BytesIO()
        self.canvas = Canvas(self._stream, pagesize=PAGE)

    def picture(self, image: Any, box: tuple[float, float, float, float] = (0, 0, *PAGE)) -> None:
        """Draw a picture at (x, y, width, height), from the bottom left."""
        from reportlab.lib.utils import ImageReader

        self.canvas.drawImage(ImageReader(image), *box)

    def strips(self, image: Any, count: int) -> None:
        """Draw a picture of the whole page as strips, as fax servers do."""
        height = image.height / count
        for number in range(count):
            strip = image.crop((0, round(number * height), image.width, round((number + 1) * height)))
            self.picture(strip, (0, PAGE[1] * (1 - (number + 1) / count), PAGE[0], PAGE[1] / count))

    def words(self, text: str, x: float, y: float, *, size: float = 12, invisible: bool = False) -> None:
        """Draw a text, seen or not."""
        written = self.canvas.beginText(x, y)
        written.setFont("Helvetica", size)
        written.setTextRenderMode(3 if invisible else 0)
        written.textOut(text)
        self.canvas.drawText(written)

    def finish_page(self) -> None:
        self.canvas.showPage()

    def data(self) -> bytes:
        self.canvas.save()
        return self._stream.getvalue()
