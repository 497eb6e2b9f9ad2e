"""Pictures of document pages, made in isolated children: of the stored PDF, or of a reading copy drawn on the spot."""

from collections.abc import Sequence

from sourcier_core.db.database import Database
from sourcier_core.db.reading_pages import read_page
from sourcier_core.domain.documents import DocumentVersion, Region
from sourcier_core.isolation import IsolatedRunner
from sourcier_core.ports import BlobStore
from sourcier_ingest.document_passwords import KeptPasswords
from sourcier_ingest.parsing.reading_page import draw_reading_page
from sourcier_retrieval.page_images import render_page

PRELOADED = ("sourcier_retrieval.page_images", "sourcier_ingest.parsing.reading_page")
_PDF = "application/pdf"


def picture_of_page(
    database: Database,
    blobs: BlobStore,
    runner: IsolatedRunner,
    version: DocumentVersion,
    number: int,
    *,
    passwords: KeptPasswords,
    passage: Sequence[Region],
    quoted: Sequence[Region],
    scale: float,
) -> bytes:
    """Page `number` (from 1) as a PNG, `scale` pixels per point, with boxes of a passage and of a quote painted.

    A PDF that asks for a password is opened with those kept for its corpus now: no copy without one is stored.

    Raises:
        PageUnavailable: there is no such page, or it cannot be drawn.
        NotFound: the stored file is gone.
        SourcierError: the child failed (see IsolatedRunner.run).
    """
    shown = version.rendition_sha256 or (version.content_sha256 if version.media_type == _PDF else None)
    if shown is not None:
        pdf, place, tried = str(blobs.path(shown)), number, passwords.of(version.corpus_id).values
    else:
        pdf, place, tried = _reading_page(database, runner, version, number), 1, ()
    return runner.run(render_page, pdf, place, _boxes(passage), _boxes(quoted), scale, tried)


def _reading_page(database: Database, runner: IsolatedRunner, version: DocumentVersion, number: int) -> bytes:
    with database.transaction() as connection:
        page = read_page(connection, version.id, number)
    lines = [(line.text, line.is_heading, *_box(line.region)) for line in page.lines]
    return runner.run(draw_reading_page, lines, page.width, page.height, page.note)


def _box(region: Region) -> tuple[float, float, float, float]:
    return region.x0, region.y0, region.x1, region.y1


def _boxes(regions: Sequence[Region]) -> list[tuple[float, float, float, float]]:
    return [_box(region) for region in regions]
