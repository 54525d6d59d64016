"""The quarantine read again, after a parser was mended: only the rows that had been set aside, and never over a newer document.

What a document gave besides them is known, and may have been outdone since; which rows those are is ``warehouse.load.set_aside``. A fix
that reads other rows differently too comes with a new version of the parser, and with it the whole document is read by the next night.
"""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from flows.home import clock, registry
from flows.home.house import House
from flows.run import bookkeeping, pipeline
from flows.run.bookkeeping import Outcome
from flows.run.turns import readable, writer_of
from warehouse.ask.answers import rows
from warehouse.lake.opening import Writer, connect
from warehouse.load import gates, set_aside, staging
from warehouse.load.commit import commit, mark_read
from warehouse.load.diff import Context
from warehouse.schema.errors import PublisherError, UsageError
from warehouse.schema.tables import FACTS
from warehouse.upkeep.decided import replaying


@dataclass(frozen=True)
class Replayed:
    """What came of the rows of one batch."""

    outcome: Outcome
    waiting: int
    """Rows that had been set aside."""
    read: int = 0
    """Of them, understood now."""
    outdone: int = 0
    """Figures that stay out, since a newer document tells them otherwise."""

    @property
    def said(self) -> str:
        """``1 of 2 rows understood now: 7 new; 3 stay out, a newer document has them``."""
        parts = [f"{self.read:,} of {self.waiting:,} rows understood now: {self.outcome.said}"]
        if self.outdone:
            parts.append(f"{self.outdone:,} figure{'s' if self.outdone > 1 else ''} stay{'' if self.outdone > 1 else 's'} out, which a "
                         "newer document tells otherwise")
        return "; ".join(parts)


def replay(house: House, name: str | None) -> list[Replayed]:
    """Read the documents of waiting rows again, the oldest first; ``name`` is a dataset, or the beginning of its name.

    Raises UsageError for a name that means no dataset.
    """
    mapped = name is not None and name not in registry.datasets() and registry.installed(name)
    wanted = None if name is None else {name} if mapped else {dataset for found in registry.wanted([name]).values() for dataset in found}
    readable(house, "entrepot quarantine replay")
    con = connect(house.place)
    try:
        found = rows(con, "SELECT q.dataset, q.fetch_id, q.load_id, q.locator, q.rule, q.raw, l.batch FROM ops.quarantine q "
                          "JOIN ops.load l USING (load_id) WHERE q.replayed_by IS NULL ORDER BY ALL")
    finally:
        con.close()
    waiting = [row for row in found if wanted is None or row["dataset"] in wanted]
    done: list[Replayed] = []
    for fetch_id in sorted({row["fetch_id"] for row in waiting}, key=lambda each: (house.archive.fetch(each).asked_at, each)):
        done += _document(house, fetch_id, [row for row in waiting if row["fetch_id"] == fetch_id])
    return done


def _document(house: House, fetch_id: str, waiting: list[dict[str, Any]]) -> list[Replayed]:
    parsed = pipeline.parse(house, fetch_id, again=True)
    made: list[Replayed] = []
    later: list[bookkeeping.Parsed] = []
    try:
        given = {(staged.dataset, staged.batch): staged for folder in parsed.folders if (staged := staging.read(folder))}
        for dataset, batch in dict.fromkeys((row["dataset"], row["batch"]) for row in waiting):
            mine = [row for row in waiting if (row["dataset"], row["batch"]) == (dataset, batch)]
            if parsed.outcome is not None:
                made.append(Replayed(parsed.outcome, len(mine)))
            elif (name := _same(dataset, batch, given)) is None:
                names = ", ".join(f"{one} {other}" for one, other in given) or "nothing"
                made.append(Replayed(Outcome(dataset, "no_change", f"the document gives {names} now, and no {batch}", batch), len(mine)))
            else:
                newer = _newer(house, fetch_id, dataset, batch, later)
                made.append(_batch(house, given[dataset, name], mine, newer, parsed))
    finally:
        for each in (parsed, *later):
            each.clear()
    return made


def _same(dataset: str, batch: str, given: Collection[tuple[str, str]]) -> str | None:
    """What a document calls a batch now: some are named by the months that were understood, so a document's only one is it too."""
    names = [name for one, name in given if one == dataset]
    return batch if batch in names else names[0] if len(names) == 1 else None


