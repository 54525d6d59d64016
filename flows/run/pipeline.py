"""How a number travels, as plain functions: fetch, parse (to staged files), load (under the writer's lock).

Between them go ids and paths, never frames. The command line and Prefect's tasks call the same functions; what is
decided here is only the order. What is written down of each step is ``flows.run.bookkeeping``.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from connectors import asking
from connectors.contract import RECOGNISED_BY, Ask, Client, Connector, Wanted
from connectors.http.redaction import Redactor
from flows.home import clock, keys, registry
from flows.home.house import House
from flows.run import given, plans
from flows.run.bookkeeping import (
    FAULT,
    Outcome,
    Parsed,
    as_before,
    close,
    columns_before,
    failure,
    heal,
    journal_batch,
    journal_document,
    journal_failure,
    kept_out,
    newer_figures,
    seen_before,
    supersede,
    versions,
)
from flows.run.side_by_side import Watched, as_they_end, side_by_side
from flows.run.turns import described_as_brought, writer_of
from warehouse.archive import disk
from warehouse.archive.journal import Entry, HeldLoad
from warehouse.lake.opening import Writer
from warehouse.load import staging
from warehouse.load.commit import commit
from warehouse.load.diff import Context
from warehouse.schema import instead
from warehouse.schema.errors import (
    EntrepotError,
    Incomplete,
    KeyNotSet,
    NotFound,
    NotReadable,
    PublisherError,
    SchemaDrift,
    Unavailable,
    UsageError,
)
from warehouse.schema.tables import TABLES
from warehouse.schema.travel import Document, Fetch, Request, Window
from warehouse.upkeep.decided import closing

log = logging.getLogger("entrepot")

SAMPLE_SINCE = date(2024, 1, 1)
"""The sample's figures begin here; what it does not hold is not an error of a publisher."""

IN_ORDER_S = 60.0
"""So long what a publisher gave waits for the publishers before it, so that loads have the same order from run to run."""

ABANDONED_AFTER_S = 86400.0
"""Age of staged files that nobody can be about to load any more."""


@dataclass(frozen=True)
class Fetched:
    """What a publisher gave: documents by fetch id, and what could not be had."""

    publisher: str
    fetch_ids: tuple[str, ...]
    failures: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Acceptance:
    """A held load that a person accepted, with who and why."""

    load: HeldLoad
    by: str
    why: str

    def means(self, staged: staging.Staged) -> bool:
        """Whether a batch is the one that was held."""
        return (self.load.entry.dataset, self.load.entry.batch) == (staged.dataset, staged.batch)

    @property
    def note(self) -> dict[str, object]:
        """What the commit says of it: from this a crash's healing writes the journal."""
        return {"accept": self.load.number, "fetch": self.load.entry.fetch_id, "by": self.by, "why": self.why}

    def closing(self, at: datetime) -> Entry:
        return closing(self.load, "accepted", by=self.by, why=self.why, at=at)


@disk.named()
def fetch(house: House, publisher: str, wanted: Sequence[str], window: Window | None = None,
          client: Client | None = None) -> Fetched:
    """Ask one publisher for the wanted datasets. Bytes are in the archive when this returns; errors come back as outcomes.

    What a connector's plan puts into different lanes (feeds) is asked side by side. What is not done within the publisher's
    time is cut and reported. ``client`` is one that asked before and so knows what it need not ask again.
    """
    connector = registry.connectors()[publisher]
    window = window or Window()
    if house.demo and window.first is None:
        window = replace(window, first=SAMPLE_SINCE)
    ids: list[str] = []
    lack = keys.lacking(house)
    failures = [failure(KeyNotSet(lack[name].not_set, dataset=name)) for name in wanted if name in lack]
    wanted = [name for name in wanted if name not in lack]
    if house.demo:
        held = house.sample_datasets()
        wanted = [name for name in wanted if name in held]
    packaged = connector.packaged
    if packaged is not None and (packaged.dataset in wanted or packaged.dataset not in registry.datasets()):
        kept = house.archive.keep(packaged.file.read_bytes(), url=packaged.url, dataset=packaged.dataset, asked_at=clock.now(),
                                  status=0, origin_kind="imported", content_type="text/csv",
                                  source_note="reviewed data file shipped with Entrepot")
        ids.append(kept.fetch_id)
    what = Wanted(tuple(wanted), window, plans.Knowledge(house))
    try:
        lanes = asking.lanes(connector, what) if wanted else {}
    except Exception as error:
        return Fetched(publisher, tuple(ids), (*failures, _broken(error, publisher)))
    if lanes:
        client = client or house.client(force=window.force)
        watched = [Watched(client) for _ in lanes]
        run = plans.Run(house, connector, what, lanes.values())
        asked = side_by_side([partial(_ask, house, run, plan, each) for plan, each in zip(lanes.values(), watched, strict=True)],
                             within_s=house.settings.publisher_within_s)
        for lane, each, part in zip(lanes, watched, asked, strict=True):
            ids += [answer for answer in part.given if isinstance(answer, str) and answer not in ids]
            failures += [answer for answer in part.given if isinstance(answer, Outcome)]
            whose = lane or publisher
            if part.cut:
                failures.append(_cut(house, each.request, whose))
            elif part.error is not None:
                failures.append(_broken(part.error, whose))
    return Fetched(publisher, tuple(ids), tuple(failures))


