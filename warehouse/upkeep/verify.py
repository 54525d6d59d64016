"""Prove a lake at hand: that the archive holds what its log says, and that the lake is what the archive and its own records say.

Read-only. Only the moment that must be of one piece (catalogue, published copy, files, journal) is taken under the writer's
lock; the long part reads the published copy, which never changes. What is found is said in plain words with the file and the
way out. Comparing the lake with the archive row for row is ``rebuild --into``; mending is nobody's but a person's.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.archive.documents import BROUGHT, Archive
from warehouse.archive.journal import Entry, Journal, numbered
from warehouse.history import fold
from warehouse.lake.opening import AnyPlace, attach, damage, engine, unreachable
from warehouse.lake.place import MAINTAIN, PUBLISHES, REBUILD, RESTORE
from warehouse.load.records import fetch_row
from warehouse.schema.errors import EntrepotError, LakeDamaged, OtherVersion, Unreachable
from warehouse.schema.tables import COARSER, FACTS, REVISIONS, Table
from warehouse.schema.versions import version_id
from warehouse.upkeep import decided
from warehouse.upkeep.whole import gone

HEALS = "the next entrepot refresh or maintain writes it down"


@dataclass(frozen=True)
class Finding:
    """Something wrong, or worth knowing."""

    level: Literal["wrong", "info"]
    said: str
    """What is the matter, and with which file."""
    way_out: str = ""


@dataclass(frozen=True)
class Proof:
    """One thing that was looked at."""

    name: str
    looked_at: str
    """How much, in words."""
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        return not any(finding.level == "wrong" for finding in self.findings)


@dataclass(frozen=True)
class Verdict:
    """All of it."""

    proofs: tuple[Proof, ...]

    @property
    def holds(self) -> bool:
        return all(proof.holds for proof in self.proofs)


@dataclass
class _Seen:
    """What was taken under the lock."""

    readable: bool = False
    journal: list[Entry] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    unopened: EntrepotError | None = None
    journal_lost: bool = False


def verify(place: AnyPlace, archive: Archive, journal: Journal, *, wait_s: float = 60, most: int = fold.MOST,
           say: Callable[[Proof], None] = lambda proof: None) -> Verdict:
    """Look at everything. ``say`` is told each proof as it is made; ``most`` is how many snapshots are compared one by one.

    Raises EntrepotError for a home where nothing was ever loaded, Busy when a writer keeps the lake for longer than ``wait_s``,
    Unreachable when a server of the lake is away, OtherVersion for a lake of another Entrepot, of which this one cannot judge.
    """
    if not place.exists():
        raise gone(place, journal) or EntrepotError(f"nothing is loaded yet in {place.where}: there is nothing to verify")
    made: list[Proof] = []

    def add(proof: Proof) -> None:
        made.append(proof)
        say(proof)

    con = engine(place)
    try:
        seen = _at_one_moment(con, place, journal, wait_s)
        for proof in seen.proofs:
            add(proof)
        add(_guarded("archive", lambda: _archive(archive), RESTORE))
        if seen.readable:
            add(_guarded("data files", lambda: _data_files(con, place)))
            if seen.unopened is not None:
                add(Proof("lake", "could not be opened", (Finding("wrong", str(seen.unopened), REBUILD),)))
            else:
                add(_guarded("fetch records", lambda: _fetches(con, archive), f"{RESTORE}, or {REBUILD}"))
                if not seen.journal_lost:
                    add(_guarded("loads and journal", lambda: _loads(con, seen.journal)))
                    add(_guarded("decisions", lambda: _decisions(con, seen.journal)))
                add(_guarded("version numbers", lambda: _versions(con)))
                add(_guarded("history", lambda: _history(con, most)))
    finally:
        con.close()
    return Verdict(tuple(made))


_DAMAGE = (duckdb.Error, sqlite3.Error, OSError, ValueError, KeyError)
"""What stored bytes that are no longer what they were make of whoever reads them."""


def _guarded(name: str, look: Callable[[], Proof], way_out: str = REBUILD) -> Proof:
    """Something damaged met on the way is a finding, not the end."""
    try:
        return look()
    except LakeDamaged as error:
        return Proof(name, "stopped at a damaged file", (Finding("wrong", str(error), way_out),))
    except _DAMAGE as error:
        damaged = damage(error)
        if damaged is not None and not isinstance(damaged, LakeDamaged):
            raise damaged from error
        said = str(damaged or f"{type(error).__name__}: {(str(error) or 'nothing said').splitlines()[0]}")
        return Proof(name, "stopped at what cannot be read", (Finding("wrong", said, way_out),))


def _at_one_moment(con: duckdb.DuckDBPyConnection, place: AnyPlace, journal: Journal, wait_s: float) -> _Seen:
    """What must be seen between two writes. One who may not write looks without the lock, and is told so."""
    seen = _Seen()
    with ExitStack() as stack:
        notes: list[Finding] = []
        try:
            stack.enter_context(place.locked("entrepot verify", wait_s))
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            notes.append(Finding("info", f"{error.filename} may not be written: a load at work now may show as a difference"))
        looked_at, seen.readable, found = place.look()
        seen.proofs.append(Proof("catalogue", looked_at, (
            *notes, *(Finding("info" if way_out == PUBLISHES else "wrong", said, way_out) for said, way_out in found))))
        if seen.readable:
            seen.proofs.append(_guarded("orphans", lambda: _orphans(place)))
            try:
                attach(con, place, "lake")
                con.execute("USE memory")
            except (Unreachable, OtherVersion):
                raise
            except EntrepotError as error:
                seen.unopened = error
            except duckdb.Error as error:
                seen.unopened = damage(error) or LakeDamaged(f"{place.current()} cannot be opened: {str(error).splitlines()[0]}")
        try:
            # Read again: another process may have written since this one looked.
            journal.refresh()
            seen.journal = list(journal.entries())
        except LakeDamaged as error:
            seen.journal_lost = True
            seen.proofs.append(Proof("journal", "stopped at a damaged file", (Finding("wrong", str(error), RESTORE),)))
    return seen


def _orphans(place: AnyPlace) -> Proof:
    return Proof("orphans", place.files.name(""), tuple(
        Finding("info", f"{place.files.name(key)} is named by no snapshot and no published copy: a killed writer left it", MAINTAIN)
        for key in place.orphans()))


def _archive(archive: Archive) -> Proof:
    """Every blob that the log names is there and hashes to its name; blobs that no log names are told."""
    found: list[Finding] = []
    wanted: dict[str, int] = {record.sha256: record.bytes for record in archive.records() if record.outcome == BROUGHT}
    for sha256, length in wanted.items():
        try:
            size = archive.prove(sha256)
        except LakeDamaged as error:
            found.append(Finding("wrong", str(error), RESTORE))
            continue
        if size != length:
            found.append(Finding("wrong", f"the log says {length} bytes of {sha256}, and there are {size}", RESTORE))
    held = {Path(key).stem: key for key in archive.store.keys("blobs")}
    stray = sorted(set(held) - set(wanted))
    if stray:
        found.append(Finding("info", f"{len(stray)} files in the archive are named by no log, for example "
                                     f"{archive.store.name(held[stray[0]])}: a fetch was killed between its bytes and its record; "
                                     "they do no harm"))
    return Proof("archive", f"{len(wanted):,} documents, each hashed", tuple(found))


def _data_files(con: duckdb.DuckDBPyConnection, place: AnyPlace) -> Proof:
    """Every file that a snapshot reads is there, whole, and holds the rows that the catalogue says."""
    rows = place.catalogued()
    there = {key.rpartition("/")[2]: (key, size) for key, size in place.files.sizes().items()}
    found: list[Finding] = []
    way_out = f"{RESTORE}, or {REBUILD}"
    for name, size, count in rows:
        if name not in there:
            found.append(Finding("wrong", f"{name} is missing below {place.files.name('')}", way_out))
            continue
        key, is_size = there[name]
        path = place.files.name(key)
        if is_size != size:
            found.append(Finding("wrong", f"{path} has {is_size:,} bytes, and the catalogue says {size:,}", way_out))
            continue
        try:
            ((holds,),) = con.execute("SELECT num_rows FROM parquet_file_metadata(?)", [path]).fetchall()
        except duckdb.Error as error:
            if away := unreachable(error):
                raise away from error
            found.append(Finding("wrong", f"{path} cannot be read: {str(error).splitlines()[0]}", way_out))
            continue
        if count is not None and holds != count:
            found.append(Finding("wrong", f"{path} holds {holds:,} rows, and the catalogue says {count:,}", way_out))
    return Proof("data files", f"{len(rows):,} files: size, footer, rows", tuple(found))


def _fetches(con: duckdb.DuckDBPyConnection, archive: Archive) -> Proof:
    """The lake's fetch records are the archive's, and every figure, load and quarantined row cites one."""
    names = ("fetch_id", "dataset", "url", "asked_at", "status", "sha256", "bytes", "origin_kind", "content_type", "last_modified",
             "source_note")
    held = {fetch.fetch_id: fetch for fetch in archive.fetches()}
    rows = con.execute(f"SELECT {', '.join(names)} FROM lake.ops.fetch").fetchall()
    found: list[Finding] = []
    for row in rows:
        fetch = held.get(row[0])
        if fetch is None:
            found.append(Finding("wrong", f"the lake cites fetch {row[0]} of {row[2]}, and the archive's log has no such fetch",
                                 f"{RESTORE} (the archive is the source of truth)"))
            continue
        kept = fetch_row(fetch)
        differ = [name for name, value in zip(names, row, strict=True) if kept[name] != value]
        if differ:
            found.append(Finding("wrong", f"the lake's record of fetch {row[0]} ({row[2]}) and the archive's differ in "
                                          f"{', '.join(differ)}", REBUILD))
    cited = [(name, "fetch_id") for name in (*FACTS, "ops.load", "ops.quarantine")]
    cited += [(table.name, "old_fetch_id") for table in REVISIONS.values()]
    cited += [(table.name, "fetch_id") for table in COARSER.values()]
    for name, column in cited:
        found += _unresolved(con, name, column, "ops.fetch", "fetch_id")
    return Proof("fetch records", f"{len(rows):,} records", tuple(found))


def _unresolved(con: duckdb.DuckDBPyConnection, name: str, column: str, other: str, key: str) -> list[Finding]:
    """Rows that cite what is not there. A restore read no document, so its load cites none."""
    ((count, example),) = con.execute(
        f"SELECT count(*), any_value(t.{column}) FROM lake.{name} t ANTI JOIN lake.{other} o ON t.{column} = o.{key} "
        f"WHERE t.{column} <> ''").fetchall()
    if not count:
        return []
    return [Finding("wrong", f"{count:,} rows of {name} cite {column} {example}, which {other} does not have", REBUILD)]


def _loads(con: duckdb.DuckDBPyConnection, entries: list[Entry]) -> Proof:
    """Each load of the lake is in the journal under the same number, and the other way round."""
    lake = {row[0]: row[1] for row in con.execute("SELECT load_id, snapshot FROM lake.ops.load ORDER BY snapshot").fetchall()}
    written = {entry.detail["load_id"]: entry for entry in entries if entry.detail.get("load_id")}
    found: list[Finding] = []
    last = max(lake.values(), default=0)
    for load_id, number in lake.items():
        entry = written.get(load_id)
        if entry is None and number == last:
            found.append(Finding("info", f"load {load_id} (snapshot {number}) is in the lake and not in the journal: a run was "
                                         "killed between the two", HEALS))
        elif entry is None:
            found.append(Finding("wrong", f"load {load_id} (snapshot {number}) is in the lake and not in the journal, though others "
                                          "followed it: a part of the journal is lost", f"{RESTORE}; {HEALS}, but for who decided and why"))
        elif entry.detail.get("snapshot") != number:
            found.append(Finding("wrong", f"load {load_id} is snapshot {number} in the lake and {entry.detail.get('snapshot')} in "
                                          "the journal", REBUILD))
    for load_id, entry in written.items():
        if load_id not in lake:
            found.append(Finding("wrong", f"load {load_id} of {entry.dataset} ({entry.at:%Y-%m-%d}) is in the journal and not in "
                                          "the lake", REBUILD))
    # Articles that were committed together share a number; nothing else does.
    shared = con.execute("SELECT snapshot FROM lake.ops.load GROUP BY snapshot HAVING count(*) > 1 AND NOT bool_and(dataset LIKE "
                         "'news.%')").fetchall()
    numbers = sorted(set(lake.values()))
    if shared or numbers != list(range(1, len(numbers) + 1)):
        found.append(Finding("wrong", f"the snapshot numbers are not 1 to {len(numbers)}, each once", REBUILD))
    for table in FACTS.values():
        twin = REVISIONS[table.name].name
        for name, column in ((table.name, "load_id"), (twin, "load_id"), (twin, "old_load_id"),
                             (COARSER[table.name].name, "load_id"), (COARSER[table.name].name, "ended_by")):
            found += _unresolved(con, name, column, "ops.load", "load_id")
    return Proof("loads and journal", f"{len(lake):,} loads", tuple(found))


def _decisions(con: duckdb.DuckDBPyConnection, entries: list[Entry]) -> Proof:
    """Tags, rows read again, held loads accepted and documents read anew: the lake's are the journal's."""
    found = [Finding("info", f"{each.said}: a run was killed between the two", HEALS) if each.entries else
             Finding("wrong", each.said, REBUILD)
             for each in decided.differences(con, "lake", entries, numbered(entries), None, datetime.now(UTC))]
    kinds = ("accepted", "rejected", "superseded", "replayed", "restored", "tagged", "reread")
    counted = {kind: sum(entry.kind == kind for entry in entries) for kind in kinds}
    said = ", ".join(f"{number:,} {kind}" for kind, number in counted.items() if number)
    return Proof("decisions", said or "none was made", tuple(found))


def _versions(con: duckdb.DuckDBPyConnection) -> Proof:
    """A key stands once in the present, and no version number or version id is given twice to a key."""
    found: list[Finding] = []
    total = 0
    for table in FACTS.values():
        key = ", ".join(table.key)
        twin = REVISIONS[table.name].name
        ((count,),) = con.execute(f"SELECT count(*) FROM lake.{table.name}").fetchall()
        total += int(count)
        found += _twice(con, table, f"SELECT {key} FROM lake.{table.name} GROUP BY {key}", "stands more than once in the present")
        every = (f"SELECT {key}, version_no, version_id FROM lake.{table.name} UNION ALL SELECT {key}, old_version_no, old_version_id "
                 f"FROM lake.{twin} WHERE old_version_id IS NOT NULL")
        found += _twice(con, table, f"SELECT {key}, version_no FROM ({every}) GROUP BY {key}, version_no",
                        "has a version number more than once")
        made = version_id(table.name, table.key, "version_no")
        found += _twice(con, table, f"SELECT {key} FROM ({every}) WHERE version_id <> {made} GROUP BY {key}",
                        "has a version id that is not the hash of its key and number", at_least=1)
    return Proof("version numbers", f"{total:,} keys", tuple(found))


def _twice(con: duckdb.DuckDBPyConnection, table: Table, grouped: str, said: str, at_least: int = 2) -> list[Finding]:
    rows = con.execute(f"{grouped} HAVING count(*) >= {at_least}").fetchmany(1000)
    if not rows:
        return []
    many = f"{len(rows)}" if len(rows) < 1000 else "1,000 or more"
    return [Finding("wrong", f"{table.name}: {many} keys of which each {said}, for example {', '.join(map(str, rows[0]))}", REBUILD)]


def _history(con: duckdb.DuckDBPyConnection, most: int) -> Proof:
    """Versions folded by load give, at every load looked at, what DuckLake's time travel gives."""
    points = fold.points(con, "lake")
    chosen = fold.sample(points, fold.tagged(con, "lake"), most)
    found = [Finding("wrong", f"{d.table} at snapshot {d.number}: {d.said}", REBUILD)
             for d in fold.differences(con, "lake", chosen)]
    ((loads,),) = con.execute("SELECT count(DISTINCT snapshot) FROM lake.ops.load").fetchall()
    if loads > len(points):
        found.append(Finding("info", f"{loads - len(points)} snapshots were expired by maintain: they cannot be travelled to, and "
                                     "their versions are all still here"))
    looked = (f"every snapshot ({len(points)})" if len(chosen) == len(points) else
              f"{len(chosen)} of {len(points)} snapshots: first, last, tagged, others evenly between: "
              + ", ".join(str(point.number) for point in chosen))
    return Proof("history", looked, tuple(found))
