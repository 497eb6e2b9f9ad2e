"""What an entailment model may change about a claim, and what it may not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import company_library, make_hit, scope_for

from sourcier_core.chat_models.scripted import ScriptedChatModel
from sourcier_core.db.memory import InMemoryAnswers
from sourcier_core.domain.answers import AnswerState, Claim, Language, Quote, Source, Verdict
from sourcier_core.domain.entailment import Entailment
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.entailment.words import WordEntailment
from sourcier_core.errors import EntailmentFailed
from sourcier_retrieval.answering import AnswerService
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.courses import AnswerOptions
from sourcier_retrieval.entailing import EntailmentJudge, Finding
from sourcier_retrieval.events import AnswerDone
from sourcier_retrieval.quotes import Span
from sourcier_retrieval.verification import Check

TEXT = (
    "La prime de mars est versée aux salariés présents. Un salarié qui quitte l'entreprise rend son badge. "
    "Le parking ferme à 22 heures."
)


class Scripted:
    """An entailment model that always says the same, counts, and fails when it is told to."""

    name = "scripted"

    def __init__(self, *, entailed: float = 0.0, contradicted: float = 0.0) -> None:
        self.said = Entailment(entailed=entailed, neutral=1 - entailed - contradicted, contradicted=contradicted)
        self.asked: list[tuple[str, str]] = []
        self.fails = False

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += pairs
        if self.fails:
            raise EntailmentFailed("The entailment model scripted failed: out of memory")
        return [self.said] * len(pairs)

    def close(self) -> None:
        pass


class Texts:
    """Reads the one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_text(self, version: str, start: int, end: int) -> str:
        return self._text[start:end]


def check(
    claim: str, model: Any, *, text: str = TEXT, language: str = "fr", markers: tuple[str, ...] = ("1",)
) -> Claim:
    hit = make_hit(text, language=language, title="Guide")
    quote = Quote(version_id=hit.passage.version_id, start=0, end=1, text=text[0], page=1)
    checker = CitationChecker(
        [Source(number=1, hit=replace(hit, passage=replace(hit.passage, start=0, end=len(text))), quote=quote)],
        language=Language.FRENCH,
        reader=Texts(text),  # type: ignore[arg-type]
        embedder=HashingEmbedder(),
        judge=None if model is None else EntailmentJudge(model, threshold=0.9),
    )
    return checker.check(RawClaim(text=claim, markers=markers), 1)


REWORDED = "Le salarié qui part doit remettre sa carte d'accès."
EQUALS = [("quitte entreprise", "part doit"), ("rend badge", "remettre carte accès")]


def test_other_words_are_supported_where_the_model_says_so() -> None:
    assert check(REWORDED, None).verdict is Verdict.UNSUPPORTED
    found = check(REWORDED, WordEntailment(equals=EQUALS))
    assert found.verdict is Verdict.SUPPORTED
    citation = found.citations[0]
    assert citation.reasons == ("entailed",)
    assert citation.quote is not None
    assert "rend son badge" in citation.quote.text
    assert citation.quote.text in TEXT


def test_the_sentence_shown_is_the_one_that_entails() -> None:
    """By words the first sentence is nearest, by meaning another one."""
    text = (
        "La carte d'accès part avec le courrier. Le parking ferme. Un salarié qui quitte l'entreprise rend son badge."
    )
    quote = check(REWORDED, WordEntailment(equals=EQUALS), text=text).citations[0].quote
    assert quote is not None
    assert "rend son badge" in quote.text


def test_support_by_words_is_withdrawn_where_the_source_contradicts() -> None:
    claim = "La prime de mars est versée aux salariés absents."
    assert check(claim, None).verdict is Verdict.SUPPORTED
    found = check(claim, WordEntailment(opposites=[("présents", "absents")]))
    assert found.verdict is Verdict.UNSUPPORTED
    assert found.citations[0].reasons == ("contradicted_by_source",)


def test_an_unsure_model_changes_nothing() -> None:
    for model in (Scripted(entailed=0.89), Scripted(contradicted=0.89), Scripted()):
        assert check(REWORDED, model) == check(REWORDED, None)
        claim = "La prime de mars est versée aux salariés absents."
        assert check(claim, model) == check(claim, None)
        assert model.asked


