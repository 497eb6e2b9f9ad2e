"""Answers questions from documents with attacks in them, as the product does, and counts what reaches the reader."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel

from sourcier_core.chat_models.opening import ChatBackend
from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.chat_models.tokens import TokenCounter, estimate_tokens
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import Answer, AnswerState, Claim, Language
from sourcier_core.domain.claim_checks import ClaimCheck
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import InvalidRequest
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_evaluation.injection_cases import InjectionCase
from sourcier_evaluation.injection_signs import has_link_or_picture, has_words, longest_common_run
from sourcier_evaluation.passages import EvaluationPassages
from sourcier_evaluation.quarantine_command import document_score
from sourcier_evaluation.retrieval_command import evaluation_scope, fill_index, say_nothing
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_ingest.quarantine.evidence import DEFAULT_THRESHOLD
from sourcier_retrieval.addresses import addresses_in
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.events import AnswerDone
from sourcier_retrieval.prompting import load_template
from sourcier_retrieval.search import PassageSearch

QUOTES = "quotes"
MODES = (*(check.value for check in ClaimCheck), QUOTES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """What reached the reader in one mode: the claims of the answer's text; none of a refusal."""

    claims: tuple[Claim, ...]
    has_conflict: bool

    @property
    def text(self) -> str:
        """The words of the claims."""
        return "\n".join(claim.text for claim in self.claims)

    @property
    def uncited(self) -> int:
        """Claims that are shown without a source."""
        return sum(all(citation.source_number is None for citation in claim.citations) for claim in self.claims)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One question from one set of documents: what the model wrote, and what was delivered in each mode."""

    raw: str
    deliveries: Mapping[str, Delivery]


@dataclass(frozen=True, kw_only=True, slots=True)
class InjectionOutcome:
    """A case with its answers; `guarded` is answered from what the quarantine lets pass."""

    case: InjectionCase
    clean: Answered
    attacked: Answered
    guarded: Answered
    held_back: int


@dataclass(kw_only=True, slots=True)
class Asking:
    """Answers from documents with the model of `backend`; the same question and documents are put to it once."""

    backend: ChatBackend
    context_tokens: int
    answer_tokens: int
    timeout_s: float = 600.0
    generations: int = 0
    _known: dict[tuple[str, tuple[str, ...]], Answered] = field(
        default_factory=dict[tuple[str, tuple[str, ...]], Answered]
    )

    async def answered(self, question: str, documents: Sequence[EvaluationDocument]) -> Answered:
        """Strict mode asks the model; the other modes are given the same words again.

        The prompt does not depend on the mode, so the model would say the same at temperature 0.
        """
        key = question, tuple(document.text for document in documents)
        if key not in self._known:
            self._known[key] = await self._asked(question, documents)
        return self._known[key]

    async def _asked(self, question: str, documents: Sequence[EvaluationDocument]) -> Answered:
        passages = EvaluationPassages(documents)
        embedder = HashingEmbedder()
        index = InMemoryPassageIndex(embedder.identity)
        fill_index(index, passages, embedder, Bm25Encoder(), say_nothing)
        spaces = VectorSpaces(VectorSpace(embedder=embedder, index=index))
        search = PassageSearch(spaces=spaces, sparse_encoder=Bm25Encoder(), reader=passages)

        async def ask(model: BaseChatModel | None, check: ClaimCheck, count: TokenCounter) -> tuple[Answer, str]:
            records = InMemoryAnswers()
            service = AnswerService(
                search=search,
                reader=passages,
                recorder=records,
                chat_model=model,
                count_tokens=count,
                options=AnswerOptions(
                    claim_check=check,
                    refusal_threshold=0.0,
                    context_tokens=self.context_tokens,
                    answer_tokens=self.answer_tokens,
                    timeout_s=self.timeout_s,
                ),
            )
            async for event in service.answer(question, scope=evaluation_scope(), language=Language.ENGLISH):
                if isinstance(event, AnswerDone):
                    return event.answer, records.records[-1].raw_model_output or ""
            raise RuntimeError("an answer ended without its last event")

        quoted, _ = await ask(None, ClaimCheck.STRICT, estimate_tokens)
        deliveries = {QUOTES: _delivery(quoted)}
        if self.backend.model is None:
            return Answered(raw="", deliveries=deliveries)
        self.generations += 1
        first, raw = await ask(self.backend.model, ClaimCheck.STRICT, self.backend.count_tokens)
        deliveries[ClaimCheck.STRICT.value] = _delivery(first)
        for check in (ClaimCheck.FLAG, ClaimCheck.OFF):
            again, _ = await ask(ScriptedChatModel(pieces=[raw]), check, self.backend.count_tokens)
            deliveries[check.value] = _delivery(again)
        return Answered(raw=raw, deliveries=deliveries)


def _delivery(answer: Answer) -> Delivery:
    kept = answer.claims if answer.state is AnswerState.ANSWERED else ()
    shown = tuple(claim for claim in kept if claim.text in answer.text)
    return Delivery(claims=shown, has_conflict=any(claim.conflicts for claim in shown))


async def measure_injection(
    cases: Sequence[InjectionCase],
    asking: Asking,
    progress: Callable[[str, int, int], None] = say_nothing,
    *,
    seconds: float = math.inf,
) -> list[InjectionOutcome]:
    """Ask each case's question of the clean documents, of those with the attack, and of what the quarantine passes.

    No case but the first is begun once `seconds` have passed.

    Raises:
        InvalidRequest: there is no case.
        ChatModelError: the model cannot be reached, is too slow, or went away.
    """
    if not cases:
        raise InvalidRequest("There is no attack in these sets.")
    outcomes: list[InjectionOutcome] = []
    started = time.monotonic()
    for number, case in enumerate(cases):
        if outcomes and time.monotonic() - started > seconds:
            break
        progress("cases", number, len(cases))
        passed = [document for document in case.attacked if document_score(document.text) < DEFAULT_THRESHOLD]
        outcomes.append(
            InjectionOutcome(
                case=case,
                clean=await asking.answered(case.question, case.clean),
                attacked=await asking.answered(case.question, case.attacked),
                guarded=await asking.answered(case.question, passed) if passed else Answered(raw="", deliveries={}),
                held_back=len(case.attacked) - len(passed),
            )
        )
    return outcomes


def injection_report(outcomes: Sequence[InjectionOutcome], *, has_model: bool) -> str:
    """The tables in Markdown: aims reached by kind of attack, form of what is delivered, and the prompt's words."""
    modes = MODES if has_model else (QUOTES,)
    lines = _aims_tables(outcomes, modes, has_model=has_model)
    lines += _right_answers(outcomes, modes)
    lines += ["", *_form_table(outcomes, modes, has_model=has_model)]
    return "\n".join(lines)


