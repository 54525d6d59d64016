"""Nights on simulated publishers, and what Prefect's server shows of them: states, tags, tasks, artifacts, logs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from zoneinfo import ZoneInfo

import pytest

from flows.scheduler import orchestration
from tests.flows.conftest import Served
from tests.flows.nights import Nights, Run
from tests.flows.synthetic_headline import URL, headline, last_month
from tests.publishers.faults import Fault
from warehouse.ask.answers import rows
from warehouse.lake.opening import connect

pytestmark = pytest.mark.server


@pytest.fixture
def nights(served: Served, prefect_here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nights]:
    found = Nights(served, tmp_path / "home", monkeypatch)
    with found.publishers:
        found.publishers.serve(URL, headline(last_month()), "text/csv")
        yield found


def snapshots(nights: Nights) -> int:
    con = connect(nights.house.place)
    return int(rows(con, "SELECT max(snapshot) AS newest FROM ops.load")[0]["newest"])


def test_a_broken_publisher_reddens_the_night_and_stops_no_other(broken_night: Run) -> None:
    assert (broken_night.state_type, broken_night.state_name) == ("FAILED", "Needs attention")
    assert broken_night.message == "2 in error: entrepot status"
    dosm, ecb = broken_night.children
    assert (dosm.state_type, dosm.state_name) == ("COMPLETED", "New data")
    assert dosm.message == "840 new in 1 dataset: entrepot snapshots show 1"
    assert (ecb.state_type, ecb.state_name) == ("FAILED", "Unavailable")
    assert ecb.message.startswith("ecb.exr.day: ") and ecb.message.endswith(": entrepot refresh ecb.exr.day")
    morning = broken_night.artifacts["morning"]
    assert "**2 datasets** Unavailable: " in morning and "(ecb.exr.day, ecb.exr.month)" in morning
    assert "| dosm.headline |" in morning and "| new data | 840 new | 1 |" in morning


def test_names_tags_and_the_same_four_tasks_for_every_publisher(broken_night: Run) -> None:
    assert re.fullmatch(r"nightly \d{4}-\d\d-\d\d", broken_night.name) and broken_night.tags == ["why:manual"]
    today = broken_night.name.removeprefix("nightly ")
    dosm, ecb = broken_night.children
    assert (dosm.name, sorted(dosm.tags)) == (f"dosm {today}", ["publisher:dosm", "why:manual"])
    assert (ecb.name, sorted(ecb.tags)) == (f"ecb {today}", ["publisher:ecb", "why:manual"])
    assert dosm.tasks == {"fetch dosm": "Completed", "parse dosm": "Completed", "commit dosm": "New data",
                          "report dosm": "Completed"}
    assert ecb.tasks == {"fetch ecb": "Unavailable", "parse ecb": "Completed", "commit ecb": "Completed",
                         "report ecb": "Completed"}


def test_a_run_is_named_for_the_day_it_was_meant_for_where_the_schedule_is(
        nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.scheduler import orchestration

    class Meant:
        parameters: ClassVar[dict[str, object]] = {"dataset": "gacc", "home": str(nights.home)}
        scheduled_start_time = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

    monkeypatch.setattr(f"{orchestration.__name__}.runtime.flow_run", Meant)

    assert orchestration._run_name() == "gacc 2026-11-24"  # 02:00 in Kuala Lumpur


def test_a_second_night_without_news_changes_nothing(nights: Nights) -> None:
    nights.nightly()
    before = snapshots(nights)

    night = nights.nightly(everything=True)

    assert (night.state_type, night.state_name) == ("COMPLETED", "No change")
    assert night.message == "1 dataset as expected, 0 with new data: entrepot status"
    dosm = night.children[0]
    assert (dosm.state_name, dosm.message) == ("No change", "1 dataset as before: entrepot status")
    assert night.artifacts["morning"].startswith("# Nothing to do\n")
    assert night.artifacts["changes"] == "No figure was revised.\n"
    assert snapshots(nights) == before


def test_a_night_with_nothing_due_asks_nobody(nights: Nights) -> None:
    nights.nightly()
    asked = len(nights.publishers.asked())

    night = nights.nightly()

    assert (night.state_type, night.state_name, night.children) == ("COMPLETED", "No change", [])
    assert night.message.startswith("nothing was due; the next release is dosm.headline on ")
    assert len(nights.publishers.asked()) == asked


def test_a_night_acts_at_the_moment_it_is_given(nights: Nights) -> None:
    nights.nightly()
    later = (datetime.now(UTC) + timedelta(days=45)).isoformat()

    night = nights.nightly(now=later)

    assert night.name == f"nightly {datetime.fromisoformat(later).astimezone(ZoneInfo('Asia/Kuala_Lumpur')):%Y-%m-%d}"
    assert (night.state_name, night.message) == ("Needs attention", "1 late: entrepot status")
    assert nights.nightly(now="tonight").state_name == "UsageError"


def test_a_held_load_needs_attention_each_night_until_it_is_decided_and_is_told_once(
        nights: Nights, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_NOTIFY", f"http://127.0.0.1:{served.hook.port}/held")
    nights.nightly()
    nights.publishers.serve(URL, headline(last_month(), scale=1000), "text/csv")

    for _ in range(2):
        night = nights.nightly(everything=True)

        assert (night.state_type, night.state_name) == ("FAILED", "Needs attention")
        assert night.message == "1 held: entrepot status"
        assert (night.children[0].state_type, night.children[0].state_name) == ("FAILED", "Held")
        assert night.children[0].message.endswith(": entrepot held show 1")
        assert "`entrepot held show 1`" in night.artifacts["morning"]
    assert snapshots(nights) == 1
    (told,) = [text for text, (path, _, _) in zip(served.hook.texts(), served.hook.posts, strict=True) if path == "/held"]
    assert told.startswith("Entrepot: 1 held\n1. dosm.headline is held: ") and "`entrepot held show 1`" in told


def test_a_message_that_does_not_arrive_stands_on_the_page_of_the_night(
        nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_NOTIFY", "http://127.0.0.1:9/synthetic-nobody-listens")
    nights.publishers.fault(URL, Fault.challenge())

    morning = nights.nightly().artifacts["morning"]

    assert "`entrepot doctor --send-test`" in morning and "synthetic-nobody-listens" not in morning


def test_revisions_and_moved_columns_are_artifacts(nights: Nights) -> None:
    nights.refresh("dosm")
    month = last_month()
    changed = headline(month, exports_of={month: 99_000_000_000}, more_columns={"note": "x"})
    nights.publishers.serve(URL, changed, "text/csv")

    run = nights.refresh("dosm.headline")

    assert (run.state_type, run.state_name) == ("COMPLETED", "New data")
    assert "revised in 1 dataset: entrepot snapshots show 2" in run.message
    assert f"{month:%b %Y}" in run.artifacts["changes"] and f"[page](<{URL}>)" in run.artifacts["changes"]
    assert "99,000,000,000" in run.artifacts["changes"]
    assert "added note" in run.artifacts["drift-dosm"]


def test_a_dataset_that_stays_behind_is_late(nights: Nights, samples: Path) -> None:
    nights.publishers.serve(URL, (samples / "opendosm" / "trade_headline.csv").read_bytes(), "text/csv")
    nights.nightly()  # the real file of April 2026; tonight is long after

    night = nights.nightly()

    assert (night.state_name, night.message) == ("Needs attention", "1 late: entrepot status")
    assert (night.children[0].state_type, night.children[0].state_name) == ("FAILED", "Late")
    assert "**dosm.headline** is late" in night.artifacts["morning"]


def test_the_log_of_a_run_says_what_was_asked_answered_and_kept(nights: Nights) -> None:
    run = nights.refresh("dosm")

    log = nights.logs(run.id, "New data: 840 new")
    assert f"{URL} → 200 text/csv" in log and "kept as" in log
    assert "dosm.headline" in log and "840 new (snapshot 1)" in log


def test_what_cannot_be_done_ends_by_its_name(nights: Nights) -> None:
    run = nights.refresh("dossm")

    assert (run.state_type, run.state_name) == ("FAILED", "NotKnown")
    assert "nearest: dosm" in run.message


def test_a_fault_of_ours_in_one_publisher_stops_no_other(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.with_ecb()

    def plan(*anything: object) -> NoReturn:
        raise ZeroDivisionError("synthetic")

    monkeypatch.setattr(type(nights.connectors["ecb"]), "plan", plan)

    night = nights.nightly()

    assert (night.state_name, night.message) == ("Needs attention", "1 in error: entrepot status")
    assert [child.state_type for child in night.children] == ["COMPLETED", "FAILED"]
    assert night.children[1].state_name == "Fault"
    assert "**ecb** Fault: ZeroDivisionError synthetic" in night.artifacts["morning"]


def test_a_run_that_breaks_off_is_in_the_morning_page_too(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*anything: object, **more: object) -> NoReturn:
        raise ZeroDivisionError("synthetic")

    monkeypatch.setattr("flows.run.pipeline.load", load)

    night = nights.nightly()

    assert (night.state_name, night.message) == ("Needs attention", "1 in error: entrepot status")
    assert night.children[0].state_name == "Failed"
    assert "**dosm** ZeroDivisionError" in night.artifacts["morning"]


def test_a_run_whose_state_comes_back_without_what_it_found_is_told_all_the_same(
        nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow server is told the last state twice, and gives back its own copy of it."""
    refresh = orchestration.refresh

    async def without_data(*words: Any, **more: Any) -> Any:
        state = await refresh(*words, **more)
        return state.model_copy(update={"data": None})

    monkeypatch.setattr(orchestration, "refresh", without_data)

    night = nights.nightly()

    assert (night.state_name, night.message.split(":")[0]) == ("New data", "1 dataset as expected, 1 with new data")
    assert "| dosm.headline |" in night.artifacts["morning"] and not orchestration._ENDED


