"""The filters and scores of memory and Edge against a filter written out naively, on random points and scopes."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.index_samples import IDENTITY, NOON, make_id, make_point, make_scope, memory_folder, unit
from sourcier_core.access import AccessScope
from sourcier_core.domain.search import IndexPoint, SearchFilter, SparseVector
from sourcier_core.index.edge import open_edge_index
from sourcier_core.index.memory import InMemoryPassageIndex

CORPORA, GROUPS = ("hr", "it", "law"), ("board", "staff", "été")
LANGUAGES = ("fr", "en", "und")
dates = st.none() | st.integers(-2, 2).map(lambda steps: NOON + timedelta(microseconds=steps))
sparse_vectors = st.dictionaries(st.integers(0, 6), st.floats(0.125, 4, width=32), max_size=4).map(
    lambda terms: SparseVector(indices=tuple(sorted(terms)), values=tuple(terms[term] for term in sorted(terms)))
)
point_fields = st.fixed_dictionaries(
    {
        "version_id": st.integers(1, 4).map(make_id),
        "corpus_id": st.sampled_from(CORPORA),
        "groups": st.frozensets(st.sampled_from(GROUPS)),
        "language": st.sampled_from(LANGUAGES),
        "dense": st.integers(0, 50).map(unit),
        "sparse": sparse_vectors,
        "valid_from": dates,
        "valid_to": dates,
    }
)
point_lists = st.lists(point_fields, max_size=12).map(
    lambda items: [make_point(number + 1, **fields) for number, fields in enumerate(items)]
)
scopes = st.builds(
    make_scope,
    is_administrator=st.booleans(),
    groups=st.frozensets(st.sampled_from(GROUPS)),
    corpora=st.frozensets(st.sampled_from(CORPORA)),
    as_of=st.integers(-3, 3).map(lambda steps: NOON + timedelta(microseconds=steps)),
    only=st.builds(
        SearchFilter,
        languages=st.frozensets(st.sampled_from(LANGUAGES), max_size=2),
        versions=st.none() | st.frozensets(st.integers(1, 5).map(make_id)),
    ),
)


def expected(points: list[IndexPoint], scope: AccessScope) -> set[str]:
    found: set[str] = set()
    for point in points:
        if point.corpus_id not in scope.corpora:
            continue
        if not scope.is_administrator and not any(group in scope.groups for group in point.groups):
            continue
        if point.valid_from is not None and scope.as_of < point.valid_from:
            continue
        if point.valid_to is not None and scope.as_of >= point.valid_to:
            continue
        if scope.only.languages and point.language not in scope.only.languages:
            continue
        if scope.only.versions is not None and point.version_id not in scope.only.versions:
            continue
        found.add(point.passage_id)
    return found


@settings(max_examples=40, deadline=None)
@given(points=point_lists, scope=scopes, query=sparse_vectors, withdrawn=st.integers(0, 5).map(make_id))
def test_memory_and_edge_find_what_a_naive_filter_finds(
    points: list[IndexPoint], scope: AccessScope, query: SparseVector, withdrawn: str
) -> None:
    left = [point for point in points if point.version_id != withdrawn]
    allowed = expected(left, scope)
    terms = set(query.indices)
    matching = {point.passage_id for point in left if terms & set(point.sparse.indices)}
    memory = InMemoryPassageIndex(IDENTITY)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        edge = open_edge_index(Path(folder), IDENTITY, optimize_threshold=100_000)
        for index in (memory, edge):
            index.upsert(points)
            index.delete_version(withdrawn)
        for vector, wanted in ((unit(99), allowed), (query, allowed & matching)):
            exact = memory.search(vector, scope=scope, limit=50)
            found = edge.search(vector, scope=scope, limit=50)
            assert {hit.passage_id for hit in exact} == wanted
            assert {hit.passage_id for hit in found} == wanted
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            if vector is query and len(left) < len(points):
                continue  # Qdrant's IDF goes on counting deleted points until its segments are rebuilt
            scores = {hit.passage_id: hit.score for hit in exact}
            np.testing.assert_allclose(
                [hit.score for hit in found], [scores[hit.passage_id] for hit in found], atol=1e-5, rtol=1e-5
            )
        edge.close()


changes_of_groups = st.lists(
    st.tuples(st.integers(1, 5).map(make_id), st.frozensets(st.sampled_from(GROUPS))), min_size=1, max_size=4
)


@settings(max_examples=25, deadline=None)
@given(points=point_lists, changes=changes_of_groups, scope=scopes)
def test_memory_and_edge_follow_new_groups(
    points: list[IndexPoint], changes: list[tuple[str, frozenset[str]]], scope: AccessScope
) -> None:
    groups_of = dict(changes)
    moved = [replace(point, groups=groups_of.get(point.version_id, point.groups)) for point in points]
    alone = [make_scope(groups=frozenset({group}), corpora=frozenset(CORPORA), as_of=scope.as_of) for group in GROUPS]
    members: dict[str, set[str]] = {}
    for point in points:
        members.setdefault(point.version_id, set()).add(point.passage_id)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        edge = open_edge_index(Path(folder), IDENTITY, optimize_threshold=100_000)
        for index in (InMemoryPassageIndex(IDENTITY), edge):
            index.upsert(points)
            for version, groups in changes:
                index.set_groups(version, groups)
            for asked in (scope, *alone):
                found = index.search(unit(99), scope=asked, limit=50)
                assert {hit.passage_id for hit in found} == expected(moved, asked)
            assert index.count_by_version() == {version: len(keys) for version, keys in members.items()}
            assert {version: index.passage_ids(version) for version in members} == members
            vectors = index.dense_vectors([point.passage_id for point in points])
            assert set(vectors) == {point.passage_id for point in points}
            for point in points:
                np.testing.assert_allclose(vectors[point.passage_id], point.dense, atol=1e-6)
        edge.close()
