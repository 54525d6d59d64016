"""One figure printed twice, finely and coarsely: no version begins, and the finer is kept. All figures are synthetic."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.warehouse.synthetic import SYNTHETIC, day, fetch_of, figures, present, revisions
from warehouse.history import fold, snapshots
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import Committed, commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.schema.travel import Batch, Value

PARTNERS = ("AUS", "BRN", "CAN", "DEU", "ESP", "FRA", "GBR", "HKG", "IDN", "JPN", "KOR", "MYS")
TRUE = {partner: Decimal("2821.57432053") + Decimal("17.30871911") * number for number, partner in enumerate(PARTNERS)}
"""Twelve, so that how finely a column is printed shows in it."""
HUNDRED_MILLION = 10**8


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake without figures, to be copied."""
    there = Place(tmp_path_factory.mktemp("empty") / "lake")
    with writer(there, "test") as lake:
        lake.after_commit()
    return there.root


@pytest.fixture
def place(empty: Path, tmp_path: Path) -> Place:
    shutil.copytree(empty, tmp_path / "lake", symlinks=True)
    return Place(tmp_path / "lake")


def load(place: Place, tmp_path: Path, values: Mapping[str, Decimal], decimals: int, at: datetime, *, unit: int = HUNDRED_MILLION,
         released_at: datetime | None = None, accepted: bool = False, constants: Mapping[str, Value] | None = None,
         **columns: Mapping[str, Any]) -> Committed:
    """A document that prints these values of December 2025 to so many decimals of a unit."""
    step = Decimal(1).scaleb(-decimals)
    frame = pl.DataFrame({
        "partner": list(values), "value": [value.quantize(step) * unit for value in values.values()],
        "locator": [f"{decimals} decimals, {partner}" for partner in values],
        **{name: [by.get(partner) for partner in values] for name, by in columns.items()},
    }, schema_overrides={"value": pl.Decimal(20, 3), "published_yoy_pct": pl.Decimal(9, 2), "quantity": pl.Float64})
    batch = Batch(SYNTHETIC.dataset, "all", [frame], {
        "reporter": "CHN", "flow": "export", "valuation": "FOB", "currency": "CNY", "unit_multiplier": unit, "decimals": decimals,
        "period_start": date(2025, 12, 1), "period_end": date(2025, 12, 31), **(constants or {})},
        released_at=released_at, released_basis="page" if released_at else None)
    made = stage(batch, fetch_of(frame, at), table_name="stats.trade", parser_version=1, into=tmp_path / secrets.token_hex(4))
    with writer(place, "test") as lake:
        done = commit(lake, made, SYNTHETIC, Context(at, at, "test=1", None, accepted=accepted))
        if done.changed:
            lake.after_commit()
    return done


def histories_agree(place: Place) -> bool:
    con = connect(place)
    return not fold.differences(con, "lake", fold.points(con, "lake"))


@pytest.mark.parametrize("order", [(1, 3, 8), (8, 1, 3), (3, 8, 1)], ids=str)
def test_whatever_the_order_the_finest_printing_stands_and_nothing_is_revised(place: Place, tmp_path: Path, order: tuple[int, ...]) -> None:
    for number, decimals in enumerate(order):
        load(place, tmp_path, TRUE, decimals, day(number))
    assert [row["value"] for row in present(place)] == [TRUE[partner] * HUNDRED_MILLION for partner in PARTNERS]
    assert {(row["decimals"], row["version_no"], row["locator"][0]) for row in present(place)} == {(8, 1, "8")}
    assert revisions(place) == []
    assert histories_agree(place)


def test_a_coarser_printing_of_what_is_here_changes_nothing(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 8, day(0))
    assert not load(place, tmp_path, TRUE, 1, day(1)).changed


def test_a_finer_printing_keeps_version_and_day_of_release(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 1, day(1), released_at=day(0))
    (before, *_) = present(place)
    done = load(place, tmp_path, TRUE, 8, day(5))
    (after, *_) = present(place)
    same = ("version_id", "version_no", "released_at", "released_basis", "first_seen_at")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (done.counts["finer"], done.counts["revised"], done.counts["annotated"]) == (12, 0, 0)
    assert after["fetch_id"] != before["fetch_id"]


