"""The page shows what the docs say about the refusal threshold."""

from pathlib import Path

from sourcier_core.settings import Settings
from sourcier_retrieval.refusal_effect import REFUSAL_EFFECTS

MEASUREMENTS = Path(__file__).resolve().parent.parent.parent / "docs" / "measurements.md"


def test_the_docs_table_holds_every_figure() -> None:
    text = MEASUREMENTS.read_text("utf-8")
    for threshold in sorted({effect.threshold for effect in REFUSAL_EFFECTS}):
        row = next(line for line in text.splitlines() if line.startswith(f"| {threshold:.2f}"))
        cells = [cell.strip() for cell in row.strip("|").split("|")][1:]
        shown = [effect for effect in REFUSAL_EFFECTS if effect.threshold == threshold]
        written = [f"{effect.false_refusals:.2f} / {effect.false_answers:.2f}".replace("0.", ".") for effect in shown]
        assert cells == written


def test_the_default_is_among_them() -> None:
    assert Settings.model_fields["refusal_threshold"].default in {effect.threshold for effect in REFUSAL_EFFECTS}
