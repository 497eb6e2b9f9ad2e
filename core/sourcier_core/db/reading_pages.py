"""What a page of a reading copy shows: the lines of its passages, and those that belong to none."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from sourcier_core.db.regions import region_of, region_values
from sourcier_core.db.tables import pages, passages, versions
from sourcier_core.domain.documents import ParsedDocument, Passage, Region
from sourcier_core.domain.identifiers import VersionId
from sourcier_core.errors import PageUnavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingLine:
    """A line of text in its box, in points, origin at the top left of the page."""

    text: str
    is_heading: bool
    region: Region


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingPage:
    """A page's size in points, what stands small above it, and its lines in reading order."""

    width: float
    height: float
    note: str | None
    lines: tuple[ReadingLine, ...]


def lines_outside(parsed: ParsedDocument, cut: Sequence[Passage]) -> list[list[float]]:
    """Of a reading copy, the lines no passage holds (headers and footers), as they are stored."""
    if not parsed.is_laid_out:
        return []
    held = {region.start for passage in cut for region in passage.regions}
    return [region_values(region) for region in parsed.regions if region.start not in held]


def read_page(connection: Connection, version: VersionId, number: int) -> ReadingPage:
    """A page of a version that is shown as a reading copy.

    Raises:
        PageUnavailable: the version has no such page.
    """
    page = connection.execute(
        select(pages).where(pages.c.version_id == version, pages.c.number == number)
    ).one_or_none()
    if page is None:
        raise PageUnavailable(f"There is no page {number} in this document.")
    stored = connection.execute(
        select(versions.c.elements, versions.c.lines_outside_passages).where(versions.c.id == version)
    ).one()
    held = connection.execute(
        select(passages.c.regions).where(
            passages.c.version_id == version, passages.c.first_page <= number, passages.c.last_page >= number
        )
    ).scalars()
    regions = _on_page(number, [values for found in (*held, stored.lines_outside_passages) for values in found])
    return ReadingPage(
        width=page.width,
        height=page.height,
        note=page.note,
        lines=tuple(_with_text(connection, version, regions, stored.elements)),
    )


def _on_page(number: int, stored: Iterable[list[float]]) -> list[Region]:
    """The lines of a page in reading order; passages that overlap share lines."""
    by_start = {region.start: region for region in map(region_of, stored) if region.page == number}
    return [by_start[start] for start in sorted(by_start)]


def _with_text(
    connection: Connection, version: VersionId, regions: Sequence[Region], elements: Sequence[Sequence[Any]]
) -> Iterable[ReadingLine]:
    if not regions:
        return
    first, last = regions[0].start, max(region.end for region in regions)
    text = connection.execute(
        select(func.substr(versions.c.canonical_text, first + 1, last - first)).where(versions.c.id == version)
    ).scalar_one()
    starts = [int(element[1]) for element in elements]
    for region in regions:
        position = bisect_right(starts, region.start) - 1
        yield ReadingLine(
            text=text[region.start - first : region.end - first],
            is_heading=position >= 0 and elements[position][0] == "Title",
            region=region,
        )
