"""A load beside much that is stored reads what it touches: with the files of other periods gone it would not notice.

And the scale of new figures is still held against the last figures of the same series, however long ago those were.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.warehouse.synthetic import CONSTANTS, SYNTHETIC, day, fetch_of
from warehouse.ask import answers
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import Committed, commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.reference.periods import months
from warehouse.schema.travel import Batch, Dataset, Value

ALL = tuple(f"X{chr(65 + i)}{chr(65 + j)}" for i in range(26) for j in range(24))
"""More rows than a commit leaves in the catalogue."""
PRODUCTS = ("TOTAL", "000001", "000002")


def year(number: int, value: float = 100, partners: Sequence[str] = ALL, products: Sequence[str] = PRODUCTS, *,
         as_columns: bool = False) -> tuple[pl.DataFrame, dict[str, Value]]:
    """The rows of a year and what they share; every row has another value. ``as_columns``: their periods stand in each of them."""
    frame = pl.DataFrame({"partner": partners}).join(pl.DataFrame({"product": products}), how="cross").with_row_index("n")
    frame = frame.select("partner", "product", locator=pl.format("line {} of {}", "n", pl.lit(number)),
                         value=(value + pl.col("n") / 1000).cast(pl.Float64).round(1).cast(pl.Decimal(20, 3)))
    period: dict[str, Value] = {"period_start": date(number, 1, 1), "period_end": date(number, 12, 31)}
    return (frame.with_columns(**period), {}) if as_columns else (frame, period)


def bring(place: Place, into: Path, rows: tuple[pl.DataFrame, dict[str, Value]], number: int, dataset: Dataset = SYNTHETIC) -> Committed:
    frame, shared = rows
    made = stage(Batch(dataset.dataset, f"batch {number}", [frame], CONSTANTS | shared), fetch_of(frame, day(number)),
                 table_name="stats.trade", parser_version=1, into=into / str(number))
    with writer(place, "test") as lake:
        done = commit(lake, made, dataset, Context(day(number), day(number), "test=1", None))
        if done.changed:
            lake.after_commit()
    return done


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "lake")


@pytest.fixture
def years_gone(place: Place, tmp_path: Path) -> Place:
    """Four years, of which the files of the first three are gone since."""
    for number in range(4):
        assert bring(place, tmp_path, year(2020 + number), number).counts["new"] == len(ALL) * len(PRODUCTS)
        if number == 2:
            older = [path for path in place.data.rglob("*.parquet") if "stats/trade/" in str(path)]
    for path in older:
        path.rename(path.with_suffix(".gone"))
    with connect(place) as con, pytest.raises(duckdb.Error):
        con.execute("SELECT sum(value) FROM stats.trade").fetchall()
    return place


def test_a_new_year_reads_no_file_of_those_before_the_last(years_gone: Place, tmp_path: Path) -> None:
    done = bring(years_gone, tmp_path, year(2024, 110), 10)
    assert not done.held and done.counts["new"] == len(ALL) * len(PRODUCTS)


def test_a_new_year_that_slipped_is_held_without_them(years_gone: Place, tmp_path: Path) -> None:
    held = bring(years_gone, tmp_path, year(2024, 1_000_000), 10)
    assert [check.check for check in held.held] == ["scale"] and "over 1,872 series" not in held.held[0].observed


@pytest.mark.parametrize("as_columns", [False, True])
def test_a_few_revised_rows_read_the_files_of_their_year_alone(years_gone: Place, tmp_path: Path, as_columns: bool) -> None:
    done = bring(years_gone, tmp_path, year(2023, 107, ALL[:5], as_columns=as_columns), 10)
    assert not done.held and done.counts["revised"] == 15


def test_one_pair_is_answered_from_the_files_of_its_year_and_the_one_before(years_gone: Place, tmp_path: Path) -> None:
    bring(years_gone, tmp_path, year(2024, 110), 10)
    with connect(years_gone) as con:
        (total,) = (each for each in answers.get(con, "CHN", ALL[0], months(2024, 1, 12)) if each.product == "TOTAL")
    assert total.value == Decimal("110.000") and total.growth_pct == Decimal("10.0")


def test_series_that_last_stood_years_ago_are_compared_with_those_years(place: Place, tmp_path: Path) -> None:
    bring(place, tmp_path, year(2018, 100, ALL[:6]), 1)
    assert [check.check for check in bring(place, tmp_path, year(2024, 1_000_000, ALL[:6]), 2).held] == ["scale"]
    assert not bring(place, tmp_path, year(2024, 130, ALL[:6]), 3).held


def test_where_less_than_half_of_the_series_stood_in_the_year_before_earlier_years_are_asked_too(place: Place, tmp_path: Path) -> None:
    bring(place, tmp_path, year(2018, 100, ALL[:8], ("TOTAL",)), 1)
    bring(place, tmp_path, year(2023, 1_000_000, ALL[:3], ("TOTAL",)), 2)
    held = bring(place, tmp_path, year(2024, 1_000_000, ALL[:8], ("TOTAL",)), 3)
    assert [check.observed for check in held.held] == ["median factor 10^4.0 to the period before, over 8 series"]


def test_a_large_year_is_held_against_a_part_of_its_series(place: Place, tmp_path: Path) -> None:
    products = tuple(f"{number:06}" for number in range(1, 101))
    bring(place, tmp_path, year(2023, 1_000, products=products), 1)
    held = bring(place, tmp_path, year(2024, 10_000_000, products=products), 2)
    (check,) = held.held
    compared = int(check.observed.split("over ")[1].split()[0])
    assert check.check == "scale" and 10_000 < compared < len(ALL) * len(products) / 2


def test_the_months_of_a_document_are_compared_by_its_newest_one(place: Place, tmp_path: Path) -> None:
    def month(number: int, value: float) -> pl.DataFrame:
        frame, _ = year(2024, value, ALL[:4])
        period = months(2024, number, number)
        return frame.with_columns(period_start=period.start, period_end=period.end)
    bring(place, tmp_path, (pl.concat([month(1, 100), month(2, 100)]), {}), 1)
    held = bring(place, tmp_path, (pl.concat([month(1, 100), month(2, 100), month(3, 1_000_000)]), {}), 2)
    assert [check.check for check in held.held] == ["scale"]
