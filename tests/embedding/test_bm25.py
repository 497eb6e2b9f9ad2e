import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.domain.search import SparseVector
from sourcier_core.embedding.bm25 import Bm25Encoder, analyse, term_index

ENCODER = Bm25Encoder()
LANGUAGES = ["fr", "en", "other"]


def shared(query: str, passage: str, language: str) -> int:
    return len(set(ENCODER.encode_query(query).indices) & set(ENCODER.encode_passage(passage, language).indices))


@pytest.mark.parametrize(
    ("text", "language", "terms"),
    [
        ("Les congés payés", "fr", ["cong", "pai"]),
        ("L'horaire d’été, qu'on m'a donné", "fr", ["horair", "ete", "don"]),
        ("The employees' holidays", "en", ["employe", "holiday"]),
        ("The company's rules weren't changed", "en", ["compani", "rule", "chang"]),
        ("PR-042", "fr", ["pr-042", "pr", "042"]),
        ("e-mail", "fr", ["email", "e", "mail"]),
        ("1 200 €", "fr", ["1200", "1", "200"]),
        ("1\u202f200,50", "fr", ["1200.50", "1", "200", "50"]),
        ("100,000", "en", ["100000", "100", "000"]),
        ("3,5 %", "fr", ["3.5", "3", "5"]),
        ("2024", "fr", ["2024"]),
        ("œuvre ŒUVRE", "fr", ["oeuvr", "oeuvr"]),
        ("Straße", "other", ["strasse"]),
        ("ne pas fumer", "fr", ["ne", "pas", "fum"]),
        ("", "fr", []),
        ("… — !?", "en", []),
    ],
)
def test_terms(text: str, language: str, terms: list[str]) -> None:
    assert analyse(text, language) == terms


def test_acronyms_are_no_stop_words() -> None:
    assert analyse("Is it the IT department?", "en") == ["it", "depart"]
    assert "ai" in analyse("AI policy", "en")
    assert "ai" not in analyse("j'ai lu", "fr")


def test_words_that_only_look_like_stop_words_without_accents_stay() -> None:
    assert analyse("le thé est sûr", "fr") == ["the", "sur"]
    assert analyse("ou où la là des dès a à", "fr") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_accents_may_be_composed_or_not(language: str) -> None:
    assert analyse("te\u0301le\u0301travail", language) == analyse("télétravail", language)


@pytest.mark.parametrize(
    "word", ["durée", "sécurité", "carrière", "accès", "données", "activités", "congés", "salarié"]
)
def test_a_query_typed_without_accents_finds_the_accented_word(word: str) -> None:
    bare = word.replace("é", "e").replace("è", "e")
    assert shared(f"{bare} ?", word, "fr") >= 1


@pytest.mark.parametrize(
    ("query", "passage", "language"),
    [
        ("salaires", "Le salaire est versé le 27.", "fr"),
        ("working remotely", "Remote workers", "en"),
        ("procédure PR-042", "Voir la pr-042.", "fr"),
        ("10000 euros", "un plafond de 10 000 euros", "fr"),
        ("email", "par e-mail", "fr"),
        ("TÉLÉTRAVAIL", "le télétravail", "fr"),
        ("l'astreinte", "les astreintes", "fr"),
        ("Verträge", "die Verträge", "other"),
    ],
)
def test_a_query_finds_other_forms_of_its_words(query: str, passage: str, language: str) -> None:
    assert shared(query, passage, language) >= 1


def test_more_occurrences_weigh_more_and_saturate() -> None:
    def weight(times: int) -> float:
        text = "prime " * times + "contrat " * (50 - times)
        vector = ENCODER.encode_passage(text, "other")
        return dict(zip(vector.indices, vector.values, strict=True))[term_index("prime")]

    one, two, ten, forty = (weight(times) for times in (1, 2, 10, 40))
    assert one < two < ten < forty < 2.2
    assert two - one > forty - ten


def test_a_word_weighs_less_in_a_longer_passage() -> None:
    short = ENCODER.encode_passage("prime", "other").values[0]
    long = ENCODER.encode_passage("prime " + " ".join(f"mot{i}" for i in range(300)), "other")
    assert dict(zip(long.indices, long.values, strict=True))[term_index("prime")] < short


def test_the_weight_by_hand() -> None:
    # Three terms, "prime" twice: norm = 1.2 · (0.25 + 0.75 · 3/90) = 0.33; 2 · 2.2 / (2 + 0.33).
    vector = ENCODER.encode_passage("prime prime contrat", "other")
    weights = dict(zip(vector.indices, vector.values, strict=True))
    assert weights[term_index("prime")] == pytest.approx(4.4 / 2.33)
    assert weights[term_index("contrat")] == pytest.approx(2.2 / 1.33)


def test_nothing_to_index() -> None:
    empty = SparseVector(indices=(), values=())
    assert ENCODER.encode_passage("le la les", "fr") == empty
    assert ENCODER.encode_query("") == empty


def test_term_numbers_never_change() -> None:
    """They are stored in indexes: another hash would silently find nothing."""
    assert [term_index(term) for term in ("cong", "pr-042", "1200")] == [1676982590, 1010577353, 3080943481]
    script = (
        "from sourcier_core.embedding.bm25 import *; print(Bm25Encoder().encode_query('les congés de Zoé').indices)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


@given(st.text(max_size=300), st.sampled_from([*LANGUAGES, "de", ""]))
def test_vectors_are_well_formed_and_a_text_finds_itself(text: str, language: str) -> None:
    passage, query = ENCODER.encode_passage(text, language), ENCODER.encode_query(text)
    for vector in (passage, query):
        assert len(vector.indices) == len(vector.values)
        assert list(vector.indices) == sorted(set(vector.indices))
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert all(0 < value < 2.2 for value in vector.values)
    assert set(passage.indices) <= set(query.indices)


def test_stemming_in_many_threads() -> None:
    texts = [
        f"Les salariés numéro{i} demandent {i} autorisations exceptionnelles aux responsables{i}" for i in range(400)
    ]
    expected = [[*analyse(text, "fr"), *analyse(text, "en")] for text in texts]
    encoder_module = sys.modules[Bm25Encoder.__module__]
    encoder_module._remembered_terms.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: [*analyse(text, "fr"), *analyse(text, "en")], texts))
    assert found == expected


def test_a_huge_token_is_no_trouble() -> None:
    vector = ENCODER.encode_passage("a-" * 50_000 + "1" * 100_000, "fr")
    assert len(vector.indices) >= 1
