"""Every media type that a parser tells is of one kind that people can ask for."""

import ast
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import sourcier_ingest.parsing
from sourcier_core.domain.document_types import DOCUMENT_TYPES, MEDIA_TYPES, media_types_of, split_media_types

EVERY = sorted(media_types_of(DOCUMENT_TYPES))
NO_DOCUMENT = {
    "application/octet-stream": "what is not known",
    "application/zip": "an archive: what it holds has kinds of its own",
    "application/xhtml+xml": "a chapter of a book",
    "application/xml": "a chapter of a book",
    "text/xml": "a chapter of a book",
    "message/eml": "another name of message/rfc822 inside mails",
    "application/pgp-signature": "a part of a mail",
    "application/pkcs7-signature": "a part of a mail",
    "application/x-pkcs7-signature": "a part of a mail",
}
_MEDIA_TYPE = re.compile(r"(?:application|audio|image|message|multipart|text|video)/[a-z][a-z0-9.+-]*")


def written_in_parsers() -> set[str]:
    """The media types in the parsers' source; of those put together, the beginning, which ends in a dot."""
    found: set[str] = set()
    for path in Path(sourcier_ingest.parsing.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _MEDIA_TYPE.fullmatch(node.value):
                found.add(node.value)
    return found


def test_every_media_type_of_a_parser_has_a_kind() -> None:
    written = written_in_parsers()
    assert len(written) > 15
    unknown = {
        media_type
        for media_type in written - NO_DOCUMENT.keys()
        if not any(known == media_type or (media_type[-1] == "." and known.startswith(media_type)) for known in EVERY)
    }
    assert unknown == set()


def test_no_media_type_is_of_two_kinds() -> None:
    assert sum(len(media_types) for media_types in MEDIA_TYPES.values()) == len(EVERY)


@given(st.sets(st.sampled_from([*EVERY, "application/x-odd"])))
def test_kinds_and_the_rest_are_the_same_media_types(media_types: set[str]) -> None:
    kinds, others = split_media_types(media_types)
    assert media_types_of(kinds) | set(others) == media_types
    assert not media_types_of(kinds) & set(others)
