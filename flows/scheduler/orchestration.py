"""Prefect's flows: ``refresh`` for one publisher, ``nightly`` for what is due of all of them, side by side, ``release-watch`` on
the day of a release, ``backfill`` for past periods. Thin wiring, nothing else.

What is done lives in ``pipeline``, what is said about it in ``report``, how server and schedule run in ``serve``; only
these two, this module and ``serve``, import Prefect.

Between tasks travel ids, paths and lines of the report, never frames; results are neither persisted nor cached. Prefect
tries no task again: the HTTP client does that itself, politely and inside its budget for each address
(``connectors.http.client.Settings``), a load waits for another writer as long as the settings say, and whatever else fails is
not mended by asking again. A publisher that hangs is cut by ``publisher_within_s`` of the settings; the limits of the
tasks are for what hangs otherwise. Every flow takes ``now``, the moment it is to act at, for simulated nights.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import flow, get_client, runtime, tags, task
from prefect.artifacts import acreate_markdown_artifact, acreate_progress_artifact, aupdate_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import ObjectNotFound
from prefect.logging.handlers import APILogHandler
from prefect.states import Cancelled, Completed, Failed, Scheduled

from connectors.contract import Client
from flows.home import clock, registry
from flows.home.house import House
from flows.home.serving import end_with_serve
from flows.home.settings import Settings
from flows.home.sources import off
from flows.run import pipeline, plans, turns
from flows.run.bookkeeping import Outcome, Parsed
from flows.run.pipeline import Fetched
from flows.run.texts import claims
from flows.schedule import backfill as filling
from flows.schedule import watch
from flows.schedule.asked import not_out
from flows.schedule.tonight import Tonight, tonight
from flows.scheduler import channel, events
from flows.scheduler.selfcare import superseded
from flows.tell import changes, notices, run_report
from flows.tell.run_report import Run, Tally, Verdict
from flows.tell.status import overview
from warehouse.reference import periods
from warehouse.reference.dates import short
from warehouse.schema.errors import EntrepotError, NoRoom, UsageError
from warehouse.schema.travel import Window

end_with_serve()
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

    Thread(target=work, daemon=True).start()
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


_ENDED: dict[UUID, Run] = {}
"""What came of the runs of a night, until it has read it. Where the server was slow and the last state of a run was put to it twice,
Prefect gives the state back without what travelled beside it."""


async def _found(run: Any) -> Any:
    """What a run found, where its state is red too. One that ended by an exception raises it here."""
    state: State[Any] = await run
    found: object = await state.aresult(raise_on_failure=False)
    if isinstance(found, BaseException):
        raise found
    return found.value if isinstance(found, _Found) else None


def _judge(house: House, outcomes: Sequence[Outcome]) -> Verdict:
    return run_report.verdict(_tallies(house, outcomes), {}, demo=house.demo)


def _tallies(house: House, outcomes: Sequence[Outcome]) -> tuple[Tally, ...]:
    away = {each.url for each in outcomes if not_out(house, each.error, each.url, each.dataset)}
    return tuple(run_report.tallies(outcomes, not_out=away))


@task(name="fetch", task_run_name="fetch {publisher}", timeout_seconds=4 * HOUR, **STEP)
async def fetch(house: House, publisher: str, wanted: Sequence[str], window: Window, client: Client | None = None) -> State[Any]:
    """Ask the publisher; what it answers is in the archive afterwards."""
    found: Fetched = await _aside(pipeline.fetch, house, publisher, wanted, window, client)
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
async def commit(house: House, publisher: str, parsed: Sequence[Parsed], why: str = "") -> State[Any]:
    """Check what is staged and commit it, each batch one transaction; then publish."""
    outcomes = await _aside(partial(pipeline.load, why=why or f"entrepot refresh {publisher}"), house, parsed)
    return _state(_judge(house, outcomes), outcomes, "" if outcomes else "nothing to load")


@task(name="report", task_run_name="report {publisher}", timeout_seconds=300, **STEP)
async def tell(house: House, publisher: str, wanted: Sequence[str], outcomes: Sequence[Outcome]) -> Verdict:
    """Say what came of it: the verdict, the largest revisions, the columns that moved."""
    late = run_report.late_of(await _aside(overview, house), demo=house.demo)
    verdict = run_report.verdict(_tallies(house, outcomes), {name: how for name, how in late.items() if name in wanted},
                             demo=house.demo)
    events.loaded(outcomes, demo=house.demo)
    if any(outcome.largest for outcome in outcomes):
        await acreate_markdown_artifact(key="changes", markdown=run_report.changes(outcomes),
                                        description=f"Largest revisions of {publisher}")
    if moved := run_report.drift(outcomes):
        await acreate_markdown_artifact(key=f"drift-{publisher.lower()}", markdown=moved,
                                        description=f"Columns of {publisher} that moved")
    log.log(logging.INFO if verdict.good else logging.WARNING, "%s: %s", verdict.name, verdict.message)
    return verdict


async def _announce(house: House, runs: Sequence[Run], *, whole: bool) -> str:
    """Tell a person what is due to be told; why that did not work, or nothing. It breaks no run."""
    try:
        needs = run_report.needs(runs, await _aside(overview, house), demo=house.demo)
        told = await _aside(lambda: notices.announce(house, needs, channel.sender(house.settings), whole=whole))
    except (EntrepotError, OSError) as error:
        log.warning("nobody could be told: %s", error)
        return str(error)
    events.announced(told.notices)
    return told.untold


def _house(home: str | None, demo: bool) -> House:
    return House(Settings(home=Path(home)) if home else Settings(), demo=demo)


def _whole(home: str | None, demo: bool) -> House:
    """The home of a run, of this version. Raises LakeDamaged where a part of it is gone: then nobody is asked for anything."""
    house = _house(home, demo)
    house.make_sure()
    turns.readable(house, "entrepot of another version")
    return house


def _moment(text: str | None) -> datetime | None:
    """The moment that a run is to act at, where one was given. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"now takes a moment such as 2026-11-24T02:00:00+08:00, not {text!r}") from error
    if moment is not None and moment.tzinfo is None:
        raise UsageError(f"now needs a zone: {text}+08:00")
    return moment


