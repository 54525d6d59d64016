"""One real ``entrepot serve`` for all tests that need Prefect: flows that a test calls report to its server too."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.flows.receiver import Hook
from tests.flows.synthetic_headline import URL, headline, last_month
from tests.publishers.faults import Fault
from tests.publishers.server import Publishers

if TYPE_CHECKING:
    from tests.flows.nights import Run

REPOSITORY = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test that stops the shared server comes last, whatever its file is called."""
    items.sort(key=lambda item: item.get_closest_marker("stops_the_server") is not None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


HOOK_PATH = "/services/synthetic-webhook-secret"
PASSWORD = "night:synthetic-ui-password"
KEY = "synthetic-comtrade-key"
SECRETS = (HOOK_PATH, PASSWORD.partition(":")[2], KEY)
"""Every secret of the shared server: none of them is ever read anywhere (``test_secrets``)."""


def call(port: int, method: str, path: str, body: object = None) -> Any:
    """One call of Prefect's REST API; asked again, as Prefect's own client does, while its database is busy (503)
    or, for a question that changes nothing, when a machine under load lets it wait too long."""
    headers = {"Content-Type": "application/json", "Authorization": "Basic " + b64encode(PASSWORD.encode()).decode()}
    for patience in (0.2, 0.5, 1, 2, 4, 0):
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as line:
            try:
                line.request(method, path, json.dumps(body) if body is not None else None, headers)
                answer = line.getresponse()
                said = answer.read()
            except TimeoutError:
                if not (method == "GET" or path.endswith("/filter")) or not patience:
                    raise
                continue
        if answer.status != 503:
            break
        time.sleep(patience)
    assert answer.status < 300, f"{method} {path}: {answer.status} {said!r}"
    return json.loads(said) if said else None


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a command of ours is started with: this checkout, this home."""
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, "ENTREPOT_HOME": str(home), **more}


def hosts_of_publishers() -> set[str]:
    """Every host that a night may ask."""
    from connectors.news.sources import sources
    from flows.home import registry
    from tests.e2e.house import hosts

    return {"storage.dosm.gov.my", "english.customs.gov.cn", "data-api.ecb.europa.eu", *hosts(),
            *(host for source in sources().values() for host in source.hosts),
            *(str(urlsplit(each.page_url).hostname) for each in registry.datasets().values())}


OF_THE_NIGHT = ("statement", "gacc", "dosm", "ecb", "comtrade", "news")


@cache
def far_from_two() -> str:
    """A zone where it is about 14:00 now, so that no test meets the real night."""
    ahead = 14 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


@dataclass
class Served:
    """A running `entrepot serve`."""

    process: subprocess.Popen[str]
    port: int
    home: Path
    said: Path
    publishers: Publishers
    hook: Hook
    """Where it is told that a person is needed."""

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def call(self, method: str, path: str, body: object = None) -> Any:
        return call(self.port, method, f"/api{path}", body)

    def wait(self, what: Callable[[], Any], seconds: float = 150) -> Any:
        """Until something is so; its value."""
        give_up = time.monotonic() + seconds
        while not (found := what()):
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < give_up, f"nothing after {seconds} s; serve said:\n{self.said.read_text()}"
            time.sleep(0.2)
        return found

    def pids(self) -> list[int]:
        """All processes that work on this home."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"ENTREPOT_HOME={self.home}\0".encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found

    def processes(self) -> list[str]:
        """Their command lines."""
        found = []
        for pid in self.pids():
            with suppress(OSError):
                found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
        return found


@contextmanager
def serving(elsewhere: Path, home: Path, publishers: Publishers, hook: Hook, **more: str) -> Iterator[Served]:
    """A server of its own for a home. No publisher is asked by a test: every host leads to the simulator."""
    port, said = free_port(), elsewhere / "said.txt"
    hosts = dict.fromkeys(sorted(hosts_of_publishers()), publishers.base)
    more = {"ENTREPOT_HOST_MAP": json.dumps(hosts), "ENTREPOT_MIN_INTERVAL_S": "0", "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "0.3",
            "PYTHONSAFEPATH": "1", "ENTREPOT_NOTIFY": f"http://127.0.0.1:{hook.port}{HOOK_PATH}", "ENTREPOT_UI_PASSWORD": PASSWORD,
            "ENTREPOT_CONTACT": "tests@example.org", **more}
    with said.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "flows", "serve", "--port", str(port)], cwd=elsewhere,
                                   env=environment(home, **more), stdout=out, stderr=subprocess.STDOUT, text=True)
    running = Served(process, port, home, said, publishers, hook)
    try:
        running.wait(lambda: "is served at" in said.read_text(), 600)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Started from a folder that is not the repository and has a `flows` of its own, as Prefect's users often do."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "flows").mkdir()
    (elsewhere / "flows" / "__init__.py").write_text("raise ImportError('this is not the flows you look for')\n")
    from flows.home import registry

    home = tmp_path_factory.mktemp("home")
    # Nights of all publishers have tests of their own (``tests/e2e/test_month_of_all.py``); this one is about the night.
    others = [name for name, each in registry.datasets().items() if each.publisher not in OF_THE_NIGHT]
    (home / "sources.toml").write_text("[enabled]\n" + "".join(f'"{name}" = false\n' for name in others))
    with Publishers() as publishers, Hook() as hook:
        publishers.serve(URL, headline(last_month()), "text/csv")  # one file, and no other page is known
        with serving(elsewhere, home, publishers, hook, ENTREPOT_TZ=far_from_two(), ENTREPOT_COMTRADE_KEY=KEY,
                     PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY="PT1S",
                     PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS="15") as running:
            yield running