def _cut(house: House, request: Request | None, whose: str) -> Outcome:
    """The publisher's time is over. It is noted as a request that failed, so that the status knows, and the next night."""
    said = f"cut after {house.settings.publisher_within_s:,.0f} s, still waiting for this answer; what came before it is kept"
    dataset, url = (request.dataset, Redactor()(request.url)) if request else (whose, "")
    house.archive.note(url=url, dataset=dataset, asked_at=clock.now(), status=0, outcome=Unavailable.__name__, said=said)
    log.warning("%s %s: %s", whose, url, said)
    return Outcome(dataset, "error", said, url=url, error=Unavailable.__name__)


def _broken(error: Exception, whose: str) -> Outcome:
    """What ended a crawl early. What is neither a publisher's nor the connector's doing is raised."""
    if isinstance(error, PublisherError):
        log.warning("%s", error)
        return failure(error, whose)
    # A connector that breaks is our fault, and no reason to leave out what the other publishers have.
    if isinstance(error, EntrepotError) or disk.trouble(error):
        raise error
    log.error("%s broke while asking", whose, exc_info=error)
    return Outcome(whose, "error", _fault(error), error=FAULT)


def _ask(house: House, run: plans.Run, plan: asking.Plan, client: Client) -> Iterator[str | Outcome]:
    """What one lane of a plan gives: fetch ids, and what could not be had as outcomes."""
    for answered in run.carry_out(plan, client):
        if isinstance(answered, plans.Left):
            yield from _left(answered)
        elif isinstance(answered, plans.Others):
            yield from _others(answered)
        elif isinstance(answered.answer, NotFound) and house.demo:
            log.debug("%s: not in the sample", answered.answer.url)
        elif isinstance(answered.answer, PublisherError):
            log.warning("%s", answered.answer)
            if answered.refused is not None:
                _refused(house, answered.ask, answered.answer, answered.refused)
            yield failure(answered.answer, answered.ask.dataset)
        else:
            yield answered.answer.fetch.fetch_id


def _refused(house: House, ask: Ask, error: PublisherError, answer: Document) -> None:
    """An answer with which its connector cannot go on (a refusal with status 200, an index of another year) is noted as a request that
    failed, so that the status knows, and the next night: its bytes alone would say that all is well."""
    house.archive.note(url=answer.fetch.url, dataset=ask.dataset, asked_at=clock.now(), status=answer.fetch.status,
                       outcome=type(error).__name__, said=error.said)


def _left(left: plans.Left) -> Iterator[Outcome]:
    """What waits because the day's calls are used: no error, since it goes on by itself."""
    for dataset, number in Counter(ask.dataset for ask in left.asks).items():
        said = f"the publisher's calls of today are used; {number:,} asks wait and go on from {plans.tomorrow(clock.now())} UTC"
        log.info("%s: %s", dataset, said)
        yield Outcome(dataset, "no_change", said, left=number)


def _others(others: plans.Others) -> Iterator[Outcome]:
    """What other runs are at: they load it themselves."""
    for dataset, number in Counter(ask.dataset for ask in others.asks).items():
        said = f"{number:,} asks of the same plan are with another run, which loads what comes of them"
        log.info("%s: %s", dataset, said)
        yield Outcome(dataset, "no_change", said)


