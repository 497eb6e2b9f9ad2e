"""`sourcier evaluate SET… --report FOLDER`: measures sets, writes the report, says what became worse."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.composition import open_embedder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.entailment.opening import open_entailment
from sourcier_core.errors import InvalidRequest
from sourcier_core.ports import Embedder
from sourcier_core.reranking.opening import open_reranker
from sourcier_core.settings import Settings
from sourcier_evaluation.cached_embedder import CachedEmbedder
from sourcier_evaluation.model_answers import AnswerWriter
from sourcier_evaluation.report import Change, compare, make_report, read_report, set_report, write_report
from sourcier_evaluation.report_page import report_page
from sourcier_evaluation.set_measurement import measure_set
from sourcier_evaluation.sets import EvaluationSet, load_searched
from sourcier_evaluation.verifier_command import measure_verifier, read_claims
from sourcier_retrieval.courses import answer_options
from sourcier_retrieval.entailing import make_judge
from sourcier_retrieval.reranking import make_reranking

console = Console()
_ROWS_SHOWN = 20
_SPLIT, _READING = "test", "supported"


def evaluate(
    sets: Annotated[list[Path], typer.Argument(help="Folders with corpus, queries and qrels.")],
    report: Annotated[Path, typer.Option(help="The folder that gets report.json and report.html.")],
    questions: Annotated[
        int | None, typer.Option(min=1, help="At most so many questions of each kind and set; default: all.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="The report to compare with; default: the one already in the folder.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps vectors between runs.")] = None,
    claims: Annotated[
        Path | None, typer.Option(help="A folder with claims.jsonl (WiCE) to measure the verifier on.")
    ] = None,
    index: Annotated[str, typer.Option(help="edge or memory.")] = "edge",
    model: Annotated[Path | None, typer.Option(help="A prepared model's folder; default: the settings' model.")] = None,
    rerank: Annotated[
        bool, typer.Option(help="Measure hybrid search with the settings' reranker too, and answer with it.")
    ] = True,
    answers: Annotated[
        int, typer.Option(min=0, help="Ask the settings' language model so many questions of each kind and set too.")
    ] = 0,
) -> None:
    """Measure retrieval, refusals, citations and times on sets of questions, with the product's own search.

    Ends with status 1 when a figure is worse than in the previous report.
    """
    before = read_report(previous or report)
    loaded = [data for folder in sets for data in load_searched(folder)]
    settings = Settings()
    embedder: Embedder = OnnxEmbedder.open(model) if model is not None else open_embedder(settings)
    remembering = CachedEmbedder(embedder, cache)
    reranking = make_reranking(open_reranker(settings, embedder) if rerank else None, settings)
    writer = _writer(settings, answers) if answers else None
    parts: dict[str, dict[str, Any]] = {}
    try:
        for data in loaded:
            parts[data.name] = _measured(
                data,
                remembering,
                threshold=settings.refusal_threshold,
                engine=index,
                limit=questions,
                timed_embedder=embedder,
                reranking=reranking,
                writer=writer,
            )
            console.print(_summary(data.name, parts[data.name]))
    finally:
        if writer is not None:
            writer.close()
    verified = None if claims is None else _verified(claims)
    made = make_report(parts, verifier=verified, model=embedder.identity, limit=questions)
    changes = compare(made, before) if before is not None else []
    path = write_report(made, report)
    path.with_suffix(".html").write_text(report_page(made, changes), "utf-8")
    console.print(f"{path} and {path.with_suffix('.html').name}")
    _say(changes)
    if any(change.is_regression for change in changes):
        raise typer.Exit(1)


def _measured(
    data: EvaluationSet,
    embedder: CachedEmbedder,
    *,
    threshold: float,
    writer: AnswerWriter | None,
    **options: Any,
) -> dict[str, Any]:
    """One set's part of the report; its progress is shown, and its vectors are kept."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(data.name, total=None)

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=f"{data.name}: {step}", completed=done, total=total)

        try:
            found = measure_set(data, embedder, progress=show, writer=writer, **options)
        finally:
            embedder.save()
    return set_report(found, threshold=threshold, writer=None if writer is None else writer.name)


def _writer(settings: Settings, limit: int) -> AnswerWriter:
    """Raises InvalidRequest where the settings name no language model."""
    if settings.chat_backend == "quotes":
        raise InvalidRequest("--answers asks a language model, and the settings name none: SOURCIER_CHAT_BACKEND.")
    judge = make_judge(open_entailment(settings), settings)
    # Last: it may start a server, which only the writer stops.
    return AnswerWriter(open_chat_backend(settings), answer_options(settings, {}), judge=judge, limit=limit)


def _verified(folder: Path) -> dict[str, Any]:
    """The verifier's part of the report: supported against the rest, on the test split."""
    found = [result for result in measure_verifier(read_claims(folder)).methods if result.reading == _READING]
    return {
        "set": f"{folder.resolve().name}, {_SPLIT}",
        "claims": found[0].scores[_SPLIT].claims,
        "scores": {result.method: asdict(result.scores[_SPLIT]) for result in found},
    }


def _summary(name: str, part: dict[str, Any]) -> Table:
    table = Table("search", "recall@1", "recall@10", "MRR@10", "nDCG@10", title=escape(name))
    for mode, values in part["retrieval"].items():
        table.add_row(mode, *(f"{values[key]['value']:.3f}" for key in ("recall@1", "recall@10", "MRR@10", "nDCG@10")))
    refusal = part["refusal"]
    if refusal is not None:
        area = refusal["area"]
        table.caption = (
            f"refusal: area {area['estimate']['value']:.3f}, cosine {area['cosine']['value']:.3f}; false answers at "
            + ", ".join(f"{share}: {values['estimate']:.2f}" for share, values in refusal["false_answers_at"].items())
        )
    written = part["model_answers"]
    if written is not None:
        alone = written["estimate_alone"]
        shares = (written["false_refusals"], alone["false_refusals"], written["false_answers"], alone["false_answers"])
        told = "with {}: false refusals {} (estimate alone {}), false answers {} ({})".format(
            escape(written["model"]), *("–" if share is None else f"{share:.2f}" for share in shares)
        )
        table.caption = f"{table.caption or ''}\n{told}".strip()
    return table


def _say(changes: list[Change]) -> None:
    for change in changes[:_ROWS_SHOWN]:
        mark = "[red]worse[/] " if change.is_regression else ""
        console.print(f"{mark}{escape(change.set_name)}, {change.figure}: {change.before:.4f} → {change.now:.4f}")
