"""How the service keeps itself in order: runs whose process died are ended, and a night that was missed is made up once.

Asks Prefect's server through its client. What a run left behind in lake and archive is healed by the next writer
(``bookkeeping.heal``); here it is only about what the server believes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prefect import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterId,
)
from prefect.client.schemas.objects import TERMINAL_STATES, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Crashed

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

log = logging.getLogger("entrepot")

LOOK_EVERY_S = 30.0
"""Seconds between two looks at what runs."""
_BEGUN = (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)


def _of(*kinds: StateType) -> FlowRunFilter:
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(kinds))))


async def clear_up(client: PrefectClient) -> None:
    """What an earlier ``serve`` left: runs that died with it, and nights that were missed, of which one is made up."""
    for run in await client.read_flow_runs(flow_run_filter=_of(*_BEGUN)):
        await client.set_flow_run_state(
            run.id, Crashed(message="entrepot serve ended while it ran: run it again"), force=True)
    waiting = await client.read_flow_runs(flow_run_filter=_of(StateType.SCHEDULED),
                                          sort=FlowRunSort.EXPECTED_START_TIME_DESC)
    horizon = datetime.now(UTC) - timedelta(minutes=1)
    made_up: set[object] = set()
    for run in waiting:
        if not (run.auto_scheduled and run.expected_start_time and run.expected_start_time < horizon):
            continue
        if run.deployment_id in made_up:
            await client.set_flow_run_state(run.id, Cancelled(message="entrepot serve was not running then"), force=True)
        made_up.add(run.deployment_id)


async def carry_over(client: PrefectClient, renamed: Mapping[str, str]) -> None:
    """Deployments under names of before give their schedules to those of now, and go. Both are FLOW/NAME."""
    there = {f"{flow.name}/{one.name}": one for one in await client.read_deployments()
             for flow in [await client.read_flow(one.flow_id)]}
    for before, now in renamed.items():
        if before in there and now in there:
            own = [(each.schedule, each.active) for each in there[before].schedules]
            if own and not there[now].schedules:
                await client.create_deployment_schedules(there[now].id, own)
            await client.delete_deployment(there[before].id)


async def end_orphans(client: PrefectClient) -> list[str]:
    """Runs that are part of one that ended: their process was its process. The names of those that were ended.

    The runner sees when the process of a run dies and marks that run, but not the publishers' runs inside it.
    """
    running = [run for run in await client.read_flow_runs(flow_run_filter=_of(*_BEGUN)) if run.parent_task_run_id]
    ended = []
    for run in running:
        if (parent := await _parent(client, run)) is None or parent.state_type not in TERMINAL_STATES:
            continue
        # It may have ended by itself since it was read.
        now = await client.read_flow_run(run.id)
        if now.state_type in _BEGUN:
            await client.set_flow_run_state(
                run.id, Crashed(message=f"{parent.name} ended while it ran: the next night runs it again"), force=True)
            ended.append(run.name)
    return ended


async def busy() -> bool:
    """Whether a run of a deployment is under way, as far as the server can say."""
    try:
        async with get_client() as client:
            return any(run.deployment_id for run in await client.read_flow_runs(flow_run_filter=_of(*_BEGUN)))
    except Exception as error:
        log.debug("nothing is known of the runs: %s", error)
        return True


async def keep_looking(stop: asyncio.Event) -> None:
    """``end_orphans`` every half minute until told to stop, whatever becomes of one look: the server may be starting again."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
        try:
            async with get_client() as client:
                for name in await end_orphans(client):
                    log.warning("%s died with the run it was part of", name)
        except Exception as error:
            log.info("no look at the runs this time: %s", error)


async def _parent(client: PrefectClient, run: FlowRun) -> FlowRun | None:
    assert run.parent_task_run_id is not None
    tasks = await client.read_task_runs(task_run_filter=TaskRunFilter(id=TaskRunFilterId(any_=[run.parent_task_run_id])))
    above = [task.flow_run_id for task in tasks if task.flow_run_id]
    found = await client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=above))) if above else []
    return found[0] if found else None


async def superseded(client: PrefectClient, run: FlowRun) -> str | None:
    """The name of a later night that is due as well, so that this one need not run: of a machine that slept, say.

    Only what the schedule made is ever left out, never a run that a person asked for.
    """
    if not run.auto_scheduled or run.deployment_id is None or run.expected_start_time is None:
        return None
    others = await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[run.deployment_id])),
        flow_run_filter=_of(StateType.SCHEDULED, *_BEGUN, StateType.COMPLETED, StateType.FAILED),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=20)
    now = datetime.now(UTC)
    later = [each for each in others if each.auto_scheduled and each.expected_start_time
             and run.expected_start_time < each.expected_start_time <= now]
    return f"{later[0].expected_start_time:%Y-%m-%d}" if later else None
