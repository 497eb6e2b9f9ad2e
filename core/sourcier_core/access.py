"""Who asks and what they may read. `resolve_access_scope` is the only place a scope is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sourcier_core.domain.documents import Corpus
from sourcier_core.domain.identifiers import CorpusId
from sourcier_core.domain.search import EVERYTHING, SearchFilter
from sourcier_core.errors import InvalidRequest, NotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """A person or program that asks."""

    id: str
    groups: frozenset[str] = frozenset()
    is_administrator: bool = False


LOCAL_ADMINISTRATOR = Principal(id="local", is_administrator=True)
"""The operating-system user of a one-machine installation, and whoever has its data directory's token."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessScope:
    """What one search may return: published passages of `corpora`, valid at `as_of`, open to the principal.

    A passage is open when the principal is an administrator or shares a group with it. A passage without groups
    is open to administrators only. `only` narrows that further, and never widens it.
    """

    principal_id: str
    is_administrator: bool
    groups: frozenset[str]
    corpora: frozenset[CorpusId]
    as_of: datetime
    only: SearchFilter = EVERYTHING
    is_dated: bool = False
    """Whether `as_of` was asked for. Who may read what is decided as things are now all the same."""


def may_read(principal: Principal, groups: frozenset[str]) -> bool:
    """Whether the principal may read something open to `groups`."""
    return principal.is_administrator or bool(principal.groups & groups)


def _past(as_of: datetime | None, now: datetime) -> datetime | None:
    """`as_of` where it lies before `now`; None, which stands for now, for later on the same day."""
    if as_of is None:
        return None
    if as_of.tzinfo is None:
        raise InvalidRequest("The date to read at needs a time zone.")
    if as_of.date() > now.astimezone(as_of.tzinfo).date():
        raise InvalidRequest(f"{as_of.isoformat()} lies in the future.")
    return as_of if as_of < now else None


def resolve_access_scope(
    principal: Principal,
    *,
    corpora: Iterable[Corpus],
    requested: Iterable[CorpusId] | None = None,
    as_of: datetime | None = None,
    only: SearchFilter = EVERYTHING,
) -> AccessScope:
    """Make the scope of one request.

    Args:
        principal: who asks.
        corpora: every corpus there is.
        requested: the corpora to search; None means all readable ones.
        as_of: the date to read at, timezone-aware; None means now, and so does a moment that is later on this day.
        only: which of the readable passages the request is about.

    Raises:
        NotFound: a requested corpus does not exist or may not be read (the two are not told apart).
        InvalidRequest: `as_of` has no time zone, or lies in the future: on a later day of its own time zone.
    """
    now = datetime.now(UTC)
    as_of = _past(as_of, now)
    readable = {corpus.id for corpus in corpora if may_read(principal, corpus.groups)}
    wanted = readable if requested is None else set(requested)
    if missing := sorted(wanted - readable):
        raise NotFound(f"There is no corpus {missing[0]!r}, or you may not read it.", corpora=missing)
    return AccessScope(
        principal_id=principal.id,
        is_administrator=principal.is_administrator,
        groups=principal.groups,
        corpora=frozenset(wanted),
        as_of=as_of or now,
        only=only,
        is_dated=as_of is not None,
    )
