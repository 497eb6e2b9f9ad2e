"""Pages in PostgreSQL: what each of them yielded. A page is published with its version, never alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from sourcier_core.db.tables import pages, passages
from sourcier_core.domain.documents import WITHOUT_TEXT, Page, PageReading
from sourcier_core.domain.identifiers import VersionId

WITHOUT_TEXT_VALUES = sorted(reading.value for reading in WITHOUT_TEXT)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageAccount:
    """A page, and how many passages touch it."""

    page: Page
    passage_count: int


def insert_pages(connection: Connection, items: Iterable[tuple[VersionId, Sequence[Page]]]) -> None:
    """Store the pages of versions."""
    if rows := [_values(version, page) for version, found in items for page in found]:
        connection.execute(insert(pages), rows)


def page_numbers(connection: Connection, version: VersionId) -> frozenset[int]:
    """The numbers of those pages of a version that are stored."""
    return frozenset(connection.execute(select(pages.c.number).where(pages.c.version_id == version)).scalars())


def _values(version: VersionId, page: Page) -> dict[str, Any]:
    return {
        "version_id": version,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "start_offset": page.start,
        "end_offset": page.end,
        "recognition_confidence": page.recognition_confidence,
        "note": page.note,
        "reading": page.reading.value,
    }


def _page(row: Row[Any]) -> Page:
    return Page(
        number=row.number,
        width=row.width,
        height=row.height,
        start=row.start_offset,
        end=row.end_offset,
        recognition_confidence=row.recognition_confidence,
        note=row.note,
        reading=PageReading(row.reading),
    )


def list_pages(
    connection: Connection, version: VersionId, *, without_text: bool = False, limit: int = 500, offset: int = 0
) -> tuple[list[PageAccount], int]:
    """Pages of a version in order, all or those that yielded nothing, and how many match."""
    matching = select(pages).where(pages.c.version_id == version)
    if without_text:
        matching = matching.where(pages.c.reading.in_(WITHOUT_TEXT_VALUES))
    total = connection.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    rows = connection.execute(matching.order_by(pages.c.number).limit(limit).offset(offset)).all()
    spans = connection.execute(
        select(passages.c.first_page, passages.c.last_page).where(passages.c.version_id == version)
    ).all()
    return [
        PageAccount(
            page=_page(row), passage_count=sum(span.first_page <= row.number <= span.last_page for span in spans)
        )
        for row in rows
    ], total
