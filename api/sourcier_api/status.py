"""What `sourcier doctor` and the status page show: engines, models, memory, and what is missing."""

import dataclasses
import os
import shutil
from pathlib import Path

import psutil

from sourcier_api.application import Services
from sourcier_api.schemas import RefusalEffectView, StatusFinding, StatusView
from sourcier_api.version import software_version
from sourcier_core.db import corpora, reconciliations, vector_spaces
from sourcier_core.domain.search import EmbeddingModelIdentity
from sourcier_core.errors import SourcierError
from sourcier_core.isolation import network_of_children
from sourcier_core.settings import Settings
from sourcier_ingest.parsing.libre_office import converter
from sourcier_ingest.parsing.recognition_data import DEFAULT_DATA
from sourcier_retrieval.refusal_effect import REFUSAL_EFFECTS

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_STATIC = Path(__file__).parent / "static" / "index.html"


def resident_memory_mb() -> tuple[float, float]:
    """Resident memory of this process, and of it with all its children (shared pages counted once), in MB."""
    process = psutil.Process(os.getpid())
    own = process.memory_info().rss
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_full_info().pss
        except psutil.Error:
            continue
    return round(own / 2**20, 1), round(total / 2**20, 1)


def _isolation() -> StatusFinding:
    subject = "parsers' network"
    try:
        ways = network_of_children()
    except SourcierError as error:
        return StatusFinding(subject=subject, state="error", value=error.message)
    if ways == "python":
        remedy = "The kernel permits neither a network namespace nor a seccomp filter to this process."
        return StatusFinding(subject=subject, state="warning", value="closed in Python only", remedy=remedy)
    names = ways.replace("namespace", "network namespace").replace("filter", "system call filter").replace("+", ", ")
    return StatusFinding(subject=subject, state="ok", value=f"closed by the kernel: {names}")


def _recognition(folder: Path | None) -> StatusFinding:
    place = folder or DEFAULT_DATA
    found = [name for name in ("fra", "eng") if (place / f"{name}.traineddata").is_file()]
    if len(found) == 2:
        return StatusFinding(subject="text recognition", state="ok", value=f"French and English, from {place}")
    remedy = "Debian: apt-get install tesseract-ocr-fra tesseract-ocr-eng tesseract-ocr-osd"
    return StatusFinding(
        subject="text recognition", state="warning", value="scanned pages cannot be read", remedy=remedy
    )


def _old_formats() -> StatusFinding:
    found = converter()
    if found is not None:
        return StatusFinding(subject="LibreOffice", state="ok", value=f"DOC and PPT are read with {found}")
    remedy = "Debian: apt-get install --no-install-recommends libreoffice-writer-nogui libreoffice-impress-nogui"
    return StatusFinding(subject="LibreOffice", state="warning", value="DOC and PPT cannot be read", remedy=remedy)


def _reconciliation(services: Services) -> StatusFinding:
    try:
        with services.engines.database.transaction() as connection:
            found = reconciliations.last_reconciliation(connection)
    except SourcierError as error:
        return StatusFinding(subject="reconciliation", state="error", value=error.message)
    if found is None:
        return StatusFinding(subject="reconciliation", state="ok", value="not run yet; it runs every night")
    count = sum(found.report["kinds"].values())
    return StatusFinding(
        subject="reconciliation",
        state="warning" if count else "ok",
        value=f"{found.finished_at:%Y-%m-%d %H:%M} UTC, {count} findings",
        remedy="Look at them with `sourcier reconcile`; put right what can be with --repair." if count else None,
    )


def _page() -> StatusFinding:
    if _STATIC.is_file():
        return StatusFinding(subject="page", state="ok", value="built")
    remedy = "Install Node.js 20 or newer, then run `make ui`."
    return StatusFinding(subject="page", state="warning", value="not built; the API works", remedy=remedy)


def _chat(services: Services) -> StatusFinding:
    backend = services.engines.settings.chat_backend
    if backend == "quotes":
        remedy = "Set SOURCIER_CHAT_BACKEND (openai, gguf or transformers) to have answers written by a model."
        return StatusFinding(subject="chat model", state="ok", value="none: answers are exact quotes", remedy=remedy)
    place = services.engines.settings.chat_url or ""
    return StatusFinding(
        subject="chat model", state="ok", value=f"{backend} {services.engines.settings.chat_model} {place}".strip()
    )


def _reranker(services: Services) -> StatusFinding:
    settings, reranking = services.engines.settings, services.search.reranking
    if reranking is None:
        remedy = "Set SOURCIER_RERANKER_URL or SOURCIER_RERANKER_MODEL to have the best passages put in order anew."
        if settings.late_interaction:
            remedy += " Late interaction needs the default embedding model."
        return StatusFinding(subject="reranker", state="ok", value="none: the search's own order", remedy=remedy)
    value = f"{reranking.name}: the first {reranking.candidates} passages, within {reranking.timeout_s:g} s"
    if reranking.failure is None:
        return StatusFinding(subject="reranker", state="ok", value=value)
    remedy = f"It failed, and the search keeps its first order until it works again: {reranking.failure}"
    return StatusFinding(subject="reranker", state="warning", value=value, remedy=remedy)


