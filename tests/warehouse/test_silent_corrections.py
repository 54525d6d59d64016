"""A figure that changes under an unchanged stamp: until it was seen, the version before was the public one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.warehouse.synthetic import day, figures, load, present, revisions
from warehouse.history.past import connect_past
from warehouse.lake.opening import Place

STAMP = day(0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "lake")


def known(place: Place, on: datetime) -> list[float]:
    con = connect_past(place, known_on=on)
    return [float(value) for (value,) in con.execute("SELECT value FROM stats.trade ORDER BY period_start").fetchall()]


def test_a_correction_under_the_same_stamp_is_not_known_before_it_was_seen(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1), released_at=STAMP)
    load(place, tmp_path, figures({"2024-01": 90}), day(6), released_at=STAMP, last_confirmed_at=day(4))
    assert [(r["change_kind"], r["released_at"], r["released_basis"], r["last_confirmed_at"]) for r in revisions(place)] == [
        ("revised", day(6), "between", day(4))]
    assert known(place, day(5)) == [100.0]
    assert known(place, day(6)) == [90.0]


def test_several_corrections_under_one_stamp_are_versions_in_order(place: Place, tmp_path: Path) -> None:
    for turn, value in enumerate((100, 90, 95, 100)):
        load(place, tmp_path, figures({"2024-01": value}), day(1 + turn), released_at=STAMP)
    assert [r["change_kind"] for r in revisions(place)] == ["revised"] * 3
    assert [known(place, day(turn)) for turn in (1, 2, 3, 4)] == [[100.0], [90.0], [95.0], [100.0]]
    assert present(place)[0]["version_no"] == 4


def test_what_is_left_out_and_comes_back_under_one_stamp_is_known_by_when_it_was_seen(place: Place, tmp_path: Path) -> None:
    whole, less = {"2024-01": 110, "2024-02": 100}, {"2024-02": 100}
    load(place, tmp_path, figures(whole), day(1), released_at=STAMP, scope={})
    load(place, tmp_path, figures(less), day(2), released_at=STAMP, scope={})
    load(place, tmp_path, figures(whole), day(3), released_at=STAMP, scope={})
    assert [(r["change_kind"], r["released_basis"]) for r in revisions(place)] == [("withdrawn", "between"), ("restored", "between")]
    assert [known(place, day(turn)) for turn in (1, 2, 3)] == [[110.0, 100.0], [100.0], [110.0, 100.0]]


def test_a_corrected_figure_that_is_left_out_is_withdrawn(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 110, "2024-02": 100}), day(1), released_at=STAMP, scope={})
    load(place, tmp_path, figures({"2024-01": 111, "2024-02": 100}), day(2), released_at=STAMP, scope={})
    load(place, tmp_path, figures({"2024-02": 100}), day(3), released_at=STAMP, scope={})
    assert [r["change_kind"] for r in revisions(place)] == ["revised", "withdrawn"]
    assert [known(place, day(turn)) for turn in (1, 2, 3)] == [[110.0, 100.0], [111.0, 100.0], [100.0]]


def test_the_next_stamp_counts_as_it_is_printed(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1), released_at=STAMP)
    load(place, tmp_path, figures({"2024-01": 90}), day(2), released_at=STAMP)
    load(place, tmp_path, figures({"2024-01": 80}), day(9), released_at=day(7))
    assert [known(place, day(turn)) for turn in (1, 3, 7)] == [[100.0], [90.0], [80.0]]


def test_an_older_edition_stays_an_older_one_beside_a_correction(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1), released_at=STAMP)
    load(place, tmp_path, figures({"2024-01": 90}), day(2), released_at=STAMP)
    load(place, tmp_path, figures({"2024-01": 70}), day(3), released_at=day(-30))
    assert float(present(place)[0]["value"]) == 90.0
    assert [known(place, day(turn)) for turn in (-1, 1, 3)] == [[70.0], [100.0], [90.0]]
