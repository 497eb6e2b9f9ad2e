"""The report as one HTML file: tables and plots drawn in it, no script, nothing fetched from anywhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from sourcier_evaluation.report import Change

_WIDTH, _HEIGHT, _MARGIN = 420, 300, 44
_COLOURS = ("#1f5fbf", "#b3541e", "#3b7d3b")
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; margin: 0.5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { border: 1px solid #bbb; padding: 0.25rem 0.6rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
small { color: #555; } .worse { background: #fbe3e0; }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top; }
"""


def report_page(report: dict[str, Any], changes: Sequence[Change]) -> str:
    """The whole page."""
    model = report["embedding_model"]
    parts = [
        f"<h1>Evaluation</h1><p>{escape(report['made_at'])}, {escape(model['name'])} "
        f"({escape(model['fingerprint'][:12])}). Values with their 95 % bootstrap intervals.</p>"
    ]
    if changes:
        parts.append(_changes(changes))
    parts += [_set_part(name, part) for name, part in report["sets"].items()]
    if report["verifier"] is not None:
        parts.append(_verifier(report["verifier"]))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Evaluation</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _value(interval: dict[str, float], digits: int = 3) -> str:
    low, high = f"{interval['low']:.{digits}f}", f"{interval['high']:.{digits}f}"
    return f"{interval['value']:.{digits}f} <small>{low} – {high}</small>"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _changes(changes: Sequence[Change]) -> str:
    worse = sum(change.is_regression for change in changes)
    rows = [
        (
            escape(change.set_name),
            escape(change.figure),
            f"{change.before:.4f}",
            f"{change.now:.4f}",
            '<span class="worse">worse</span>' if change.is_regression else "",
        )
        for change in changes
    ]
    head = ("set", "figure", "before", "now", "")
    return f"<h2>Since the previous report: {worse} regressions</h2>" + _table("What changed", head, rows)


def _set_part(name: str, part: dict[str, Any]) -> str:
    measures = list(part["retrieval"]["hybrid"])
    rows = [(mode, *(_value(values[measure]) for measure in measures)) for mode, values in part["retrieval"].items()]
    rows += [
        (f"hybrid − {mode}", *(_value(part["hybrid_minus"][mode][measure]) for measure in measures))
        for mode in ("sparse", "dense")
    ]
    if part["reranked_minus_hybrid"] is not None:
        gained = part["reranked_minus_hybrid"]
        rows.append(("reranked − hybrid", *(_value(gained[measure]) for measure in measures)))
    counts = f"{part['documents']} documents, {part['passages']} passages, {part['questions']} questions"
    out = [f"<h2>{escape(name)}</h2><p>{counts}</p>", _table("Retrieval", ("search", *measures), rows)]
    out.append(_bars(part["retrieval"]))
    if part["refusal"] is not None:
        out.append(_refusal(part["refusal"]))
    out.append(_citations(part["citations"]))
    if part.get("model_answers"):
        out.append(_model_answers(part["model_answers"]))
    times = {step: values for step, values in part["milliseconds"].items() if values}
    time_rows = [
        (step.replace("_", " "), *(f"{values[key]:.1f}" for key in ("p50", "p95", "max")))
        for step, values in times.items()
    ]
    out.append(_table("Milliseconds", ("step", "median", "95th percentile", "longest"), time_rows))
    return "".join(out)


def _refusal(part: dict[str, Any]) -> str:
    at = part["at_threshold"]
    rows = [
        (
            kind,
            _value(part["area"][kind]),
            *(_share(shares[kind]) for shares in part["false_answers_at"].values()),
        )
        for kind in ("estimate", "cosine")
    ]
    head = (
        "score",
        "area under the curve",
        *(f"false answers at {share} false refusals" for share in part["false_answers_at"]),
    )
    return (
        _table(
            f"Refusal: {part['with_answer']} questions with and {part['without_answer']} without an answer", head, rows
        )
        + f"<p>The estimate's area is {_value(part['area']['difference'])} above the cosine's. At the threshold "
        f"{at['threshold']}: {_share(at['false_refusals'])} of the answerable questions are refused, "
        f"{_share(at['false_answers'])} of the others answered.</p>" + _curves(part["curve"])
    )


