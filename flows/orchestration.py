"""Prefect's flows: ``refresh`` for one publisher, ``nightly`` for all of them side by side. Thin wiring, nothing else.

What is done lives in ``pipeline``, what is said about it in ``report``, how server and schedule run in ``serve``; only
these two, this module and ``serve``, import Prefect.

Between tasks travel ids, paths and lines of the report, never frames; results are neither persisted nor cached. Prefect
tries no task again: the HTTP client does that itself, politely and inside its budget for each address
(``connectors.http.Settings``), a load waits for another writer as long as the settings say, and whatever else fails is
not mended by asking again. A hang is cut by the task's time limit.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from prefect import flow, get_client, runtime, tags, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.logging.handlers import APILogHandler
from prefect.states import Completed, Failed

from flows import changes, pipeline, registry, report
from flows.house import House
from flows.pipeline import Fetched, Outcome, Parsed
from flows.report import Run, Tally, Verdict
from flows.settings import Settings
from flows.status import not_out, overview
from warehouse import periods
from warehouse.lake import writing
from warehouse.schema.errors import EntrepotError, UsageError
from warehouse.schema.travel import Window

log = logging.getLogger("entrepot")
log.setLevel(logging.INFO)
if not any(isinstance(handler, APILogHandler) for handler in log.handlers):
    # The page of a run shows what was asked, answered, kept and changed, wherever the flows are run.
    log.addHandler(APILogHandler())

T = TypeVar("T")

HOUR = 3600.0
"""A night's crawl takes minutes; a first one of every GACC page, two seconds apart, an hour or more."""
STEP: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}


async def _aside(function: Callable[..., T], *arguments: Any) -> T:
    """Run what blocks in a daemon thread: then neither a time limit nor a stop waits for it.

    Killed at any point it loses nothing (DESIGN §3), and the writer's lock dies with the process.
    """
    done: Future[T] = Future()
    context = contextvars.copy_context()

    def work() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(context.run(function, *arguments))
        except BaseException as error:
            done.set_exception(error)

    Thread(target=work, name=function.__name__, daemon=True).start()
    return await asyncio.wrap_future(done)


@dataclass(frozen=True)
class _Found:
    """What travels beside a state. Prefect writes a red state whole into the log, so it is not shown there."""

    value: Any = field(repr=False)


def _state(verdict: Verdict, found: object, said: str = "") -> State[Any]:
    """A verdict as Prefect's state; the message of a good one may be the step's own."""
    if verdict.good:
        return Completed(name=None if said else verdict.name, message=said or verdict.message, data=_Found(found))
    return Failed(name=verdict.name, message=verdict.message, data=_Found(found))


async def _found(run: Any) -> Any:
    """What a run found, where its state is red too. One that ended by an exception raises it here."""
    state: State[Any] = await run
    found: object = await state.aresult(raise_on_failure=False)
    if isinstance(found, BaseException):
        raise found
    return found.value if isinstance(found, _Found) else None


def _judge(house: House, outcomes: Sequence[Outcome]) -> Verdict:
    return report.verdict(_tallies(house, outcomes), {}, demo=house.demo)


def _tallies(house: House, outcomes: Sequence[Outcome]) -> tuple[Tally, ...]:
    away = {each.url for each in outcomes if not_out(house, each.error, each.url, each.dataset)}
    return tuple(report.tallies(outcomes, not_out=away))


@task(name="fetch", task_run_name="fetch {publisher}", timeout_seconds=3 * HOUR, **STEP)
async def fetch(house: House, publisher: str, wanted: Sequence[str], window: Window) -> State[Any]:
    """Ask the publisher; what it answers is in the archive afterwards."""
    found: Fetched = await _aside(pipeline.fetch, house, publisher, wanted, window)
    said = f"{len(found.fetch_ids)} documents, {len(found.failures)} not had"
    return _state(_judge(house, found.failures), found, said)


