"""The count of sources that differ: planted differences are found, agreeing documents are left alone."""

from sourcier_evaluation.conflicts_command import conflicts_lines, measure_conflicts
from sourcier_evaluation.sets import EvaluationDocument, EvaluationQuestion, EvaluationSet


def a_set(*texts: str) -> EvaluationSet:
    documents = tuple(
        EvaluationDocument(id=f"d{number}", title=f"Règle {number}", text=text, language="fr")
        for number, text in enumerate(texts)
    )
    question = EvaluationQuestion(id="q", text="préavis de démission d'un cadre", language="fr", answerable=True)
    return EvaluationSet(
        name="made-up",
        documents=documents,
        questions=(question,),
        judgements={},
        answers={},
        held_out_documents=frozenset(),
        held_out_questions=frozenset(),
    )


def test_documents_that_agree_and_a_changed_copy() -> None:
    rule = "Le préavis de démission est de 3 mois pour un cadre."
    counts = measure_conflicts(a_set(rule, rule, "Les repas sont remboursés."), limit=5)
    assert (counts.questions, counts.sentences, counts.with_other) == (1, 1, 0)
    assert (counts.changed, counts.found) == (1, 1)


def test_documents_that_differ_are_printed() -> None:
    rule = "Le préavis de démission est de 3 mois pour un cadre."
    counts = measure_conflicts(a_set(rule, rule.replace("3", "2")), limit=5)
    assert counts.with_other == 1
    lines = conflicts_lines("made-up", counts, shown=1)
    assert "1 are said to differ" in lines
    assert "2 mois" in lines
