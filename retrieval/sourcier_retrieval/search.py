"""Hybrid search: dense and sparse in the engine under the scope, fused, checked again in PostgreSQL, reranked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sourcier_core.access import AccessScope
from sourcier_core.domain.answers import Language
from sourcier_core.domain.identifiers import PassageId
from sourcier_core.domain.search import DenseVector, PassageHit, ScoredPoint
from sourcier_core.ports import Embedder, PassageReader, SparseEncoder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_retrieval.fusion import OTHER_LANGUAGE_LIFT, ScoredList, across_languages, convex_combination
from sourcier_retrieval.language import detect_language
from sourcier_retrieval.reranking import Reranking, RerankingOutcome

DENSE_WEIGHT = 0.5
"""Share of the cosine in the joint score; the rest is BM25's (docs/decisions/0009-joining-scores.md)."""
_OTHER_LANGUAGE_WEIGHT = 0.1
"""What a passage in the other language gets, by meaning, of the part that shared words would give (decision 0009)."""
_CANDIDATES_AT_LEAST = 100
_MANY = 400
"""From so many passages on, the hundredth nearest says what "far away" means; among fewer, the last does."""
_OTHER_LANGUAGE_AT_LEAST, _OTHER_LANGUAGE_FETCH = 10, 20
"""Only the nearest passages of the other language can be lifted to the first places. Where so many are among those
found by meaning, they are its nearest; else it is asked for by itself, which costs the time of a search."""
_LARGEST_FETCH = 1600
_MOST_VERSIONS = 1000
"""How many versions a filter may leave for the engine to be told them one by one."""


