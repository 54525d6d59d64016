"""The real `entrepot serve`: what it registers, a run by hand, what it leaves behind, and how it says no."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from flows.scheduler.serve import Server, environment
from tests.flows import conftest
from tests.flows.conftest import PASSWORD, Served, free_port
from tests.flows.synthetic_headline import URL, headline, last_month
from tests.publishers.faults import Fault
from tests.publishers.server import Publishers
from warehouse.schema.errors import EntrepotError


def entrepot(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own."""
    return subprocess.run([sys.executable, "-m", "flows", *arguments], env=conftest.environment(home),
                          capture_output=True, text=True, timeout=60)


@pytest.mark.server
def test_the_deployments_say_what_to_do_when_red(served: Served) -> None:
    found = {f"{each['entrypoint'].rpartition('.')[2]}/{each['name']}": each
             for each in served.call("POST", "/deployments/filter", {})}

    assert set(found) == {"nightly/kl-0200", "refresh/by-hand", "release_watch/calendar", "backfill/past-periods", "maintain/sunday",
                          "publish/on-demand"}
    nightly, manual = found["nightly/kl-0200"], found["refresh/by-hand"]
    sunday, by_hand = found["maintain/sunday"], found["publish/on-demand"]
    assert _when(nightly) == ["0 2 * * *"] and _when(sunday) == ["0 4 * * 0"] and _when(manual) == _when(by_hand) == []
    assert {each["schedule"]["timezone"] for one in found.values() for each in one["schedules"]} == {conftest.far_from_two()}
    parameters = manual["parameter_openapi_schema"]["properties"]
    assert set(parameters) == {"dataset", "first", "last", "force", "only", "demo", "home", "now"}
    assert "entrepot sources lists them" in parameters["dataset"]["description"]
    assert all("When it is red" in each["description"] for each in found.values())


def _when(deployment: dict[str, Any]) -> list[str]:
    return [str(each["schedule"]["cron"]) for each in deployment["schedules"]]


@pytest.mark.server
def test_the_next_night_is_scheduled_and_said(served: Served) -> None:
    assert "next night " in served.said.read_text()
    night = served.call("POST", "/deployments/filter", {"deployments": {"name": {"any_": ["kl-0200"]}}})[0]

    def coming() -> list[dict[str, Any]]:
        runs = served.call("POST", "/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [night["id"]]}}})
        return [run for run in runs if datetime.fromisoformat(run["expected_start_time"]) > datetime.now(UTC)]

    # Where another test changed the schedule, the server makes the runs anew at its next turn.
    assert {run["state_type"] for run in served.wait(coming, 120)} == {"SCHEDULED"}


@pytest.mark.server
def test_a_run_by_hand_is_carried_out_on_the_home_that_is_served(served: Served) -> None:
    served.publishers.serve(URL, headline(last_month(), exports_of={last_month(): 97_531_000_000}), "text/csv")
    manual = served.call("GET", "/deployments/name/refresh/by-hand")
    asked = served.call("POST", f"/deployments/{manual['id']}/create_flow_run",
                        {"parameters": {"dataset": "dosm.headline"}, "state": {"type": "SCHEDULED"}})

    done = served.wait(lambda: (run := served.call("GET", f"/flow_runs/{asked['id']}"))["state_type"] in (
        "COMPLETED", "FAILED", "CRASHED") and run)

    assert (done["state_type"], done["state_name"]) == ("COMPLETED", "New data"), done["state"]["message"]
    assert sorted(done["tags"]) == ["publisher:dosm", "why:manual"]
    said = entrepot(served.home, "status")
    assert "dosm.headline" in said.stdout and "new data" in said.stdout


@pytest.mark.server
def test_a_taken_port_is_refused_with_the_way_out(served: Served, tmp_path: Path) -> None:
    said = entrepot(tmp_path, "serve", "--port", str(served.port))

    assert said.returncode == 2
    assert f"entrepot serve --port {served.port + 1}" in said.stderr


@pytest.mark.server
def test_runs_that_died_with_an_earlier_serve_are_not_shown_as_running(served: Served, prefect_here: None) -> None:
    from prefect import get_client

    from flows.scheduler.selfcare import clear_up

    flow = served.call("POST", "/flows/", {"name": "synthetic"})
    died = served.call("POST", "/flow_runs/", {"flow_id": flow["id"], "state": {"type": "RUNNING"}})

    async def work() -> None:
        async with get_client() as client:
            await clear_up(client)

    asyncio.run(work())

    found = served.call("GET", f"/flow_runs/{died['id']}")
    assert found["state_type"] == "CRASHED"
    assert found["state"]["message"] == "entrepot serve ended while it ran: run it again"


@pytest.mark.server
def test_pages_and_answers_that_die_are_started_again_and_the_scheduler_goes_on(served: Served) -> None:
    served.wait(lambda: "Pages and answers are at" in served.said.read_text())
    port = int(served.said.read_text().partition("Pages and answers are at http://127.0.0.1:")[2].split()[0])
    (web,) = [pid for pid in served.pids() if b"flows.web" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert PASSWORD.encode() not in Path(f"/proc/{web}/environ").read_bytes()

    os.kill(web, signal.SIGKILL)

    served.wait(lambda: "are started again" in served.said.read_text())
    served.wait(lambda: _answers(port))
    assert served.call("GET", "/health") is True and served.process.poll() is None


def _answers(port: int) -> bool:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as line:
        try:
            line.request("GET", "/api/health")
            return line.getresponse().status == 200
        except OSError:
            return False


@pytest.mark.server
@pytest.mark.stops_the_server
def test_ctrl_c_ends_everything_and_is_no_failure(served: Served) -> None:
    served.publishers.fault(URL, Fault.drip(0.2))
    manual = served.call("GET", "/deployments/name/refresh/by-hand")
    served.call("POST", f"/deployments/{manual['id']}/create_flow_run",
                {"parameters": {"dataset": "dosm.headline", "force": True}, "state": {"type": "SCHEDULED"}})
    before = len(served.publishers.asked(URL))
    served.wait(lambda: len(served.publishers.asked(URL)) > before)
    assert len(served.processes()) >= 3  # serve, its server, and a run that waits for the publisher

    served.process.send_signal(signal.SIGINT)

    assert served.process.wait(30) == 0, served.said.read_text()
    assert served.processes() == []
    assert served.said.read_text().rstrip().endswith("Stopped.")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", served.port)) != 0


class _Runs:
    """Prefect's client as far as clearing up needs it: runs with times, and what they were set to."""

    def __init__(self, *started: datetime) -> None:
        self.runs = [SimpleNamespace(id=at, auto_scheduled=True, deployment_id=1, expected_start_time=at)
                     for at in sorted(started, reverse=True)]
        self.cancelled: list[datetime] = []

    async def read_flow_runs(self, *, flow_run_filter: Any, sort: object = None) -> list[SimpleNamespace]:
        return self.runs if sort is not None else []

    async def set_flow_run_state(self, run_id: datetime, state: Any, *, force: bool) -> None:
        assert (state.name, force) == ("Cancelled", True)
        self.cancelled.append(run_id)


def test_of_several_missed_nights_one_is_made_up() -> None:
    from flows.scheduler.selfcare import clear_up

    now = datetime.now(UTC)
    newest, older, oldest, coming = (now - timedelta(hours=hours) for hours in (10, 34, 58, -14))
    runs: Any = _Runs(newest, older, oldest, coming)

    asyncio.run(clear_up(runs))

    assert runs.cancelled == [older, oldest]


@pytest.mark.server
def test_a_refresh_through_the_flows_leaves_its_runs_to_be_seen_and_nothing_running(tmp_path: Path) -> None:
    with Publishers() as publishers:
        publishers.serve(URL, headline(last_month()), "text/csv")
        home = tmp_path / "home"
        done = subprocess.run(
            [sys.executable, "-m", "flows", "--json", "refresh", "dosm.headline", "--flow"], capture_output=True, text=True,
            timeout=200, env=conftest.environment(home, ENTREPOT_HOST_MAP=json.dumps(publishers.host_map),
                                                  ENTREPOT_MIN_INTERVAL_S="0"))

    assert done.returncode == 0, done.stderr
    assert [(each["dataset"], each["result"], each["rows_new"]) for each in json.loads(done.stdout)] == [
        ("dosm.headline", "new_data", 840)]
    assert "Error" not in done.stderr
    marker = f"ENTREPOT_HOME={home}\0".encode()
    assert not [folder for folder in Path("/proc").glob("[0-9]*") if marker in _environ(folder)]
    with sqlite3.connect(home / "prefect" / "prefect.db") as kept:
        assert kept.execute("SELECT state_name FROM flow_run").fetchall() == [("New data",)]


def test_sigterm_while_starting_leaves_nothing_behind(tmp_path: Path) -> None:
    said = tmp_path / "said.txt"
    with said.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "flows", "serve", "--port", str(free_port())], stdout=out,
                                   stderr=subprocess.STDOUT, env=conftest.environment(tmp_path / "home"))
    give_up = time.monotonic() + 30
    while "Starting Prefect" not in said.read_text() and time.monotonic() < give_up:
        time.sleep(0.05)
    process.terminate()

    assert process.wait(20) == 0, said.read_text()
    marker = f"ENTREPOT_HOME={tmp_path / 'home'}\0".encode()
    assert not [folder for folder in Path("/proc").glob("[0-9]*") if marker in _environ(folder)]


