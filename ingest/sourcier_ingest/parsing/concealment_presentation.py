"""Text of a PPTX that no audience sees: hidden slides and shapes, off the slide, tiny, in its ground's colour.

A background counts as known only where it is one plain colour: the shape's own fill, or the slide's, layout's or
master's where nothing lies under the text. Not seen: colours that text inherits from its layout.
"""

from collections.abc import Iterator
from typing import Any

from sourcier_core.domain.documents import ConcealedText, Concealment
from sourcier_ingest.parsing.markup import XmlElement, parse_xml

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_TINY_HUNDREDTHS = 300
_NEAR_COLOUR = 16
_MOST_CHARACTERS = 20_000
_THEME_NAMES = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_FALLBACKS = {"lt1": "FFFFFF", "dk1": "000000"}
_SHAPES = {_P + name for name in ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")}

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]


def concealed_in_presentation(deck: Any) -> list[ConcealedText]:
    """The concealed texts of a python-pptx presentation, slide by slide; page is the slide's number."""
    size = (int(deck.slide_width or 0), int(deck.slide_height or 0))
    found: list[ConcealedText] = []
    total = 0
    for number, slide in enumerate(deck.slides, start=1):
        for text, manner in _on_slide(slide, size):
            total += len(text)
            if total > _MOST_CHARACTERS:
                return found
            found.append(ConcealedText(text=text, manner=manner, page=number))
    return found


def _on_slide(slide: Any, size: tuple[int, int]) -> Iterator[tuple[str, Concealment]]:
    tree = slide.shapes._spTree
    if slide._element.get("show") in {"0", "false"}:
        if text := _words(tree):
            yield text, Concealment.HIDDEN
        return
    theme = _theme(slide)
    background = _background(slide, theme)
    below = _decorations(slide)
    for shape in tree:
        if shape.tag not in _SHAPES:
            continue
        box = _box(shape)
        text = _words(shape)
        named = next(shape.iter(_P + "cNvPr"), None)
        if text and named is not None and named.get("hidden") in {"1", "true"}:
            yield text, Concealment.HIDDEN
        elif text and box is not None and _outside(box, size):
            yield text, Concealment.OFF_PAGE
        elif text and shape.tag == _P + "sp":
            covered = any(other is None or box is None or _touch(box, other) for other in below)
            yield from _runs(shape, _behind(shape, None if covered else background, theme), theme)
        below.append(box)


def _decorations(slide: Any) -> list[Box | None]:
    """Where the layout and the master draw something of their own, in front of the background."""
    trees = (slide.slide_layout.shapes._spTree, slide.slide_layout.slide_master.shapes._spTree)
    return [
        _box(shape)
        for tree in trees
        for shape in tree
        if shape.tag in _SHAPES and next(shape.iter(_P + "ph"), None) is None
    ]


def _words(element: XmlElement) -> str:
    return " ".join(" ".join(part.text or "" for part in element.iter(_A + "t")).split())


def _box(shape: XmlElement) -> Box | None:
    """Left, top, right, bottom in EMU; None where the layout decides."""
    offset, extent = next(shape.iter(_A + "off"), None), next(shape.iter(_A + "ext"), None)
    if offset is None or extent is None or extent.get("cx") is None:
        return None
    left, top = int(offset.get("x", "0")), int(offset.get("y", "0"))
    return (left, top, left + int(extent.get("cx")), top + int(extent.get("cy", "0")))


def _outside(box: Box, size: tuple[int, int]) -> bool:
    return size[0] > 0 and (box[2] <= 0 or box[3] <= 0 or box[0] >= size[0] or box[1] >= size[1])


def _touch(box: Box, other: Box) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _runs(shape: XmlElement, behind: Colour | None, theme: dict[str, str]) -> Iterator[tuple[str, Concealment]]:
    """The concealed runs of a shape; those of one manner that follow each other are one text."""
    written, before = "", None
    for run in shape.iter(_A + "r"):
        text = "".join(part.text or "" for part in run.iter(_A + "t"))
        if not text.strip():
            continue
        manner = _manner(run.find(_A + "rPr"), behind, theme)
        if before is not None and manner is not before:
            yield " ".join(written.split()), before
            written = ""
        written = f"{written} {text}" if manner is not None else ""
        before = manner
    if before is not None:
        yield " ".join(written.split()), before


def _manner(properties: XmlElement | None, behind: Colour | None, theme: dict[str, str]) -> Concealment | None:
    if properties is None:
        return None
    if properties.get("sz", "").isdigit() and int(properties.get("sz")) < _TINY_HUNDREDTHS:
        return Concealment.TINY
    colour = _solid(properties, theme)
    if colour is None or behind is None:
        return None
    near = all(abs(part - other) <= _NEAR_COLOUR for part, other in zip(colour, behind, strict=True))
    return Concealment.SAME_COLOUR if near else None


def _behind(shape: XmlElement, background: Colour | None, theme: dict[str, str]) -> Colour | None:
    properties = shape.find(_P + "spPr")
    fill = None if properties is None else _solid(properties, theme)
    if fill is not None:
        return fill
    filled = properties is not None and any(properties.find(_A + name) is not None for name in ("gradFill", "blipFill"))
    return None if filled or shape.find(_P + "style") is not None else background


def _solid(parent: XmlElement, theme: dict[str, str]) -> Colour | None:
    fill = parent.find(_A + "solidFill")
    return None if fill is None or len(fill) == 0 else _colour(fill[0], theme)


def _colour(element: XmlElement, theme: dict[str, str]) -> Colour | None:
    """An RGB or theme colour without changes to it; None for any other."""
    if len(element):  # lightened, darkened, transparent: not worked out
        return None
    written: str = element.get("val") or ""
    if element.tag == _A + "schemeClr":
        written = theme.get(_THEME_NAMES.get(written, written), "")
    elif element.tag != _A + "srgbClr":
        return None
    if len(written) != 6 or any(digit not in "0123456789abcdefABCDEF" for digit in written):
        return None
    return (int(written[:2], 16), int(written[2:4], 16), int(written[4:], 16))


def _theme(slide: Any) -> dict[str, str]:
    """The theme's colours by name, where the master keeps the usual mapping; else none."""
    master = slide.slide_layout.slide_master
    mapping = master._element.find(_P + "clrMap")
    if mapping is not None and (mapping.get("bg1") != "lt1" or mapping.get("tx1") != "dk1"):
        return {}
    for relation in master.part.rels.values():
        if relation.reltype.endswith("/theme"):
            scheme = parse_xml(relation.target_part.blob).find(f".//{_A}clrScheme")
            if scheme is not None:
                return {
                    str(colour.tag).rpartition("}")[2]: colour[0].get("lastClr") or colour[0].get("val", "")
                    for colour in scheme
                    if len(colour)
                }
    return _FALLBACKS


def _background(slide: Any, theme: dict[str, str]) -> Colour | None:
    """The plain colour behind a slide; None for a picture or a gradient."""
    for owner in (slide, slide.slide_layout, slide.slide_layout.slide_master):
        found = owner._element.find(f"{_P}cSld/{_P}bg")
        if found is None:
            continue
        properties, reference = found.find(_P + "bgPr"), found.find(_P + "bgRef")
        if properties is not None:
            return _solid(properties, theme)
        if reference is None or len(reference) == 0 or reference.get("idx") not in {"1001", "1", "0"}:
            return None
        return _colour(reference[0], theme)
    return (255, 255, 255)