def _run_name() -> str:
    """``nightly 2026-11-24``, ``gacc 2026-11-24``: what, and the day it was meant for in the zone of the schedule."""
    given = runtime.flow_run.parameters
    meant = runtime.flow_run.scheduled_start_time or datetime.now(UTC)
    with suppress(UsageError):  # the flow itself says what is wrong with it
        meant = _moment(given.get("now")) or meant
    zone = ZoneInfo(_house(given.get("home"), given.get("demo", False)).settings.tz)
    return f"{given.get('dataset') or runtime.flow_run.flow_name} {meant.astimezone(zone):%Y-%m-%d}"


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
                  only: list[str] | None = None, demo: bool = False, home: str | None = None, now: str | None = None) -> State[Any]:
    """Fetch one publisher's data and load what is new.

    Args:
        dataset: A publisher or dataset, such as gacc or dosm.headline; entrepot sources lists them.
        first: Oldest period wanted, such as 2024 or 2024-06 (--from); all that is current where none is given.
        last: Newest period wanted (--to).
        force: Ask again for pages that are held.
        only: Of the publisher, these datasets: what a night asks for.
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
        now: The moment to act at, for simulated nights; this very moment where none is given.
    """
    try:
        with clock.at(_moment(now)):
            return await _asked(dataset, first, last, force, only, _whole(home, demo))
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))


