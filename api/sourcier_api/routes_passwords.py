"""Passwords of a corpus's documents: they can be given and forgotten, and counted; never read."""

from fastapi import APIRouter, Response

from sourcier_api.dependencies import PrincipalHere, ServicesHere, scope_for
from sourcier_api.schemas_passwords import PasswordsInput, PasswordsView
from sourcier_core.access import Principal
from sourcier_core.errors import PermissionDenied

router = APIRouter(prefix="/api/corpora/{corpus}/passwords", tags=["documents"])


def _check(services: ServicesHere, principal: Principal, corpus: str) -> None:
    """Raises NotFound, PermissionDenied."""
    scope_for(services, principal, [corpus])
    if not principal.is_administrator:
        raise PermissionDenied


def _given(wanted: PasswordsInput) -> list[str]:
    return [password.get_secret_value() for password in wanted.passwords]


@router.get("")
def count_passwords(corpus: str, services: ServicesHere, principal: PrincipalHere) -> PasswordsView:
    """How many passwords are kept for the documents of a corpus."""
    _check(services, principal, corpus)
    return PasswordsView(count=services.passwords.count(corpus))


@router.put("")
def replace_passwords(
    corpus: str, wanted: PasswordsInput, services: ServicesHere, principal: PrincipalHere
) -> PasswordsView:
    """Keep these and no others. What failed for want of a password may be tried again."""
    _check(services, principal, corpus)
    return PasswordsView(count=services.passwords.replace(corpus, _given(wanted)))


@router.post("")
def add_passwords(
    corpus: str, wanted: PasswordsInput, services: ServicesHere, principal: PrincipalHere
) -> PasswordsView:
    """Keep these beside those there are. What failed for want of a password may be tried again."""
    _check(services, principal, corpus)
    return PasswordsView(count=services.passwords.add(corpus, _given(wanted)))


@router.delete("", status_code=204)
def forget_passwords(corpus: str, services: ServicesHere, principal: PrincipalHere) -> Response:
    """Keep none. Documents that are published stay; pages of a PDF that asks for a password are no longer shown."""
    _check(services, principal, corpus)
    services.passwords.forget(corpus)
    return Response(status_code=204)
