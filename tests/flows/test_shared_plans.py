"""One plan shared out between runs of their own processes and homes, at a real PostgreSQL and object store. All figures are synthetic.

The simulated publisher counts what it was asked: nothing twice, everything once, whatever becomes of a run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Client
from flows.home import clock, registry
from flows.home.house import House
from flows.run import pipeline, plans
from flows.schedule.tonight import tonight
from tests import servers
from tests.flows.conftest import environment
from tests.flows.test_plans import ASKS, HOST, SyntheticParts
from tests.publishers import Publishers, comtrade
from tests.publishers.client import quick_client
from tests.publishers.comtrade import KEY, Office, record
from tests.servers import Form
from warehouse.lake.opening import connect
from warehouse.schema.errors import PublisherError, Unreachable
from warehouse.schema.travel import Document, Request, Window
from warehouse.upkeep.verify import verify

FIRST = datetime(2026, 5, 4, 2, tzinfo=UTC)
SLOW_S = 0.02
"""What an answer of the simulated publisher takes: long enough that two runs are at it side by side."""


@pytest.fixture
def form(postgres: servers.Postgres, objects: servers.ObjectStore) -> Form:
    return servers.served(postgres, objects)


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as simulated:
        yield simulated


@pytest.fixture
def parts(publishers: Publishers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publishers]:
    """A publisher of numbered parts, of which every third is cut at its cap and asked for again in halves."""
    def answer(body: bytes) -> Callable[..., tuple[int, dict[str, str], bytes]]:
        def slowly(query: Any, headers: Any) -> tuple[int, dict[str, str], bytes]:
            time.sleep(SLOW_S)
            return 200, {"Content_Type": "text/plain"}, body

        return slowly

    for part in range(ASKS):
        publishers.answer(f"{HOST}/parts/{part}", answer(b"cut" if part % 3 == 0 else f"part {part}".encode()))
        for half in (1, 2):
            publishers.answer(f"{HOST}/parts/{part}/{half}", answer(f"part {part}, half {half}".encode()))
    for part in range(2):
        publishers.answer(f"{HOST}/current/{part}", answer(f"current {part}".encode()))
    monkeypatch.setattr(registry, "connectors", lambda: {"synthetic": SyntheticParts()})
    registry.datasets.cache_clear()
    yield publishers
    registry.datasets.cache_clear()


WHOLE = {f"/parts/{part}" for part in range(ASKS)} | {f"/parts/{part}/{half}" for part in range(0, ASKS, 3) for half in (1, 2)}


def asked(publishers: Publishers) -> Counter[str]:
    return Counter(each.path for each in publishers.asked("synthetic.example") if "robots" not in each.path)


class Dying:
    """A client whose run loses everything after so many answers, as in a machine that stops: its session at the lake is gone."""

    def __init__(self, client: Client, house: House, after: int) -> None:
        self._client = client
        self._house = house
        self._after = after

    def ask(self, request: Request) -> Document | PublisherError:
        answer = self._client.ask(request)
        self._after -= 1
        if self._after == 0:
            assert self._house.worker is not None and self._house.worker._session is not None
            self._house.worker._session.close()
        return answer

    def get(self, request: Request) -> Document:
        raise NotImplementedError


def fetch(form: Form, home: Path, publishers: Publishers, at: datetime, *, window: Window | None = None, dies_after: int = 0,
          calls: int | None = 10_000) -> pipeline.Fetched | Unreachable:
    """One run's asking of all parts, as on a machine of its own."""
    SyntheticParts.calls_a_day = calls
    house = form.house(home)
    client: Client = quick_client(publishers, house.archive, home / "locks", now=clock.now)
    try:
        with clock.at(at):
            return pipeline.fetch(house, "synthetic", ["synthetic.parts"], window,
                                  client=Dying(client, house, dies_after) if dies_after else client)
    except Unreachable as error:
        return error
    finally:
        assert house.worker is not None
        house.worker.close()


def side_by_side(form: Form, tmp_path: Path, publishers: Publishers, at: datetime,
                 *runs: dict[str, Any]) -> list[pipeline.Fetched | Unreachable]:
    """Runs at one moment, each in its home; what came of them."""
    with ThreadPoolExecutor(len(runs)) as threads:
        started = [threads.submit(fetch, form, tmp_path / f"home {number}", publishers, at, **named) for number, named in enumerate(runs)]
        return [each.result(120) for each in started]


@pytest.mark.parametrize("calls", [10_000, None])
def test_two_runs_share_a_plan_and_nothing_is_asked_twice(form: Form, tmp_path: Path, parts: Publishers, calls: int | None) -> None:
    side_by_side(form, tmp_path, parts, FIRST, {"calls": calls}, {"calls": calls})
    assert asked(parts) == dict.fromkeys(WHOLE, 1)
    house = form.house(tmp_path / "home 0")
    by = Counter(key.rpartition("/")[2].split("-")[1] for key in house.store.keys("log"))
    assert len(by) == 2  # both had a share
    assert plans.stopped(house) == set()
    fetch(form, tmp_path / "later", parts, FIRST + timedelta(days=1), calls=calls)
    assert asked(parts) == dict.fromkeys(WHOLE, 2)  # a finished plan begins anew


