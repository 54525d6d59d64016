"""How a number travels, as plain functions: fetch, parse (to staged files), load (under the writer's lock).

Between them go ids and paths, never frames. The command line and Prefect's tasks call the same functions; what is
decided here is only order and bookkeeping: which document is done, what the journal says, what a crash left to do.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from flows import clock, registry
from flows.house import House
from warehouse import disk, staging
from warehouse.commit import Committed, Context, commit, describe
from warehouse.journal import Entry, HeldLoad, moment
from warehouse.lake import Writer, writer
from warehouse.schema.errors import BY_NAME, EntrepotError, NotFound, NotReadable, PublisherError, UsageError
from warehouse.schema.travel import Check, Document, Fetch, Window

log = logging.getLogger("entrepot")

SAMPLE_SINCE = date(2024, 1, 1)
"""The sample's figures begin here; what it does not hold is not an error of a publisher."""

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
    rows_withdrawn: int = 0
    rows_quarantined: int = 0
    held: int | None = None
    """Number of the held load."""
    news: bool = True
    """False where this was known before (the same document failed the same way)."""
    largest: tuple[dict[str, object], ...] = ()
    drift: str = ""

    @property
    def exit_code(self) -> int:
        if self.result == "held":
            return 3
        if self.result == "error":
            return BY_NAME[self.error].exit_code if self.error in BY_NAME else 1
        return 0


@dataclass(frozen=True)
class Fetched:
    """What a publisher gave: documents by fetch id, and what could not be had."""

    publisher: str
    fetch_ids: tuple[str, ...]
    failures: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """One document staged: folders of its batches, or the outcome that ended it."""

    fetch_id: str
    started_at: datetime
    folders: tuple[Path, ...] = ()
    outcome: Outcome | None = field(default=None)


def failure(error: PublisherError, dataset: str = "") -> Outcome:
    """An error by its name, as an outcome."""
    result: Result = "not_readable" if isinstance(error, NotReadable) else "error"
    return Outcome(error.dataset or dataset, result, error.said, url=error.url, error=type(error).__name__)


@disk.named()
def fetch(house: House, publisher: str, wanted: Sequence[str], window: Window | None = None) -> Fetched:
    """Ask one publisher for the wanted datasets. Bytes are in the archive when this returns; errors come back as outcomes."""
    connector = registry.connectors()[publisher]
    window = window or Window()
    if house.demo and window.first is None:
        window = replace(window, first=SAMPLE_SINCE)
    ids: list[str] = []
    failures: list[Outcome] = []
    if house.demo:
        held = house.sample_datasets()
        wanted = [name for name in wanted if name in held]
    packaged: Path | None = getattr(connector, "packaged", None)
    if packaged is not None:
        kept = house.archive.keep(packaged.read_bytes(), url=f"entrepot:{packaged.name}", dataset=packaged.stem, asked_at=clock.now(),
                                  status=0, origin_kind="imported", content_type="text/csv",
                                  source_note="reviewed data file shipped with Entrepot")
        ids.append(kept.fetch_id)
    try:
        for answer in connector.crawl(house.client(force=window.force), wanted, window) if wanted else ():
            if isinstance(answer, NotFound) and house.demo:
                log.debug("%s: not in the sample", answer.url)
            elif isinstance(answer, PublisherError):
                failures.append(failure(answer))
                log.warning("%s", answer)
            elif answer.fetch.fetch_id not in ids:
                ids.append(answer.fetch.fetch_id)
    except PublisherError as error:
        failures.append(failure(error, publisher))
        log.warning("%s", error)
    except Exception as error:
        # A connector that breaks is our fault, and no reason to leave out what the other publishers have.
        if isinstance(error, EntrepotError) or disk.trouble(error):
            raise
        log.exception("%s broke while asking", publisher)
        failures.append(Outcome(publisher, "error", _fault(error), error=FAULT))
    return Fetched(publisher, tuple(ids), tuple(failures))


