"""The lake from the archive: the journal's loads replayed in order, with times from the records and no network.

With the parsers that read them first, the rebuilt lake is the old one row for row. Where a parser is newer, its reading counts
from the load on that brought the document, every load keeps its number, and what differs is listed (``Reread``).
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from flows import bookkeeping, clock, registry
from flows.house import House
from warehouse import disk, snapshot_ops, staging
from warehouse.commit import commit, describe
from warehouse.journal import Entry, moment
from warehouse.lake import AnyPlace, Place, Writer, attach, connect, writer
from warehouse.schema.errors import EntrepotError, LakeDamaged, UsageError
from warehouse.schema.travel import Batch, Document

log = logging.getLogger("entrepot")

COUNTED = ("new", "revised", "withdrawn", "quarantined")
CLOCKED = {"ops.migration"}
"""Tables that say when this very lake was made, and so differ."""


@dataclass(frozen=True)
class Reread:
    """A load that today's parser reads differently from the one that brought it."""

    entry: Entry
    parser_version: int
    counts: dict[str, int]

    @property
    def said(self) -> str:
        """``snapshot 12, dosm.headline all: 840 new, 1 quarantined when it was loaded (parser 1); 847 new now (parser 2)``."""
        def counted(counts: dict[str, int]) -> str:
            return ", ".join(f"{counts[name]:,} {name}" for name in COUNTED if counts.get(name)) or "nothing"

        return (f"snapshot {self.entry.detail['snapshot']}, {self.entry.dataset} {self.entry.batch}: {counted(self.entry.detail)} "
                f"when it was loaded (parser {self.entry.parser_version}); {counted(self.counts)} now (parser {self.parser_version})")


@disk.named()
def replay(house: House, place: Place) -> tuple[int, list[Reread]]:
    """Replay every load of the journal into an empty lake. Returns how many, and those that are read differently now.

    Raises LakeDamaged when the archive's bytes no longer give a batch that the journal says was loaded; half a lake is
    not left behind.
    """
    if place.catalog.exists():
        raise EntrepotError(f"{place.root} holds a lake already: rebuild goes into an empty folder")
    # A crash may have left a load that the lake has and the journal has not: the lake at hand is asked first, where it can be
    # written (a home that is only read has no such crash of its own).
    if house.place.exists() and house.place.writable():
        try:
            with writer(house.place, "entrepot rebuild", wait_s=house.settings.wait_for_writer_s) as lake:
                bookkeeping.heal(house, lake)
        except LakeDamaged as error:
            # It is what is being rebuilt: the archive alone decides. A load that only it knew of is read again by the next refresh.
            log.warning("the lake at hand cannot be asked: %s", error)
    house.journal.refresh()
    entries = sorted(house.journal.committed(), key=lambda entry: entry.detail["snapshot"])
    if not entries:
        raise UsageError(f"the archive in {house.root} records no load: there is nothing to rebuild a lake from")
    try:
        return len(entries), _replay(house, place, entries)
    except BaseException:
        shutil.rmtree(place.root, ignore_errors=True)
        raise


def _replay(house: House, place: Place, entries: list[Entry]) -> list[Reread]:
    scratch = place.root / "staging"
    with writer(place, "entrepot rebuild") as lake:
        describe(lake, registry.datasets().values())
        documents = _Documents(house)
        for entry in entries:
            if entry.kind == "restored":
                _restore(lake, entry)
                continue
            dataset, version = registry.datasets()[entry.dataset], registry.publisher_of(entry.dataset).parser_version
            staged = staging.stage(documents.batch(entry), house.archive.fetch(entry.fetch_id), table_name=dataset.table,
                                   parser_version=version, into=scratch, tz=dataset.tz)
            # The load is the one that the journal knows, whoever reads its document now.
            staged = msgspec.structs.replace(staged, load_id=entry.detail["load_id"])
            commit(lake, staged, dataset, bookkeeping.entry_context(house, entry, bookkeeping.columns_before(lake, dataset.dataset)))
            shutil.rmtree(scratch, ignore_errors=True)
        for entry in house.journal.entries():
            if entry.kind == "replayed":
                lake.con.executemany("UPDATE ops.quarantine SET replayed_by = ? WHERE load_id = ? AND locator = ? AND rule = ?",
                                     [[entry.detail["by_load"], *row] for row in entry.detail["rows"]])
            elif entry.kind == "tagged":
                _tag(lake, entry)
        lake.after_commit()
        return _reread(lake, entries)


