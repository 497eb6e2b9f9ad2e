"""Office files are ZIP archives that carry the clock: write them again with one fixed date."""

import re
import zipfile
from pathlib import Path

FIXED_DATE = (2026, 1, 5, 9, 0, 0)
CORE_PROPERTIES = "docProps/core.xml"
DATE_ELEMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def fix_archive_dates(path: Path) -> None:
    """Rewrite the archive in place, with fixed dates on its members and in its core properties."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            if name == CORE_PROPERTIES:
                content = DATE_ELEMENT.sub(rb"\g<1>2026-01-05T09:00:00Z\g<2>", content)
            entry = zipfile.ZipInfo(name, date_time=FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
