"""Every sentence the page may show as the reason of a failure has a French translation, and none is left over."""

import errno
import json
import os
import re
from itertools import count

import pytest
from pydantic_core._pydantic_core import list_all_errors

from docs.server_sentences import ROOT, module_paths, sentences_of, texts_of
from sourcier_core.errors import all_error_types

CATALOGUE = ROOT / "ui" / "src" / "i18n" / "reasons.fr.json"

NOT_IN_THE_PAGE = {
    "api/sourcier_api/client.py": "a command says it",
    "api/sourcier_api/command_line.py": "a command says it",
    "api/sourcier_api/commands_corpora.py": "a command says it",
    "api/sourcier_api/commands_sources.py": "a command says it",
    "api/sourcier_api/connecting.py": "a command says it",
    "api/sourcier_api/moments.py": "a command says it",
    "api/sourcier_api/openapi_document.py": "the build says it",
    "api/sourcier_api/running.py": "a command says it",
    "core/sourcier_core/chat_models/local_tokenizer.py": "said at the start, before there is a page",
    "core/sourcier_core/chat_models/opening.py": "said at the start",
    "core/sourcier_core/chat_models/transformers_local.py": "said at the start",
    "core/sourcier_core/embedding/e5_weights.py": "said at the start",
    "core/sourcier_core/embedding/manifest.py": "said at the start",
    "core/sourcier_core/embedding/onnx_embedder.py": "said at the start",
    "core/sourcier_core/embedding/preparation.py": "said by `sourcier setup`",
    "core/sourcier_core/embedding/sentence_transformers_embedder.py": "said at the start",
    "core/sourcier_core/embedding/wheels.py": "said by `sourcier setup`",
    "core/sourcier_core/errors.py": "passes on what another process said",
    "core/sourcier_core/index/checks.py": "said at the start, or a mistake of the code that calls the index",
    "core/sourcier_core/cross_encoders.py": "said at the start",
    "core/sourcier_core/entailment/cross_encoder.py": "on the status page and in the log only",
    "core/sourcier_core/reranking/cross_encoder.py": "on the status page and in the log only",
    "core/sourcier_core/reranking/late_interaction.py": "on the status page and in the log only",
    "core/sourcier_core/reranking/opening.py": "said at the start",
    "core/sourcier_core/reranking/scores.py": "on the status page and in the log only",
    "core/sourcier_core/reranking/server.py": "on the status page and in the log only",
    "core/sourcier_core/vector_space_opening.py": "said at the start",
    "ingest/sourcier_ingest/reembedding.py": "on the status page only",
    "retrieval/sourcier_retrieval/langchain_retriever.py": "a library says it",
}
MAKERS = {
    "api/sourcier_api/validation.py": frozenset({"_sentence"}),
    "ingest/sourcier_ingest/connectors/access_manifest.py": frozenset({"_invalid"}),
    "ingest/sourcier_ingest/connectors/remote.py": frozenset({"_try"}),
}
"""Functions that are given a part of a sentence first, or return one."""

PUT_TOGETHER = {
    "api/sourcier_api/validation.py": ("And {0} more.",),
    "api/sourcier_api/routes_loads.py": ("Cancelled.",),
    "core/sourcier_core/db/held_back.py": (
        "{0} of {1} documents are no longer in the folder and were kept. "
        "Load again with withdrawals confirmed to withdraw them.",
    ),
    "core/sourcier_core/isolation.py": (
        "The parser started too many processes and was stopped.",
        "The parser wrote too many temporary files and was stopped.",
        "it did not answer",
    ),
    "core/sourcier_core/vault.py": ("credentials", "passwords", "source", "corpus"),
    "ingest/sourcier_ingest/connectors/access_manifest.py": ("the manifest", "`files`, {0},", " (line {0})"),
    "ingest/sourcier_ingest/connectors/opening.py": ("The source {0}",),
    "ingest/sourcier_ingest/connectors/remote.py": ("Only administrators may read it.",),
    "ingest/sourcier_ingest/connectors/smb_access.py": (
        "An entry of its access list refuses somebody: only administrators may read it.",
        "Its access list has an entry of an unknown kind: only administrators may read it.",
        "It has no access list: only administrators may read it.",
    ),
    "ingest/sourcier_ingest/connectors/walking.py": (
        "Its permissions cannot be read: only administrators may read it.",
    ),
    "ingest/sourcier_ingest/loading.py": ("A newer load took over.", "It is tried again."),
    "ingest/sourcier_ingest/parsing/registry.py": ("no extension",),
    # Notes of pages.
    "ingest/sourcier_ingest/parsing/assembly.py": ("no text was found on this page",),
    "ingest/sourcier_ingest/parsing/legacy_office_formats.py": (
        "how its cells look is damaged: whether some of its text is hidden is not known",
    ),
    "ingest/sourcier_ingest/parsing/office_pictures.py": (
        "it is damaged, too large or of another kind",
        "there are too many in this document",
    ),
    "ingest/sourcier_ingest/parsing/pdf_pictures.py": (
        "recognised from an image",
        "partly recognised from images",
        "an image in which no text was recognised",
        "holds pictures in which no text was recognised",
        "holds pictures that were not read",
        "no text recognition is installed",
        "recognising this document's pictures took too long",
    ),
}
"""What the source puts together from parts, or gives to a person without an error, by the module that has its words."""

