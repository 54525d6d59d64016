"""Open, lock and publish the lake: the only module that opens it (DESIGN §4).

The writer attaches DuckLake's own catalogue under an operating-system lock; after each commit the catalogue is copied to
``published/catalog-NNNNNN.sqlite``, checked, and the symlink ``current`` switched. Readers attach that copy by its
resolved name and never the writer's. What is written is decided in ``commit``; tables come from ``migrate``.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.disk import refusal
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged
from warehouse.store import sync_folder

INLINED_ROWS = 1000
"""Smaller changes stay in the catalogue until a flush, so that a small commit writes no Parquet file. Given at each attach:
setting the option again on a lake that has it ended DuckDB 1.5.5 with a segmentation fault (2026-11-24)."""
FLUSH_EVERY = 50
"""Commits between two flushes: with it, commit time stays flat (measured, DESIGN §4)."""
KEPT_COPIES = 8
KEPT_FOR = timedelta(days=1)
"""The newest copies and a day's worth stay: a reader may still stand on one."""


@dataclass(frozen=True)
class Place:
    """Where a lake is: a catalogue, its data and the published copies. PostgreSQL and S3 take the same three roles."""

    root: Path

    @property
    def catalog(self) -> Path:
        return self.root / "catalog.sqlite"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def lock(self) -> Path:
        return self.root / "writer.lock"

    def current(self) -> Path | None:
        """The published copy that readers attach, by its resolved name; None when nothing was ever published."""
        link = self.published / "current"
        return link.resolve() if link.exists() else None

    def attach_line(self, name: str = "lake", *options: str) -> str:
        """What any DuckDB of the pinned version with the ducklake extension types to read this lake."""
        copy = self.current() or self.published / "current"
        more = "".join(f", {option}" for option in options)
        return (f"ATTACH 'ducklake:sqlite:{quoted(copy)}' AS {name} "
                f"(READ_ONLY, DATA_PATH '{quoted(self.data.resolve())}', OVERRIDE_DATA_PATH true{more}); USE {name};")


def quoted(path: Path) -> str:
    """A path inside an SQL text: an apostrophe in a folder's name is doubled."""
    return str(path).replace("'", "''")


def holds_something(place: Place) -> bool:
    """Whether data or published copies are there, catalogue or not."""
    return any(path.is_file() for path in place.data.rglob("*")) or bool(_copies(place))