class SearchMode(StrEnum):
    """Which engine lists a search uses."""

    DENSE = "dense"
    SPARSE = "sparse"
    HYBRID = "hybrid"


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The hits, best first, and how near in meaning what was not chosen comes.

    `dense_floor` is the cosine of the hundredth nearest passage (of the farthest, where there are fewer than 400): what
    "far away" means for this question in these corpora. None without dense search or without a passage. `is_whole`:
    there are fewer than 400.
    """

    hits: list[PassageHit]
    dense_floor: float | None = None
    is_whole: bool = True
    first_hits: list[PassageHit] | None = None
    """The hits as they were before a reranker put them in order; None: no other order was tried."""
    reranking: RerankingOutcome | None = None

    def in_first_order(self) -> "SearchResult":
        """The result as it is without a reranker: what the answerability score was fitted on."""
        return self if self.first_hits is None else replace(self, hits=self.first_hits)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Looked:
    """The hits, and what was asked of which index for them; `dense` is None where nothing was asked by meaning."""

    hits: list[PassageHit]
    space: VectorSpace
    scope: AccessScope
    dense: DenseVector | None = None
    first_hits: list[PassageHit] | None = None
    reranking: RerankingOutcome | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lists:
    """What the engine found; `foreign` of the passages by meaning that are in the other language than the question."""

    dense: Sequence[ScoredPoint]
    foreign: Sequence[ScoredPoint]
    sparse: Sequence[ScoredPoint]

    def fused(self) -> list[tuple[PassageId, float]]:
        """Every passage of the lists with its joint score, best first."""
        by_meaning = across_languages(
            _pairs(self.dense),
            _pairs(self.foreign),
            weight=DENSE_WEIGHT,
            lift=OTHER_LANGUAGE_LIFT,
            foreign_weight=_OTHER_LANGUAGE_WEIGHT,
        )
        by_words = ScoredList(hits=_pairs(self.sparse), weight=1 - DENSE_WEIGHT, lowest=0.0)
        return convex_combination([*by_meaning, by_words])


def _pairs(points: Sequence[ScoredPoint]) -> list[tuple[PassageId, float]]:
    return [(point.passage_id, point.score) for point in points]


class PassageSearch:
    """Finds readable passages for a question.

    `reranking` puts the first hits of a hybrid search in order anew; each list by itself stays as its engine gives it.
    """

    def __init__(
        self,
        *,
        spaces: VectorSpaces,
        sparse_encoder: SparseEncoder,
        reader: PassageReader,
        reranking: Reranking | None = None,
    ) -> None:
        self._spaces = spaces
        self._sparse_encoder = sparse_encoder
        self._reader = reader
        self._reranking = reranking

    @property
    def embedder(self) -> Embedder:
        """The model that compares questions and texts."""
        return self._spaces.serving.embedder

    def pinned(self) -> "PassageSearch":
        """This search with the model and the index that serve now, whatever serves later."""
        return PassageSearch(
            spaces=VectorSpaces(self._spaces.serving),
            sparse_encoder=self._sparse_encoder,
            reader=self._reader,
            reranking=self._reranking,
        )

    @property
    def reranking(self) -> Reranking | None:
        """What puts the first hits in order; None: nothing does."""
        return self._reranking

    def search(
        self, query: str, *, scope: AccessScope, limit: int, mode: SearchMode = SearchMode.HYBRID
    ) -> list[PassageHit]:
        """At most `limit` passages open to `scope`, best first; a text that occurs twice is given once.

        When the check in PostgreSQL drops hits (a version being replaced right now, or a filter by media type or path
        that leaves more versions than the engine is told), more are fetched.

        Raises:
            TypeError: `scope` is not an AccessScope.
        """
        return self._look(query, scope, limit, mode).hits

    def find(self, query: str, *, scope: AccessScope, limit: int, mode: SearchMode = SearchMode.HYBRID) -> SearchResult:
        """The hits of `search`, and what lies farther off, for which the engine is asked once more. Raises as that."""
        looked = self._look(query, scope, limit, mode)
        found = SearchResult(hits=looked.hits, first_hits=looked.first_hits, reranking=looked.reranking)
        if looked.dense is None:
            return found
        nearest = looked.space.index.search(looked.dense, scope=looked.scope, limit=_MANY)
        whole = len(nearest) < _MANY
        far = nearest[-1:] if whole else nearest[_CANDIDATES_AT_LEAST - 1 : _CANDIDATES_AT_LEAST]
        return replace(found, dense_floor=far[0].score if far else None, is_whole=whole)

    def _look(self, query: str, scope: AccessScope, limit: int, mode: SearchMode) -> _Looked:
        reranking = self._reranking if mode is SearchMode.HYBRID else None
        looked = self._look_once(query, scope, limit, mode, kept=max(limit, reranking.candidates if reranking else 0))
        if reranking is None or not looked.hits:
            return looked
        # Only what the check in PostgreSQL let through: the texts may go to another machine.
        hits, outcome = reranking.reorder(query, looked.hits)
        return replace(looked, hits=hits[:limit], first_hits=looked.hits[:limit], reranking=outcome)

    def _look_once(self, query: str, scope: AccessScope, limit: int, mode: SearchMode, *, kept: int) -> _Looked:
        """At least `limit` hits where there are so many, at most `kept`."""
        if not isinstance(scope, AccessScope):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("a search needs an AccessScope")
        space = self._spaces.serving
        if not query.strip() or not scope.corpora or limit < 1:
            return _Looked(hits=[], space=space, scope=scope)
        scope = self._with_versions(scope)
        dense = space.embedder.embed_query(query) if mode is not SearchMode.SPARSE else None
        sparse = self._sparse_encoder.encode_query(query) if mode is not SearchMode.DENSE else None
        elsewhere = _in_the_other_language(query, scope) if mode is SearchMode.HYBRID else None
        fetch = max(_CANDIDATES_AT_LEAST, 3 * limit)
        while True:
            dense_points = [] if dense is None else space.index.search(dense, scope=scope, limit=fetch)
            sparse_points = [] if sparse is None else space.index.search(sparse, scope=scope, limit=fetch)
            foreign_points: list[ScoredPoint] = []
            if dense is not None and elsewhere is not None:
                foreign_points = [point for point in dense_points if point.language in elsewhere.only.languages]
                if len(foreign_points) < _OTHER_LANGUAGE_AT_LEAST and len(dense_points) == fetch:
                    foreign_points = space.index.search(dense, scope=elsewhere, limit=_OTHER_LANGUAGE_FETCH)
            found = _Lists(dense=dense_points, foreign=foreign_points, sparse=sparse_points)
            hits = self._readable_hits(found, scope, kept)
            exhausted = max(len(dense_points), len(sparse_points)) < fetch
            if len(hits) >= limit or exhausted or fetch >= _LARGEST_FETCH:
                return _Looked(hits=hits, space=space, scope=scope, dense=dense)
            fetch *= 4

    def _with_versions(self, scope: AccessScope) -> AccessScope:
        """The scope with the versions looked up that its filter leaves, which the engine can tell apart."""
        if not scope.only.concerns_documents:
            return scope
        versions = self._reader.matching_versions(scope, at_most=_MOST_VERSIONS)
        return replace(scope, only=replace(scope.only, versions=versions))

    def _readable_hits(self, found: _Lists, scope: AccessScope, limit: int) -> list[PassageHit]:
        fused = found.fused()
        dense_scores = dict(_pairs(found.foreign)) | dict(_pairs(found.dense))
        sparse_scores = dict(_pairs(found.sparse))
        readable = self._reader.read_readable([passage for passage, _ in fused], scope)
        hits: list[PassageHit] = []
        seen: set[str] = set()
        for passage_id, score in fused:
            stored = readable.get(passage_id)
            if stored is None or stored[0].text in seen:
                continue
            seen.add(stored[0].text)
            passage, document = stored
            hits.append(
                PassageHit(
                    passage=passage,
                    document=document,
                    score=score,
                    dense_score=dense_scores.get(passage_id),
                    sparse_score=sparse_scores.get(passage_id),
                )
            )
            if len(hits) == limit:
                break
        return hits


def _in_the_other_language(query: str, scope: AccessScope) -> AccessScope | None:
    """The scope narrowed to passages in the language of the two that the query is not in; None: none are asked of."""
    asked = frozenset(language.value for language in Language if language is not detect_language(query))
    languages = scope.only.languages
    if languages and not asked < languages:
        return None
    return replace(scope, only=replace(scope.only, languages=asked))
