"""A lake on one machine: a SQLite catalogue and a folder, one writer by ``flock``, readers on published copies (DESIGN §4).

After each commit the catalogue is copied to ``published/catalog-NNNNNN.sqlite``, checked, and the symlink ``current`` switched.
Readers attach that copy by its resolved name and never the writer's. The same roles on servers are ``served``; who opens either
is ``lake``. How a file is locked is ``locks``, how a whole lake is replaced ``switch``.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
import weakref
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from warehouse.archive import disk
from warehouse.archive.store import Folder, sync_folder
from warehouse.lake import catalog_file, switch
from warehouse.lake.locks import Locked, holder, locked
from warehouse.lake.place import FOR_QUESTIONS, MAINTAIN, PUBLISHES, REBUILD, RESTORE, Held, load_lines
from warehouse.lake.sqlite import address, busy, open_to_read
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged
from warehouse.schema.quoting import quoted

KEPT_COPIES = 8
KEPT_FOR = timedelta(days=1)
KEPT_BYTES = 32 * 1024**2
"""The newest copies stay, and a day's worth as far as all together have so many bytes: a reader of another program may still stand on
one. A copy that a reader of ours stands on stays as long as that reader (171 loads of a day had left 134 MB of copies for 1 MB
of data, 2026-11-28)."""


@dataclass(frozen=True)
class Place:
    """Where an embedded lake is: a catalogue, its data and the published copies."""

    root: Path
    apart: bool = False
    """Whether the lake is being made in a folder that is nobody's yet: its lock is in there, and nobody else waits for it."""

    shared = False
    extensions = ("sqlite_scanner",)
    """What DuckDB loads besides DuckLake."""

    @property
    def where(self) -> str:
        return str(self.root)

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
        """Outside of the lake, which may be moved and replaced: at one path for ever."""
        return self._inner_lock if self.apart else self.root.parent / "locks" / f"{self.root.name}.writer.lock"

    @property
    def _inner_lock(self) -> Path:
        """Where the lock was until 2026-11. A process of such an Entrepot knows no other, so in a home that has it both are held."""
        return self.root / "writer.lock"

    @property
    def files(self) -> Folder:
        """The data as whole objects."""
        return Folder(self.data)

    def secrets(self, reading: bool = False) -> tuple[str, ...]:
        return ()

    def current(self) -> Path | None:
        """The published copy that readers attach, by its resolved name; None when nothing was ever published."""
        link = self.published / "current"
        return link.resolve() if link.exists() else None

    def missing(self) -> EntrepotError:
        """Why readers find nothing to attach."""
        if self._holds_something():
            return LakeDamaged(f"{self.published / 'current'} is missing, though {self.root} holds a lake: entrepot maintain "
                               "publishes it again")
        return EntrepotError(f"nothing is loaded yet in {self.root}: entrepot refresh loads it (with --demo from the shipped sample, "
                             "without a network)")

    def attach_line(self, name: str = "lake", *options: str) -> str:
        """What any DuckDB of the pinned version with the ducklake extension types to read this lake."""
        copy = self.current() or self.published / "current"
        more = "".join(f", {option}" for option in options)
        return (f"ATTACH 'ducklake:sqlite:{quoted(copy)}' AS {name} "
                f"(READ_ONLY, DATA_PATH '{quoted(self.data.resolve())}', OVERRIDE_DATA_PATH true{more}); USE {name};")

    def attach_file(self) -> Path | None:
        path = self.root / "attach.sql"
        return path if path.is_file() else None

    def _write_attach_file(self) -> None:
        """What attaches the newest copy, for DuckDB's shell (``duckdb -init FILE``) and every client that runs a text."""
        import duckdb

        path = self.root / "attach.sql"
        text = (f"-- The newest published copy of this lake, read-only, for DuckDB {duckdb.__version__}; no network is needed.\n"
                "-- Written anew at every load. duckdb -init attach.sql, or .read attach.sql, or the text of this file to any client.\n")
        aside = path.with_suffix(".aside")
        aside.write_text(text + "\n".join([*load_lines(self), self.attach_line(), FOR_QUESTIONS]) + "\n", encoding="utf-8")
        aside.replace(path)

    def reading(self, name: str, *options: str) -> str:
        """The statement that a reader of ours attaches with: a published copy never changes."""
        return self.attach_line(name, *options)

    def writing_to(self, inlined_rows: int) -> str:
        """The statement that attaches the writer's own catalogue as ``lake``."""
        return attach_catalog(self.catalog, self.data, inlined_rows)

    def stand_on(self, reader: Any, statement: str) -> None:
        for copy in reversed(self._copies()):
            if quoted(copy.resolve()) in statement:
                handle = os.open(copy, os.O_RDONLY)
                weakref.finalize(reader, os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_SH)  # what _let_go asks for
                return

    def writable(self) -> bool:
        files = [self.lock, self._inner_lock] if self._inner_lock.exists() else [self.lock]
        return all(os.access(next(path for path in (file, *file.parents) if path.exists()), os.W_OK) for file in files)

    def wait_for_others(self, wait_s: float) -> None:
        """Wait for a program that is not Entrepot to let go of the writer's catalogue. Under the lock; raises Busy after ``wait_s``."""
        if not self.catalog.exists() or not self.catalog.stat().st_size:
            return
        try:
            with closing(sqlite3.connect(self.catalog, timeout=wait_s, isolation_level=None)) as con:
                con.execute("BEGIN EXCLUSIVE")
                con.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if waited := busy(error):
                raise waited from error
            # Whatever else is wrong with it is said by who opens it.

    def before_writing(self) -> None:
        """Make the folders. Raises EntrepotError where that cannot be."""
        for folder in (self.data, self.published):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EntrepotError(f"cannot write {folder}: {error.strerror}. Choose another --home or mend the "
                                    "permissions") from error

    def refuse_half(self) -> None:
        """Raise LakeDamaged where data stands without its catalogue, or a catalogue without its data. Under the lock."""
        # SQLite makes a new database of a missing or an empty file: never beside data that another catalogue describes.
        if self._holds_something() and not (self.catalog.exists() and self.catalog.stat().st_size):
            raise LakeDamaged(f"{self.catalog} is missing or empty, while {self.data} and {self.published} hold a lake: entrepot "
                              "rebuild makes it anew from the archive, or entrepot backup restore brings it back")
        if self.catalog.exists() and (lost := self._without_data(self.catalog)):
            raise lost

    def lost(self) -> LakeDamaged | None:
        return self._without_data(self.current())

    def _without_data(self, catalog: Path | None) -> LakeDamaged | None:
        """What is the matter where a catalogue names files of data and none at all is there: a disk that is not mounted."""
        try:
            if catalog is None or self.files.holds("") or not named(catalog):
                return None
        except LakeDamaged:
            return None  # whoever opens it says so
        return LakeDamaged(f"the lake's data is gone: {catalog} names files, and none is in {self.data}. Is a disk not mounted? Else "
                           f"{REBUILD}, or {RESTORE}; nothing is loaded before that")

    def recover(self, held: Held) -> None:
        """Put right what a killed writer left, and a published copy that was damaged since. Under the lock.

        Raises LakeDamaged where the catalogue is what was damaged: nothing is swept or written then.
        """
        copy = self.current()
        try:
            if copy is not None and catalog_file.undisturbed(self.catalog, copy, self._mark):
                self.sweep()
                return
            now = catalog_file.state(self.catalog)
            anew = copy is None or bool(catalog_file.wrong(copy)) or catalog_file.state(copy) != now
            if copy is not None and not anew and catalog_file.counts(copy) != catalog_file.counts(self.catalog):
                raise LakeDamaged(f"{self.catalog} lost rows that it had when its last snapshot was published: {REBUILD}")
        except sqlite3.DatabaseError as error:
            if waited := busy(error):
                raise waited from error
            if disk.trouble(error):
                raise
            raise LakeDamaged(f"{self.catalog} is damaged ({error}): {REBUILD}") from error
        if anew:
            self.publish()
        self.sweep()

    def leave(self) -> None:
        copy = self.current()
        with suppress(OSError, sqlite3.Error):  # without the mark the next writer looks at everything
            if copy is not None and not self.apart:
                catalog_file.leave(self.catalog, copy, self._mark)

    @property
    def _mark(self) -> Path:
        """Where a writer leaves word that it ended in order: beside the lock, since it is no part of the lake."""
        return self.lock.with_suffix(".undisturbed")

    def exists(self) -> bool:
        """Whether a lake, or a part of one, is here."""
        return self.catalog.exists() or self._holds_something()

    def _holds_something(self) -> bool:
        """Whether data or published copies are there, catalogue or not."""
        return any(path.is_file() for path in self.data.rglob("*")) or bool(self._copies())

    @contextmanager
    def locked(self, why: str, wait_s: float = 60, datasets: Collection[str] | None = None) -> Iterator[Held]:
        """Hold the writer's lock (``locks``). One writer for all, whatever ``datasets`` says.

        Raises Busy after ``wait_s``, naming who writes and since when; PermissionError where the lock may not be written.
        """
        give_up = time.monotonic() + wait_s
        with ExitStack() as stack:
            held = [stack.enter_context(locked(self.lock, why, give_up))]
            if not self.apart and self._inner_lock.exists():
                held.append(stack.enter_context(locked(self._inner_lock, why, give_up)))
            yield _All(tuple(held))

    def writing(self, datasets: Collection[str] | None = None) -> str | None:
        """Who holds the one lock and since when, or None when nobody does."""
        return holder(self.lock) or holder(self._inner_lock)

    def inlined(self) -> int:
        con = open_to_read(self.catalog)
        try:
            tables = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE name GLOB 'ducklake_inlined_data_[0-9]*' "
                                                      "OR name GLOB 'ducklake_inlined_delete_[0-9]*'")]
            return max((con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables), default=0)
        finally:
            con.close()

    def publish(self) -> Path:
        """Copy the catalogue to a new name, check the copy, and switch ``current`` to it. Returns the copy."""
        copies = self._copies()
        number = int(copies[-1].stem.rpartition("-")[2]) + 1 if copies else 1
        copy = self.published / f"catalog-{number:06}.sqlite"
        aside = copy.with_suffix(".aside")
        aside.unlink(missing_ok=True)
        source, target = sqlite3.connect(self.catalog), sqlite3.connect(aside)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            (said,) = target.execute("PRAGMA quick_check").fetchone()
            if said != "ok":
                raise LakeDamaged(f"{self.catalog} fails its check ({said}): entrepot rebuild makes the lake anew")
        except sqlite3.DatabaseError as error:
            if disk.trouble(error) or "locked" in str(error):
                raise
            raise LakeDamaged(f"{self.catalog} is damaged ({error}): {REBUILD}") from error
        finally:
            source.close()
            target.close()
        with aside.open("rb") as handle:
            os.fsync(handle.fileno())
        catalog_file.seal(aside, copy.name)
        aside.replace(copy)
        link = self.published / f".current-{number}"
        link.unlink(missing_ok=True)
        link.symlink_to(copy.name)
        link.replace(self.published / "current")
        self._write_attach_file()
        sync_folder(self.published)
        self._prune()
        return copy

    def _copies(self) -> list[Path]:
        return sorted(self.published.glob("catalog-*.sqlite"))

    def _prune(self) -> None:
        """Forget copies that are not among the newest and are of another day or too many, unless a reader stands on one."""
        horizon = time.time() - KEPT_FOR.total_seconds()
        copies = self._copies()
        stay = sum(copy.stat().st_size for copy in copies[-KEPT_COPIES:])
        for copy in reversed(copies[:-KEPT_COPIES]):
            seen = copy.stat()
            if (seen.st_mtime >= horizon and stay + seen.st_size <= KEPT_BYTES) or not _let_go(copy):
                stay += seen.st_size

    def kept_by_copies(self) -> set[str]:
        """File names that readers of any published copy may still open."""
        return set().union(*(named(copy) for copy in self._copies()))

    def orphans(self) -> list[str]:
        """Keys of files that neither the catalogue nor any published copy names."""
        there = self.files.keys("")
        if not there:
            return []
        wanted = named(self.catalog) | scheduled(self.catalog) | self.kept_by_copies()
        return [key for key in there if key.rpartition("/")[2] not in wanted]

    def sweep(self) -> list[str]:
        """Remove Parquet files that a killed writer left: named neither by the catalogue nor by any copy that is kept.

        Only under the writer's lock. Returns the keys of what was removed.
        """
        for aside in (*self.published.glob("*.aside"), *self.root.glob("*.aside*")):
            aside.unlink()
        for copy in self._copies():
            try:
                named(copy)
            except LakeDamaged as error:
                # No reader can open it, and what it names cannot be known: the catalogue is published anew. What only could not be
                # opened is left where it is.
                if "unable to open" in str(error):
                    raise
                copy.unlink()
        left = self.orphans()
        for key in left:
            self.files.delete(key)
        return left

    def look(self) -> tuple[str, bool, list[tuple[str, str]]]:
        """Whether both catalogues are whole databases and the published one is the writer's newest. Under the lock."""
        looked_at, copy = "the writer's and the published ones", self.current()
        found: list[tuple[str, str]] = []
        if not self.catalog.exists() or not self.catalog.stat().st_size:
            found.append((f"{self.catalog} is missing or empty, while {self.data} and {self.published} hold a lake", REBUILD))
        elif said := catalog_file.wrong(self.catalog):
            found.append((f"{self.catalog} is damaged: {said}", REBUILD))
        anew = REBUILD if found else MAINTAIN
        found += [(f"{each} is damaged: {said}", anew) for each in self._copies() if each != copy and (said := catalog_file.wrong(each))]
        if copy is None:
            return looked_at, False, [*found, (f"{self.published / 'current'} is missing: readers find no lake", anew)]
        if said := catalog_file.wrong(copy):
            # A copy that cannot be read is of no use to other proofs.
            return looked_at, False, [*found, (f"{copy} is damaged: {said}", anew)]
        return looked_at, True, found or list(_not_equal(self.catalog, copy))

    def catalogued(self) -> list[tuple[str, int, int | None]]:
        """Name, bytes and (of data) rows of every file that a published snapshot reads."""
        copy = self.current()
        assert copy is not None, "asked only of a lake that was looked at"
        con = open_to_read(copy)
        try:
            return [(Path(path).name, size, count) for path, size, count in con.execute(
                "SELECT path, file_size_bytes, record_count FROM ducklake_data_file "
                "UNION ALL SELECT path, file_size_bytes, NULL FROM ducklake_delete_file")]
        finally:
            con.close()

    def aside(self) -> Aside:
        current = self.current()
        for copy in self._copies():
            if copy != current and catalog_file.wrong(copy):
                copy.unlink()  # what readers of it are told is damaged
        return Aside(self)

    def frozen(self, into: Path) -> Path | None:
        return self.current()

    def beside(self, home: Path, name: str) -> Path:
        return switch.beside(self.root, name, (self.data, self.published))

    def take(self, made: Path) -> str | None:
        switch.beside(self.root, made.name, (self.data, self.published))
        before = switch.take(self.root, made, self._inner_lock.name, full=self.exists())
        if self.current() is not None:
            self._write_attach_file()
        return str(before) if before else None

    def size(self) -> int:
        """Bytes of the whole lake."""
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file()) if self.root.exists() else 0


