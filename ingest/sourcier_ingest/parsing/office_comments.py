"""Comments of workbooks and presentations, which the libraries that read them pass over."""

import io
import posixpath
from collections.abc import Iterator
from zipfile import ZipFile

from sourcier_ingest.parsing.markup import XmlElement, parse_xml

_LABEL = "commentaire / comment"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_THREADED_NOTICE = "[Threaded comment]"


def _local(element: XmlElement) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _named(root: XmlElement, name: str) -> Iterator[XmlElement]:
    return (element for element in root.iter() if _local(element) == name)


def related_parts(archive: ZipFile, part: str) -> list[tuple[str, str, str]]:
    """(id, last word of the type, part) of what a part refers to inside the archive."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    if relations not in archive.namelist():
        return []
    found: list[tuple[str, str, str]] = []
    for relation in _named(parse_xml(archive.read(relations)), "Relationship"):
        if relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
            found.append((relation.get("Id", ""), relation.get("Type", "").rpartition("/")[2], target))
    return [entry for entry in found if entry[2] in archive.namelist()]


def _words(element: XmlElement, name: str) -> str:
    return " ".join("".join(part.text or "" for part in _named(element, name)).split())


def _line(place: str, author: str, text: str) -> str:
    who = f" {author}" if author else ""
    return f"[{_LABEL}{place}{who}] {text}"


def _people(archive: ZipFile, id_name: str, name_name: str, suffixes: tuple[str, ...]) -> dict[str, str]:
    people: dict[str, str] = {}
    for part in archive.namelist():
        if part.endswith(".xml") and part.rpartition("/")[2].startswith(suffixes):
            for person in parse_xml(archive.read(part)).iter():
                if isinstance(person.tag, str) and person.get(id_name) is not None:
                    people[person.get(id_name)] = person.get(name_name, "")
    return people


def _cell_comments(archive: ZipFile, sheet: str) -> list[str]:
    people = _people(archive, "id", "displayName", ("person",))
    lines: list[str] = []
    for _, kind, part in related_parts(archive, sheet):
        root = parse_xml(archive.read(part)) if kind in {"comments", "threadedComment"} else None
        if root is None:
            continue
        if kind == "threadedComment":
            for comment in _named(root, "threadedComment"):
                author = people.get(comment.get("personId", ""), "")
                lines.append(_line(f" {comment.get('ref', '')}", author, _words(comment, "text")))
            continue
        authors = [" ".join((author.text or "").split()) for author in _named(root, "author")]
        for comment in _named(root, "comment"):
            text = _words(comment, "t")
            number = int(comment.get("authorId") or 0)
            author = authors[number] if number < len(authors) else ""
            if text and not text.startswith(_THREADED_NOTICE):
                lines.append(_line(f" {comment.get('ref', '')}", author, text))
    return lines


def sheet_comments(workbook: bytes) -> dict[str, list[str]]:
    """Comments by the name of their sheet.

    Raises:
        zipfile.BadZipFile, KeyError, ValueError, lxml.etree.XMLSyntaxError: it is damaged.
    """
    with ZipFile(io.BytesIO(workbook)) as archive:
        book = "xl/workbook.xml"
        parts = {identifier: part for identifier, _, part in related_parts(archive, book)}
        found: dict[str, list[str]] = {}
        for sheet in _named(parse_xml(archive.read(book)), "sheet"):
            part = parts.get(sheet.get(_RELATION_ID, ""))
            if part is not None and (lines := _cell_comments(archive, part)):
                found[sheet.get("name", "")] = lines
        return found


def _slide_remarks(root: XmlElement) -> Iterator[tuple[XmlElement, str]]:
    """Comments and, in today's form, the replies nested in them, each with its own words."""
    for name in ("cm", "reply"):
        for comment in _named(root, name):
            words = [
                _words(part, "text") or _words(part, "t") for part in comment if _local(part) in {"text", "txBody"}
            ]
            if text := " ".join(filter(None, words)):
                yield comment, text


def slide_comments(deck: bytes) -> dict[int, list[str]]:
    """Comments by the number of their slide, from 1. Raises as `sheet_comments` does."""
    with ZipFile(io.BytesIO(deck)) as archive:
        presentation = "ppt/presentation.xml"
        parts = {identifier: part for identifier, _, part in related_parts(archive, presentation)}
        people = _people(archive, "id", "name", ("commentAuthors", "authors"))
        found: dict[int, list[str]] = {}
        slides = _named(parse_xml(archive.read(presentation)), "sldId")
        for number, slide in enumerate(slides, start=1):
            for _, kind, part in related_parts(archive, parts.get(slide.get(_RELATION_ID, ""), "")):
                if kind != "comments":
                    continue
                for comment, text in _slide_remarks(parse_xml(archive.read(part))):
                    line = _line("", people.get(comment.get("authorId", ""), ""), text)
                    found.setdefault(number, []).append(line)
        return found
