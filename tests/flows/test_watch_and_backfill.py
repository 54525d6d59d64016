"""The flows beside the nightly, as Prefect's server knows them: a release that is watched for, past periods that are filled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.statistics.gacc import CONNECTOR as GACC
from tests.e2e.pages import serve_gacc
from tests.flows.conftest import Served
from tests.flows.nights import Nights
from tests.flows.synthetic_headline import URL, headline, last_month
from warehouse.ask.answers import rows
from warehouse.lake.opening import connect

pytestmark = pytest.mark.server
CALENDAR = "https://storage.dosm.gov.my/meta/arc.csv"
MARCH = datetime(2026, 3, 1).date()


@pytest.fixture
def nights(served: Served, prefect_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    found = Nights(served, tmp_path / "home", monkeypatch)
    found.connectors["gacc"] = GACC
    found.connectors["dosm"].datasets = tuple(
        each for each in type(found.connectors["dosm"]).__mro__[1].datasets if each.dataset in ("dosm.headline", "dosm.calendar"))
    with found.publishers:
        yield found


def test_a_release_is_watched_for_from_its_hour_until_it_is_new(nights: Nights) -> None:
    from flows.scheduler.orchestration import release_watch

    noon = datetime(2026, 4, 28, 4, tzinfo=UTC)
    nights.publishers.serve(CALENDAR, b"publication_id,release_date\ntrade_2026-02,2026-03-27 12:00:00\n"
                                      b"trade_2026-03,2026-04-28 12:00:00\n", "text/csv")
    nights.publishers.serve(URL, headline(MARCH.replace(month=2)), "text/csv")
    nights.refresh("dosm", now=(noon - timedelta(days=3)).isoformat())

    early = nights.run(release_watch, now=(noon - timedelta(hours=1)).isoformat())
    assert (early.state_name, early.message) == ("No change", "no announced release is being waited for: entrepot calendar")
    late = nights.run(release_watch, dataset="dosm", now=(noon + timedelta(hours=2, minutes=45)).isoformat())
    assert (late.state_type, late.state_name) == ("COMPLETED", "Not out yet")
    assert late.message == "dosm.headline: not out yet: entrepot calendar" and late.tags == ["why:watch"]
    nights.publishers.serve(URL, headline(MARCH, months=121), "text/csv")
    there = nights.run(release_watch, now=noon.isoformat())
    assert (there.state_name, there.message) == (
        "New data", "7 new, 7 annotated in 1 dataset: entrepot snapshots show 3")
    assert there.name == "release-watch 2026-04-28"


def test_past_periods_are_filled_once_and_said_with_progress(nights: Nights) -> None:
    from flows.scheduler.orchestration import backfill

    serve_gacc(nights.publishers, 2, 3)
    first = nights.run(backfill, dataset="gacc.prelim.country", first="2026-02", last="2026-03")
    assert (first.state_name, first.name) == ("New data", "backfill gacc.prelim.country 2026-02-2026-03")
    assert sorted(first.tags) == ["publisher:gacc", "why:backfill"]
    con = connect(nights.house.place)
    assert [row["batch"] for row in rows(con, "SELECT batch FROM ops.load ORDER BY snapshot")] == ["CNY 2026-02", "CNY 2026-03"]
    con.close()
    again = nights.run(backfill, dataset="gacc.prelim.country", first="2026-02", last="2026-03")
    assert (again.state_name, again.message) == ("No change", "all 2 periods were done before: entrepot status")
    refused = nights.run(backfill, dataset="gacc", first="2026")
    assert (refused.state_name, "one dataset" in refused.message) == ("UsageError", True)


def test_the_night_plans_a_watch_at_the_hour_of_a_release_once(nights: Nights) -> None:
    """On the real clock: the release of tomorrow at this hour becomes a scheduled run of the deployment."""
    from flows.scheduler import orchestration

    hour = (datetime.now(UTC) + timedelta(hours=20)).replace(second=0, microsecond=0)
    local = hour.astimezone(ZoneInfo("Asia/Kuala_Lumpur"))
    newest = last_month()
    awaited = (newest + timedelta(days=31)).replace(day=1)
    nights.publishers.serve(CALENDAR, f"publication_id,release_date\ntrade_{awaited:%Y-%m},{local:%Y-%m-%d %H:%M}:00\n".encode(),
                            "text/csv")
    nights.publishers.serve(URL, headline(newest), "text/csv")
    nights.refresh("dosm")

    async def plan() -> None:
        await orchestration._plan_watches(nights.house)
        await orchestration._plan_watches(nights.house)

    asyncio.run(plan())
    deployment = nights.served.call("GET", "/deployments/name/release-watch/calendar")
    runs = nights.served.call("POST", "/flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment["id"]]}}})
    assert [(run["parameters"]["dataset"], run["state_type"]) for run in runs] == [("dosm.headline", "SCHEDULED")]
    assert datetime.fromisoformat(runs[0]["expected_start_time"]) == hour
    for run in runs:
        nights.served.call("DELETE", f"/flow_runs/{run['id']}")