@pytest.fixture(scope="session")
def prefect_here(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Flows that a test calls run in this process and report to the shared server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("DO_NOT_TRACK", "1")
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: served.api, PREFECT_API_AUTH_STRING: PASSWORD}):
            yield
            # What waits to be sent is sent while there is a server: at the end of the process there is none.
            APILogWorker.drain_all()
            EventsWorker.drain_all()


@pytest.fixture(scope="session")
def scheduled_night(served: Served) -> dict[str, Any]:
    """A night that the schedule of the real deployment began by itself: one publisher answers, one shows a wall."""
    served.publishers.fault("english.customs.gov.cn", Fault.challenge())
    deployment = served.call("GET", "/deployments/name/nightly/kl-0200")
    soon = datetime.now(UTC) + timedelta(seconds=10)
    nightly = [{"schedule": each["schedule"], "active": True} for each in deployment["schedules"]]
    once = {"schedule": {"interval": 86400, "anchor_date": soon.isoformat(), "timezone": "UTC"}, "active": True}
    served.call("PATCH", f"/deployments/{deployment['id']}", {"schedules": [*nightly, once]})
    mine = {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}, "state": {"type": {"any_": [
        "COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}}
    found: dict[str, Any] = served.wait(lambda: next(iter(served.call("POST", "/flow_runs/filter", mine)), None), 600)
    served.call("PATCH", f"/deployments/{deployment['id']}", {"schedules": nightly})
    return found


def break_a_night(served: Served, folder: Path) -> Run:
    """A night in which one publisher answers and the other fails at every address."""
    from tests.flows.nights import Nights

    with pytest.MonkeyPatch.context() as patch:
        nights = Nights(served, folder, patch)
        nights.with_ecb()
        with nights.publishers as publishers:
            publishers.serve(URL, headline(last_month()), "text/csv")
            publishers.fault("data-api.ecb.europa.eu", Fault.status(503))
            return nights.nightly()


@pytest.fixture(scope="session")
def broken_night(served: Served, prefect_here: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return break_a_night(served, tmp_path_factory.mktemp("night"))
