"""Open the lake: the only module that does (DESIGN §4).

Where it is and how it is locked, attached and swept there is its place's: ``embedded`` (SQLite and a folder) or ``served``
(PostgreSQL and an object store), both behind ``place.AnyPlace``. What is written is decided in ``commit``; tables come from
``migrate``.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from warehouse.archive.disk import refusal
from warehouse.lake.embedded import Place as Place
from warehouse.lake.place import AnyPlace as AnyPlace
from warehouse.lake.place import Held, extension, metadata
from warehouse.lake.sqlite import busy
from warehouse.schema.errors import EntrepotError, LakeDamaged, OtherVersion, Unreachable

MEMORY = "3GB"
"""What DuckDB may hold in memory for a writer where nothing is set; Polars and Python come on top, below the design's 4 GiB."""
_memory = MEMORY


def may_use(memory: str) -> None:
    """How much memory the engine of a writer of this process may use from now on, such as ``3GB``: a setting of the home."""
    global _memory
    _memory = memory


ONE_THREAD = "SET threads = 1"
"""A writer works with one thread and takes the others for what is large (``all_threads``). With several, DuckLake 1.0 writes beside
memory that is its own: ``ducklake_flush_inlined_data`` over six small tables ended with a damaged heap four times in 1,200 calls on
a busy machine, and never in 2,200 with one (2026-11-28). And a commit asks the catalogue a hundred small questions, for each of
which DuckDB wakes every thread: one of 60 rows took 0.39 s of processor time with two and 0.22 s with one (2026-11-24).
A reader of a small lake too: what it asks is asked of the catalogue above all. ``get`` took 0.31 s of processor time in its statements
with two threads and 0.19 s with one (2026-11-30)."""
MANY_ROWS = 500_000
"""Rows of one table from which a reader has every thread there is: DuckDB shares a scan out by groups of 122,880 rows."""

INLINED_ROWS = 1000
"""Smaller changes stay in the catalogue until a flush, so that a small commit writes no Parquet file. Given at each attach:
setting the option again on a lake that has it ended DuckDB 1.5.5 with a segmentation fault (2026-11-24)."""
FLUSH_ROWS = 4_000
"""Rows of one table in the catalogue from which they go to a file. A file of which rows were deleted is never merged with others
while older snapshots read it, so each flush with revisions adds to the lake for good: with one for every 50 loads, 231 nights left
36 files, with this rule a thousand left 30, at the same time for a commit (2026-11-24, docs/benchmarks.md)."""
FLUSH_EVERY = 500
"""Commits after which they go in any case."""


def engine(place: AnyPlace | None = None, *, reading: bool = False) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with what a place needs loaded from the installed wheels, and the place's passwords; nothing is downloaded.

    Extensions are code of the installed packages like the rest of them, and their signatures are not proved again at each start:
    that took 0.27 s of every command's and every connection's time (2026-11-28). What anybody loads afterwards is proved again.
    """
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
                                 "allow_unsigned_extensions": "true"})
    con.execute("SET TimeZone='UTC'")
    if reading:
        con.execute(ONE_THREAD)
    con.execute(f"LOAD '{extension('ducklake')}'")
    if place is not None:
        introduce(con, place, reading=reading)
    con.execute("SET allow_unsigned_extensions = false")
    return con


@contextmanager
def all_threads(con: duckdb.DuckDBPyConnection, wanted: bool = True) -> Iterator[None]:
    """A writer's engine with every thread there is, for reading much or for one large statement; never to flush, merge or rewrite."""
    if wanted:
        con.execute("RESET threads")
    try:
        yield
    finally:
        if wanted:
            con.execute(ONE_THREAD)


def introduce(con: duckdb.DuckDBPyConnection, place: AnyPlace, *, reading: bool = False) -> None:
    """Load what a place needs and tell the engine the place's passwords; ``reading``: only those of a reader."""
    for name in place.extensions:
        con.execute(f"LOAD '{extension(name)}'")
    for secret in place.secrets(reading):
        con.execute(secret)


