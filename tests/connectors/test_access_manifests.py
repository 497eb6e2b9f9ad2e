"""Manifests: what they say, what they must not open."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcier_core.errors import AccessManifestInvalid
from sourcier_ingest.connectors.access_manifest import FolderAccess, is_misnamed, parse_manifest

NOBODY: frozenset[str] = frozenset()


def access(*manifests: tuple[str, str]) -> FolderAccess:
    place = FolderAccess()
    for folder, text in manifests:
        try:
            place = place.enter(folder, parse_manifest(text.encode()))
        except AccessManifestInvalid as error:
            place = place.enter(folder, error)
    return place


def test_nobody_may_where_nothing_is_said() -> None:
    assert FolderAccess().groups_for("a.txt") == NOBODY
    assert access(("", "")).groups_for("a.txt") == NOBODY
    assert access(("", "files: {'*.pdf': {groups: [hr]}}")).groups_for("a.txt") == NOBODY


def test_a_folder_replaces_what_is_above_unless_it_inherits() -> None:
    top = ("", "groups: [everyone]")
    assert access(top, ("hr", "")).groups_for("hr/a.txt") == {"everyone"}
    assert access(top, ("hr", "groups: [hr]")).groups_for("hr/a.txt") == {"hr"}
    assert access(top, ("hr", "{groups: [hr], inherit: true}")).groups_for("hr/a.txt") == {"hr", "everyone"}
    assert access(top, ("hr", "groups: []")).groups_for("hr/a.txt") == NOBODY
    assert access(top, ("hr", "inherit: false")).groups_for("hr/a.txt") == NOBODY


def test_files_by_pattern_the_last_one_counts() -> None:
    place = access(
        ("", "groups: [all]\nfiles:\n  '*.xlsx': {groups: [finance]}\n  '/pay/*': {groups: [board], inherit: true}\n")
    )
    assert place.groups_for("a.txt") == {"all"}
    assert place.groups_for("deep/er/a.xlsx") == {"finance"}
    assert place.groups_for("pay/a.xlsx") == {"board"}, "`inherit` adds what the folder above says: nothing here"


def test_patterns_of_a_manifest_further_down_are_relative_to_it() -> None:
    place = access(("", "groups: [all]"), ("hr/2024", "files: {'/a.txt': {groups: [hr], inherit: true}}"))
    assert place.groups_for("hr/2024/a.txt") == {"hr", "all"}
    assert place.groups_for("hr/2024/sub/a.txt") == {"all"}


@pytest.mark.parametrize(
    "text",
    [
        "group: [hr]",
        "groups: hr",
        "groups: [hr, 7]",
        "groups: [hr, yes]",
        "groups: ['']",
        'groups: ["a\\u200bb"]',
        "groups: [hr]\ngroups: [all]",
        "inherit: maybe",
        "files: ['*.pdf']",
        "files: {'*.pdf': [hr]}",
        "files: {'*.pdf': {inherit: true}}",
        "files: {'!*.pdf': {groups: [hr]}}",
        "files: {'a*b*c*d*e': {groups: [hr]}}",
        "- hr",
        "groups: [hr",
        "groups: !!python/object/apply:os.system ['true']",
        "a: &a [x]\ngroups: *a",
        "[" * 5000,
        "groups: [" + "x, " * 200_000 + "]",
    ],
)
def test_an_invalid_manifest_closes_everything_below(text: str) -> None:
    place = access(("", "groups: [all]"), ("hr", text), ("hr/open", "groups: [all]"))
    assert place.groups_for("hr/open/a.txt") == NOBODY
    assert place.denied
    assert "Only administrators" in place.denied


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(AccessManifestInvalid):
        parse_manifest(b"\xff\xfe\x00")
    assert parse_manifest(b"\xef\xbb\xbfgroups: [hr]").folder is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_a_clear_refusal(content: bytes) -> None:
    with contextlib.suppress(AccessManifestInvalid):
        parse_manifest(content)


GROUPS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)
RULES = st.tuples(GROUPS, st.booleans())


@given(st.lists(RULES, min_size=1, max_size=5))
def test_only_named_groups_ever_read(rules: list[tuple[list[str], bool]]) -> None:
    texts = [
        (f"f{number}", f"{{groups: {groups}, inherit: {str(inherit).lower()}}}")
        for number, (groups, inherit) in enumerate(rules)
    ]
    expected: set[str] = set()
    for groups, inherit in rules:
        expected = set(groups) | (expected if inherit else set())
    assert access(*texts).groups_for("f0/a.txt") == expected


@pytest.mark.parametrize("name", [".sourcier.yml", ".Sourcier.YAML", "sourcier.yaml"])
def test_names_that_were_meant_for_the_manifest(name: str) -> None:
    assert is_misnamed(name)
    assert not is_misnamed(".sourcier.yaml")
