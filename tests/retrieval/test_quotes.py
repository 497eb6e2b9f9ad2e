"""Quotes: always the stored words at their offsets; the sentence that answers."""

from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import Library, make_passage, scope_for

from sourcier_core.embedding.bm25 import analyse
from sourcier_retrieval.quotes import best_span, cut_quote, term_weights

VOCABULARY = ["préavis", "mois", "trois", "cadre.", "employé.", "La\nLe", "|", "12", "€\n\n-", "durée", "?", "jours"]
WORDS = st.lists(st.sampled_from([*VOCABULARY, "1 234,5"]), min_size=1, max_size=60).map(" ".join)


@given(texts=st.lists(WORDS, min_size=1, max_size=4), question=WORDS)
def test_every_quote_is_the_stored_text_at_its_offsets(texts: list[str], question: str) -> None:
    library = Library()
    reference = library.add("a.txt", *texts)
    whole = "\n\n".join(texts)
    for hit in library.search.search(question, scope=scope_for(), limit=9):
        weights = term_weights(analyse(question, "fr"), [hit.passage])
        span = best_span(hit.passage, weights)
        quote = cut_quote(hit.passage, span.start, span.end, library.reader)
        assert quote.version_id == reference.version_id
        assert hit.passage.start <= quote.start < quote.end <= hit.passage.end
        assert quote.text == whole[quote.start : quote.end] == hit.passage.text[span.start : span.end]
        assert 0.0 <= span.coverage <= 1.0
        assert quote.regions
        assert all(region.end > quote.start and region.start < quote.end for region in quote.regions)


def _best(text: str, question: str, **options: bool) -> str:
    passage = make_passage(text)
    span = best_span(passage, term_weights(analyse(question, "fr"), [passage]), **options)
    return text[span.start : span.end]


def test_the_sentence_with_the_questions_words_is_chosen() -> None:
    text = (
        "Le contrat peut être rompu par chaque partie à tout moment. "
        "La durée du préavis de démission est de trois mois pour un cadre. "
        "La lettre est envoyée en recommandé avec accusé de réception."
    )
    assert _best(text, "Quelle est la durée du préavis ?") == (
        "La durée du préavis de démission est de trois mois pour un cadre."
    )


def test_a_question_for_a_figure_prefers_the_sentence_that_has_one() -> None:
    text = "Le plafond des nuits d'hôtel est fixé chaque année. Le plafond des nuits d'hôtel monte à 130 € à Paris."
    assert "130" in _best(text, "plafond des nuits d'hôtel", wants_figure=True)


def test_a_table_row_can_be_quoted_alone() -> None:
    text = "Ville | Plafond de la nuit\nParis | 130 €\nBruxelles | 150 €\nLyon | 110 €"
    assert "Bruxelles | 150 €" in _best(text, "plafond Bruxelles")


def test_meaning_decides_where_words_are_silent() -> None:
    text = "Le vélo est permis sur le site. La voiture reste dehors."
    passage = make_passage(text)
    span = best_span(passage, {"parking": 1.0}, similarities=[0.78, 0.91])
    assert text[span.start : span.end] == "La voiture reste dehors."
    assert span.similarity == 0.91


def test_a_passage_that_shares_nothing_gives_its_beginning() -> None:
    passage = make_passage("Premier fait. Second fait.")
    span = best_span(passage, {"autre": 1.0})
    assert (span.start, span.coverage) == (0, 0.0)


def test_rare_terms_weigh_more() -> None:
    passages = [make_passage(text) for text in ("congé payé", "congé maladie", "congé parental")]
    weights = term_weights(analyse("congé parental", "fr"), passages)
    assert weights[analyse("parental", "fr")[0]] > weights[analyse("congé", "fr")[0]]
