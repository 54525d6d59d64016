"""Whether a home is of one piece: lake, journal and archive each speak of the others, and none of them is gone.

A disk that is not mounted is no empty home. What the journal says was loaded and the lake has not, or the other way round, is
damage; the one exception is what a run left that was killed between its commit and its line in the journal, which the next
writer writes down (``flows.run.bookkeeping.heal``). The long proof is ``verify``.
"""

from __future__ import annotations

import time

import duckdb

from warehouse.archive.journal import Journal
from warehouse.archive.store import Store
from warehouse.lake.opening import AnyPlace, Writer, connect
from warehouse.lake.place import REBUILD, RESTORE
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, Unreachable

_BEGUN = "journal/begun.jsonl"
"""An empty object of the journal, there before the first load is: with it a journal without a line is told from one that is gone."""
_WAY_OUT = f"Is a disk not mounted? Else {REBUILD}, or {RESTORE}; nothing is loaded before that"
_SWITCH_S = 2.0
"""For another lake to be put in place: two renames."""


def gone(place: AnyPlace, journal: Journal) -> LakeDamaged | None:
    """What is the matter where lake, journal or archive are not there though another of them is; None where all is well.

    Asked before every command, so it only looks whether they are there. What they hold is compared by ``begin``.
    """
    store = journal.store
    if not _there(place, journal):
        journal.refresh()
        # Looked again: a first load may have come between, and its lake is there before its line in the journal.
        if not (loads := journal.committed()) or place.exists():
            return None
        who = f" ({busy} is at work there)" if (busy := place.writing()) else ""
        newest = max(entry.detail["snapshot"] for entry in loads)
        return LakeDamaged(f"the lake is gone: nothing is in {place.where}{who}, and {store.name('journal')} records {len(loads):,} loads, "
                           f"up to snapshot {newest}. {_WAY_OUT}")
    # Looked again after the lake was: another run's first load keeps its document and marks the journal before it makes the lake.
    if _missing(store) and place.current() is not None and _has_loads(place) and (missing := _missing(store)):
        return LakeDamaged(f"the {'journal' if missing == ['journal'] else 'archive'} is gone: nothing is in "
                           f"{' and '.join(store.name(part) for part in missing)}, while the lake in {place.where} was loaded from there. "
                           f"Is a disk not mounted? Else {RESTORE}"
                           + (f"; without a backup, {REBUILD} and what the lake itself knows" if missing == ["journal"] else "")
                           + "; nothing is loaded before that")
    return place.lost()


def _missing(store: Store) -> list[str]:
    return [part for part in ("journal", "log", "blobs") if not store.holds(part)]


def _there(place: AnyPlace, journal: Journal) -> bool:
    """Whether a lake is there; one that is being put in another's place right now is waited for."""
    give_up = time.monotonic() + _SWITCH_S
    while not place.exists():
        if not journal.store.holds("journal") or time.monotonic() >= give_up or not place.writing():
            return place.exists()
        time.sleep(0.05)
    return True


def _has_loads(place: AnyPlace) -> bool:
    try:
        con = connect(place)
    except (Busy, Unreachable):
        raise
    except EntrepotError:
        return True  # damaged, or of another version: one that was loaded
    try:
        return bool(con.execute("SELECT EXISTS (FROM ops.load)").fetchall()[0][0])
    finally:
        con.close()


def refuse_empty(journal: Journal, con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The connection of a reader. Raises LakeDamaged where its lake has no load at all and the journal has: it is another's."""
    if not con.execute("SELECT EXISTS (FROM ops.load)").fetchall()[0][0] and (loads := journal.committed()):
        raise LakeDamaged(f"the lake is empty, and the journal in {journal.store.name('journal')} records {len(loads):,} loads. {_WAY_OUT}")
    return con


def mark_begun(journal: Journal) -> None:
    """Before a lake is made, under its lock and after ``gone`` was asked: from here on a journal that is not there is one that is gone."""
    if not journal.store.holds("journal"):
        journal.store.put(_BEGUN, b"")


def begin(journal: Journal, lake: Writer) -> None:
    """Refuse to write where lake and journal are not of one piece; under the lock, before anything is loaded.

    Raises LakeDamaged where the journal knows a load that the lake has not, or the lake one between others of its dataset that the
    journal has not.
    """
    # The journal first: another dataset's writer commits and then writes it down.
    journal.refresh()
    written = {entry.detail["load_id"]: entry for entry in journal.committed()}
    rows = lake.con.execute("SELECT load_id, dataset, snapshot FROM ops.load").fetchall()
    held = {load_id for load_id, _, _ in rows}
    lost = [entry for load_id, entry in written.items() if load_id not in held]
    if lost:
        first = lost[0]
        raise LakeDamaged(f"the lake in {lake.place.where} lacks {len(lost):,} of the {len(written):,} loads that the journal records, the "
                          f"first of {first.dataset} on {first.at:%Y-%m-%d} (snapshot {first.detail['snapshot']}): it is an older one, "
                          f"or another's. {_WAY_OUT}")
    newest: dict[str, int] = {}
    for load_id, dataset, number in rows:
        if load_id in written:
            newest[dataset] = max(newest.get(dataset, 0), number)
    holes = [(number, dataset) for load_id, dataset, number in rows if load_id not in written and number < newest.get(dataset, 0)]
    if holes:
        number, dataset = min(holes)
        raise LakeDamaged(f"the journal in {journal.store.name('journal')} lacks {len(holes):,} of the {len(rows):,} loads that the lake "
                          f"has, the first of {dataset} (snapshot {number}): a part of it is gone. {RESTORE}; or {REBUILD} and "
                          "what the lake itself knows; nothing is loaded before that")
