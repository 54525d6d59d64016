"""How the service keeps itself alive, on the real server: died runs, missed nights, a killed server, old runs, closed doors."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from tests.flows.conftest import Served
from tests.flows.nights import Nights
from tests.flows.synthetic_headline import URL, headline, last_month
from tests.publishers.faults import Fault
from warehouse.archive import disk
from warehouse.schema.errors import NoRoom, UsageError


def with_client(work: Callable[[Any], Awaitable[Any]]) -> Any:
    from prefect import get_client

    async def run() -> Any:
        async with get_client() as client:
            return await work(client)

    return asyncio.run(run())


def database(served: Served, statement: str, *values: object) -> list[Any]:
    """What a clock would do to Prefect's database in months, at once."""
    with sqlite3.connect(served.home / "prefect" / "prefect.db", timeout=30) as con:
        found = con.execute(statement, values).fetchall()
    con.close()
    return found


@pytest.mark.server
def test_a_publisher_s_run_ends_with_the_night_that_died_around_it(served: Served, prefect_here: None) -> None:
    from flows.scheduler.selfcare import end_orphans

    def child(above: str) -> str:
        parent = served.call("POST", "/flow_runs/", {"flow_id": flow, "name": "synthetic night", "state": {"type": above}})
        task = served.call("POST", "/task_runs/", {"flow_run_id": parent["id"], "task_key": "x", "dynamic_key": "0"})
        return str(served.call("POST", "/flow_runs/", {"flow_id": flow, "name": f"under {above}", "parent_task_run_id": task["id"],
                                                       "state": {"type": "RUNNING"}})["id"])

    flow = served.call("POST", "/flows/", {"name": "synthetic"})["id"]
    died, alive = child("CRASHED"), child("RUNNING")
    alone = served.call("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "RUNNING"}})["id"]

    # Other tests kill runs on this server, and its own look may come first: only of what is made here something is known.
    assert "under RUNNING" not in with_client(end_orphans)

    found = served.call("GET", f"/flow_runs/{died}")
    assert (found["state_type"], found["state"]["message"]) == (
        "CRASHED", "synthetic night ended while it ran: the next night runs it again")
    assert {served.call("GET", f"/flow_runs/{one}")["state_type"] for one in (alive, alone)} == {"RUNNING"}


@pytest.mark.server
def test_of_two_nights_that_a_machine_slept_through_the_later_one_runs(served: Served, prefect_here: None) -> None:
    from flows.scheduler.selfcare import superseded

    flow = served.call("POST", "/flows/", {"name": "synthetic"})["id"]
    night = served.call("POST", "/deployments/", {"name": "slept-through", "flow_id": flow})
    far = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    runs = [served.call("POST", f"/deployments/{night['id']}/create_flow_run",
                        {"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": far}}})["id"] for _ in range(3)]
    for run, ago in zip(runs, (34, 10, -14), strict=True):
        at = (datetime.now(UTC) - timedelta(hours=ago)).strftime("%Y-%m-%d %H:%M:%S.000000")
        database(served, "UPDATE flow_run SET auto_scheduled = ?, expected_start_time = ? WHERE replace(id, '-', '') = ?", True, at,
                 run.replace("-", ""))

    async def asked(client: Any) -> list[str | None]:
        return [await superseded(client, await client.read_flow_run(run)) for run in runs]

    first, second, coming = with_client(asked)
    served.call("DELETE", f"/deployments/{night['id']}")

    assert first == f"{datetime.now(UTC) - timedelta(hours=10):%Y-%m-%d}" and second is None and coming is None


@pytest.mark.server
def test_old_runs_are_forgotten_with_their_logs_and_young_ones_stay(served: Served) -> None:
    flow = served.call("POST", "/flows/", {"name": "synthetic"})["id"]
    old, young = (served.call("POST", "/flow_runs/", {"flow_id": flow, "state": {"type": "COMPLETED"}})["id"] for _ in range(2))
    for run in (old, young):
        served.call("POST", "/logs/", [{"name": "x", "level": 20, "message": "synthetic", "flow_run_id": run,
                                        "timestamp": datetime.now(UTC).isoformat()}])
    for run, days in ((old, 91), (young, 89)):
        at = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S.000000")
        database(served, "UPDATE flow_run SET end_time = ? WHERE replace(id, '-', '') = ?", at, run.replace("-", ""))

    def left() -> set[str]:
        both = {"any_": [old, young]}
        runs = served.call("POST", "/flow_runs/filter", {"flow_runs": {"id": both}})
        logs = served.call("POST", "/logs/filter", {"logs": {"flow_run_id": both}})
        return {f"run {run['id']}" for run in runs} | {f"log {log['flow_run_id']}" for log in logs}

    served.wait(lambda: len(left()) < 3, 90)

    assert left() == {f"run {young}", f"log {young}"}


@pytest.mark.server
def test_a_server_that_is_killed_comes_back_and_the_run_it_watched_ends_well(served: Served) -> None:
    served.publishers.serve(URL, headline(last_month(), exports_of={last_month(): 98_765_000_000}), "text/csv")
    served.publishers.fault(URL, Fault.drip(0.002), times=1)
    manual = served.call("GET", "/deployments/name/refresh/by-hand")
    before = len(served.publishers.asked(URL))
    asked = served.call("POST", f"/deployments/{manual['id']}/create_flow_run",
                        {"parameters": {"dataset": "dosm.headline", "force": True}, "state": {"type": "SCHEDULED"}})
    served.wait(lambda: len(served.publishers.asked(URL)) > before)

    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_text().split("\0")
            if "flows.scheduler.guarded" in words and str(served.port) in words:
                signal.pidfd_send_signal(_open(folder.name), signal.SIGKILL)

    def ended() -> Any:
        with suppress(OSError, AssertionError):
            run = served.call("GET", f"/flow_runs/{asked['id']}")
            return run if run["state_type"] not in ("SCHEDULED", "PENDING", "RUNNING") else None

    done = served.wait(ended, 280)
    assert (done["state_type"], done["state_name"]) == ("COMPLETED", "New data"), done["state"]["message"]
    assert "is started again" in served.said.read_text() and served.process.poll() is None