class Aside:
    """A copy of the catalogue beside it; the catalogue is left with no write-ahead log.

    A log left there would be read into whatever file takes the catalogue's name.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.path = place.root / "catalog.aside.sqlite"
        source, target = sqlite3.connect(place.catalog), sqlite3.connect(self.path)
        try:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            source.backup(target)
        finally:
            target.close()
            source.close()
        log = place.catalog.with_name(place.catalog.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise LakeDamaged(f"{log} could not be written into {place.catalog}: does another program hold the catalogue open? Close "
                              "it, then run again")

    def writing_to(self, inlined_rows: int) -> str:
        return attach_catalog(self.path, self.place.data, inlined_rows)

    def free(self) -> tuple[set[str], int]:
        due = scheduled(self.path)
        held = self.place.kept_by_copies() | named(self.path)
        return due - held, len(due & held)

    def forget(self, names: set[str]) -> None:
        con = sqlite3.connect(self.path)
        try:
            with con:
                con.executemany("DELETE FROM ducklake_files_scheduled_for_deletion WHERE path = ? OR path LIKE '%/' || ?",
                                [(name, name) for name in names])
            # One file, with no log beside it: a rename moves one file.
            (mode,) = con.execute("PRAGMA journal_mode=DELETE").fetchone()
            if mode != "delete":
                raise LakeDamaged(f"{self.path} is still open: maintenance stopped and changed nothing. Run it again")
        finally:
            con.close()
        with self.path.open("rb") as handle:
            os.fsync(handle.fileno())

    def install(self) -> None:
        self.path.replace(self.place.catalog)
        sync_folder(self.place.root)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class _All:
    """The one lock covers everything: nobody else writes."""

    files: tuple[Locked, ...]

    datasets = None

    def alone(self) -> nullcontext[None]:
        return nullcontext()

    def check(self) -> None:
        """``flock`` is only lost where somebody moves or deletes its file."""
        for file in self.files:
            if not file.ours():
                raise Busy(f"{file.path} was moved or deleted meanwhile, so another writer may be at work: nothing more was written. "
                           "Run again")


def attach_catalog(catalog: Path, data: Path, inlined_rows: int) -> str:
    """The statement that attaches a catalogue to write, as ``lake``."""
    return (f"ATTACH 'ducklake:sqlite:{quoted(catalog.resolve())}' AS lake (DATA_PATH '{quoted(data.resolve())}', "
            f"OVERRIDE_DATA_PATH true, DATA_INLINING_ROW_LIMIT {inlined_rows}, META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT 10000)")


def _let_go(copy: Path) -> bool:
    """Remove a published copy, unless a reader stands on it or that cannot be known. Returns whether it is gone."""
    try:
        with copy.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            copy.unlink()
    except OSError:
        return False
    return True


def named(catalog: Path) -> set[str]:
    """File names that the snapshots of a catalogue read. They hold a UUID, so the name alone is unique."""
    return _names(catalog, "SELECT path FROM ducklake_data_file UNION ALL SELECT path FROM ducklake_delete_file")


def scheduled(catalog: Path) -> set[str]:
    """File names that no snapshot of a catalogue reads any more, and that stay until ``maintain`` lets them go."""
    return _names(catalog, "SELECT path FROM ducklake_files_scheduled_for_deletion")


def _names(catalog: Path, query: str) -> set[str]:
    try:
        with closing(open_to_read(catalog)) as con:
            return {Path(path).name for (path,) in con.execute(query)}
    except sqlite3.DatabaseError as error:
        if waited := busy(error):
            raise waited from error
        raise LakeDamaged(f"{catalog} is missing or damaged ({error}): {REBUILD}") from error


def _not_equal(catalog: Path, copy: Path) -> Iterator[tuple[str, str]]:
    """Tables of the catalogue that differ in the published copy: a commit that was never published, or damage."""
    if catalog_file.state(catalog) != catalog_file.state(copy):
        yield f"{copy} is not what {catalog} holds now: a writer was killed before it published", PUBLISHES
        return
    with closing(open_to_read(catalog)) as con:
        con.execute("ATTACH ? AS copy", [address(copy)])
        names, theirs = ({row[0] for row in con.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'")}
                         for schema in ("main", "copy"))
        different = sorted(names ^ theirs)
        for name in sorted(names & theirs):
            for one, other in (("main", "copy"), ("copy", "main")):
                more = f'SELECT * FROM {one}."{name}" EXCEPT SELECT * FROM {other}."{name}"'
                if con.execute(f"SELECT 1 FROM ({more}) LIMIT 1").fetchone():
                    different.append(name)
                    break
        if different:
            yield (f"{catalog} is damaged: in {', '.join(different[:4])} it differs from {copy}, which was published of the same snapshot",
                   REBUILD)