def connect(place: AnyPlace) -> duckdb.DuckDBPyConnection:
    """A read-only connection on the published lake, with ``lake`` as the current catalogue.

    Raises EntrepotError when nothing was loaded yet, LakeDamaged when it cannot be opened, Unreachable when a server is away.
    """
    con = engine(place, reading=True)
    attach(con, place)
    return con


def attach(con: duckdb.DuckDBPyConnection, place: AnyPlace, name: str = "lake", *options: str) -> None:
    """Attach the published lake to an engine under a name, read-only, and make it the current catalogue.

    Raises as ``connect`` does.
    """
    copy = place.current()
    if copy is None:
        raise place.missing()
    introduce(con, place, reading=True)
    statement = place.reading(name, *options)
    place.stand_on(con, statement)
    try:
        con.execute(statement)
    except duckdb.Error as error:
        raise unreachable(error) or busy(error) or LakeDamaged(
            f"{copy} cannot be opened: {str(error).splitlines()[0]}. entrepot maintain publishes it again, or "
            "entrepot rebuild makes the lake anew from the archive") from error
    if not options:
        try:
            _of_this_version(con, copy, name)
            ((rows,),) = con.execute(f"SELECT coalesce(max(record_count), 0) FROM {metadata(con, name)}table_stats").fetchall()
            if rows >= MANY_ROWS:
                con.execute("RESET threads")
        except duckdb.Error as error:
            raise unreachable(error) or LakeDamaged(
                f"{copy} cannot be read: {str(error).splitlines()[0]}. entrepot maintain publishes it again, or entrepot rebuild makes "
                "the lake anew from the archive") from error


def _of_this_version(con: duckdb.DuckDBPyConnection, copy: Path | str, name: str) -> None:
    """Raise OtherVersion for a lake that another version of Entrepot wrote last, naming the way out."""
    from warehouse.lake.migrate import differs, migrations

    try:
        found = dict(con.execute(f"SELECT name, sha256 FROM {name}.ops.migration").fetchall())
    except duckdb.CatalogException:
        found = {}
    applied = {step for step in found if step[:4].isdigit()}
    ours = {step.stem for step in migrations()}
    if applied - ours:
        raise OtherVersion(f"{copy} was written by a newer Entrepot (it has {max(applied - ours)}): update Entrepot")
    if ours - applied:
        raise OtherVersion(f"{copy} was written by an older Entrepot (it lacks {min(ours - applied)}): entrepot maintain brings "
                           "the lake to this version, and so does any load")
    if what := differs(found):
        raise OtherVersion(f"{copy} was written by another Entrepot ({what} from this one's): entrepot maintain brings the lake to this "
                           "version, and so does any load")


def damage(error: Exception) -> EntrepotError | None:
    """What an engine's error says of a server that is away, of a catalogue that is locked, or of a damaged or missing file of the
    lake, with the way out; None for any other error.
    """
    if away := unreachable(error) or busy(error):
        return away
    if isinstance(error, duckdb.OutOfMemoryException):
        return EntrepotError("this takes more memory than there is: ask for less at a time, or on a larger machine")
    if _FLUSHED_AWAY.search(str(error)):
        return EntrepotError("the lake was brought to another version of Entrepot while this was reading: run it again")
    found = re.search(r"[^\s'\"]+\.(?:parquet|sqlite)\b", str(error))
    if found is None:
        return None
    return LakeDamaged(f"{found[0]} is missing or damaged ({str(error).splitlines()[0]}): entrepot rebuild makes the lake "
                       "anew from the archive; entrepot verify says what else is wrong")


_FLUSHED_AWAY = re.compile(r"relation \"[^\"]*ducklake_inlined_data_\d+_\d+\" does not exist")
"""A reader that attached before a migration names a table that the flush after it drops (ducklake#1413)."""
_AWAY = re.compile(
    r"unable to connect to postgres|server closed the connection|terminating connection|connection to server|no connection to the server"
    r"|the database system is (?:starting|shutting)|could not (?:connect to server|resolve)|connection (?:error|refused|reset)"
    r"|timeout was reached|failure when receiving data|HTTP (?:code )?5\d\d|error for HTTP", re.IGNORECASE)