def _open(process: str) -> int:
    import os

    return os.pidfd_open(int(process))


@pytest.mark.server
def test_nothing_listens_beyond_this_machine(served: Served) -> None:
    mine = {str(socket) for pid in served.pids() for socket in _sockets(pid)}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in mine:
                listening.append(fields[1].partition(":")[0])

    assert listening and set(listening) <= {"0100007F", "00000000000000000000000001000000"}


def _sockets(pid: int) -> list[str]:
    found = []
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            target = str(link.readlink())
            if target.startswith("socket:["):
                found.append(target[8:-1])
    return found


@pytest.mark.server
def test_without_the_password_nobody_reads_or_starts_anything(served: Served) -> None:
    for method, path, headers in (("POST", "/api/flow_runs/filter", {}), ("POST", "/api/flow_runs/filter", {"Authorization": "Basic bm86"}),
                                  ("GET", "/api/deployments/name/nightly/kl-0200", {})):
        line = HTTPConnection("127.0.0.1", served.port, timeout=30)
        line.request(method, path, "{}", {"Content-Type": "application/json", **headers})
        assert line.getresponse().status == 401
        line.close()


def test_a_server_for_others_without_a_password_is_refused(tmp_path: Path) -> None:
    from flows.scheduler.serve import serve

    with pytest.raises(UsageError, match="ENTREPOT_UI_PASSWORD"):
        serve(House(Settings(home=tmp_path, host="0.0.0.0")))


def test_a_disk_that_is_nearly_full_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    from flows.run import pipeline

    with pytest.raises(NoRoom, match=r"only [\d,]+ MB are free at .*, and 1,000,000,000 MB are needed"):
        pipeline.refresh_publisher(House(Settings(home=tmp_path / "home", least_free_mb=10**9)), "dosm", ["dosm.headline"])

    assert not (tmp_path / "home").exists()


def test_the_room_needed_grows_with_the_catalogue(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalog.sqlite"
    assert disk.needed(catalogue, 500) == 500
    catalogue.write_bytes(b"x" * 1000)
    assert disk.needed(catalogue, 500) == 500 + 3 * 1000


@pytest.mark.server
def test_a_night_on_a_full_disk_says_so_once_and_not_for_every_publisher(
        served: Served, prefect_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_LEAST_FREE_MB", str(10**9))
    nights = Nights(served, tmp_path / "home", monkeypatch)
    with nights.publishers:
        night = nights.nightly()

    assert (night.state_name, night.message, night.children) == ("Needs attention", "1 in error: entrepot status", [])
    assert "**disk** NoRoom: only " in night.artifacts["morning"] and "`entrepot doctor`" in night.artifacts["morning"]
    assert not nights.publishers.log


@pytest.mark.parametrize("zone", ["Asia/Kuala_Lumpur", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_every_day_has_one_night_whatever_the_clocks_do(zone: str) -> None:
    """At the days of 2026 and 2027 on which 02:00 does not exist, or exists twice."""
    from zoneinfo import ZoneInfo

    from prefect.server.schemas.schedules import CronSchedule

    begin = datetime(2026, 1, 1, tzinfo=UTC)
    nights = asyncio.run(CronSchedule(cron="0 2 * * *", timezone=zone).get_dates(n=700, start=begin))

    days = [night.astimezone(ZoneInfo(zone)).date() for night in nights]
    assert days == [days[0] + timedelta(days=number) for number in range(700)] and days[0] <= date(2026, 1, 2)


class _Deployments:
    """A client of a server that has these deployments, by FLOW/NAME, each with its schedules."""

    def __init__(self, **named: list[str]) -> None:
        self.there = {name.replace("_", "/", 1).replace("_", "-"): [SimpleNamespace(schedule=one, active=True) for one in schedules]
                      for name, schedules in named.items()}

    async def read_deployments(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(id=whole, name=whole.partition("/")[2], flow_id=whole.partition("/")[0], schedules=schedules)
                for whole, schedules in self.there.items()]

    async def read_flow(self, flow_id: str) -> SimpleNamespace:
        return SimpleNamespace(name=flow_id)

    async def create_deployment_schedules(self, which: str, schedules: list[tuple[str, bool]]) -> None:
        self.there[which] = [SimpleNamespace(schedule=one, active=active) for one, active in schedules]

    async def delete_deployment(self, which: str) -> None:
        del self.there[which]


def test_a_deployment_that_got_another_name_keeps_the_schedule_that_a_person_gave_it(prefect_here: None) -> None:
    from flows.scheduler.deployments import RENAMED
    from flows.scheduler.selfcare import carry_over

    client: Any = _Deployments(publish_manual=["0 5 * * *"], publish_on_demand=[], refresh_by_hand=[], mine_manual=["0 1 * * *"])
    for _ in range(2):
        asyncio.run(carry_over(client, RENAMED))
        assert {name: [one.schedule for one in schedules] for name, schedules in client.there.items()} == {
            "publish/on-demand": ["0 5 * * *"], "refresh/by-hand": [], "mine/manual": ["0 1 * * *"]}
