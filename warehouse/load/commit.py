"""From a staged batch to one transaction: its diff, the gates that may hold it, load and checks.

Facts (``stats.*``) are compared and versioned in ``diff``, releases in ``calendars``, articles in ``article_versions``. What holds a load
back is in ``gates``; the lake is opened by ``warehouse.lake.opening``.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace

import duckdb
import msgspec

from warehouse.lake.opening import Writer, all_threads
from warehouse.load import gates
from warehouse.load.calendars import other_diff
from warehouse.load.diff import LARGE, Context, Diff, FactsDiff
from warehouse.load.records import fetch_row, insert, load_row
from warehouse.load.staging import Staged
from warehouse.reference.areas import Labels
from warehouse.schema.tables import FACTS, TABLES, sql_columns
from warehouse.schema.travel import Check, Dataset, Publisher


@dataclass(frozen=True)
class Committed:
    """What came of a staged batch: exactly one of new data, no change, held."""

    load_id: str
    snapshot: int | None
    counts: dict[str, int]
    held: tuple[Check, ...] = ()
    checks: tuple[Check, ...] = ()
    largest: tuple[dict[str, object], ...] = field(default=())
    """The largest revisions, for the run's report; of a load that is held, what a person has to judge (``Diff.evidence``)."""

    @property
    def changed(self) -> bool:
        return self.snapshot is not None


def commit(lake: Writer, staged: Staged, dataset: Dataset, context: Context) -> Committed:
    """Commit one staged batch, or hold it, or find that nothing changed (then nothing is written at all).

    Raises Incomplete below the dataset's floors, or where too many rows were set aside.
    """
    if context.read_again is None:
        gates.floors(staged, dataset)
    loads, rows, again = lake.con.execute("""
        SELECT count(*) FILTER (dataset = $dataset), coalesce(sum(rows_new) FILTER (dataset = $dataset), 0),
          count(*) FILTER (load_id = $load) FROM ops.load""", {"dataset": staged.dataset, "load": staged.load_id}).fetchall()[0]
    if again:
        staged = _own_load_id(lake, staged)
    with all_threads(lake.con, staged.rows_good + rows >= LARGE):
        return _commit(lake, staged, dataset, context, first=not loads)


def _commit(lake: Writer, staged: Staged, dataset: Dataset, context: Context, *, first: bool) -> Committed:
    with ExitStack() as diffs:
        # What is updated in a transaction of millions of rows is held in memory twice.
        with lake.one_state() if staged.rows_good < LARGE else nullcontext():
            fresh = _not_yet_quarantined(lake, staged)
            diff: Diff
            if staged.table in FACTS:
                diff = FactsDiff(lake, staged, FACTS[staged.table], context, first=first, dataset=dataset)
            else:
                diff = other_diff(lake, staged, dataset, TABLES[staged.table], context)
            diffs.callback(diff.close)
            counts = diff.counts()
            checks = [*staged.checks, *gates.drift(staged, context.columns_before)]
            if finer := counts.get("finer"):
                checks.append(Check("finer_print", "info", f"{finer} figures", "",
                                    f"{finer} figures are kept as this document prints them: the same within print, with more decimals"))
            changed = sum(counts.values())
            if not changed and not fresh and context.snapshot is None:
                return Committed(staged.load_id, None, counts, checks=tuple(checks))
            held = [*context.suspicions, *diff.gates()] if changed else []
            if held and not context.accepted:
                return Committed(staged.load_id, None, counts, held=tuple(held), checks=(*checks, *held), largest=tuple(diff.evidence()))
            checks += held
            largest = diff.largest()
        # The number is taken where nobody else can take it: another writer may have committed another dataset since.
        with lake.held.alone():
            number = context.snapshot or lake.snapshot() + 1
            with lake.transaction(f"{staged.dataset} {staged.batch}", snapshot=number, load=staged.load_id,
                                  recorded_at=context.recorded_at.isoformat(), **context.note) as con:
                diff.write(con)
                _record(con, staged, context, number, counts, checks, fresh)
    return Committed(staged.load_id, number, counts, checks=tuple(checks), largest=tuple(largest))


def _own_load_id(lake: Writer, staged: Staged) -> Staged:
    """A document read again by the same parser version (after a fix without a new version) is a load of its own."""
    while lake.con.execute("SELECT 1 FROM ops.load WHERE load_id = ?", [staged.load_id]).fetchone():
        staged = msgspec.structs.replace(staged, load_id=hashlib.sha256(f"{staged.load_id}+".encode()).hexdigest()[:20])
    return staged


def _not_yet_quarantined(lake: Writer, staged: Staged) -> list[tuple[str, str, str, str]]:
    """Rejected rows that are not in quarantine already: the same bad row of the same dataset is set aside once."""
    if not staged.rows_rejected:
        return []
    held = set(lake.con.execute("SELECT locator, rule, raw FROM ops.quarantine WHERE dataset = ? AND replayed_by IS NULL",
                                [staged.dataset]).fetchall())
    fresh = {(row.locator, row.rule): (row.locator, row.rule, row.reason, row.raw) for row in staged.rejected()
             if (row.locator, row.rule, row.raw) not in held}
    return list(fresh.values())


