"""What a person decides: a held load accepted or rejected, quarantined rows read again. Every decision is in the journal."""

from __future__ import annotations

import getpass

from flows import bookkeeping, clock, pipeline, registry
from flows.bookkeeping import Outcome
from flows.house import House
from flows.pipeline import Parsed
from flows.turns import writer_of
from warehouse import history, snapshot_ops, staging
from warehouse.answers import rows
from warehouse.journal import Entry, HeldLoad
from warehouse.lake import Writer, connect
from warehouse.schema.errors import UsageError
from warehouse.schema.tables import FACTS
from warehouse.snapshot_ops import Restored


def _waiting(house: House, number: int) -> HeldLoad:
    load = house.journal.held_load(number)
    if load.decided:
        raise UsageError(f"held load {number} was {load.decided.kind} by {load.decided.by} already ({load.decided.why})")
    return load


def accept(house: House, number: int, why: str) -> list[Outcome]:
    """Load a held batch after all, then write the decision down: a crash between the two leaves it waiting, and asking again
    finds the figures there.

    Raises UsageError where it was decided already, or where newer figures of the same periods stand in the lake: then it is
    closed as superseded.
    """
    load = _waiting(house, number)
    parsed = pipeline.parse(house, load.entry.fetch_id, again=True)
    if newer := _newer(house, load, parsed):
        parsed.clear()
        bookkeeping.close(house, load, "superseded", by="a later release", why=newer)
        raise UsageError(f"held load {number} is older than what was loaded since ({newer}): it is closed, nothing was changed")
    outcomes = pipeline.load(house, [parsed], accept=load)
    bookkeeping.close(house, load, "accepted", by=getpass.getuser(), why=why)
    return outcomes


def _newer(house: House, load: HeldLoad, parsed: Parsed) -> str:
    """Which figures of the same periods were asked for later than the held ones, or nothing."""
    staged = next((found for folder in parsed.folders if (found := staging.read(folder)) and
                   (found.dataset, found.batch) == (load.entry.dataset, load.entry.batch)), None)
    if staged is None or staged.table not in FACTS or house.place.current() is None:
        return ""
    table, asked = FACTS[staged.table], house.archive.fetch(load.entry.fetch_id).asked_at
    fixed = {name: staged.constants[name] for name in table.key if name in staged.constants and not name.startswith("period_")}
    con = connect(house.place)
    try:
        periods = con.execute("SELECT min(period_start), max(period_end) FROM read_parquet(?)",
                              [[str(path) for path in staged.paths()]]).fetchall()[0]
        found = con.execute(
            f"SELECT max(f.asked_at) FROM {table.name} p JOIN ops.fetch f USING (fetch_id) WHERE f.asked_at > ? "
            f"AND p.period_start >= ? AND p.period_end <= ? {''.join(f' AND p.{name} = ?' for name in fixed)}",
            [asked, *periods, *fixed.values()]).fetchall()[0][0]
    finally:
        con.close()
    return f"figures of {found:%Y-%m-%d %H:%M}Z" if found else ""


def reject(house: House, number: int, why: str) -> None:
    """Leave a held batch out for good."""
    bookkeeping.close(house, _waiting(house, number), "rejected", by=getpass.getuser(), why=why)


def replay(house: House, dataset: str | None) -> list[tuple[Outcome, int]]:
    """Read the documents of waiting quarantined rows again. Returns each outcome with the rows that are understood now."""
    con = connect(house.place)
    waiting = rows(con, "SELECT dataset, fetch_id, load_id, locator, rule FROM ops.quarantine WHERE replayed_by IS NULL "
                        "AND (? IS NULL OR dataset = ?) ORDER BY ALL", [dataset, dataset])
    con.close()
    done: list[tuple[Outcome, int]] = []
    for fetch_id in dict.fromkeys(row["fetch_id"] for row in waiting):
        mine = [row for row in waiting if row["fetch_id"] == fetch_id]
        parsed = pipeline.parse(house, fetch_id, again=True)
        if parsed.outcome is not None:
            done.append((parsed.outcome, 0))
            continue
        still = {(r.locator, r.rule) for folder in parsed.folders for r in staging.read(folder).rejected}
        outcomes = pipeline.load(house, [parsed])
        read = [row for row in mine if (row["locator"], row["rule"]) not in still]
        by = next((entry.detail["load_id"] for entry in reversed(house.journal.committed()) if entry.fetch_id == fetch_id), "")
        if read:
            with writer_of(house, "entrepot quarantine replay") as lake:
                with lake.transaction("quarantine replayed", replayed=by) as open_:
                    open_.executemany("UPDATE ops.quarantine SET replayed_by = ? WHERE load_id = ? AND locator = ? AND rule = ?",
                                      [[by, row["load_id"], row["locator"], row["rule"]] for row in read])
                lake.after_commit()
            entry = next(e for e in house.journal.entries() if e.fetch_id == fetch_id)
            house.journal.add(Entry(
                at=clock.now(), kind="replayed", dataset=mine[0]["dataset"], fetch_id=fetch_id, url=entry.url,
                document_sha256=entry.document_sha256, parser_version=registry.publisher_of(mine[0]["dataset"]).parser_version,
                by=getpass.getuser(), why=f"{len(read)} rows understood after a fix",
                detail={"by_load": by, "rows": [[row["load_id"], row["locator"], row["rule"]] for row in read]}))
        done += [(outcome, len(read)) for outcome in outcomes] or [(Outcome(mine[0]["dataset"], "no_change", "as before"), 0)]
    return done


def restore(house: House, to: str, datasets: list[str] | None, why: str, *, dry_run: bool = False) -> Restored:
    """Bring an old snapshot's content back, as a new snapshot; who and why are in the journal."""
    with writer_of(house, "entrepot snapshots restore") as lake:
        bookkeeping.heal(house, lake)
        number = history.resolve(lake.con, to, house.settings.tz).number
        done = snapshot_ops.restore(lake, number, datasets, at=clock.now(), versions=bookkeeping.versions(), dry_run=dry_run)
        if done.snapshot is not None:
            lake.after_commit()
            house.journal.add(bookkeeping.committed_entry(lake, done.load_id, "", by=getpass.getuser(), why=why))
    return done


def tag(house: House, name: str, snapshot: str | None, note: str) -> int:
    """Name a snapshot (the newest where none is said). Returns its number."""
    with writer_of(house, "entrepot snapshots tag") as lake:
        number = history.resolve(lake.con, snapshot or str(lake.snapshot()), house.settings.tz).number
        _tagged(house, lake, name, number, note)
    return number


def untag(house: House, name: str) -> None:
    """Take a name away; the snapshot stays."""
    with writer_of(house, "entrepot snapshots untag") as lake:
        _tagged(house, lake, name, None, "")


def _tagged(house: House, lake: Writer, name: str, number: int | None, note: str) -> None:
    at = clock.now()
    if number is None:
        snapshot_ops.untag(lake, name)
    else:
        snapshot_ops.tag(lake, name, number, by=getpass.getuser(), at=at, note=note)
    lake.after_commit()
    house.journal.add(Entry(at=at, kind="tagged", dataset="*", by=getpass.getuser(), why=note,
                            detail={"tag": name, "snapshot": number, "tagged_at": at.isoformat()}))
