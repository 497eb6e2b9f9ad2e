"""Include and exclude patterns."""

import time
import unicodedata

import pytest

from sourcier_core.errors import InvalidRequest
from sourcier_ingest.connectors.patterns import PathPatterns


def test_without_patterns_everything_is_wanted() -> None:
    assert PathPatterns().wants_file("a/b.txt")
    assert PathPatterns().wants_folder("a")


def test_include_and_exclude() -> None:
    patterns = PathPatterns(include=["*.pdf", "/notes/"], exclude=["drafts/", "!drafts/final.pdf", "*~"])
    assert patterns.wants_file("deep/a.pdf")
    assert patterns.wants_file("notes/a.txt")
    assert not patterns.wants_file("deep/notes/a.txt")
    assert not patterns.wants_file("drafts/a.pdf")
    assert not patterns.wants_file("notes/a.txt~")
    assert patterns.wants_folder("drafts"), "an exception may be below it"
    assert not PathPatterns(exclude=["drafts/"]).wants_folder("x/drafts")


def test_names_are_compared_in_one_unicode_form() -> None:
    patterns = PathPatterns(include=[unicodedata.normalize("NFD", "*é.txt")])
    assert patterns.wants_file("café.txt")


@pytest.mark.parametrize(
    "pattern", ["", "  ", "# comment", "a\nb", "a\x00", "!", "x" * 301, "a*b*c*d*e", "**/a/**/b/**"]
)
def test_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequest):
        PathPatterns(exclude=[pattern])


@pytest.mark.parametrize(
    "pattern", ["a/**/*a*/**/b", "**/*a*a*b", "*a*a*b", "**/a/**/a*b", "*a/*a/*a/*b", "**/*a/**/*b", "a/**/*a*a*b"]
)
def test_a_pattern_takes_no_unbounded_time(pattern: str) -> None:
    patterns = PathPatterns(exclude=[pattern])
    paths = ["a" * 255, "/".join(["a" * 250] * 4), "/".join(["a"] * 500), "/".join(["a" * 30] * 33)]
    for path in paths:
        started = time.process_time()
        patterns.wants_file(path)
        assert time.process_time() - started < 2


def test_hashes_in_names_can_be_written() -> None:
    assert not PathPatterns(exclude=["\\#1 plan.txt"]).wants_file("#1 plan.txt")