@pytest.mark.parametrize(("printed", "kind"), [("2821.6", None), ("2821.5", "revised"), ("2821.7", "revised")])
def test_what_misses_the_finer_figure_by_more_than_half_a_unit_is_a_revision(place: Place, tmp_path: Path, printed: str,
                                                                             kind: str | None) -> None:
    load(place, tmp_path, {"MYS": Decimal("2821.57432053")}, 8, day(0))
    load(place, tmp_path, {"MYS": Decimal(printed)}, 1, day(1))
    assert [row["change_kind"] for row in revisions(place)] == ([kind] if kind else [])


def test_exactly_half_a_unit_agrees(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, {"MYS": Decimal("2821.55"), "JPN": Decimal("2821.65")}, 2, day(0))
    assert not load(place, tmp_path, {"MYS": Decimal("2821.6"), "JPN": Decimal("2821.6")}, 1, day(1)).changed


def test_units_count_as_decimals_do(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 1, day(0))
    done = load(place, tmp_path, {partner: value * 10**5 for partner, value in TRUE.items()}, 0, day(1), unit=1000)
    assert done.counts["finer"] == 12
    assert revisions(place) == []


def test_a_figure_that_only_changes_its_status_stays_as_finely_printed(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 8, day(0), constants={"status": "P"})
    done = load(place, tmp_path, TRUE, 1, day(1), constants={"status": "A"})
    assert (done.counts["annotated"], done.counts["revised"]) == (12, 0)
    assert {(row["status"], row["decimals"], row["locator"][0]) for row in present(place)} == {("A", 8, "8")}
    assert all(row["old_value"] == row["new_value"] for row in revisions(place))
    assert histories_agree(place)


def test_growth_printed_with_fewer_decimals_is_no_annotation(place: Place, tmp_path: Path) -> None:
    fine = {partner: Decimal("-5.41") + Decimal("1.37") * number for number, partner in enumerate(PARTNERS)}
    coarse = {partner: growth.quantize(Decimal("0.1")) for partner, growth in fine.items()}
    load(place, tmp_path, TRUE, 1, day(0), published_yoy_pct=coarse)
    assert load(place, tmp_path, TRUE, 1, day(1), published_yoy_pct=fine).counts.get("finer")
    assert not load(place, tmp_path, TRUE, 1, day(2), published_yoy_pct=coarse).changed
    assert {row["partner"]: row["published_yoy_pct"] for row in present(place)} == fine
    assert revisions(place) == []


def test_a_number_that_may_have_lost_its_nought_is_taken_as_exact(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, {"MYS": Decimal(100)}, 1, day(0), published_yoy_pct={"MYS": Decimal("12.30")})
    load(place, tmp_path, {"MYS": Decimal(100)}, 1, day(1), published_yoy_pct={"MYS": Decimal("12.34")})
    assert [row["change_kind"] for row in revisions(place)] == ["annotated"]


def test_quantities_agree_within_print_and_are_revised_beyond(place: Place, tmp_path: Path) -> None:
    coarse = {partner: 12_300.0 + 100 * number for number, partner in enumerate(PARTNERS)}
    fine = {partner: quantity + 31.7 for partner, quantity in coarse.items()}
    load(place, tmp_path, TRUE, 1, day(0), quantity=coarse)
    load(place, tmp_path, TRUE, 1, day(1), quantity=fine)
    assert revisions(place) == []
    assert {row["partner"]: row["quantity"] for row in present(place)} == fine
    load(place, tmp_path, TRUE, 1, day(2), quantity=fine | {"MYS": fine["MYS"] + 0.2})
    assert [(row["change_kind"], row["partner"]) for row in revisions(place)] == [("revised", "MYS")]


def test_an_older_edition_that_prints_an_ended_version_coarsely_is_nothing_new(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 8, day(1), released_at=day(1))
    load(place, tmp_path, {partner: value * 2 for partner, value in TRUE.items()}, 8, day(9), released_at=day(9), accepted=True)
    assert not load(place, tmp_path, TRUE, 1, day(10), released_at=day(1)).changed


