"""Plans longer than a day: within the publisher's calls, on from where a run was killed, what is current first. All synthetic.

``ENTREPOT_SOAK_PLAN=1500`` takes the plan of 2,000 partitions with 500 calls a day.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.asking import MOST_FOLLOWED, answers, lanes
from connectors.contract import Ask, Client, Connector, NothingKnown, Wanted
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline
from flows.run.plans import Calls, Spent, Unfinished
from flows.schedule import backfill
from flows.schedule.tonight import tonight
from tests.publishers import Fault, Publishers
from tests.publishers.client import quick_client
from tests.warehouse.synthetic import PUBLISHER, SYNTHETIC
from warehouse.schema.errors import KeyRefused, NotFound, PublisherError, QuotaUsed, Unavailable
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Document, Refusal, Request, Window

HOST = "http://synthetic.example"
ASKS = int(os.environ.get("ENTREPOT_SOAK_PLAN", "60"))
A_DAY = ASKS // 3
"""With every third answer cut at its cap and asked for again in two halves: five days."""
FIRST = datetime(2026, 5, 4, 2, tzinfo=UTC)
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))


class SyntheticParts(Connector):
    """A publisher of numbered parts, of which every third is cut at its cap; what is current is one more part."""

    publisher = "synthetic"
    about = PUBLISHER
    parser_version = 1
    calls_a_day = A_DAY
    datasets = (replace(SYNTHETIC, dataset="synthetic.parts", revision_mode="overwrite"), replace(SYNTHETIC, dataset="synthetic.current"))

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        for name, number in (("parts", ASKS), ("current", 2)):
            if f"synthetic.{name}" in wanted.datasets:
                for part in range(number):
                    yield Ask(Request(f"{HOST}/{name}/{part}", f"synthetic.{name}"), partition=f"{name} {part}",
                              priority=0 if name == "current" else 1)

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        if isinstance(answer, PublisherError):
            raise answer
        if answer.body != b"cut":
            return []
        return [Ask(replace(ask.request, url=f"{ask.request.url}/{half}"), partition=f"{ask.partition}, half {half}", priority=ask.priority)
                for half in (1, 2)]

    def recognise(self, head: bytes, name: str) -> str | None:
        return None

    def parse(self, document: Document, out: Sink) -> None:
        raise NotImplementedError("what is asked is what is tested")

    def read_cell(self, document: Document, locator: str) -> str:
        raise NotImplementedError


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as simulated:
        for part in range(ASKS):
            simulated.serve(f"{HOST}/parts/{part}", b"cut" if part % 3 == 0 else f"part {part}".encode())
            for half in (1, 2):
                simulated.serve(f"{HOST}/parts/{part}/{half}", f"part {part}, half {half}".encode())
        for part in range(2):
            simulated.serve(f"{HOST}/current/{part}", f"current {part}".encode())
        yield simulated


@pytest.fixture(autouse=True)
def synthetic(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "connectors", lambda: {"synthetic": SyntheticParts()})
    registry.datasets.cache_clear()
    yield
    registry.datasets.cache_clear()


class Dying:
    """A client whose process is killed after so many answers."""

    def __init__(self, client: Client, after: int) -> None:
        self._client = client
        self._after = after

    def ask(self, request: Request) -> Document | PublisherError:
        answer = self._client.ask(request)
        self._after -= 1
        if self._after == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def get(self, request: Request) -> Document:
        raise NotImplementedError


def asked(publishers: Publishers) -> Counter[str]:
    return Counter(each.path for each in publishers.asked("synthetic.example"))


def run(root: Path, publishers: Publishers, at: datetime, *names: str, window: Window | None = None,
        dies_after: int = 0) -> pipeline.Fetched:
    """One run's asking, at a simulated moment, as in a process of its own."""
    house = House(Settings(home=root))
    client = quick_client(publishers, house.archive, root / "locks", now=clock.now)
    with clock.at(at):
        return pipeline.fetch(house, "synthetic", [f"synthetic.{name}" for name in names], window,
                              client=Dying(client, dies_after) if dies_after else client)


def killed(root: Path, publishers: Publishers, at: datetime, after: int) -> None:
    """The same, killed after so many answers."""
    child = multiprocessing.get_context("fork").Process(target=run, args=(root, publishers, at, "parts", "current"),
                                                        kwargs={"dies_after": after})
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL


