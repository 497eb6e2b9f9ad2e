"""Makes a DOCX lossless for unstructured: what it passes over is put where it reads.

Content controls and accepted insertions are unwrapped, text boxes lifted into the body, what is recognised in pictures
put under them, notes and comments appended.
"""

import copy
import io
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from sourcier_ingest.parsing.markup import XmlElement, parse_xml
from sourcier_ingest.parsing.office_comments import related_parts
from sourcier_ingest.parsing.office_pictures import OfficePictures

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DUBLIN_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EMBEDDED, _RELATION_ID = f"{{{_RELATIONS}}}embed", f"{{{_RELATIONS}}}id"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_IMAGE_DATA = "{urn:schemas-microsoft-com:vml}imagedata"
_BODY = "word/document.xml"
_NOTES = (
    ("word/footnotes.xml", "note"),
    ("word/endnotes.xml", "note de fin / endnote"),
    ("word/comments.xml", "commentaire / comment"),
)
_SEPARATORS = {"separator", "continuationSeparator", "continuationNotice"}


def _w(name: str) -> str:
    return f"{{{_W}}}{name}"


def _unwrap(document: XmlElement) -> None:
    for fallback in list(document.iter(_FALLBACK)):
        fallback.getparent().remove(fallback)
    for wrapper in list(document.iter(_w("sdt"), _w("ins"), _w("smartTag"), _w("customXml"), _w("moveTo"))):
        parent = wrapper.getparent()
        if parent is None:
            continue
        inner = wrapper.find(_w("sdtContent")) if wrapper.tag == _w("sdt") else wrapper
        place = parent.index(wrapper)
        for child in list(inner) if inner is not None else []:
            if not etree.QName(child).localname.endswith("Pr"):
                parent.insert(place, child)
                place += 1
        parent.remove(wrapper)


def _lift_text_boxes(document: XmlElement, body: XmlElement) -> None:
    for box in list(document.iter(_w("txbxContent"))):
        host = box
        while (parent := host.getparent()) is not None and parent is not body and parent.tag != _w("tc"):
            host = parent
        parent = host.getparent()
        if parent is not None:
            place = parent.index(host) + 1
            for child in list(box):
                parent.insert(place, child)
                place += 1


def _append_notes(archive: ZipFile, body: XmlElement) -> None:
    end = body.find(_w("sectPr"))
    for part, label in _NOTES:
        if part not in archive.namelist():
            continue
        for note in parse_xml(archive.read(part)):
            if note.get(_w("type")) in _SEPARATORS:
                continue
            for paragraph in note.findall(_w("p")):
                added = copy.deepcopy(paragraph)
                if not "".join(added.itertext()).strip():
                    continue
                run = etree.SubElement(etree.Element(_w("p")), _w("r"))
                etree.SubElement(run, _w("t")).text = f"[{label} {note.get(_w('id'))}] "
                properties = added.find(_w("pPr"))
                added.insert(0 if properties is None else 1, run)
                if end is None:
                    body.append(added)
                else:
                    end.addprevious(added)


def _add_words_of_pictures(archive: ZipFile, body: XmlElement, pictures: OfficePictures) -> None:
    """Put what is recognised in a picture under the paragraph that shows it."""
    parts = {identifier: part for identifier, kind, part in related_parts(archive, _BODY) if kind == "image"}
    for shown in list(body.iter(_BLIP, _IMAGE_DATA)):
        part = parts.get(shown.get(_EMBEDDED) or shown.get(_RELATION_ID) or "")
        paragraph = next(shown.iterancestors(_w("p")), None)
        if part is None or paragraph is None:
            continue
        if words := pictures.read(part, archive.read(part)):
            added = etree.Element(_w("p"))
            run = etree.SubElement(added, _w("r"))
            etree.SubElement(run, _w("t")).text = words
            paragraph.addnext(added)


def normalise_docx(path: Path, pictures: OfficePictures) -> tuple[bytes, str | None]:
    """The normalised document and the title its properties give; `pictures` reads those that it shows.

    Raises:
        KeyError, lxml.etree.XMLSyntaxError, zipfile.BadZipFile: it is damaged.
    """
    with ZipFile(path) as archive:
        document = parse_xml(archive.read(_BODY))
        body = document.find(_w("body"))
        if body is None:
            raise KeyError("body")
        _unwrap(document)
        _lift_text_boxes(document, body)
        _add_words_of_pictures(archive, body, pictures)
        _append_notes(archive, body)
        title = None
        if "docProps/core.xml" in archive.namelist():
            title = parse_xml(archive.read("docProps/core.xml")).findtext(_DUBLIN_TITLE)
        output = io.BytesIO()
        with ZipFile(output, "w", ZIP_DEFLATED) as copied:
            for member in archive.infolist():
                data = archive.read(member)
                if member.filename == _BODY:
                    data = etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True)
                copied.writestr(member.filename, data)
    return output.getvalue(), title
