"""A revision of the printed growth beside a level that stands: told as what it is, never as a figure brought back by 0.0 %."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.synthetic import SYNTHETIC, day, figures, load
from warehouse.ask.answers import versions
from warehouse.history.snapshots import diff
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference.periods import parse


def grown(value: float, growth: str | None, status: str = "A") -> pl.DataFrame:
    return figures({"2024-01": value}, status=status).with_columns(
        pl.lit(None if growth is None else Decimal(growth), dtype=pl.Decimal(9, 2)).alias("published_yoy_pct"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "lake")


@pytest.mark.parametrize("released", [None, day(0)], ids=["first seen", "one stamp"])
@pytest.mark.parametrize(("before", "after"), [("5.10", "5.40"), (None, "5.40"), ("5.10", None)])
def test_a_growth_that_moved_beside_a_level_that_stands(place: Place, tmp_path: Path, before: str | None, after: str | None,
                                                        released: object) -> None:
    for number, growth in enumerate((before, after), 1):
        load(place, tmp_path, grown(100, growth), day(number), released_at=released, accepted=True)
    with writer(place, "test") as lake:  # what the views are asked for is known with its dataset
        assert describe(lake, [SYNTHETIC])
        lake.after_commit()
    con = connect(place)
    first, second = versions(con, "CHN", "MYS", parse("2024-01"))
    assert (first["event"], second["event"], second["change_pct"]) == ("first", "growth revised", None)
    assert (second["growth_before"], second["published_yoy_pct"]) == tuple(None if g is None else Decimal(g) for g in (before, after))
    assert con.execute("SELECT event FROM mart.vintages WHERE vintage = 2").fetchall() == [("growth revised",)]
    assert con.execute("SELECT count(*) FROM mart.revisions").fetchall() == [(0,)]
    (change,) = diff(con, 1, 2)
    assert (change.what, change.change_pct) == ("annotated", None)
    assert change.note == f"growth {before or 'none'} → {after or 'none'}"


def test_a_status_that_moved_is_no_change_of_the_figure(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, grown(100, "5.10", "P"), day(1), released_at=day(0))
    load(place, tmp_path, grown(100, "5.10", "A"), day(2), released_at=day(0))
    con = connect(place)
    assert [(row["event"], row["change_pct"]) for row in versions(con, "CHN", "MYS", parse("2024-01"))] == [
        ("first", None), ("annotated", None)]
    assert diff(con, 1, 2)[0].note == "status P → A"


def test_a_level_that_moved_is_revised_by_so_much(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, grown(100, "5.10"), day(1))
    load(place, tmp_path, grown(90, "5.40"), day(2))
    (_, second) = versions(connect(place), "CHN", "MYS", parse("2024-01"))
    assert (second["event"], second["change_pct"]) == ("revised", Decimal("-10.0"))


def test_an_older_edition_with_another_growth_beside_the_same_level_revises_nothing(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, grown(100, "5.40"), day(9), released_at=day(5))
    older = load(place, tmp_path, grown(100, "5.10"), day(10), released_at=day(2))
    assert older.counts == {"new": 0, "revised": 0, "annotated": 1, "withdrawn": 0}
    assert [row["event"] for row in versions(connect(place), "CHN", "MYS", parse("2024-01"))] == ["first", "growth revised"]
