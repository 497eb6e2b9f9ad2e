"""Which files of a source are wanted: include and exclude patterns in the manner of `.gitignore`."""

import re
import unicodedata
from collections.abc import Sequence

from pathspec import GitIgnoreSpec

from sourcier_core.errors import InvalidRequest

_MOST_PATTERNS = 500
_MOST_CHARACTERS = 300
_MOST_STARS, _MOST_STARS_OF_A_NAME, _MOST_DOUBLE_STARS = 4, 3, 2
"""Matching takes time that grows with the power of their number: one more took seconds for one path."""


def compile_pattern(pattern: str) -> GitIgnoreSpec:
    """One pattern, ready to match.

    Raises:
        InvalidRequest: it is not a pattern, would match nothing, or would take too long to match.
    """
    text = unicodedata.normalize("NFC", pattern)
    if not text.strip() or text.startswith("#") or "\n" in text or "\x00" in text:
        raise InvalidRequest(f"The pattern {pattern!r} matches nothing; write \\# for a name that begins with #.")
    names = text.split("/")
    stars = [len(re.findall(r"\*+", name)) for name in names]
    too_many = sum(stars) > _MOST_STARS or max(stars) > _MOST_STARS_OF_A_NAME
    if too_many or len(text) > _MOST_CHARACTERS or names.count("**") > _MOST_DOUBLE_STARS:
        raise InvalidRequest(
            f"The pattern {pattern[:80]!r} is too complicated: at most {_MOST_CHARACTERS} characters and "
            f"{_MOST_STARS} stars ({_MOST_STARS_OF_A_NAME} in one name, {_MOST_DOUBLE_STARS} times **); use several."
        )
    try:
        return GitIgnoreSpec.from_lines([text])
    except ValueError as error:
        raise InvalidRequest(f"{pattern!r} is not a valid pattern.") from error


def _compile_all(patterns: Sequence[str]) -> GitIgnoreSpec:
    if len(patterns) > _MOST_PATTERNS:
        raise InvalidRequest(f"There may be at most {_MOST_PATTERNS} patterns.")
    for pattern in patterns:
        compile_pattern(pattern)
    return GitIgnoreSpec.from_lines([unicodedata.normalize("NFC", pattern) for pattern in patterns])


class PathPatterns:
    """A file is wanted when an include pattern matches it (or there is none) and no exclude pattern does.

    Patterns are those of `.gitignore`: `*.pdf` at any depth, `/reports/` only at the top, `**`, and `!` for an
    exception to the patterns before. Upper and lower case differ.

    Raises:
        InvalidRequest: a pattern is not valid.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include = _compile_all(include)
        self._exclude = _compile_all(exclude)
        self._includes_all = not include
        self._may_prune = not any(pattern.startswith("!") for pattern in exclude)

    def wants_file(self, path: str) -> bool:
        """Whether the file at this path (relative, `/`, NFC) belongs to the source."""
        return (self._includes_all or self._include.match_file(path)) and not self._exclude.match_file(path)

    def wants_folder(self, path: str) -> bool:
        """Whether anything below this folder can belong to the source."""
        return not (self._may_prune and self._exclude.match_file(path.rstrip("/") + "/"))
