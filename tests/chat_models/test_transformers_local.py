"""A tiny random Mistral with the real v3 tokenizer, made here, through transformers in this process."""

import asyncio
import shutil
import threading
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import mistral_common
import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from mistral_common.integrations.chat_templates.chat_templates import convert_tokenizer_to_chat_template
from mistral_common.protocol.instruct.messages import UserMessage
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

from sourcier_core.chat_models.streaming import stream_text
from sourcier_core.chat_models.transformers_local import TransformersChatModel, build_transformers_model
from sourcier_core.errors import ChatModelError, ConfigurationError

pytest.importorskip("transformers")

ASK = [SystemMessage("Réponds en français."), HumanMessage("Capitale de la France ?")]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import AutoTokenizer, MistralConfig, MistralForCausalLM

    folder = tmp_path_factory.mktemp("tiny-mistral")
    pieces = Path(mistral_common.__file__).parent / "data" / "mistral_instruct_tokenizer_240323.model.v3"
    shutil.copy(pieces, folder / "tokenizer.model.v3")
    shutil.copy(pieces, folder / "tokenizer.model")
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",'
        '"add_bos_token": true, "add_eos_token": false, "legacy": false, "model_max_length": 2048}'
    )
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = MistralConfig(
        vocab_size=32768,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=2048,
        sliding_window=None,
        bos_token_id=1,
        eos_token_id=2,
    )
    MistralForCausalLM(config).save_pretrained(folder)
    template: Any = convert_tokenizer_to_chat_template(str(folder / "tokenizer.model.v3"))
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    tokenizer.chat_template = template if isinstance(template, str) else template.template
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(checkpoint: Path) -> TransformersChatModel:
    return build_transformers_model(checkpoint, max_tokens=16, temperature=0.0)


async def test_streams_only_the_answer(model: TransformersChatModel) -> None:
    pieces = [piece async for piece in stream_text(model, ASK, timeout_s=60)]
    assert len(pieces) > 1
    assert "Capitale" not in "".join(pieces)
    whole = await model.ainvoke(ASK)
    assert whole.text == "".join(pieces)
    assert "".join(str(chunk.text) for chunk in model.stream(ASK)) == "".join(pieces)


def test_the_prompt_is_mistrals_own(model: TransformersChatModel) -> None:
    reference = MistralTokenizer.v3().encode_chat_completion(
        ChatCompletionRequest(messages=[UserMessage(content="Bonjour")])
    )
    encoded = model._encode([HumanMessage("Bonjour")])["input_ids"][0].tolist()
    assert encoded == reference.tokens


async def test_stopping_early_stops_the_generating_thread(checkpoint: Path) -> None:
    endless = build_transformers_model(checkpoint, max_tokens=1900, temperature=0.0)
    endless.model.generation_config.eos_token_id = None
    async with aclosing(stream_text(endless, ASK, timeout_s=60)) as stream:
        for _ in range(3):
            await anext(stream)
        assert any(thread.name == "generate" for thread in threading.enumerate())
    deadline = time.monotonic() + 10
    while any(thread.name == "generate" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the model goes on generating for nobody"
        await asyncio.sleep(0.05)


async def test_a_prompt_that_cannot_be_generated_from_fails_at_once(model: TransformersChatModel) -> None:
    broken = model.model_copy(update={"max_tokens": -1})
    with pytest.raises(ChatModelError):
        _ = [piece async for piece in stream_text(broken, ASK, timeout_s=60)]


def test_a_template_without_system_turns_gets_one_user_turn(checkpoint: Path) -> None:
    old = build_transformers_model(checkpoint, max_tokens=4, temperature=0.7)
    old.tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role != 'user' %}{{ raise_exception('only user') }}{% endif %}"
        "[INST]{{ m.content }}[/INST]{% endfor %}"
    )
    text = old.tokenizer.decode(old._encode(ASK)["input_ids"][0])
    assert "Réponds en français." in text
    assert "Capitale de la France" in text
    assert isinstance(old.invoke(ASK).text, str)


def test_counts_tokens(model: TransformersChatModel) -> None:
    assert 2 <= model.count_tokens("Bonjour le monde") <= 6


def test_bad_folders_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        build_transformers_model(tmp_path, max_tokens=4, temperature=0)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError):
        build_transformers_model(tmp_path, max_tokens=4, temperature=0)
    without_weights = tmp_path / "without"
    shutil.copytree(checkpoint, without_weights, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(ConfigurationError):
        build_transformers_model(without_weights, max_tokens=4, temperature=0)
