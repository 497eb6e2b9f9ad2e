"""How the command line shows answers, loads and findings."""

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sourcier_api import schemas, schemas_reconciliation
from sourcier_api.schemas_accounts import NeverStoredList, PageView
from sourcier_api.terminal import one_line

_SHOWN = 20
_SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
_WORDS = {
    "fr": {
        "searched": "Recherché comme\u00a0: ",
        "parts": "Recherché aussi\u00a0: ",
        "as_of": "D'après les documents tels qu'ils étaient le ",
        "only": "Seuls documents interrogés\u00a0: ",
        "below": "sous",
        "sources": "Sources",
        "nearest": "Passages les plus proches (ce n'est pas une réponse)",
        "page": "p.",
    },
    "en": {
        "searched": "Searched as: ",
        "parts": "Also searched: ",
        "as_of": "From the documents as they stood on ",
        "only": "Only these documents were asked: ",
        "below": "below",
        "sources": "Sources",
        "nearest": "Nearest passages (not an answer)",
        "page": "p.",
    },
}


def show_search(console: Console, answer: schemas.AnswerView) -> None:
    """What was searched for, where that is not the question itself, and as of when, where that is not now."""
    words = _WORDS[answer.language]
    if answer.as_of:
        console.print(f"{words['as_of']}{answer.as_of.astimezone():%Y-%m-%d %H:%M}", markup=False, style="yellow")
    if answer.searched_as:
        console.print(f"{words['searched']}{answer.searched_as}", markup=False, style="dim")
    if answer.searched_parts:
        console.print(f"{words['parts']}{' · '.join(answer.searched_parts)}", markup=False, style="dim")


def show_narrowing(console: Console, only: schemas.FilterRequest | None, language: Literal["fr", "en"]) -> None:
    """What was asked of, as the options name it, where that is not all that may be read: a refusal is of that only."""
    if only is None:
        return
    words = _WORDS[language]
    below = [f"{words['below']} {only.path_prefix}"] if only.path_prefix else []
    parts = ", ".join([*only.document_types, *only.media_types, *only.languages, *below])
    console.print(f"{words['only']}{parts}", markup=False, style="yellow")


def show_sources(console: Console, answer: schemas.AnswerView) -> None:
    """The numbered sources: document, page, exact quote; only the cited ones when there is an answer."""
    words = _WORDS[answer.language]
    refused = answer.state == "refused"
    cited = {citation.source_number for claim in answer.claims for citation in claim.citations}
    cited |= {conflict.source_number for claim in answer.claims for conflict in claim.conflicts}
    shown = [source for source in answer.sources if refused or source.number in cited]
    if not shown:
        return
    console.print(f"\n[bold]{words['nearest' if refused else 'sources']}[/]")
    for source in shown[:3] if refused else shown:
        place = f"{source.corpus_id}/{source.path}, {words['page']} {source.page}/{source.page_count}"
        console.print(f"[bold cyan]\\[{source.number}][/] [bold]{one_line(source.title)}[/] — {one_line(place)}")
        console.print(f"    « {escape(' '.join(source.quote.text.split()))} »", style="dim")


def show_removed_claims(console: Console, answer: schemas.AnswerView) -> None:
    """Claims that were not supported, with the reasons."""
    for claim in answer.claims:
        if claim.verdict not in ("supported", "unchecked"):
            reasons = {reason for citation in claim.citations for reason in citation.reasons} | set(claim.reasons)
            console.print(
                f"[yellow]✗[/] {one_line(claim.text)} [dim]({claim.verdict}: {', '.join(sorted(reasons))})[/]"
            )


def show_load(console: Console, load: schemas.LoadView) -> None:
    """The closing table of a load, each failure with its reason."""
    table = Table(title=f"{load.corpus_id}: {load.state}", title_justify="left")
    counts = {name: getattr(load, name) for name in ("published", "unchanged", "failed", "withdrawn")}
    counts |= {name: count for name in ("quarantined", "proposed") if (count := getattr(load, name))}
    counts["passages"] = load.passages
    for name in counts:
        table.add_column(name, justify="right")
    table.add_row(*(str(count) for count in counts.values()))
    console.print(table)
    failures = [item for item in load.items if item.outcome == "failed"]
    if failures:
        reasons = Table(title="failed", title_justify="left")
        for name in ("file", "reason", "again?"):
            reasons.add_column(name, overflow="fold")
        for item in failures:
            reasons.add_row(
                one_line(item.path),
                escape(f"{item.code}: {item.message}"),
                "may help" if item.retryable else "no",
            )
        console.print(reasons)
    _show_gaps(console, load)
    if load.retryable:
        console.print(f"{load.retryable} may succeed when tried again: sourcier loads --retry {load.id}")
    if load.message:
        console.print(f"[yellow]{escape(load.message)}[/]")
    if load.held_back:
        console.print(f"To see them, and withdraw them: sourcier confirm {load.id}")


def _show_gaps(console: Console, load: schemas.LoadView) -> None:
    """Published documents of which some pages gave nothing, and who may not read what."""
    if load.pages_without_text:
        why = f"; {load.pages_unread} are pictures, and no text recognition is installed" if load.pages_unread else ""
        console.print(
            f"[yellow]{load.pages_without_text} pages of {load.documents_with_pages_without_text} documents gave no "
            f"text{why}[/]. Page by page: sourcier documents --pages ID"
        )
        with_gaps = [item for item in load.items if item.pages_without_text and item.outcome != "failed"]
        for item in with_gaps[:_SHOWN]:
            console.print(
                f"  [dim]{item.document_id}[/] {escape(item.path)}: {item.pages_without_text} of {item.page_count}"
            )
        if load.documents_with_pages_without_text > _SHOWN:
            console.print(f"  … all are in the report: sourcier loads --report {load.id}")


