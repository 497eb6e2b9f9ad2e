"""Office files and PDFs with what is easily lost: comments, notes, form fields, attached files, encryption."""

import io
import zipfile
from collections.abc import Callable

from parsing.document_builders import SENTENCE, docx, pptx, xlsx

_MAIN = "http://schemas.openxmlformats.org/"
_RELATIONS = f"{_MAIN}officeDocument/2006/relationships"
_WORDS = f'xmlns:w="{_MAIN}wordprocessingml/2006/main"'


def _with_members(office: bytes, added: dict[str, str], relations: dict[str, str]) -> bytes:
    """The archive with more parts, and with `relations` (by path of the .rels part) written into it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(office)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename in relations:
                end = b"</Relationships>"
                content = content.replace(end, relations.pop(member.filename).encode() + end)
            new.writestr(member.filename, content)
        for name, inner in relations.items():
            new.writestr(name, f'<Relationships xmlns="{_MAIN}package/2006/relationships">{inner}</Relationships>')
        for name, content in added.items():
            new.writestr(name, content)
    return out.getvalue()


def _relation(identifier: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{identifier}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'


def commented_docx() -> bytes:
    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    parts = {
        "word/comments.xml": f'<w:comments {_WORDS}><w:comment w:id="0">{paragraph.format("À vérifier.")}'
        "</w:comment></w:comments>",
        "word/footnotes.xml": f'<w:footnotes {_WORDS}><w:footnote w:id="2">{paragraph.format("Accord de 2019.")}'
        "</w:footnote></w:footnotes>",
    }
    return _with_members(docx(), parts, {})


def commented_pptx() -> bytes:
    slide = f'xmlns:p="{_MAIN}presentationml/2006/main"'
    parts = {
        "ppt/comments/comment1.xml": f'<p:cmLst {slide}><p:cm authorId="0"><p:text>Chiffre à revoir.</p:text></p:cm>'
        "</p:cmLst>",
        "ppt/commentAuthors.xml": f'<p:cmAuthorLst {slide}><p:cmAuthor id="0" name="Anne"/></p:cmAuthorLst>',
    }
    relations = {"ppt/slides/_rels/slide1.xml.rels": _relation("rId99", "comments", "../comments/comment1.xml")}
    return _with_members(pptx(), parts, relations)


def commented_xlsx() -> bytes:
    from openpyxl import load_workbook
    from openpyxl.comments import Comment

    book = load_workbook(io.BytesIO(xlsx()))
    book.active["B2"].comment = Comment("Voir l'accord.", "Anne")
    hidden = book.create_sheet("Calculs")
    hidden.sheet_state = "hidden"
    hidden.append(["base", 30])
    hidden.append(["somme", "=A1+1"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def long_xlsx(rows: int = 450) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Tarifs")
    sheet.append(["Article", "Prix"])
    for number in range(1, rows + 1):
        sheet.append([f"pièce {number}", number])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def form_pdf() -> bytes:
    """A filled form, one field empty and one of a password, with a comment and an attached file."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.annotations import Text
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(595, 842), invariant=1)
    canvas.drawString(72, 770, SENTENCE)
    form = canvas.acroForm
    form.textfield(name="nom", tooltip="Nom", value="Zoé Müller", x=72, y=600, width=200, height=20)
    form.textfield(name="vide", tooltip="Vide", value="", x=72, y=560, width=200, height=20)
    form.textfield(name="code", value="motdepasse", x=72, y=520, width=200, height=20, fieldFlags="password")
    form.checkbox(name="accord", tooltip="Accord", checked=True, x=72, y=480)
    form.checkbox(name="refus", tooltip="Refus", checked=False, x=72, y=440)
    canvas.showPage()
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(stream))
    note = Text(rect=(300, 600, 320, 620), text="À faire signer.", title_bar="Anne")
    writer.add_annotation(0, note)
    writer.add_attachment("annexe.txt", b"Annexe")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def ownerlocked_pdf(algorithm: str = "AES-256") -> bytes:
    """Encrypted with an owner's password only: anybody may open it. It holds a ruled table."""
    from pypdf import PdfReader, PdfWriter
    from reportlab.lib.colors import black
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    stream = io.BytesIO()
    rows = [["Règle", "Jours"], ["ancienneté", "2"], ["naissance", "3"]]
    table = Table(rows, style=[("GRID", (0, 0), (-1, -1), 1, black)], colWidths=[150, 80])
    SimpleDocTemplate(stream, invariant=1).build([Paragraph(SENTENCE, getSampleStyleSheet()["Normal"]), table])
    writer = PdfWriter(clone_from=PdfReader(stream))
    writer.encrypt(user_password="", owner_password="secret", algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


RICH: dict[str, Callable[[], bytes]] = {
    "commented.docx": commented_docx,
    "commented.pptx": commented_pptx,
    "commented.xlsx": commented_xlsx,
    "long.xlsx": long_xlsx,
    "form.pdf": form_pdf,
    "ownerlocked.pdf": ownerlocked_pdf,
}