JOINED = (
    "A person has rejected this content. {0}",  # with what the person wrote
    "an image that was not read: no text recognition is installed",
    "holds pictures that were not read: {0}",
    "{0} picture was not read: {1}",
    "{0} pictures were not read: {1}",
)
"""Sentences of which no module has the words in one piece."""

UNKNOWN = {
    "core/sourcier_core/isolation.py": {"_GREED[report['end']]": "its two sentences are in PUT_TOGETHER"},
    "api/sourcier_api/validation.py": {"message or None": "joined from what `_sentence` returns"},
}
SYSTEM = (
    *(errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENAMETOOLONG),
    *(errno.EFBIG, errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.EMFILE, errno.ESTALE, errno.EBUSY, errno.ETIMEDOUT),
    errno.EHOSTDOWN,
)
"""What the operating system says, where an error repeats it."""


PYDANTIC = frozenset(
    {
        *("bool_parsing", "bool_type", "dict_type", "enum", "extra_forbidden", "finite_number", "float_parsing"),
        *("float_type", "greater_than", "greater_than_equal", "int_from_float", "int_parsing", "int_parsing_size"),
        *("int_type", "less_than", "less_than_equal", "list_type", "literal_error", "model_attributes_type"),
        *("string_pattern_mismatch", "string_too_long", "string_too_short", "string_type", "too_long", "too_short"),
    }
)
"""Kinds of what does not fit in a request; those of identifiers, dates and missing fields have words of our own."""


def catalogue() -> dict[str, str]:
    return json.loads(CATALOGUE.read_text("utf-8"))


def raised() -> set[str]:
    found: set[str] = set()
    for path in module_paths():
        if path not in NOT_IN_THE_PAGE:
            found.update(sentences_of(path, MAKERS.get(path, frozenset())).templates)
    return found


def of_pydantic() -> set[str]:
    found: set[str] = set()
    for error in list_all_errors():
        if error["type"] in PYDANTIC:
            numbers = count()
            found.add(re.sub(r"\{\w+\}", lambda _: f"{{{next(numbers)}}}", error["message_template_python"]))  # noqa: B023
    return found


def wanted() -> set[str]:
    defaults = {" ".join((error.__doc__ or "").split()) for error in all_error_types()}
    listed = {sentence for sentences in PUT_TOGETHER.values() for sentence in sentences}
    return raised() | of_pydantic() | defaults | listed | set(JOINED) | {os.strerror(number) for number in SYSTEM}


def test_every_sentence_is_in_the_catalogue() -> None:
    assert sorted(wanted() - set(catalogue())) == []


def test_the_catalogue_has_no_sentence_that_nothing_says() -> None:
    assert sorted(set(catalogue()) - wanted()) == []


def test_the_default_sentence_of_an_error_says_no_more_than_its_code() -> None:
    known = catalogue()
    assert [error.code for error in all_error_types() if known[" ".join((error.__doc__ or "").split())]] == []


@pytest.mark.parametrize("path", sorted(set(module_paths()) - set(NOT_IN_THE_PAGE)))
def test_no_sentence_is_hidden_in_a_variable(path: str) -> None:
    found = sentences_of(path, MAKERS.get(path, frozenset()))
    assert sorted(found.unknown) == sorted(UNKNOWN.get(path, {}))


@pytest.mark.parametrize("path", sorted(PUT_TOGETHER))
def test_what_is_listed_by_hand_is_still_in_the_source(path: str) -> None:
    texts = texts_of(path)
    pieces = [piece for sentence in PUT_TOGETHER[path] for piece in re.split(r"\{\d\}", sentence)]
    assert [piece for piece in pieces if piece not in texts] == []


def test_only_modules_that_raise_something_are_left_out() -> None:
    idle = [path for path in NOT_IN_THE_PAGE if not (found := sentences_of(path)).templates and not found.unknown]
    assert idle == []


def test_a_translation_has_no_hole_that_its_sentence_has_not() -> None:
    holes = {sentence: set(re.findall(r"\{(\d)", sentence)) for sentence in catalogue()}
    assert [key for key, text in catalogue().items() if not set(re.findall(r"\{(\d)", text)) <= holes[key]] == []


def test_french_is_set_as_french_is() -> None:
    command = re.compile(r"pip install '[^']*'")
    assert [text for text in catalogue().values() if re.search(r" [;:!?»]|« |'", command.sub("", text))] == []