async def _asked(dataset: str, first: str | None, last: str | None, force: bool, only: list[str] | None, house: House) -> State[Any]:
    today = clock.now().date()
    window = Window(periods.parse(first, today).start if first else None, periods.parse(last, today).end if last else None, force)
    chosen = registry.wanted([dataset], off(house))
    if len(chosen) != 1:
        raise UsageError(f"one publisher or dataset, please, not {dataset!r}: entrepot sources lists them")
    ((publisher, wanted),) = chosen.items()
    if only:
        wanted = [name for name in wanted if name in only]
    context = FlowRunContext.get()
    inherited = context.flow_run.tags if context and context.flow_run else []
    why = () if any(tag.startswith("why:") for tag in inherited) else ("why:manual",)
    await _tag(f"publisher:{publisher}", *why)
    with tags(f"publisher:{publisher}"):
        state = await _refresh(house, publisher, wanted, window)
    if context and context.flow_run and context.flow_run.parent_task_run_id is None:
        await _announce(house, (), whole=False)  # else the night does
    return state


async def _refresh(house: House, publisher: str, wanted: Sequence[str], window: Window) -> State[Any]:
    """The four steps, the same for every publisher."""
    pipeline.make_room(house)
    outcomes = await _load(house, publisher, wanted, window)
    verdict = await tell(house, publisher, wanted, outcomes)
    run = Run(publisher, tuple(outcomes), _tallies(house, outcomes))
    context = FlowRunContext.get()
    if context and context.flow_run and context.flow_run.parent_task_run_id is not None:
        _ENDED[context.flow_run.id] = run
    return _state(verdict, run)


async def _load(house: House, publisher: str, wanted: Sequence[str], window: Window, *, client: Client | None = None,
                why: str = "") -> list[Outcome]:
    """Fetch, parse, commit."""
    fetched: Fetched = await _found(fetch(house, publisher, wanted, window, client, return_state=True))
    parsed: list[Parsed] = await _found(parse(house, publisher, fetched.fetch_ids, return_state=True))
    ready = [each for each in parsed if each.outcome is None]
    loaded: list[Outcome] = await _found(commit(house, publisher, ready, why, return_state=True))
    return [*fetched.failures, *(each.outcome for each in parsed if each.outcome is not None), *loaded]


@flow(name="nightly", flow_run_name=_run_name, persist_result=False)
async def nightly(everything: bool = False, demo: bool = False, home: str | None = None, now: str | None = None) -> State[Any]:
    """What is due of every publisher, side by side; one that fails stops no other. Then the page to read: the artifact morning.

    Args:
        everything: Ask for every dataset, due or not.
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
        now: The moment to act at, for simulated nights; this very moment where none is given.
    """
    try:
        house = _whole(home, demo)
        with clock.at(_moment(now)), ExitStack() as turn:
            await _aside(turn.enter_context, turns.night(house))
            return await _night(house, everything=everything)
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))


async def _night(house: House, *, everything: bool) -> State[Any]:
    zone = ZoneInfo(house.settings.tz)
    started = clock.now().astimezone(zone)
    context = FlowRunContext.get()
    if context and context.flow_run:
        async with get_client() as client:
            if later := await superseded(client, context.flow_run):
                return Cancelled(message=f"this night was missed, and the one of {later} makes up for it")
    scheduled = bool(context and context.flow_run and context.flow_run.auto_scheduled)
    why = "why:nightly" if scheduled else "why:manual"
    await _tag(why)
    plan = await _aside(partial(tonight, house, everything=everything))
    for name, reason in plan.why.items():
        log.info("asking for %s: %s", name, reason)
    before = await _aside(changes.newest, house)
    try:
        pipeline.make_room(house)
        runs = await asyncio.gather(*(_publisher(publisher, names, why, house) for publisher, names in plan.wanted.items()))
    except NoRoom as error:
        full = Outcome("disk", "error", str(error), error=type(error).__name__)
        runs = [Run("disk", (full,), tuple(run_report.tallies([full])))]
    view = await _aside(overview, house)
    verdict = run_report.night(runs, view, demo=house.demo)
    if not runs and verdict.good:
        verdict = replace(verdict, said=_nothing_due(plan))
    for number, (who, what, said, do) in enumerate(run_report.by_cause(run_report.needs(runs, view, demo=house.demo)), 1):
        # The page of a run opens on its log: here already stands what to type.
        log.warning("to do %d: %s %s: %s. %s", number, who, what, said, do)
    checked = await _aside(claims.safely, house)
    untold = await _announce(house, runs, whole=True)
    page = run_report.morning(runs, view, started=started, ended=clock.now().astimezone(zone), demo=house.demo, untold=untold)
    page += run_report.news(checked)
    await acreate_markdown_artifact(key="morning", markdown=page, description=verdict.message)
    told = await _aside(changes.since, house, before)
    await acreate_markdown_artifact(key="changes", markdown=run_report.night_changes(told), description="What the night changed")
    events.night_finished(started.date(), verdict)
    if scheduled and not clock.simulated():
        await _plan_watches(house)
    return _state(verdict, runs)


