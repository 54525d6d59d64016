"""``entrepot calendar``: which releases are past, due and coming, who told of them, and what a sample can say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flows.home import clock
from tests.e2e.house import Home

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def listed(home: Home, *words: str) -> dict[str, Any]:
    with clock.at(NOW):
        said = home.run(*words, "--json")
    assert said.code == 0, said.text
    return {f"{one['dataset']} {one['period']}": one for one in said.json}


def test_announced_days_stand_as_announced_and_what_follows_by_the_usual_lag(filled: Home) -> None:
    assert filled.run("refresh", "gacc.calendar").code == 0
    found = listed(filled, "calendar", "gacc.prelim.country", "--from", "2026-04", "--to", "2027-03")

    announced = found["gacc.prelim.country Nov 2026"]
    assert (announced["day"], announced["precision"], announced["stands"]) == ("2026-12-08", "day", "coming")
    assert announced["source"] == "official"
    assert found["gacc.prelim.country Mar 2026"] | {"source": ""} == found["gacc.prelim.country Mar 2026"] | {
        "source": "", "day": "2026-04-14", "stands": "past"}
    assert found["gacc.prelim.country Sep 2026"]["stands"] == "overdue"
    usual = found["gacc.prelim.country Dec 2026"]
    assert (usual["source"], usual["stands"]) == ("formula", "coming")


def test_a_sample_is_never_late(demo_once: Home) -> None:
    found = listed(demo_once, "--demo", "calendar", "gacc", "--from", "2026-03", "--to", "2027-01")

    assert found["gacc.prelim.country Mar 2026"]["stands"] == "past"
    assert found["gacc.prelim.country Sep 2026"]["stands"] == "not in the sample"
    assert {one["stands"] for one in found.values()} == {"past", "not in the sample", "coming"}
    every = {name.split()[0] for name in listed(demo_once, "--demo", "calendar")}
    assert every == {"gacc.prelim.country", "gacc.bulletin.country", "dosm.headline", "ecb.exr.day", "ecb.exr.month"}


def test_a_span_that_ends_before_it_begins_is_refused(filled_once: Home) -> None:
    said = filled_once.run("calendar", "--from", "2026-05", "--to", "2026-04")

    assert (said.code, "must not be after --to" in said.err) == (2, True)


def test_what_is_off_stands_in_the_calendar_when_it_is_named(filled: Home) -> None:
    assert filled.run("sources", "disable", "dosm.sitc").code == 0
    assert {name.split()[0] for name in listed(filled, "calendar")}.isdisjoint({"dosm.sitc"})
    assert {name.split()[0] for name in listed(filled, "calendar", "dosm.sitc")} == {"dosm.sitc"}