def _newer(house: House, fetch_id: str, dataset: str, batch: str, opened: list[bookkeeping.Parsed]) -> staging.Staged | None:
    """The newest document of the same batch that was loaded since, as it is read now; what it was read into is in ``opened``."""
    this = house.archive.fetch(fetch_id)
    kept_out = {load.entry.fetch_id for load in house.journal.held() if load.entry.batch == batch and load.entry.dataset == dataset
                and (load.decided is None or load.decided.kind != "accepted")}
    loaded = {entry.fetch_id for entry in house.journal.entries() if entry.kind == "outcome"
              and entry.result in ("new_data", "no_change") and entry.fetch_id not in kept_out
              and (entry.url == this.url or (entry.dataset, entry.batch) == (dataset, batch))}
    since = [fetch for fetch in house.archive.fetches() if fetch.fetch_id in loaded and fetch.asked_at > this.asked_at]
    for fetch in reversed(since):
        try:
            folders = pipeline.staged(house, fetch)
        except PublisherError:
            continue
        opened.append(bookkeeping.Parsed(fetch.fetch_id, clock.now(), folders))
        given = {(staged.dataset, staged.batch): staged for folder in folders if (staged := staging.read(folder))}
        if name := _same(dataset, batch, given):
            return given[dataset, name]
    return None


def _batch(house: House, staged: staging.Staged, waiting: list[dict[str, Any]], newer: staging.Staged | None,
           parsed: bookkeeping.Parsed) -> Replayed:
    fetched = house.archive.fetch(staged.fetch.fetch_id)
    still = list(staged.rejected())
    places, raws = {row.locator for row in still}, {row.raw for row in still}
    # Set aside by another rule, or under another place, it is still not understood.
    read = [row for row in waiting if row["locator"] not in places and (not row["raw"] or row["raw"] not in raws)]
    if not read:
        return Replayed(Outcome(staged.dataset, "no_change", "as before", staged.batch, fetched.fetch_id, fetched.url), len(waiting))
    dataset = registry.datasets_of(fetched)[staged.dataset]
    written = {staged.dataset} if staged.table in FACTS else {staged.dataset, staged.table}
    marks = tuple((row["load_id"], row["locator"], row["rule"]) for row in read)
    by = getpass.getuser()
    with writer_of(house, "entrepot quarantine replay", written) as lake:
        bookkeeping.heal(house, lake)
        try:
            gates.floors(staged, dataset)
            chosen = set_aside.choose(lake, staged, [row["locator"] for row in read], newer, Path(staged.folder).parent)
            one = msgspec.structs.replace(chosen.staged, load_id=staged.load_id)
            done = commit(lake, one, dataset, Context(
                started_at=parsed.started_at, recorded_at=clock.now(), versions=bookkeeping.versions(),
                last_confirmed_at=house.archive.last_confirmed(fetched.url, fetched.asked_at), read_again=marks,
                columns_before=bookkeeping.columns_before(lake, staged.dataset),
                note={"read_again": fetched.fetch_id, "by": by})) if one.rows_good else None
        except PublisherError as error:
            return Replayed(bookkeeping.failure(error, staged.dataset), len(waiting))
        if done is not None and done.held:
            why = "; ".join(check.said for check in done.held)
            return Replayed(Outcome(staged.dataset, "held", f"not brought: {why}", staged.batch, fetched.fetch_id, fetched.url),
                            len(waiting), 0, chosen.outdone)
        by_load = done.load_id if done is not None and done.changed else _known(lake, fetched.fetch_id, staged.dataset)
        line = replaying(staged.dataset, fetched.fetch_id, fetched.url, fetched.sha256, staged.parser_version, by_load,
                         [list(mark) for mark in marks], who=by, at=clock.now())
        if done is not None and done.changed:
            outcome = bookkeeping.journal_batch(house, lake, fetched, one, done, False, line)
        else:
            with lake.transaction("quarantine replayed", read_again=fetched.fetch_id, by=by) as con:
                mark_read(con, by_load, marks)
            lake.after_commit()
            house.journal.add(line)
            outcome = Outcome(staged.dataset, "no_change", "nothing that is not there already", staged.batch, fetched.fetch_id, fetched.url)
    shutil.rmtree(one.folder, ignore_errors=True)
    return Replayed(outcome, len(waiting), len(read), chosen.outdone)


def _known(lake: Writer, fetch_id: str, dataset: str) -> str:
    """The last load of a document: a night that read it by a newer parser, or the one that set the rows aside."""
    found = lake.con.execute("SELECT load_id FROM ops.load WHERE fetch_id = ? AND dataset = ? ORDER BY snapshot DESC LIMIT 1",
                             [fetch_id, dataset]).fetchone()
    if found is None:
        raise UsageError(f"no load of {dataset} read fetch {fetch_id}: entrepot verify says what is wrong")
    return str(found[0])
