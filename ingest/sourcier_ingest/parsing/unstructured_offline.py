"""Makes `unstructured` run offline and light; called once in the fork server, before any partitioner is imported.

Left alone, unstructured 0.27 reports each import and each document to its makers, and the first text of any format
makes it download a spaCy model, only to guess by English rules whether a line is a title. We trust a category only
where a style or a tag gave it, so the guesses are switched off, and with them spaCy (300 MB and 5 s of import): a
stand-in takes its place in this process and fails loudly if anything does call it.
"""

import os
import sys
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


class SpacyCalled(RuntimeError):
    """Something asked for spaCy, which is not loaded here."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise SpacyCalled("spaCy is not used in isolated parsers")


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


def prepare() -> None:
    """Install the stand-ins and import the partitioners. Only for a process that does nothing but parse."""
    os.environ.update(ENVIRONMENT)
    _stand_in_for_spacy()
    from unstructured.partition import text_type  # noqa: PLC0415 - must follow the environment and the stand-in

    for guess in ("is_possible_narrative_text", "is_possible_title", "is_us_city_state_zip", "is_email_address"):
        setattr(text_type, guess, _never)
