"""The lake from the archive: the journal's loads replayed in order, with times from the records and no network."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from flows import pipeline, registry
from flows.house import House
from warehouse import disk, snapshot_ops, staging
from warehouse.commit import commit, describe
from warehouse.journal import Entry, moment
from warehouse.lake import Place, Writer, connect, locked, quoted, writer
from warehouse.schema.errors import EntrepotError, LakeDamaged, UsageError
from warehouse.schema.travel import Batch, Document

CLOCKED = {"ops.migration"}
"""Tables that say when this very lake was made, and so differ."""


@disk.named()
def replay(house: House, place: Place) -> int:
    """Replay every load of the journal into an empty lake. Returns how many.

    Raises LakeDamaged when the archive's bytes no longer give a batch that the journal says was loaded; half a lake is
    not left behind.
    """
    if place.catalog.exists():
        raise EntrepotError(f"{place.root} holds a lake already: rebuild goes into an empty folder")
    # A crash may have left a load that the lake has and the journal has not: the lake at hand is asked first, where it can be
    # written (a home that is only read has no such crash of its own).
    if house.place.catalog.exists() and os.access(house.place.lock, os.W_OK):
        with writer(house.place, "entrepot rebuild", wait_s=house.settings.wait_for_writer_s) as lake:
            pipeline.heal(house, lake)
    house.journal.refresh()
    entries = sorted(house.journal.committed(), key=lambda entry: entry.detail["snapshot"])
    if not entries:
        raise UsageError(f"the archive in {house.root} records no load: there is nothing to rebuild a lake from")
    try:
        _replay(house, place, entries)
    except BaseException:
        shutil.rmtree(place.root, ignore_errors=True)
        raise
    return len(entries)


def _replay(house: House, place: Place, entries: list[Entry]) -> None:
    scratch = place.root / "staging"
    with writer(place, "entrepot rebuild") as lake:
        describe(lake, registry.datasets().values())
        documents = _Documents(house)
        for entry in entries:
            if entry.kind == "restored":
                _restore(lake, entry)
                continue
            batch = documents.batch(entry)
            staged = staging.stage(batch, house.archive.fetch(entry.fetch_id), table_name=registry.datasets()[batch.dataset].table,
                                   parser_version=entry.parser_version, into=scratch)
            commit(lake, staged, registry.datasets()[batch.dataset],
                   pipeline.entry_context(house, entry, pipeline.columns_before(lake, batch.dataset)))
            shutil.rmtree(scratch, ignore_errors=True)
        for entry in house.journal.entries():
            if entry.kind == "replayed":
                lake.con.executemany("UPDATE ops.quarantine SET replayed_by = ? WHERE load_id = ? AND locator = ? AND rule = ?",
                                     [[entry.detail["by_load"], *row] for row in entry.detail["rows"]])
            elif entry.kind == "tagged":
                _tag(lake, entry)
        lake.after_commit()


def _restore(lake: Writer, entry: Entry) -> None:
    """A restore again, from what its load says: the same rows, since the snapshot it goes back to is the same."""
    snapshot_ops.restore(lake, int(entry.batch.rpartition(" ")[2]), None if entry.dataset == "*" else entry.dataset.split(","),
                      at=moment(entry.detail["recorded_at"]), versions=entry.detail["versions"], number=entry.detail["snapshot"])


def _tag(lake: Writer, entry: Entry) -> None:
    if entry.detail["snapshot"] is None:
        snapshot_ops.untag(lake, entry.detail["tag"])
    else:
        snapshot_ops.tag(lake, entry.detail["tag"], entry.detail["snapshot"], by=entry.by, at=moment(entry.detail["tagged_at"]),
                      note=entry.why)


class _Documents:
    """Batches by load; a document is parsed once for the loads that follow one another."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parsed: tuple[str, dict[tuple[str, str], Batch]] = ("", {})

    def batch(self, entry: Entry) -> Batch:
        if self._parsed[0] != entry.fetch_id:
            fetched = self._house.archive.fetch(entry.fetch_id)
            document = Document(fetched, self._house.archive.read(fetched.sha256))
            batches = registry.publisher_of(fetched.dataset).parse(document)
            self._parsed = (entry.fetch_id, {(batch.dataset, batch.name): batch for batch in batches})
        try:
            return self._parsed[1][entry.dataset, entry.batch]
        except KeyError:
            raise LakeDamaged(f"{entry.url} no longer gives {entry.dataset} {entry.batch}, which load {entry.detail['load_id']} "
                              f"brought with parser {entry.parser_version}: install the Entrepot that read it") from None


def compare(one: Place, other: Place) -> dict[str, tuple[int, int]]:
    """Rows that only one of two lakes has, for each table that differs; empty when they are equal row for row."""
    from warehouse.schema.tables import TABLES

    con = connect(one)
    copy = other.current()
    con.execute(f"ATTACH 'ducklake:sqlite:{quoted(copy or other.catalog)}' AS other "
                f"(READ_ONLY, DATA_PATH '{quoted(other.data.resolve())}', OVERRIDE_DATA_PATH true)")
    found = {}
    for name in TABLES:
        if name in CLOCKED:
            continue
        here, there = con.execute(f"SELECT (SELECT count(*) FROM (FROM lake.{name} EXCEPT ALL FROM other.{name})), "
                                  f"(SELECT count(*) FROM (FROM other.{name} EXCEPT ALL FROM lake.{name}))").fetchall()[0]
        if here or there:
            found[name] = (here, there)
    con.close()
    return found


def replace_lake(house: House) -> str:
    """Rebuild beside the lake at hand and put the new one in its place; the old one is kept under another name."""
    made = Place(house.root / f"lake.rebuilt-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    count = replay(house, made)
    before: Path | None = None
    if house.place.root.exists():
        before = house.root / f"lake.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        with locked(house.place, "entrepot rebuild"):
            house.place.root.rename(before)
            made.root.rename(house.place.root)
    else:
        made.root.rename(house.place.root)
    return f"{count} loads replayed from the archive." + (f" The lake as it was is kept in {before}; remove it when you are content."
                                                         if before else "")
