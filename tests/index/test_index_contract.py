"""One contract for every passage index."""

import os
import threading
import uuid
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient

from index.index_samples import IDENTITY, INSTANT, NOON, make_id, make_point, make_scope, unit
from sourcier_core.domain.search import SearchFilter, SparseVector
from sourcier_core.errors import InvalidRequest
from sourcier_core.index import edge, edge_shard, server
from sourcier_core.index.edge import open_edge_index
from sourcier_core.index.memory import InMemoryPassageIndex, inverse_document_frequency
from sourcier_core.index.server import open_server_index
from sourcier_core.ports import PassageIndex

SERVER_URL = os.environ.get("SOURCIER_TEST_QDRANT_URL")
NO_SERVER = pytest.mark.skipif(SERVER_URL is None, reason="SOURCIER_TEST_QDRANT_URL names no Qdrant server")
ENGINES = ["memory", "edge", "client", pytest.param("server", marks=NO_SERVER)]


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageIndex]:
    if request.param == "memory":
        yield InMemoryPassageIndex(IDENTITY)
    elif request.param == "edge":
        on_disk = open_edge_index(tmp_path / "index", IDENTITY, optimize_threshold=1_000)
        yield on_disk
        on_disk.close()
    else:
        is_local = request.param == "client"
        client = QdrantClient(":memory:") if is_local else QdrantClient(url=SERVER_URL, check_compatibility=False)
        name = f"sourcier_test_{uuid.uuid4().hex}"
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Payload indexes have no effect")  # said by local mode only
            opened = open_server_index(client, collection=name, identity=IDENTITY)
        yield opened
        client.delete_collection(name)
        opened.close()
        client.close()


def found(index: PassageIndex, query: Any = None, limit: int = 50, **scope: Any) -> list[str]:
    query = unit(1) if query is None else query
    return [point.passage_id for point in index.search(query, scope=make_scope(**scope), limit=limit)]


def test_dense_scores_are_cosines_best_first(index: PassageIndex) -> None:
    points = [make_point(number) for number in range(1, 30)]
    index.upsert(points)
    hits = index.search(unit(3), scope=make_scope(), limit=5)
    expected = sorted(((float(point.dense @ unit(3)), point.passage_id) for point in points), reverse=True)[:5]
    assert [hit.passage_id for hit in hits] == [key for _, key in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for score, _ in expected], atol=1e-5)
    assert {hit.version_id for hit in hits} == {make_id(10_000)}


def test_sparse_scores_carry_qdrants_idf(index: PassageIndex) -> None:
    rare, common = 4_294_967_295, 7
    index.upsert(
        [
            make_point(1, sparse=SparseVector(indices=(common, rare), values=(1.0, 2.0))),
            make_point(2, sparse=SparseVector(indices=(common,), values=(0.5,))),
            make_point(3, sparse=SparseVector(indices=(), values=())),
            make_point(4, sparse=SparseVector(indices=(99,), values=(1.0,)), corpus_id="other"),
        ]
    )
    query = SparseVector(indices=(common, 12, rare), values=(1.0, 1.0, 0.5))
    hits = index.search(query, scope=make_scope(), limit=10)
    assert [hit.passage_id for hit in hits] == [make_id(1), make_id(2)]
    common_weight, rare_weight = inverse_document_frequency(2, 3), inverse_document_frequency(1, 3)
    np.testing.assert_allclose(
        [hit.score for hit in hits], [common_weight + rare_weight, 0.5 * common_weight], rtol=1e-5
    )


def test_only_corpora_and_groups_of_the_scope(index: PassageIndex) -> None:
    index.upsert(
        [
            make_point(1),
            make_point(2, corpus_id="it"),
            make_point(3, groups=frozenset({"board"})),
            make_point(4, groups=frozenset()),
            make_point(5, groups=frozenset({"board", "staff"})),
        ]
    )
    assert set(found(index)) == {make_id(1), make_id(5)}
    assert set(found(index, corpora=frozenset({"hr", "it"}))) == {make_id(1), make_id(2), make_id(5)}
    assert set(found(index, groups=frozenset({"board", "x"}))) == {make_id(3), make_id(5)}
    administrator = found(index, groups=frozenset(), is_administrator=True)
    assert set(administrator) == {make_id(1), make_id(3), make_id(4), make_id(5)}


