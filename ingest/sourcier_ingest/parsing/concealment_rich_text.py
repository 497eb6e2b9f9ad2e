"""How text of an RTF is concealed: hidden, tiny, or in the colour behind it, by the formatting of its group.

Hidden counts also where only the text's style says it. Colours and sizes that only a style says do not: writers repeat
them at the text, and LibreOffice shows it without them where they do not. Nor are colours behind table cells seen that
come from the table's style; where a cell, paragraph or letters have a pattern instead of a colour, none is taken as
known.
"""

from dataclasses import dataclass

from sourcier_core.domain.documents import ConcealedText, Concealment

Colour = tuple[int, int, int]

PATTERNED = -1
"""Instead of a colour's number, where a cell has a pattern."""
_WHITE: Colour = (255, 255, 255)
_TINY_HALF_POINTS = 6
_NEAR_COLOUR = 16
_MOST_CHARACTERS = 20_000
_DEEPEST_STYLE = 20
_CHANNELS = {"red": 0, "green": 1, "blue": 2}
_LETTERS_BEHIND = frozenset({"highlight", "chcbpat", "cb"})
_PATTERNS = frozenset({"chshdng", "shading"})


@dataclass(slots=True)
class Look:
    """The formatting of a group; colours are numbers of the colour table, 0 the automatic one.

    `hidden` is None where only its styles say it; `based_on` belongs to an entry of the style sheet.
    """

    hidden: bool | None = None
    half_points: int | None = None
    letters: int = 0
    behind_letters: int = 0
    behind_paragraph: int = 0
    patterned: bool = False
    paragraph_style: int | None = None
    letter_style: int | None = None
    based_on: int | None = None

    def follow_style(self, word: str, number: int | None) -> None:
        """Take a control word that names a style."""
        if word == "s":
            self.paragraph_style = number
        elif word == "cs":
            self.letter_style = number
        elif word == "sbasedon":
            self.based_on = number

    def follow(self, word: str, number: int | None) -> bool:
        """Take a control word that says how text looks; whether it was one."""
        if word == "v":
            self.hidden = number != 0
        elif word == "fs":
            self.half_points = number
        elif word == "cf":
            self.letters = number or 0
        elif word in _LETTERS_BEHIND:
            self.behind_letters = number or 0
        elif word == "cbpat":
            self.behind_paragraph = number or 0
        elif word in _PATTERNS:
            self.patterned = bool(number)
        else:
            return False
        return True

    def plain(self) -> None:
        """Back to the usual letters (`\\plain`); the paragraph stays as it is."""
        self.hidden, self.half_points, self.letters, self.behind_letters = None, None, 0, 0
        self.letter_style = None

    def new_paragraph(self) -> None:
        """Back to the usual paragraph (`\\pard`); the letters stay as they are."""
        self.behind_paragraph, self.patterned, self.paragraph_style = 0, False, None


class Palette:
    """The colour table: each entry ends with a semicolon, an empty one is the automatic colour."""

    def __init__(self) -> None:
        self._colours: list[Colour | None] = []
        self._channels: dict[int, int] = {}

    def follow(self, word: str, number: int | None) -> None:
        """Take a control word inside the table."""
        if word in _CHANNELS:
            self._channels[_CHANNELS[word]] = min(255, max(0, number or 0))

    def end_entries(self, text: str) -> None:
        """Take text inside the table."""
        for _ in range(text.count(";")):
            channels = self._channels
            self._colours.append((channels.get(0, 0), channels.get(1, 0), channels.get(2, 0)) if channels else None)
            self._channels = {}

    def colour(self, number: int) -> Colour | None:
        """The colour of an entry; None for the automatic one and where there is no such entry."""
        return self._colours[number] if 0 <= number < len(self._colours) else None


class HidingStyles:
    """Which styles hide their text, or show it, by themselves or as the one they are based on; one kind at a time."""

    def __init__(self) -> None:
        self._styles: dict[int, tuple[bool | None, int | None]] = {}

    def keep(self, number: int, look: Look) -> None:
        """Take an entry of the style sheet."""
        self._styles[number] = (look.hidden, look.based_on)

    def hide(self, number: int | None) -> bool | None:
        """Whether text of this style is hidden; None where neither it nor the 20 styles below it say so."""
        for _ in range(_DEEPEST_STYLE):
            if number is None:
                break
            hidden, number = self._styles.get(number, (None, None))
            if hidden is not None:
                return hidden
        return None


class ConcealedRuns:
    """Collects the concealed texts of a document, in order; neighbours of one manner in one paragraph are one text."""

    def __init__(self) -> None:
        self.palette = Palette()
        self._paragraph_styles = HidingStyles()
        self._letter_styles = HidingStyles()
        self._found: list[tuple[Concealment, list[str]]] = []
        self._before: Concealment | None = None
        self._total = 0

    def keep_style(self, look: Look) -> None:
        """Take an entry of the style sheet."""
        if look.letter_style is not None:
            self._letter_styles.keep(look.letter_style, look)
        elif look.paragraph_style is not None:
            self._paragraph_styles.keep(look.paragraph_style, look)

    def take(self, text: str, look: Look, *, cell_behind: int | None) -> None:
        """Take a text that is shown so; `cell_behind` is the colour number behind its table cell, None outside.

        Past 20,000 concealed characters nothing more is collected.
        """
        if not text.strip():
            if self._before is not None:
                self._found[-1][1].append(text)
            return
        manner = self._manner(look, cell_behind)
        if self._total > _MOST_CHARACTERS:
            manner = None
        if manner is not None and manner is self._before:
            self._found[-1][1].append(text)
        elif manner is not None:
            self._found.append((manner, [text]))
        self._total += len(text) if manner is not None else 0
        self._before = manner

    def end_paragraph(self) -> None:
        """What follows is another text, so that each is found in its place."""
        self._before = None

    def texts(self) -> tuple[ConcealedText, ...]:
        """What was found; an RTF has one page here."""
        joined = ((manner, " ".join("".join(parts).split())) for manner, parts in self._found)
        return tuple(ConcealedText(text=text, manner=manner, page=1) for manner, text in joined if text)

    def _manner(self, look: Look, cell_behind: int | None) -> Concealment | None:
        by_styles = (self._letter_styles.hide(look.letter_style), self._paragraph_styles.hide(look.paragraph_style))
        if next((hidden for hidden in (look.hidden, *by_styles) if hidden is not None), False):
            return Concealment.HIDDEN
        if look.half_points is not None and 0 < look.half_points < _TINY_HALF_POINTS:
            return Concealment.TINY
        letters = self.palette.colour(look.letters)
        if letters is None or look.patterned or cell_behind == PATTERNED:
            return None
        numbers = (look.behind_letters, look.behind_paragraph, cell_behind or 0)
        behind = next((colour for number in numbers if (colour := self.palette.colour(number)) is not None), _WHITE)
        near = all(abs(part - other) <= _NEAR_COLOUR for part, other in zip(letters, behind, strict=True))
        return Concealment.SAME_COLOUR if near else None
