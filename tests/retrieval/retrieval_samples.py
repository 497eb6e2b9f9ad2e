"""A small company's documents in memory, searchable, for the tests of retrieval."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sourcier_core.access import AccessScope
from sourcier_core.db.memory import InMemoryPassages
from sourcier_core.domain.documents import Passage, Region, embedding_text
from sourcier_core.domain.identifiers import document_id, passage_id, version_id
from sourcier_core.domain.search import DocumentReference, IndexPoint, PassageHit
from sourcier_core.embedding.bm25 import Bm25Encoder
from sourcier_core.embedding.hashing import HashingEmbedder
from sourcier_core.index.memory import InMemoryPassageIndex
from sourcier_core.ports import Embedder
from sourcier_core.vector_spaces import VectorSpace, VectorSpaces
from sourcier_retrieval.search import PassageSearch

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def scope_for(*corpora: str, groups: frozenset[str] = frozenset(), administrator: bool = True) -> AccessScope:
    return AccessScope(
        principal_id="someone",
        is_administrator=administrator,
        groups=groups,
        corpora=frozenset(corpora or ("hr",)),
        as_of=NOW,
    )


def make_passage(text: str, *, language: str = "fr", start: int = 0, version: str = "v", ordinal: int = 0) -> Passage:
    return Passage(
        id=passage_id(version, start, start + len(text), "test"),
        version_id=version,
        ordinal=ordinal,
        start=start,
        end=start + len(text),
        text=text,
        heading_path=(),
        first_page=1,
        last_page=1,
        language=language,
        regions=tuple(
            Region(start=start + at, end=start + at + 40, page=1 + at // 400, x0=50, y0=at, x1=500, y1=at + 12)
            for at in range(0, len(text), 40)
        ),
    )


def make_hit(text: str, *, language: str = "fr", title: str = "Guide", number: int = 1) -> PassageHit:
    return PassageHit(
        passage=make_passage(text, language=language, version=f"version-{number}"),
        document=make_reference("hr", f"{title}.txt", title),
        score=1.0 / number,
        dense_score=0.9,
        sparse_score=5.0,
    )


def make_reference(corpus: str, path: str, title: str, media_type: str = "text/plain") -> DocumentReference:
    document = document_id(corpus, "test", path)
    return DocumentReference(
        document_id=document,
        version_id=version_id(document, 1, path),
        corpus_id=corpus,
        path=path,
        title=title,
        media_type=media_type,
        page_count=1,
        content_sha256="0" * 64,
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    )


@dataclass
class Library:
    """Documents that can be searched."""

    embedder: Embedder = field(default_factory=HashingEmbedder)
    reader: InMemoryPassages = field(default_factory=InMemoryPassages)

    def __post_init__(self) -> None:
        self.index = InMemoryPassageIndex(self.embedder.identity)
        self.encoder = Bm25Encoder()
        self.search = PassageSearch(
            spaces=VectorSpaces(VectorSpace(embedder=self.embedder, index=self.index)),
            sparse_encoder=self.encoder,
            reader=self.reader,
        )

    def add(
        self,
        path: str,
        *texts: str,
        title: str = "",
        corpus: str = "hr",
        language: str = "fr",
        groups: frozenset[str] = frozenset(),
        published: bool = True,
        media_type: str = "text/plain",
        valid_from: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ) -> DocumentReference:
        """Add a document whose passages are `texts`, in its canonical text separated by blank lines."""
        reference = replace(make_reference(corpus, path, title or path, media_type), valid_from=valid_from)
        whole = "\n\n".join(texts)
        passages: list[Passage] = []
        for ordinal, text in enumerate(texts):
            start = passages[-1].end + 2 if passages else 0
            passages.append(
                make_passage(text, language=language, start=start, version=reference.version_id, ordinal=ordinal)
            )
        self.index.upsert([self._point(reference, passage, groups) for passage in passages])
        if published:
            self.reader.publish(reference, whole, passages, groups=groups)
        return reference

    def _point(self, reference: DocumentReference, passage: Passage, groups: frozenset[str]) -> IndexPoint:
        return IndexPoint(
            passage_id=passage.id,
            version_id=passage.version_id,
            document_id=reference.document_id,
            corpus_id=reference.corpus_id,
            groups=groups,
            language=passage.language,
            dense=self.embedder.embed_passages([embedding_text(reference.title, (), passage.text)])[0],
            sparse=self.encoder.encode_passage(passage.text, passage.language),
        )


def company_library() -> Library:
    library = Library()
    library.add(
        "preavis.txt",
        "Le préavis de démission est de trois mois pour un cadre. Il est d'un mois pour un employé.",
        "La lettre de démission est remise en main propre ou envoyée en recommandé.",
        title="Rupture du contrat",
    )
    library.add(
        "teletravail.txt",
        "Le télétravail est ouvert deux jours par semaine. Le salarié prévient son responsable avant 9h30.",
        title="Charte de télétravail",
    )
    library.add(
        "travel.txt",
        "Hotel nights are reimbursed up to 130 € in Paris. Breakfast is not reimbursed.",
        title="Travel policy",
        language="en",
    )
    return library