def test_only_languages_and_versions_asked_of(index: PassageIndex) -> None:
    index.upsert(
        [
            make_point(1),
            make_point(2, language="en"),
            make_point(3, language="und", version_id=make_id(10_001)),
            make_point(4, language="en", groups=frozenset({"board"})),
            make_point(5, language="en", version_id=make_id(10_001), valid_to=NOON),
        ]
    )
    sparse = SparseVector(indices=(1, 2, 3, 4, 5), values=(1.0,) * 5)
    for query in (None, sparse):
        for languages, numbers in ((set(), {1, 2, 3}), ({"en"}, {2}), ({"fr", "und"}, {1, 3}), ({"de"}, set())):
            only = SearchFilter(languages=frozenset(languages))
            assert set(found(index, query, only=only)) == {make_id(number) for number in numbers}
        for versions, numbers in (({10_001}, {3}), ({10_000, 10_001, 7}, {1, 2, 3}), ({7}, set()), (set(), set())):
            only = SearchFilter(versions=frozenset(make_id(version) for version in versions))
            assert set(found(index, query, only=only)) == {make_id(number) for number in numbers}
        both = SearchFilter(languages=frozenset({"en", "fr"}), versions=frozenset({make_id(10_001)}))
        assert found(index, query, only=both) == []
        assert found(index, query, only=both, as_of=NOON - INSTANT) == [make_id(5)]
    everyone = found(index, only=SearchFilter(languages=frozenset({"en"})), is_administrator=True)
    assert set(everyone) == {make_id(2), make_id(4)}


def test_a_filter_of_a_thousand_versions_is_obeyed(index: PassageIndex) -> None:
    index.upsert([make_point(number, version_id=make_id(50_000 + number)) for number in range(1, 60)])
    versions = frozenset(make_id(50_000 + number) for number in range(31, 1031))
    hits = found(index, only=SearchFilter(versions=versions))
    assert set(hits) == {make_id(number) for number in range(31, 60)}


def test_an_empty_scope_or_query_finds_nothing(index: PassageIndex) -> None:
    index.upsert([make_point(1), make_point(2, groups=frozenset())])
    assert found(index, corpora=frozenset()) == []
    assert found(index, corpora=frozenset(), is_administrator=True) == []
    assert found(index, groups=frozenset()) == []
    assert found(index, SparseVector(indices=(), values=())) == []
    assert found(index, SparseVector(indices=(777,), values=(1.0,))) == []


def test_validity_is_half_open_to_the_microsecond(index: PassageIndex) -> None:
    index.upsert(
        [
            make_point(1, valid_from=NOON, valid_to=None),
            make_point(2, valid_from=None, valid_to=NOON),
            make_point(3, valid_from=NOON - timedelta(days=9), valid_to=NOON + INSTANT),
            make_point(4),
        ]
    )
    assert set(found(index, as_of=NOON - INSTANT)) == {make_id(2), make_id(3), make_id(4)}
    assert set(found(index, as_of=NOON)) == {make_id(1), make_id(3), make_id(4)}
    assert set(found(index, as_of=NOON + INSTANT)) == {make_id(1), make_id(4)}


def test_set_validity_concerns_one_version_and_can_reopen_it(index: PassageIndex) -> None:
    index.upsert([make_point(1), make_point(2), make_point(3, version_id=make_id(10_001))])
    for _ in range(2):
        index.set_validity(make_id(10_000), valid_from=NOON - INSTANT, valid_to=NOON)
    assert set(found(index, as_of=NOON - INSTANT)) == {make_id(1), make_id(2), make_id(3)}
    assert found(index) == [make_id(3)]
    index.set_validity(make_id(10_000), valid_from=None, valid_to=None)
    assert len(found(index)) == 3
    index.set_validity(make_id(55), valid_from=NOON, valid_to=None)


def test_upsert_replaces_and_delete_version_is_idempotent(index: PassageIndex) -> None:
    for _ in range(2):
        index.upsert([make_point(1), make_point(2), make_point(3, version_id=make_id(10_001))])
    assert index.describe().points == 3
    assert index.version_points(make_id(10_000)) == 2
    index.upsert([make_point(1, corpus_id="it", valid_to=NOON - INSTANT)])
    assert make_id(1) not in found(index, corpora=frozenset({"hr", "it"}))
    for _ in range(2):
        index.delete_version(make_id(10_000))
    assert index.version_points(make_id(10_000)) == 0
    assert found(index) == [make_id(3)]
    index.upsert([])
    index.flush()
    assert index.describe().model == IDENTITY


def test_bad_input_changes_nothing(index: PassageIndex) -> None:
    bad = [
        {"dense": unit(1, 5)},
        {"dense": np.array([np.nan, 0, 0, 1], dtype=np.float32)},
        {"sparse": SparseVector(indices=(1, 1), values=(1.0, 1.0))},
        {"sparse": SparseVector(indices=(-1,), values=(1.0,))},
        {"sparse": SparseVector(indices=(1, 2), values=(1.0,))},
        {"valid_from": datetime(2024, 1, 1)},
    ]
    for changes in bad:
        with pytest.raises(InvalidRequest):
            index.upsert([make_point(1), make_point(2, **changes)])
    assert index.describe().points == 0
    for scope in (None, {}, "hr"):
        with pytest.raises(TypeError, match="AccessScope"):
            index.search(unit(1), scope=scope, limit=1)  # type: ignore[arg-type]
    for query, limit in ((unit(1, 3), 1), (unit(1), 0), (SparseVector(indices=(1,), values=()), 1)):
        with pytest.raises(InvalidRequest):
            index.search(query, scope=make_scope(), limit=limit)
    with pytest.raises(InvalidRequest):
        index.search(unit(1), scope=make_scope(as_of=datetime(2024, 1, 1)), limit=1)
    with pytest.raises(InvalidRequest):
        index.set_validity(make_id(1), valid_from=datetime(2024, 1, 1), valid_to=None)