def test_nothing_of_a_result_is_kept_by_prefect(nights: Nights) -> None:
    night = nights.nightly()

    for run_id in (night.id, night.children[0].id):
        assert nights.served.call("GET", f"/flow_runs/{run_id}")["state"]["data"] is None


def test_a_publisher_that_hangs_is_cut_and_delays_no_other(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    nights.with_ecb()
    monkeypatch.setenv("ENTREPOT_PUBLISHER_WITHIN_S", "5")
    nights.publishers.fault("data-api.ecb.europa.eu", Fault.drip_headers(0.05))

    night = nights.nightly()

    assert (night.state_name, night.message) == ("Needs attention", "1 in error: entrepot status")
    dosm, ecb = night.children
    assert (dosm.state_name, ecb.state_name) == ("New data", "Unavailable")
    assert "cut after 5 s" in ecb.message


def test_a_hang_is_cut_by_the_time_limit(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.scheduler import orchestration

    monkeypatch.setattr(orchestration, "fetch", orchestration.fetch.with_options(timeout_seconds=0.5))
    nights.publishers.fault(URL, Fault.drip(0.1))

    night = nights.nightly()

    assert night.state_name == "Needs attention"
    assert night.children[0].state_name == "TimedOut"


def test_a_source_that_the_home_turned_off_is_left_out_of_the_night(nights: Nights) -> None:
    from flows.home.sources import switch

    nights.with_ecb()
    switch(nights.house, "ecb", False)

    assert [child.name.split()[0] for child in nights.nightly().children] == ["dosm"]
