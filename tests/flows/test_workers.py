"""The outgrown form as it is deployed: a Prefect server on PostgreSQL, two workers, the lake on PostgreSQL and an object store.

``deploy/prefect.yaml`` registers what they run. One test, since the servers take half a minute to come up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.run import pipeline
from tests import servers
from tests.flows.conftest import REPOSITORY, call, environment, free_port
from tests.flows.synthetic_headline import URL, headline, last_month
from tests.publishers.client import quick_client
from tests.publishers.server import Publishers
from warehouse.lake.opening import connect
from warehouse.schema.tables import FACTS
from warehouse.upkeep.verify import verify

pytestmark = pytest.mark.server


@dataclass
class Cluster:
    """Prefect's server and workers, each in a session of its own."""

    folder: Path
    port: int
    env: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen([sys.executable, "-m", "prefect", *arguments], env=self.env, cwd=self.folder,
                                                  stdout=log, stderr=log, start_new_session=True)

    def server(self) -> None:
        self.start("server", "server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        self.wait(self._healthy)

    def worker(self, name: str) -> None:
        self.start(name, "worker", "start", "--pool", "entrepot", "--type", "process", "--name", name)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def once(self, *arguments: str) -> None:
        said = subprocess.run([sys.executable, "-m", "prefect", *arguments], env=self.env, cwd=self.folder, capture_output=True, text=True,
                              check=False)
        assert said.returncode == 0, said.stdout + said.stderr

    def _healthy(self) -> bool:
        try:
            return bool(call(self.port, "GET", "/api/health"))
        except (OSError, HTTPException, AssertionError):
            return False

    def wait(self, what: Callable[[], Any], seconds: float = 240) -> Any:
        give_up = time.monotonic() + seconds
        while not (found := what()):
            logs = "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in self.folder.glob("*.log"))
            assert time.monotonic() < give_up, f"nothing after {seconds} s\n{logs}"
            time.sleep(0.5)
        return found

    def run(self, dataset: str, **parameters: Any) -> str:
        """A run of ``refresh/by-hand``, as the UI makes it; its id."""
        deployment = call(self.port, "GET", "/api/deployments/name/refresh/by-hand")
        made = call(self.port, "POST", f"/api/deployments/{deployment['id']}/create_flow_run",
                    {"parameters": {"dataset": dataset, **parameters}, "state": {"type": "SCHEDULED"}})
        return str(made["id"])

    def state(self, run: str) -> dict[str, Any]:
        found: dict[str, Any] = call(self.port, "GET", f"/api/flow_runs/{run}")
        return found

    def ended(self, *runs: str) -> dict[str, str]:
        """Names of the states of runs, once all have ended."""
        def look() -> dict[str, str]:
            states = {run: self.state(run) for run in runs}
            over = all(each["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") for each in states.values())
            return {run: each["state_name"] for run, each in states.items()} if over else {}

        return dict(self.wait(look))


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as publishers:
        publishers.serve(URL, headline(last_month()), "text/csv")
        yield publishers


@pytest.fixture
def cluster(postgres: servers.Postgres, objects: servers.ObjectStore, publishers: Publishers, tmp_path: Path) -> Iterator[Cluster]:
    form, port = servers.served(postgres, objects), free_port()
    database = postgres.database().replace("postgresql://", "postgresql+asyncpg://")
    env = environment(
        tmp_path / "home", **form.environment, ENTREPOT_HOST_MAP=json.dumps(publishers.host_map), ENTREPOT_MIN_INTERVAL_S="0",
        PREFECT_HOME=str(tmp_path / "prefect"), PREFECT_API_URL=f"http://127.0.0.1:{port}/api", PREFECT_WORKER_QUERY_SECONDS="1",
        PREFECT_API_DATABASE_CONNECTION_URL=database, PREFECT_SERVER_ANALYTICS_ENABLED="false", DO_NOT_TRACK="1", NO_PROXY="127.0.0.1",
        PREFECT_UI_ENABLED="false")
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster", port, env)
    try:
        made.server()
        made.once("work-pool", "create", "entrepot", "--type", "process")
        made.once("--no-prompt", "deploy", "--all", "--prefect-file", str(REPOSITORY / "deploy" / "prefect.yaml"))
        yield made
    finally:
        for name in list(made.running):
            made.kill(name)


@pytest.mark.timeout(900)
def test_two_workers_of_a_server_on_postgresql_load_and_one_goes_on_when_the_other_and_the_server_were_killed(
        cluster: Cluster, publishers: Publishers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.worker("first")
    cluster.worker("second")
    runs = [cluster.run("dosm.headline"), cluster.run("statement"), cluster.run("dosm.headline")]
    ended = cluster.ended(*runs)
    assert set(ended.values()) <= {"New data", "No change"}, [cluster.state(run)["state"]["message"] for run in runs]
    house = House(servers_settings(cluster))
    con = connect(house.place)
    assert con.execute("SELECT count(*) FROM stats.trade WHERE dataset = 'dosm.headline'").fetchall()[0][0] > 100
    # A worker dies in mid-run, then the server; the run is asked for again and the other worker takes it.
    publishers.serve(URL, headline(last_month(), scale=1, months=121), "text/csv")
    lost = cluster.run("dosm.headline")
    cluster.wait(lambda: cluster.state(lost)["state_type"] == "RUNNING")
    cluster.kill("first")
    cluster.kill("server")
    cluster.server()
    taken_up = cluster.run("dosm.headline", force=True)
    assert cluster.ended(taken_up)[taken_up] in ("New data", "No change")
    fresh = House(house.settings)
    verdict = verify(fresh.place, fresh.archive, fresh.journal, wait_s=120)
    assert verdict.holds, verdict
    # The same facts as from the same documents on the embedded default.
    embedded = servers.Form().house(tmp_path / "embedded")
    monkeypatch.setattr(House, "client", lambda house, **more: quick_client(publishers, house.archive, tmp_path / "locks", force=True))
    publishers.serve(URL, headline(last_month()), "text/csv")
    for publisher, names in (("dosm", ["dosm.headline"]), ("statement", ["statement"])):
        pipeline.refresh_publisher(embedded, publisher, names)
    publishers.serve(URL, headline(last_month(), scale=1, months=121), "text/csv")
    pipeline.refresh_publisher(embedded, "dosm", ["dosm.headline"])
    assert _figures(fresh) == _figures(embedded)


def _figures(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """What the publishers say by a lake, without when it was asked for."""
    con = connect(house.place)
    return {name: con.execute(f"SELECT * EXCLUDE (fetch_id, load_id, first_seen_at, released_at, released_basis) FROM {name} "
                              "ORDER BY ALL").fetchall() for name in FACTS}


def servers_settings(cluster: Cluster) -> Any:
    """The settings that the workers have."""
    from flows.home.settings import Settings

    found = {name: cluster.env[f"ENTREPOT_{name.upper()}"] for name in Settings.model_fields
             if f"ENTREPOT_{name.upper()}" in cluster.env and name not in ("host_map", "min_interval_s")}
    return Settings(**found)
