"""The servers of the tests of connectors and sources: each is started once, when the first test wants it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from connectors.servers import SERVERS, Server


@pytest.fixture(scope="session")
def _started() -> Iterator[tuple[dict[str, Server], ExitStack]]:
    with ExitStack() as stack:
        yield {}, stack


@pytest.fixture
def server(request: pytest.FixtureRequest, _started: tuple[dict[str, Server], ExitStack]) -> Iterator[Server]:
    """The server of the kind that the test is parametrized with (`indirect`)."""
    kind = request.param
    servers, stack = _started
    if kind not in servers:
        # Others than the user of these tests have to get at it, which pytest's own folders do not let them.
        folder = Path(tempfile.mkdtemp(prefix=f"sourcier-{kind}-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        servers[kind] = stack.enter_context(SERVERS[kind](folder))
    started = servers[kind]
    before = started.names()
    yield started
    started.proxy.reset()
    for name in started.names() - before:  # the next test finds the tree as it was
        started.remove(name)