def _nothing_due(plan: Tonight) -> str:
    following = plan.next_release
    return "nothing was due" + (f"; the next release is {following[0]} on {short(following[1])}" if following else "")


async def _publisher(publisher: str, names: Sequence[str], why: str, house: House) -> Run:
    """One publisher's run as part of the night, whatever becomes of it."""
    begun = time.monotonic()
    with tags(f"publisher:{publisher}", why):
        state = await refresh(publisher, only=list(names), demo=house.demo, home=str(house.settings.home),
                              now=clock.now().isoformat() if clock.simulated() else None, return_state=True)
    seconds = time.monotonic() - begun
    log.info("%s took %.0f s: %s: %s", publisher, seconds, state.name, state.message)
    identity = state.state_details.flow_run_id
    if identity is not None and (ended := _ENDED.pop(identity, None)) is not None:
        return replace(ended, seconds=seconds)
    found: object = await state.aresult(raise_on_failure=False)
    error = type(found).__name__ if state.name in ("Failed", "Crashed") else str(state.name)
    broken = Outcome(publisher, "error", state.message or "ended without a word", error=error)
    return Run(publisher, (broken,), tuple(run_report.tallies([broken])), seconds)


async def _plan_watches(house: House) -> None:
    """A run of ``release-watch/calendar`` at the hour of each release of the coming day: once, however often it is planned."""
    async with get_client() as client:
        try:
            deployment = await client.read_deployment_by_name("release-watch/calendar")
        except ObjectNotFound:
            return
        for target in await _aside(watch.targets, house, timedelta(days=1)):
            run = await client.create_flow_run_from_deployment(
                deployment.id, parameters={"dataset": target.dataset}, state=Scheduled(scheduled_time=target.opens),
                tags=["why:watch"], idempotency_key=f"watch {target.dataset} {target.period_end} {target.opens:%Y-%m-%d %H:%M}")
            log.info("%s of %s is watched for from %s: %s", target.dataset, target.period_end, target.opens, run.name)


@flow(name="release-watch", flow_run_name=_run_name, persist_result=False)
async def release_watch(dataset: str | None = None, demo: bool = False, home: str | None = None, now: str | None = None) -> State[Any]:
    """From the hour of a release that was announced to the minute: ask every ten minutes until it is new, three hours at most.

    Args:
        dataset: A publisher or dataset; every release that is out by now and not held where none is given.
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
        now: The moment to act at, for simulated days; this very moment where none is given.
    """
    try:
        with clock.at(_moment(now)):
            return await _watch(_whole(home, demo), dataset)
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))


