"""The lake from the archive: the journal's loads replayed in order, with times from the records and no network.

With the parsers that read them first, the rebuilt lake is the old one row for row. Where a parser is newer, or was mended without a
new version (a name more on a list, after which the quarantine was replayed), its reading counts from the load on that brought the
document, every load keeps its number, and what differs is listed (``Reread``).

Where the new lake takes the old one's place, the writer's lock is held from the first look at the journal until it stands there:
a load of another process waits, and comes after.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from flows.home import clock, registry
from flows.home.house import House
from flows.run import bookkeeping
from flows.run.turns import described, described_as_brought
from warehouse.archive import disk
from warehouse.archive.journal import Entry, moment
from warehouse.history import snapshots
from warehouse.lake.opening import AnyPlace, Place, Writer, attach, connect, locked, opened
from warehouse.lake.place import Held
from warehouse.load import set_aside
from warehouse.load.commit import commit, describe, mark_read
from warehouse.load.staging import Staged, Staging
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, Unreachable, UsageError
from warehouse.schema.travel import Dataset, Fetch
from warehouse.upkeep.decided import COUNTED, reread_said, rereading

log = logging.getLogger("entrepot")

CLOCKED = {"ops.migration"}
"""Tables that say when this very lake was made, and so differ."""
READ_BY = {"ops.load": "* EXCLUDE (parser_version)"}
"""A table without what may differ: that a newer parser reads the same in a load's document is no difference."""


@dataclass(frozen=True)
class Reread:
    """A load that today's parser reads differently from the one that brought it."""

    entry: Entry
    parser_version: int
    counts: dict[str, int]

    @property
    def said(self) -> str:
        """``snapshot 12, dosm.headline all: 840 new, 1 quarantined when it was loaded (parser 1); 847 new now (parser 2)``."""
        return reread_said(self.entry, self.parser_version, self.counts)


@disk.named()
def replay(house: House, place: Place) -> tuple[int, list[Reread]]:
    """Replay every load of the journal into an empty lake. Returns how many, and those that are read differently now.

    Raises LakeDamaged when the archive's bytes no longer give a batch that the journal says was loaded; half a lake is
    not left behind.
    """
    with _at_one_moment(house) as entries:
        pass
    return _made(house, place, entries)


@contextmanager
def _at_one_moment(house: House) -> Iterator[list[Entry]]:
    """The journal, while nobody loads: every load, healed before. Who may not write reads it as it is, without the lock."""
    with ExitStack() as stack:
        if house.place.writable():
            held = stack.enter_context(locked(house.place, "entrepot rebuild", house.settings.wait_for_writer_s))
            _heal(house, held)
        yield _loads(house)


def _heal(house: House, held: Held) -> None:
    """A crash may have left a load that the lake has and the journal has not: the lake at hand is asked first."""
    if not house.place.exists():
        return
    try:
        with opened(house.place, held, wait_s=house.settings.wait_for_writer_s) as lake:
            described(lake)
            bookkeeping.heal(house, lake)
    except (Busy, Unreachable):
        raise
    except Exception as error:
        # It is what is being rebuilt, whatever is wrong with it: the archive alone decides. A load that only it knew of is read
        # again by the next refresh.
        log.warning("the lake at hand cannot be asked: %s", str(error).splitlines()[0] if str(error) else type(error).__name__)


def _loads(house: House) -> list[Entry]:
    house.journal.refresh()
    entries = sorted(house.journal.committed(), key=lambda entry: entry.detail["snapshot"])
    if not entries:
        raise UsageError(f"the archive in {house.root} records no load: there is nothing to rebuild a lake from")
    return entries


def _made(house: House, place: Place, entries: list[Entry]) -> tuple[int, list[Reread]]:
    """The lake of these loads, made in an empty folder; without those whose connector is not installed (``left_out``)."""
    entries = [entry for entry in entries if entry.kind == "restored" or registry.installed(entry.dataset)]
    place = Place(place.root, apart=True)
    with locked(place, "entrepot rebuild", 0) as held:
        if place.exists():
            raise EntrepotError(f"{place.root} holds a lake already: rebuild goes into an empty folder")
        try:
            return len(entries), _replay(house, place, held, entries)
        except BaseException:
            shutil.rmtree(place.root, ignore_errors=True)
            raise
        finally:
            place.lock.unlink(missing_ok=True)


