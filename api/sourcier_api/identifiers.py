"""Ids as people type them in a command: what is none is said before the application is looked for or started."""

import re
from uuid import UUID

import typer

_CORPUS = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def identifier(typed: str | None) -> str | None:
    """The id of a document, a version or a load. Raises BadParameter for what cannot be one."""
    if typed is None:
        return None
    try:
        return str(UUID(typed))
    except ValueError as error:
        shown = "`sourcier documents`, `sourcier loads` and `sourcier reviews` show them"
        raise typer.BadParameter(
            f"{typed!r} is not an id; one looks like 0c8f3c9e-2b1d-4f5a-9a53-6d1f0e7c4b21, and {shown}."
        ) from error


def corpus_identifier(typed: str | None) -> str | None:
    """The id of a corpus. Raises BadParameter for what cannot be one."""
    if typed is not None and not _CORPUS.fullmatch(typed):
        raise typer.BadParameter(
            f"{typed!r} is not the id of a corpus: small letters, digits and hyphens, at most 63. "
            "`sourcier corpora` shows them."
        )
    return typed
