from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from application.live_application import BorrowedParser, LiveApplication, borrowed, live_application, open_test_engines
from sourcier_api.application import make_parser
from sourcier_core.composition import Engines
from sourcier_core.db.database import Database
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.ports import DocumentParser
from sourcier_core.settings import Settings


class RecordingEmbedder(HashingEmbedder):
    """Keeps the passages it has embedded."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self._texts = texts

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self._texts.extend(texts)
        return super().embed_passages(texts)


@pytest.fixture
def embedded_texts() -> list[str]:
    """Every passage text that was embedded in this test."""
    return []


@pytest.fixture(scope="session")
def shared_parser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentParser]:
    """A parser with the limits of the settings as they are without any."""
    parser = make_parser(Settings(data_dir=tmp_path_factory.mktemp("parser")))
    yield BorrowedParser(parser)
    parser.close()


@pytest.fixture
def live(
    database: Database, tmp_path: Path, embedded_texts: list[str], shared_parser: DocumentParser
) -> Iterator[LiveApplication]:
    embedder = RecordingEmbedder(embedded_texts)

    def engines() -> Engines:
        return open_test_engines(tmp_path / "data", database=borrowed(database), embedder=embedder)

    with live_application(engines, parser=shared_parser) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "policies"
    place.mkdir()
    (place / "telework.md").write_text(
        "# Télétravail\n\nUn salarié peut télétravailler deux jours par semaine.\n\n"
        "## Indemnité\n\nL'indemnité est de 2,70 euros par jour.\n",
        encoding="utf-8",
    )
    (place / "passwords.txt").write_text(
        "Passwords\n\nA password must have at least 14 characters.\n", encoding="utf-8"
    )
    return place
