"""Documents that ask for a password, made by the libraries that encrypt them."""

import io

from parsing import document_builders as builders


def protected_pdf(user: str, owner: str = "owner's", *, algorithm: str = "AES-256", data: bytes | None = None) -> bytes:
    """An empty `user` is protected by an owner's password only: anybody may open it."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data or builders.pdf())))
    writer.encrypt(user_password=user, owner_password=owner, algorithm=algorithm)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def protected_office(suffix: str, password: str, data: bytes | None = None) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    out = io.BytesIO()
    OOXMLFile(io.BytesIO(data or builders.BUILDERS[suffix]())).encrypt(password, out)
    return out.getvalue()


def table_pdf() -> bytes:
    from reportlab.lib.colors import black
    from reportlab.platypus import SimpleDocTemplate, Table

    stream = io.BytesIO()
    rows = [["Règle", "Jours"], ["ancienneté", "2"], ["naissance", "3"]]
    SimpleDocTemplate(stream, invariant=1).build([Table(rows, style=[("GRID", (0, 0), (-1, -1), 1, black)])])
    return stream.getvalue()
