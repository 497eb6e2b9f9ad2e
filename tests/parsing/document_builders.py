"""Small documents of each format, made here, that all say `SENTENCE`."""

import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

SENTENCE = "Le congé d'ancienneté est de deux jours après dix ans."
FILLER = "Cette page décrit les règles de l'établissement de Nevers. "


def pdf(sentence: str = SENTENCE, *, pages: int = 1, password: str | None = None) -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    encryption = None if password is None else StandardEncryption(password)
    canvas = Canvas(stream, pagesize=(595, 842), encrypt=encryption)
    for number in range(1, pages + 1):
        canvas.drawString(72, 770, sentence)
        canvas.drawString(72, 750, f"{FILLER}{number}")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def scanned_pdf(lines: list[str]) -> bytes:
    """A page that is only a picture of text."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    image = Image.new("L", (1654, 2339), 255)
    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 40)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((150, 200 + 80 * number), line, fill=0, font=font)
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842))
    canvas.drawImage(ImageReader(image), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def docx(sentence: str = SENTENCE) -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Congés", 1)
    document.add_paragraph(sentence)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pptx(sentence: str = SENTENCE) -> bytes:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Congés"
    slide.placeholders[1].text = sentence
    slide.notes_slide.notes_text_frame.text = "Note de l'orateur : vérifier la date."
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def xlsx(sentence: str = SENTENCE) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Congés"
    book.active.append(["Règle", "Jours"])
    book.active.append([sentence, 2])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def html(sentence: str = SENTENCE) -> bytes:
    return f"<!doctype html><html><body><h1>Congés</h1><p>{sentence}</p></body></html>".encode()


def markdown(sentence: str = SENTENCE) -> bytes:
    return f"# Congés\n\n{sentence}\n".encode()


def text(sentence: str = SENTENCE) -> bytes:
    return f"{FILLER}\n\n{sentence}\n".encode()


def mail(sentence: str = SENTENCE) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "rh@example.org", "tous@example.org", "Congés"
    message.set_content(sentence)
    return message.as_bytes()


BUILDERS: dict[str, Callable[[], bytes]] = {
    ".pdf": pdf,
    ".docx": docx,
    ".pptx": pptx,
    ".xlsx": xlsx,
    ".html": html,
    ".md": markdown,
    ".txt": text,
    ".eml": mail,
}