@disk.named()
def parse(house: House, fetch_id: str, *, again: bool = False) -> Parsed:
    """Read one archived document into staged files. A document that was done before is not read again (unless ``again``)."""
    started = clock.now()
    fetched = house.archive.fetch(fetch_id)
    connector = registry.publisher_of(fetched.dataset)
    done = None if again else house.journal.outcome_of(fetch_id, connector.parser_version)
    if done is not None and done.detail.get("error") != FAULT:
        return Parsed(fetch_id, started, outcome=_as_before(house, done))
    if fetched.origin_kind == "reconstructed" and not house.demo:
        raise UsageError(f"{fetched.url} is a reconstructed sample page: a live home never loads it; use --demo")
    try:
        batches = connector.parse(Document(fetched, house.archive.read(fetched.sha256)))
        folders = tuple(
            staging.stage(batch, fetched, table_name=registry.datasets()[batch.dataset].table,
                          parser_version=connector.parser_version, into=house.staging / fetch_id).folder
            for batch in batches)
    except PublisherError as error:
        return Parsed(fetch_id, started, outcome=_journal_failure(house, fetched, connector.parser_version, error))
    except Exception as error:
        if isinstance(error, EntrepotError) or disk.trouble(error):
            raise
        log.exception("%s broke on %s", connector.publisher, fetched.url)
        return Parsed(fetch_id, started, outcome=_journal_failure(house, fetched, connector.parser_version, _fault(error)))
    return Parsed(fetch_id, started, folders)


def _fault(error: Exception) -> str:
    first = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__} {first} (a fault in Entrepot: --debug shows where; the bytes are kept)"


def _as_before(house: House, done: Entry) -> Outcome:
    """What is known of a document or batch already, said again without new bookkeeping."""
    decided = house.journal.decisions_on(done.url, done.document_sha256)
    here = [load for load in decided if done.batch in ("", load.entry.batch) and load.entry.parser_version == done.parser_version]
    waiting = next((load for load in reversed(here) if load.decided is None), None)
    rejected = next((load.decided for load in reversed(here) if load.decided and load.decided.kind == "rejected"), None)
    result: Result = "held" if waiting else done.result if done.result in ("error", "not_readable") else "no_change"
    said = (_waits(waiting) if waiting else done.why if done.why and done.kind == "outcome" else
            f"left out: rejected by {rejected.by} ({rejected.why})" if rejected else "as before")
    return Outcome(done.dataset, result, said, batch=done.batch, fetch_id=done.fetch_id, url=done.url,
                   error=done.detail.get("error", ""), held=waiting.number if waiting else None, news=False,
                   drift=done.detail.get("drift", ""))


def _waits(load: HeldLoad) -> str:
    return f"{load.entry.why}: entrepot held show {load.number}"


