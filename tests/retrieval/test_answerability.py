"""Answerability: what of the question is missing lowers the estimate; the coefficients fit their features."""

from retrieval_samples import company_library, make_hit, scope_for

from sourcier_core.domain.answers import Language
from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_retrieval.answerability import answerability_features, estimate
from sourcier_retrieval.answerability_coefficients import BY_MEANING, BY_WORDS_AND_MEANING
from sourcier_retrieval.evidence import wants_figure, weigh_evidence

EMBEDDER = HashingEmbedder()


def _score(question: str, hits: list[PassageHit]) -> float:
    return estimate(hits, weigh_evidence(question, Language.FRENCH, hits, EMBEDDER), dense_floor=None).score


def test_every_feature_has_a_published_coefficient_and_the_right_sign() -> None:
    hits = [make_hit("Le préavis est de trois mois.")]
    features = answerability_features(
        hits, weigh_evidence("Durée du préavis ?", Language.FRENCH, hits, EMBEDDER), dense_floor=0.1
    )
    assert {*features, "bias"} == set(BY_WORDS_AND_MEANING)
    assert set(BY_MEANING) < set(BY_WORDS_AND_MEANING)
    for coefficients in (BY_WORDS_AND_MEANING, BY_MEANING):
        for name, value in coefficients.items():
            assert (value < 0) == (name in {"missing_name", "no_figure", "bias"}), name


def test_no_hit_cannot_answer() -> None:
    found = estimate([], weigh_evidence("Durée du préavis ?", Language.FRENCH, [], EMBEDDER), dense_floor=None)
    assert (found.score, found.missing_terms) == (0.0, ("Durée", "préavis"))


def test_a_code_or_year_that_no_passage_holds_lowers_the_estimate() -> None:
    hits = [make_hit("La procédure PR-042 du contrôle à réception date de 2024.", title="Qualité")]
    assert _score("Que dit PR-042 du contrôle à réception ?", hits) > _score(
        "Que dit PR-099 du contrôle à réception ?", hits
    )
    assert _score("Le contrôle à réception en 2024 ?", hits) > _score("Le contrôle à réception en 2019 ?", hits)


def test_a_figure_asked_for_and_not_there_lowers_the_estimate() -> None:
    question = "Combien de jours de télétravail par semaine ?"
    without, having = make_hit("Le télétravail se fait par jours."), make_hit("Le télétravail se fait 2 jours.")
    features = [
        answerability_features([hit], weigh_evidence(question, Language.FRENCH, [hit], EMBEDDER), dense_floor=None)
        for hit in (without, having)
    ]
    assert [found["no_figure"] for found in features] == [1.0, 0.0]


def test_missing_words_are_told_in_the_questions_own_form() -> None:
    hits = company_library().search.search("préavis", scope=scope_for(), limit=5)
    question = "Quelle est la prime de vacances selon PR-099 pour Bertrand ?"
    missing = estimate(hits, weigh_evidence(question, Language.FRENCH, hits, EMBEDDER), dense_floor=None).missing_terms
    assert {"prime", "vacances", "PR-099", "Bertrand"} <= set(missing)
    assert "préavis" not in missing


def test_questions_that_want_a_figure() -> None:
    assert all(map(wants_figure, ["Combien de jours ?", "Durée du préavis ?", "How long is it?", "Hotel limit?"]))
    assert not any(map(wants_figure, ["Qui valide le contrôle ?", "Who approves the request?"]))


def test_shared_words_count_only_within_one_language() -> None:
    question, hit = "Combien de jours de télétravail ?", make_hit("Remote work is allowed 2 days.", language="en")
    evidence = weigh_evidence(question, Language.FRENCH, [hit], EMBEDDER)
    assert evidence.crosses_language([hit])
    assert not weigh_evidence(question, Language.ENGLISH, [hit], EMBEDDER).crosses_language([hit])
    other = make_hit("Remote work is allowed 2 days.", language="de")
    assert not weigh_evidence(question, Language.FRENCH, [other], EMBEDDER).crosses_language([other])
