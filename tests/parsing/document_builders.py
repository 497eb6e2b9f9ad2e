"""Small documents of each format, made here, that all say `SENTENCE`."""

import io
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from parsing import compound_builders, open_document_builders

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


def csv(sentence: str = SENTENCE, *, delimiter: str = ";", encoding: str = "cp1252") -> bytes:
    rows = [["Règle", "Jours", "Remarque"], [sentence, "2", f'"dite{delimiter} la règle"'], ["naissance", "3", "été"]]
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def tsv(sentence: str = SENTENCE) -> bytes:
    return csv(sentence, delimiter="\t", encoding="utf-8")


def rtf(sentence: str = SENTENCE) -> bytes:
    def escaped(text: str) -> str:
        return "".join(c if ord(c) < 128 else f"\\'{c.encode('cp1252')[0]:02x}" for c in text)

    return (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\stylesheet{\s1 heading 1;}}{\info{\title R\'e8glement}}"
        rf"{{\header En-t\'eate}}\pard\s1 Cong\'e9s\par\pard {escaped(sentence)}{{\footnote\pard Accord de 2019.}}\par"
        r"\pard{\listtext\'b7\tab}premier point\par\trowd\pard\intbl R\'e8gle\cell Jours\cell\row"
        r"\trowd\pard\intbl anciennet\'e9\cell 2\cell\row\pard \u8364 ? et \u-10179?\u-8704?\par}"
    ).encode("ascii")


def mhtml(sentence: str = SENTENCE) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "<Saved by Blink>", "Congés"
    message["Snapshot-Content-Location"] = "https://intranet.example.org/conges"
    message.add_related(html(sentence).decode(), subtype="html", cid="<page@mhtml.blink>")
    message.add_related(b"p { color: red }", "text", "css")
    return message.as_bytes()


def picture(lines: list[str], *, kind: str = "PNG", pages: int = 1) -> bytes:
    """Black text on white, at 200 dots per inch."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 30)
    drawn = []
    for page in range(1, pages + 1):
        image = Image.new("L", (1100, 700), 255)
        for number, line in enumerate(lines):
            ImageDraw.Draw(image).text((60, 150 + 70 * number), line, fill=0, font=font)
        if pages > 1:
            ImageDraw.Draw(image).text((60, 150 + 70 * len(lines)), f"Ici la feuille {page}", fill=0, font=font)
        drawn.append(image)
    stream = io.BytesIO()
    more = {"save_all": True, "append_images": drawn[1:]} if pages > 1 else {}
    drawn[0].save(stream, kind, dpi=(200, 200), **more)
    return stream.getvalue()


def png(sentence: str = SENTENCE) -> bytes:
    return picture([sentence])


def jpeg(sentence: str = SENTENCE) -> bytes:
    return picture([sentence], kind="JPEG")


def tiff(sentence: str = SENTENCE) -> bytes:
    return picture([sentence], kind="TIFF", pages=2)


def xls(sentence: str = SENTENCE) -> bytes:
    sheets: dict[str, list[list[str | float]]] = {"Congés": [["Règle", "Jours"], [sentence, 2.0]], "Notes": [["vu"]]}
    return compound_builders.xls(sheets, hidden=frozenset({"Notes"}))


def outlook(sentence: str = SENTENCE) -> bytes:
    return compound_builders.compound(compound_builders.message_tree("Congés", sentence, {"règle.txt": text()}))


def odt() -> bytes:
    return open_document_builders.odt(SENTENCE)


def odp() -> bytes:
    return open_document_builders.odp(SENTENCE)


def ods() -> bytes:
    return open_document_builders.ods(SENTENCE)


def epub() -> bytes:
    return open_document_builders.epub(SENTENCE)


def archive() -> bytes:
    return open_document_builders.archive({"lettres/2024/règle.txt": text(), "conges.docx": docx()})


BUILDERS: dict[str, Callable[[], bytes]] = {
    ".pdf": pdf,
    ".docx": docx,
    ".pptx": pptx,
    ".xlsx": xlsx,
    ".html": html,
    ".md": markdown,
    ".txt": text,
    ".eml": mail,
    ".csv": csv,
    ".tsv": tsv,
    ".rtf": rtf,
    ".odt": odt,
    ".odp": odp,
    ".ods": ods,
    ".xls": xls,
    ".epub": epub,
    ".mhtml": mhtml,
    ".msg": outlook,
    ".zip": archive,
    ".png": png,
    ".jpg": jpeg,
    ".tiff": tiff,
}
"""One file of each format that is read without another program, by its extension."""
