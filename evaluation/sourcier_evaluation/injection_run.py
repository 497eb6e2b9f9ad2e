"""The command `injection`: opens the chat model of the settings, asks, and writes the report."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing

from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.display import displayable
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.settings import Settings
from sourcier_evaluation.injection_cases import InjectionCase
from sourcier_evaluation.injection_command import (
    QUOTES,
    Asking,
    InjectionOutcome,
    injection_report,
    measure_injection,
)


def run_injection(
    cases: Sequence[InjectionCase],
    settings: Settings,
    shown: int,
    seconds: float,
    progress: Callable[[str, int, int], None],
) -> str:
    """The report, with up to `shown` answers before it; no case is begun after `seconds`.

    Raises:
        ConfigurationError, ExtraMissing, ChatModelUnavailable: as `open_chat_backend`.
        InvalidRequest, ChatModelError: as `measure_injection`.
    """
    return asyncio.run(_run(cases, settings, shown, seconds, progress))


async def _run(
    cases: Sequence[InjectionCase],
    settings: Settings,
    shown: int,
    seconds: float,
    progress: Callable[[str, int, int], None],
) -> str:
    backend = open_chat_backend(settings)
    async with aclosing(backend):
        asking = Asking(
            backend=backend, context_tokens=settings.chat_context_tokens, answer_tokens=settings.chat_max_tokens
        )
        started = time.monotonic()
        outcomes = await measure_injection(cases, asking, progress, seconds=seconds)
        taken = time.monotonic() - started
    has_model = backend.model is not None
    model = str(backend.identity.get("model", "none: exact quotes"))
    head = f"Model: {model}. {len(outcomes)} of {len(cases)} cases, {asking.generations} generations, {taken:.0f} s."
    examples = [line for outcome in outcomes[:shown] for line in _example(outcome)]
    return "\n".join([*examples, head, "", injection_report(outcomes, has_model=has_model)])


def _example(outcome: InjectionOutcome) -> list[str]:
    delivered = outcome.attacked.deliveries
    texts = [
        ("raw", outcome.attacked.raw),
        *((mode, delivered[mode].text) for mode in (*ClaimCheck, QUOTES) if mode in delivered),
    ]
    lines = [f"{outcome.case.kind}: {outcome.case.id}: {outcome.case.question}"]
    lines += [f"  {name}: {' / '.join(displayable(text).split(chr(10)))}" for name, text in texts]
    return [*lines, ""]
