"""A home whose publishers are simulated, and its flows run in this process: what the server then knows of a run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.http.client import HttpClient
from connectors.statistics.dosm import CONNECTOR as DOSM
from connectors.statistics.ecb import CONNECTOR as ECB
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from tests.flows.conftest import Served
from tests.publishers.client import quick_client
from tests.publishers.server import Publishers
from warehouse.schema.travel import Dataset


class HeadlineOnly(type(DOSM)):  # type: ignore[misc]
    """DOSM with the one file that the simulator serves."""

    datasets: Sequence[Dataset] = tuple(each for each in DOSM.datasets if each.dataset == "dosm.headline")


@dataclass
class Run:
    """A finished run as the server knows it."""

    name: str
    tags: list[str]
    state_type: str
    state_name: str
    message: str
    artifacts: dict[str, str]
    tasks: dict[str, str]
    """Name of the task → name of its state."""
    children: list[Run] = field(default_factory=list)
    id: str = ""


class Nights:
    """Run flows on a home of one's own and read back what the server was told."""

    def __init__(self, served: Served, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.served, self.home = served, home
        logging.getLogger("entrepot").setLevel(logging.INFO)  # as in a run's own process; a command typed in this one may have changed it
        self.publishers = Publishers()
        self.house = House(Settings(home=home, tz="Asia/Kuala_Lumpur"))

        def client(house: House, *, force: bool = False) -> HttpClient:
            return quick_client(self.publishers, house.archive, home / "locks", force=force, now=clock.now, doubtful=house._doubtful())

        patch.setattr(House, "client", client)
        patch.setattr(registry, "connectors", lambda: self.connectors)
        patch.setattr(registry, "datasets",
                      lambda: {each.dataset: each for one in self.connectors.values() for each in one.datasets})
        self.connectors: dict[str, Any] = {"dosm": HeadlineOnly()}

    def with_ecb(self) -> None:
        self.connectors["ecb"] = ECB

    def nightly(self, **parameters: Any) -> Run:
        from flows.scheduler.orchestration import nightly

        return self._run(lambda: nightly(home=str(self.home), return_state=True, **parameters))

    def refresh(self, dataset: str, **parameters: Any) -> Run:
        from flows.scheduler.orchestration import refresh

        return self._run(lambda: refresh(dataset, home=str(self.home), return_state=True, **parameters))

    def run(self, flow: Callable[..., Any], **parameters: Any) -> Run:
        """Any of the flows, on this home."""
        return self._run(lambda: flow(home=str(self.home), return_state=True, **parameters))

    def _run(self, start: Callable[[], Any]) -> Run:
        async def run() -> Any:
            return await start()

        return self.read(str(asyncio.run(run()).state_details.flow_run_id))

    def read(self, run_id: str) -> Run:
        run = self.served.call("GET", f"/flow_runs/{run_id}")
        mine = {"flow_runs": {"id": {"any_": [run_id]}}}
        tasks = self._settled(mine)
        artifacts = self.served.call("POST", "/artifacts/filter",
                                     {"artifacts": {"flow_run_id": {"any_": [run_id]}}, "sort": "UPDATED_DESC"})
        children = self.served.call("POST", "/flow_runs/filter",
                                    {"flow_runs": {"parent_flow_run_id": {"any_": [run_id]}}})
        return Run(run["name"], run["tags"], run["state_type"], run["state_name"], run["state"]["message"],
                   {each["key"]: each["data"] for each in artifacts},
                   {each["name"]: each["state_name"] for each in tasks if each["task_key"] != "prefect_subflow"},
                   sorted((self.read(child["id"]) for child in children), key=lambda child: child.name), run_id)

    def _settled(self, mine: dict[str, Any]) -> list[dict[str, Any]]:
        """Task runs reach the server as events, a moment after they happened."""
        give_up = time.monotonic() + 20
        while True:
            found: list[dict[str, Any]] = self.served.call("POST", "/task_runs/filter", mine)
            if all(each["state_type"] in ("COMPLETED", "FAILED") for each in found) or time.monotonic() > give_up:
                return found
            time.sleep(0.2)

    def logs(self, run_id: str, wanted: str) -> str:
        """The log of a run, once it holds what is wanted: it is sent in batches."""
        def find() -> str:
            lines = self.served.call("POST", "/logs/filter",
                                     {"logs": {"flow_run_id": {"any_": [run_id]}}, "limit": 200})
            text = "\n".join(each["message"] for each in lines)
            return text if wanted in text else ""

        return str(self.served.wait(find, 30))
