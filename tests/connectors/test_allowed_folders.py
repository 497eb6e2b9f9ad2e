"""Which folders of this machine may become sources without the local token: nothing leads out of the allowed ones."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.errors import ConfigurationError, SourceFolderNotAllowed
from sourcier_ingest.connectors.allowed_folders import AllowedFolders


@pytest.fixture
def top(tmp_path: Path) -> Path:
    for name in ("doc/below/deep", "docs", "other", "data"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def allowed(top: Path, *roots: str) -> AllowedFolders:
    return AllowedFolders([top / root for root in roots], data_dir=top / "data")


def test_at_or_below_and_nothing_that_only_looks_like_it(top: Path) -> None:
    folders = allowed(top, "doc")
    for name in ("doc", "doc/below", "doc/below/deep", "doc/not there yet", "doc/../doc/below"):
        assert folders.resolve(str(top / name)) == (top / name).resolve()
    for name in ("docs", "doc2", "do", "other", ".", "doc/..", "doc/../docs", "doc/below/../../other", "DOC"):
        with pytest.raises(SourceFolderNotAllowed):
            folders.resolve(str(top / name))
    with pytest.raises(SourceFolderNotAllowed):
        AllowedFolders([], data_dir=top / "data").resolve(str(top / "doc"))


def test_links_count_as_what_they_lead_to_each_time(top: Path) -> None:
    folders = allowed(top, "doc")
    place = top / "doc" / "link"
    place.symlink_to(top / "doc" / "below")
    assert folders.resolve(f"{place}/deep") == top / "doc/below/deep"
    place.unlink()
    place.symlink_to(top / "other")
    for name in (place, place / "x", place / ".." / "other"):
        with pytest.raises(SourceFolderNotAllowed):
            folders.resolve(str(name))
    (top / "way in").symlink_to(top / "doc")
    assert folders.resolve(str(top / "way in" / "below")) == top / "doc/below"
    (top / "doc" / "circle").symlink_to(top / "doc" / "circle")
    with pytest.raises(SourceFolderNotAllowed):
        folders.resolve(str(top / "doc" / "circle" / "x"))


def test_a_root_may_be_a_link_and_the_data_directory_is_never_a_source(top: Path) -> None:
    (top / "shared").symlink_to(top / "docs")
    assert allowed(top, "shared").resolve(str(top / "docs")) == top / "docs"
    everything = AllowedFolders([top], data_dir=top / "data")
    assert everything.resolve(str(top / "doc")) == top / "doc"
    for name in (".", "data", "data/files"):
        with pytest.raises(SourceFolderNotAllowed, match="data directory"):
            everything.resolve(str(top / name))
    hidden = AllowedFolders([top], data_dir=top / ".sourcier")
    assert hidden.resolve(str(top)) == top, "a walk passes over hidden folders"


@pytest.mark.parametrize("root", ["docs", "./docs", "/srv/../etc"])
def test_a_root_that_is_not_absolute_is_said_at_start(root: str) -> None:
    with pytest.raises(ConfigurationError, match="SOURCIER_SOURCE_FOLDERS"):
        AllowedFolders([Path(root)], data_dir=Path("/nowhere"))


NAMES = st.sampled_from(["a", "ab", "b", "..", ".", "to a", "to b", "to top", "missing"])


@given(parts=st.lists(NAMES, max_size=7), root=st.sampled_from(["a", "a/b", "ab"]))
def test_no_path_leads_out(parts: list[str], root: str) -> None:
    """Against the system's own answer: what os.path.realpath says must be in the root, by whole names."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder).resolve()
        for name in ("a/b/a", "ab/b", "b"):
            (top / name).mkdir(parents=True)
        for place in (top, top / "a", top / "ab", top / "a/b"):
            for name, target in (("to a", "a"), ("to b", "b"), ("to top", ".")):
                (place / name).symlink_to(top / target)
        asked = os.path.join(top, *parts)  # noqa: PTH118 - a Path would drop the dots
        real = os.path.realpath(asked)
        inside = real == str(top / root) or real.startswith(f"{top / root}/")
        folders = AllowedFolders([top / root], data_dir=top / "b" / "data")
        if inside:
            assert str(folders.resolve(asked)) == real
        else:
            with pytest.raises(SourceFolderNotAllowed):
                folders.resolve(asked)
