"""The small part of Markdown in which the sources are written, read into blocks."""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOOTNOTE_DEFINITION = re.compile(r"^\[\^(\d+)\]:\s+(.*)$")
FOOTNOTE_REFERENCE = re.compile(r"\[\^(\d+)\]")
NUMBERED_ITEM = re.compile(r"^\d+\.\s+(.*)$")
BOLD = re.compile(r"\*\*(.+?)\*\*")
EMPHASIS = re.compile(r"\*(.+?)\*")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One piece of a source: `heading`, `paragraph`, `bullet`, `number`, `table` or `note`.

    `level` is the depth of a heading, or the number of a numbered item; `rows` are the cells of a table,
    the first row being its head.
    """

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source file: its front matter, its blocks, its footnotes by number, and its body as written."""

    attributes: dict[str, str]
    blocks: tuple[Block, ...]
    footnotes: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def title(self) -> str:
        """The title in the front matter."""
        return self.attributes["title"]

    @property
    def is_french(self) -> bool:
        """Whether the front matter says `language: fr`."""
        return self.attributes["language"] == "fr"

    @property
    def signature(self) -> str:
        """Reference, version and date on one line, as they stand under a title."""
        date = self.attributes["date"]
        return f"{self.attributes['reference']} – version {self.attributes['version']} – {date}"


def read_source(path: Path) -> Source:
    """Read a source file. Raises ValueError if it has no front matter."""
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n"):
        raise ValueError(f"{path} has no front matter")
    head, body = text[4:].split("\n---\n", 1)
    attributes = dict(line.split(": ", 1) for line in head.splitlines())
    blocks: list[Block] = []
    footnotes: dict[str, str] = {}
    for lines in _groups(body):
        definitions = [FOOTNOTE_DEFINITION.match(line) for line in lines]
        if all(definitions):
            footnotes.update((match[1], match[2]) for match in definitions if match)
        else:
            blocks.extend(_read_group(lines))
    return Source(attributes=attributes, blocks=tuple(blocks), footnotes=footnotes, body=body)


def without_marks(text: str) -> str:
    """The text without bold, emphasis and footnote marks."""
    return EMPHASIS.sub(r"\1", BOLD.sub(r"\1", FOOTNOTE_REFERENCE.sub("", text)))


def _groups(body: str) -> list[list[str]]:
    """Lines grouped by kind: a blank line or a heading ends a group."""
    groups: list[list[str]] = [[]]
    for line in body.splitlines():
        if line.startswith(("#", ">")):
            groups.extend(([line], []))
        elif line.strip():
            groups[-1].append(line)
        else:
            groups.append([])
    return [group for group in groups if group]


def _read_group(lines: list[str]) -> list[Block]:
    first = lines[0]
    if first.startswith("#"):
        marks, text = first.split(" ", 1)
        return [Block(kind="heading", text=text, level=len(marks))]
    if first.startswith("> "):
        return [Block(kind="note", text=first[2:])]
    if first.startswith("|"):
        rows = [tuple(cell.strip() for cell in line.strip().strip("|").split("|")) for line in lines]
        return [Block(kind="table", rows=(rows[0], *rows[2:]))]
    blocks: list[Block] = []
    for line in lines:
        numbered = NUMBERED_ITEM.match(line)
        if line.startswith("- "):
            blocks.append(Block(kind="bullet", text=line[2:]))
        elif numbered:
            number = int(line.split(".", 1)[0])
            blocks.append(Block(kind="number", text=numbered[1], level=number))
        else:
            blocks.append(Block(kind="paragraph", text=line))
    return blocks
