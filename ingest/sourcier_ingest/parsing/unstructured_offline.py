"""Makes `unstructured` run offline and light; called once in the fork server, before any partitioner is imported.

Left alone, unstructured 0.27 reports each import and each document to its makers, and the first text of any format
makes it download a spaCy model, only to guess by English rules whether a line is a title. We trust a category only
where a style or a tag gave it, so the guesses are switched off, and with them spaCy (300 MB and 5 s of import): a
stand-in takes its place in this process and fails loudly if anything does call it. The same holds for its detection of
languages (ours is in `language`): langdetect would read every element again, and it and the table of the world's
languages take a good part of the start.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Generator
from types import ModuleType
from typing import Any, NoReturn

ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "HF_HUB_OFFLINE": "1",
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""What the fork server's environment must hold before Python starts in it."""


NO_LANGUAGE_DETECTION = [""]
"""What a partitioner is given as `languages` so that it detects none."""

_LAST_PUNCTUATION = 0x20000
"""Beyond it Unicode has no punctuation; unstructured looks at all of its 1.1 million characters on import."""


class StandInCalled(RuntimeError):
    """Something asked for spaCy or langdetect, which are not loaded here."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise StandInCalled("neither spaCy nor langdetect is used in isolated parsers")


def _never(*_: Any, **__: Any) -> bool:
    return False


def _stand_in_for_spacy() -> None:
    if "spacy" in sys.modules:
        return
    spacy, language, tokens = ModuleType("spacy"), ModuleType("spacy.language"), ModuleType("spacy.tokens")
    spacy.load = spacy.blank = _refuse  # type: ignore[attr-defined]
    language.Language = tokens.Doc = object  # type: ignore[attr-defined]
    spacy.language, spacy.tokens = language, tokens  # type: ignore[attr-defined]
    sys.modules.update({"spacy": spacy, "spacy.language": language, "spacy.tokens": tokens})


def _stand_in_for_language_detection() -> None:
    if "langdetect" in sys.modules or "iso639" in sys.modules:
        return
    langdetect, exceptions = ModuleType("langdetect"), ModuleType("langdetect.lang_detect_exception")
    exceptions.LangDetectException = StandInCalled  # type: ignore[attr-defined]
    langdetect.DetectorFactory = type("DetectorFactory", (), {})  # type: ignore[attr-defined]
    langdetect.detect_langs = _refuse  # type: ignore[attr-defined]
    langdetect.lang_detect_exception = exceptions  # type: ignore[attr-defined]
    iso639 = ModuleType("iso639")
    iso639.Language = type("Language", (), {"match": staticmethod(_refuse)})  # type: ignore[attr-defined]
    iso639.LanguageNotFoundError = LookupError  # type: ignore[attr-defined]
    sys.modules.update({"langdetect": langdetect, "langdetect.lang_detect_exception": exceptions, "iso639": iso639})


@contextlib.contextmanager
def _fewer_characters() -> Generator[None]:
    everything = sys.maxunicode
    sys.maxunicode = _LAST_PUNCTUATION  # type: ignore[misc]
    try:
        yield
    finally:
        sys.maxunicode = everything  # type: ignore[misc]


def prepare() -> None:
    """Install the stand-ins and import the partitioners. Only for a process that does nothing but parse."""
    os.environ.update(ENVIRONMENT)
    _stand_in_for_spacy()
    _stand_in_for_language_detection()
    with _fewer_characters():
        importlib.import_module("unstructured.cleaners.core")  # must follow the environment
    from unstructured.partition import text_type  # noqa: PLC0415 - must follow the environment and the stand-ins

    for guess in ("is_possible_narrative_text", "is_possible_title", "is_us_city_state_zip", "is_email_address"):
        setattr(text_type, guess, _never)
