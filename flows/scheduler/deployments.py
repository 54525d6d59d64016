"""What ``serve`` registers: which flow runs when, and what its page says to do when it is red."""

from __future__ import annotations

from typing import Any

from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.home.house import House, entrepot_version
from flows.scheduler.maintenance_flows import maintain, publish
from flows.scheduler.orchestration import backfill, nightly, refresh, release_watch
from flows.tell.run_report import command

NIGHTLY = """Every night at 02:00 ({tz}): what is due of every publisher, side by side.

When it is red: open the run and read its artifact *morning*. It says what to do, with the commands to type.
`{entrepot} status` says the same without Prefect. Nothing that is stored is lost by a red night, and a night that was
missed is made up by the next one."""

REFRESH = """One publisher or dataset, by hand: *Run*, then *Custom run*, and fill in `dataset`; `first` and `last` for
past periods, `force` to ask again for pages that are held.

When it is red: its name and message say why, with the command to type. The logs say what was asked and answered."""

WATCH = """On the day of a release, from the hour that was announced: asks every ten minutes until it is new, three hours at most. The
nightly run plans it; by hand it watches what is out by now and not held.

When it is red: its message says why, with the command to type. *Not out yet* is no fault: the night asks again."""

BACKFILL = """Past periods of one dataset: *Run*, then *Custom run*, and fill in `dataset`, `first` and `last`. What it would cost:
`{entrepot} backfill DATASET --from … --to … --dry-run`.

When it is red: some period could not be had or read; the others are loaded. Run it again: it goes on where it was."""

MAINTAIN = """Every Sunday at 04:00 ({tz}): fewer and larger files in the lake. No version of a figure and no snapshot is lost.

When it is red: *Busy* means that another writer was at work; run it again. *LakeDamaged* means that what was tried would have
changed an answer, so nothing was changed: `{entrepot} verify` says what is wrong. Leaving it out for weeks harms nothing."""

PUBLISH = """By hand, or with a schedule that you give it here: `current.duckdb` for tools that open one file, and a data package of
what may be passed on.

When it is red: its message says why. What was published before stays as it was. The same by command: `{entrepot} publish`."""


RENAMED = {"refresh/manual": "refresh/by-hand", "backfill/manual": "backfill/past-periods", "publish/manual": "publish/on-demand"}
"""What three of them were called until December 2026, when in the list of the UI they could not be told apart."""


async def deployments(house: House) -> list[RunnerDeployment]:
    """All of them for this home."""
    tz = house.settings.tz
    wanted: list[tuple[Flow[..., Any], str, str, str | None]] = [
        (nightly, "kl-0200", NIGHTLY, "0 2 * * *"), (refresh, "by-hand", REFRESH, None),
        (release_watch, "calendar", WATCH, None), (backfill, "past-periods", BACKFILL, None),
        (maintain, "sunday", MAINTAIN, "0 4 * * 0"), (publish, "on-demand", PUBLISH, None)]
    made = []
    for flow, name, description, cron in wanted:
        deployment = await flow.ato_deployment(
            name, description=description.format(tz=tz, entrepot=command(demo=house.demo)),
            schedule=Cron(cron, timezone=tz) if cron else None, entrypoint_type=EntrypointType.MODULE_PATH)
        deployment.parameters, deployment.version = {"demo": house.demo}, entrepot_version()
        made.append(deployment)
    return made
