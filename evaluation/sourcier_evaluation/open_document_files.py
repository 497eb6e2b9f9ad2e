"""OpenDocument files (ODT, ODP, ODS) written by hand to measure with, and the ZIP files they are."""

import html
import io
import zipfile
from collections.abc import Mapping, Sequence

_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
    }.items()
)
_MEDIA = "application/vnd.oasis.opendocument."


def packed(members: Mapping[str, str]) -> bytes:
    """A ZIP file; a member `mimetype` is stored uncompressed, as its formats want."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=kind)
    return stream.getvalue()


def open_document(kind: str, body: str) -> bytes:
    """A document of `kind` (text, presentation, spreadsheet) around the XML of its body."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES}>'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    return packed({"mimetype": _MEDIA + kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def paragraph(text: str) -> str:
    """The XML of a paragraph."""
    return f"<text:p>{html.escape(text)}</text:p>"


def odt(title: str, parts: Sequence[str]) -> bytes:
    """A text: a heading and paragraphs."""
    heading = f'<text:h text:outline-level="1">{html.escape(title)}</text:h>'
    return open_document("text", heading + "".join(map(paragraph, parts)))


def odp(title: str, parts: Sequence[str]) -> bytes:
    """A presentation: each paragraph on a slide of its own under the title."""

    def frame(text: str, role: str = "") -> str:
        return f"<draw:frame{role}><draw:text-box>{paragraph(text)}</draw:text-box></draw:frame>"

    head = frame(title, ' presentation:class="title"')
    slides = (f'<draw:page draw:name="p{n}">{head}{frame(part)}</draw:page>' for n, part in enumerate(parts, start=1))
    return open_document("presentation", "".join(slides))


def ods(title: str, parts: Sequence[str]) -> bytes:
    """A sheet: each paragraph in a row beside its number."""
    rows = (
        f"<table:table-row><table:table-cell>{paragraph(str(number))}</table:table-cell>"
        f"<table:table-cell>{paragraph(part)}</table:table-cell></table:table-row>"
        for number, part in enumerate(parts, start=1)
    )
    name = html.escape(title, quote=True)
    return open_document("spreadsheet", f'<table:table table:name="{name}">{"".join(rows)}</table:table>')
