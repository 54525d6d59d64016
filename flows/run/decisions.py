"""What a person decides: a held load accepted or rejected, a snapshot named or brought back. Every decision is in the journal.

Rows of the quarantine are read again in ``replaying``.
"""

from __future__ import annotations

import getpass
from dataclasses import replace

from flows.home import clock
from flows.home.house import House
from flows.run import bookkeeping, pipeline
from flows.run.bookkeeping import FAULT, Outcome
from flows.run.pipeline import Acceptance
from flows.run.turns import readable, writer_of
from warehouse.archive.journal import HeldLoad
from warehouse.history import past, snapshots
from warehouse.history.snapshots import Restored
from warehouse.lake.opening import connect
from warehouse.load import staging
from warehouse.schema.errors import UsageError
from warehouse.upkeep.decided import tagging


def _waiting(house: House, number: int) -> HeldLoad:
    load = house.journal.held_load(number)
    if load.decided:
        raise UsageError(f"held load {number} was {load.decided.kind} by {load.decided.by} already ({load.decided.why})")
    return load


def accept(house: House, number: int, why: str) -> list[Outcome]:
    """Load a held batch after all. It is closed as accepted where its figures came in or were there already, and only then: what the
    parser refuses or no longer gives stays open. Commit and decision are one: a crash between lake and journal is healed.

    Raises UsageError where it was decided already, where newer figures of the same periods stand in the lake (then it is closed as
    superseded), or where the document no longer gives the batch.
    """
    load = _waiting(house, number)
    readable(house, f"entrepot held accept {number}")
    parsed = pipeline.parse(house, load.entry.fetch_id, again=True)
    if parsed.outcome is not None:
        return [_stays_open(load, parsed.outcome)]
    accepted = Acceptance(load, getpass.getuser(), why)
    batches = [staging.read(folder) for folder in parsed.folders]
    if not any(accepted.means(staged) for staged in batches):
        parsed.clear()
        gives = ", ".join(f"{staged.dataset} {staged.batch}" for staged in batches) or "nothing"
        raise UsageError(f"held load {number} stays open and nothing was changed: as it is read now, {load.entry.url} gives {gives}, and "
                         f"no {load.entry.dataset} {load.entry.batch}. entrepot import or refresh loads it as it is read now; held reject "
                         f"{number} closes this")
    outcomes = pipeline.load(house, [parsed], accept=accepted, why=f"entrepot held accept {number}")
    return [outcome if outcome.result in ("new_data", "no_change") else _stays_open(load, outcome) for outcome in outcomes]


def _stays_open(load: HeldLoad, outcome: Outcome) -> Outcome:
    """What kept an accepted load out, said as such."""
    return replace(outcome, result="error", error=outcome.error or FAULT, dataset=load.entry.dataset, batch=load.entry.batch,
                   said=f"not loaded: {outcome.said}. Held load {load.number} stays open and nothing was changed; accept it again when "
                        "this is mended, or reject it")


def reject(house: House, number: int, why: str) -> None:
    """Leave a held batch out for good. Raises UsageError where it was decided already, also by somebody who is just loading it."""
    dataset = _waiting(house, number).entry.dataset
    with writer_of(house, "entrepot held reject", {dataset}) as lake:
        bookkeeping.heal(house, lake)
        bookkeeping.close(house, _waiting(house, number), "rejected", by=getpass.getuser(), why=why)


def restore(house: House, to: str, datasets: list[str] | None, why: str) -> Restored:
    """Bring an old snapshot's content back, as a new snapshot; who and why are in the commit's note and in the journal.

    ``datasets`` are names or beginnings of names; raises UsageError for one that means none.
    """
    by = getpass.getuser()
    with writer_of(house, "entrepot snapshots restore") as lake:
        bookkeeping.heal(house, lake)
        number = past.resolve(lake.con, to, house.settings.tz).number
        chosen = None if datasets is None else snapshots.with_figures(lake.con, datasets)
        done = snapshots.restore(lake, number, chosen, at=clock.now(), versions=bookkeeping.versions(), by=by, why=why)
        if done.snapshot is not None:
            lake.after_commit()
            house.journal.add(bookkeeping.committed_entry(lake, done.load_id, "", by=by, why=why))
    return done


def restorable(house: House, to: str, datasets: list[str] | None) -> Restored:
    """What ``restore`` would do, asked over a connection that can only read."""
    readable(house, "entrepot snapshots restore")
    con = connect(house.place)
    try:
        number = past.resolve(con, to, house.settings.tz).number
        return snapshots.plan(con, number, None if datasets is None else snapshots.with_figures(con, datasets))
    finally:
        con.close()


def tag(house: House, name: str, snapshot: str | None, note: str) -> int:
    """Name a snapshot (the newest where none is said). Returns its number."""
    snapshots.check_tag(name)
    at, by = clock.now(), getpass.getuser()
    with writer_of(house, "entrepot snapshots tag") as lake:
        bookkeeping.heal(house, lake)
        number = past.resolve(lake.con, str(lake.snapshot()) if snapshot is None else snapshot, house.settings.tz).number
        if snapshots.tag(lake, name, number, by=by, at=at, note=note):
            lake.after_commit()
            house.journal.add(tagging(name, number, by=by, tagged_at=at, note=note, at=at))
    return number


def untag(house: House, name: str) -> None:
    """Take a name away; the snapshot stays."""
    at, by = clock.now(), getpass.getuser()
    with writer_of(house, "entrepot snapshots untag") as lake:
        bookkeeping.heal(house, lake)
        snapshots.untag(lake, name, by=by, at=at)
        lake.after_commit()
        house.journal.add(tagging(name, None, by=by, tagged_at=at, note="", at=at))
