"""Claims and the sources they name: one source, several together, and one that does not exist."""

from dataclasses import replace

from retrieval_samples import make_hit

from sourcier_core.domain.answers import Language, Quote, Source, Verdict
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.errors import NotFound
from sourcier_retrieval.citing import CitationChecker
from sourcier_retrieval.claims import RawClaim

FIRST = "Le télétravail est ouvert à tous les salariés. Il demande l'accord du responsable."
SECOND = "L'indemnité de télétravail est de 3 euros par jour. Elle est versée en fin de mois."


class Texts:
    """Reads the texts by version."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def read_text(self, version: str, start: int, end: int) -> str:
        if version not in self._texts:
            raise NotFound
        return self._texts[version][start:end]

    def read_readable(self, passages: object, scope: object) -> dict[str, object]:
        raise AssertionError("citing reads no passages")


def checker() -> CitationChecker:
    hits = [make_hit(FIRST, title="Règles"), make_hit(SECOND, title="Montants")]
    hits = [replace(hit, passage=replace(hit.passage, version_id=hit.document.title)) for hit in hits]
    sources: list[Source] = []
    for number, hit in enumerate(hits, start=1):
        quote = Quote(version_id=hit.passage.version_id, start=0, end=1, text=hit.passage.text[0], page=1)
        sources.append(Source(number=number, hit=hit, quote=quote))
    texts = {hit.passage.version_id: hit.passage.text for hit in hits}
    return CitationChecker(sources, language=Language.FRENCH, reader=Texts(texts), embedder=HashingEmbedder())


def test_a_claim_rests_on_sentences_that_do_not_follow_each_other() -> None:
    claim = RawClaim(text="L'indemnité de 3 euros par jour est versée en fin de mois.", markers=("2",))
    checked = checker().check(claim, 1)
    assert checked.verdict is Verdict.SUPPORTED
    quote = checked.citations[0].quote
    assert quote is not None
    assert quote.text == SECOND


def test_two_sources_can_support_a_claim_together_but_not_one_alone() -> None:
    text = "Le télétravail demande l'accord du responsable et donne une indemnité de 3 euros par jour."
    alone = checker().check(RawClaim(text=text, markers=("2",)), 1)
    assert alone.verdict is Verdict.UNSUPPORTED
    together = checker().check(RawClaim(text=text, markers=("1", "2")), 1)
    assert together.verdict is Verdict.SUPPORTED
    assert [citation.reasons for citation in together.citations] == [("supported_together",)] * 2
    quotes = [citation.quote.text for citation in together.citations if citation.quote is not None]
    assert all(quote in source for quote, source in zip(quotes, (FIRST, SECOND), strict=True))


def test_a_changed_figure_is_not_saved_by_a_second_source() -> None:
    text = "Le télétravail demande l'accord du responsable et donne une indemnité de 4 euros par jour."
    checked = checker().check(RawClaim(text=text, markers=("1", "2")), 1)
    assert checked.verdict is Verdict.UNSUPPORTED


def test_an_unknown_source_stays_as_evidence() -> None:
    checked = checker().check(RawClaim(text="L'indemnité est de 3 euros par jour.", markers=("7",)), 1)
    assert (checked.verdict, checked.citations[0].marker) == (Verdict.UNKNOWN_SOURCE, "7")
