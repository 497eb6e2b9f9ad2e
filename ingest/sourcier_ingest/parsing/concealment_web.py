"""Text of a web page that a reader of the page does not see, by its own styles.

Looked at: attributes, `style` attributes, and `<style>` rules whose selectors are one tag, class or id (`p`, `.note`,
`p.note`, `#top`). Not seen: other selectors, linked style sheets (nothing is fetched) and what scripts do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sourcier_core.domain.documents import ConcealedText, Concealment

HtmlElement = Any
"""An lxml element; the library ships no types."""

Colour = tuple[int, int, int]

_WHITE: Colour = (255, 255, 255)
_NAMES = {
    "white": _WHITE, "snow": (255, 250, 250), "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0), "red": (255, 0, 0), "lime": (0, 255, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "navy": (0, 0, 128), "yellow": (255, 255, 0), "gray": (128, 128, 128), "grey": (128, 128, 128),
    "silver": (192, 192, 192), "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211),
}  # fmt: skip
_NEAR_COLOUR = 16
_TINY_PIXELS = 3.3
_FAR_PIXELS = -500
_PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "cm": 37.8, "mm": 3.78, "in": 96.0,
           "vw": 12.0, "vh": 8.0, "%": 10.0, "": 1.0}  # fmt: skip
_WITHOUT_TEXT = {"script", "style", "noscript", "template", "iframe", "object", "embed", "head", "title", "option"}
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"^(?:[a-z][a-z0-9]*|\*)?(?:[.#][\w-]+)?$")
_LENGTH = re.compile(r"(-?\d*\.?\d+)([a-z%]*)")
_BLOCKS = {"p", "div", "li", "td", "th", "tr", "br", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "ul"}
_MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class _Sight:
    """How the text at a place is seen."""

    manner: Concealment | None = None
    """Given by an element that conceals everything in it."""
    invisible: bool = False
    font_pixels: float = 16.0
    colour: Colour | None = None
    background: Colour | None = _WHITE
    """None: not known."""


def concealed_in_html(tree: HtmlElement) -> list[ConcealedText]:
    """The concealed texts of a parsed page (lxml), in document order; comments are not text.

    What follows itself in one manner is one text. Page is 1.
    """
    rules = _rules(tree)
    linked = any("stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link"))
    first = _Sight(background=None if linked else _WHITE)
    pieces: list[tuple[str, Concealment]] = []
    total = 0
    stack: list[tuple[HtmlElement | None, str | None, _Sight]] = [(tree, None, first)]
    while stack and total < _MOST_CHARACTERS:
        element, tail, sight = stack.pop()
        if element is None:
            manner = _manner(sight)
            if manner is not None and tail:
                pieces.append((tail, manner))
                total += len(tail)
            elif tail and tail.strip():
                pieces.append(("", Concealment.HIDDEN))
            continue
        if not isinstance(element.tag, str) or element.tag in _WITHOUT_TEXT:
            continue
        inside = _inside(element, _declarations(element, rules), sight)
        space = " " if element.tag in _BLOCKS else ""
        for child in reversed(element):
            stack.append((None, child.tail, inside))
            stack.append((child, None, inside))
        stack.append((None, space + (element.text or ""), inside))
    return _joined(pieces)


def _joined(pieces: list[tuple[str, Concealment]]) -> list[ConcealedText]:
    """Texts of one manner, put together until a seen text (an empty piece) or another manner comes."""
    texts: list[ConcealedText] = []
    fresh = True
    for written, manner in pieces:
        if not written:
            fresh = True
        elif not fresh and texts and texts[-1].manner is manner:
            texts[-1] = replace(texts[-1], text=texts[-1].text + written)
        else:
            texts.append(ConcealedText(text=written, manner=manner, page=1))
            fresh = False
    cleaned = [replace(text, text=" ".join(text.text.split())) for text in texts]
    return [text for text in cleaned if text.text]


def _manner(sight: _Sight) -> Concealment | None:
    if sight.manner is not None:
        return sight.manner
    if sight.invisible:
        return Concealment.HIDDEN
    if sight.font_pixels < _TINY_PIXELS:
        return Concealment.TINY
    if sight.colour is None or sight.background is None:
        return None
    near = all(abs(part - behind) <= _NEAR_COLOUR for part, behind in zip(sight.colour, sight.background, strict=True))
    return Concealment.SAME_COLOUR if near else None


def _split(written: str) -> dict[str, str]:
    """The declarations of a style, names and values in lower case."""
    pairs = (part.split(":", 1) for part in written.lower().split(";") if ":" in part)
    return {name.strip(): value.replace("!important", "").strip() for name, value in pairs}


def _rules(tree: HtmlElement) -> dict[str, dict[str, str]]:
    """Declarations by simple selector. Rules for other media (`@media`) are left out."""
    rules: dict[str, dict[str, str]] = {}
    for style in tree.iter("style"):
        if (style.get("media") or "all").lower() not in {"all", "screen"}:
            continue
        written = re.sub(r"/\*.*?\*/", "", style.text or "", flags=re.DOTALL)
        for selectors, declarations in _RULE.findall(_AT_RULE.sub("", written)):
            for selector in selectors.split(","):
                name = selector.strip()
                if name and _SIMPLE.match(name):
                    rules.setdefault(name, {}).update(_split(declarations))
    return rules


def _declarations(element: HtmlElement, rules: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """An element's declarations, the more particular over the more general."""
    found: dict[str, str] = {}
    if element.get("color") and element.tag == "font":
        found["color"] = element.get("color").lower()
    if element.get("bgcolor"):
        found["background-color"] = element.get("bgcolor").lower()
    if rules:
        tag, identifier = element.tag, element.get("id")
        names = ["*", tag]
        for name in (element.get("class") or "").split():
            names += [f".{name}", f"{tag}.{name}"]
        names += [f"#{identifier}", f"{tag}#{identifier}"] if identifier else []
        for name in names:
            found.update(rules.get(name, {}))
    found.update(_split(element.get("style") or ""))
    return found


