"""Counts tokens with a tokenizer on this machine, for servers that have no `/tokenize` (Ollama and others)."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sourcier_core.chat_models.tokens import TokenCounter
from sourcier_core.errors import ConfigurationError, ExtraMissing

SERVER = "server"
"""The setting's value for the model server's own tokenizer."""
_FILES_OF_A_FOLDER = ("tekken.json", "tokenizer.model.v*", "tokenizer.model", "tokenizer.json")
"""What is looked for in a model's folder, the best first."""


def open_token_counter(name: str) -> TokenCounter:
    """A counter by name (`mistral-v1`, `-v2`, `-v3`, `-v7`, `-tekken`), file or model folder. Nothing is downloaded.

    `mistral-tekken` is that of July 2024 (Mistral Nemo); a newer tekken file comes with its model. A file is
    `tekken….json` or `….model[.v…]` (extra `mistral`), or another `….json` of the `tokenizers` library.

    Raises:
        ConfigurationError: there is no such tokenizer, or the file cannot be read as one.
        ExtraMissing: it needs the extra `mistral`.
    """
    if name in _NAMED:
        return _mistral_counter(name, _NAMED[name])
    file = _file_of(Path(name))
    if file.suffix == ".json" and "tekken" not in file.name:
        return _json_counter(file)
    return _mistral_counter(name, lambda tokenizers: tokenizers.from_file(str(file)))


_NAMED: dict[str, Callable[[Any], Any]] = {
    "mistral-v1": lambda tokenizers: tokenizers.v1(),
    "mistral-v2": lambda tokenizers: tokenizers.v2(),
    "mistral-v3": lambda tokenizers: tokenizers.v3(),
    "mistral-v7": lambda tokenizers: tokenizers.v7(),
    "mistral-tekken": lambda tokenizers: tokenizers.v3(is_tekken=True),
}


def _file_of(path: Path) -> Path:
    """The tokenizer file that a path names, or holds."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise ConfigurationError(
            f"SOURCIER_CHAT_TOKENIZER: there is no tokenizer {str(path)!r}. Write {SERVER}, {', '.join(_NAMED)}, "
            "or the path of a tokenizer's file or of a model's folder."
        )
    found = (file for pattern in _FILES_OF_A_FOLDER for file in sorted(path.glob(pattern), reverse=True))
    file = next(found, None)
    if file is None:
        raise ConfigurationError(f"SOURCIER_CHAT_TOKENIZER: {path} holds none of {', '.join(_FILES_OF_A_FOLDER)}.")
    return file


def _mistral_counter(name: str, load: Callable[[Any], Any]) -> TokenCounter:
    if find_spec("mistral_common") is None or find_spec("sentencepiece") is None:
        raise ExtraMissing("Mistral's tokenizers need the extra `mistral`: pip install 'sourcier[mistral]'.")
    # An optional extra that takes a second to import.
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer  # noqa: PLC0415

    try:
        tokenizer: Any = load(MistralTokenizer).instruct_tokenizer.tokenizer
    except Exception as error:  # mistral-common and sentencepiece raise many kinds for a bad file
        raise ConfigurationError(f"SOURCIER_CHAT_TOKENIZER: {name} is no tokenizer of Mistral's: {error}") from error
    return lambda text: len(tokenizer.encode(text, bos=False, eos=False))


def _json_counter(file: Path) -> TokenCounter:
    from tokenizers import Tokenizer  # noqa: PLC0415 - only where such a file is named

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises a bare Exception
        raise ConfigurationError(f"SOURCIER_CHAT_TOKENIZER: {file} is no tokenizer: {error}") from error
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
