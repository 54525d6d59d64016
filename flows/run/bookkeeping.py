"""What came of each document and batch, written down: outcomes, the journal's lines, held loads, what a crash left to write.

The journal is the archive's: with it the lake can be made anew. Order and loading are ``flows.run.pipeline``.
"""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from flows.home import clock
from flows.home.house import House
from warehouse.archive.journal import Entry, HeldLoad, moment
from warehouse.lake.opening import Writer
from warehouse.load import set_aside, staging
from warehouse.load.commit import Committed
from warehouse.load.diff import Context
from warehouse.schema.errors import BY_NAME, NotReadable, PublisherError
from warehouse.schema.tables import FACTS
from warehouse.schema.travel import Check, Fetch
from warehouse.upkeep import decided
from warehouse.upkeep.decided import closing

log = logging.getLogger("entrepot")

FAULT = "Fault"
"""Name of an error that is ours: a parser or a connector broke on what it met. It is tried again every time."""

Result = Literal["new_data", "no_change", "held", "error", "not_readable"]


@dataclass(frozen=True)
class Outcome:
    """What came of one document or batch: a line of the report."""

    dataset: str
    result: Result
    said: str
    batch: str = ""
    fetch_id: str = ""
    url: str = ""
    error: str = ""
    """Name of the error, where there was one."""
    snapshot: int | None = None
    rows_new: int = 0
    rows_revised: int = 0
    rows_annotated: int = 0
    """The same figures with another status, mark or printed growth."""
    rows_finer: int = 0
    """The same figures printed with more decimals."""
    rows_withdrawn: int = 0
    rows_quarantined: int = 0
    held: int | None = None
    """Number of the held load."""
    largest: tuple[dict[str, object], ...] = ()
    drift: str = ""
    left: int = 0
    """Asks that wait for another day, since the publisher's calls of this one are used."""

    @property
    def figures(self) -> int:
        """Rows that came in, changed or went; none where rows were set aside only."""
        return self.rows_new + self.rows_revised + self.rows_annotated + self.rows_finer + self.rows_withdrawn

    @property
    def exit_code(self) -> int:
        if self.result == "held":
            return 3
        if self.result == "error":
            return BY_NAME[self.error].exit_code if self.error in BY_NAME else 1
        return 0


@dataclass(frozen=True)
class Parsed:
    """One document staged: folders of its batches, or the outcome that ended it."""

    fetch_id: str
    started_at: datetime
    folders: tuple[Path, ...] = ()
    outcome: Outcome | None = None

    def clear(self) -> None:
        """The staged files go; they stand side by side in a folder of this reading alone."""
        for folder in self.folders[:1]:
            with suppress(OSError):
                shutil.rmtree(folder.parent)


def failure(error: PublisherError, dataset: str = "") -> Outcome:
    """An error by its name, as an outcome."""
    result: Result = "not_readable" if isinstance(error, NotReadable) else "error"
    return Outcome(error.dataset or dataset, result, error.said, url=error.url, error=type(error).__name__)


def as_before(house: House, done: Entry) -> Outcome:
    """What is known of a document or batch already, said again without new bookkeeping."""
    decided = house.journal.decisions_on(done.url, done.document_sha256)
    here = [load for load in decided if done.batch in ("", load.entry.batch) and load.entry.parser_version == done.parser_version]
    waiting = next((load for load in reversed(here) if load.decided is None), None)
    rejected = next((load.decided for load in reversed(here) if load.decided and load.decided.kind == "rejected"), None)
    result: Result = "held" if waiting else done.result if done.result in ("error", "not_readable") else "no_change"
    outdone = here[-1] if here and here[-1].decided and here[-1].decided.kind == "superseded" else None
    said = (_waits(waiting) if waiting else done.why if done.why and done.kind == "outcome" else
            f"left out: rejected by {rejected.by} ({rejected.why})" if rejected else
            f"left out: held as {outdone.number} and never loaded, since {outdone.decided.why}" if outdone and outdone.decided else
            "as before")
    return Outcome(done.dataset, result, said, batch=done.batch, fetch_id=done.fetch_id, url=_page(house, done),
                   error=done.detail.get("error", ""), held=waiting.number if waiting else None,
                   drift=done.detail.get("drift", ""))


def _page(house: House, done: Entry) -> str:
    return house.archive.fetch(done.fetch_id).page if done.fetch_id else done.url


