"""What every test shares: no network but loopback, and one private PostgreSQL for the whole run."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("SCARF_NO_ANALYTICS", "1")
for _size in ("COLUMNS", "LINES"):  # set for the workers that tests run in; consoles made at import would keep them
    os.environ.pop(_size, None)

pytest_plugins = ["connectors.started_servers"]

_real_connect = socket.socket.connect
_real_connect_ex = socket.socket.connect_ex
_real_sendto = socket.socket.sendto
_real_getaddrinfo = socket.getaddrinfo


class NetworkClosed(OSError):
    """A test tried to leave this machine."""


def _check(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"localhost", "", "None"}:
        return
    try:
        loopback = ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NetworkClosed(f"tests may not reach {name}")


def _check_address(sock: socket.socket, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        _check(address[0])


def _connect(self: socket.socket, address: Any) -> None:
    _check_address(self, address)
    _real_connect(self, address)


def _connect_ex(self: socket.socket, address: Any) -> int:
    _check_address(self, address)
    return _real_connect_ex(self, address)


def _sendto(self: socket.socket, *arguments: Any) -> int:
    _check_address(self, arguments[-1])
    return _real_sendto(self, *arguments)


def _getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
    _check(host)
    return _real_getaddrinfo(host, *arguments, **options)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate-golden", action="store_true", help="write what is found as what is approved")


def pytest_configure() -> None:
    """Close every way out but loopback, before any test module is imported."""
    socket.socket.connect = _connect  # type: ignore[method-assign]
    socket.socket.connect_ex = _connect_ex  # type: ignore[method-assign]
    socket.socket.sendto = _sendto  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = _getaddrinfo


_LONG_FILES = frozenset(
    ["test_examples.py", "test_random_kills.py", "test_real_model.py", "test_full_disk.py", "test_sources.py"]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.path.name not in _LONG_FILES)


@pytest.fixture(scope="session")
def postgresql_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("postgresql")


@pytest.fixture(scope="session")
def _server_database(postgresql_folder: Path) -> Iterator[Any]:
    from sourcier_core.db.database import open_database

    database = open_database(postgresql_folder)
    yield database
    database.close()


@pytest.fixture
def database(_server_database: Any) -> Iterator[Any]:
    """The shared database, emptied before the test."""
    from sqlalchemy import text

    from sourcier_core.db.tables import metadata

    names = ", ".join(table.name for table in metadata.sorted_tables)
    with _server_database.transaction() as connection:
        connection.execute(text(f"TRUNCATE {names}, procrastinate_jobs, procrastinate_events CASCADE"))
    return _server_database
