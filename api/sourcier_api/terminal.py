"""A console whose text cannot act on the terminal: what documents and models wrote is shown, never obeyed."""

from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.markup import escape
from rich.segment import Segment

from sourcier_core.display import displayable, on_one_line


class _Displayable:
    """What a renderable would print, with the text of its segments made displayable; rich's own codes stay."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._content, options):
            yield segment if segment.control else Segment(displayable(segment.text), segment.style)


class _Screening(RenderHook):
    def process_renderables(self, renderables: Iterable[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Displayable(item) for item in renderables]


def open_console(*, file: IO[str] | None = None, stderr: bool = False) -> Console:
    """A console that prints titles, paths, quotes and answers without the control characters in them.

    Rich writes text as it is, so that an escape sequence in a file's name would colour, move or retitle a terminal,
    or make a link of it. This is the one place where all that the commands print goes through.
    """
    console = Console(highlight=False, file=file, stderr=stderr)
    console.push_render_hook(_Screening())
    return console


def one_line(text: str) -> str:
    """A name (a title, a path) for the markup of such a console, on one line."""
    return escape(on_one_line(text))