async def _watch(house: House, dataset: str | None) -> State[Any]:
    names = {name for under in registry.wanted([dataset] if dataset else ()).values() for name in under}
    watching = watch.Watching([target for target in await _aside(watch.targets, house) if target.dataset in names])
    outcomes: list[Outcome] = []
    await _tag("why:watch")
    while step := watching.next(clock.now()):
        if isinstance(step, watch.Wait):
            log.info("asking again in %.0f s", step.seconds)
            await (_aside(clock.sleep, step.seconds) if clock.simulated() else asyncio.sleep(step.seconds))
            continue
        found = await _load(house, step.publisher, step.datasets, Window())
        watching.told(step, found, await _aside(watch.newest, house), clock.now())
        outcomes += [outcome for outcome in found if outcome.result in ("new_data", "held") or outcome.error in watch.GIVEN_UP_ON]
    verdict = _judge(house, outcomes)
    if verdict.good and not outcomes:
        said = ", ".join(f"{name}: {how}" for name, how in watching.over.items()) or "no announced release is being waited for"
        return _state(Verdict(True, "Not out yet" if watching.over else "No change", said,
                              f"{run_report.command(demo=house.demo)} calendar"),
                      outcomes)
    return _state(verdict, outcomes)


def _backfill_name() -> str:
    """``backfill gacc.prelim.country 2015-2024``."""
    given = runtime.flow_run.parameters
    return f"backfill {given['dataset']} {given['first']}-{given.get('last') or 'now'}"


@flow(name="backfill", flow_run_name=_backfill_name, persist_result=False)
async def backfill(dataset: str, first: str, last: str | None = None, force: bool = False, demo: bool = False,
                   home: str | None = None) -> State[Any]:
    """Past periods of one dataset, oldest first. Stopped and run again it goes on where it was; it steps back for the nights.

    Args:
        dataset: One dataset, such as gacc.prelim.country; entrepot sources lists them.
        first: Oldest period wanted, such as 2015 or 2015-06 (--from).
        last: Newest period wanted (--to); what is out today where none is given.
        force: Ask again for what is held.
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
    """
    try:
        house = _whole(home, demo)
        today = clock.now().date()
        end = periods.parse(last, today).end if last else today
        await _aside(plans.join, house)
        planned = await _aside(partial(filling.plan, house, dataset, periods.parse(first, today).start, end, force=force))
        publisher = registry.datasets()[planned.dataset].publisher
        await _tag(f"publisher:{publisher}", "why:backfill")
        with tags(f"publisher:{publisher}", "why:backfill"):
            return await _fill(house, publisher, planned, force)
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))


async def _fill(house: House, publisher: str, planned: filling.Plan, force: bool) -> State[Any]:
    """Period by period, with a progress bar on the run's page."""
    bar = await acreate_progress_artifact(progress=0.0, key="backfill", description=f"{planned.dataset}: periods done")
    client, outcomes = house.client(force=force), list[Outcome]()
    for number, step in enumerate(planned.todo, 1):
        await _aside(turns.after_the_night, house)
        log.info("%s, %d of %d", step.period, number, len(planned.todo))
        outcomes += await _load(house, publisher, [planned.dataset], Window(step.period.start, step.period.end, force), client=client,
                                why=f"entrepot backfill {planned.dataset} {step.period}")
        if any(outcome.left for outcome in outcomes):
            break  # today's calls are used; another run goes on here
        await aupdate_progress_artifact(bar, progress=100 * number / len(planned.todo))
    if not outcomes:
        said = f"all {len(planned.steps)} periods were done before"
        return _state(Verdict(True, "No change", said, f"{run_report.command(demo=house.demo)} status"), outcomes)
    return _state(_judge(house, outcomes), outcomes)


async def outcomes(names: Sequence[str], *, first: str | None = None, last: str | None = None, force: bool = False,
                   demo: bool = False, home: str | None = None) -> list[Outcome]:
    """Run the flows here and now: a night where nothing is named. Raises EntrepotError where a flow ends by one."""
    runs: list[Run] = []
    if not names:
        runs = await _found(nightly(everything=force, demo=demo, home=home, return_state=True))
    for name in names:
        state = await refresh(name, first=first, last=last, force=force, demo=demo, home=home, return_state=True)
        found: object = await state.aresult(raise_on_failure=False)
        if isinstance(found, BaseException):
            raise found
        if not isinstance(found, _Found):
            raise EntrepotError(f"{state.name}: {state.message}")
        runs.append(found.value)
    return [outcome for run in runs for outcome in run.outcomes]
