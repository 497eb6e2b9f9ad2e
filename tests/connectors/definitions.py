"""Definitions of sources for tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.servers import Server
from sourcier_core.domain.sources import Credentials, SourceDefinition
from sourcier_ingest.connectors.opening import open_source
from sourcier_ingest.connectors.remote import RemoteSource
from sourcier_ingest.connectors.walk_progress import WalkProgress

LIMIT = 200_000


def definition(url: str, **changes: Any) -> SourceDefinition:
    made = SourceDefinition(
        id="6f1f6f0e-7c8e-4c52-9f0b-0d2f4f1b2c3d",
        corpus_id="hr",
        name="Archive",
        url=url,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return replace(made, **changes)


def opened(
    server: Server,
    url: str | None = None,
    *,
    credentials: Credentials | None = None,
    timeout_s: float = 10.0,
    retry_waits_s: tuple[float, ...] = (0.05,),
    progress: WalkProgress | None = None,
    **changes: Any,
) -> RemoteSource:
    source = open_source(
        definition(url or server.at(), **changes),
        credentials or server.credentials,
        max_file_bytes=LIMIT,
        timeout_s=timeout_s,
        retry_waits_s=retry_waits_s,
        progress=progress,
    )
    assert isinstance(source, RemoteSource)
    return source
