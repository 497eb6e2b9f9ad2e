"""Rich Text Format (RTF): paragraphs, headings, lists, tables, notes and comments."""

import dataclasses
import re
from dataclasses import dataclass, field

from unstructured.documents.elements import Element, ElementMetadata, ListItem, NarrativeText, Table, Title

from sourcier_core.errors import DocumentCorrupt, DocumentHostile
from sourcier_ingest.parsing.concealment_rich_text import PATTERNED, ConcealedRuns, Look
from sourcier_ingest.parsing.extraction import Extraction, SourceFile
from sourcier_ingest.parsing.rich_text_tokens import RichTextReader, Token
from sourcier_ingest.parsing.tables import rows_to_html, rows_to_text

_SIGNATURE = b"{\\rtf"
_DEEPEST = 5_000
_HEADING = re.compile(r"(?:heading|titre|überschrift)\s*(\d)", re.IGNORECASE)
_IGNORED = frozenset(
    [
        *("fonttbl", "colortbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "filetbl"),
        *("pict", "objdata", "themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl", "mmathPr"),
        *("fldinst", "nonshppict", "sp", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr"),
        *("footerf", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "tc", "xe", "rxe", "bkmkstart", "bkmkend", "docvar"),
        *("listtext", "pntext", "pn", "author", "operator", "keywords", "comment", "doccomm", "company", "category"),
        *("manager", "subject", "atnid", "atntime", "atnref", "atndate", "atrfstart", "atrfend"),
    ]
)
_KEPT_STARRED = frozenset({"annotation", "atnauthor", "shpinst", "shptxt", "nesttableprops"})
_SINKS = {"footnote": "note", "annotation": "comment", "atnauthor": "author", "title": "title", "stylesheet": "styles"}
_CHARACTERS = {
    **{"tab": "\t", "line": "\n", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•"},
    **{"endash": "–", "emdash": "—", "enspace": " ", "emspace": " ", "qmspace": " ", "nestcell": " ", "nestrow": "\n"},
    **{"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"},
}
_SHOWN = frozenset({"body", "note", "comment"})
_PARAGRAPH_ENDS = frozenset({"par", "page", "sect", "\n", "\r"})


@dataclass(slots=True)
class _State:
    sink: str = "body"
    ignored: bool = False
    in_palette: bool = False
    look: Look = field(default_factory=Look)
    style: int | None = None
    outline: int | None = None
    in_table: bool = False
    listed: bool = False


class _Document:
    """What was read so far. Words go where the current group's `sink` says."""

    def __init__(self) -> None:
        self.elements: list[Element] = []
        self.title = ""
        self.concealed = ConcealedRuns()
        self._stack = [_State()]
        self._buffers: dict[str, list[str]] = {name: [] for name in ("body", *_SINKS.values())}
        self._styles: dict[int, int] = {}
        self._notes: list[str] = []
        self._note_count = 0
        self._cells: list[str] = []
        self._cell_colours: list[int] = []
        self._next_colour = 0
        self._rows: list[list[str]] = []
        self._starred = False

    def take(self, token: Token) -> None:
        """Follow one token."""
        state = self._stack[-1]
        if token.brace == "{":
            if len(self._stack) > _DEEPEST:
                raise DocumentHostile("The groups of this file are nested too deep.")
            self._stack.append(dataclasses.replace(state, look=dataclasses.replace(state.look)))
        elif token.brace == "}":
            self._close_group()
        elif token.text:
            self._write(token.text)
        elif token.word == "*":
            self._starred = True
            return
        else:
            self._control(state, token.word, token.number)
        self._starred = False

    def finish(self) -> None:
        """End the last paragraph and table, however the file ended."""
        self._end_paragraph(_State())
        self._end_table()

    def _write(self, text: str) -> None:
        state = self._stack[-1]
        if state.in_palette:
            self.concealed.palette.end_entries(text)
        if not state.ignored:
            self._buffers[state.sink].append(text)
            if state.sink in _SHOWN:
                self.concealed.take(text, state.look, cell_behind=self._cell_colour() if state.in_table else None)

    def _cell_colour(self) -> int:
        """The number of the colour behind the cell that is being read."""
        place = len(self._cells)
        return self._cell_colours[place] if place < len(self._cell_colours) else 0

    def _taken(self, sink: str) -> str:
        text = "".join(self._buffers[sink])
        self._buffers[sink].clear()
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _close_group(self) -> None:
        if len(self._stack) == 1:
            return
        ended = self._stack.pop()
        if ended.sink == self._stack[-1].sink:
            if ended.sink == "styles":
                self._keep_style(ended)
                self.concealed.keep_style(ended.look)
            return
        if ended.sink == "note" and (text := " ".join(self._taken("note").split())):
            self._note_count += 1
            self._notes.append(f"[note {self._note_count}] {text}")
        elif ended.sink == "comment" and (text := " ".join(self._taken("comment").split())):
            author = self._taken("author").strip()
            self._notes.append(f"[commentaire / comment {author}".rstrip() + f"] {text}")
        elif ended.sink == "title":
            self.title = self._taken("title").strip()

    def _keep_style(self, state: _State) -> None:
        name = self._taken("styles").strip().rstrip(";")
        if state.style is not None and (match := _HEADING.match(name)):
            self._styles[state.style] = int(match.group(1)) - 1
        elif state.style is not None and name.casefold() in {"title", "titre"}:
            self._styles[state.style] = 0

    def _control(self, state: _State, word: str, number: int | None) -> None:
        if word in _SINKS:
            state.sink = _SINKS[word]
            state.style = None
            state.look = Look() if state.sink == "styles" else state.look
        state.look.follow_style(word, number)
        if word in {"listtext", "pntext"}:
            self._stack[-2 if len(self._stack) > 1 else -1].listed = True
        if state.in_palette or word == "colortbl":
            state.in_palette = True
            self.concealed.palette.follow(word, number)
        if word in _IGNORED or (self._starred and word not in _KEPT_STARRED):
            state.ignored = True
        elif word in _CHARACTERS:
            self._write(_CHARACTERS[word])
        elif word == "pard":
            state.look.new_paragraph()
            state.style = state.outline = None
            state.in_table = state.listed = False
        elif word in {"s", "ds"} and number is not None:
            state.style = number
        elif word == "outlinelevel":
            state.outline = number
        elif word in {"intbl", "ls"}:
            state.in_table, state.listed = state.in_table or word == "intbl", state.listed or word == "ls"
        elif word == "deleted":
            state.ignored = state.ignored or number != 0
        elif word == "plain":
            state.look.plain()
        elif state.look.follow(word, number) or self._row_definition(word, number):
            return
        elif state.sink == "body" and not state.ignored:
            self._structure(state, word)
        elif word in _PARAGRAPH_ENDS:
            self._write(" ")

    def _row_definition(self, word: str, number: int | None) -> bool:
        """Take a control word that says what is behind the cells of a row; whether it was one."""
        if word == "trowd":
            self._cell_colours, self._next_colour = [], 0
        elif word == "clcbpat" and self._next_colour != PATTERNED:
            self._next_colour = number or 0
        elif word == "clshdng" and number:
            self._next_colour = PATTERNED
        elif word == "cellx":
            self._cell_colours.append(self._next_colour)
            self._next_colour = 0
        else:
            return False
        return True

    def _structure(self, state: _State, word: str) -> None:
        if word in _PARAGRAPH_ENDS or word == "cell":
            self.concealed.end_paragraph()
        if word in _PARAGRAPH_ENDS and state.in_table:
            self._write("\n")
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph(state)
        elif word == "cell":
            self._cells.append(" ".join(self._taken("body").split()))
        elif word == "row":
            if any(self._cells):
                self._rows.append(self._cells)
            self._cells = []

    def _end_table(self) -> None:
        if self._rows:
            metadata = ElementMetadata(page_number=1, text_as_html=rows_to_html(self._rows))
            self.elements.append(Table(text=rows_to_text(self._rows), metadata=metadata))
        self._rows = []
        self._add_notes()

    def _add_notes(self) -> None:
        metadata = ElementMetadata(page_number=1)
        self.elements.extend(NarrativeText(text=note, metadata=metadata) for note in self._notes)
        self._notes.clear()

    def _end_paragraph(self, state: _State) -> None:
        text = self._taken("body")
        leftover = " | ".join(filter(None, self._cells))  # cells of a row that never ended
        self._cells = []
        text = "\n".join(filter(None, (leftover, text.strip())))
        if not text:
            return
        if self._rows:
            self._end_table()
        depth = (
            state.outline if state.outline is not None and state.outline < 9 else self._styles.get(state.style or -1)
        )
        metadata = ElementMetadata(page_number=1, category_depth=depth)
        kind = Title if depth is not None else ListItem if state.listed else NarrativeText
        self.elements.append(kind(text=text, metadata=metadata))
        self._add_notes()


class RichTextParser:
    """RTF, also as Outlook keeps it inside messages."""

    def bid(self, source: SourceFile) -> float:
        """By its first bytes, or by name when damaged."""
        if source.sample.lstrip().startswith(_SIGNATURE):
            return 0.95
        return 0.55 if source.suffix == ".rtf" and b"\\rtf" in source.sample[:1024] else 0.0

    def parse(self, source: SourceFile) -> Extraction:
        """The document in order.

        Raises:
            DocumentCorrupt, DocumentHostile: it is no RTF, or nested too deep.
        """
        return read_rich_text(source.path.read_bytes())


def read_rich_text(data: bytes) -> Extraction:
    """What RTF bytes hold. Raises as `RichTextParser.parse` does."""
    if b"\\rtf" not in data[:1024]:
        raise DocumentCorrupt("This is not Rich Text Format.")
    document = _Document()
    for token in RichTextReader(data).tokens():
        document.take(token)
    document.finish()
    return Extraction(
        elements=document.elements,
        media_type="application/rtf",
        parser="rtf/2",
        title=document.title or None,
        concealed=document.concealed.texts(),
    )
