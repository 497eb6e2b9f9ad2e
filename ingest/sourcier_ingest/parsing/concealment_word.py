"""Text of a DOCX that a reader of the page does not see: hidden runs, text in its background's colour, tiny text.

Not seen: white text in a box or in a cell coloured by a table style, whose background is not in the document's text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml ships no types

from sourcier_core.domain.documents import ConcealedText, Concealment

XmlElement = Any
"""An lxml element; the library ships no types."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PARTS = ("word/document.xml", "word/header", "word/footer", "word/footnotes.xml", "word/endnotes.xml")
_TINY_HALF_POINTS = 6
_NEAR_COLOUR = 16
_WHITE = (255, 255, 255)
_HIGHLIGHTS = {"white": _WHITE, "black": (0, 0, 0), "yellow": (255, 255, 0), "red": (255, 0, 0)}
_OTHER_HIGHLIGHTS = {"blue", "cyan", "green", "magenta", "lightGray"} | {
    f"dark{name}" for name in ("Blue", "Cyan", "Green", "Magenta", "Red", "Yellow", "Gray")
}
_OFF = {"0", "false", "off", "none"}
_PLAIN_TABLES = {None, "TableNormal", "TableGrid", "Tabellenraster", "Grilledutableau"}
_LONGEST_CHAIN = 12
_MOST_CHARACTERS = 20_000

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Look:
    """What decides whether a run is seen; None: not said, so what it stands in decides."""

    vanish: bool | None = None
    colour: str | None = None
    half_points: float | None = None
    shading: str | None = None

    def over(self, below: "_Look") -> "_Look":
        """These properties where given, else those of `below`."""
        return _Look(
            vanish=below.vanish if self.vanish is None else self.vanish,
            colour=self.colour or below.colour,
            half_points=below.half_points if self.half_points is None else self.half_points,
            shading=self.shading or below.shading,
        )


def concealed_in_word(path: Path) -> list[ConcealedText]:
    """The concealed texts of a DOCX, in reading order; runs of one manner that follow each other are one text.

    Page is 1, as Word's pages are only known once laid out.

    Raises:
        KeyError, lxml.etree.XMLSyntaxError, zipfile.BadZipFile: it is damaged.
    """
    with ZipFile(path) as archive:
        names = archive.namelist()
        styles = _styles(_parse(archive.read("word/styles.xml"))) if "word/styles.xml" in names else {}
        texts: list[ConcealedText] = []
        for name in names:
            if name.startswith(_PARTS) and name.endswith(".xml"):
                texts += _concealed(_parse(archive.read(name)), styles)
    return texts


def _parse(data: bytes) -> XmlElement:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)


def _value(parent: XmlElement | None, name: str, attribute: str = "val") -> str | None:
    found = None if parent is None else parent.find(_W + name)
    return None if found is None else found.get(_W + attribute)


def _fill(properties: XmlElement | None) -> str | None:
    found = _value(properties, "shd", "fill")
    return None if found == "auto" else found


def _look(properties: XmlElement | None) -> _Look:
    """What `w:rPr` says."""
    if properties is None:
        return _Look()
    vanish = properties.find(_W + "vanish")
    size = _value(properties, "sz")
    highlight = _value(properties, "highlight")
    return _Look(
        vanish=None if vanish is None else vanish.get(_W + "val", "1") not in _OFF,
        colour=_value(properties, "color"),
        half_points=float(size) if size is not None and size.replace(".", "", 1).isdigit() else None,
        shading=highlight if highlight not in {None, "none"} else _fill(properties),
    )


def _styles(tree: XmlElement) -> dict[str, _Look]:
    """Each style's look, with what it is based on; the document's defaults under the empty name."""
    own: dict[str, tuple[_Look, str | None]] = {}
    for style in tree.iter(_W + "style"):
        shading = _fill(style.find(_W + "pPr"))
        look = _look(style.find(_W + "rPr"))
        own[style.get(_W + "styleId", "")] = (look.over(_Look(shading=shading)), _value(style, "basedOn"))
    defaults = _look(tree.find(f"{_W}docDefaults/{_W}rPrDefault/{_W}rPr"))
    looks: dict[str, _Look] = {}
    for name in own:
        look, based_on = own[name]
        for _ in range(_LONGEST_CHAIN):
            if based_on not in own:
                break
            below, based_on = own[based_on]
            look = look.over(below)
        looks[name] = look
    looks[""] = defaults
    return looks


