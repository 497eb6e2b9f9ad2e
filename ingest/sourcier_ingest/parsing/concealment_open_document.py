"""Text of an ODT, ODP or ODS that a reader does not see: hidden text, rows, columns, sheets, slides; off the slide.

Words in a place that a merged cell covers are hidden too.

Letters in the colour behind them are told in texts and sheets only, where paper is white unless it says otherwise.
Not seen: what depends on styles that are not in the document's own content, such as colours of page layouts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sourcier_core.domain.documents import ConcealedText, Concealment
from sourcier_ingest.parsing.markup import XmlElement
from sourcier_ingest.parsing.open_document_text import COVERED, DRAW, STYLE, TABLE, TEXT, all_words, qualified

_FORMAT = "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"
_PRESENTATION = "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"
_DRAWN = "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
_PROPERTIES = {
    qualified(STYLE, f"{name}-properties")
    for name in (*("text", "paragraph", "table-cell"), *("table", "drawing-page"))
}
_STYLE_NAMES = (qualified(TEXT, "style-name"), qualified(TABLE, "style-name"), qualified(DRAW, "style-name"))
_HIDDEN_ELEMENTS = {qualified(TEXT, "hidden-text"), qualified(TEXT, "hidden-paragraph")}
_TABLE_PARTS = {qualified(TABLE, name) for name in ("table-row", "table-column")}
_TEXTS = {qualified(TEXT, name) for name in ("p", "h", "span")}
_WHITE = "#ffffff"
_TINY_POINTS = 3.0
_UNITS = {"pt": 1.0, "cm": 28.35, "mm": 2.835, "in": 72.0, "px": 0.75}
_MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class _Look:
    hidden: bool = False
    colour: str | None = None
    behind: str | None = None
    points: float | None = None

    def over(self, below: "_Look") -> "_Look":
        """These properties where given, else those of `below`."""
        return _Look(
            hidden=self.hidden or below.hidden,
            colour=self.colour or below.colour,
            behind=self.behind or below.behind,
            points=self.points if self.points is not None else below.points,
        )

    @property
    def manner(self) -> Concealment | None:
        """How text that looks so is concealed."""
        if self.hidden:
            return Concealment.HIDDEN
        if self.points is not None and 0 < self.points < _TINY_POINTS:
            return Concealment.TINY
        return Concealment.SAME_COLOUR if self.colour is not None and self.colour == self.behind else None


def concealed_in_open_document(content: XmlElement, body: XmlElement, *, slides: bool) -> list[ConcealedText]:
    """The concealed texts under a document's body; page is the number of the slide or sheet, 1 in texts."""
    looks = {style.get(qualified(STYLE, "name")): _look(style) for style in content.iter(qualified(STYLE, "style"))}
    ground = _Look(behind=None if slides else _WHITE)
    parts = [part for part in body if part.tag in {qualified(DRAW, "page"), qualified(TABLE, "table")}]
    paged = slides or body.tag.endswith("}spreadsheet")
    found: list[ConcealedText] = []
    total = 0
    for number, part in enumerate(parts if paged else [body], start=1):
        for text, manner in _under(part, ground, looks):
            total += len(text)
            if total > _MOST_CHARACTERS:
                return found
            if found and found[-1].manner is manner and found[-1].page == number:
                text = f"{found.pop().text} {text}"
            found.append(ConcealedText(text=text, manner=manner, page=number))
    return found


def _look(style: XmlElement) -> _Look:
    look = _Look()
    for properties in style:
        if properties.tag not in _PROPERTIES:
            continue
        behind = properties.get(f"{{{_FORMAT}}}background-color")
        look = _Look(
            hidden=properties.get(qualified(TEXT, "display")) == "none"
            or properties.get(qualified(TABLE, "display")) == "false"
            or properties.get(f"{{{_PRESENTATION}}}visibility") == "hidden",
            colour=(properties.get(f"{{{_FORMAT}}}color") or "").lower() or None,
            behind=None if behind in {None, "transparent"} else str(behind).lower(),
            points=_points(properties.get(f"{{{_FORMAT}}}font-size")),
        ).over(look)
    return look


def _points(length: str | None) -> float | None:
    if length is None or length[-2:] not in _UNITS:
        return None
    try:
        return float(length[:-2]) * _UNITS[length[-2:]]
    except ValueError:
        return None


def _under(node: XmlElement, above: _Look, looks: dict[str, _Look]) -> Iterator[tuple[str, Concealment]]:
    """The concealed texts under a node; what conceals all of it is told once."""
    if not isinstance(node.tag, str):
        return
    named = next((node.get(name) for name in _STYLE_NAMES if node.get(name)), None)
    look = looks.get(named or "", _Look()).over(above)
    collapsed = node.tag in _TABLE_PARTS and node.get(qualified(TABLE, "visibility")) in {"collapse", "filter"}
    if node.tag in _HIDDEN_ELEMENTS or node.tag == COVERED or collapsed or (look.hidden and not above.hidden):
        text = all_words(node) or "".join(node.itertext()) or node.get(qualified(TEXT, "string-value")) or ""
        if text.strip():
            yield " ".join(text.split()), Concealment.HIDDEN
        return
    if node.tag.startswith(f"{{{DRAW}}}") and _off_slide(node):
        if text := all_words(node):
            yield text, Concealment.OFF_PAGE
        return
    if node.tag in _TEXTS and look.manner is not None and (text := "".join(_own_text(node)).strip()):
        yield " ".join(text.split()), look.manner
    for child in node:
        yield from _under(child, look, looks)


def _own_text(node: XmlElement) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        yield child.tail or ""


def _off_slide(node: XmlElement) -> bool:
    """Whether a drawn shape lies wholly left of or above its page; how wide that is, its content does not say."""
    for start, extent in (("x", "width"), ("y", "height")):
        place = _points(node.get(f"{{{_DRAWN}}}{start}"))
        length = _points(node.get(f"{{{_DRAWN}}}{extent}"))
        if place is not None and length is not None and place + length <= 0:
            return True
    return False
