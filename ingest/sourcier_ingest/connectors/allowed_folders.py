"""The folders of this machine that its administrator opens to sources added without the local token."""

from collections.abc import Sequence
from pathlib import Path

from sourcier_core.errors import ConfigurationError, SourceFolderNotAllowed
from sourcier_ingest.connectors.found import is_ignored


class AllowedFolders:
    """Roots, and the data directory, which no source may hold."""

    def __init__(self, roots: Sequence[Path], *, data_dir: Path) -> None:
        """Raises ConfigurationError for a root that is not an absolute path."""
        relative = [str(root) for root in roots if not root.is_absolute() or ".." in root.parts]
        if relative:
            raise ConfigurationError(f"SOURCIER_SOURCE_FOLDERS takes absolute folders only, not {relative[0]}.")
        self.roots = tuple(roots)
        self._data_dir = data_dir

    def resolve(self, folder: str) -> Path:
        """Where a folder really is, all links followed, as it is now. Look again before each reading.

        Raises:
            SourceFolderNotAllowed: not at or below a root, once both are resolved; or it holds or is in the data
                directory. Whether there is such a folder elsewhere is never told.
        """
        place = _real(Path(folder))
        roots = [_real(root) for root in self.roots]
        if place is None or not any(root is not None and place.is_relative_to(root) for root in roots):
            raise SourceFolderNotAllowed
        data_dir = _real(self._data_dir)
        if data_dir is None or place.is_relative_to(data_dir) or _is_seen(data_dir, place):
            raise SourceFolderNotAllowed("A source may not hold the data directory of the application.")
        return place


def _real(place: Path) -> Path | None:
    try:
        return place.resolve()
    except (OSError, RuntimeError):  # links in a circle
        return None


def _is_seen(data_dir: Path, folder: Path) -> bool:
    """Whether a walk of the folder would come to the data directory; hidden folders are passed over."""
    return data_dir.is_relative_to(folder) and not any(is_ignored(part) for part in data_dir.relative_to(folder).parts)