def test_readers_and_writers_side_by_side(index: PassageIndex, request: pytest.FixtureRequest) -> None:
    if "client" in request.node.name:
        pytest.skip("the client's local mode is not thread-safe; it stands for a server only in tests")
    failures: list[BaseException] = []

    def write(lane: int) -> None:
        try:
            for number in range(20):
                index.upsert([make_point(100 * lane + number, version_id=make_id(lane))])
                index.search(unit(number), scope=make_scope(), limit=5)
                index.set_validity(make_id(lane), valid_from=NOON, valid_to=None)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is told by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(lane,)) for lane in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [index.version_points(make_id(lane)) for lane in range(1, 5)] == [20] * 4


def test_new_groups_decide_who_finds_a_version(index: PassageIndex) -> None:
    index.upsert([make_point(1), make_point(2, version_id=make_id(11_000))])
    for _ in range(2):
        index.set_groups(make_id(10_000), frozenset({"board"}))
    assert found(index, groups=frozenset({"staff"})) == [make_id(2)]
    assert found(index, groups=frozenset({"board"})) == [make_id(1)]
    index.set_groups(make_id(10_000), frozenset())
    assert found(index, groups=frozenset({"board", "staff"})) == [make_id(2)]
    assert set(found(index, is_administrator=True)) == {make_id(1), make_id(2)}
    index.set_groups(make_id(55), frozenset({"board"}))
    assert found(index, groups=frozenset({"board"})) == []


def test_new_groups_leave_dates_and_vectors_as_they_were(index: PassageIndex) -> None:
    index.upsert([make_point(1, valid_to=NOON)])
    index.set_groups(make_id(10_000), frozenset({"board", "été"}))
    assert found(index, groups=frozenset({"été"})) == []
    assert found(index, groups=frozenset({"été"}), as_of=NOON - INSTANT) == [make_id(1)]
    assert np.allclose(index.dense_vectors([make_id(1)])[make_id(1)], unit(1), atol=1e-6)
    index.set_validity(make_id(10_000), valid_from=None, valid_to=None)
    assert found(index, groups=frozenset({"board"})) == [make_id(1)]
    assert found(index) == []


def test_points_are_counted_and_listed_by_version(index: PassageIndex) -> None:
    assert index.count_by_version() == {}
    index.upsert([make_point(number) for number in range(1, 8)])
    index.upsert([make_point(number, version_id=make_id(11_000)) for number in range(8, 11)])
    assert index.count_by_version() == {make_id(10_000): 7, make_id(11_000): 3}
    assert index.passage_ids(make_id(11_000)) == {make_id(8), make_id(9), make_id(10)}
    assert index.passage_ids(make_id(12_000)) == frozenset()
    index.delete_version(make_id(10_000))
    assert index.count_by_version() == {make_id(11_000): 3}


def test_stored_vectors_come_back_and_missing_ones_are_left_out(index: PassageIndex) -> None:
    points = [make_point(number) for number in range(1, 40)]
    index.upsert(points)
    vectors = index.dense_vectors([point.passage_id for point in points] + [make_id(999)])
    assert set(vectors) == {point.passage_id for point in points}
    for point in points:
        assert vectors[point.passage_id].dtype == np.float32
        assert np.allclose(vectors[point.passage_id], point.dense, atol=1e-6)
    assert index.dense_vectors([]) == {}


def test_stored_vectors_have_unit_length_whatever_was_given(index: PassageIndex) -> None:
    index.upsert([make_point(1, dense=unit(1) * np.float32(7)), make_point(2)])
    vectors = index.dense_vectors([make_id(1), make_id(2), make_id(1)])
    assert len(vectors) == 2
    np.testing.assert_allclose(vectors[make_id(1)], unit(1), atol=1e-6)
    vectors[make_id(2)][:] = 0  # a caller's copy
    np.testing.assert_allclose(index.dense_vectors([make_id(2)])[make_id(2)], unit(2), atol=1e-6)


def test_nothing_is_lost_or_told_twice_between_batches(index: PassageIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (edge, "_VECTOR_BATCH"),
        (edge_shard, "_BATCH"),
        (edge_shard, "_VERSION_BATCH"),
        (server, "_SCROLL_BATCH"),
    ):
        monkeypatch.setattr(module, name, 3)
    for size in (8, 9):  # the last batch partly and wholly full
        versions = {make_id(40_000 + lane): range(100 * lane, 100 * lane + size) for lane in range(1, 4)}
        index.upsert([make_point(number, version_id=key) for key, numbers in versions.items() for number in numbers])
        assert index.count_by_version() == dict.fromkeys(versions, size)
        for key, numbers in versions.items():
            assert index.passage_ids(key) == {make_id(number) for number in numbers}
        everything = [make_id(number) for numbers in versions.values() for number in numbers]
        assert set(index.dense_vectors(everything)) == set(everything)