def _waits(load: HeldLoad) -> str:
    return f"{load.entry.why}: entrepot held show {load.number}"


def journal_failure(house: House, fetched: Fetch, parser_version: int, error: PublisherError | str,
                    dataset: str = "", batch: str = "") -> Outcome:
    """Write down what ended a document or batch: an error by its name, or a fault of ours in words."""
    outcome = (Outcome(dataset or fetched.dataset, "error", error, error=FAULT) if isinstance(error, str)
               else failure(error, dataset or fetched.dataset))
    house.journal.add(Entry(
        at=clock.now(), kind="outcome", dataset=outcome.dataset, fetch_id=fetched.fetch_id, document_sha256=fetched.sha256,
        url=fetched.url, batch=batch, parser_version=parser_version,
        result="not_readable" if outcome.result == "not_readable" else "error", why=outcome.said,
        detail={"error": outcome.error}))
    log.warning("%s", error)
    return Outcome(outcome.dataset, outcome.result, outcome.said, fetch_id=fetched.fetch_id, url=fetched.page, error=outcome.error,
                   batch=batch)


def kept_out(house: House, fetched: Fetch, staged: staging.Staged) -> HeldLoad | None:
    """The held load that keeps this content out: it waits, or was rejected, however often it was fetched since."""
    before = [load for load in house.journal.decisions_on(fetched.url, fetched.sha256)
              if (load.entry.dataset, load.entry.batch, load.entry.parser_version)
              == (staged.dataset, staged.batch, staged.parser_version)]
    last = before[-1] if before else None
    return None if last is None or (last.decided and last.decided.kind != "rejected") else last


def newer_figures(lake: Writer, staged: staging.Staged) -> str:
    """Which figures of a batch's periods the lake has from documents that were asked for after the batch's own, or nothing."""
    if staged.table not in FACTS:
        return ""
    table = FACTS[staged.table]
    fixed = {name: staged.constants[name] for name in table.key if name in staged.constants and not name.startswith("period_")}
    periods = lake.con.execute("SELECT min(period_start), max(period_end) FROM read_parquet(?, hive_partitioning = false)",
                               [staged.paths()]).fetchall()[0]
    (found,) = lake.con.execute(
        f"SELECT max(f.asked_at) FROM lake.{table.name} p JOIN lake.ops.fetch f USING (fetch_id) WHERE f.asked_at > ? "
        f"AND p.period_start >= ? AND p.period_end <= ? {''.join(f' AND p.{name} = ?' for name in fixed)}",
        [staged.fetch.asked_at, *periods, *fixed.values()]).fetchall()[0]
    return f"figures of {found:%Y-%m-%d %H:%M}Z" if found else ""


def supersede(house: House, fetched: Fetch, staged: staging.Staged, outcome: Outcome) -> None:
    """A later release of the same figures is here: earlier ones of them that still wait are closed, on the record."""
    for load in house.journal.held():
        entry = load.entry
        same = entry.dataset == staged.dataset and (entry.batch == staged.batch or entry.url == fetched.url)
        if same and load.decided is None and house.archive.fetch(entry.fetch_id).asked_at < fetched.asked_at:
            close(house, load, "superseded", by="a later release",
                  why=f"the release of {fetched.asked_at:%Y-%m-%d %H:%M}Z replaced it: {outcome.result.replace('_', ' ')}")
            log.warning("held load %d of %s is superseded by a later release", load.number, entry.dataset)


def close(house: House, load: HeldLoad, kind: Literal["accepted", "rejected", "superseded"], *, by: str, why: str) -> None:
    """Write down what became of a held load."""
    house.journal.add(closing(load, kind, by=by, why=why, at=clock.now()))


