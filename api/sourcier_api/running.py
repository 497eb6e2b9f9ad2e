"""Serves the application, or runs one for the length of a command."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Generator

import uvicorn
from fastapi import FastAPI

from sourcier_api.announcement import RunningApplication, announce, withdraw_announcement
from sourcier_api.application import Services, make_services
from sourcier_api.server import create_application
from sourcier_core.composition import open_engines
from sourcier_core.errors import ConfigurationError, EngineUnavailable, SourcierError
from sourcier_core.settings import Settings

logger = logging.getLogger(__name__)

_START_PATIENCE_S = 120.0


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Port {port} of {host} cannot be used ({error.strerror}); choose another with SOURCIER_PORT."
        ) from error
    return listener


def _configuration(application: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(application, log_level="warning", lifespan="on", timeout_graceful_shutdown=5, ws="none")


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` is told the address once everything is open.

    Raises:
        SourcierError: an engine cannot be opened, or the port is taken.
    """
    listener = bind(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listener.getsockname()[1]}"
    failures: list[SourcierError] = []

    def opened(services: Services) -> None:
        announce(settings.data_dir, RunningApplication(url=url, token=services.local_token))

    server = _serving(settings, opened, failures, ready=lambda: ready(url))
    try:
        with contextlib.suppress(KeyboardInterrupt):  # the way to stop it; everything has been closed by then
            server.run(sockets=[listener])
    finally:
        listener.close()
        withdraw_announcement(settings.data_dir)
    if failures:
        raise failures[0]


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, configuration: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(configuration)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open everything, then tell."""
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


def _serving(
    settings: Settings,
    opened: Callable[[Services], None],
    failures: list[SourcierError],
    *,
    ready: Callable[[], None],
) -> uvicorn.Server:
    # An external index has its own workers; the embedded one is worked on by its owner.
    run_worker = settings.qdrant_url is None

    def open_services() -> Services:
        try:
            services = make_services(open_engines(settings))
        except SourcierError as error:
            failures.append(error)
            raise
        opened(services)
        return services

    application = create_application(open_services, allowed_hosts=settings.allowed_hosts, run_worker=run_worker)
    return _Server(_configuration(application), ready)


@contextlib.contextmanager
def running(settings: Settings) -> Generator[RunningApplication]:
    """An application of this process on a free loopback port, while the block lasts.

    Raises:
        SourcierError: an engine cannot be opened.
    """
    listener = bind("127.0.0.1", 0)
    started = threading.Event()
    tokens: list[str] = []
    failures: list[SourcierError] = []
    server = _serving(settings, lambda services: tokens.append(services.local_token), failures, ready=started.set)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), name="application", daemon=True)
    thread.start()
    deadline = time.monotonic() + _START_PATIENCE_S
    while not started.wait(0.05):
        if failures:
            raise failures[0]
        if not thread.is_alive() or time.monotonic() > deadline:
            raise EngineUnavailable("The application did not start.")
    try:
        yield RunningApplication(url=f"http://127.0.0.1:{listener.getsockname()[1]}", token=tokens[0])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
