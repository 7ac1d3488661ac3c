"""The index's file: a SQLite database that may be thrown away at any time, and is where it cannot be used.

It owns how the file is opened, made anew where it is missing, damaged or another's, also while another instance uses
it, and replaced by memory where the folder cannot be written. What is in it, it does not know. Every use opens the
file for itself: any thread may, and a file that was put in the place of another is noticed.
"""

import contextlib
import logging
import os
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from agent.errors import LibraryError
from agent.library.metadata import changing

__all__ = ["Damaged", "Database"]

log = logging.getLogger(__name__)

_BUSY = 5.0
"""Seconds to wait for another instance's change."""
_OURS = 0x7469636B
"""Stands in the file's header as the application that made it."""
_UNREADABLE = -1
"""The identity of a damaged file."""
_TRIES = 5
_BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DISK_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_CANNOT_WRITE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH})
_COMPANIONS = ("", "-wal", "-shm", "-journal")
T = TypeVar("T")


class Damaged(Exception):
    """What was read cannot have been written by this version: the file is to be made anew."""


class Database:
    """One database in a folder of its own instance's making."""

    def __init__(self, path: Path, make: Callable[[sqlite3.Connection], None]) -> None:
        """`make` fills a new database with its tables."""
        self.path = path
        self._make = make
        self._memory: sqlite3.Connection | None = None
        self._memory_lock = threading.RLock()
        self.problem: str | None = None
        """Why it is kept in memory, in one line."""

    @property
    def identity(self) -> int | None:
        """Another whenever the database was made anew, by whomever; None where there is none."""
        if self._memory is not None:
            return id(self._memory)
        if not self.path.exists():
            return None
        # Never by reading the file: to close it would let go of all locks that SQLite holds on it in this process.
        try:
            with contextlib.closing(_connect(self.path)) as connection:
                return int(connection.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.Error:
            return _UNREADABLE

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` gives; again on a new database where this one is damaged.

        Raises:
            LibraryError: the disk is full, or another instance does not let go.
        """
        for left in reversed(range(_TRIES)):
            opened: os.stat_result | None = None
            try:
                with self._connection() as (connection, opened):
                    return work(connection)
            except (sqlite3.Error, Damaged) as error:
                self._recover(error, opened, left)
        raise LibraryError(f"{self.path} cannot be used: delete it")

    def change(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do all of `work` or nothing of it; again on a new database where this one is damaged.

        Raises:
            LibraryError: as for `read`.
        """

        def transaction(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            try:
                work(connection)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

        self.read(transaction)

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Spare many changes in a row the cost of closing the file after each."""
        with contextlib.ExitStack() as stack:
            if self._memory is None:
                with contextlib.suppress(OSError, sqlite3.Error, Damaged, LibraryError):  # the next use deals with it
                    stack.enter_context(contextlib.closing(self._open()[0]))
            yield

    # Opening

    @contextmanager
    def _connection(self) -> Iterator[tuple[sqlite3.Connection, os.stat_result | None]]:
        if self._memory is None:
            try:
                connection, status = self._open()
            except FileNotFoundError as error:  # taken away in between
                raise Damaged("it is gone") from error
            except (OSError, LibraryError) as error:
                self._use_memory(error)
            else:
                with contextlib.closing(connection):
                    yield connection, status
                return
        with self._memory_lock:
            assert self._memory is not None  # noqa: S101 - it is never left again
            yield self._memory, None

    def _open(self) -> tuple[sqlite3.Connection, os.stat_result]:
        if not self.path.exists():
            self._replace(None)
        status = self.path.stat()
        connection = _connect(self.path)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            if connection.execute("PRAGMA application_id").fetchone() != (_OURS,):
                raise Damaged("another program's file")
        except BaseException:
            connection.close()
            raise
        return connection, status

    def _replace(self, damaged: os.stat_result | None) -> None:
        """Put a new database in the place of none, or of the damaged one, unless another instance has by now."""
        with changing(self.path.parent):
            if self.path.exists() and (damaged is None or not os.path.samestat(self.path.stat(), damaged)):
                return
            # Whole or not there at all: whoever opens it finds its tables. Where it cannot be made, the old one stays.
            new = self.path.with_name(f".{self.path.name}")
            new.unlink(missing_ok=True)
            os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            with contextlib.closing(_connect(new)) as connection:
                connection.execute("PRAGMA synchronous = OFF")  # an empty one is not worth waiting for the disk
                self._fill(connection)
                connection.execute("PRAGMA journal_mode = WAL")
            for companion in _COMPANIONS:
                self.path.with_name(self.path.name + companion).unlink(missing_ok=True)
            new.replace(self.path)

    def _fill(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA application_id = {_OURS}")
        # By this a new file is known: the system may give it the number of a removed one again.
        connection.execute(f"PRAGMA user_version = {secrets.randbits(31)}")
        connection.execute("BEGIN")
        self._make(connection)
        connection.execute("COMMIT")

    def _recover(self, error: Exception, opened: os.stat_result | None, left: int) -> None:
        """Make one of the attempts that are left worth while, or raise."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _BUSY_CODES or self._memory is not None:
            raise LibraryError(f"{self.path}: {error}; nothing was changed") from error
        # It may be only that another instance has taken the file away in between.
        if code in _DISK_CODES and left > 2:
            return
        if code == sqlite3.SQLITE_FULL and opened is not None:
            raise LibraryError(f"{self.path}: {error}; nothing was changed") from error
        # What cannot be read time and again may be what belongs to another file of that name: a new one has a chance.
        if code == sqlite3.SQLITE_FULL or code in _CANNOT_WRITE or (code == sqlite3.SQLITE_IOERR and left <= 1):
            self._use_memory(error)
            return
        log.warning("the index is made anew: %s (%s)", error, getattr(error, "sqlite_errorname", "found by us"))
        try:
            self._replace(opened or self.path.stat())
        except FileNotFoundError:
            return
        except (OSError, sqlite3.Error, LibraryError) as refused:
            self._use_memory(refused)

    def _use_memory(self, error: Exception) -> None:
        with self._memory_lock:
            if self._memory is None:
                log.warning("the index is kept in memory: %s", error)
                self.problem = f"the index of sessions is kept in memory: {error}"
                memory = _connect(":memory:")
                self._fill(memory)
                self._memory = memory
                weakref.finalize(self, memory.close)


def _connect(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