def _citations(part: dict[str, Any]) -> str:
    head = (
        "quotes",
        "verbatim",
        "from a relevant document",
        "holding the short answer",
        "questions whose answer is quoted",
    )
    row = (
        str(part["quotes"]),
        *(_share(part[key]) for key in ("verbatim", "from_relevant_document", "precision", "recall")),
    )
    return _table("Citations, in answers made of exact quotes", head, [row])


def _model_answers(part: dict[str, Any]) -> str:
    """The refusals of the whole way with a language model, beside the estimate alone on the same questions."""
    rows = [
        (escape(name), *(_share(values[key]) for key in ("false_refusals", "false_answers")))
        for name, values in (("estimate alone", part["estimate_alone"]), (f"with {part['model']}", part))
    ]
    refused = [
        (escape(by), str(counts["with_answer"]), str(counts["without_answer"]))
        for by, counts in part["refused_by"].items()
    ]
    counts = f"{part['with_answer']} questions with and {part['without_answer']} without an answer"
    failed = f" The model failed on {part['failed']} more." if part["failed"] else ""
    return (
        _table(f"Refusals with a language model: {counts}", ("", "false refusals", "false answers"), rows)
        + _table("Who refused", ("", "with an answer", "without"), refused)
        + f"<p>{part['claims']} claims shown of answerable questions, {_share(part['claims_from_relevant_document'])} "
        f"of them cite a relevant document; {part['claims_withheld']} withheld.{failed}</p>"
    )


def _verifier(part: dict[str, Any]) -> str:
    rows = [
        (escape(name), *(_share(values.get(key)) for key in ("f1", "balanced_accuracy")))
        for name, values in part["scores"].items()
    ]
    return f"<h2>Verifying claims: {escape(part['set'])}</h2>" + _table(
        f"{part['claims']} claims", ("verifier", "F1", "balanced accuracy"), rows
    )


def _curves(curves: dict[str, list[list[float]]]) -> str:
    lines: list[str] = []
    for colour, (name, points) in zip(_COLOURS, curves.items(), strict=False):
        path = " ".join(f"{_across(x):.1f},{_up(y):.1f}" for x, y in points)
        x, y = points[len(points) // 3]
        lines.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{_across(x) + 6:.0f}" y="{_up(y) - 6:.0f}" fill="{colour}">{escape(name)}</text>'
        )
    return _plot("Refusal curve", "false refusals", "false answers", "".join(lines))


def _bars(retrieval: dict[str, dict[str, dict[str, float]]]) -> str:
    measures, modes = ("recall@10", "nDCG@10"), ("sparse", "dense", "hybrid")
    step = (_WIDTH - 2 * _MARGIN) / (len(measures) * (len(modes) + 1))
    drawn: list[str] = []
    for group, measure in enumerate(measures):
        for place, (mode, colour) in enumerate(zip(modes, _COLOURS, strict=True)):
            found = retrieval[mode][measure]
            left = _MARGIN + step * (group * (len(modes) + 1) + place + 0.5)
            top, middle = _up(found["value"]), left + step * 0.45
            drawn.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{step * 0.9:.1f}" height="{_up(0) - top:.1f}" '
                f'fill="{colour}"/><line x1="{middle:.1f}" x2="{middle:.1f}" y1="{_up(found["low"]):.1f}" '
                f'y2="{_up(found["high"]):.1f}" stroke="#000"/>'
                f'<text x="{middle:.1f}" y="{_up(0) - 6:.0f}" fill="#fff" text-anchor="middle" font-size="11">'
                f"{mode}</text>"
            )
    return _plot("Retrieval", " and ".join(measures), "", "".join(drawn))


def _plot(title: str, across: str, up: str, inside: str) -> str:
    ticks = "".join(
        f'<text x="{_MARGIN - 6}" y="{_up(value) + 4:.0f}" text-anchor="end">{value:g}</text>'
        f'<line x1="{_MARGIN}" x2="{_WIDTH - _MARGIN}" y1="{_up(value):.0f}" y2="{_up(value):.0f}" stroke="#ddd"/>'
        for value in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-size="12">{ticks}{inside}'
        f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="8" y="16">{escape(up)}</text></svg><figcaption>{escape(title)}</figcaption></figure>'
    )


def _across(share: float) -> float:
    return _MARGIN + share * (_WIDTH - 2 * _MARGIN)


def _up(share: float) -> float:
    return _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)