@task(name="parse", task_run_name="parse {publisher}", timeout_seconds=HOUR, **STEP)
async def parse(house: House, publisher: str, fetch_ids: Sequence[str]) -> State[Any]:
    """Read the documents into staged files; one that was done before is not read again."""
    def work() -> list[Parsed]:
        return [pipeline.parse(house, fetch_id) for fetch_id in fetch_ids]

    found = await _aside(work)
    ended = [each.outcome for each in found if each.outcome is not None]
    return _state(_judge(house, ended), found, f"{len(found) - len(ended)} documents read, {len(ended)} ended here")


@task(name="commit", task_run_name="commit {publisher}", timeout_seconds=HOUR, **STEP)
async def commit(house: House, publisher: str, parsed: Sequence[Parsed]) -> State[Any]:
    """Check what is staged and commit it, each batch one transaction; then publish."""
    if parsed and (busy := writing(house.place)):
        log.info("waiting for the writer: %s", busy)
    outcomes = await _aside(pipeline.load, house, parsed)
    return _state(_judge(house, outcomes), outcomes, "" if outcomes else "nothing to load")


@task(name="report", task_run_name="report {publisher}", timeout_seconds=300, **STEP)
async def tell(house: House, publisher: str, wanted: Sequence[str], outcomes: Sequence[Outcome]) -> Verdict:
    """Say what came of it: the verdict, the largest revisions, the columns that moved."""
    late = report.late_of(await _aside(overview, house), demo=house.demo)
    verdict = report.verdict(_tallies(house, outcomes), {name: how for name, how in late.items() if name in wanted},
                             demo=house.demo)
    if any(outcome.largest for outcome in outcomes):
        await acreate_markdown_artifact(key="changes", markdown=report.changes(outcomes),
                                        description=f"Largest revisions of {publisher}")
    if moved := report.drift(outcomes):
        await acreate_markdown_artifact(key=f"drift-{publisher.lower()}", markdown=moved,
                                        description=f"Columns of {publisher} that moved")
    log.log(logging.INFO if verdict.good else logging.WARNING, "%s: %s", verdict.name, verdict.message)
    return verdict


def _house(home: str | None, demo: bool) -> House:
    return House(Settings(home=Path(home)) if home else Settings(), demo=demo)


def _run_name() -> str:
    """``nightly 2026-11-24``, ``gacc 2026-11-24``: what, and the day it was meant for in the zone of the schedule."""
    given = runtime.flow_run.parameters
    meant = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    zone = ZoneInfo(_house(given.get("home"), given.get("demo", False)).settings.tz)
    return f"{given.get('dataset', 'nightly')} {meant.astimezone(zone):%Y-%m-%d}"


