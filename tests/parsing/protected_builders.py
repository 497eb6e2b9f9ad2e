"""Documents that ask for a password, made by the libraries that encrypt them."""

import io

from parsing import document_builders as builders
from parsing import open_document_builders


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


def protected_open_document(
    data: bytes, password: str, *, iterations: int = 1000, content: bytes | None = None
) -> bytes:
    """As ODF 1.3 has it: each part deflated, then encrypted; the manifest says how. `content` replaces the real one."""
    import base64
    import hashlib
    import os
    import zlib
    from zipfile import ZipFile

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    encoded = lambda raw: base64.b64encode(raw).decode()  # noqa: E731
    members: dict[str, str | bytes] = {}
    entries = ""
    with ZipFile(io.BytesIO(data)) as archive:
        members["mimetype"] = archive.read("mimetype")
        for name in ("content.xml", "meta.xml"):
            part = archive.read(name) if content is None or name != "content.xml" else content
            squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
            plain = squeeze.compress(part) + squeeze.flush()
            salt, start = os.urandom(16), os.urandom(16)
            key = hashlib.pbkdf2_hmac("sha1", hashlib.sha256(password.encode()).digest(), salt, iterations, 32)
            padding = 16 - len(plain) % 16
            cipher = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
            members[name] = cipher.update(plain + os.urandom(padding - 1) + bytes([padding])) + cipher.finalize()
            entries += (
                f'<m:file-entry m:full-path="{name}" m:media-type="text/xml" m:size="{len(part)}">'
                '<m:encryption-data m:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k" '
                f'm:checksum="{encoded(hashlib.sha256(plain[:1024]).digest())}">'
                '<m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
                f'm:initialisation-vector="{encoded(start)}"/><m:start-key-generation '
                'm:start-key-generation-name="http://www.w3.org/2000/09/xmldsig#sha256" m:key-size="32"/>'
                f'<m:key-derivation m:key-derivation-name="PBKDF2" m:key-size="32" m:iteration-count="{iterations}" '
                f'm:salt="{encoded(salt)}"/></m:encryption-data></m:file-entry>'
            )
    space = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    members["META-INF/manifest.xml"] = f"<m:manifest {space}>{entries}</m:manifest>"
    return open_document_builders.archive(members)
