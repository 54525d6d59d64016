"""Staged files: each reading of a document has its own, and what a killed run left behind goes in time."""

from __future__ import annotations

import os
import time

from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline
from tests.publishers import Publishers


def test_two_runs_that_read_one_document_at_once_do_not_meet(filled: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    with filled.environment():
        house = House(Settings())
        fetched = pipeline.fetch(house, "dosm", ["dosm.headline"])
        first, second = (pipeline.parse(house, fetched.fetch_ids[0]) for _ in range(2))
        (came,) = pipeline.load(house, [first])
        (again,) = pipeline.load(house, [second])

    assert (came.result, again.result) == ("new_data", "no_change")
    assert not list(house.staging.iterdir())


def test_what_a_killed_run_left_goes_a_day_later(filled: Home, publishers: Publishers) -> None:
    with filled.environment():
        house = House(Settings())
    left, fresh = house.staging / "left", house.staging / "fresh"
    for room in (left, fresh):
        (room / "load").mkdir(parents=True)
    os.utime(left, (time.time() - 2 * 86400,) * 2)
    publishers.serve(HEADLINE, headline(121), "text/csv")

    assert filled.run("refresh", "dosm.headline").code == 0

    assert (left.exists(), fresh.exists()) == (False, True)
