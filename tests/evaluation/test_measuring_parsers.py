import pytest

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.fidelity import character_similarity, reading_order, word_similarity
from sourcier_evaluation.growth import recombined
from sourcier_evaluation.sets import EvaluationDocument
from sourcier_evaluation.word_projection import WordProjection

PARAGRAPHS = [f"Paragraph {name} is long enough to be found again in another text." for name in ("one", "two", "six")]


def test_order_and_similarity_notice_what_moved_and_what_is_lost() -> None:
    known = "\n\n".join(PARAGRAPHS)
    assert reading_order(known, known) == 1.0
    assert reading_order(known, "\n\n".join(PARAGRAPHS[::-1])) == 0.0
    assert character_similarity(known, known.replace("\n", "  ")) == word_similarity(known, known) == 1.0
    assert character_similarity(known, PARAGRAPHS[0]) < 0.6
    misspelt = known.replace("long", "lung")
    assert word_similarity(known, misspelt) < character_similarity(known, misspelt) < 1


def test_recombined_documents_are_repeatable_and_differ() -> None:
    text = " ".join(f"Sentence number {number} says something of its own." for number in range(120))
    document = EvaluationDocument(id="a", title="", text=text, language="en")
    assert list(recombined([document], 5)) == list(recombined([document], 5))
    assert len(set(recombined([document], 5))) == 5
    with pytest.raises(InvalidRequest):
        list(recombined([], 1))


def test_the_projection_puts_shared_words_near_each_other() -> None:
    near, other, query = WordProjection().embed_passages(["paid leave days", "hotel costs abroad", "leave days"])
    assert query @ near > 0.5 > abs(query @ other)