def unreachable(error: Exception) -> Unreachable | None:
    """What an engine's error says of a server that does not answer, or None."""
    text = str(error)
    if not isinstance(error, duckdb.Error) or not _AWAY.search(text):
        return None
    server = re.search(r"server at \"([^\"]+)\"(?: \([^)]*\))?, port (\d+)", text)
    store = re.search(r"https?://[^/'\s]+", text)
    postgres = re.search("postgres|terminating|server closed|database system", text, re.IGNORECASE)
    what = (f"PostgreSQL at {server[1]}:{server[2]}" if server else f"the object store at {store[0]}" if store else
            "PostgreSQL" if postgres else "a server of the lake")
    return Unreachable(f"{what} does not answer. Nothing stored is lost; run again when it does")


class Writer:
    """The lake, open for writing, under the lock. ``con`` has ``lake`` as its current catalogue."""

    def __init__(self, place: AnyPlace, con: duckdb.DuckDBPyConnection, held: Held) -> None:
        self.place, self.con, self.held = place, con, held
        self._committed = 0

    def snapshot(self) -> int:
        """Our number of the newest load; 0 before the first."""
        (number,) = self.con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        return int(number)

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """What is read inside is read of one state of the lake, and each statement costs a third: DuckLake looks the newest state up
        once. Only temporary tables may be written; they stay, but where it fails."""
        self.con.execute("BEGIN")
        try:
            yield
            self.con.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                self.con.execute("ROLLBACK")
            raise

    @contextmanager
    def transaction(self, message: str, **extra: Any) -> Iterator[duckdb.DuckDBPyConnection]:
        """One DuckLake commit with its message, or nothing at all. No other writer commits meanwhile."""
        with self.held.alone():
            self.con.execute("BEGIN")
            try:
                self.con.execute("CALL lake.set_commit_message('entrepot', ?, extra_info => ?)", [message, json.dumps(extra)])
                yield self.con
                self.held.check()
                self.con.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):
                    self.con.execute("ROLLBACK")
                raise
        self._committed = extra.get("snapshot") or self._committed

    def after_commit(self) -> None:
        """Maintenance when it is due, then publish: readers see the commit from here on."""
        number = self._committed or self.snapshot()
        # Never before the first load: flushing a lake that has none failed in DuckDB 1.5.5 ("basic_string::_M_create", 2026-11-24).
        if number and (number % FLUSH_EVERY == 0 or self.place.inlined() >= FLUSH_ROWS):
            self.flush()
        self.place.publish()

    def flush(self) -> None:
        """Move inlined rows to Parquet. Beside another's insert DuckLake doubles or loses rows (ducklake#650), so beside none."""
        with self.held.alone():
            self.con.execute("CALL ducklake_flush_inlined_data('lake')")


@contextmanager
def locked(place: AnyPlace, why: str, wait_s: float = 60, datasets: Collection[str] | None = None) -> Iterator[Held]:
    """Hold the writer's lock of a lake (``place.AnyPlace.locked``). Raises Busy; EntrepotError where nobody may write there."""
    with ExitStack() as stack:
        try:
            held = stack.enter_context(place.locked(why, wait_s, datasets))
        except OSError as error:
            raise EntrepotError(f"cannot write {error.filename}: {error.strerror}. Choose another --home or mend the "
                                "permissions") from error
        yield held