def _reread(lake: Writer, entries: list[Entry]) -> list[Reread]:
    """Loads whose rows came to other things than the journal says."""
    counted = ", ".join(f"rows_{name}" for name in COUNTED)
    now = {load: (version, dict(zip(COUNTED, counts, strict=True))) for load, version, *counts in lake.con.execute(
        f"SELECT load_id, parser_version, {counted} FROM ops.load").fetchall()}
    return [Reread(entry, *now[entry.detail["load_id"]]) for entry in entries if entry.kind != "restored" and any(
        now[entry.detail["load_id"]][1][name] != entry.detail[name] for name in COUNTED)]


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
        found = self._parsed[1].get((entry.dataset, entry.batch)) or self._renamed(entry)
        if found is None:
            raise LakeDamaged(f"{entry.url} no longer gives {entry.dataset} {entry.batch}, which load {entry.detail['load_id']} "
                              f"brought with parser {entry.parser_version}: install the Entrepot that read it")
        return found

    def _renamed(self, entry: Entry) -> Batch | None:
        """What a newer parser calls otherwise: the only batch of this dataset in the document."""
        if entry.parser_version == registry.publisher_of(entry.dataset).parser_version:
            return None
        mine = [batch for (dataset, _), batch in self._parsed[1].items() if dataset == entry.dataset]
        return mine[0] if len(mine) == 1 else None


def compare(one: AnyPlace, other: AnyPlace) -> dict[str, tuple[int, int]]:
    """Rows that only one of two lakes has, for each table that differs; empty when they are equal row for row."""
    from warehouse.schema.tables import DERIVED, TABLES

    con = connect(one)
    attach(con, other, "other")
    found = {}
    for name in TABLES:
        if name in CLOCKED or name in DERIVED:
            continue
        here, there = con.execute(f"SELECT (SELECT count(*) FROM (FROM lake.{name} EXCEPT ALL FROM other.{name})), "
                                  f"(SELECT count(*) FROM (FROM other.{name} EXCEPT ALL FROM lake.{name}))").fetchall()[0]
        if here or there:
            found[name] = (here, there)
    con.close()
    return found


def replace_lake(house: House) -> str:
    """Rebuild beside the lake at hand and put the new one in its place; the old one is kept under another name.

    What is read differently now is in the journal as ``reread``.
    """
    made = Place(house.root / f"lake.rebuilt-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    count, differently = replay(house, made)
    before = house.place.take(made.root)
    for each in differently:
        house.journal.add(Entry(
            at=clock.now(), kind="reread", dataset=each.entry.dataset, fetch_id=each.entry.fetch_id, url=each.entry.url,
            document_sha256=each.entry.document_sha256, batch=each.entry.batch, parser_version=each.parser_version, why=each.said,
            detail={"reread_load": each.entry.detail["load_id"], "counts": each.counts}))
    kept = f" The lake as it was is kept in {before}; remove it when you are content." if before else ""
    return f"{count} loads replayed from the archive.{kept}{reread(differently)}"


def reread(differently: list[Reread]) -> str:
    """What is read differently now, for a person, as lines of their own; empty where nothing is."""
    return "".join(f"\n{line}" for line in [f"{len(differently)} of them read differently by today's parsers:",
                                            *(f"  {each.said}" for each in differently)]) if differently else ""
