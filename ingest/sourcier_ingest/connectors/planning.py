"""What a load of a source would do, without doing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sourcier_core.db.sources import StoredFile
from sourcier_core.errors import DocumentEmpty, DocumentError
from sourcier_ingest.connectors.found import FoundFile, SourceListing


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Every path of a source once, by what would become of it; each list in the order of the walk, or of the paths.

    Without a hash the mark of a remote store decides, and without that the size: a load compares the bytes. `kept`
    documents are below folders that cannot be listed now.
    """

    new: tuple[FoundFile, ...] = ()
    changed: tuple[FoundFile, ...] = ()
    unchanged: tuple[FoundFile, ...] = ()
    problems: tuple[tuple[FoundFile, DocumentError], ...] = ()
    missing: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    access_notes: tuple[FoundFile, ...] = ()
    """Of all files, those that only administrators may read, for a reason that was not asked for."""
    needs_confirmation: bool = False
    """So many documents are missing that they would not be withdrawn without a confirmation."""


def plan(
    listing: SourceListing,
    stored: Sequence[StoredFile],
    *,
    hashes: Mapping[str, str] | None = None,
    withdrawal_guard_share: float = 1.0,
) -> Plan:
    """Compare a source with what is stored of it.

    Args:
        listing: all files of the source.
        stored: `sourcier_core.db.sources.stored_files` of the same source.
        hashes: sha256 by path, of the files whose bytes were read; without one the mark or the size decides.
        withdrawal_guard_share: the share of missing documents above which a load asks for a confirmation.
    """
    known = {file.path: file for file in stored}
    new: list[FoundFile] = []
    changed: list[FoundFile] = []
    unchanged: list[FoundFile] = []
    problems: list[tuple[FoundFile, DocumentError]] = []
    for found in listing.files:
        before = known.get(found.path)
        problem = found.problem or (DocumentEmpty() if found.size_bytes == 0 else None)
        if problem is not None:
            problems.append((found, problem))
        elif before is None:
            new.append(found)
        elif _is_same(found, before, (hashes or {}).get(found.path)):
            unchanged.append(found)
        else:
            changed.append(found)
    seen = {found.path for found in listing.files}
    below = tuple(f"{folder}/" for folder in listing.incomplete_prefixes)
    gone = sorted(path for path in known if path not in seen)
    missing = tuple(path for path in gone if not path.startswith(below))
    return Plan(
        new=tuple(new),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        problems=tuple(problems),
        missing=missing,
        kept=tuple(path for path in gone if path.startswith(below)),
        access_notes=tuple(found for found in listing.files if found.access_note),
        needs_confirmation=bool(missing) and len(missing) > len(known) * withdrawal_guard_share,
    )


def _is_same(found: FoundFile, before: StoredFile, content_sha256: str | None) -> bool:
    if content_sha256 is not None:
        return content_sha256 == before.content_sha256
    if found.mark and before.mark:
        return found.mark == before.mark
    return found.size_bytes == before.size_bytes
