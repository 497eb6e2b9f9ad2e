"""What routes are given: the services of the process, who asks, and the scope."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request

from sourcier_api import schemas
from sourcier_api.application import Services
from sourcier_api.identity import TOKEN_HEADER, same_secret
from sourcier_core.access import AccessScope, Principal, resolve_access_scope
from sourcier_core.db import corpora
from sourcier_core.domain.document_types import media_types_of
from sourcier_core.domain.search import EVERYTHING, SearchFilter
from sourcier_core.errors import PermissionDenied, SignInRequired


def services_of(request: Request) -> Services:
    """The services, put there by the application's life."""
    return request.app.state.services


ServicesHere = Annotated[Services, Depends(services_of)]


def principal_of(request: Request) -> Principal:
    """Who asks, as found before anything of the request was read. Raises SignInRequired where nobody was looked for."""
    found = getattr(request.state, "principal", None)
    if not isinstance(found, Principal):
        raise SignInRequired
    return found


PrincipalHere = Annotated[Principal, Depends(principal_of)]


def scope_for(
    services: Services,
    principal: Principal,
    requested: list[str] | None = None,
    as_of: datetime | None = None,
    only: schemas.FilterRequest | None = None,
) -> AccessScope:
    """The scope of a request, at a date with a time zone (None: now).

    Raises:
        NotFound: a corpus does not exist or may not be read.
        InvalidRequest: the date lies in the future.
    """
    with services.engines.database.transaction() as connection:
        known = corpora.list_corpora(connection)
    return resolve_access_scope(principal, corpora=known, requested=requested, as_of=as_of, only=_filter(only))


def _filter(asked: schemas.FilterRequest | None) -> SearchFilter:
    if asked is None:
        return EVERYTHING
    return SearchFilter(
        languages=frozenset(asked.languages),
        media_types=frozenset(asked.media_types) | media_types_of(asked.document_types),
        path_prefix=asked.path_prefix,
    )


LocalTokenHere = Annotated[str | None, Header(alias=TOKEN_HEADER)]


def has_local_token(services: Services, token: str | None) -> bool:
    """Whether the token is that of the data directory: only someone who can read it has it."""
    return token is not None and same_secret(token, services.local_token)


def check_local_token(services: Services, token: str | None) -> None:
    """Only someone who can read the data directory may make the server read any folder of its machine.

    Raises PermissionDenied.
    """
    if not has_local_token(services, token):
        raise PermissionDenied("Loading a folder of the server needs the local token; upload the files instead.")


def require_local_token(services: ServicesHere, token: LocalTokenHere = None) -> None:
    """`check_local_token` for a whole route."""
    check_local_token(services, token)
