"""Says in a sentence what is wrong with a request whose fields do not fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from sourcier_core.display import on_one_line
from sourcier_core.errors import InvalidRequest

_MOST_PROBLEMS = 5
_LONGEST_SHOWN = 60
_IDENTIFIERS = ("uuid",)
_IDENTIFIER = "0c8f3c9e-2b1d-4f5a-9a53-6d1f0e7c4b21"
_DATES = ("date", "datetime", "timezone", "time")
_SHOWN_FROM = frozenset({"path", "query"})
"""Parts of a request whose values may be repeated; a body may hold passwords."""


def invalid_request(problems: Sequence[Mapping[str, Any]]) -> InvalidRequest:
    """The error for what pydantic found; `details["problems"]` has each field with pydantic's own words."""
    fields = [{"field": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]} for item in problems]
    sentences = list(dict.fromkeys(_sentence(item) for item in problems))
    more = len(sentences) - _MOST_PROBLEMS
    message = " ".join(sentences[:_MOST_PROBLEMS]) + (f" And {more} more." if more > 0 else "")
    return InvalidRequest(message or None, problems=fields)


def _sentence(problem: Mapping[str, Any]) -> str:
    place, *names = (str(part) for part in problem["loc"])
    name = ".".join(names) or place
    given = problem.get("input")
    value = (
        f"“{on_one_line(given)[:_LONGEST_SHOWN]}” ({name})" if place in _SHOWN_FROM and isinstance(given, str) else name
    )
    kind = str(problem["type"])
    if kind == "missing":
        return f"{name} is missing."
    if kind == "json_invalid":
        return "The request's body is not JSON."
    if kind.startswith(_IDENTIFIERS):
        return f"{value} is not an identifier; one looks like {_IDENTIFIER}, and lists show them."
    if kind.startswith(_DATES):
        return f"{value} is not a date and time such as 2026-03-31T18:00:00+02:00: {problem['msg']}."
    return f"{value}: {problem['msg']}."
