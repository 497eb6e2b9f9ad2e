"""Turns a parsed document's spans into passages."""

from bisect import bisect_left, bisect_right

from sourcier_core.domain.documents import ParsedDocument, Passage
from sourcier_core.domain.identifiers import VersionId, passage_id


def make_passages(version: VersionId, parsed: ParsedDocument) -> list[Passage]:
    """The passages of a version, in reading order, each with the line boxes that it touches."""
    regions = sorted(parsed.regions, key=lambda region: (region.start, region.end))
    starts = [region.start for region in regions]
    longest = max((region.end - region.start for region in regions), default=0)
    page_starts = [page.start for page in parsed.pages]
    made: list[Passage] = []
    for ordinal, span in enumerate(parsed.passages):
        first = bisect_left(starts, span.start - longest)
        touched = tuple(
            region
            for region in regions[first : bisect_left(starts, span.end)]
            if region.end > span.start and region.start < span.end
        )
        numbers = [region.page for region in touched] or [
            parsed.pages[max(0, bisect_right(page_starts, span.start) - 1)].number if parsed.pages else 1
        ]
        made.append(
            Passage(
                id=passage_id(version, span.start, span.end, parsed.chunker),
                version_id=version,
                ordinal=ordinal,
                start=span.start,
                end=span.end,
                text=parsed.text[span.start : span.end],
                heading_path=span.heading_path,
                first_page=min(numbers),
                last_page=max(numbers),
                language=parsed.language,
                regions=touched,
            )
        )
    return made