def test_a_plan_of_days_asks_each_part_once_however_often_it_is_killed(tmp_path: Path, publishers: Publishers) -> None:
    chance = random.Random(SEED)
    with clock.at(FIRST):
        said = backfill.plan(House(Settings(home=tmp_path)), "synthetic.parts", date(2026, 1, 1), date(2026, 3, 31))
    assert (len(said.asks), said.days) == (ASKS, 3)  # and two calls more for each answer that is cut, which nobody can know
    days, waiting = 0, ASKS
    while waiting:
        at = FIRST + timedelta(days=days)
        before = asked(publishers).total()
        for _ in range(chance.randrange(3) if waiting > A_DAY else 0):
            killed(tmp_path, publishers, at, chance.randrange(1, A_DAY // 3))
        found = run(tmp_path, publishers, at, "parts", "current")
        waiting = sum(outcome.left for outcome in found.failures)
        assert asked(publishers).total() - before <= A_DAY
        today = [each.path for each in publishers.asked("synthetic.example")[before:]]
        assert [path for path in today if "current" in path] == today[:len([path for path in today if "current" in path])]
        days += 1
    parts = {path: number for path, number in asked(publishers).items() if "parts" in path}
    assert set(parts.values()) == {1}
    halves = {f"/parts/{part}/{half}" for part in range(0, ASKS, 3) for half in (1, 2)}
    assert set(parts) == {f"/parts/{part}" for part in range(ASKS)} | halves
    assert days == 6  # five days, and the two current parts' calls: each once
    again = run(tmp_path, publishers, FIRST + timedelta(days=days), "parts", "current")
    assert sum(outcome.left for outcome in again.failures) > 0 and max(asked(publishers).values()) == 2  # a new plan begins


def test_what_waits_is_told_and_is_no_error(tmp_path: Path, publishers: Publishers) -> None:
    found = run(tmp_path, publishers, FIRST, "parts")
    (left,) = found.failures
    assert (left.result, left.dataset, left.exit_code) == ("no_change", "synthetic.parts", 0)
    assert "calls of today are used" in left.said and "go on from 2026-05-05 UTC" in left.said
    house = House(Settings(home=tmp_path))
    with clock.at(FIRST + timedelta(hours=20)):
        assert tonight(house).why["synthetic.parts"] == "stopped before its end"


def test_the_past_leaves_the_night_its_calls(tmp_path: Path, publishers: Publishers) -> None:
    past = Window(date(2026, 1, 1), date(2026, 1, 31))
    run(tmp_path, publishers, FIRST, "parts", window=past)
    usual = ASKS + 2  # of a publisher that was never asked, all that its plan names
    assert asked(publishers).total() == max(0, A_DAY - usual)
    run(tmp_path, publishers, FIRST, "current")
    run(tmp_path, publishers, FIRST + timedelta(hours=3), "parts", window=past)
    assert asked(publishers).total() == A_DAY  # the night had its turn: the past takes what is left
    tomorrow = FIRST + timedelta(days=1)
    run(tmp_path, publishers, tomorrow, "parts", window=past)
    assert asked(publishers).total() == 2 * A_DAY - 2  # two stay for the night of this day
    run(tmp_path, publishers, tomorrow + timedelta(hours=2), "current")
    assert asked(publishers).total() == 2 * A_DAY


def test_calls_are_counted_over_processes_and_anew_each_day_of_utc(tmp_path: Path) -> None:
    def take(at: datetime, *costs: int, current: bool = True) -> int:
        with clock.at(at):
            calls = Calls(tmp_path, "synthetic", 10, current=current, usual=4)
            for cost in costs:
                calls.take(cost)
            return Calls(tmp_path, "synthetic", 10, current=current, usual=4).left

    assert take(FIRST, current=False) == 6
    assert take(FIRST, 1, 2) == 7
    assert take(FIRST, current=False) == 7
    with pytest.raises(Spent):
        take(FIRST, 7, 1)
    assert take(FIRST + timedelta(hours=21)) == 0
    assert take(FIRST + timedelta(hours=22), current=False) == 0  # the day before, what is current took all ten
    assert take(FIRST + timedelta(hours=22)) == 10
    (tmp_path / "synthetic.calls").write_bytes(b'{"day": "20')
    assert take(FIRST) == 10


@contextmanager
def limited(connector: type[Connector], allowed: int | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connector, "calls_a_day", allowed)
        yield


def test_without_a_limit_a_stopped_plan_begins_with_what_it_had_not_asked(tmp_path: Path, publishers: Publishers) -> None:
    with limited(SyntheticParts, None):
        killed(tmp_path, publishers, FIRST, 6)
        before = [each.path for each in publishers.asked("synthetic.example")]
        found = run(tmp_path, publishers, FIRST + timedelta(days=1), "parts", "current")
        assert found.failures == ()
        assert Unfinished(House(Settings(home=tmp_path)), "synthetic").current() == set()
    now = [each.path for each in publishers.asked("synthetic.example")][len(before):]
    firsts = [path for path in now if path.count("/") == 2 and "parts" in path]
    assert set(before) <= set(now)
    old = [path for path in before if path in firsts]
    assert old and firsts[-len(old):] == old


def test_an_error_that_cannot_pass_is_told_again_and_one_that_may_is_asked_again(tmp_path: Path, publishers: Publishers) -> None:
    publishers.withdraw(f"{HOST}/parts/1")
    found = run(tmp_path, publishers, FIRST, "parts")
    assert [outcome.error for outcome in found.failures if outcome.error] == [NotFound.__name__]
    found = run(tmp_path, publishers, FIRST + timedelta(days=1), "parts")
    assert [outcome.error for outcome in found.failures if outcome.error] == [NotFound.__name__]
    assert asked(publishers)["/parts/1"] == 1
    assert Unavailable.transient and not NotFound.transient


class Circle(SyntheticParts):
    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        return [ask, ask]


def test_a_plan_that_leads_in_a_circle_ends() -> None:
    class Nobody:
        def ask(self, request: Request) -> Document | PublisherError:
            return NotFound("404")

        def get(self, request: Request) -> Document:
            raise NotImplementedError

    with pytest.raises(RuntimeError, match=f"more than {MOST_FOLLOWED:,} asks"):
        list(answers(Circle(), Nobody(), Wanted(["synthetic.parts"])))
    assert lanes(Circle(), Wanted([], known=NothingKnown())) == {}


def test_a_publisher_that_says_the_day_is_used_is_not_asked_again_today(tmp_path: Path, publishers: Publishers) -> None:
    class Tired(SyntheticParts):
        def plan(self, wanted: Wanted) -> Iterable[Ask]:
            for ask in super().plan(wanted):
                yield replace(ask, request=replace(ask.request, refusals=(Refusal(403, "quota", QuotaUsed, "used"),)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "connectors", lambda: {"synthetic": Tired()})
        publishers.fault(f"{HOST}/parts/1", Fault.status(403, b"Out of call volume quota"), times=1)
        found = run(tmp_path, publishers, FIRST, "parts")
        assert [(outcome.result, outcome.left) for outcome in found.failures] == [("no_change", ASKS - 1)]
        before = asked(publishers).total()
        run(tmp_path, publishers, FIRST + timedelta(hours=3), "parts")
        assert asked(publishers).total() == before
        run(tmp_path, publishers, FIRST + timedelta(days=1), "parts")
        assert asked(publishers)["/parts/1"] == 2


def test_a_key_that_is_not_taken_is_tried_once(tmp_path: Path, publishers: Publishers) -> None:
    class Locked(SyntheticParts):
        def plan(self, wanted: Wanted) -> Iterable[Ask]:
            for ask in super().plan(wanted):
                yield replace(ask, request=replace(ask.request, refusals=(Refusal(401, "", KeyRefused, "not taken"),)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "connectors", lambda: {"synthetic": Locked()})
        publishers.fault("synthetic.example", Fault.status(401, b"Access denied"))
        found = run(tmp_path, publishers, FIRST, "parts", "current")
        assert [(outcome.dataset, outcome.error) for outcome in found.failures] == [
            ("synthetic.current", "KeyRefused"), ("synthetic.parts", "KeyRefused")]
        publishers.mend("synthetic.example")
        again = run(tmp_path, publishers, FIRST + timedelta(hours=1), "current")
        assert again.failures == () and asked(publishers)["/current/0"] == 2
