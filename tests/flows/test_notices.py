"""What a person is told and when: each need once, with the command that mends it. Plain functions and a home, no Prefect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.home import clock
from flows.home.house import House
from flows.home.settings import Settings
from flows.tell import notices
from flows.tell.notices import announce, due, key, step
from flows.tell.run_report import Need
from warehouse.archive.journal import Entry
from warehouse.schema.errors import EntrepotError

MONDAY = datetime(2026, 11, 23, 18, 7, tzinfo=UTC)
"""02:07 on Tuesday in Kuala Lumpur."""
LATE = Need("late", "dosm.headline", "5 days late", "See why: `entrepot sources dosm.headline`", period_end=date(2026, 10, 31),
            since=date(2026, 11, 24))
WALL = Need("error", "gacc.prelim", "a page for browsers only", "Save it: `entrepot import FILE --source gacc.prelim`", error="Challenged")
DOWN = Need("error", "ecb.exr.day", "status 503", "`entrepot refresh ecb.exr.day`", error="Unavailable")


class Nights:
    """A home on which night follows night, and what was told in each."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.house = House(Settings(home=home, tz="Asia/Kuala_Lumpur"))
        self.now, self.told, self.broken = MONDAY, list[str](), False
        patch.setattr(clock, "now", lambda: self.now)

    def send(self, title: str, text: str) -> str:
        if self.broken:
            raise EntrepotError("nobody took it")
        self.told.append(f"{title}\n{text}")
        return "the webhook at synthetic"

    def night(self, *needs: Need, days: int = 1, whole: bool = True) -> list[str]:
        """Tell what is due, then let days pass; what was told."""
        before = len(self.told)
        announce(House(self.house.settings), needs, self.send, whole=whole)
        self.now += timedelta(days=days)
        return self.told[before:]

    def hold(self, number: int) -> None:
        self.house.journal.add(Entry(at=self.now + timedelta(seconds=number), kind="held", dataset="dosm.sitc", batch=f"b{number}",
                                     why="values ×1000"))

    def decide(self, number: int) -> None:
        self.house.journal.add(Entry(at=self.now, kind="accepted", dataset="dosm.sitc", by="a person", detail={"held": number}))


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    return Nights(tmp_path, monkeypatch)


def test_what_is_late_is_told_at_once_after_three_days_then_weekly(nights: Nights) -> None:
    told_on = [day for day in range(30) if nights.night(LATE)]

    assert told_on == [0, 3, 10, 17, 24]
    assert nights.told[0] == ("Entrepot: 1 late\n1. dosm.headline is late: 5 days late. See why: `entrepot sources dosm.headline`\n"
                              "All of it: `entrepot status`   http://127.0.0.1:4200")


def test_a_night_that_was_missed_makes_no_reminder_lost_or_doubled(nights: Nights) -> None:
    assert nights.night(LATE, days=5) and nights.night(LATE, days=1)
    assert not nights.night(LATE)


def test_the_next_period_is_told_anew(nights: Nights) -> None:
    nights.night(LATE)
    nights.night()

    assert nights.night(replace(LATE, period_end=date(2026, 11, 30), since=date(2026, 11, 26)))


def test_an_error_that_only_a_person_mends_is_told_once_until_it_is_over(nights: Nights) -> None:
    assert [len(nights.night(WALL)) for _ in range(9)] == [1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert not nights.night()
    assert nights.night(WALL)


def test_a_run_that_knows_only_its_own_publisher_ends_nothing(nights: Nights) -> None:
    nights.night(WALL)
    nights.night(whole=False)

    assert not nights.night(WALL)


def test_an_outage_in_between_makes_nothing_be_told_twice(nights: Nights) -> None:
    late, wall = replace(LATE, dataset="ecb.exr.day"), replace(WALL, dataset="ecb.exr.month")
    down = [DOWN, replace(DOWN, dataset="ecb.exr.month")]
    nights.night(late, wall)

    assert not nights.night(*down) and not nights.night(late, wall)
    nights.night()
    assert nights.night(late, wall)


def test_what_passes_by_itself_is_not_told(nights: Nights) -> None:
    assert not nights.night(DOWN)


def test_every_load_that_waits_is_told_once_by_its_number(nights: Nights) -> None:
    nights.hold(1)
    nights.hold(2)
    newest = Need("held", "dosm.sitc", "values ×1000", "Look: `entrepot held show 2`", held=2)

    ((said),) = nights.night(newest)

    assert "`entrepot held show 1`" in said and "`entrepot held show 2`" in said and said.startswith("Entrepot: 2 held\n")
    assert not nights.night(newest)
    nights.decide(1)
    nights.hold(3)
    ((said),) = nights.night(newest)
    assert "`entrepot held show 3`" in said and "show 2`" not in said


def test_a_message_that_did_not_arrive_is_told_the_next_night(nights: Nights) -> None:
    nights.broken = True
    assert announce(House(nights.house.settings), [WALL], nights.send, whole=True).untold == "nobody took it"
    nights.broken = False

    assert nights.night(WALL) and not nights.night(WALL)


def test_what_was_told_stands_in_the_journal_with_the_command(nights: Nights) -> None:
    nights.night(WALL)

    (entry,) = [each for each in House(nights.house.settings).journal.entries() if each.kind == "announced"]
    assert entry.why == "Challenged: a page for browsers only" and entry.detail["to"] == "the webhook at synthetic"
    assert entry.detail["do"] == "Save it: `entrepot import FILE --source gacc.prelim`"


def test_words_of_a_publisher_call_nobody_and_fill_no_screen() -> None:
    loud = replace(WALL, said="<!channel> @everyone `rm`\n\n" + "x" * 9999)

    title, text = notices.message(due([loud], {}, date(2026, 11, 24)))

    assert title == "Entrepot: 1 in error" and len(text) < 800
    assert "<" not in text and "@" not in text and len(text.splitlines()) == 2


DAYS = st.lists(st.integers(0, 60), min_size=1, max_size=40).map(sorted)


@given(DAYS)
def test_however_nights_fall_a_reminder_comes_once_and_none_is_owed(days: Sequence[int]) -> None:
    before: dict[str, int] = {}
    told: list[int] = []
    for day in days:
        today = LATE.since + timedelta(days=day) if LATE.since else date.min
        for notice in due([LATE], before, today):
            before[notice.key] = notice.step
            told.append(notice.step)
        assert before[key(LATE)] == step(LATE, today)  # nothing is owed

    assert told == sorted(set(told))  # nothing was said twice


def test_two_runs_that_end_together_tell_a_thing_once(nights: Nights) -> None:
    from concurrent.futures import ThreadPoolExecutor

    run: Callable[[int], object] = lambda _: announce(House(nights.house.settings), [WALL], nights.send, whole=False)  # noqa: E731
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))

    assert len(nights.told) == 1