@contextmanager
def writer(place: AnyPlace, why: str, *, wait_s: float = 60, datasets: Collection[str] | None = None,
           first: Callable[[], None] | None = None) -> Iterator[Writer]:
    """Open the lake for writing: lock, attach (create and migrate where needed), recover what a crash left.

    ``datasets`` is what will be written, None for anything: where several may write at once, only these are locked. ``why`` is what
    others are told while they wait. ``first`` is asked under the lock, before anything is made or opened, and may raise. Raises
    Busy after ``wait_s``, naming who writes and since when.
    """
    with locked(place, why, wait_s, datasets) as held:
        if first is not None:
            first()
        with opened(place, held, wait_s=wait_s) as lake:
            yield lake


@contextmanager
def opened(place: AnyPlace, held: Held, *, wait_s: float = 60) -> Iterator[Writer]:
    """The lake open for writing for one who holds its lock: ``writer`` without the locking."""
    from warehouse.lake.migrate import migrate

    place.refuse_half()
    place.before_writing()
    place.wait_for_others(wait_s)
    con = engine(place)
    spilled = TemporaryDirectory(prefix="entrepot-")
    try:
        # What a large load does not hold in memory goes to a file meanwhile, and not into whatever folder is current.
        con.execute("SET memory_limit = $limit", {"limit": _memory})
        con.execute("SET temp_directory = ?", [spilled.name])
        with held.alone(), _readable(place):
            attach_for_writing(con, place.writing_to(INLINED_ROWS), place.where)
            lake = Writer(place, con, held)
            if migrate(lake) and place.shared:
                # A flush drops tables of the catalogue that a migration put out of use, and whoever still names one fails for
                # good (ducklake#1413): now, before anybody attaches to the new schema, and not under a worker.
                lake.flush()
        place.recover(held)
        yield lake
        con.close()  # what is in the catalogue's log goes into the catalogue
        place.leave()
    except duckdb.Error as error:
        raise unreachable(error) or _too_much(error) or refusal(error) or damage(error) or error from error
    except sqlite3.Error as error:
        raise busy(error) or error from error
    finally:
        con.close()
        spilled.cleanup()


def _too_much(error: duckdb.Error) -> EntrepotError | None:
    """An engine that is out of memory, with what to set; its transaction is undone."""
    if not isinstance(error, duckdb.OutOfMemoryException):
        return None
    return EntrepotError(f"this load takes more than the {_memory} of memory that it may use. Set ENTREPOT_MEMORY higher (such as 8GB) "
                         "where the machine has more, or bring it in smaller parts; nothing of it is stored, and what was stored stays "
                         "as it was")


@contextmanager
def _readable(place: AnyPlace) -> Iterator[None]:
    """While a lake is opened, whatever the engine cannot make of its catalogue is damage; a server that is away, or a disk, is not."""
    try:
        yield
    except duckdb.Error as error:
        raise unreachable(error) or _too_much(error) or refusal(error) or damage(error) or LakeDamaged(
            f"{place.where} cannot be read: {str(error).splitlines()[0]}. entrepot rebuild makes the lake anew from the archive") from error


def attach_for_writing(con: duckdb.DuckDBPyConnection, statement: str, where: str) -> None:
    """Attach a catalogue to an engine as ``lake``, to write, with one thread. Only under the writer's lock.

    Raises LakeDamaged when it cannot be opened, Unreachable when its server is away.
    """
    con.execute(ONE_THREAD)
    try:
        con.execute(statement)
    except duckdb.Error as error:
        if refused := unreachable(error) or busy(error) or refusal(error):
            raise refused from error
        raise LakeDamaged(f"{where} cannot be opened: {str(error).splitlines()[0]}. entrepot rebuild makes the lake anew from "
                          "the archive") from error
    con.execute("USE lake")


def make_empty(place: AnyPlace, statement: str) -> None:
    """Let DuckLake make the tables of a catalogue that a place's statement attaches."""
    place.before_writing()
    con = engine(place)
    try:
        attach_for_writing(con, statement, place.where)
    finally:
        con.close()


def writing(place: AnyPlace, datasets: Collection[str] | None = None) -> str | None:
    """Who writes and since when, for whom a writer of these datasets would wait; None when nobody does."""
    return place.writing(datasets)
