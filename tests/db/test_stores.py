"""The stores on a real PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from sourcier_core.access import LOCAL_ADMINISTRATOR, AccessScope, Principal, resolve_access_scope
from sourcier_core.db import corpora, documents, loads, publications
from sourcier_core.db.answers import PostgresAnswerRecorder, get_record
from sourcier_core.db.database import Database, open_database
from sourcier_core.db.loads import LoadItem, LoadOutcome, LoadState
from sourcier_core.db.memory import InMemoryPassages
from sourcier_core.db.passages import PostgresPassageReader, list_passages
from sourcier_core.db.reading_pages import read_page
from sourcier_core.db.registration import (
    FileContent,
    Registration,
    RegistrationOutcome,
    register_contents,
    reset_versions,
)
from sourcier_core.db.tables import metadata
from sourcier_core.domain.answers import Answer, AnswerMode, AnswerRecord, AnswerState, Language
from sourcier_core.domain.documents import (
    DocumentState,
    Page,
    ParsedDocument,
    Passage,
    PassageSpan,
    Region,
    TextElement,
)
from sourcier_core.domain.identifiers import passage_id
from sourcier_core.domain.search import SearchFilter
from sourcier_core.errors import (
    ConfigurationError,
    DocumentCorrupt,
    EngineUnavailable,
    InvalidRequest,
    NotFound,
    PageUnavailable,
    RecordFailed,
)
from sourcier_core.ports import PassageReader
from sourcier_ingest.passages import make_passages

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = "Télétravail : deux jours 🏠 par semaine."


def at(days: int) -> datetime:
    return NOW + timedelta(days=days)


def parsed(text: str = TEXT) -> ParsedDocument:
    return ParsedDocument(
        text=text,
        title="Charte",
        language="fr",
        media_type="text/plain",
        parser="test/1",
        chunker="test/1",
        elements=(TextElement(category="NarrativeText", start=0, end=len(text), page=1),),
        pages=(Page(number=1, width=595, height=842, start=0, end=len(text)),),
        regions=(Region(start=0, end=len(text), page=1, x0=1, y0=2, x1=3, y1=4),),
        passages=(PassageSpan(start=0, end=len(text)),),
    )


def passage(version: str, text: str = TEXT) -> Passage:
    return Passage(
        id=passage_id(version, 0, len(text), "test/1"),
        version_id=version,
        ordinal=0,
        start=0,
        end=len(text),
        text=text,
        heading_path=("Charte",),
        first_page=1,
        last_page=1,
        language="fr",
        regions=(Region(start=0, end=len(text), page=1, x0=1, y0=2, x1=3, y1=4),),
    )


def publish(database: Database, content: str, when: datetime, path: str = "charte.txt") -> str:
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="hr", title="HR", now=NOW)
        (registered,) = register_contents(
            connection,
            corpus_id="hr",
            source="folder",
            files=[FileContent(path=path, content_sha256=content, size_bytes=3)],
            now=when,
        )
        if registered.outcome is RegistrationOutcome.NEW:
            reset_versions(connection, [registered.version_id], when)
            stored = documents.ParsedVersion(
                version_id=registered.version_id,
                parsed=parsed(),
                passages=[passage(registered.version_id)],
                rendition_sha256=None,
            )
            documents.store_parsed(connection, [stored], when)
        publications.publish_versions(connection, [registered.version_id], when)
    return registered.version_id


def scope_at(database: Database, when: datetime, principal: Principal | None = None) -> AccessScope:
    with database.transaction() as connection:
        return resolve_access_scope(
            principal or Principal(id="a", is_administrator=True),
            corpora=corpora.list_corpora(connection),
            as_of=when,
        )


def test_migrations_make_the_tables(database: Database) -> None:
    with database.transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": lambda name, kind, _: "procrastinate" not in str(name)}
        )
        differences = [item for item in compare_metadata(context, metadata) if "procrastinate" not in str(item)]
    assert differences == []


def test_a_reader_sees_exactly_one_version_at_every_date(database: Database) -> None:
    first = publish(database, "a" * 64, at(1))
    second = publish(database, "b" * 64, at(3))
    third = publish(database, "a" * 64, at(5))
    assert third == first
    reader = PostgresPassageReader(database)
    ids = [passage(first).id, passage(second).id]
    seen = {
        day: [found[0].version_id for found in reader.read_readable(ids, scope_at(database, at(day))).values()]
        for day in (0, 1, 2, 3, 4, 5, 6)
    }
    assert seen == {0: [], 1: [first], 2: [first], 3: [second], 4: [second], 5: [first], 6: [first]}


def test_a_withdrawn_document_disappears_and_comes_back(database: Database) -> None:
    version = publish(database, "a" * 64, at(1))
    reader = PostgresPassageReader(database)
    with database.transaction() as connection:
        document = documents.get_version(connection, version).document_id
        publications.withdraw_documents(connection, [document], at(2))
    assert reader.read_readable([passage(version).id], scope_at(database, at(3))) == {}
    with database.transaction() as connection:
        publications.publish_versions(connection, [publications.last_published(connection, document)], at(4))
        assert documents.get_document(connection, document).withdrawn_at is None
    assert reader.read_readable([passage(version).id], scope_at(database, at(3))) == {}
    assert len(reader.read_readable([passage(version).id], scope_at(database, at(4)))) == 1


def test_only_a_shared_group_or_an_administrator_reads(database: Database) -> None:
    with database.transaction() as connection:
        corpora.create_corpus(connection, corpus_id="hr", title="HR", groups=frozenset({"staff"}), now=NOW)
    version = publish(database, "a" * 64, at(1))
    reader = PostgresPassageReader(database)
    wanted = [passage(version).id]
    member = Principal(id="m", groups=frozenset({"staff", "other"}))
    stranger = Principal(id="s", groups=frozenset({"other"}))
    assert len(reader.read_readable(wanted, scope_at(database, at(2), member))) == 1
    assert reader.read_readable(wanted, scope_at(database, at(2), stranger)) == {}
    forged = AccessScope(
        principal_id="s", is_administrator=False, groups=frozenset(), corpora=frozenset({"hr"}), as_of=at(2)
    )
    assert reader.read_readable(wanted, forged) == {}


def pieces(version: str, text: str, count: int) -> list[Passage]:
    """A text cut into as many passages of equal length."""
    size = len(text) // count
    whole = passage(version, text)
    return [
        replace(
            whole,
            id=passage_id(version, place * size, (place + 1) * size, "test/1"),
            ordinal=place,
            start=place * size,
            end=(place + 1) * size,
            text=text[place * size : (place + 1) * size],
            language="fr" if place < 3 else "en",
            regions=(),
        )
        for place in range(count)
    ]


@pytest.mark.parametrize("memory", [False, True])
def test_what_stands_beside_a_passage(database: Database, memory: bool) -> None:
    text, cut = "abcdefgh", dict[str, list[Passage]]()
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="hr", title="HR", now=NOW)
        for name, content in (("a.txt", "1"), ("b.txt", "2")):
            (registered,) = register_contents(
                connection,
                corpus_id="hr",
                source="folder",
                files=[FileContent(path=name, content_sha256=content * 64, size_bytes=8)],
                now=at(1),
            )
            version = registered.version_id
            reset_versions(connection, [version], at(1))
            cut[name] = pieces(version, text, 4)
            stored = documents.ParsedVersion(
                version_id=version, parsed=parsed(text), passages=cut[name], rendition_sha256=None
            )
            documents.store_parsed(connection, [stored], at(1))
            publications.publish_versions(connection, [version], at(1))
    reader, twin = PostgresPassageReader(database), InMemoryPassages()
    now = scope_at(database, at(2))
    for some in cut.values():
        found = reader.read_readable([one.id for one in some], now)
        twin.publish(found[some[0].id][1], text, [pair[0] for pair in found.values()], groups=frozenset())
    asked: PassageReader = twin if memory else reader

    def told(passages: list[Passage], scope: AccessScope) -> dict[str, str]:
        around = asked.read_beside(passages, scope)
        names = {one.id: f"{name}:{one.text}" for name, some in cut.items() for one in some}
        return {names[key]: " ".join(names[pair[0].id] for pair in pairs) for key, pairs in around.items()}

    first, middle, last, other = cut["a.txt"][0], cut["a.txt"][2], cut["a.txt"][3], cut["b.txt"][1]
    assert told([first, middle, other], now) == {
        "a.txt:ab": "a.txt:cd",
        "a.txt:ef": "a.txt:cd a.txt:gh",
        "b.txt:cd": "b.txt:ab b.txt:ef",
    }
    assert told([last], now) == {"a.txt:gh": "a.txt:ef"}
    assert told([], now) == {}
    french = replace(now, only=SearchFilter(languages=frozenset({"fr"})))
    assert told([middle], french) == {"a.txt:ef": "a.txt:cd"}, "the filter holds for neighbours too"
    assert told([middle], scope_at(database, at(0))) == {}, "so does the date"
    stranger = replace(now, is_administrator=False, groups=frozenset({"other"}))
    assert told([middle], stranger) == {}
    assert told([middle], replace(now, corpora=frozenset())) == {}


@pytest.mark.parametrize("memory", [False, True])
def test_media_type_language_and_path_narrow_what_is_read(database: Database, memory: bool) -> None:
    paths = ("rules/a.txt", "rules/b.txt", "rules-old/c.txt", "Règles_100%/d.txt")
    published = {path: publish(database, f"{number:064x}", at(1), path) for number, path in enumerate(paths)}
    ids, reader = [passage(version).id for version in published.values()], PostgresPassageReader(database)
    twin = InMemoryPassages()
    for found, document in reader.read_readable(ids, scope_at(database, at(2))).values():
        twin.publish(document, TEXT, [found], groups=frozenset())
    asked: PassageReader = twin if memory else reader

    def narrowed(**only: object) -> AccessScope:
        return replace(scope_at(database, at(2)), only=SearchFilter(**only))  # type: ignore[arg-type]

    def read(**only: object) -> set[str]:
        return {document.path for _, document in asked.read_readable(ids, narrowed(**only)).values()}

    assert read(path_prefix="rules/") == {"rules/a.txt", "rules/b.txt"}
    assert read(path_prefix="rules") == {"rules/a.txt", "rules/b.txt", "rules-old/c.txt"}
    assert read(path_prefix="Règles_100%/") == {"Règles_100%/d.txt"}, "no pattern, only characters"
    assert read(path_prefix="%") == read(path_prefix="a") == set()
    assert read(media_types=frozenset({"text/plain", "text/html"})) == set(paths)
    assert read(media_types=frozenset({"application/pdf"})) == set()
    assert read(languages=frozenset({"fr"})) == set(paths)
    assert read(languages=frozenset({"en", "und"})) == set()
    in_rules = frozenset({published["rules/a.txt"], published["rules/b.txt"]})
    both = {"path_prefix": "rules/", "languages": frozenset({"en"})}
    assert asked.matching_versions(narrowed(**both), at_most=2) == in_rules, "languages are the engine's"
    assert asked.matching_versions(narrowed(**both), at_most=1) is None
    assert asked.matching_versions(narrowed(path_prefix="nowhere"), at_most=1) == frozenset()
    assert asked.matching_versions(replace(narrowed(), as_of=at(0)), at_most=9) == frozenset()
    assert asked.matching_versions(replace(narrowed(), corpora=frozenset()), at_most=9) == frozenset()
    assert asked.matching_versions(replace(narrowed(), is_administrator=False), at_most=9) == frozenset()


def test_a_stored_passage_comes_back_equal_and_text_is_cut_by_characters(database: Database) -> None:
    version = publish(database, "a" * 64, at(1))
    reader = PostgresPassageReader(database)
    found, reference = reader.read_readable([passage(version).id], scope_at(database, at(1)))[passage(version).id]
    assert found == passage(version)
    assert (reference.title, reference.path, reference.valid_from) == ("Charte", "charte.txt", at(1))
    start, end = TEXT.index("deux"), TEXT.index(" par")
    assert reader.read_text(version, start, end) == TEXT[start:end] == "deux jours 🏠"
    with pytest.raises(NotFound):
        reader.read_text(found.id, 0, 1)


def test_unchanged_content_is_recognised_and_failed_content_is_tried_again(database: Database) -> None:
    publish(database, "a" * 64, at(1))

    def register(content: str) -> Registration:
        with database.transaction() as connection:
            file = FileContent(path="charte.txt", content_sha256=content, size_bytes=3)
            return register_contents(connection, corpus_id="hr", source="folder", files=[file], now=at(2))[0]

    assert register("a" * 64).outcome is RegistrationOutcome.UNCHANGED
    changed = register("b" * 64)
    assert changed.outcome is RegistrationOutcome.NEW
    with database.transaction() as connection:
        documents.fail_version(connection, changed.version_id, DocumentCorrupt("broken"), at(2))
        assert documents.get_version(connection, changed.version_id).failure_code == "document_corrupt"
    again = register("b" * 64)
    assert (again.version_id, again.outcome, again.resumed) == (changed.version_id, RegistrationOutcome.NEW, True)
    with database.transaction() as connection:
        reset_versions(connection, [changed.version_id], at(2))
        assert documents.get_version(connection, changed.version_id).state is DocumentState.STORED


def test_a_published_version_cannot_be_reset(database: Database) -> None:
    version = publish(database, "a" * 64, at(1))
    with database.transaction() as connection, pytest.raises(InvalidRequest):
        reset_versions(connection, [version], at(2))


def test_dates_wait_for_the_index_until_written(database: Database) -> None:
    first = publish(database, "a" * 64, at(1))
    second = publish(database, "b" * 64, at(3))
    with database.transaction() as connection:
        pending = {item.version_id: item for item in publications.pending_index_dates(connection)}
        assert (pending[first].valid_from, pending[first].valid_to) == (at(1), at(3))
        assert (pending[second].valid_from, pending[second].valid_to) == (at(3), None)
        publications.index_dates_written(connection, list(pending.values()))
        assert publications.pending_index_dates(connection) == []


def test_documents_are_listed_searched_and_counted(database: Database) -> None:
    for number in range(3):
        publish(database, f"{number}" * 64, at(1), path=f"note_{number}.txt")
    scope = scope_at(database, at(2))
    with database.transaction() as connection:
        load = loads.create_load(connection, corpus_id="hr", source="folder", options={}, now=at(2))
        loads.put_items(connection, load.id, [LoadItem(path="note_0.txt", outcome=LoadOutcome.UNCHANGED)])
        items, total = documents.list_documents(connection, scope=scope, text="e_1", limit=2)
        assert ([item.path for item in items], total) == (["note_1.txt"], 1)
        items, total = documents.list_documents(connection, scope=scope, limit=2, offset=2)
        assert ([item.path for item in items], total) == (["note_2.txt"], 3)
        assert items[0].passage_count == 1
        assert corpora.count_published(connection) == {"hr": (3, 3)}
        missing, total = documents.missing_documents(connection, load_id=load.id, corpus_id="hr", source="folder")
        assert total == 3
        assert sorted(path for _, path in missing) == ["note_1.txt", "note_2.txt"]


def test_a_load_and_its_job_commit_together_or_not_at_all(database: Database) -> None:
    from sqlalchemy import text

    def job_count() -> int:
        with database.transaction() as connection:
            return int(connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())

    def fail_after_deferring() -> None:
        with database.transaction() as connection:
            corpora.ensure_corpus(connection, corpus_id="hr", title="HR", now=NOW)
            loads.create_load(connection, corpus_id="hr", source="x", options={}, now=NOW)
            loads.defer_job(connection, queue="ingest", task="scan", arguments={"load_id": "x"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_deferring()
    assert job_count() == 0
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="hr", title="HR", now=NOW)
        load = loads.create_load(connection, corpus_id="hr", source="x", options={"a": 1}, now=NOW)
        loads.defer_job(connection, queue="ingest", task="scan", arguments={"load_id": load.id}, lock="l")
    assert job_count() == 1
    with database.transaction() as connection:
        loads.put_items(
            connection,
            load.id,
            [LoadItem(path="a", outcome=LoadOutcome.PENDING), LoadItem(path="b", outcome=LoadOutcome.FAILED)],
        )
        loads.put_items(connection, load.id, [LoadItem(path="a", outcome=LoadOutcome.UNCHANGED)])
        assert loads.count_items(connection, load.id).outcomes[LoadOutcome.UNCHANGED] == 1
        assert [item.path for item in loads.list_items(connection, load.id, outcomes=[LoadOutcome.FAILED])] == ["b"]
        assert loads.set_load_state(connection, load.id, LoadState.FINISHED, now=NOW)
        assert not loads.set_load_state(connection, load.id, LoadState.RUNNING, now=NOW)
        assert loads.get_load(connection, load.id).state is LoadState.FINISHED


def record(answer_id: str = "8c3c7e6e-0000-4000-8000-000000000001") -> AnswerRecord:
    answer = Answer(
        id=answer_id,
        question="Combien ?",
        language=Language.FRENCH,
        mode=AnswerMode.QUOTES,
        state=AnswerState.REFUSED,
        text="…",
        claims=(),
        sources=(),
        refusal_reason="no_passages",
    )
    return AnswerRecord(answer=answer, principal_id="local", scope={"corpora": ["hr"]}, asked_at=NOW)


def test_an_answer_is_recorded_once_and_comes_back_equal(database: Database) -> None:
    recorder = PostgresAnswerRecorder(database)
    recorder.record(record())
    with database.transaction() as connection:
        assert get_record(connection, record().answer.id, Principal(id="local")) == record()
        with pytest.raises(NotFound):
            get_record(connection, "8c3c7e6e-0000-4000-8000-000000000002", LOCAL_ADMINISTRATOR)
        with pytest.raises(NotFound):
            get_record(connection, record().answer.id, Principal(id="somebody else"))


def test_no_database_means_no_record(database: Database) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(RecordFailed):
        PostgresAnswerRecorder(gone).record(record())
    assert not gone.answers()
    with pytest.raises(EngineUnavailable), gone.transaction():
        pass


def test_a_url_of_another_database_is_refused(tmp_path: object) -> None:
    from pathlib import Path

    with pytest.raises(ConfigurationError):
        open_database(Path(), "mysql://x")


def test_listing_passages_keeps_reading_order(database: Database) -> None:
    version = publish(database, "a" * 64, at(1))
    with database.transaction() as connection:
        assert list_passages(connection, version) == [passage(version)]


def test_a_reading_page_shows_every_line_once(database: Database) -> None:
    """The lines of overlapping passages, and those that belong to none; headings told apart."""
    text = "Charte\nUn.\nDeux.\npage 1"
    bounds = [(0, 6), (7, 10), (11, 16), (17, 23)]
    lines = [Region(start=a, end=b, page=1, x0=56, y0=20 * a, x1=100, y1=20 * a + 10) for a, b in bounds]
    categories = ("Title", "NarrativeText", "NarrativeText", "Footer")
    read = replace(
        parsed(text),
        is_laid_out=True,
        elements=tuple(
            TextElement(category=category, start=line.start, end=line.end, page=1)
            for category, line in zip(categories, lines, strict=True)
        ),
        regions=tuple(lines),
        passages=(PassageSpan(start=0, end=10), PassageSpan(start=7, end=16)),
    )
    with database.transaction() as connection:
        corpora.ensure_corpus(connection, corpus_id="hr", title="HR", now=NOW)
        (registered,) = register_contents(
            connection,
            corpus_id="hr",
            source="folder",
            files=[FileContent(path="laid-out.txt", content_sha256="d" * 64, size_bytes=3)],
            now=NOW,
        )
        version = registered.version_id
        stored = documents.ParsedVersion(
            version_id=version, parsed=read, passages=make_passages(version, read), rendition_sha256=None
        )
        documents.store_parsed(connection, [stored], NOW)
        page = read_page(connection, version, 1)
        with pytest.raises(PageUnavailable):
            read_page(connection, version, 2)
    assert [(line.text, line.is_heading) for line in page.lines] == [
        ("Charte", True),
        ("Un.", False),
        ("Deux.", False),
        ("page 1", False),
    ]
    assert [line.region for line in page.lines] == lines
