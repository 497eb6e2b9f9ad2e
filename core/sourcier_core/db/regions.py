"""How line boxes are stored: `[start, end, page, x0, y0, x1, y1]`."""

from collections.abc import Sequence

from sourcier_core.domain.documents import Region


def region_values(region: Region) -> list[float]:
    """A region as it is stored."""
    return [region.start, region.end, region.page, region.x0, region.y0, region.x1, region.y1]


def region_of(values: Sequence[float]) -> Region:
    """A stored region."""
    start, end, page, x0, y0, x1, y1 = values
    return Region(start=int(start), end=int(end), page=int(page), x0=x0, y0=y0, x1=x1, y1=y1)