@pytest.mark.parametrize("calls", [10_000, None])
def test_what_a_run_had_that_died_is_taken_over_by_the_other_and_not_asked_again(
        form: Form, tmp_path: Path, parts: Publishers, calls: int | None) -> None:
    ended = side_by_side(form, tmp_path, parts, FIRST, {"dies_after": 15, "calls": calls}, {"calls": calls},
                         {"dies_after": 10, "calls": calls})
    assert [type(each) for each in ended] == [Unreachable, pipeline.Fetched, Unreachable]
    assert asked(parts) == dict.fromkeys(WHOLE, 1)
    house = form.house(tmp_path / "home 1")
    assert plans.stopped(house) == set()
    assert set(WHOLE) <= {url.removeprefix(HOST) for url in house.archive.urls()}


def test_what_nobody_took_over_the_next_run_does(form: Form, tmp_path: Path, parts: Publishers) -> None:
    side_by_side(form, tmp_path, parts, FIRST, {"dies_after": 10}, {"dies_after": 12})
    assert asked(parts).total() == 22
    with clock.at(FIRST + timedelta(hours=20)):
        assert tonight(form.house(tmp_path / "another")).why["synthetic.parts"] == "stopped before its end"
    found = fetch(form, tmp_path / "another", parts, FIRST + timedelta(days=1))
    assert asked(parts) == dict.fromkeys(WHOLE, 1)
    assert isinstance(found, pipeline.Fetched)
    assert len(found.fetch_ids) == len(WHOLE)  # all that is to be read, also what the others were answered


def test_the_calls_of_a_day_hold_over_all_runs_and_each_day_goes_on(form: Form, tmp_path: Path, parts: Publishers) -> None:
    days, before = 0, 0
    while len(asked(parts)) < len(WHOLE):
        side_by_side(form, tmp_path, parts, FIRST + timedelta(days=days), {"calls": 30}, {"calls": 30})
        assert asked(parts).total() - before <= 30
        before, days = asked(parts).total(), days + 1
    assert asked(parts) == dict.fromkeys(WHOLE, 1)
    assert days == -(-len(WHOLE) // 30)


def test_past_periods_that_another_run_finished_meanwhile_are_not_begun_anew(form: Form, tmp_path: Path, parts: Publishers) -> None:
    past, house = Window(date(2026, 1, 1), date(2026, 1, 31)), form.house(tmp_path / "slow")
    plans.join(house)
    fetch(form, tmp_path / "quick", parts, FIRST, window=past, calls=None)
    client = quick_client(parts, house.archive, tmp_path / "slow" / "locks", now=clock.now)
    with clock.at(FIRST):
        found = pipeline.fetch(house, "synthetic", ["synthetic.parts"], past, client=client)
    assert (asked(parts), found.fetch_ids) == (dict.fromkeys(WHOLE, 1), ())
    fetch(form, tmp_path / "later", parts, FIRST, window=past, calls=None)
    assert asked(parts) == dict.fromkeys(WHOLE, 2)


YEARS, REPORTERS = (2023, 2024), (156, 458)
FIGURES = "* EXCLUDE (fetch_id, load_id, first_seen_at, version_id, locator)"
"""All goods stand in two answers: whichever was read first is what their row cites."""


def an_office(publishers: Publishers) -> Office:
    made = Office()
    for reporter in REPORTERS:
        for year in YEARS:
            made.put(*(record(reporter, partner, flow, str(year), product, float(reporter + year) * (1 if partner else 3))
                       for partner in (0, 392) for flow in ("M", "X") for product in ("TOTAL", "08", "080460")))
    made.open(publishers)
    return made


def backfilling(form: Form, home: Path, publishers: Publishers, interval_s: float) -> subprocess.Popen[str]:
    env = environment(home, **form.environment, ENTREPOT_HOST_MAP=json.dumps(publishers.host_map), ENTREPOT_MIN_INTERVAL_S=str(interval_s),
                      ENTREPOT_API_KEYS=json.dumps({"comtrade": KEY}))
    return subprocess.Popen([sys.executable, "-m", "flows", "backfill", "comtrade", "--from", str(YEARS[0]), "--to", str(YEARS[-1])],
                            env=env, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.timeout(600)
def test_two_backfills_of_comtrade_ask_each_partition_once_and_come_to_the_rows_of_one(
        form: Form, publishers: Publishers, tmp_path: Path) -> None:
    office = an_office(publishers)
    pair = [backfilling(form, tmp_path / name, publishers, 0.2) for name in ("a", "b")]
    said = [each.communicate(timeout=300)[0] for each in pair]
    assert [each.returncode for each in pair] == [0, 0], said
    sent = Counter(each.path for each in publishers.asked(comtrade.HOST) if "robots" not in each.path)
    lists = [path for path in sent if "getDa" in path]
    assert len(lists) == len(YEARS) and len(sent) == len(lists) + 3 * len(REPORTERS) * len(YEARS)
    assert set(sent.values()) == {1}, sent
    assert office.calls == len(sent)
    house = form.house(tmp_path / "a")
    assert verify(house.place, house.archive, house.journal, wait_s=120).holds
    alone = Form()
    one = backfilling(alone, tmp_path / "one", publishers, 0)
    assert (one.communicate(timeout=300)[0], one.returncode)[1] == 0
    rows = [connect(each.place).execute(f"SELECT {FIGURES} FROM stats.trade ORDER BY ALL").fetchall()
            for each in (house, alone.house(tmp_path / "one"))]
    assert len(rows[0]) == len(REPORTERS) * len(YEARS) * 12 and rows[0] == rows[1]


def test_nothing_of_it_is_in_a_home_of_its_own(tmp_path: Path) -> None:
    from flows.home.settings import Settings

    assert House(Settings(home=tmp_path)).worker is None and not list(tmp_path.iterdir())