def _extension(name: str) -> str:
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        raise EntrepotError(f"the package duckdb-extension-{name.replace('_', '-')} is not installed: install entrepot again")
    path = Path(next(iter(spec.submodule_search_locations)), "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
    if not path.is_file():
        raise EntrepotError(f"duckdb {duckdb.__version__} and duckdb-extension-{name.replace('_', '-')} differ: {path} is "
                            "missing. Install the versions of constraints.txt")
    return str(path)


def engine() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with DuckLake loaded from the installed wheels; nothing is downloaded."""
    con = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    con.execute("SET TimeZone='UTC'")
    for name in ("sqlite_scanner", "ducklake"):
        con.execute(f"LOAD '{_extension(name)}'")
    return con


def connect(place: Place) -> duckdb.DuckDBPyConnection:
    """A read-only connection on the published lake, with ``lake`` as the current catalogue.

    Raises EntrepotError when nothing was loaded yet, LakeDamaged when the copy cannot be opened.
    """
    con = engine()
    attach(con, place)
    return con


def attach(con: duckdb.DuckDBPyConnection, place: Place, name: str = "lake", *options: str) -> None:
    """Attach the published lake to an engine under a name, read-only, and make it the current catalogue.

    Raises EntrepotError when nothing was loaded yet, LakeDamaged when the copy cannot be opened.
    """
    copy = place.current()
    if copy is None and holds_something(place):
        raise LakeDamaged(f"{place.published / 'current'} is missing, though {place.root} holds a lake: entrepot maintain publishes "
                          "it again")
    if copy is None:
        raise EntrepotError(f"nothing is loaded yet in {place.root}: entrepot refresh asks the publishers, "
                            "entrepot --demo refresh loads the sample")
    try:
        con.execute(place.attach_line(name, *options))
    except duckdb.Error as error:
        raise LakeDamaged(f"{copy} cannot be opened: {str(error).splitlines()[0]}. entrepot maintain publishes it again, or "
                          "entrepot rebuild makes the lake anew from the archive") from error
    if not options:
        _of_this_version(con, copy, name)


def _of_this_version(con: duckdb.DuckDBPyConnection, copy: Path, name: str) -> None:
    """Raise EntrepotError for a lake that another version of Entrepot wrote last, naming the way out."""
    from warehouse.migrate import migrations

    try:
        applied = {row[0] for row in con.execute(f"SELECT name FROM {name}.ops.migration").fetchall() if row[0][:4].isdigit()}
    except duckdb.CatalogException:
        applied = set()
    ours = {step.stem for step in migrations()}
    if applied - ours:
        raise EntrepotError(f"{copy} was written by a newer Entrepot (it has {max(applied - ours)}): update Entrepot")
    if ours - applied:
        raise EntrepotError(f"{copy} was written by an older Entrepot (it lacks {min(ours - applied)}): entrepot maintain brings "
                            "the lake to this version, and so does any load")


def damage(error: Exception) -> LakeDamaged | None:
    """What an engine's error says of a damaged or missing file of the lake, with the way out; None for any other error."""
    found = re.search(r"[^\s'\"]+\.(?:parquet|sqlite)\b", str(error))
    if found is None:
        return None
    return LakeDamaged(f"{found[0]} is missing or damaged ({str(error).splitlines()[0]}): entrepot backup restore brings it back, or "
                       "entrepot rebuild makes the lake anew from the archive; entrepot verify says what else is wrong")


class Writer:
    """The lake, open for writing, under the lock. ``con`` has ``lake`` as its current catalogue."""

    def __init__(self, place: Place, con: duckdb.DuckDBPyConnection) -> None:
        self.place, self.con = place, con

    def snapshot(self) -> int:
        """Our number of the newest load; 0 before the first."""
        (number,) = self.con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        return int(number)

    @contextmanager
    def transaction(self, message: str, **extra: Any) -> Iterator[duckdb.DuckDBPyConnection]:
        """One DuckLake commit with its message, or nothing at all."""
        self.con.execute("BEGIN")
        try:
            self.con.execute("CALL lake.set_commit_message('entrepot', ?, extra_info => ?)", [message, json.dumps(extra)])
            yield self.con
            self.con.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                self.con.execute("ROLLBACK")
            raise

    def after_commit(self) -> None:
        """Maintenance when it is due, then publish: readers see the commit from here on."""
        if self.snapshot() % FLUSH_EVERY == 0:
            self.flush()
        publish(self.place)

    def flush(self) -> None:
        """Move inlined rows to Parquet."""
        self.con.execute("CALL ducklake_flush_inlined_data('lake')")


@contextmanager
def writer(place: Place, why: str, *, wait_s: float = 60) -> Iterator[Writer]:
    """Open the lake for writing: lock, attach (create and migrate where needed), recover what a crash left.

    ``why`` is what others are told while they wait. Raises Busy after ``wait_s``, naming who writes and since when.
    """
    from warehouse.migrate import migrate

    for folder in (place.data, place.published):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EntrepotError(f"cannot write {folder}: {error.strerror}. Choose another --home or mend the "
                                "permissions") from error
    with locked(place, why, wait_s):
        # SQLite makes a new database of a missing or an empty file: never beside data that another catalogue describes.
        if holds_something(place) and not (place.catalog.exists() and place.catalog.stat().st_size):
            raise LakeDamaged(f"{place.catalog} is missing or empty, while {place.data} and {place.published} hold a lake: entrepot "
                              "rebuild makes it anew from the archive, or entrepot backup restore brings it back")
        con = engine()
        try:
            attach_for_writing(con, place.catalog, place.data)
            opened = Writer(place, con)
            migrate(opened)
            sweep(place)
            if _behind(place):
                publish(place)
            yield opened
        except duckdb.Error as error:
            raise refusal(error) or damage(error) or error from error
        finally:
            con.close()


def attach_for_writing(con: duckdb.DuckDBPyConnection, catalog: Path, data: Path) -> None:
    """Attach a catalogue to an engine as ``lake``, to write. Only under the writer's lock.

    Raises LakeDamaged when it cannot be opened.
    """
    try:
        con.execute(f"ATTACH 'ducklake:sqlite:{quoted(catalog.resolve())}' AS lake (DATA_PATH '{quoted(data.resolve())}', "
                    f"OVERRIDE_DATA_PATH true, DATA_INLINING_ROW_LIMIT {INLINED_ROWS}, META_JOURNAL_MODE 'WAL', "
                    "META_BUSY_TIMEOUT 10000)")
    except duckdb.Error as error:
        if refused := refusal(error):
            raise refused from error
        raise LakeDamaged(f"{catalog} cannot be opened: {str(error).splitlines()[0]}. entrepot rebuild makes the lake anew from "
                          "the archive") from error
    con.execute("USE lake")


@contextmanager
def locked(place: Place, why: str, wait_s: float = 60) -> Iterator[None]:
    """Hold the writer's lock: ``flock``, so it dies with its owner."""
    with place.lock.open("a+") as handle:
        give_up = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up:
                    raise Busy(f"another writer is at work: {writing(place) or 'unknown'}. Run again when it is done") from None
                time.sleep(0.1)
        handle.seek(0)
        handle.truncate()
        handle.write(f"{why}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}")
        handle.flush()
        yield


def writing(place: Place) -> str | None:
    """Who holds the writer's lock and since when, or None when nobody does."""
    try:
        with place.lock.open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return handle.read() or None
    except FileNotFoundError:
        return None
    return None


def _one(path: Path, query: str) -> Any:
    con = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return con.execute(query).fetchone()[0]
    finally:
        con.close()


_NEWEST = "SELECT max(snapshot_id) FROM ducklake_snapshot"


def _behind(place: Place) -> bool:
    """Whether a crash came between a commit and its publication."""
    copy = place.current()
    return copy is None or _one(copy, _NEWEST) != _one(place.catalog, _NEWEST)


def publish(place: Place) -> Path:
    """Copy the catalogue to a new name, check the copy, and switch ``current`` to it. Returns the copy."""
    copies = _copies(place)
    number = int(copies[-1].stem.rpartition("-")[2]) + 1 if copies else 1
    copy = place.published / f"catalog-{number:06}.sqlite"
    aside = copy.with_suffix(".aside")
    aside.unlink(missing_ok=True)
    source, target = sqlite3.connect(place.catalog), sqlite3.connect(aside)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        (said,) = target.execute("PRAGMA quick_check").fetchone()
        if said != "ok":
            raise LakeDamaged(f"{place.catalog} fails its check ({said}): entrepot rebuild makes the lake anew")
    finally:
        source.close()
        target.close()
    with aside.open("rb") as handle:
        os.fsync(handle.fileno())
    aside.replace(copy)
    link = place.published / f".current-{number}"
    link.unlink(missing_ok=True)
    link.symlink_to(copy.name)
    link.replace(place.published / "current")
    sync_folder(place.published)
    _prune(place)
    return copy


def _copies(place: Place) -> list[Path]:
    return sorted(place.published.glob("catalog-*.sqlite"))


def _prune(place: Place) -> None:
    """Forget old copies: neither among the newest nor of the last day."""
    horizon = time.time() - KEPT_FOR.total_seconds()
    for copy in _copies(place)[:-KEPT_COPIES]:
        if copy.stat().st_mtime < horizon:
            copy.unlink()


def named(catalog: Path) -> set[str]:
    """File names that the snapshots of a catalogue read. They hold a UUID, so the name alone is unique."""
    return _names(catalog, "SELECT path FROM ducklake_data_file UNION ALL SELECT path FROM ducklake_delete_file")


def scheduled(catalog: Path) -> set[str]:
    """File names that no snapshot of a catalogue reads any more, and that stay until ``maintain`` lets them go."""
    return _names(catalog, "SELECT path FROM ducklake_files_scheduled_for_deletion")


def _names(catalog: Path, query: str) -> set[str]:
    con = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)
    try:
        return {Path(path).name for (path,) in con.execute(query)}
    except sqlite3.DatabaseError as error:
        raise LakeDamaged(f"{catalog} is damaged ({error}): entrepot rebuild makes the lake anew from the archive") from error
    finally:
        con.close()


def kept_by_copies(place: Place) -> set[str]:
    """File names that readers of any published copy may still open."""
    return set().union(*(named(copy) for copy in _copies(place)))


def orphans(place: Place) -> list[Path]:
    """Files that neither the catalogue nor any published copy names."""
    on_disk = [path for path in place.data.rglob("*") if path.is_file()]
    if not on_disk:
        return []
    wanted = named(place.catalog) | scheduled(place.catalog) | kept_by_copies(place)
    return [path for path in on_disk if path.name not in wanted]


def sweep(place: Place) -> list[Path]:
    """Remove Parquet files that a killed writer left: named neither by the catalogue nor by any copy that is kept.

    Only under the writer's lock. Returns what was removed.
    """
    for aside in (*place.published.glob("*.aside"), *place.root.glob("*.aside*")):
        aside.unlink()
    for copy in _copies(place):
        try:
            named(copy)
        except LakeDamaged:
            # No reader can open it, and what it names cannot be known: the catalogue is published anew.
            copy.unlink()
    left = orphans(place)
    for orphan in left:
        orphan.unlink()
    return left
