from pathlib import Path

import pytest

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.fidelity import character_similarity, reading_order, rendered, word_similarity
from sourcier_evaluation.fidelity_commands import text_fidelity_lines
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


def test_pdfs_beside_their_text_are_compared_one_by_one(tmp_path: Path) -> None:
    texts = {"guide": ("en", "\n\n".join(PARAGRAPHS)), "guide.fr": ("fr", "\n\n".join(PARAGRAPHS[::-1]))}
    for name, (language, text) in texts.items():
        (page,) = rendered([EvaluationDocument(id=name, title="", text=text, language=language)], 1)
        (tmp_path / f"{name}.pdf").write_bytes(page.content)
        (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        (tmp_path / "guide.de.pdf").write_bytes(page.content)
        (tmp_path / "guide.de.txt").write_text(text, "utf-8")
    lines = list(text_fidelity_lines(tmp_path, 10))
    assert [line.split("|")[1:3] for line in "\n".join(lines[1:]).splitlines()] == [
        [" `guide.fr.pdf` ", " fr "],
        [" `guide.pdf` ", " en "],
        [" all PDFs ", " en "],
        [" all PDFs ", " fr "],
    ]
    assert all("1.0000 | 1.0000 | 1.0000" in line for line in lines[1:])