@disk.named()
def parse(house: House, fetch_id: str, *, again: bool = False) -> Parsed:
    """Read one archived document into staged files. A document that was done before is not read again (unless ``again``)."""
    started = clock.now()
    fetched = house.archive.fetch(fetch_id)
    connector = registry.publisher_of(fetched.dataset)
    done = None if again else house.journal.outcome_of(fetch_id, connector.parser_version)
    if done is not None and done.detail.get("error") != FAULT:
        return Parsed(fetch_id, started, outcome=as_before(house, done))
    if fetched.origin_kind == "reconstructed" and not house.demo:
        raise UsageError(f"{fetched.page} is a reconstructed sample page: a live home never loads it; use --demo")
    try:
        folders = staged(house, fetched)
    except PublisherError as error:
        told = _with_what_it_is(house, fetched, error)
        return Parsed(fetch_id, started, outcome=journal_failure(house, fetched, connector.parser_version, told))
    except Exception as error:
        if isinstance(error, EntrepotError) or disk.trouble(error):
            raise
        log.exception("%s broke on %s", connector.publisher, fetched.url)
        return Parsed(fetch_id, started, outcome=journal_failure(house, fetched, connector.parser_version, _fault(error)))
    if not folders:
        nothing = Outcome(fetched.dataset, "no_change", "the answer holds nothing, as it may on such a day", fetch_id=fetch_id,
                          url=fetched.url)
        journal_document(house, fetched, connector.parser_version, [nothing])  # it was read: nothing is there, and that is known
        return Parsed(fetch_id, started, outcome=nothing)
    return Parsed(fetch_id, started, folders)


def _with_what_it_is(house: House, fetched: Fetch, error: PublisherError) -> PublisherError:
    """An error of reading, with what stands there in place of a table where that can be seen: an error page, half a file."""
    what = instead.told(house.archive.content(fetched)) if isinstance(error, NotReadable | SchemaDrift | Incomplete) else ""
    return type(error)(f"{error.said.rstrip('.')}. {what[0].upper()}{what[1:]}", dataset=error.dataset, url=error.url) if what else error


def staged(house: House, fetched: Fetch) -> tuple[Path, ...]:
    """Read a document; the folders of its batches are below one of their own, since two runs may read the same document at once.

    Raises what the connector's ``parse`` raises; then nothing is left behind.
    """
    connector = registry.publisher_of(fetched.dataset)
    house.staging.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f"{fetched.fetch_id}-", dir=house.staging))
    out = staging.Staging(fetched, registry.datasets_of(fetched), parser_version=connector.parser_version, into=room)
    try:
        connector.parse(house.archive.document(fetched.fetch_id), out)
    except BaseException:
        shutil.rmtree(room, ignore_errors=True)
        raise
    if not out.staged:
        room.rmdir()
    return tuple(each.folder for each in out.staged)


def _fault(error: Exception) -> str:
    first = str(error).splitlines()[0] if str(error) else ""
    return f"{type(error).__name__} {first} (a fault in Entrepot: --debug shows where; the bytes are kept)"


@disk.named()
def load(house: House, parsed: Iterable[Parsed], *, accept: Acceptance | None = None, why: str = "entrepot refresh") -> list[Outcome]:
    """Commit staged documents, each batch one transaction, under the writer's lock; then publish.

    ``accept`` is a held load that a person accepted: only its batch is loaded, its gates waived, and the decision written down with
    it. ``why`` is what others are told while they wait for this writer.
    """
    ready = list(parsed)
    outcomes = [item.outcome for item in ready if item.outcome is not None]
    written = _written(staging.read(folder) for item in ready for folder in item.folders)
    if not written:
        return outcomes
    with writer_of(house, why, written) as lake:
        heal(house, lake)
        if accept is not None:
            _still_open(house, lake, accept, ready)
        else:
            from flows.run.texts.articles import load_together  # it builds on this module

            together, ready = load_together(house, lake, ready)
            outcomes += together
        for item in ready:
            if item.folders:
                outcomes += _load_document(house, lake, item, accept)
                item.clear()
    sweep(house)
    return outcomes


def _still_open(house: House, lake: Writer, accept: Acceptance, ready: Iterable[Parsed]) -> None:
    """Raise UsageError where a held load was decided meanwhile, or newer figures came in: then it is closed as superseded.

    Asked with the lock in hand, so that nothing can come in between this look and the load.
    """
    number, decided = accept.load.number, house.journal.held_load(accept.load.number).decided
    if decided:
        raise UsageError(f"held load {number} was {decided.kind} by {decided.by} meanwhile ({decided.why})")
    for item in ready:
        for staged in map(staging.read, item.folders):
            if accept.means(staged) and (newer := newer_figures(lake, staged)):
                item.clear()
                close(house, accept.load, "superseded", by="a later release", why=newer)
                raise UsageError(f"held load {number} is older than what was loaded since ({newer}): it is closed, nothing was changed")


