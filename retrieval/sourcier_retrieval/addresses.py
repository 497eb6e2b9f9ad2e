"""Web and mail addresses in a text, and what becomes of those that no source holds."""

import re
from collections.abc import Callable

_ENDINGS = "com|net|org|info|biz|io|co|app|dev|xyz|top|site|online|link|ru|cn|fr|eu|de|uk|be|ch|ca|example|test|local"
_ADDRESS = re.compile(
    rf"""
      (?:[a-z][a-z0-9+.-]*:)?//[^\s<>"«»‹›]+                               # https://…, //host/…
    | (?<![\w-])(?:javascript|vbscript|data|mailto|tel|sms|file|blob):[^\s<>"«»‹›]+
    | (?<![\w.-])www\.[^\s<>"«»‹›]+
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                        # somebody@host.tld
    | (?<![\w.@/-])(?:[\w-]+\.)+[a-z]{{2,}}/[^\s<>"«»‹›]+                  # host.tld/path
    | (?<![\w.@/-])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w-]|\.\w)                # host.tld
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TRAILING = ".,;:!?…'’”*_`~|"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def addresses_in(text: str) -> set[str]:
    """The addresses of a text, in lower case and without the punctuation that follows them."""
    return {_bare(match[0]).casefold().rstrip("/") for match in _ADDRESS.finditer(text)}


def replace_addresses(text: str, replacement: Callable[[str], str]) -> str:
    """The text with each address, as `addresses_in` gives it, replaced; what follows an address stays."""

    def replaced(match: re.Match[str]) -> str:
        bare = _bare(match[0])
        new = replacement(bare.casefold().rstrip("/"))
        return match[0] if new == bare.casefold().rstrip("/") else new + match[0][len(bare) :]

    return _ADDRESS.sub(replaced, text)


def _bare(address: str) -> str:
    """Without closing punctuation; a bracket goes where none was opened in the address."""
    while address:
        last = address[-1]
        opened = _PAIRS.get(last)
        if last not in _TRAILING and (opened is None or address.count(opened) >= address.count(last)):
            break
        address = address[:-1]
    return address
