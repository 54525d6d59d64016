"""What a night changed is told from its two snapshots, kept in the home, and never fails a night."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.tell import changes, run_report
from tests.warehouse.synthetic_publisher import publish_edition, use_synthetic_publisher


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(registry, "connectors", registry.connectors)
    use_synthetic_publisher()
    yield House(Settings(home=tmp_path))  # type: ignore[misc]
    registry.datasets.cache_clear()


def test_a_revision_of_the_night_is_told_with_its_cell_and_kept(house: House) -> None:
    publish_edition(house, 0)
    before = changes.newest(house)
    publish_edition(house, 1)
    told = changes.since(house, before)
    assert {change.what for change in told.found} == {"added", "revised"}
    assert told.page is not None and told.page.name in run_report.night_changes(told)
    text = run_report.night_changes(told)
    assert "2 added, 1 revised" in text and "line 2024-01 MYS" in text and "−1.00" in text
    kept = json.loads(told.page.with_suffix(".json").read_text())
    assert [change["old"] for change in kept if change["what"] == "revised"] == ["100.000"]


def test_a_quiet_night_and_the_first_one_leave_no_page(house: House) -> None:
    assert run_report.night_changes(changes.since(house, 0)) == "No figure was revised.\n"
    publish_edition(house, 0)
    assert run_report.night_changes(changes.since(house, 0)) == "The first night: everything is new.\n"
    assert run_report.night_changes(changes.since(house, changes.newest(house))) == "No figure was revised.\n"
    assert not (house.root / "reports").exists()


def test_a_diff_that_cannot_be_made_is_a_warning_and_no_failure(house: House, monkeypatch: pytest.MonkeyPatch,
                                                                caplog: pytest.LogCaptureFixture) -> None:
    publish_edition(house, 0)
    before = changes.newest(house)
    publish_edition(house, 1)
    (house.root / "reports").write_text("a file where the folder should be")
    caplog.set_level(logging.WARNING, logger="entrepot")
    assert changes.since(house, before).found == ()
    assert "could not be told" in caplog.text
