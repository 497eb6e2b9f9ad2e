"""A Mistral model, or any chat model, from a local folder through transformers, in this process."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from sourcier_core.chat_models.openai_compatible import switch_tracing_off
from sourcier_core.errors import ConfigurationError, ExtraMissing


def open_chat_model(folder: Path, *, max_tokens: int, temperature: float) -> BaseChatModel:
    """A streaming chat model loaded from `folder` (weights, tokenizer and chat template). No hub is contacted.

    Raises:
        ExtraMissing: the extra `transformers` is not installed.
        ConfigurationError: the folder holds no model that can be loaded.
    """
    if find_spec("transformers") is None or find_spec("langchain_huggingface") is None:
        raise ExtraMissing("This needs the extra `transformers`: pip install 'sourcier[transformers]'.")
    if not (folder / "config.json").is_file():
        raise ConfigurationError(f"There is no model in {folder}.")
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    switch_tracing_off()
    # An optional extra of several hundred megabytes: loaded only when it is chosen.
    from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline  # noqa: PLC0415
    from transformers import pipeline  # noqa: PLC0415

    options: dict[str, Any] = {"max_new_tokens": max_tokens, "do_sample": temperature > 0}
    if temperature > 0:
        options["temperature"] = temperature
    try:
        generator = pipeline(
            "text-generation", model=str(folder), tokenizer=str(folder), return_full_text=False, **options
        )
    except Exception as error:  # transformers raises bare exceptions for any bad folder
        raise ConfigurationError(f"The model in {folder} cannot be loaded: {error}") from error
    return ChatHuggingFace(llm=HuggingFacePipeline(pipeline=generator, pipeline_kwargs=options))
