"""Maintenance: fewer and larger files, and, only where a person asks for it, fewer days to travel to.

Everything is done on a copy of the catalogue. Only when every snapshot that stays still gives the same rows does the copy take
the catalogue's place, by a rename; until then a crash, or a fault of the engine, leaves nothing but files that nobody names,
which the next writer sweeps. The versions of figures are rows of our own tables: nothing here can touch them.

DuckLake's own ``ducklake_cleanup_old_files`` and ``ducklake_delete_orphaned_files`` are never called: they know nothing of the
published copies (and the second deleted live files: ducklake#815).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from warehouse.history import fold
from warehouse.lake import opening as lakes
from warehouse.lake.opening import AnyPlace, all_threads, attach, attach_for_writing, engine, writer
from warehouse.lake.place import Aside
from warehouse.schema.errors import LakeDamaged

MANY_DELETED = 0.5
"""A file with this share of its rows deleted is written anew, without them; the old one stays for time travel."""
PROVED = 20
"""So many snapshots of a long history are compared, table by table, before and after; the tagged ones besides."""

LARGE = 64 * 1024**2
"""Bytes of data from which a second thread pays: the proof asks hundreds of small questions, and for each of them DuckDB
wakes every thread (fifty of them took 1.6 s of processor time with two threads and 0.8 s with one; two cores, 2026-11-24)."""


@dataclass(frozen=True)
class Maintained:
    """What maintenance did, or in a rehearsal would do."""

    flushed: dict[str, int]
    """Rows that stood in the catalogue and went to files, by table."""
    merged: dict[str, tuple[int, int]]
    """Files before and after, by table."""
    rewritten: dict[str, int]
    """Files that were mostly deleted rows, by table."""
    expired: tuple[int, ...]
    """Our snapshot numbers that can no longer be travelled to."""
    kept: tuple[int, ...]
    """Snapshots of that time that stay: tagged, or the newest."""
    removed: tuple[str, ...]
    """Names of files that nothing reads any more."""
    waiting: int
    """Files that only a published copy still names: they go when that copy does."""
    proved: tuple[int, ...]
    """Snapshots whose every table was compared, before and after."""
    dry_run: bool

    @property
    def changed(self) -> bool:
        return bool(self.flushed or self.merged or self.rewritten or self.expired or self.removed)


def maintain(place: AnyPlace, *, expire_before: datetime | None = None, dry_run: bool = False, wait_s: float = 0,
             least: int = 0) -> Maintained:
    """Flush, merge, rewrite, expire what is asked for, let go of what nothing reads; then publish.

    ``least`` rows of one table must stand in the catalogue for files to be touched: where it is done every week,
    ``lake.FLUSH_ROWS``, since each flush adds files that stay.

    ``expire_before`` gives up travelling to loads recorded before it; tagged ones and the newest stay whatever it says, and
    nothing expires without it. A dry run does it all on the copy and throws the copy away: what it says is what would be done.
    Raises Busy beside a writer, LakeDamaged when the engine changed the answer of a snapshot (then nothing has changed).
    """
    with writer(place, "entrepot maintain --dry-run" if dry_run else "entrepot maintain", wait_s=wait_s) as lake:
        lake.con.close()
        stood = {key.rpartition("/")[2] for key in place.files.keys("")}
        aside = place.aside()
        try:
            done = _on_copy(place, aside, expire_before, dry_run, least)
            # A file that this run wrote and merged away again is nobody's business.
            done = replace(done, removed=tuple(name for name in done.removed if name in stood))
            if not dry_run and done.changed:
                aside.install()
                place.publish()
        finally:
            aside.discard()
            place.sweep()
    return done


def _on_copy(place: AnyPlace, aside: Aside, expire_before: datetime | None, dry_run: bool, least: int) -> Maintained:
    flushed: dict[str, int] = {}
    rewritten: dict[str, int] = {}
    merged: dict[str, tuple[int, int]] = {}
    con = engine(place)
    try:
        attach_for_writing(con, aside.writing_to(lakes.INLINED_ROWS), place.where)
        # All three or none, the flush first: DuckLake 1.0 turns back in time wrongly where rows are flushed after a rewrite
        # (ducklake#1406).
        if place.inlined() >= least:
            flushed = {table: rows for table, (rows,) in _call(con, "ducklake_flush_inlined_data('lake')", "rows_flushed").items()
                       if rows}
            rewritten = {table: files for table, (files,) in _call(
                con, f"ducklake_rewrite_data_files('lake', delete_threshold => {MANY_DELETED})", "files_processed").items()}
            merged = {table: (many, few) for table, (many, few) in _call(
                con, "ducklake_merge_adjacent_files('lake')", "files_processed", "files_created").items()}
        expired, kept = _expire(con, expire_before)
        con.execute("USE memory")
        with all_threads(con, place.size() >= LARGE):
            proved = _prove(con, place, None if expired else {*flushed, *rewritten, *merged})
        con.execute("DETACH lake")
    finally:
        con.close()
    free, waiting = aside.free()
    aside.forget(free)
    return Maintained(flushed, merged, rewritten, expired, kept, tuple(sorted(free)), waiting, proved, dry_run)


def _call(con: duckdb.DuckDBPyConnection, what: str, *counts: str) -> dict[str, tuple[int, ...]]:
    """Call one of DuckLake's functions: the counts that it gives, summed by table."""
    result = con.execute(f"CALL {what}")
    names = [column[0] for column in result.description or ()]
    found: dict[str, tuple[int, ...]] = {}
    for row in result.fetchall():
        said = dict(zip(names, row, strict=True))
        table = f"{said['schema_name']}.{said['table_name']}"
        found[table] = tuple(int(said[name]) + had for name, had in zip(counts, found.get(table, (0,) * len(counts)), strict=True))
    return found