def _environ(folder: Path) -> bytes:
    try:
        return (folder / "environ").read_bytes()
    except OSError:
        return b""


def test_a_server_that_died_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(["sh", "-c", "echo it hurts here; exit 3"], stdout=out, start_new_session=True)
    process.wait()

    with pytest.raises(EntrepotError, match=r"ended with code 3.*server\.log(.|\n)*it hurts here"):
        Server(lambda: process, "127.0.0.1", 1, log).check()


def test_a_server_that_will_not_stop_is_made_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.scheduler.serve.STOPPED_WITHIN_S", 0.4)
    process = subprocess.Popen(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
                               stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"

    Server(lambda: process, "127.0.0.1", 1, tmp_path / "none.log").stop()

    assert process.poll() == -signal.SIGKILL


def test_what_a_person_set_for_prefect_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_LOGGING_LEVEL", "DEBUG")
    monkeypatch.setenv("NO_PROXY", "intranet.example")

    found = environment(House(Settings(home=tmp_path)), 4711, tmp_path / "prefect")

    assert "PREFECT_SERVER_LOGGING_LEVEL" not in found
    assert found["NO_PROXY"] == "intranet.example,127.0.0.1"
    assert found["PREFECT_API_URL"] == found["PREFECT_UI_API_URL"] == "http://127.0.0.1:4711/api"
    assert found["PREFECT_HOME"] == str(tmp_path / "prefect") and found["ENTREPOT_HOME"] == str(tmp_path)


@pytest.mark.parametrize("arguments", [["--help"], ["status"], ["status", "--check"], ["doctor", "--offline"],
                                       ["get", "China", "Malaysia"], ["sql", "SELECT 1"]])
def test_commands_that_read_do_not_import_prefect(arguments: list[str], tmp_path: Path) -> None:
    code = ("import sys\nfrom flows.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
            "sys.exit(7 if 'prefect' in sys.modules else 0)")
    done = subprocess.run([sys.executable, "-c", code, *arguments], env=conftest.environment(tmp_path), timeout=60,
                          capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