def _entailment(services: Services) -> StatusFinding:
    judge = services.judge
    if judge is None:
        remedy = "Set SOURCIER_ENTAILMENT_MODEL to have a model's claims judged by an entailment model too."
        return StatusFinding(subject="entailment", state="ok", value="none: claims are judged by words", remedy=remedy)
    value = f"{judge.name}, from a probability of {judge.threshold:g}"
    if judge.failure is None:
        return StatusFinding(subject="entailment", state="ok", value=value)
    remedy = f"It failed, and claims are judged by words alone until it works again: {judge.failure}"
    return StatusFinding(subject="entailment", state="warning", value=value, remedy=remedy)


def _database(services: Services) -> list[StatusFinding]:
    database = services.engines.database
    kind = "private, in the data directory" if database.embedded else "external"
    try:
        version = database.server_version()
        with database.transaction() as connection:
            counts = corpora.count_published(connection)
    except SourcierError as error:
        return [StatusFinding(subject="PostgreSQL", state="error", value=error.message)]
    documents, passages = (sum(column) for column in zip(*counts.values(), strict=True)) if counts else (0, 0)
    return [
        StatusFinding(subject="PostgreSQL", state="ok", value=f"{version} ({kind})"),
        StatusFinding(
            subject="documents", state="ok", value=f"{documents} published, {passages} passages, {len(counts)} corpora"
        ),
    ]


def _index(services: Services) -> StatusFinding:
    try:
        found = services.engines.index.describe()
    except SourcierError as error:
        return StatusFinding(subject="index", state="error", value=error.message)
    return StatusFinding(subject="index", state="ok", value=f"{found.engine}, {found.points} points, {found.location}")


def _describe(identity: EmbeddingModelIdentity) -> str:
    return f"{identity.name}, {identity.dimension} dimensions, {identity.fingerprint[:12]}"


def _embedding(services: Services) -> list[StatusFinding]:
    spaces = services.engines.spaces
    findings = [StatusFinding(subject="embedding model", state="ok", value=_describe(spaces.serving.identity))]
    building = spaces.building
    if building is None:
        return findings
    try:
        with services.engines.database.transaction() as connection:
            known = {record.identity: record for record in vector_spaces.list_vector_spaces(connection)}
    except SourcierError as error:
        return [*findings, StatusFinding(subject="new embedding model", state="error", value=error.message)]
    record = known.get(building.identity)
    done, total = (record.passages_done, record.passages_total) if record is not None else (0, 0)
    value = f"{_describe(building.identity)}: {done} of {total} passages; the model above answers until all are done"
    if record is not None and record.message is not None:
        remedy = f"It stands still and is tried again: {record.message}"
        return [*findings, StatusFinding(subject="new embedding model", state="warning", value=value, remedy=remedy)]
    return [*findings, StatusFinding(subject="new embedding model", state="ok", value=value)]


def _sign_in(settings: Settings) -> StatusFinding:
    if settings.proxy_secret is not None:
        value = f"by the proxy in front; members of {settings.administrator_group} are administrators"
        return StatusFinding(subject="sign-in", state="ok", value=value)
    value = "none: whoever reaches this address is the administrator"
    if settings.host in _LOOPBACK:
        return StatusFinding(subject="sign-in", state="ok", value=value)
    remedy = "Listen on 127.0.0.1, or put a sign-in proxy in front and set SOURCIER_PROXY_SECRET."
    return StatusFinding(subject="sign-in", state="warning", value=value, remedy=remedy)


def _disk(folder: Path) -> StatusFinding:
    usage = shutil.disk_usage(folder)
    free = usage.free / 2**30
    state = "ok" if free > 2 else "warning"
    return StatusFinding(subject="data directory", state=state, value=f"{folder}, {free:.1f} GiB free")


def examine(services: Services) -> StatusView:
    """Every finding about the running application."""
    own, tree = resident_memory_mb()
    return StatusView(
        version=software_version(),
        findings=[
            *_database(services),
            _index(services),
            *_embedding(services),
            _reranker(services),
            _entailment(services),
            _chat(services),
            _recognition(services.engines.settings.ocr_data_dir),
            _old_formats(),
            _isolation(),
            _reconciliation(services),
            _sign_in(services.engines.settings),
            _page(),
            _disk(services.engines.settings.data_dir),
        ],
        resident_memory_mb=own,
        resident_memory_tree_mb=tree,
        refusal_threshold=services.engines.settings.refusal_threshold,
        refusal_effects=[RefusalEffectView.model_validate(dataclasses.asdict(effect)) for effect in REFUSAL_EFFECTS],
    )