def journal_batch(house: House, lake: Writer, fetched: Fetch, staged: staging.Staged, done: Committed, accepted: bool,
                  *also: Entry) -> Outcome:
    """Publish and journal one committed or held batch; with it, in one piece, what a person decided by it (``also``)."""
    drift = next((check.said for check in done.checks if check.check == "drift"), "")
    if done.held:
        why = "; ".join(check.said for check in done.held)
        # Its number counts the held loads in order of time: another writer's must be known, and none come between.
        with lake.held.alone():
            house.journal.refresh()
            before = [load.entry.at + timedelta(microseconds=1) for load in house.journal.held()]
            house.journal.add(Entry(
                at=max([clock.now(), *before[-1:]]), kind="held", dataset=staged.dataset, fetch_id=fetched.fetch_id,
                document_sha256=fetched.sha256, url=fetched.url, batch=staged.batch, parser_version=staged.parser_version, why=why,
                detail={"checks": [[c.check, c.observed, c.expected, c.said] for c in done.held], "counts": done.counts,
                        "evidence": [dict(row) for row in done.largest]}))
            load = house.journal.held()[-1]
        return Outcome(staged.dataset, "held", _waits(load), staged.batch, fetched.fetch_id, fetched.page, held=load.number,
                       drift=drift)
    if not done.changed:
        if also:
            house.journal.add(*also)
        return Outcome(staged.dataset, "no_change", "the same figures as before", staged.batch, fetched.fetch_id, fetched.page,
                       drift=drift)
    lake.after_commit()
    said = ", ".join(f"{number:,} {name}" for name, number in done.counts.items() if number) or f"{staged.rows_rejected:,} set aside only"
    house.journal.add(committed_entry(lake, done.load_id, fetched.url, accepted=accepted), *also)
    log.info("%s %s: %s (snapshot %s)", staged.dataset, staged.batch, said, done.snapshot)
    return Outcome(staged.dataset, "new_data", said, staged.batch, fetched.fetch_id, fetched.page, snapshot=done.snapshot,
                   rows_new=done.counts["new"], rows_revised=done.counts["revised"],
                   rows_annotated=done.counts["annotated"], rows_finer=done.counts.get("finer", 0),
                   rows_withdrawn=done.counts["withdrawn"], rows_quarantined=staged.rows_rejected, largest=done.largest, drift=drift)


def committed_entry(lake: Writer, load_id: str, url: str, *, accepted: bool = False, by: str = "", why: str = "") -> Entry:
    """The journal's line for a load or a restore, from the lake's own record of it."""
    (row,) = lake.con.execute("SELECT * FROM ops.load WHERE load_id = ?", [load_id]).pl().to_dicts()
    made = _entry(row, url, accepted=accepted, by=by, why=why)
    only = set_aside.brought(lake, load_id)
    if only is not None:
        made.detail["only"] = only
    return made


def committed_entries(lake: Writer, urls: dict[str, str]) -> dict[str, Entry]:
    """The journal's lines for loads that were committed together, by load id; ``urls`` is the address of each."""
    rows = lake.con.execute("SELECT * FROM ops.load WHERE load_id IN (SELECT unnest(?))", [list(urls)]).pl().to_dicts()
    made = {row["load_id"]: _entry(row, urls[row["load_id"]]) for row in rows}
    return {load_id: made[load_id] for load_id in urls}


def _entry(row: dict[str, Any], url: str, *, accepted: bool = False, by: str = "", why: str = "") -> Entry:
    return Entry(
        at=row["recorded_at"], kind="outcome" if row["fetch_id"] else "restored", by=by, why=why, dataset=row["dataset"],
        fetch_id=row["fetch_id"], document_sha256=row["document_sha256"], url=url, batch=row["batch"],
        parser_version=row["parser_version"],
        result="new_data", detail={
            "load_id": row["load_id"], "snapshot": row["snapshot"], "started_at": row["started_at"].isoformat(),
            "recorded_at": row["recorded_at"].isoformat(), "versions": row["versions"], "accepted": accepted,
            "new": row["rows_new"], "revised": row["rows_revised"], "withdrawn": row["rows_withdrawn"],
            "quarantined": row["rows_quarantined"]})


def journal_document(house: House, fetched: Fetch, parser_version: int, found: list[Outcome]) -> None:
    """The document is done: until it changes, or the parser does, it is not read again."""
    worst = max(found, key=lambda outcome: ("no_change", "new_data", "not_readable", "held", "error").index(outcome.result))
    result: Any = {"held": "no_change"}.get(worst.result, worst.result)
    datasets = sorted({outcome.dataset for outcome in found})
    house.journal.add(Entry(
        at=clock.now(), kind="outcome", dataset=worst.dataset, fetch_id=fetched.fetch_id, document_sha256=fetched.sha256,
        url=fetched.url, parser_version=parser_version, result=result, why=worst.said if worst.result == "error" else "",
        detail={"batches": len(found)} | ({"datasets": datasets} if len(datasets) > 1 else {})
        | ({"error": worst.error} if worst.error else {})
        | ({"drift": drift[0]} if (drift := [outcome.drift for outcome in found if outcome.drift]) else {})))


