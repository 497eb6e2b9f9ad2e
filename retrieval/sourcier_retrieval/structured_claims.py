"""Reads claims from the JSON that a server writes under a schema, while it streams."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import from_json

from sourcier_retrieval.claims import ClaimSplitter, RawClaim, markers_of, without_markers

_FENCE = re.compile(r"\s*`{0,3}(?:j(?:s(?:on?)?)?)?\s*")
"""What may stand before JSON, or the beginning of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What a piece of the stream brought: words to show, and the claims that are complete now."""

    text: str
    claims: tuple[RawClaim, ...]


class PlainClaims:
    """Reads sentences with markers as they come."""

    def __init__(self) -> None:
        self._splitter = ClaimSplitter()

    def feed(self, piece: str) -> Step:
        """Add the next piece of the stream."""
        return Step(text=piece, claims=tuple(self._splitter.feed(piece)))

    def finish(self) -> Step:
        """The claims left when the stream has ended."""
        return Step(text="", claims=tuple(self._splitter.finish()))


class StructuredClaims:
    """Reads `{"claims": [{"text": …, "passages": [1, 2]}]}` as it grows; no claims is a refusal.

    A stream that does not begin with a brace comes from a server that does not heed the schema: it is read as text with
    markers. Of JSON that breaks off or goes wrong, the claims before that place count; a last one that has its words
    but not all its passages is given with those it has.
    """

    def __init__(self) -> None:
        self._text = ""
        self._plain: PlainClaims | None = None
        self._begun = False
        self._given = 0
        self._shown = 0
        self._claims: list[RawClaim] = []

    def feed(self, piece: str) -> Step:
        """Add the next piece of the stream."""
        if self._plain is not None:
            return self._plain.feed(piece)
        self._text += piece
        if not self._begun:
            if _FENCE.fullmatch(self._text):
                return Step(text="", claims=())
            bare = _FENCE.sub("", self._text, count=1)
            if bare[0] != "{":
                self._plain = PlainClaims()
                return self._plain.feed(self._text)
            self._begun, self._text = True, bare
        self._claims = _read(self._text) or self._claims
        return Step(text=self._new_words(), claims=self._take(max(0, len(self._claims) - 1)))

    def finish(self) -> Step:
        """The claims left when the stream has ended."""
        if self._plain is not None:
            return self._plain.finish()
        return Step(text="", claims=self._take(len(self._claims)))

    def _take(self, until: int) -> tuple[RawClaim, ...]:
        claims = tuple(claim for claim in self._claims[self._given : until] if claim.text)
        self._given = max(self._given, until)
        return claims

    def _new_words(self) -> str:
        """What of the claims' words has not been shown; a blank parts two claims."""
        whole = " ".join(claim.text for claim in self._claims)
        new = whole[self._shown :]
        self._shown = max(self._shown, len(whole))
        return new


def _read(text: str) -> list[RawClaim]:
    try:
        found: Any = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return []
    claims = cast(Mapping[str, Any], found).get("claims") if isinstance(found, dict) else None
    return [*_claims(cast(Sequence[Any], claims))] if isinstance(claims, list) else []


def _claims(items: Sequence[Any]) -> Iterator[RawClaim]:
    for item in items:
        fields = cast(Mapping[str, Any], item) if isinstance(item, dict) else {}
        text, passages = fields.get("text"), fields.get("passages")
        text = text if isinstance(text, str) else ""
        numbers = cast(Sequence[Any], passages) if isinstance(passages, list) else ()
        named = [str(number) for number in numbers if isinstance(number, int | str)]
        yield RawClaim(text=without_markers(text), markers=tuple(dict.fromkeys([*named, *markers_of(text)])))
