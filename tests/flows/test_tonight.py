"""What a night asks for: what is due, late or failed, and the rest once a week."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.home.sources import switch
from flows.run import bookkeeping, pipeline
from flows.schedule.tonight import tonight
from tests.e2e.pages import HEADLINE, gacc_page, gacc_url, headline, serve_gacc
from tests.publishers import Fault, Publishers
from tests.publishers.client import quick_client

CALENDAR = "https://storage.dosm.gov.my/meta/arc.csv"


def night(text: str) -> datetime:
    """Two in the morning in Kuala Lumpur."""
    return datetime.fromisoformat(f"{text}T02:00:00+08:00")


def arc(**releases: str) -> bytes:
    """Synthetic: DOSM's calendar with full releases by month (``m2026_02="2026-03-27"``)."""
    lines = "".join(f"trade_{month[1:].replace('_', '-')},{day} 12:00:00,External Trade,trade,MONTHLY,\n"
                    for month, day in releases.items())
    return f"publication_id,release_date,title_en,publication_type,frequency,release_series\n{lines}".encode()


@contextmanager
def simulated(root: Path) -> Iterator[tuple[House, Publishers]]:
    """A home whose two publishers are simulated."""
    kept = {name: registry.connectors()[name] for name in ("gacc", "dosm")}
    with Publishers() as publishers, pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "connectors", lambda: kept)
        registry.datasets.cache_clear()
        patch.setattr(House, "client", lambda self, *, force=False: quick_client(
            publishers, self.archive, root / "locks", force=force, now=clock.now, doubtful=self._doubtful()))
        serve_gacc(publishers, 3)
        publishers.serve(HEADLINE, headline(121), "text/csv")
        publishers.serve(CALENDAR, arc(m2026_01="2026-02-27", m2026_02="2026-04-20"), "text/csv")
        yield House(Settings(home=root, tz="Asia/Kuala_Lumpur")), publishers
    registry.datasets.cache_clear()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """DOSM's headline up to January 2026 and GACC's page of March 2026, loaded in the night of 15 April."""
    with simulated(tmp_path_factory.mktemp("filled") / "home") as (house, _), clock.at(night("2026-04-15")):
        refresh(house, {"gacc": ["gacc.prelim.country", "gacc.calendar"], "dosm": ["dosm.calendar", "dosm.headline"]})
    return house.root


@pytest.fixture
def house(filled: Path, tmp_path: Path) -> Iterator[tuple[House, Publishers]]:
    """That home, one's own copy of it."""
    shutil.copytree(filled, tmp_path / "home", symlinks=True)
    with simulated(tmp_path / "home") as found:
        yield found


def refresh(house: House, wanted: dict[str, list[str]]) -> list[bookkeeping.Outcome]:
    return [outcome for publisher, names in wanted.items() for outcome in pipeline.refresh_publisher(house, publisher, names)]


def asks(house: House, day: str, *names: str) -> dict[str, str]:
    """Reasons of a night for the datasets of the fixture, without the ones that were never asked."""
    with clock.at(night(day)):
        return {name: why for name, why in tonight(house).why.items() if why != "never asked" and (not names or name in names)}


def test_nothing_is_asked_while_nothing_is_due(house: tuple[House, Publishers]) -> None:
    assert asks(house[0], "2026-04-16") == asks(house[0], "2026-04-20") == {}


def test_what_is_due_is_asked_with_its_calendar_until_it_is_there(house: tuple[House, Publishers]) -> None:
    home, publishers = house
    due = {"dosm.headline": "due", "dosm.calendar": "calendar of what is due"}
    assert asks(home, "2026-04-21") == due  # announced for noon of the 20th
    with clock.at(night("2026-04-21")):
        outcomes = refresh(home, {"dosm": ["dosm.calendar", "dosm.headline"]})
    assert {outcome.result for outcome in outcomes} == {"no_change"}
    assert asks(home, "2026-04-22", *due) == due
    assert asks(home, "2026-04-25")["dosm.headline"] == "overdue"
    publishers.serve(HEADLINE, headline(122), "text/csv")
    with clock.at(night("2026-04-22")):
        refresh(home, {"dosm": ["dosm.calendar", "dosm.headline"]})
    assert asks(home, "2026-04-23", *due) == {}


def test_the_rest_is_looked_at_once_a_week(house: tuple[House, Publishers]) -> None:
    # GACC's April page is due on 9 May, by the announcement; until then its index is asked once a week.
    assert asks(house[0], "2026-04-21", "gacc.prelim.country") == {}
    assert asks(house[0], "2026-04-22", "gacc.prelim.country") == {"gacc.prelim.country": "not asked since 15 Apr"}
    assert asks(house[0], "2026-05-09", "gacc.prelim.country") == {"gacc.prelim.country": "due"}
    assert asks(house[0], "2026-05-14", "gacc.prelim.country") == {"gacc.prelim.country": "overdue"}


def test_what_failed_is_asked_again_the_next_night(house: tuple[House, Publishers]) -> None:
    home, publishers = house
    publishers.fault("storage.dosm.gov.my", Fault.status(503))
    with clock.at(night("2026-04-16")):
        assert refresh(home, {"dosm": ["dosm.headline"]})[0].error == "Unavailable"
    assert asks(home, "2026-04-17") == {"dosm.headline": "failed: Unavailable"}


def test_what_could_not_be_read_is_asked_again_the_next_night(house: tuple[House, Publishers]) -> None:
    home, publishers = house
    publishers.serve(HEADLINE, headline(20), "text/csv")
    with clock.at(night("2026-04-16")):
        assert refresh(home, {"dosm": ["dosm.headline"]})[0].error == "Incomplete"
    assert asks(home, "2026-04-17") == {"dosm.headline": "failed: Incomplete"}


def test_a_new_home_asks_for_everything_and_names_reviewed_files(tmp_path: Path) -> None:
    plan = tonight(House(Settings(home=tmp_path)))
    asked = [name for name, connector in registry.connectors().items()
             if any(each.enabled and each.credential is None for each in connector.datasets)]
    assert plan.why["gacc.calendar"] == plan.why["statement.miti"] == "a reviewed file that is new here"
    assert "news.import" not in plan.why
    assert list(plan.wanted) == asked


def test_a_reviewed_file_that_the_home_turned_off_is_left_alone(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path))
    switch(house, "statement", False)
    why = tonight(house).why
    assert "gacc.calendar" in why and not [name for name in why if name.startswith("statement.")]


def test_a_page_that_was_broken_is_asked_for_again_though_it_is_frozen(house: tuple[House, Publishers]) -> None:
    home, publishers = house
    serve_gacc(publishers, 3, 4, m4=gacc_page(4)[:3000])
    for day, result in (("2026-05-10", "error"), ("2026-05-11", "new_data"), ("2026-05-12", "no_change")):
        with clock.at(night(day)):
            outcomes = refresh(home, {"gacc": ["gacc.prelim.country"]})
        assert [one.result for one in outcomes if one.url == gacc_url(4)] == [result], outcomes
        publishers.serve(gacc_url(4), gacc_page(4), "text/html")
    assert len(publishers.asked(gacc_url(4))) == 2  # once it is whole it is frozen again


def test_the_clock_goes_on_from_where_it_was_set() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.at(moment):
        clock.sleep(3600)
        assert timedelta(hours=1) <= clock.now() - moment < timedelta(hours=1, minutes=1)
        assert clock.simulated()
    assert not clock.simulated() and abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
