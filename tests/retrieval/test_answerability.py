"""Answerability: what of the question is missing lowers the estimate; the coefficients fit their features."""

from dataclasses import replace

from retrieval_samples import company_library, make_hit, scope_for

from sourcier_core.domain.answers import Language
from sourcier_core.domain.search import PassageHit
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_retrieval.answerability import answerability_features, estimate
from sourcier_retrieval.answerability_coefficients import (
    FEW_BY_MEANING,
    FEW_BY_WORDS_AND_MEANING,
    MANY_BY_MEANING,
    MANY_BY_WORDS_AND_MEANING,
)
from sourcier_retrieval.evidence import wants_figure, weigh_evidence
from sourcier_retrieval.search import SearchResult

EMBEDDER = HashingEmbedder()


def _score(question: str, hits: list[PassageHit]) -> float:
    return estimate(SearchResult(hits=hits), weigh_evidence(question, Language.FRENCH, hits, EMBEDDER)).score


def test_every_feature_has_a_published_coefficient_and_the_right_sign() -> None:
    hits = [make_hit("Le préavis est de trois mois.")]
    features = answerability_features(
        SearchResult(hits=hits), weigh_evidence("Durée du préavis ?", Language.FRENCH, hits, EMBEDDER)
    )
    assert {*features, "bias"} == MANY_BY_WORDS_AND_MEANING.keys() | FEW_BY_WORDS_AND_MEANING.keys()
    for coefficients in (MANY_BY_WORDS_AND_MEANING, MANY_BY_MEANING, FEW_BY_WORDS_AND_MEANING, FEW_BY_MEANING):
        for name, value in coefficients.items():
            assert (value < 0) == (name in {"missing_name", "no_figure", "bias"}), name


def test_the_best_passage_counts_for_how_far_it_stands_out() -> None:
    hits = [make_hit("Le préavis est de trois mois.")]
    hits = [replace(hits[0], dense_score=0.9)]
    evidence = weigh_evidence("Durée du préavis ?", Language.FRENCH, hits, EMBEDDER)
    found = [
        estimate(SearchResult(hits=hits, dense_floor=floor, is_whole=whole), evidence).score
        for whole in (True, False)
        for floor in (0.88, 0.80)
    ]
    assert found[0] < found[1]
    assert found[2] < found[3]


def test_no_hit_cannot_answer() -> None:
    found = estimate(SearchResult(hits=[]), weigh_evidence("Durée du préavis ?", Language.FRENCH, [], EMBEDDER))
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
        answerability_features(SearchResult(hits=[hit]), weigh_evidence(question, Language.FRENCH, [hit], EMBEDDER))
        for hit in (without, having)
    ]
    assert [found["no_figure"] for found in features] == [1.0, 0.0]


def test_missing_words_are_told_in_the_questions_own_form() -> None:
    hits = company_library().search.search("préavis", scope=scope_for(), limit=5)
    question = "Quelle est la prime de vacances selon PR-099 pour Bertrand ?"
    missing = estimate(SearchResult(hits=hits), weigh_evidence(question, Language.FRENCH, hits, EMBEDDER)).missing_terms
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
