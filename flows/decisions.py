"""What a person decides: a held load accepted or rejected, quarantined rows read again. Every decision is in the journal."""

from __future__ import annotations

import getpass

from flows import clock, pipeline, registry
from flows.house import House
from flows.pipeline import Outcome
from warehouse import history, snapshot_ops, staging
from warehouse.answers import rows
from warehouse.journal import Entry, HeldLoad
from warehouse.lake import Writer, connect, writer
from warehouse.schema.errors import UsageError
from warehouse.snapshot_ops import Restored


def _waiting(house: House, number: int) -> HeldLoad:
    load = house.journal.held_load(number)
    if load.decided:
        raise UsageError(f"held load {number} was {load.decided.kind} by {load.decided.by} already")
    return load


def _decide(house: House, load: HeldLoad, kind: str, why: str) -> None:
    entry = load.entry
    house.journal.add(Entry(
        at=clock.now(), kind="accepted" if kind == "accepted" else "rejected", dataset=entry.dataset, fetch_id=entry.fetch_id,
        document_sha256=entry.document_sha256, url=entry.url, batch=entry.batch, parser_version=entry.parser_version,
        by=getpass.getuser(), why=why, detail={"held": load.number}))


def accept(house: House, number: int, why: str) -> list[Outcome]:
    """Load a held batch after all, then write the decision down: a crash between the two leaves it waiting, and asking again
    finds the figures there."""
    load = _waiting(house, number)
    parsed = pipeline.parse(house, load.entry.fetch_id, again=True)
    outcomes = pipeline.load(house, [parsed], accept=(load.entry.dataset, load.entry.batch))
    _decide(house, load, "accepted", why)
    return outcomes


def reject(house: House, number: int, why: str) -> None:
    """Leave a held batch out for good."""
    _decide(house, _waiting(house, number), "rejected", why)


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
            with writer(house.place, "entrepot quarantine replay", wait_s=house.settings.wait_for_writer_s) as lake:
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
    with writer(house.place, "entrepot snapshots restore", wait_s=house.settings.wait_for_writer_s) as lake:
        pipeline.heal(house, lake)
        number = history.resolve(lake.con, to, house.settings.tz).number
        done = snapshot_ops.restore(lake, number, datasets, at=clock.now(), versions=pipeline.versions(), dry_run=dry_run)
        if done.snapshot is not None:
            lake.after_commit()
            house.journal.add(pipeline.committed_entry(lake, done.load_id, "", by=getpass.getuser(), why=why))
    return done


def tag(house: House, name: str, snapshot: str | None, note: str) -> int:
    """Name a snapshot (the newest where none is said). Returns its number."""
    with writer(house.place, "entrepot snapshots tag", wait_s=house.settings.wait_for_writer_s) as lake:
        number = history.resolve(lake.con, snapshot or str(lake.snapshot()), house.settings.tz).number
        _tagged(house, lake, name, number, note)
    return number


def untag(house: House, name: str) -> None:
    """Take a name away; the snapshot stays."""
    with writer(house.place, "entrepot snapshots untag", wait_s=house.settings.wait_for_writer_s) as lake:
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