def sweep(house: House) -> None:
    """Staged files of runs that were killed: no run that lives stages today what it loads tomorrow."""
    for room in house.staging.iterdir() if house.staging.is_dir() else ():
        with suppress(OSError):
            if time.time() - room.stat().st_mtime > ABANDONED_AFTER_S:
                shutil.rmtree(room)


def _written(batches: Iterable[staging.Staged]) -> set[str]:
    """What must be locked to write batches: their datasets, and a table whose rows more than one dataset may bring."""
    return {name for staged in batches for name in
            ((staged.dataset,) if "dataset" in TABLES[staged.table].key else (staged.dataset, staged.table))}


def _load_document(house: House, lake: Writer, item: Parsed, accept: Acceptance | None) -> list[Outcome]:
    fetched = house.archive.fetch(item.fetch_id)
    connector = registry.publisher_of(fetched.dataset)
    parser_version, known = connector.parser_version, registry.datasets_of(fetched)
    found: list[Outcome] = []
    for folder in item.folders:
        staged = staging.read(folder)
        if accept is not None and not accept.means(staged):
            continue
        if accept is None and (refused := kept_out(house, fetched, staged)):
            found.append(as_before(house, refused.entry))
            continue
        try:
            done = commit(lake, staged, known[staged.dataset], Context(
                started_at=item.started_at, recorded_at=clock.now(), versions=versions(),
                columns_before=columns_before(lake, staged.dataset), accepted=accept is not None,
                last_confirmed_at=house.archive.last_confirmed(fetched.url, fetched.asked_at), suspicions=seen_before(house, fetched),
                note=accept.note if accept else {}))
        except PublisherError as error:
            found.append(journal_failure(house, fetched, parser_version, error, staged.dataset, staged.batch))
            continue
        decided = [accept.closing(clock.now())] if accept else []
        found.append(journal_batch(house, lake, fetched, staged, done, accept is not None, *decided))
        supersede(house, fetched, staged, found[-1])
    if found and accept is None:
        journal_document(house, fetched, parser_version, found)
    if any(outcome.result in ("new_data", "no_change") for outcome in found):
        described_as_brought(lake, fetched)
    return found


def make_room(house: House) -> None:
    """Refuse a run before it asks anybody where the disk is nearly full: raises NoRoom with how much is needed."""
    disk.make_sure(house.root, house.room_needed)


def refresh_publisher(house: House, publisher: str, wanted: Sequence[str], window: Window | None = None, *,
                      client: Client | None = None, why: str = "") -> list[Outcome]:
    """One publisher, start to end. ``why`` is what others are told while they wait for this writer."""
    make_room(house)
    fetched, parsed = _asked_and_read(house, publisher, wanted, window, client)
    return [*fetched.failures, *load(house, parsed, why=why or f"entrepot refresh {publisher}")]


def _asked_and_read(house: House, publisher: str, wanted: Sequence[str], window: Window | None,
                    client: Client | None = None) -> tuple[Fetched, list[Parsed]]:
    fetched = fetch(house, publisher, wanted, window, client)
    return fetched, [parse(house, fetch_id) for fetch_id in fetched.fetch_ids]


def refresh_publishers(house: House, chosen: Mapping[str, Sequence[str]], window: Window | None = None) -> Iterator[
        tuple[str, list[Outcome]]]:
    """Several publishers, each with its datasets: asked and read side by side as in a night, loaded one after the other in their order.
    One that hangs keeps the others waiting for a minute. What ends the asking of one is its outcome; what ends a load is raised.

    A demo asks nobody, so there they follow each other, and its snapshots have the same numbers everywhere.
    """
    make_room(house)
    if house.demo or len(chosen) < 2:
        for publisher, wanted in chosen.items():
            yield publisher, refresh_publisher(house, publisher, wanted, window)
        return
    house.archive.records(), house.journal.entries()  # read once, not by the first of each of them
    parts = {publisher: partial(_asked_and_read, house, publisher, wanted, window) for publisher, wanted in chosen.items()}
    for publisher, ended in as_they_end(parts, in_order_s=IN_ORDER_S):
        if isinstance(ended, Exception):
            yield publisher, [_ended(ended, publisher)]
        else:
            fetched, parsed = ended
            yield publisher, [*fetched.failures, *load(house, parsed, why=f"entrepot refresh {publisher}")]


