"""One contract for every entailment model, and what only the cross-encoder can get wrong."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedding.transformer_samples import transformers_installed
from reranking.cross_encoder_samples import write_cross_encoder
from sourcier_core.domain.entailment import Entailment
from sourcier_core.entailment.cross_encoder import CrossEncoderEntailment
from sourcier_core.entailment.opening import open_entailment
from sourcier_core.entailment.words import WordEntailment
from sourcier_core.errors import ConfigurationError, EntailmentFailed
from sourcier_core.ports import EntailmentModel
from sourcier_core.settings import Settings

needs_transformers = pytest.mark.skipif(not transformers_installed(), reason="pip install '.[transformers]'")
KINDS = ["words", *(["three-outputs", "two-outputs"] if transformers_installed() else [])]
PREMISE = "Le télétravail est limité à deux jours par semaine."
PAIRS = [
    (PREMISE, "Le télétravail est limité à deux jours."),
    (PREMISE, "La cantine ferme à midi."),
    ("", "Le télétravail est limité."),
    (PREMISE, ""),
    ("   \n\t ", " "),
    ("\ud800 a lone surrogate", "a\0b"),
    ("日本語のテキスト", "日本語"),
    ("les congés des salariés " * 400, "les congés"),
    ("les congés", "les congés des salariés " * 400),
]


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> EntailmentModel:
    folder = tmp_path_factory.mktemp("entailment") / "tiny"
    if request.param == "three-outputs":
        names = ["CONTRADICTION", "entailment", "Neutral"]
        return CrossEncoderEntailment.open(str(write_cross_encoder(folder, named=names)))
    if request.param == "two-outputs":
        return CrossEncoderEntailment.open(str(write_cross_encoder(folder, named=["entailment", "not_entailment"])))
    return WordEntailment()


def shares(said: Entailment) -> tuple[float, float, float]:
    return said.entailed, said.neutral, said.contradicted


def test_every_pair_gets_three_probabilities(model: EntailmentModel) -> None:
    said = model.judge(PAIRS)
    assert len(said) == len(PAIRS)
    for one in said:
        assert all(0 <= share <= 1 for share in shares(one))
        assert sum(shares(one)) == pytest.approx(1)


def test_a_pair_is_judged_alone_as_among_others(model: EntailmentModel) -> None:
    together = model.judge(PAIRS)
    for pair, said in zip(PAIRS, together, strict=True):
        np.testing.assert_allclose(shares(model.judge([pair])[0]), shares(said), atol=1e-4)


def test_nothing_to_judge(model: EntailmentModel) -> None:
    assert model.judge([]) == []
    assert model.name


def test_side_by_side(model: EntailmentModel) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: shares(model.judge(PAIRS)[0]), range(12)))
    np.testing.assert_allclose(found, [found[0]] * 12, atol=1e-5)


def test_words_that_stand_for_each_other() -> None:
    model = WordEntailment(equals=[("deux jours", "quarante-huit heures")], opposites=[("limité", "illimité")])
    entailed, open_, contradicted = model.judge(
        [
            (PREMISE, "Le télétravail est limité à quarante-huit heures."),
            (PREMISE, "Le télétravail est payé."),
            (PREMISE, "Le télétravail est illimité."),
        ]
    )
    assert entailed.entailed > 0.9
    assert open_.neutral > 0.9
    assert contradicted.contradicted > 0.9


@needs_transformers
def test_outputs_are_told_apart_by_their_names(tmp_path: Path) -> None:
    """The same weights with the names in another order give the same numbers under other names."""
    first = CrossEncoderEntailment.open(
        str(write_cross_encoder(tmp_path / "a", named=["entailment", "neutral", "contradiction"]))
    )
    other = CrossEncoderEntailment.open(
        str(write_cross_encoder(tmp_path / "b", named=["contradiction", "neutral", "entailment"]))
    )
    one, two = first.judge(PAIRS[:1])[0], other.judge(PAIRS[:1])[0]
    assert one.entailed == pytest.approx(two.contradicted)
    assert one.contradicted == pytest.approx(two.entailed)
    assert one.entailed != pytest.approx(one.contradicted), "the sample must tell them apart"


@needs_transformers
@pytest.mark.parametrize(
    "named",
    [
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["good", "bad"],
        ["entailment", "entailed"],
        ["neutral", "contradiction"],
    ],
)
def test_a_model_whose_outputs_say_nothing_is_refused(tmp_path: Path, named: list[str]) -> None:
    with pytest.raises(ConfigurationError, match=named[0]):
        CrossEncoderEntailment.open(str(write_cross_encoder(tmp_path / "tiny", named=named)))


@needs_transformers
def test_nothing_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing is downloaded"):
        open_entailment(Settings(data_dir=tmp_path, entailment_model="nobody/no-such-model"))


def test_no_model_without_a_setting(tmp_path: Path) -> None:
    assert open_entailment(Settings(data_dir=tmp_path)) is None


class _Reading:
    """Stands for a model that reads: what `predict` does is given."""

    def __init__(self, predict: Any) -> None:
        self.predict = predict


def _out_of_memory(pairs: list[Any], **_: Any) -> Any:
    raise RuntimeError("out of memory")


def _no_number(pairs: list[Any], **_: Any) -> Any:
    return np.full((len(pairs), 3), np.nan)


def _other_size(pairs: list[Any], **_: Any) -> Any:
    return np.zeros((len(pairs), 2))


@pytest.mark.parametrize("predict", [_out_of_memory, _no_number, _other_size])
def test_a_model_that_fails_says_so(predict: Any) -> None:
    model = CrossEncoderEntailment(_Reading(predict), "bad", ["entailed", "neutral", "contradicted"])
    with pytest.raises(EntailmentFailed):
        model.judge(PAIRS)


def test_large_outputs_are_no_overflow() -> None:
    model = CrossEncoderEntailment(
        _Reading(lambda pairs, **_: np.array([[1e4, -1e4, 0.0]] * len(pairs))),
        "sure",
        ["entailed", "neutral", "contradicted"],
    )
    assert shares(model.judge(PAIRS[:1])[0]) == (1.0, 0.0, 0.0)