def left_out(house: House) -> str:
    """Which loads a rebuild cannot make since their connector is not installed, in a sentence; empty where it makes all."""
    return registry.not_installed({entry.dataset for entry in house.journal.committed() if entry.kind != "restored"})


def _replay(house: House, place: Place, held: Held, entries: list[Entry]) -> list[Reread]:
    scratch = place.root / "staging"
    with opened(place, held) as lake:
        describe(lake, registry.datasets().values(), registry.publishers(), registry.labels())
        documents = _Documents(house, scratch)
        for entry in entries:
            if entry.kind == "restored":
                _restore(lake, entry)
                continue
            dataset = documents.dataset(entry)
            # The load is the one that the journal knows, whoever reads its document now.
            staged = msgspec.structs.replace(documents.batch(entry), load_id=entry.detail["load_id"])
            if "only" in entry.detail:
                staged = set_aside.of_keys(lake, staged, entry.detail["only"], scratch)
            commit(lake, staged, dataset, bookkeeping.entry_context(house, entry, bookkeeping.columns_before(lake, dataset.dataset)))
        shutil.rmtree(scratch, ignore_errors=True)
        described_as_brought(lake, *_brought(house))
        for entry in house.journal.entries():
            if entry.kind == "replayed":
                mark_read(lake.con, entry.detail["by_load"], entry.detail["rows"])
            elif entry.kind == "tagged":
                _tag(lake, entry)
        lake.after_commit()
        return _reread(lake, entries)


def _brought(house: House) -> list[Fetch]:
    """Documents with a mapping whose load was as it is now, in the order in which they were loaded."""
    told = {entry.fetch_id: entry for entry in house.journal.entries() if entry.kind == "outcome" and entry.fetch_id
            and entry.result in ("new_data", "no_change")}
    fetched = {fetch.fetch_id: fetch for fetch in house.archive.fetches() if fetch.mapping}
    return [fetched[name] for name in sorted(told, key=lambda name: told[name].at) if name in fetched]


def _reread(lake: Writer, entries: list[Entry]) -> list[Reread]:
    """Loads whose rows came to other things than the journal says."""
    counted = ", ".join(f"rows_{name}" for name in COUNTED)
    now = {load: (version, dict(zip(COUNTED, counts, strict=True))) for load, version, *counts in lake.con.execute(
        f"SELECT load_id, parser_version, {counted} FROM ops.load").fetchall()}
    # A restore, too, where what stood before it is read differently by now.
    return [Reread(entry, *now[entry.detail["load_id"]]) for entry in entries if any(
        now[entry.detail["load_id"]][1][name] != entry.detail[name] for name in COUNTED)]


def _restore(lake: Writer, entry: Entry) -> None:
    """A restore again, from what its load says: of the same snapshot, as it is read now."""
    snapshots.restore(lake, int(entry.batch.rpartition(" ")[2]), None if entry.dataset == "*" else entry.dataset.split(","),
                      at=moment(entry.detail["recorded_at"]), versions=entry.detail["versions"], by=entry.by, why=entry.why,
                      number=entry.detail["snapshot"])


def _tag(lake: Writer, entry: Entry) -> None:
    if entry.detail["snapshot"] is None:
        snapshots.untag(lake, entry.detail["tag"], by=entry.by, at=moment(entry.detail["tagged_at"]))
    else:
        snapshots.tag(lake, entry.detail["tag"], entry.detail["snapshot"], by=entry.by, at=moment(entry.detail["tagged_at"]),
                      note=entry.why)