def _expire(con: duckdb.DuckDBPyConnection, before: datetime | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Expire DuckLake's snapshots of loads recorded before a time, with those of no load that lie between."""
    if before is None:
        return (), ()
    at = {point.number: point.version for point in fold.points(con, "lake")}
    old = [number for (number,) in con.execute(
        "SELECT snapshot FROM lake.ops.load WHERE recorded_at < ? ORDER BY snapshot", [before]).fetchall() if number in at]
    stays = fold.tagged(con, "lake") | {max(at, default=0)}
    expired = tuple(number for number in old if number not in stays)
    kept = tuple(number for number in old if number in stays)
    if expired:
        newest = max(at[number] for number in expired)
        gone = {at[number] for number in expired}
        loads = set(at.values())
        ids = [row[0] for row in con.execute("SELECT snapshot_id FROM lake.snapshots()").fetchall()]
        versions = [str(i) for i in ids if i in gone or (i < newest and i not in loads and i != max(ids))]
        con.execute(f"CALL ducklake_expire_snapshots('lake', versions => [{', '.join(versions)}])")
    return expired, kept


def _prove(con: duckdb.DuckDBPyConnection, place: AnyPlace, touched: set[str] | None) -> tuple[int, ...]:
    """Every table that was touched (None: every table) gives, at every snapshot that stays, the rows that it gave before.

    Of a long history a sample is asked (``fold.sample``). Raises LakeDamaged at the first difference.
    """
    if touched is not None and not touched:
        return ()
    attach(con, place, "was")
    con.execute("USE memory")
    tables = [f"{schema}.{table}" for schema, table in con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'was' ORDER BY ALL").fetchall()
        if touched is None or f"{schema}.{table}" in touched]
    chosen = fold.sample(fold.points(con, "lake"), fold.tagged(con, "lake"), PROVED)
    for point in chosen:
        for table in tables:
            was, now = (fold.fingerprint(con, f"{catalog}.{table}", point.version) for catalog in ("was", "lake"))
            if was != now:
                raise LakeDamaged(
                    f"maintenance stopped and changed nothing: DuckLake would have given {table} of snapshot {point.number} "
                    f"differently afterwards ({was[0] if was else 'no'} rows before, {now[0] if now else 'no'} after). {place.where} "
                    "is as it was; please report this with the version of duckdb")
    for table in tables:
        ((was_now, is_now),) = con.execute(f"SELECT (SELECT count(*) FROM was.{table}), (SELECT count(*) FROM lake.{table})").fetchall()
        if was_now != is_now:
            raise LakeDamaged(f"maintenance stopped and changed nothing: {table} had {was_now} rows and would have had {is_now}")
    con.execute("DETACH was")
    return tuple(point.number for point in chosen)


def listed(numbers: Sequence[int]) -> str:
    """Snapshot numbers in few words: ``1–12``, or ``1, 4, 9 … (50 in all)``."""
    if not numbers:
        return "none"
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
    shown = ", ".join(str(number) for number in numbers[:8])
    return f"{shown} … {numbers[-1]} ({len(numbers)} in all)" if len(numbers) > 8 else shown
