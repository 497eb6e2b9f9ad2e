"""Imported once by the clean server that children are forked from."""

import tempfile
from pathlib import Path

from sourcier_ingest.parsing import unstructured_offline

unstructured_offline.prepare()

from sourcier_ingest.parsing import examined  # noqa: E402 - the stand-ins must be there first
from sourcier_ingest.parsing.reading_page import draw_reading_page  # noqa: E402

__all__ = ["examined"]

_SAMPLES = {
    "sample.txt": "Exemple\n\nUne phrase en français, pour préparer polices et motifs.",
    "sample.md": "# Example\n\nA sentence in English.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "sample.html": "<html><body><h1>Example</h1><p>A sentence in English.</p></body></html>",
}


def _warm_up() -> None:
    """Read samples here once: what libraries import and compile at first use, every child inherits."""
    with tempfile.TemporaryDirectory(prefix="sourcier-") as folder:
        for name, text in _SAMPLES.items():
            path = Path(folder) / name
            path.write_text(text, "utf-8")
            examined.parse_and_examine(path, name, 1 << 20, None)
        page = draw_reading_page([(_SAMPLES["sample.txt"].split("\n")[-1], False, 56, 56, 400, 68)], 595, 842, None)
        (Path(folder) / "sample.pdf").write_bytes(page)
        examined.parse_and_examine(Path(folder) / "sample.pdf", "sample.pdf", 1 << 20, None)


_warm_up()
