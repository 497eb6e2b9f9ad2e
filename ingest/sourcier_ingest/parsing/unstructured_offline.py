"""Makes `unstructured` run offline and light; called once in the fork server, before any partitioner is imported.

Left alone, unstructured 0.27 reports each import and each document to its makers, and the first text of any format
makes it download a spaCy model, only to guess by English rules whether a line is a title. We trust a category only
where a style or a tag gave it, so the guesses are switched off, and with them the module that loads spaCy (300 MB and
5 s of import) and a list of English words: stand-ins take their place in this process and fail loudly if anything
does call them. The same holds for its detection of languages (ours is in `language`): langdetect would read every
element again, and it and the table of the world's languages take a good part of the start. And for its second reading
of HTML, which nothing here asks for and which defines a class for every tag.
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
    """Something asked for a part of unstructured, or a library of its, that is not loaded here."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise StandInCalled("neither spaCy nor langdetect is used in isolated parsers")


def _never(*_: Any, **__: Any) -> bool:
    return False


def _stand_in(name: str, **content: Any) -> None:
    """Let `content` be the module of that name, unless it is loaded already; its package has to be importable."""
    if name not in sys.modules:
        module = sys.modules[name] = ModuleType(name)
        vars(module).update(content)


def _stand_in_for_guesses() -> None:
    _stand_in("unstructured.nlp.english_words", ENGLISH_WORDS=frozenset[str]())
    _stand_in("unstructured.nlp.tokenize", pos_tag=_refuse, sent_tokenize=_refuse, word_tokenize=_refuse)
    _stand_in(
        "unstructured.partition.html.transformations",
        ontology_to_unstructured_elements=_refuse,
        parse_html_to_ontology=_refuse,
    )


def _stand_in_for_language_detection() -> None:
    _stand_in("langdetect.lang_detect_exception", LangDetectException=StandInCalled)
    _stand_in("langdetect", DetectorFactory=type("DetectorFactory", (), {}), detect_langs=_refuse)
    language = type("Language", (), {"match": staticmethod(_refuse)})
    _stand_in("iso639", Language=language, LanguageNotFoundError=LookupError)


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
    _stand_in_for_guesses()
    _stand_in_for_language_detection()
    with _fewer_characters():
        importlib.import_module("unstructured.cleaners.core")  # must follow the environment
    from unstructured.partition import text_type  # noqa: PLC0415 - must follow the environment and the stand-ins

    for guess in ("is_possible_narrative_text", "is_possible_title", "is_us_city_state_zip", "is_email_address"):
        setattr(text_type, guess, _never)
