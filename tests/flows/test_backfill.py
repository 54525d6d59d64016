"""Past periods: what it would ask and cost, one period after the other, and on from where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.home import clock, registry
from flows.home.house import House
from flows.run import turns
from flows.schedule import backfill
from tests.connectors.synthetic_gacc import synthetic_index
from tests.e2e.house import Home
from tests.e2e.pages import CNY, INDEX, MONTHS, gacc_page, gacc_url
from tests.flows.month import kl
from tests.publishers import Fault, Publishers
from warehouse.schema.errors import UsageError

YEAR_2026 = INDEX.replace("preliminary", "preliminary2026")
FROM_TO = ("backfill", "gacc.prelim.country", "--from", "2026-02", "--to", "2026-04")
WAS = kl("06-15 09:00")


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    """An empty home; GACC has its pages of January to April 2026."""
    publishers.serve(INDEX, synthetic_index([(CNY, [(MONTHS[month], gacc_url(month)) for month in range(2, 5)])]), "text/html")
    for month in range(2, 5):
        publishers.serve(gacc_url(month), gacc_page(month), "text/html")
    yield Home(tmp_path / "home", publishers)


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as simulated:
        yield simulated


def pages(publishers: Publishers) -> list[str]:
    """The pages that were asked for, without index and robots.txt."""
    return [asked.path.rpartition("/")[2] for asked in publishers.asked("english.customs.gov.cn") if "synthetic" in asked.path]


def test_a_dry_run_asks_nobody_and_says_what_it_would(home: Home, publishers: Publishers) -> None:
    with clock.at(WAS):
        said = home.run(*FROM_TO, "--dry-run")
    assert (said.code, publishers.log) == (0, [])
    assert "3 of 3 periods to do: 7 requests, 6 of them pages that others usually link" in said.out and INDEX in said.out
    with clock.at(WAS):
        home.run("refresh", "gacc.prelim")
        asked = len(publishers.log)
        said = home.run(*FROM_TO, "--dry-run", "--json").json
    assert len(publishers.log) == asked
    assert [step["done"] for step in said["steps"]] == [True] * 3 and said["asks"] == []


def test_it_loads_period_by_period_and_goes_on_where_it_was_stopped(home: Home, publishers: Publishers) -> None:
    publishers.fault(gacc_url(3), Fault.status(503))
    with clock.at(WAS):
        said = home.run(*FROM_TO)
        assert (said.code, "Unavailable" in said.out) == (4, True)
        loaded = home.rows("SELECT batch FROM ops.load WHERE dataset = 'gacc.prelim.country' ORDER BY snapshot")
        assert loaded == [("CNY 2026-02",), ("CNY 2026-04",)]  # a period that fails stops no other
        assert sum(asked.path.endswith("preliminary.html") for asked in publishers.log) == 1  # the index was asked once for all
        publishers.mend(gacc_url(3))
        plan = home.run(*FROM_TO, "--dry-run", "--json").json
        assert [step["done"] for step in plan["steps"]] == [True, False, True]
        before = len(pages(publishers))
        assert home.run(*FROM_TO).code == 0
        assert pages(publishers)[before:] == ["synthetic-3.html"]
        assert "All 3 periods were done before" in home.run(*FROM_TO).out
        assert pages(publishers)[before:] == ["synthetic-3.html"]


def test_the_night_is_not_moved_by_it(home: Home, publishers: Publishers) -> None:
    """A backfill of old months leaves what is due as it was: the newest period decides."""
    from flows.schedule.tonight import tonight

    with clock.at(WAS), home.environment():
        home.run("backfill", "gacc.prelim.country", "--from", "2026-02", "--to", "2026-02")
        assert tonight(_house(home)).why["gacc.prelim.country"] == "overdue"


def _house(home: Home) -> House:
    from flows.home.settings import Settings

    return House(Settings(home=home.root))


def test_it_steps_back_while_a_night_is_at_work(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stepped: list[House] = []
    monkeypatch.setattr(turns, "after_the_night", stepped.append)
    with clock.at(WAS):
        home.run(*FROM_TO)
    assert len(stepped) == 3


def test_a_first_fill_of_all_is_told_by_publisher_and_asks_nobody(home: Home, publishers: Publishers) -> None:
    words = ("backfill", "--from", "2021", "--to", "2025", "--dry-run")
    with clock.at(WAS):
        told = {one["publisher"]: one for one in json.loads(home.run("--json", *words).out)}
        shown = home.run(*words)
    assert shown.code == 0
    assert set(told) == set(registry.connectors()) - {"mapped"}
    assert not publishers.asked()
    assert told["statement"]["requests"] == 0, "reviewed files"
    assert told["dosm"]["requests"] >= 3
    assert told["comtrade"]["waiting_for_keys"] == ["comtrade"]
    limited = [one for one in told.values() if one["calls_a_day"]]
    assert limited
    assert all((one["days"] - 1) * one["calls_a_day"] < one["calls"] <= one["days"] * one["calls_a_day"] for one in limited)
    assert [name for name, one in told.items() if one["calls"] != one["requests"]] == ["comtrade"], "the preview takes no call of a day"
    longest = max(told.values(), key=lambda one: (one["days"], one["seconds"]))
    assert f"{longest['days']} day" in shown.out
    assert f"for {longest['publisher']}." in shown.out
    with clock.at(WAS):
        assert "--dry-run without one" in home.run("backfill", "--from", "2021").err


@pytest.mark.parametrize(("words", "said"), [
    (("gacc", "--from", "2026"), "a backfill takes one dataset; under gacc there are gacc.prelim.country"),
    (("gacc.calendar", "--from", "2026"), "comes with Entrepot as a reviewed file"),
    (("gacc.prelim.country", "--from", "2026-03", "--to", "2026-01"), "must not be after --to"),
    (("gacc.prelim.country", "--from", "2031"), "must not be after --to"),
    (("gac.prelim", "--from", "2026"), "nearest")])
def test_what_cannot_be_filled_is_refused(home: Home, words: tuple[str, ...], said: str) -> None:
    with clock.at(WAS):
        refused = home.run("backfill", *words)
    assert (refused.code, said in refused.err) == (8 if said == "nearest" else 2, True), refused.err


def test_files_that_span_years_are_asked_once(tmp_path: Path) -> None:
    """DOSM's files hold every month: years share one address, and the cost counts it once."""
    from flows.home.settings import Settings

    with clock.at(WAS):
        plan = backfill.plan(House(Settings(home=tmp_path)), "dosm.headline", date(2020, 1, 1), date(2024, 12, 31))
    assert (len(plan.steps), len(plan.asks)) == (5, 1)
    assert plan.seconds == pytest.approx(3.0)
    assert registry.datasets()["dosm.headline"].revision_mode == "overwrite"


def test_a_name_that_is_none_is_said_so(tmp_path: Path) -> None:
    from flows.home.settings import Settings

    with pytest.raises(UsageError, match="nearest"):
        backfill.plan(House(Settings(home=tmp_path)), "gacc.prelim.countr", date(2020, 1, 1), date(2024, 12, 31))