def _record(con: duckdb.DuckDBPyConnection, staged: Staged, context: Context, snapshot: int, counts: dict[str, int],
            checks: list[Check], fresh: list[tuple[str, str, str, str]]) -> None:
    """The rows of ``ops.*`` that belong to a load, in its transaction."""
    insert(con, "ops.fetch", [fetch_row(staged.fetch)])
    insert(con, "ops.load", [load_row(staged, context, snapshot, counts, len(fresh))])
    results = by_subject(checks)
    if results:
        con.executemany("INSERT INTO ops.check_result (load_id, check_name, level, observed, expected, said, subject) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [[staged.load_id, c.check, c.level, c.observed, c.expected, c.said, c.subject] for c in results])
    if fresh:
        names = ("locator", "rule", "reason", "raw")
        con.execute("INSERT INTO ops.quarantine SELECT $load, unnest($locator), unnest($rule), $dataset, unnest($reason), unnest($raw), "
                    "$fetch, NULL", {"load": staged.load_id, "dataset": staged.dataset, "fetch": staged.fetch.fetch_id}
                    | {name: [row[at] for row in fresh] for at, name in enumerate(names)})
    mark_read(con, staged.load_id, context.read_again or ())


def mark_read(con: duckdb.DuckDBPyConnection, load_id: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Say of rows in quarantine (load, locator, rule) which load reads them. In a transaction."""
    marked = [[load_id, *row] for row in rows]
    if marked:
        con.executemany("UPDATE ops.quarantine SET replayed_by = ? WHERE load_id = ? AND locator = ? AND rule = ?", marked)


def by_subject(checks: Iterable[Check]) -> list[Check]:
    """Every result once, each under a key of its own: equal ones are one, and two that name no subject, or the same, are told apart by
    a number."""
    kept: list[Check] = []
    taken: set[tuple[str, str]] = set()
    for check in dict.fromkeys(checks):
        subject, number = check.subject, 2
        while (check.check, subject) in taken:
            subject, number = f"{check.subject} ({number})".strip(), number + 1
        taken.add((check.check, subject))
        kept.append(replace(check, subject=subject))
    return kept


def describe(lake: Writer, datasets: Iterable[Dataset], publishers: Iterable[Publisher] = (), labels: Iterable[Labels] = ()) -> bool:
    """Bring ``ref.dataset``, ``ref.publisher``, a publisher's names, bands and labels of areas to what the connectors declare.

    What no connector declares any more stays: figures of it are still held. Returns whether anything changed.
    """
    declared = _declared(datasets, publishers) | {"ref.area_code": {each.publisher: set[tuple[object, ...]](each.rows) for each in labels}}

    def stale() -> list[tuple[str, str, set[tuple[object, ...]]]]:
        found = []
        for table, owners in declared.items():
            held: dict[object, set[tuple[object, ...]]] = defaultdict(set)
            for row in lake.con.execute(f"SELECT {', '.join(sql_columns(TABLES[table]))} FROM {table}").fetchall():
                held[row[0]].add(row)
            found += [(table, owner, rows) for owner, rows in owners.items() if held[owner] != rows]
        return found

    if not stale():
        return False
    with lake.held.alone():
        changed = stale()
        if not changed:
            return False  # another writer did it meanwhile
        with lake.transaction("datasets", schema="datasets") as con:
            for table in dict.fromkeys(table for table, _, _ in changed):
                owners = {owner: rows for where, owner, rows in changed if where == table}
                con.execute(f"DELETE FROM {table} WHERE {TABLES[table].key[0]} IN (SELECT unnest(?))", [list(owners)])
                if rows := [row for rows in owners.values() for row in rows]:
                    insert(con, table, [dict(zip(sql_columns(TABLES[table]), row, strict=True)) for row in rows])
    return True


def _declared(datasets: Iterable[Dataset], publishers: Iterable[Publisher]) -> dict[str, dict[str, set[tuple[object, ...]]]]:
    """The rows of each table of what is declared, by the dataset or publisher that they are of: always the first column."""
    def row(table: str, record: Dataset | Publisher, **other: object) -> tuple[object, ...]:
        return tuple(other[name] if name in other else getattr(record, name) for name in sql_columns(TABLES[table]))

    known = list(publishers)
    return {
        "ref.dataset": {each.dataset: {row("ref.dataset", each, table_name=each.table)} for each in datasets},
        "ref.publisher": {each.publisher: {row("ref.publisher", each, languages=" ".join(each.languages))} for each in known},
        "ref.publisher_name": {each.publisher: {(each.publisher, language, name) for language, names in each.names.items()
                                                for name in names} for each in known},
        "ref.revision_band": {each.publisher: {(each.publisher, band.flow, band.length, band.pct) for band in each.bands}
                              for each in known}}
