"""A Mistral model, or any chat model, from a local folder through transformers, in this process."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from sourcier_core.chat_models.openai_compatible import switch_tracing_off
from sourcier_core.errors import ConfigurationError, ExtraMissing


class TransformersChatModel(BaseChatModel):
    """Streams from a causal language model. A reader that stops makes the generation stop at its next token.

    langchain-huggingface's own chat model cannot stream a local pipeline asynchronously, nor stop it, and it loses
    an error of the generating thread; hence this one.
    """

    model: Any
    tokenizer: Any
    max_tokens: int
    temperature: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "transformers"

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text`, without special ones."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _encode(self, messages: Sequence[BaseMessage]) -> Any:
        from jinja2 import TemplateError  # noqa: PLC0415 (comes with the optional extra)

        turns: list[dict[str, Any]] = list(convert_to_openai_messages(list(messages)))  # pyright: ignore
        options: dict[str, Any] = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
        try:
            return self.tokenizer.apply_chat_template(turns, **options)
        except TemplateError:
            # The templates of the first Mistral models know no system turn.
            joined = "\n\n".join(str(turn["content"]) for turn in turns)
            return self.tokenizer.apply_chat_template([{"role": "user", "content": joined}], **options)

    def _pieces(self, messages: Sequence[BaseMessage], stopped: threading.Event) -> Iterator[str]:
        from transformers import TextIteratorStreamer  # noqa: PLC0415 (a heavy optional extra, chosen by a setting)

        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True)
        failures: list[Exception] = []
        options: dict[str, Any] = {"max_new_tokens": self.max_tokens, "do_sample": self.temperature > 0}
        if self.temperature > 0:
            options["temperature"] = self.temperature

        def should_stop(*_: Any, **__: Any) -> Any:
            import torch  # noqa: PLC0415 (a heavy optional extra, chosen by a setting)

            return torch.tensor([stopped.is_set()])

        def generate() -> None:
            try:
                self.model.generate(
                    **self._encode(messages),
                    **options,
                    streamer=streamer,
                    stopping_criteria=[should_stop],
                )
            except Exception as error:  # noqa: BLE001 (handed to the reading thread, which raises it)
                failures.append(error)
                streamer.end()

        worker = threading.Thread(target=generate, name="generate", daemon=True)
        worker.start()
        yield from (piece for piece in streamer if piece)
        worker.join()
        if failures:
            raise failures[0]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(self._pieces(messages, threading.Event()))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        stopped = threading.Event()
        try:
            for piece in self._pieces(messages, stopped):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            stopped.set()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        stopped = threading.Event()
        pieces = self._pieces(messages, stopped)
        try:
            while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            stopped.set()


def build_transformers_model(folder: Path, *, max_tokens: int, temperature: float) -> TransformersChatModel:
    """A streaming chat model loaded from `folder` (safetensors weights, tokenizer, chat template). No hub is contacted.

    Raises:
        ExtraMissing: the extra `transformers` is not installed.
        ConfigurationError: the folder holds no chat model that can be loaded.
    """
    if find_spec("transformers") is None or find_spec("torch") is None:
        raise ExtraMissing("This needs the extra `transformers`: pip install 'sourcier[transformers]'.")
    if not (folder / "config.json").is_file():
        raise ConfigurationError(f"There is no model in {folder}.")
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    switch_tracing_off()
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 (a heavy optional extra)

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(folder), local_files_only=True, use_safetensors=True, dtype="auto"
        )
    except Exception as error:  # transformers raises many kinds for a bad folder
        raise ConfigurationError(f"The model in {folder} cannot be loaded: {error}") from error
    if not tokenizer.chat_template:
        raise ConfigurationError(f"The tokenizer in {folder} has no chat template.")
    return TransformersChatModel(
        model=model.eval(), tokenizer=tokenizer, max_tokens=max_tokens, temperature=temperature
    )