@pytest.mark.parametrize("days_later", [0, 3], ids=["same release", "released later"])
def test_a_finer_printing_of_a_version_that_has_ended_is_kept_with_its_cell_and_begins_none(place: Place, tmp_path: Path,
                                                                                             days_later: int) -> None:
    corrected = {partner: value * Decimal("1.05") for partner, value in TRUE.items()}
    load(place, tmp_path, TRUE, 1, day(1), released_at=day(1 + days_later))
    load(place, tmp_path, corrected, 1, day(9), released_at=day(9))
    before = revisions(place)
    done = load(place, tmp_path, TRUE, 8, day(10), released_at=day(1))
    assert {kind: count for kind, count in done.counts.items() if count} == {"finer": 12}
    after = revisions(place)
    assert [row["old_value"] for row in after] == [TRUE[partner] * HUNDRED_MILLION for partner in PARTNERS]
    assert {(row["old_decimals"], row["old_locator"][0]) for row in after} == {(8, "8")}
    moved = ("old_value", "old_decimals", "old_locator", "old_fetch_id", "old_load_id")
    assert [{k: v for k, v in row.items() if k not in moved} for row in after] == [
        {k: v for k, v in row.items() if k not in moved} for row in before]
    assert len(present(place)) == 12 and {row["version_no"] for row in present(place)} == {2}
    assert histories_agree(place)
    for decimals in (8, 3, 1):
        assert not load(place, tmp_path, TRUE, decimals, day(11 + decimals), released_at=day(1)).changed


def test_finer_and_finer_printings_of_an_ended_version_leave_one_of_each_coarser_that_stood(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 1, day(1), released_at=day(1))
    load(place, tmp_path, {partner: value * Decimal("1.05") for partner, value in TRUE.items()}, 1, day(9), released_at=day(9))
    for decimals in (3, 8):
        assert load(place, tmp_path, TRUE, decimals, day(10 + decimals), released_at=day(1)).counts["finer"] == 12
    con = connect(place)
    assert con.execute("SELECT decimals, count(*) FROM stats.trade_coarser GROUP BY 1").fetchall() == [(1, 12)]
    assert histories_agree(place)


def test_a_restore_of_what_was_printed_coarsely_undoes_nothing(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, TRUE, 1, day(0))
    load(place, tmp_path, TRUE, 8, day(1))
    with writer(place, "test") as lake:
        done = snapshots.restore(lake, 1, None, at=day(2), versions="test=1")
    assert (done.snapshot, done.changed) == (None, 0)
    con = connect(place)
    con.execute("USE lake")
    assert snapshots.diff(con, 1, 2) == []


def test_a_derived_figure_gives_way_to_the_printed_one_and_never_replaces_it(place: Place, tmp_path: Path) -> None:
    derived: dict[str, Value] = {"flags": "derived=export+import"}
    load(place, tmp_path, {"WLD": Decimal("3674741763")}, 0, day(0), unit=1000, constants=derived)
    assert load(place, tmp_path, {"WLD": Decimal("3674741762")}, 0, day(1), unit=1000).counts["finer"] == 1
    assert not load(place, tmp_path, {"WLD": Decimal("3674741763")}, 0, day(2), unit=1000, constants=derived).changed
    ((value, flags),) = [(row["value"], row["flags"]) for row in present(place)]
    assert (value, flags) == (Decimal("3674741762000"), "")
    assert revisions(place) == []


def test_rates_agree_within_print(place: Place, tmp_path: Path) -> None:
    rates = {date(2025, 12, number): Decimal("4.7123") + Decimal("0.0031") * number for number in range(1, 13)}
    dataset = replace(SYNTHETIC, dataset="synthetic.rates", table="stats.fx_rate")

    def printed(at: datetime, rates: Mapping[date, Decimal]) -> Committed:
        frame = pl.DataFrame({"period_start": list(rates), "period_end": list(rates), "rate": list(rates.values()),
                              "locator": [f"{on}" for on in rates]}, schema_overrides={"rate": pl.Decimal(28, 12)})
        batch = Batch(dataset.dataset, "all", [frame], {"base": "EUR", "quote": "MYR", "kind": "day"})
        made = stage(batch, replace(fetch_of(figures({}), at), dataset=dataset.dataset), table_name="stats.fx_rate", parser_version=1,
                     into=tmp_path / secrets.token_hex(4))
        with writer(place, "test") as lake:
            done = commit(lake, made, dataset, Context(at, at, "test=1", None))
            if done.changed:
                lake.after_commit()
        return done

    printed(day(0), rates)
    fine = {on: rate + Decimal("0.00000123") for on, rate in rates.items()}
    assert printed(day(1), fine).counts.get("finer") == 12
    assert not printed(day(2), rates).changed
    corrected = fine | {date(2025, 12, 5): fine[date(2025, 12, 5)] + Decimal("0.0002")}
    assert printed(day(3), corrected).counts["revised"] == 1
    con = connect(place)
    assert con.execute("SELECT count(*) FROM stats.fx_rate_revision").fetchall() == [(1,)]