def test_a_sources_own_words_need_no_opinion() -> None:
    model = Scripted(contradicted=1.0)
    assert check("Le parking ferme à 22 heures.", model).verdict is Verdict.SUPPORTED
    assert model.asked == []


@given(number=st.integers(2, 9999).filter(lambda number: number != 22))
def test_no_model_makes_good_another_figure(number: int) -> None:
    model = Scripted(entailed=1.0)
    found = check(f"Le parking ferme à {number} heures.", model)
    assert found.verdict is Verdict.UNSUPPORTED
    assert model.asked == [], "it is not even asked"


def test_no_model_makes_good_another_name_or_negation() -> None:
    for claim in (
        "Le parking ne ferme pas à 22 heures.",
        "Le parking de Grenoble ferme à 22 heures.",
        "Le parking ferme à 22 minutes.",
    ):
        assert check(claim, Scripted(entailed=1.0)).verdict is Verdict.UNSUPPORTED, claim


def test_a_sentence_found_by_meaning_is_checked_for_its_figures_too() -> None:
    """The sentence that the model would accept gives another number: it is not offered."""
    model = WordEntailment(equals=[("parking ferme heures", "garage inaccessible soir")])
    assert check("Le garage est inaccessible 7 jours le soir.", model).verdict is Verdict.UNSUPPORTED


def test_other_languages_are_judged_too() -> None:
    text = "Employees who leave the company hand in their badge."
    assert check(REWORDED, None, text=text, language="en").verdict is Verdict.UNSUPPORTED
    found = check(REWORDED, Scripted(entailed=0.95), text=text, language="en")
    assert (found.verdict, found.citations[0].reasons) == (Verdict.SUPPORTED, ("entailed",))


def test_a_model_that_fails_leaves_the_check_by_words_and_says_so() -> None:
    model = Scripted(entailed=1.0)
    model.fails = True
    for claim, verdict in ((REWORDED, Verdict.UNSUPPORTED), ("Le parking ferme déjà à 22 heures.", Verdict.SUPPORTED)):
        found = check(claim, model)
        assert found.verdict is verdict
        assert "entailment_unavailable" in found.citations[0].reasons


def test_what_went_wrong_is_told_until_the_model_works_again() -> None:
    model = Scripted(entailed=1.0)
    judge = EntailmentJudge(model, threshold=0.9)
    against = Check(verdict=Verdict.UNSUPPORTED, coverage=0.1, reasons=("too_few_shared_words",))
    finding = Finding(span=Span(start=0, end=4, coverage=0.1), evidence="Rien.", check=against)
    model.fails = True
    judge.weigh("Autre chose.", [finding])
    assert judge.failure == "The entailment model scripted failed: out of memory"
    model.fails = False
    assert judge.weigh("Autre chose.", [finding]).check.verdict is Verdict.SUPPORTED
    assert judge.failure is None


def test_a_claim_without_a_marker_is_attributed_as_before() -> None:
    found = check("La prime de mars est versée aux salariés absents.", Scripted(contradicted=1.0), markers=())
    assert found.verdict is Verdict.UNSUPPORTED


async def test_an_answer_goes_through_the_judge() -> None:
    """The claim is the source's but for a word that the model calls its contrary: strict mode gives nothing of it."""
    library, records, model = company_library(), InMemoryAnswers(), Scripted(contradicted=1.0)
    for judge, state in ((None, AnswerState.ANSWERED), (EntailmentJudge(model, threshold=0.9), AnswerState.REFUSED)):
        service = AnswerService(
            search=library.search,
            reader=library.reader,
            recorder=records,
            chat_model=ScriptedChatModel(pieces=["Pour un cadre, le préavis de démission est bien de trois mois [1]."]),
            options=AnswerOptions(refusal_threshold=0.0),
            judge=judge,
        )
        question = "Quelle est la durée du préavis de démission d'un cadre ?"
        events = [event async for event in service.answer(question, scope=scope_for())]
        done = events[-1]
        assert isinstance(done, AnswerDone)
        assert done.answer.state is state
    premise, hypothesis = model.asked[0]
    assert "trois mois" in premise
    assert hypothesis == "Pour un cadre, le préavis de démission est bien de trois mois."
    reasons = {reason for claim in done.answer.claims for citation in claim.citations for reason in citation.reasons}
    assert "contradicted_by_source" in reasons