def _inside(element: HtmlElement, style: Mapping[str, str], around: _Sight) -> _Sight:
    """How text in the element is seen."""
    if around.manner is not None or (not style and element.get("hidden") is None):
        return around
    if element.get("hidden") is not None or _conceals(style):
        return replace(around, manner=Concealment.HIDDEN)
    if _off_screen(style):
        return replace(around, manner=Concealment.OFF_PAGE)
    colour, opacity = _colour(style.get("color"))
    background = around.background
    written = style.get("background-color") or style.get("background")
    if "background-image" in style or (written and ("url(" in written or "gradient" in written or "var(" in written)):
        background = None
    elif written and written not in {"transparent", "none", "inherit", "initial"}:
        background, solid = _colour(written)
        background = around.background if solid == 0 else background if solid > 0.95 else None
    seen = style.get("visibility")
    return replace(
        around,
        manner=Concealment.HIDDEN if "color" in style and opacity == 0 else None,
        invisible=seen in {"hidden", "collapse"} if seen else around.invisible,
        font_pixels=_font_pixels(style.get("font-size"), around.font_pixels),
        colour=colour if colour is not None else around.colour if style.get("color") in {None, "inherit"} else None,
        background=background,
    )


def _conceals(style: Mapping[str, str]) -> bool:
    """Whether nothing of the element is painted."""
    if style.get("display") == "none" or style.get("mso-hide") == "all":
        return True
    opacity = _pixels(style.get("opacity"))
    if opacity is not None and opacity < 0.05:
        return True
    clipped = style.get("overflow") in {"hidden", "clip"} or "clip" in style
    sides = [_pixels(style.get(name)) for name in ("width", "height", "max-width", "max-height")]
    if clipped and any(side is not None and side <= 1 for side in sides):
        return True
    clip = style.get("clip-path", "") + style.get("clip", "")
    return bool(re.search(r"inset\((?:50|100)%|rect\(\s*(?:0|1px)[^)]*?\b0(?:px)?\s*\)|circle\(0", clip))


def _off_screen(style: Mapping[str, str]) -> bool:
    moved = [_pixels(style.get("text-indent"))]
    if style.get("position") in {"absolute", "fixed", "relative"}:
        moved += [_pixels(style.get(side)) for side in ("left", "top", "right", "bottom")]
    # Old layouts are centred by negative margins of half their width.
    margins = [_pixels(style.get("margin-left")), _pixels(style.get("margin-top"))]
    moved += [margin / 2 for margin in margins if margin is not None]
    translated = re.search(r"translate[xy]?\(\s*([^,)]+)", style.get("transform", ""))
    moved.append(_pixels(translated.group(1)) if translated else None)
    return any(distance is not None and distance <= _FAR_PIXELS for distance in moved)


def _pixels(written: str | None) -> float | None:
    match = _LENGTH.match(written.strip()) if written else None
    return None if match is None else float(match.group(1)) * _PIXELS.get(match.group(2), 1.0)


def _font_pixels(written: str | None, around: float) -> float:
    match = _LENGTH.match(written) if written else None
    if match is None:
        return around
    if match.group(2) in {"em", "%"}:
        return around * float(match.group(1)) / (100 if match.group(2) == "%" else 1)
    return float(match.group(1)) * _PIXELS.get(match.group(2), 1.0)


def _colour(written: str | None) -> tuple[Colour | None, float]:
    """A colour (None: not one we can read) and its opacity, 0–1."""
    if not written:
        return None, 1.0
    if written == "transparent":
        return None, 0.0
    digits = re.search(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b", written)
    if digits:
        code = digits.group(1) if len(digits.group(1)) > 4 else "".join(digit * 2 for digit in digits.group(1))
        channels = [int(code[place : place + 2], 16) for place in range(0, len(code), 2)]
        return (channels[0], channels[1], channels[2]), (channels[3] / 255 if len(channels) > 3 else 1.0)
    numbers = re.search(r"rgba?\(([^)]*)\)", written)
    if numbers:
        parts = [float(part) for part in re.findall(r"\d*\.?\d+", numbers.group(1))]
        if len(parts) < 3 or "%" in numbers.group(1):
            return None, 1.0
        return (int(parts[0]), int(parts[1]), int(parts[2])), (parts[3] if len(parts) > 3 else 1.0)
    return _NAMES.get(written.split()[0]), 1.0