def _journal_failure(house: House, fetched: Fetch, parser_version: int, error: PublisherError | str,
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
    return Outcome(outcome.dataset, outcome.result, outcome.said, fetch_id=fetched.fetch_id, url=fetched.url, error=outcome.error,
                   batch=batch)


@disk.named()
def load(house: House, parsed: Iterable[Parsed], *, accept: tuple[str, str] | None = None) -> list[Outcome]:
    """Commit staged documents, each batch one transaction, under the writer's lock; then publish.

    ``accept`` is the dataset and batch of a held load that a person accepted: only it is loaded, its gates waived.
    """
    ready = list(parsed)
    outcomes = [item.outcome for item in ready if item.outcome is not None]
    if not any(item.folders for item in ready):
        return outcomes
    with writer(house.place, "entrepot refresh", wait_s=house.settings.wait_for_writer_s) as lake:
        heal(house, lake)
        if describe(lake, registry.datasets().values()):
            lake.after_commit()
        for item in ready:
            if item.folders:
                outcomes += _load_document(house, lake, item, accept)
                with suppress(OSError):
                    shutil.rmtree(house.staging / item.fetch_id)
    return outcomes


def _load_document(house: House, lake: Writer, item: Parsed, accept: tuple[str, str] | None) -> list[Outcome]:
    fetched = house.archive.fetch(item.fetch_id)
    parser_version = registry.publisher_of(fetched.dataset).parser_version
    found: list[Outcome] = []
    for folder in item.folders:
        staged = staging.read(folder)
        if accept is not None and accept != (staged.dataset, staged.batch):
            continue
        if accept is None and (kept_out := _kept_out(house, fetched, staged)):
            found.append(_as_before(house, kept_out.entry))
            continue
        try:
            done = commit(lake, staged, registry.datasets()[staged.dataset], Context(
                started_at=item.started_at, recorded_at=clock.now(), versions=versions(),
                columns_before=columns_before(lake, staged.dataset), accepted=accept is not None,
                last_confirmed_at=house.archive.last_confirmed(fetched.url, fetched.asked_at), suspicions=_seen_before(house, fetched)))
        except PublisherError as error:
            found.append(_journal_failure(house, fetched, parser_version, error, staged.dataset, staged.batch))
            continue
        found.append(_journal(house, lake, fetched, staged, done, accept is not None))
    if found and accept is None:
        _journal_document(house, fetched, parser_version, found)
    return found


def _kept_out(house: House, fetched: Fetch, staged: staging.Staged) -> HeldLoad | None:
    """The held load that keeps this content out: it waits, or was rejected, however often it was fetched since."""
    before = [load for load in house.journal.decisions_on(fetched.url, fetched.sha256)
              if (load.entry.dataset, load.entry.batch, load.entry.parser_version)
              == (staged.dataset, staged.batch, staged.parser_version)]
    last = before[-1] if before else None
    return None if last is None or (last.decided and last.decided.kind == "accepted") else last


def _journal(house: House, lake: Writer, fetched: Fetch, staged: staging.Staged, done: Committed, accepted: bool) -> Outcome:
    """Publish and journal one committed or held batch."""
    drift = next((check.said for check in done.checks if check.check == "drift"), "")
    if done.held:
        why = "; ".join(check.said for check in done.held)
        house.journal.add(Entry(
            at=clock.now(), kind="held", dataset=staged.dataset, fetch_id=fetched.fetch_id, document_sha256=fetched.sha256,
            url=fetched.url, batch=staged.batch, parser_version=staged.parser_version, why=why,
            detail={"checks": [[c.check, c.observed, c.expected, c.said] for c in done.held], "counts": done.counts}))
        load = house.journal.held()[-1]
        return Outcome(staged.dataset, "held", _waits(load), staged.batch, fetched.fetch_id, fetched.url, held=load.number,
                       drift=drift)
    if not done.changed:
        return Outcome(staged.dataset, "no_change", "the same figures as before", staged.batch, fetched.fetch_id, fetched.url,
                       drift=drift)
    lake.after_commit()
    said = ", ".join(f"{number:,} {name}" for name, number in done.counts.items() if number) or "rows set aside only"
    house.journal.add(committed_entry(lake, done.load_id, fetched.url, accepted=accepted))
    log.info("%s %s: %s (snapshot %s)", staged.dataset, staged.batch, said, done.snapshot)
    return Outcome(staged.dataset, "new_data", said, staged.batch, fetched.fetch_id, fetched.url, snapshot=done.snapshot,
                   rows_new=done.counts["new"], rows_revised=done.counts["revised"],
                   rows_annotated=done.counts["annotated"], rows_withdrawn=done.counts["withdrawn"],
                   rows_quarantined=len(staged.rejected), largest=done.largest, drift=drift)


def committed_entry(lake: Writer, load_id: str, url: str, *, accepted: bool = False, by: str = "", why: str = "") -> Entry:
    """The journal's line for a load or a restore, from the lake's own record of it."""
    (row,) = lake.con.execute("SELECT * FROM ops.load WHERE load_id = ?", [load_id]).pl().to_dicts()
    return Entry(
        at=row["recorded_at"], kind="outcome" if row["fetch_id"] else "restored", by=by, why=why, dataset=row["dataset"],
        fetch_id=row["fetch_id"], document_sha256=row["document_sha256"], url=url, batch=row["batch"],
        parser_version=row["parser_version"],
        result="new_data", detail={
            "load_id": load_id, "snapshot": row["snapshot"], "started_at": row["started_at"].isoformat(),
            "recorded_at": row["recorded_at"].isoformat(), "versions": row["versions"], "accepted": accepted,
            "new": row["rows_new"], "revised": row["rows_revised"], "withdrawn": row["rows_withdrawn"],
            "quarantined": row["rows_quarantined"]})


def _journal_document(house: House, fetched: Fetch, parser_version: int, found: list[Outcome]) -> None:
    """The document is done: until it changes, or the parser does, it is not read again."""
    worst = max(found, key=lambda outcome: ("no_change", "new_data", "not_readable", "held", "error").index(outcome.result))
    result: Any = {"held": "no_change"}.get(worst.result, worst.result)
    house.journal.add(Entry(
        at=clock.now(), kind="outcome", dataset=worst.dataset, fetch_id=fetched.fetch_id, document_sha256=fetched.sha256,
        url=fetched.url, parser_version=parser_version, result=result, why=worst.said if worst.result == "error" else "",
        detail={"batches": len(found)} | ({"error": worst.error} if worst.error else {})
        | ({"drift": drift[0]} if (drift := [outcome.drift for outcome in found if outcome.drift]) else {})))


def columns_before(lake: Writer, dataset: str) -> tuple[str, ...]:
    """The header that the last load of a dataset saw: what the drift report compares with."""
    row = lake.con.execute("SELECT columns_seen FROM ops.load WHERE dataset = ? AND columns_seen <> '' ORDER BY snapshot DESC "
                           "LIMIT 1", [dataset]).fetchone()
    return tuple(row[0].split("\t")) if row else ()


def _seen_before(house: House, fetched: Fetch) -> tuple[Check, ...]:
    """The same bytes stood at this address before and were replaced since: a stale copy, or a publisher who went back."""
    before = [f for f in house.archive.fetches() if f.url == fetched.url and f.sha256 == fetched.sha256
              and f.asked_at < fetched.asked_at]
    if not before:
        return ()
    return (Check("stale", "fail", f"the bytes of {before[-1].asked_at:%Y-%m-%d %H:%M}Z again", "new bytes",
                  f"the document is the one of {before[-1].asked_at:%Y-%m-%d}, which had been replaced since: an older copy?"),)


def heal(house: House, lake: Writer) -> None:
    """A crash between commit and journal: what the lake has and the journal does not is written down now."""
    house.journal.refresh()
    written = {entry.detail["load_id"] for entry in house.journal.committed()}
    for load_id, fetch_id in lake.con.execute("SELECT load_id, fetch_id FROM ops.load ORDER BY snapshot").fetchall():
        if load_id not in written:
            log.warning("load %s had been committed before a crash; the journal has it now", load_id)
            house.journal.add(committed_entry(lake, load_id, house.archive.fetch(fetch_id).url if fetch_id else ""))


def versions() -> str:
    """The packages whose versions decide what is read and stored."""
    return ";".join(f"{name}={version(name)}" for name in ("duckdb", "polars", "lxml"))


def refresh_publisher(house: House, publisher: str, wanted: Sequence[str], window: Window | None = None) -> list[Outcome]:
    """One publisher, start to end."""
    fetched = fetch(house, publisher, wanted, window)
    return [*fetched.failures, *load(house, [parse(house, fetch_id) for fetch_id in fetched.fetch_ids])]


@disk.named()
def bring(house: House, path: Path, source: str | None, *, released_at: datetime | None = None) -> list[Outcome]:
    """Load a file that a person has: recognised by its content, archived with its true origin, then like a fetched one.

    Raises UsageError for a file that nobody recognises, naming who was asked.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if not body.strip():
        raise UsageError(f"{path.name} is empty")
    candidates = list(registry.connectors().values())
    if source:
        candidates = [registry.connectors()[publisher] for publisher in registry.wanted([source])]
    if b"entrepot-origin" in body and not house.demo:
        raise UsageError(f"{path.name} is a reconstructed sample page: a live home never loads it; use --demo")
    dataset = next((found for connector in candidates if (found := connector.recognise(body, path.name))), None)
    if dataset is None and source in registry.datasets():
        dataset = source
    if dataset is None:
        raise UsageError(f"{path.name} is not a document that {', '.join(c.publisher for c in candidates)} would have issued as "
                         "far as Entrepot knows; --source names a publisher or dataset")
    url = f"import:{path.name}"
    held = house.archive.latest(url)
    if held and (held.dataset, held.released_at) != (dataset, released_at or held.released_at):
        # The same name again with another source or release said: a record of its own, or the first word would stand.
        url += f"#{dataset}" + (f",{released_at:%Y-%m-%d}" if released_at else "")
    kept = house.archive.keep(body, url=url, dataset=dataset, asked_at=clock.now(), status=0, origin_kind="imported",
                              source_note=f"file {path.name}, imported by a person", released_at=released_at)
    return load(house, [parse(house, kept.fetch_id)])


def entry_context(house: House, entry: Entry, columns: tuple[str, ...]) -> Context:
    """What a replay must know of a load, from the records alone."""
    fetched = house.archive.fetch(entry.fetch_id)
    return Context(
        started_at=moment(entry.detail["started_at"]), recorded_at=moment(entry.detail["recorded_at"]),
        versions=entry.detail["versions"], last_confirmed_at=house.archive.last_confirmed(fetched.url, fetched.asked_at),
        accepted=True, columns_before=columns, snapshot=entry.detail["snapshot"])