def columns_before(lake: Writer, dataset: str) -> tuple[str, ...]:
    """The header that the last load of a dataset saw: what the drift report compares with."""
    row = lake.con.execute("SELECT columns_seen FROM ops.load WHERE dataset = ? AND columns_seen <> '' ORDER BY snapshot DESC "
                           "LIMIT 1", [dataset]).fetchone()
    return tuple(row[0].split("\t")) if row else ()


def seen_before(house: House, fetched: Fetch) -> tuple[Check, ...]:
    """The same bytes stood at this address before and were replaced since: a stale copy, or a publisher who went back."""
    earlier = house.archive.stood(fetched.url, fetched.asked_at)
    replaced = max((f.asked_at for f in earlier if f.sha256 != fetched.sha256), default=fetched.asked_at)
    # Two who ask at once both bring the same new bytes: nothing stood between them.
    before = [f.asked_at for f in earlier if f.sha256 == fetched.sha256 and f.asked_at < replaced < fetched.asked_at]
    if not before:
        return ()
    return (Check("stale", "fail", f"the bytes of {before[-1]:%Y-%m-%d %H:%M}Z again", "new bytes",
                  f"the document is the one of {before[-1]:%Y-%m-%d}, which had been replaced since: an older copy?"),)


def heal(house: House, lake: Writer) -> None:
    """A crash between commit and journal: what the lake has and the journal does not is written down now, with who decided it.

    Of what this writer has locked, and of what people decide about everything (restores, tags), which locks everything: another
    dataset's load may be one that its own writer is about to write down.
    """
    mine = lake.held.datasets
    loads = [(load_id, fetch_id) for load_id, dataset, fetch_id in lake.con.execute(
        "SELECT load_id, dataset, fetch_id FROM ops.load ORDER BY snapshot").fetchall()
        if mine is None or dataset in mine or not fetch_id]

    def unwritten() -> tuple[list[tuple[str, str]], list[decided.Difference]]:
        house.journal.refresh()
        written = {entry.detail["load_id"] for entry in house.journal.committed()}
        found = [each for each in decided.differences(lake.con, "lake", house.journal.entries(), house.journal.held(), mine, clock.now())
                 if each.entries]
        return [load for load in loads if load[0] not in written], found

    if not any(unwritten()):
        return
    with lake.held.alone():  # or two writers write the same restore down
        notes = decided.notes(lake.con, "lake")
        for load_id, fetch_id in unwritten()[0]:
            log.warning("load %s had been committed before a crash; the journal has it now", load_id)
            (accepted,) = lake.con.execute("SELECT count(*) > 0 FROM ops.check_result WHERE load_id = ? AND level = 'fail'",
                                           [load_id]).fetchall()[0]
            note = next((each for each in notes if each.get("load") == load_id), {}) if not fetch_id else {}
            house.journal.add(committed_entry(lake, load_id, house.archive.fetch(fetch_id).url if fetch_id else "", accepted=accepted,
                                              by=str(note.get("by", "")), why=str(note.get("why", ""))))
        for each in unwritten()[1]:
            log.warning("%s: the journal has it now", each.said)
            house.journal.add(*each.entries)


def versions() -> str:
    """The packages whose versions decide what is read and stored."""
    return ";".join(f"{name}={version(name)}" for name in ("duckdb", "polars", "lxml"))


def entry_context(house: House, entry: Entry, columns: tuple[str, ...]) -> Context:
    """What a replay must know of a load, from the records alone."""
    fetched = house.archive.fetch(entry.fetch_id)
    return Context(
        started_at=moment(entry.detail["started_at"]), recorded_at=moment(entry.detail["recorded_at"]),
        versions=entry.detail["versions"], last_confirmed_at=house.archive.last_confirmed(fetched.url, fetched.asked_at),
        accepted=True, columns_before=columns, snapshot=entry.detail["snapshot"],
        read_again=() if "only" in entry.detail else None, note={"rebuilt": True},
        # A load that nobody had to accept had none, whatever the records of others who asked at the same time say.
        suspicions=seen_before(house, fetched) if entry.detail["accepted"] else ())