async def _tag(*wanted: str) -> None:
    """Tags of this very run: from its deployment it has only those that hold for all of its runs."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    missing = [tag for tag in wanted if run is not None and tag not in run.tags]
    if run is not None and missing:
        async with get_client() as client:
            await client.update_flow_run(run.id, tags=[*run.tags, *missing])


@flow(name="refresh", flow_run_name=_run_name, persist_result=False)
async def refresh(dataset: str, first: str | None = None, last: str | None = None, force: bool = False,
                  demo: bool = False, home: str | None = None) -> State[Any]:
    """Fetch one publisher's data and load what is new.

    Args:
        dataset: A publisher or dataset, such as gacc or dosm.headline; entrepot sources lists them.
        first: Oldest period wanted, such as 2024 or 2024-06 (--from); all that is current where none is given.
        last: Newest period wanted (--to).
        force: Ask again for pages that are held.
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
    """
    try:
        house = _house(home, demo)
        window = Window(periods.parse(first).start if first else None, periods.parse(last).end if last else None, force)
        chosen = registry.wanted([dataset])
        if len(chosen) != 1:
            raise UsageError(f"one publisher or dataset, please, not {dataset!r}: entrepot sources lists them")
        ((publisher, wanted),) = chosen.items()
        context = FlowRunContext.get()
        inherited = context.flow_run.tags if context and context.flow_run else []
        why = () if any(tag.startswith("why:") for tag in inherited) else ("why:manual",)
        await _tag(f"publisher:{publisher}", *why)
        with tags(f"publisher:{publisher}"):
            return await _refresh(house, publisher, wanted, window)
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))


async def _refresh(house: House, publisher: str, wanted: Sequence[str], window: Window) -> State[Any]:
    """The four steps, the same for every publisher."""
    fetched: Fetched = await _found(fetch(house, publisher, wanted, window, return_state=True))
    parsed: list[Parsed] = await _found(parse(house, publisher, fetched.fetch_ids, return_state=True))
    ready = [each for each in parsed if each.outcome is None]
    loaded: list[Outcome] = await _found(commit(house, publisher, ready, return_state=True))
    outcomes = [*fetched.failures, *(each.outcome for each in parsed if each.outcome is not None), *loaded]
    verdict = await tell(house, publisher, wanted, outcomes)
    return _state(verdict, Run(publisher, tuple(outcomes), _tallies(house, outcomes)))


@flow(name="nightly", flow_run_name=_run_name, persist_result=False)
async def nightly(demo: bool = False, home: str | None = None) -> State[Any]:
    """Every publisher, side by side; one that fails stops no other. Then the page to read: the artifact morning.

    Args:
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
    """
    house = _house(home, demo)
    zone = ZoneInfo(house.settings.tz)
    started = datetime.now(zone)
    context = FlowRunContext.get()
    scheduled = bool(context and context.flow_run and context.flow_run.auto_scheduled)
    why = "why:nightly" if scheduled else "why:manual"
    await _tag(why)
    before = await _aside(changes.newest, house)
    runs = await asyncio.gather(*(_publisher(publisher, why, demo, home) for publisher in registry.wanted(())))
    view = await _aside(overview, house)
    verdict = report.night(runs, view, demo=demo)
    page = report.morning(runs, view, started=started, ended=datetime.now(zone), demo=demo)
    await acreate_markdown_artifact(key="morning", markdown=page, description=verdict.message)
    told = await _aside(changes.since, house, before)
    await acreate_markdown_artifact(key="changes", markdown=report.night_changes(told), description="What the night changed")
    return _state(verdict, runs)


async def _publisher(publisher: str, why: str, demo: bool, home: str | None) -> Run:
    """One publisher's run as part of the night, whatever becomes of it."""
    begun = time.monotonic()
    with tags(f"publisher:{publisher}", why):
        state = await refresh(publisher, demo=demo, home=home, return_state=True)
    found: object = await state.aresult(raise_on_failure=False)
    seconds = time.monotonic() - begun
    log.info("%s took %.0f s: %s: %s", publisher, seconds, state.name, state.message)
    if isinstance(found, _Found):
        run: Run = found.value
        return replace(run, seconds=seconds)
    error = type(found).__name__ if state.name in ("Failed", "Crashed") else str(state.name)
    broken = Outcome(publisher, "error", state.message or "ended without a word", error=error)
    return Run(publisher, (broken,), tuple(report.tallies([broken])), seconds)


async def outcomes(names: Sequence[str], *, first: str | None = None, last: str | None = None, force: bool = False,
                   demo: bool = False, home: str | None = None) -> list[Outcome]:
    """Run the flows here and now: a night where nothing is named. Raises EntrepotError where a flow ends by one."""
    runs: list[Run] = []
    if not names:
        runs = await _found(nightly(demo=demo, home=home, return_state=True))
    for name in names:
        state = await refresh(name, first=first, last=last, force=force, demo=demo, home=home, return_state=True)
        found: object = await state.aresult(raise_on_failure=False)
        if isinstance(found, BaseException):
            raise found
        if not isinstance(found, _Found):
            raise EntrepotError(f"{state.name}: {state.message}")
        runs.append(found.value)
    return [outcome for run in runs for outcome in run.outcomes]