class _Documents:
    """Staged batches by load; a document is read once for the loads that follow one another."""

    def __init__(self, house: House, into: Path) -> None:
        self._house = house
        self._into = into
        self._read: tuple[str, dict[tuple[str, str], Staged]] = ("", {})

    def batch(self, entry: Entry) -> Staged:
        if self._read[0] != entry.fetch_id:
            shutil.rmtree(self._into, ignore_errors=True)
            fetched = self._house.archive.fetch(entry.fetch_id)
            connector = registry.publisher_of(fetched.dataset)
            out = Staging(fetched, registry.datasets_of(fetched), parser_version=connector.parser_version, into=self._into)
            connector.parse(self._house.archive.document(entry.fetch_id), out)
            self._read = (entry.fetch_id, {(staged.dataset, staged.batch): staged for staged in out.staged})
        found = self._read[1].get((entry.dataset, entry.batch)) or self._renamed(entry)
        if found is None:
            raise LakeDamaged(f"{entry.url} no longer gives {entry.dataset} {entry.batch}, which load {entry.detail['load_id']} "
                              f"brought with parser {entry.parser_version}: install the Entrepot that read it")
        return found

    def dataset(self, entry: Entry) -> Dataset:
        """The dataset of a load: its connector's, or the one that its document brought."""
        known = registry.datasets().get(entry.dataset)
        return known or registry.datasets_of(self._house.archive.fetch(entry.fetch_id))[entry.dataset]

    def _renamed(self, entry: Entry) -> Staged | None:
        """What a newer parser calls otherwise: the only batch of this dataset in the document."""
        if entry.parser_version == registry.publisher_of(entry.dataset).parser_version:
            return None
        mine = [staged for (dataset, _), staged in self._read[1].items() if dataset == entry.dataset]
        return mine[0] if len(mine) == 1 else None


def into(house: House, folder: Path) -> tuple[int, list[Reread], dict[str, tuple[int, int]] | None]:
    """Rebuild into an empty folder, and compare with the lake at hand as it was when the journal was read.

    Returns how many loads, those that are read differently now, and how the lakes differ (``compare``); None where there is none.
    """
    with _at_one_moment(house) as entries:
        con = connect(house.place) if house.place.current() is not None else None
    count, differently = _made(house, Place(folder), entries)
    return count, differently, None if con is None else _compared(con, Place(folder))


def compare(one: AnyPlace, other: AnyPlace) -> dict[str, tuple[int, int]]:
    """Rows that only one of two lakes has, for each table that differs; empty when they are equal row for row."""
    return _compared(connect(one), other)


def _compared(con: duckdb.DuckDBPyConnection, other: AnyPlace) -> dict[str, tuple[int, int]]:
    from warehouse.schema.tables import DERIVED, TABLES

    attach(con, other, "other")
    found = {}
    for name in TABLES:
        if name in CLOCKED or name in DERIVED:
            continue
        what = READ_BY.get(name, "*")
        mine, its = f"SELECT {what} FROM lake.{name}", f"SELECT {what} FROM other.{name}"
        here, there = con.execute(f"SELECT (SELECT count(*) FROM ({mine} EXCEPT ALL {its})), "
                                  f"(SELECT count(*) FROM ({its} EXCEPT ALL {mine}))").fetchall()[0]
        if here or there:
            found[name] = (here, there)
    con.close()
    return found


@disk.named()
def replace_lake(house: House) -> str:
    """Rebuild beside the lake at hand and put the new one in its place; the old one is kept under another name.

    What is read differently now is in the journal as ``reread``.
    """
    place = house.place
    made = Place(place.beside(house.root, f"rebuilt-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
    if not place.exists():
        _loads(house)  # with no load on record either, nothing is made, not even a lock
    if gone := left_out(house):
        raise UsageError(f"a rebuild here would lose figures: {gone}. A lake without them is made by entrepot rebuild --into FOLDER")
    with locked(place, "entrepot rebuild", house.settings.wait_for_writer_s) as held:
        _heal(house, held)
        count, differently = _made(house, made, _loads(house))
        held.check()
        before = place.take(made.root)
        for each in differently:
            house.journal.add(rereading(each.entry, each.parser_version, each.counts, at=clock.now()))
    kept = f" The lake as it was is kept in {before}; remove it when you are content." if before else ""
    return f"{count} loads replayed from the archive.{kept}{reread(differently)}"


def reread(differently: list[Reread]) -> str:
    """What is read differently now, for a person, as lines of their own; empty where nothing is."""
    return "".join(f"\n{line}" for line in [f"{len(differently)} of them read differently by today's parsers:",
                                            *(f"  {each.said}" for each in differently)]) if differently else ""