def _concealed(tree: XmlElement, styles: dict[str, _Look]) -> list[ConcealedText]:
    page = _colour(_value(tree, "background", "color")) or _WHITE
    texts: list[ConcealedText] = []
    total = 0
    for follows, written, manner in _runs(tree, styles, page):
        if manner is None:
            continue
        total += len(written)
        if total > _MOST_CHARACTERS:
            break
        if follows and texts and texts[-1].manner is manner:
            texts[-1] = replace(texts[-1], text=texts[-1].text + written)
        else:
            texts.append(ConcealedText(text=written.strip(), manner=manner, page=1))
    return [text for text in texts if text.text]


def _runs(tree: XmlElement, styles: dict[str, _Look], page: Colour) -> Iterator[tuple[bool, str, Concealment | None]]:
    """Each run that has text: whether the run before it in its paragraph is concealed alike, its text, its manner."""
    for paragraph in tree.iter(_W + "p"):
        around = _around(paragraph)
        properties = paragraph.find(_W + "pPr")
        shading = _fill(properties)
        style = styles.get(_value(properties, "pStyle") or "Normal", _Look()).over(styles.get("", _Look()))
        before: Concealment | None = None
        for run in paragraph.iter(_W + "r"):
            if next(run.iterancestors(_W + "p"), None) is not paragraph or _dropped(run):
                continue
            written = "".join(part.text or "" for part in run.findall(_W + "t"))
            if not written.strip():
                continue
            own = _look(run.find(_W + "rPr"))
            named = styles.get(_value(run.find(_W + "rPr"), "rStyle") or "-", _Look())
            look = own.over(named).over(_Look(shading=shading)).over(style)
            manner = _manner(look, around, page)
            yield manner is not None and manner is before, written, manner
            before = manner


def _dropped(run: XmlElement) -> bool:
    return next(run.iterancestors(_FALLBACK, _W + "del"), None) is not None


def _around(paragraph: XmlElement) -> str | None:
    """The shading of the cell around a paragraph; "unknown" in text boxes and in tables coloured by their style."""
    if next(paragraph.iterancestors(_W + "txbxContent"), None) is not None:
        return "unknown"
    for cell in paragraph.iterancestors(_W + "tc"):
        shading = _fill(cell.find(_W + "tcPr"))
        if _colour(shading) is not None:
            return shading
    for table in paragraph.iterancestors(_W + "tbl"):
        if _value(table.find(_W + "tblPr"), "tblStyle") not in _PLAIN_TABLES:
            return "unknown"
    return None


def _manner(look: _Look, around: str | None, page: Colour) -> Concealment | None:
    if look.vanish:
        return Concealment.HIDDEN
    if look.half_points is not None and look.half_points < _TINY_HALF_POINTS:
        return Concealment.TINY
    colour = _colour(look.colour)
    if colour is None:  # "auto" is made to be seen on any background
        return None
    behind = _colour(look.shading)
    if behind is None:
        if around == "unknown" or look.shading in _OTHER_HIGHLIGHTS:
            return None
        behind = _colour(around) or page
    near = all(abs(part - other) <= _NEAR_COLOUR for part, other in zip(colour, behind, strict=True))
    return Concealment.SAME_COLOUR if near else None


def _colour(written: str | None) -> Colour | None:
    if written is None:
        return None
    if written in _HIGHLIGHTS:
        return _HIGHLIGHTS[written]
    if len(written) != 6 or any(digit not in "0123456789abcdefABCDEF" for digit in written):
        return None
    return (int(written[:2], 16), int(written[2:4], 16), int(written[4:], 16))
