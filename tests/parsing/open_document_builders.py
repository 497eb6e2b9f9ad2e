"""OpenDocument files, books and archives: ZIP files written by hand."""

import io
import zipfile

_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "presentation": "presentation",
        "meta": "meta",
    }.items()
)
_DUBLIN = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_MEDIA = "application/vnd.oasis.opendocument."


def archive(members: dict[str, str | bytes]) -> bytes:
    """A ZIP file of these members; a member `mimetype` is stored uncompressed, as its formats want."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            made.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), content, compress_type=kind)
    return stream.getvalue()


def open_document(kind: str, body: str, styles: str = "", manifest: str = "") -> bytes:
    """A document of this kind (text, spreadsheet, presentation) with this body."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES} {_DUBLIN}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    meta = (
        f'<?xml version="1.0"?><office:document-meta {_SPACES} {_DUBLIN}><office:meta>'
        f"<dc:title>Règlement {kind}</dc:title></office:meta></office:document-meta>"
    )
    members = {"mimetype": _MEDIA + kind, "content.xml": content, "meta.xml": meta}
    return archive({**members, "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>"})


def _comment(author: str, text: str) -> str:
    return f"<office:annotation><dc:creator>{author}</dc:creator><text:p>{text}</text:p></office:annotation>"


def _row(*cells: str) -> str:
    made = "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells)
    return f"<table:table-row>{made}</table:table-row>"


def odt(sentence: str, *, encrypted: bool = False) -> bytes:
    body = (
        "<text:tracked-changes><text:p>texte supprimé</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">Congés</text:h>'
        f"<text:p>{sentence}{_comment('Anne', 'À vérifier.')}"
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>Accord de 2019.</text:p></text:note-body></text:note></text:p>"
        "<text:list><text:list-item><text:p>Premier<text:s text:c='2'/>point</text:p></text:list-item></text:list>"
        f"<table:table><table:table-header-rows>{_row('Règle', 'Jours')}</table:table-header-rows>"
        f"{_row('ancienneté', '2')}</table:table>"
        "<text:p><draw:frame><draw:text-box><text:p>Encadré.</text:p></draw:text-box></draw:frame></text:p>"
    )
    return open_document("text", body, manifest="<encryption-data/>" if encrypted else "")


def odp(sentence: str) -> bytes:
    body = (
        '<draw:page draw:name="p1"><draw:frame presentation:class="title"><draw:text-box><text:p>Congés</text:p>'
        f"</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>{sentence}</text:p></draw:text-box>"
        "</draw:frame><presentation:notes><draw:frame><draw:text-box><text:p>Note de l'orateur.</text:p>"
        f"</draw:text-box></draw:frame></presentation:notes></draw:page><draw:page draw:name='p2'/>"
    )
    return open_document("presentation", body)


def ods(sentence: str, *, repeated: int = 2) -> bytes:
    not_shown = '<style:table-properties table:display="false"/>'
    styles = f'<style:style style:name="ta2" style:family="table">{not_shown}</style:style>'
    same = f'<table:table-row table:number-rows-repeated="{repeated}">' + _row("égal", "1")[len("<table:table-row>") :]
    empty = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    body = (
        f'<table:table table:name="Congés">{_row("Règle", "Jours")}{_row(sentence + _comment("Anne", "Vu."), "2")}'
        f'{same}{empty}</table:table><table:table table:name="Calculs" table:style-name="ta2">{_row("x", "y")}'
        "</table:table>"
    )
    return open_document("spreadsheet", body, styles)


def epub(sentence: str, *, protected: bool = False) -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/livre.opf"/></rootfiles></container>'
    )
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" {_DUBLIN}><metadata><dc:title>Guide du personnel</dc:title>'
        '</metadata><manifest><item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="text/a%20un.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html><body><h1>{}</h1><p>{}</p></body></html>'
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OEBPS/livre.opf": package,
        "OEBPS/b.xhtml": page.format("Fin", "La seconde partie."),
        "OEBPS/text/a un.xhtml": page.format("Congés", sentence),
    }
    if protected:
        members["META-INF/encryption.xml"] = (
            '<e xmlns="http://www.w3.org/2001/04/xmlenc#"><CipherReference URI="OEBPS/b.xhtml"/></e>'
        )
    return archive(members)
