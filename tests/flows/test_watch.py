"""The release watch: nothing before the hour and an embargo, every ten minutes then, three hours at most, and over when new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.home import clock
from flows.home.house import House
from flows.run import pipeline
from flows.run.bookkeeping import Outcome
from flows.schedule import watch
from flows.schedule.watch import Ask, Target, Wait, Watching
from tests.e2e.pages import HEADLINE, headline
from tests.flows.test_tonight import CALENDAR, arc, night, refresh, simulated
from tests.publishers import Publishers

NOON = datetime(2026, 4, 20, 4, tzinfo=UTC)
"""12:00 in Kuala Lumpur, for which DOSM's (synthetic) calendar announces February."""
HEAD = Target("dosm.headline", date(2026, 2, 28), NOON)


def answer(result: str, error: str = "") -> list[Outcome]:
    return [Outcome("dosm.headline", result, "", error=error)]  # type: ignore[arg-type]


def test_it_waits_for_the_hour_asks_every_ten_minutes_and_gives_up_after_three_hours() -> None:
    watching, now, asked = Watching([HEAD]), NOON - timedelta(minutes=3), []
    while step := watching.next(now):
        if isinstance(step, Wait):
            now += timedelta(seconds=step.seconds)
        else:
            asked.append(now)
            watching.told(step, answer("no_change"), {}, now)
    assert asked == [NOON + timedelta(minutes=10 * number) for number in range(18)]
    assert watching.over == {"dosm.headline": "not out yet"}


def test_it_is_over_when_the_period_is_there_and_not_when_something_else_is_new() -> None:
    watching = Watching([HEAD])
    step = watching.next(NOON)
    assert step == Ask("dosm", ("dosm.headline",))
    watching.told(step, answer("new_data"), {"dosm.headline": date(2026, 1, 31)}, NOON)  # an old figure was revised
    assert watching.next(NOON) == Wait(600)
    watching.told(step, answer("new_data"), {"dosm.headline": date(2026, 2, 28)}, NOON + timedelta(minutes=10))
    assert (watching.next(NOON), watching.over) == (None, {"dosm.headline": "out"})


@pytest.mark.parametrize(("outcome", "how"), [
    (answer("held"), "held"), (answer("error", "Challenged"), "Challenged"), (answer("error", "Forbidden"), "Forbidden"),
    (answer("error", "RateLimited"), "RateLimited")])
def test_what_asking_again_does_not_mend_ends_it(outcome: list[Outcome], how: str) -> None:
    watching = Watching([HEAD])
    watching.told(Ask("dosm", ("dosm.headline",)), outcome, {}, NOON)
    assert (watching.next(NOON), watching.over) == (None, {"dosm.headline": how})


def test_a_publisher_that_does_not_answer_is_asked_again() -> None:
    watching = Watching([HEAD])
    watching.told(Ask("dosm", ("dosm.headline",)), answer("error", "Unavailable"), {}, NOON)
    assert watching.next(NOON + timedelta(minutes=1)) == Wait(540)


def test_each_release_has_its_own_hour() -> None:
    later = Target("dosm.sitc", date(2026, 2, 28), NOON + timedelta(hours=1))
    watching = Watching([HEAD, later])
    assert watching.next(NOON) == Ask("dosm", ("dosm.headline",))
    watching.told(Ask("dosm", ("dosm.headline",)), answer("no_change"), {}, NOON)
    assert watching.next(NOON + timedelta(hours=1)) == Ask("dosm", ("dosm.headline", "dosm.sitc"))
    watching.told(Ask("dosm", ("dosm.headline", "dosm.sitc")), [], {}, NOON + timedelta(hours=1))
    assert watching.next(NOON + timedelta(hours=3)) == Ask("dosm", ("dosm.sitc",))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[House, Publishers]]:
    with simulated(tmp_path / "home") as (home, publishers):
        publishers.serve(HEADLINE, headline(121), "text/csv", etag='"january"')
        publishers.serve(CALENDAR, arc(m2026_01="2026-02-27", m2026_02="2026-04-20"), "text/csv")
        with clock.at(night("2026-04-15")):
            refresh(home, {"dosm": ["dosm.calendar", "dosm.headline"]})
        yield home, publishers


def test_a_release_is_watched_on_its_day_only_and_asked_for_conditionally(house: tuple[House, Publishers]) -> None:
    home, publishers = house
    with clock.at(night("2026-04-18")):
        assert watch.targets(home, timedelta(days=1)) == []
    with clock.at(night("2026-04-20")):
        assert watch.targets(home, timedelta(days=1)) == [HEAD]
        assert watch.targets(home) == []  # its hour has not come
    before = len(publishers.asked(HEADLINE))
    with clock.at(NOON):
        watching = Watching(watch.targets(home))
        while step := watching.next(clock.now()):
            if isinstance(step, Wait):
                clock.sleep(step.seconds)
                continue
            if len(publishers.asked(HEADLINE)) == before + 2:
                publishers.serve(HEADLINE, headline(122), "text/csv", etag='"february"')
            watching.told(step, pipeline.refresh_publisher(home, step.publisher, step.datasets), watch.newest(home), clock.now())
        assert timedelta(minutes=20) <= clock.now() - NOON < timedelta(minutes=25)
    asked = publishers.asked(HEADLINE)[before:]
    assert [request.headers.get("if-none-match") for request in asked] == ['"january"'] * 3
    assert watching.over == {"dosm.headline": "out"}
    with clock.at(NOON + timedelta(hours=1)):
        assert watch.targets(home) == []


def test_where_the_window_is_over_the_night_asks(house: tuple[House, Publishers]) -> None:
    with clock.at(NOON + timedelta(hours=3)):
        assert watch.targets(house[0]) == []
