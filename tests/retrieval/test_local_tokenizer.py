"""Tokens counted on this machine: as many as Mistral's own chat encoding, never fewer; clear errors, no network."""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import mistral_common
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mistral_common.protocol.instruct.messages import SystemMessage, UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from retrieval_samples import make_hit
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from sourcier_core.chat_models import local_tokenizer
from sourcier_core.chat_models.local_tokenizer import open_token_counter
from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.chat_models.tokens import ServerTokenCounter, TokenCounter
from sourcier_core.domain.answers import Language
from sourcier_core.errors import ConfigurationError, ExtraMissing, InvalidRequest
from sourcier_core.settings import Settings
from sourcier_retrieval.prompting import Prompt, make_prompt

DATA = Path(mistral_common.__file__).parent / "data"
MAKERS: dict[str, Callable[[], Any]] = {
    "mistral-v1": MistralTokenizer.v1,
    "mistral-v2": MistralTokenizer.v2,
    "mistral-v3": MistralTokenizer.v3,
    "mistral-v7": MistralTokenizer.v7,
    "mistral-tekken": lambda: MistralTokenizer.v3(is_tekken=True),
}
NAMES = sorted(MAKERS)


@cache
def counter(name: str) -> TokenCounter:
    return open_token_counter(name)


@cache
def reference(name: str) -> Any:
    return MAKERS[name]()


def encoded(name: str, prompt: Prompt) -> int:
    """What mistral-common's own chat encoding takes for the messages."""
    system, user = (str(message.content) for message in prompt.messages)
    turns: list[Any] = [SystemMessage(content=system), UserMessage(content=user)]
    if name == "mistral-v1":  # its models know no system turn: it goes before the question
        turns = [UserMessage(content=f"{system}\n\n{user}")]
    return len(reference(name).encode_chat_completion(ChatCompletionRequest(messages=turns)).tokens)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("passages", [1, 6, 150])
def test_a_prompt_s_count_is_that_of_the_chat_encoding(name: str, language: Language, passages: int) -> None:
    texts = ["Le préavis est de trois mois pour un cadre.", "Hotel nights are reimbursed up to 130 €.", "| a | 1 |\n"]
    hits = [make_hit(f"{texts[number % 3]} {number}", number=number) for number in range(1, passages + 1)]
    prompt = make_prompt("Durée du préavis ?", hits, language, budget=20_000, count=counter(name))
    assert prompt.passages_used == passages
    truly = encoded(name, prompt)
    assert truly <= prompt.tokens <= truly + 50 + 3 * passages


TEXTS = st.lists(
    st.sampled_from(
        [
            "préavis",
            " trois",
            "\n",
            "\n\n",
            "130 €",
            "…",
            "  ",
            "[INST]",
            "</s>",
            "<s>",
            "日本",
            "🙂",
            "x" * 40,
            "1234567",
        ]
    )
    | st.text(max_size=8),
    min_size=1,
    max_size=40,
).map("".join)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=12), question=TEXTS, budget=st.integers(400, 1500))
def test_no_prompt_takes_more_than_its_budget(name: str, texts: list[str], question: str, budget: int) -> None:
    hits = [make_hit(text, number=number) for number, text in enumerate(texts, start=1)]
    try:
        prompt = make_prompt(question, hits, Language.FRENCH, budget=budget, count=counter(name))
    except InvalidRequest:
        return
    assert encoded(name, prompt) <= prompt.tokens <= budget


@pytest.mark.parametrize(
    ("file", "saved_as", "name"),
    [
        ("tekken_240718.json", "tekken.json", "mistral-tekken"),
        ("mistral_instruct_tokenizer_240323.model.v3", "tokenizer.model.v3", "mistral-v3"),
    ],
)
def test_a_file_or_its_folder_counts_as_the_one_with_a_name(
    file: str, saved_as: str, name: str, tmp_path: Path
) -> None:
    shutil.copy(DATA / file, tmp_path / saved_as)
    text = "Le préavis de démission est de trois mois."
    by_file, by_folder = open_token_counter(str(tmp_path / saved_as)), open_token_counter(str(tmp_path))
    assert by_file(text) == by_folder(text) == counter(name)(text) > 0
    assert by_file("") == 0


def _word_tokenizer(folder: Path) -> Path:
    made = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()  # type: ignore[assignment]
    made.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


def test_another_model_s_tokenizer_json_needs_no_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_tokenizer, "find_spec", lambda _: None)
    assert open_token_counter(str(_word_tokenizer(tmp_path)))("trois mots ici") == 3
    assert open_token_counter(str(tmp_path))("deux mots") == 2
    with pytest.raises(ExtraMissing, match="sourcier\\[mistral\\]"):
        open_token_counter("mistral-v3")


def test_in_a_folder_mistral_s_own_file_comes_first(tmp_path: Path) -> None:
    _word_tokenizer(tmp_path)
    shutil.copy(DATA / "mistral_instruct_tokenizer_240323.model.v3", tmp_path / "tokenizer.model.v3")
    text = "Le préavis de démission est de trois mois."
    assert open_token_counter(str(tmp_path))(text) == counter("mistral-v3")(text)


def test_what_is_no_tokenizer_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="mistral-v3"):
        open_token_counter("mistral-v99")
    with pytest.raises(ConfigurationError, match="holds none of"):
        open_token_counter(str(tmp_path))
    for name, content in [
        ("tekken.json", "{}"),
        ("tekken_broken.json", "no json"),
        ("tokenizer.model.v3", "nothing"),
        ("tokenizer.json", json.dumps({"a": 1})),
        ("readme.txt", "text"),
    ]:
        (tmp_path / name).write_text(content)
        with pytest.raises(ConfigurationError, match="SOURCIER_CHAT_TOKENIZER"):
            open_token_counter(str(tmp_path / name))


async def test_the_setting_chooses_and_the_record_says_which() -> None:
    place = {"chat_backend": "openai", "chat_model": "m", "chat_url": "http://127.0.0.1:1/v1"}
    chosen = open_chat_backend(Settings.model_validate({**place, "chat_tokenizer": "mistral-v3"}))
    text = "Le préavis de démission est de trois mois."
    assert chosen.count_tokens(text) == counter("mistral-v3")(text)
    assert chosen.identity["tokenizer"] == "mistral-v3"
    usual = open_chat_backend(Settings.model_validate(place))
    assert isinstance(usual.count_tokens, ServerTokenCounter)
    await chosen.aclose()
    await usual.aclose()
    with pytest.raises(ConfigurationError, match="transformers"):
        open_chat_backend(Settings(chat_backend="transformers", chat_model="/any", chat_tokenizer="mistral-v3"))