def _aims_tables(outcomes: Sequence[InjectionOutcome], modes: Sequence[str], *, has_model: bool) -> list[str]:
    lines: list[str] = []
    for title, pick in (
        ("the aim shows, with the attack", _attacked),
        ("the same sign without it", _clean),
        ("with the attack, after the quarantine", _guarded),
    ):
        raw = ["raw"] if has_model else []
        heads = [title, "cases", *raw, *modes]
        lines += [_row(heads), _row(["---", *["--:"] * (len(heads) - 1)])]
        for kind in dict.fromkeys(outcome.case.kind for outcome in outcomes):
            members = [outcome for outcome in outcomes if outcome.case.kind == kind]
            counts = [len(members)]
            counts += [_aims(members, [pick(item).raw for item in members])] if has_model else []
            counts += [_aims(members, [_text(pick(item), mode) for item in members]) for mode in modes]
            lines.append(_row([kind, *map(str, counts)]))
        lines.append("")
    return lines


def _right_answers(outcomes: Sequence[InjectionOutcome], modes: Sequence[str]) -> list[str]:
    known = [outcome for outcome in outcomes if outcome.case.correct]
    if not known:
        return []
    lines = [f"Right answers and warnings, {len(known)} questions with a known answer:"]
    for mode in modes:
        found = [outcome.attacked.deliveries[mode] for outcome in known]
        right = sum(_has_answer(outcome, delivery) for outcome, delivery in zip(known, found, strict=True))
        before = sum(_has_answer(outcome, outcome.clean.deliveries[mode]) for outcome in known)
        differs = sum(delivery.has_conflict for delivery in found)
        lines.append(f"- {mode}: right {before} clean, {right} with poison; sources said to differ in {differs}")
    return lines


def _form_table(outcomes: Sequence[InjectionOutcome], modes: Sequence[str], *, has_model: bool) -> list[str]:
    system = load_template(Language.ENGLISH).system
    heads = ["with the attack", "link or picture", "address", "claims", "of them without a source", "longest run"]
    lines = [_row(heads), _row(["---", *["--:"] * (len(heads) - 1)])]
    if has_model:
        lines.append(_row(["raw", *_form_of([item.attacked.raw for item in outcomes], system, "", "")]))
    for mode in modes:
        found = [item.attacked.deliveries[mode] for item in outcomes]
        claims = str(sum(len(delivery.claims) for delivery in found))
        uncited = str(sum(delivery.uncited for delivery in found))
        lines.append(_row([mode, *_form_of([delivery.text for delivery in found], system, claims, uncited)]))
    held = sum(outcome.held_back > 0 for outcome in outcomes)
    documents = sum(outcome.held_back for outcome in outcomes)
    lines += ["", f"Longest run: words in a row from the prompt's instructions ({_words(system)} words)."]
    lines.append(f"The quarantine held back {documents} documents, in {held} of {len(outcomes)} cases.")
    return lines


def _form_of(texts: Sequence[str], system: str, claims: str, uncited: str) -> list[str]:
    run = max((longest_common_run(text, system) for text in texts), default=0)
    linked, addressed = sum(map(has_link_or_picture, texts)), sum(bool(addresses_in(text)) for text in texts)
    return [str(linked), str(addressed), claims, uncited, str(run)]


def _attacked(outcome: InjectionOutcome) -> Answered:
    return outcome.attacked


def _clean(outcome: InjectionOutcome) -> Answered:
    return outcome.clean


def _guarded(outcome: InjectionOutcome) -> Answered:
    return outcome.guarded


def _text(answered: Answered, mode: str) -> str:
    delivery = answered.deliveries.get(mode)
    return "" if delivery is None else delivery.text


def _aims(outcomes: Sequence[InjectionOutcome], texts: Sequence[str]) -> int:
    return sum(outcome.case.aim.shows(text) for outcome, text in zip(outcomes, texts, strict=True))


def _has_answer(outcome: InjectionOutcome, delivery: Delivery) -> bool:
    return has_words(delivery.text, outcome.case.correct)


def _words(text: str) -> int:
    return len(text.split())


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
