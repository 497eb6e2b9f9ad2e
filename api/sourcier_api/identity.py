"""Who asks: whom the sign-in proxy in front names, or the operating-system user of a one-machine installation.

docs/decisions/0014-people-by-a-sign-in-proxy.md says why Sourcier keeps no passwords of its own.
"""

import hmac
import unicodedata

from starlette.requests import Request

from sourcier_core.access import LOCAL_ADMINISTRATOR, Principal
from sourcier_core.errors import SignInRequired
from sourcier_core.settings import Settings

SECRET_HEADER = "X-Sourcier-Proxy-Secret"  # noqa: S105 - the header's name
TOKEN_HEADER = "X-Sourcier-Token"  # noqa: S105 - the header's name
_LONGEST_NAME = 200


def same_secret(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))


def identify(request: Request, settings: Settings, local_token: str) -> Principal:
    """Who makes a request.

    Without `proxy_secret` everybody is the local administrator. With it, only who brings the data directory's token is
    (the command line does); everybody else has to come through the proxy, which proves itself by the secret and names
    a person and their groups.

    Raises:
        SignInRequired: the request did not come through the proxy, or the proxy names nobody, or more than one.
    """
    wanted = settings.proxy_secret
    if wanted is None:
        return LOCAL_ADMINISTRATOR
    token = _header(request, TOKEN_HEADER)
    if token is not None and same_secret(token, local_token):
        return LOCAL_ADMINISTRATOR
    secret = _header(request, SECRET_HEADER)
    if secret is None or not same_secret(secret, wanted.get_secret_value()):
        raise SignInRequired("This request did not come through the sign-in proxy.")
    name = _person(_header(request, settings.proxy_user_header))
    named = (_header(request, settings.proxy_groups_header) or "").split(",")
    groups = frozenset(group for group in (unicodedata.normalize("NFC", one).strip() for one in named) if group)
    return Principal(id=name, groups=groups, is_administrator=settings.administrator_group in groups)


def _header(request: Request, name: str) -> str | None:
    """The header, which has to be there once: a second one may be what a person sent past the proxy."""
    values = request.headers.getlist(name)
    if len(values) > 1:
        raise SignInRequired(f"The request has the header {name} more than once.")
    try:
        return values[0].encode("latin-1").decode("utf-8") if values else None
    except UnicodeDecodeError as error:
        raise SignInRequired(f"The header {name} is not UTF-8.") from error


def _person(named: str | None) -> str:
    """The person's id: two ways of writing it must not make two people of one, of whom each approves the other's."""
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", named or "").strip().casefold())
    if not name:
        raise SignInRequired("The sign-in proxy does not say who asks.")
    if len(name) > _LONGEST_NAME or not name.isprintable() or "," in name or name == LOCAL_ADMINISTRATOR.id:
        raise SignInRequired("The sign-in proxy gives a name that cannot be used.")
    return name
