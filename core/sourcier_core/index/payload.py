"""What a point carries beside its vectors; the same in every Qdrant engine, so that points can be copied across."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sourcier_core.domain.identifiers import PassageId
from sourcier_core.domain.search import IndexPoint, ScoredPoint
from sourcier_core.index.checks import to_microseconds

KEYWORD_FIELDS = ("corpus_id", "groups", "version_id", "language")
INTEGER_FIELDS = ("valid_from", "valid_to")
"""The fields an engine makes payload indexes for; dates are microseconds since 1970."""
RETURNED_FIELDS = ["version_id", "language"]
"""What a search asks the engine for."""


def point_payload(point: IndexPoint) -> dict[str, Any]:
    """The whole payload of a point. Raises InvalidRequest for a date without a time zone."""
    return {
        "version_id": point.version_id,
        "document_id": point.document_id,
        "corpus_id": point.corpus_id,
        **groups_payload(point.groups),
        "language": point.language,
        **validity_payload(point.valid_from, point.valid_to),
    }


def scored_point(passage: PassageId, score: float, payload: Mapping[str, Any]) -> ScoredPoint:
    """What a search found, with the fields it asked for."""
    return ScoredPoint(passage_id=passage, version_id=payload["version_id"], score=score, language=payload["language"])


def validity_payload(valid_from: datetime | None, valid_to: datetime | None) -> dict[str, int | None]:
    """The two dates of a payload. Raises InvalidRequest for a date without a time zone."""
    return {"valid_from": _microseconds(valid_from), "valid_to": _microseconds(valid_to)}


def groups_payload(groups: frozenset[str]) -> dict[str, list[str]]:
    """Who may read it, in a payload."""
    return {"groups": sorted(groups)}


def _microseconds(date: datetime | None) -> int | None:
    return None if date is None else to_microseconds(date)
