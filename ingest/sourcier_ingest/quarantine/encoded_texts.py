"""Reads what stands in a text as Base64, Base32, hexadecimal or binary digits, or percent signs.

Decoding is not suspicious in itself: keys, colours and pictures look like this. Only words that come out are looked at.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

_MOST_RUNS = 200
_LONGEST_RUN = 8000


def _padded(run: str, block: int) -> bytes:
    return run.rstrip("=").ljust(-(-len(run.rstrip("=")) // block) * block, "=").encode()


def _from_base64(run: str) -> bytes:
    return base64.b64decode(_padded(run, 4), altchars=b"-_" if "-" in run or "_" in run else None)


def _from_base32(run: str) -> bytes:
    return base64.b32decode(_padded(run, 8))


def _from_hexadecimal(run: str) -> bytes:
    return bytes.fromhex(run)


def _from_binary(run: str) -> bytes:
    return bytes(int(octet, 2) for octet in run.split())


def _from_escapes(run: str) -> bytes:
    return bytes.fromhex(run.replace("\\u00", ""))


_ENCODINGS: tuple[tuple[re.Pattern[str], Callable[[str], bytes], str], ...] = (
    (re.compile(r"\b[A-Z2-7]{24,}={0,6}"), _from_base32, ""),
    (re.compile(r"\b(?:[0-9a-fA-F]{2}){12,}\b"), _from_hexadecimal, ""),
    (re.compile(r"\b[A-Za-z0-9+/_-]{20,}={0,2}"), _from_base64, ""),
    (re.compile(r"\b[01]{8}(?: [01]{8}){7,}\b"), _from_binary, "0"),
    (re.compile(r"(?:\\u00[0-9a-fA-F]{2}){8,}"), _from_escapes, "\\u00"),
    (re.compile(r"[\w.~-]{0,40}(?:%[0-9A-Fa-f]{2}[\w.~-]{0,40}){3,}"), unquote_to_bytes, "%"),
)


def decoded_texts(text: str) -> Iterator[tuple[str, int, int]]:
    """The texts behind encoded runs with where the runs stand; at most a few hundred runs are tried."""
    for pattern, decode, needed in _ENCODINGS:
        if needed not in text:
            continue
        for number, match in enumerate(pattern.finditer(text)):
            if number >= _MOST_RUNS:
                break
            try:
                decoded = decode(match.group()[:_LONGEST_RUN]).decode("utf-8")
            except (binascii.Error, ValueError):
                continue
            letters = sum(letter.isalpha() or letter.isspace() for letter in decoded)
            if len(decoded) >= 12 and letters >= 0.8 * len(decoded):
                yield decoded, match.start(), match.end()
