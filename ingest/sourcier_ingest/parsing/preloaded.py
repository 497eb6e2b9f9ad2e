"""Imported once by the clean server that children are forked from."""

import tempfile
from pathlib import Path

from sourcier_ingest.parsing import unstructured_offline

unstructured_offline.prepare()

from sourcier_ingest.parsing import examined  # noqa: E402 - the stand-ins must be there first

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
            parsed = examined.parse_and_examine(path, name, 1 << 20, None)
            if parsed.rendition is not None and name == "sample.txt":
                (Path(folder) / "sample.pdf").write_bytes(parsed.rendition)
                examined.parse_and_examine(Path(folder) / "sample.pdf", "sample.pdf", 1 << 20, None)


_warm_up()
