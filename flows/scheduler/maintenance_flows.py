"""Prefect's flows for upkeep: ``maintain`` every Sunday, ``publish`` by hand. What they do lives in ``keeping``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.home.house import House
from flows.run import maintenance
from flows.scheduler.orchestration import _aside, _house, _run_name
from warehouse.lake.opening import FLUSH_ROWS
from warehouse.schema.errors import EntrepotError

log = logging.getLogger("entrepot")
T = TypeVar("T")


@flow(name="maintain", flow_run_name=_run_name, persist_result=False)
async def maintain(demo: bool = False, home: str | None = None) -> State[Any]:
    """Fewer and larger files in the lake. No version of a figure is lost, and no snapshot expires.

    Args:
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
    """
    def work(house: House) -> list[str]:
        return maintenance.maintained(maintenance.maintain(house, least=FLUSH_ROWS, wait_s=house.settings.wait_for_writer_s))

    return await _done(work, _house(home, demo))


@flow(name="publish", flow_run_name=_run_name, persist_result=False)
async def publish(demo: bool = False, home: str | None = None) -> State[Any]:
    """``current.duckdb`` and the data package of what may be passed on.

    Args:
        demo: Work on the demo home, whose one upstream is the shipped sample.
        home: Where archive and lake are; the home of the server where none is given.
    """
    return await _done(lambda house: maintenance.published(maintenance.publish(house)), _house(home, demo))


async def _done(work: Callable[[House], list[str]], house: House) -> State[Any]:
    """Its lines in the log, the first in the state; an error by its name."""
    try:
        lines = await _aside(work, house)
    except EntrepotError as error:
        return Failed(name=type(error).__name__, message=str(error))
    for line in lines:
        log.info("%s", line)
    return Completed(message=lines[0])