def _ended(error: Exception, publisher: str) -> Outcome:
    """What ended the asking or reading of one publisher, beside others that go on."""
    if isinstance(error, EntrepotError):
        return Outcome(publisher, "error", str(error), error=type(error).__name__)
    log.error("%s broke", publisher, exc_info=error)
    return Outcome(publisher, "error", disk.trouble(error) or _fault(error), error=FAULT)


@disk.named()
def bring(house: House, path: Path, source: str | None, *, released_at: datetime | None = None,
          part: bool = False) -> list[Outcome]:
    """Load a file that a person has: recognised by its content, archived with its true origin, then like a fetched one.
    ``part``: it is an excerpt, complete for nothing.

    Raises UsageError for a file that nobody recognises, naming who was asked.
    """
    content, body, inside = given.document(path)
    kind = given.kind_of(body)
    if kind is not None and not kind.table:
        what = instead.told(content)
        raise UsageError(f"{path.name} is {kind.name}: {what}") if what else given.refuse(path.name, kind)
    candidates = list(registry.connectors().values())
    if source:
        candidates = [registry.connectors()[publisher] for publisher in registry.wanted([source])]
    if content.contains([b"entrepot-origin"]) and not house.demo:
        raise UsageError(f"{path.name} is a reconstructed sample page: a live home never loads it; use --demo")
    with content.open() as stream:
        dataset, said = _recognised(candidates, stream.read(RECOGNISED_BY), path.name)
    what = instead.told(content) if dataset is None else ""
    if dataset is None and kind is given.ZIP:
        raise UsageError(f"{path.name} is {kind.name} and could not be read: {what}") if what else given.refuse(path.name, kind)
    if dataset is None and source in registry.datasets():
        dataset = source
    if dataset is None and said:
        quoted = what.partition("(")[2][:20]
        more = what if not (quoted and quoted in said) else what.rpartition("): ")[2]
        raise UsageError(f"{path.name}: {said}{f'. {more[0].upper()}{more[1:]}' if more else ''}")
    ways = "--source names a publisher or dataset, --as - proposes how to read a table of another layout"
    if kind is given.WORKBOOK:
        ways = f"where the publisher gives the same as CSV, give that or save the sheet as CSV; {ways}"
    if dataset is None and what:
        raise UsageError(f"{path.name} is {f'{kind.name} but ' if kind else ''}not a document that a publisher would have issued: {what}"
                         + (f"; {ways}" if kind else ""))
    if dataset is None:
        asked = ", ".join(connector.publisher for connector in candidates)
        raise UsageError(f"{path.name} is {f'{kind.name} but ' if kind else ''}not a document that {asked} would have issued as far as "
                         f"Entrepot knows; {ways}")
    url = f"import:{path.name}" + ("#part" if part else "")
    held = house.archive.latest(url)
    if held and (held.dataset, held.released_at) != (dataset, released_at or held.released_at):
        # The same name again with another source or release said: a record of its own, or the first word would stand.
        url += f"{',' if part else '#'}{dataset}" + (f",{released_at:%Y-%m-%d}" if released_at else "")
    kept = house.archive.keep(content, url=url, dataset=dataset, asked_at=clock.now(), status=0, origin_kind="imported",
                              source_note=f"{'excerpt' if part else 'file'} {path.name}{f' ({inside})' if inside else ''}, "
                                          "imported by a person",
                              released_at=released_at, part=part)
    return load(house, [parse(house, kept.fetch_id)], why=f"entrepot import {path.name}")


def _recognised(candidates: Iterable[Connector], head: bytes, name: str) -> tuple[str | None, str]:
    """The dataset of a file; where there is none, what a connector says that the file is."""
    said = ""
    for connector in candidates:
        try:
            found = connector.recognise(head, name)
        except PublisherError as error:
            said = said or error.said
            continue
        if found:
            return found, ""
    return None, said


@disk.named()
def bring_page(house: House, url: str, source: str | None) -> list[Outcome]:
    """Load the article of an address that a person gave: asked for like those of a feed, then like any other.

    Raises UsageError for what is no address, or one of a paywalled source.
    """
    from connectors.news.feeds import page_request
    from connectors.news.sources import BY_HAND, source_named
    from flows.home.sources import page_source

    dataset = page_source(url, source)
    answer = house.client().ask(replace(page_request(source_named(dataset) or BY_HAND, url), dataset=dataset))
    if isinstance(answer, PublisherError):
        return [failure(answer, dataset)]
    return load(house, [parse(house, answer.fetch.fetch_id)])