def show_pages(console: Console, pages: Iterable[PageView]) -> None:
    """Each page with what came of it."""
    table = Table(title="pages", title_justify="left")
    for name in ("page", "state", "recognised", "characters", "passages", "what is known of it"):
        table.add_column(name, justify="left" if name in ("state", "what is known of it") else "right")
    count = gaps = 0
    for page in pages:
        count += 1
        is_gap = page.state in ("nothing_found", "unread")
        gaps += is_gap
        sure = "" if page.recognition_confidence is None else f"{page.recognition_confidence:.0f} %"
        state = f"[yellow]{page.state}[/]" if is_gap else page.state
        cells = (state, sure, str(page.characters), str(page.passages), escape(page.reason or ""))
        table.add_row(str(page.number), *cells)
    console.print(table)
    console.print(f"{count} pages, {gaps} without text")


def show_reconciliation(console: Console, view: schemas_reconciliation.ReconciliationView) -> None:
    """The balance, and what does not agree."""
    table = Table(title="files by how they ended", title_justify="left")
    for name in ("corpus", "state or reason", "files"):
        table.add_column(name, justify="right" if name == "files" else "left")
    for corpus, counts in view.files.items():
        for state, count in sorted(counts.items()):
            table.add_row(escape(corpus), state, str(count))
    console.print(table)
    console.print(
        f"{view.pages} pages ({view.pages_without_text} without text), {view.passages} passages, "
        f"{view.points} points in the index"
    )
    if not view.kinds:
        console.print("[green]✓[/] everything agrees")
        return
    findings = Table(title="what does not agree", title_justify="left")
    for name in ("what", "file", "detail", "repair"):
        findings.add_column(name, overflow="fold")
    for finding in view.findings:
        place = f"{finding.corpus_id}/{finding.path}" if finding.path else ""
        findings.add_row(finding.kind, one_line(place), escape(finding.detail), "under way" if finding.repaired else "")
    console.print(findings)
    console.print(", ".join(f"{count} × {kind}" for kind, count in sorted(view.kinds.items())))


def show_reconciled_files(console: Console, files: Sequence[schemas_reconciliation.ReconciledFileView]) -> None:
    """Every file: what it has of what it ought to have, and why something is missing."""
    table = Table(title="every file", title_justify="left")
    for name in ("file", "state", "pages", "passages", "points", "why"):
        table.add_column(name, overflow="fold", justify="right" if name in {"pages", "passages", "points"} else "left")
    for file in files:
        reasons = [file.code] if file.code else []
        reasons += [f"{one.kind}: {one.detail}{' (under way)' if one.repaired else ''}" for one in file.findings]
        table.add_row(
            escape(f"{file.corpus_id}/{file.path}"),
            file.state,
            f"{file.pages}/{file.pages_expected}",
            f"{file.passages}/{file.passages_expected}",
            f"{file.points}/{file.points_expected}",
            escape("; ".join(reasons)),
        )
    console.print(table)


def show_reviews(console: Console, waiting: list[schemas.ReviewView]) -> None:
    """What waits for a person, each with what was seen in it."""
    for review in waiting:
        reason = f"score {review.score:.2f}" if review.kind == "quarantine" and review.score is not None else ""
        asked = f"proposed by {review.proposed_by}" if review.kind == "approval" else reason
        console.print(
            f"[dim]{review.version_id}[/] [bold]{review.kind}[/] {escape(review.corpus_id)}/{one_line(review.path)} "
            f"[dim]({escape(asked)}, {review.since:%Y-%m-%d %H:%M})[/]"
        )
        for item in review.evidence:
            page = f", p. {item.page}" if item.page else ""
            console.print(f"    {item.kind}{page}: {escape(' '.join(item.excerpt.split()))}", style="dim")
    console.print(f"{len(waiting)} wait for a person")


def show_status(console: Console, status: schemas.StatusView) -> None:
    """The findings of `doctor`, each with its remedy."""
    console.print(f"[bold]Sourcier {status.version}[/]")
    for finding in status.findings:
        console.print(f"{_SIGNS[finding.state]} {finding.subject}: {escape(finding.value)}")
        if finding.remedy:
            console.print(f"    {escape(finding.remedy)}", style="dim")
    console.print(
        f"{_SIGNS['ok']} resident memory: {status.resident_memory_mb:.0f} MB, with PostgreSQL and other children "
        f"{status.resident_memory_tree_mb:.0f} MB"
    )


def show_never_stored(console: Console, found: NeverStoredList) -> None:
    """Files of which nothing is stored, each with its reason; nothing where there is none."""
    if not found.total:
        return
    console.print(f"Of {found.total} more, nothing could be stored:")
    for file in found.items:
        console.print(
            f"{file.corpus_id}/{one_line(file.path)}  [bold]failed[/] — {escape(f'{file.code}: {file.message}')}"
        )


def show_document(console: Console, document: schemas.DocumentView) -> None:
    """A document of a list: its id, place and state, and why or since when where that is known."""
    state = "withdrawn" if document.withdrawn_at else document.state
    reason = f" — {document.failure_code}: {document.failure_message}" if document.failure_code else ""
    if document.pages_without_text:
        reason += f" — {document.pages_without_text} of {document.page_count} pages gave no text"
    if document.purged_at:
        who = f" by {document.purged_by}" if document.purged_by else ""
        state, reason = "purged", f" {document.purged_at:%Y-%m-%d %H:%M}{who}"
    console.print(
        f"[dim]{document.id}[/] {document.corpus_id}/{one_line(document.path)}  [bold]{state}[/]{escape(reason)}"
    )
