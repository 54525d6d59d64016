"""Engines on the published lake that many requests share: what one of them may take of time, memory and turns.

A request reads one published copy from its first statement to its last; the next one reads the newest. An engine is sealed
(``warehouse.lake.readonly``) before anybody gets it, so nothing that is asked through it writes, reads another file or changes a setting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING

from flows.home.house import House
from warehouse.lake.opening import connect, damage
from warehouse.lake.readonly import out_of_memory, seal
from warehouse.schema.errors import TookTooLong, TooMany, TooMuch
from warehouse.upkeep.whole import refuse_empty

if TYPE_CHECKING:
    import duckdb

AT_ONCE = 6
"""Requests that work side by side; more of them make two processors no faster."""
FRESH_S = 15.0
"""So long a lake on servers is read as it was when its engine was opened; a home's copy is looked at with every request."""
PATIENCE_S = 300.0
"""For a turn: of twenty who ask at once each waits for what is before it, on a busy machine minutes, and gets its answer."""
AGAIN_S = 0.2
"""A cut that comes between two statements of one request is made again until that request is over."""


class _Engine:
    """One copy of the lake, open, with a connection for each request that works at the same time."""

    def __init__(self, house: House, copy: object, at_once: int, memory_mb: int) -> None:
        self.copy, self.opened, self.readers = copy, time.monotonic(), 0
        self.root = refuse_empty(house.journal, connect(house.place))
        self.free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
        for _ in range(at_once):
            con = self.root.cursor()
            con.execute("SET TimeZone = 'UTC'")  # a cursor has settings and a current catalogue of its own
            con.execute("USE lake.mart")  # what is named without a schema is a view for questions, as in the command
            self.free.put(con)
        seal(self.root, memory_mb=memory_mb)

    def close(self) -> None:
        while not self.free.empty():
            self.free.get().close()
        self.root.close()


class Readers:
    """The engines of one home: the newest copy's, and older ones for as long as a request reads them."""

    def __init__(self, house: House, *, memory_mb: int, at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> None:
        self.house, self.memory_mb, self.at_once, self.patience_s = house, memory_mb, at_once, patience_s
        self._turns = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._newest: _Engine | None = None

    @contextmanager
    def reading(self, within_s: float, past: Callable[[], duckdb.DuckDBPyConnection] | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one request; ``past`` opens one on the lake as it was on another day.

        Raises TooMany where no turn comes, TookTooLong where the time is over, EntrepotError where the lake cannot be read.
        """
        if not self._turns.acquire(timeout=self.patience_s):
            raise TooMany("more is asked at once than this machine answers: ask again in a minute")
        try:
            with self._shared() if past is None else self._own(past()) as con, bounded(con, within_s):
                yield con
        finally:
            self._turns.release()

    @contextmanager
    def _shared(self) -> Iterator[duckdb.DuckDBPyConnection]:
        engine = self._engine()
        con = engine.free.get()
        try:
            yield con
        finally:
            engine.free.put(con)
            self._left(engine)

    @contextmanager
    def _own(self, con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
        with con:
            con.execute("USE memory.mart")
            seal(con, memory_mb=self.memory_mb)
            yield con

    def close(self) -> None:
        """Let go of the newest copy."""
        with self._lock:
            if self._newest is not None:
                self._newest.close()
            self._newest = None

    def _engine(self) -> _Engine:
        with self._lock:
            copy = self.house.place.current() if not self.house.place.shared else None
            engine = self._newest
            old = engine is None or engine.copy != copy or (self.house.place.shared and time.monotonic() - engine.opened > FRESH_S)
            if old:
                self.house.make_sure()
                fresh = _Engine(self.house, copy, self.at_once, self.memory_mb)
                self._newest = fresh
                if engine is not None and not engine.readers:
                    engine.close()
                engine = fresh
            assert engine is not None
            engine.readers += 1
            return engine

    def _left(self, engine: _Engine) -> None:
        with self._lock:
            engine.readers -= 1
            if not engine.readers and engine is not self._newest:
                engine.close()


def past_of(house: House, as_of: str | None, known_on: str | None) -> Callable[[], duckdb.DuckDBPyConnection] | None:
    """What opens the lake as it answered then, or with what was public on a day; None for the present."""
    if as_of is None and known_on is None:
        return None

    def opened() -> duckdb.DuckDBPyConnection:
        from warehouse.history import past

        zone = house.settings.tz
        return past.connect_past(house.place, as_of=as_of, tz=zone, known_on=past.day_end(known_on, zone) if known_on else None)

    return opened


@contextmanager
def bounded(con: duckdb.DuckDBPyConnection, within_s: float) -> Iterator[None]:
    """Cut what a connection is at when its time is over, and say so: raises TookTooLong, and the named errors of a damaged lake."""
    import duckdb

    done, cut = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(within_s):
            return
        cut.set()
        while not done.is_set():
            with suppress(Exception):
                con.interrupt()
            done.wait(AGAIN_S)

    watching = threading.Thread(target=watch, name="bounded", daemon=True)
    watching.start()
    try:
        yield
    except duckdb.Error as error:
        raise _told(error, cut.is_set(), within_s) from error
    finally:
        done.set()
        watching.join()


def _told(error: duckdb.Error, cut: bool, within_s: float) -> Exception:
    if cut:
        return TookTooLong(f"cut after {within_s:g} seconds: ask for less at once, or set ENTREPOT_WEB_WITHIN_S higher")
    if too_large := out_of_memory(error, "ENTREPOT_SQL_MEMORY_MB"):
        return TooMuch(str(too_large))
    return damage(error) or error
