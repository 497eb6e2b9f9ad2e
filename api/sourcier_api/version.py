"""The version of this software."""

from importlib.metadata import PackageNotFoundError, version


def software_version() -> str:
    """The installed version, or `unknown` in a bare source tree."""
    try:
        return version("sourcier")
    except PackageNotFoundError:
        return "unknown"
