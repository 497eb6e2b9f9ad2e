"""The typefaces of reading copies: how wide a text is, and what is drawn for it.

Helvetica needs no font file and covers French and English; where a document holds other characters an embedded
TrueType font takes over, and a character that even it lacks is drawn as a question mark (the text is not touched).
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

_TRUETYPE_FOLDERS = (Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu"))

# What is drawn for a character that has a plain look-alike.
_LOOK_ALIKES = {
    **{0x202F: " ", 0x2007: " ", 0x2011: "-", 0x2010: "-", 0x00AD: "", 0x200B: "", 0xFEFF: "", 0x2060: ""},
    **dict.fromkeys((*range(8192, 8199), 8200, 8201, 8202, 8287, 12288), " "),
    **{0x0009: "    ", 0xFB01: "fi", 0xFB02: "fl", 0x2212: "-"},
}


class _Widths(dict[str, float]):
    """Widths of single characters at one point; neither font knows kerning, so a text's width is their sum."""

    def __init__(self, font: str, shown: Callable[[str], str]) -> None:
        super().__init__()
        self._font = font
        self._shown = shown

    def __missing__(self, character: str) -> float:
        width = self[character] = pdfmetrics.stringWidth(self._shown(character), self._font, 1.0)
        return width


class Typeface:
    """A regular and a bold font, by their names in reportlab."""

    def __init__(self, regular: str, bold: str, drawable: Callable[[str], str]) -> None:
        """`drawable` replaces what the fonts cannot draw."""
        self.regular = regular
        self.bold = bold
        self._drawable = drawable
        self._widths = {False: _Widths(regular, self.shown), True: _Widths(bold, self.shown)}

    def shown(self, text: str) -> str:
        """What is drawn for a text."""
        return self._drawable(text.translate(_LOOK_ALIKES))

    def width(self, text: str, size: float, *, bold: bool) -> float:
        """The width of what is drawn for a text, in points; `size` is the font's, in points."""
        return size * sum(map(self._widths[bold].__getitem__, text))

    def reach(self, text: str, size: float, *, bold: bool) -> list[float]:
        """How far each beginning of a text reaches, in points: len(text) + 1 values, from 0 to its width."""
        widths = map(self._widths[bold].__getitem__, text)
        return [size * width for width in accumulate(widths, initial=0.0)]


def _as_it_is(shown: str) -> str:
    return shown


def _in_windows_characters(shown: str) -> str:
    return shown.encode("cp1252", "replace").decode("cp1252")


def _drawable(font: Any) -> Callable[[str], str]:
    """What the font cannot draw becomes a question mark."""
    glyphs = font.face.charToGlyph
    return lambda shown: "".join(character if ord(character) in glyphs else "?" for character in shown)


@lru_cache(maxsize=1)
def _helvetica() -> Typeface:
    return Typeface("Helvetica", "Helvetica-Bold", _as_it_is)


@lru_cache(maxsize=1)
def _truetype() -> Typeface:
    for folder, regular, bold in (
        *((folder, "DejaVuSans", "DejaVuSans-Bold") for folder in _TRUETYPE_FOLDERS),
        (Path(), "Vera", "VeraBd"),  # in reportlab's own font folder
    ):
        try:
            for name in (regular, bold):
                if name not in pdfmetrics.getRegisteredFontNames():
                    pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
        except (TTFError, OSError):
            continue
        addMapping(regular, 0, 0, regular)
        return Typeface(regular, bold, _drawable(pdfmetrics.getFont(regular)))
    return Typeface("Helvetica", "Helvetica-Bold", _in_windows_characters)


def choose_typeface(text: str) -> Typeface:
    """The plainest typeface that can draw a text."""
    try:
        text.translate(_LOOK_ALIKES).encode("cp1252")
    except UnicodeEncodeError:
        return _truetype()
    return _helvetica()
