"""Revisions that a publisher does not make are held in words that fit; those it makes pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.synthetic import CONSTANTS, SYNTHETIC, day, fetch_of
from warehouse.lake.opening import Place, writer
from warehouse.load.commit import Committed, commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.schema.travel import Batch

BANDED = replace(SYNTHETIC, revision_band_pct=12.0)
JAN = (date(2025, 12, 1), date(2025, 12, 31))
YEAR_BEFORE = (date(2024, 12, 1), date(2024, 12, 31))


def row(partner: str, flow: str, value: float, *, period: tuple[date, date] = JAN, yoy: float | None = None, product: str = "TOTAL",
        ) -> dict[str, object]:
    return {"partner": partner, "flow": flow, "product": product, "period_start": period[0], "period_end": period[1],
            "value": Decimal(str(value)), "quantity": None, "published_yoy_pct": None if yoy is None else Decimal(str(yoy)),
            "locator": f"{partner} {flow} {product} {period[0]}"}


BEFORE = [row("WLD", "export", 9000), row("MYS", "export", 1000, yoy=25), row("MYS", "import", 600), row("MYS", "total", 1600),
          row("MYS", "balance", 400), row("MYS", "export", 800, period=YEAR_BEFORE), row("MYS", "export", 300, product="85")]


def bring(place: Place, into: Path, rows: list[dict[str, object]], number: int, *, accepted: bool = False) -> Committed:
    frame = pl.DataFrame(rows, schema_overrides={"value": pl.Decimal(20, 3), "quantity": pl.Float64, "published_yoy_pct": pl.Decimal(9, 2)},
                         infer_schema_length=None)
    constants = {name: value for name, value in CONSTANTS.items() if name != "flow"} | {"unit_multiplier": 1}
    batch = Batch(SYNTHETIC.dataset, "all", [frame], constants)
    made = stage(batch, fetch_of(frame, day(number)), table_name="stats.trade", parser_version=1, into=into / str(number))
    with writer(place, "test") as lake:
        return commit(lake, made, BANDED, Context(day(number), day(number), "test=1", None, accepted=accepted))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "lake")


@pytest.fixture
def held_before(place: Place, tmp_path: Path) -> Place:
    assert bring(place, tmp_path, BEFORE, 1).changed
    return place


def with_changed(**changes: dict[str, object]) -> list[dict[str, object]]:
    return [{**r, **changes.get(f"{r['partner']}_{r['flow']}" if r["period_start"] == JAN[0] and r["product"] == "TOTAL" else "", {})}
            for r in BEFORE]


@pytest.mark.parametrize("factor", [2, 7, 100, 250])
@pytest.mark.parametrize("way", ["more", "less"])
def test_a_factor_that_the_dataset_never_revises_by_is_held_and_said_with_its_band(held_before: Place, tmp_path: Path, factor: int,
                                                                                   way: str) -> None:
    value = 9000 * factor if way == "more" else 9000 / factor
    done = bring(held_before, tmp_path, with_changed(WLD_export={"value": Decimal(str(round(value, 3)))}), 2)
    said = " ".join(check.said for check in done.held)
    assert not done.changed
    assert f"a change of {'×' if way == 'more' else '÷'}{factor}" in said
    assert "where revisions of up to 12 % are usual" in said


def test_what_a_publisher_really_revises_passes(held_before: Place, tmp_path: Path) -> None:
    revised = with_changed(MYS_import={"value": Decimal("538.8")}, MYS_total={"value": Decimal("1538.8")},
                           MYS_balance={"value": Decimal("461.2")}, WLD_export={"value": Decimal("9900")})
    assert bring(held_before, tmp_path, revised, 2).counts["revised"] == 4


@pytest.mark.parametrize(("changes", "subject", "words"), [
    ({"MYS_export": {"published_yoy_pct": Decimal("-5400")}}, "growth", "no flow falls by more than all of it"),
    ({"MYS_export": {"published_yoy_pct": Decimal("783")}}, "growth", "its figures make 25.0 %"),
    ({"WLD_export": {"value": Decimal("13500")}}, "scale", "a change of ×1.50, where revisions of up to 12 % are usual"),
    ({"MYS_export": {"value": Decimal("1100")}}, "totals", "stand beside a total of 1,600"),
    ({"WLD_export": {"value": Decimal("9100")}, "MYS_balance": {"value": Decimal("-400")}}, "totals", "stand beside a balance of -400"),
    ({"MYS_import": {"value": Decimal("0")}, "MYS_total": {"value": Decimal("1000")}, "MYS_balance": {"value": Decimal("1000")}},
     "scale", "a change to nothing"),
])
def test_what_no_true_table_shows_is_held_by_its_identity(held_before: Place, tmp_path: Path, changes: dict[str, dict[str, object]],
                                                          subject: str, words: str) -> None:
    done = bring(held_before, tmp_path, with_changed(**changes), 2)
    assert not done.changed
    assert any(check.check == subject and words in check.said for check in done.held), done.held


def test_a_new_partner_above_the_world_is_held_by_a_whole_that_only_the_lake_has(held_before: Place, tmp_path: Path) -> None:
    done = bring(held_before, tmp_path, [row("SGP", "export", 70_470)], 2)
    assert [check.said for check in done.held] == [
        "CHN SGP export 2025-12-01 to 2025-12-31 is 70,470, 783 % of the partner's whole (9,000)"]


def test_small_figures_may_move_by_any_factor(place: Place, tmp_path: Path) -> None:
    bring(place, tmp_path, [row("TKL", "export", 0.3), row("MYS", "export", 1000)], 1)
    assert bring(place, tmp_path, [row("TKL", "export", 0.9), row("MYS", "export", 1000)], 2).counts["revised"] == 1


YEAR = (date(2025, 1, 1), date(2025, 11, 30))
PARTNERS = ("MYS", "SGP", "THA", "VNM")
TABLE = [{**row(partner, flow, value, period=period), "quantity": 500.0 if flow == "export" else None}
         for period, times in ((JAN, 1), (YEAR, 11)) for partner in PARTNERS
         for flow, value in (("export", 1000 * times), ("import", 600 * times), ("total", 1600 * times))]


def scaled(factor: float, *names: str, partners: tuple[str, ...] = PARTNERS, period: tuple[date, date] | None = None,
           flows: tuple[str, ...] = ("export", "import", "total")) -> list[dict[str, object]]:
    def times(value: object) -> object:
        return None if value is None else round(value * factor, 3) if isinstance(value, float) else \
            (Decimal(str(value)) * Decimal(str(factor))).quantize(Decimal("0.001"))
    return [{**r, **{name: times(r[name]) for name in names}} if r["partner"] in partners and r["flow"] in flows
            and (period is None or r["period_start"] == period[0]) else r for r in TABLE]


@pytest.mark.parametrize("kind", [
    {"names": ("value",), "partners": ("MYS",)}, {"names": ("value",), "partners": ("MYS", "SGP", "THA")},
    {"names": ("value",), "flows": ("total",)}, {"names": ("value",), "period": YEAR}, {"names": ("quantity",), "partners": ("MYS",)}])
def test_a_slip_is_held_wherever_it_stands(place: Place, tmp_path: Path, kind: dict[str, tuple[str, ...]]) -> None:
    assert bring(place, tmp_path, TABLE, 1).changed
    rest = {name: value for name, value in kind.items() if name != "names"}
    for number, factor in enumerate((2, 7, 250, 1 / 2, 1 / 100), 2):
        done = bring(place, tmp_path, scaled(factor, *kind["names"], **rest), number)  # type: ignore[arg-type]
        assert not done.changed, factor
        assert "where revisions of up to 12 % are usual" in " ".join(check.said for check in done.held)


def test_partners_that_are_all_based_anew_are_held_once_and_can_be_accepted(place: Place, tmp_path: Path) -> None:
    bring(place, tmp_path, TABLE, 1)
    anew = scaled(2, "value")
    assert [check.check for check in bring(place, tmp_path, anew, 2).held] == ["scale"]
    assert bring(place, tmp_path, anew, 3, accepted=True).counts["revised"] == len(TABLE)


def test_a_growth_below_nothing_holds_a_first_load_too(place: Place, tmp_path: Path) -> None:
    done = bring(place, tmp_path, [row("MYS", "export", 1000, yoy=-5400), row("MYS", "balance", 400, yoy=-5400)], 1)
    assert [check.said for check in done.held] == [
        "1 rows print a growth below −100 %, such as -5400.00 %: no flow falls by more than all of it"]


@pytest.mark.parametrize(("lost", "held"), [(2, True), (1, False)])
def test_growths_gone_from_every_row_of_a_period_are_held_whatever_their_share(place: Place, tmp_path: Path, lost: int, held: bool) -> None:
    months = [(date(2020 + at // 12, at % 12 + 1, 1), (date(2020 + (at + 1) // 12, (at + 1) % 12 + 1, 1))) for at in range(60)]
    printed = [row("WLD", flow, 1000 + at, period=(start, date.fromordinal(end.toordinal() - 1)), yoy=5)
               for at, (start, end) in enumerate(months) for flow in ("export", "import")]
    assert bring(place, tmp_path, printed, 1).changed
    done = bring(place, tmp_path, [*printed[:-lost], *({**r, "published_yoy_pct": None} for r in printed[-lost:])], 2)
    assert (done.changed, bool(done.held)) == (not held, held)
    if held:
        assert "a file cut between two lines?" in done.held[0].said


def test_growths_gone_from_single_rows_of_several_periods_are_held(place: Place, tmp_path: Path) -> None:
    printed = [row("WLD", "export", 1000 + at, period=(date(2025, at, 1), date(2025, at, 28)), yoy=5) for at in range(1, 10)]
    assert bring(place, tmp_path, printed, 1).changed
    done = bring(place, tmp_path, [*printed[:-2], *({**r, "published_yoy_pct": None} for r in printed[-2:])], 2)
    assert not done.changed


def test_a_balance_that_changes_sign_is_held_where_nothing_beside_it_proves_it(place: Place, tmp_path: Path) -> None:
    surplus = [row("MYS", "balance", 400), row("SGP", "export", 1000)]
    assert bring(place, tmp_path, surplus, 1).changed
    done = bring(place, tmp_path, [row("MYS", "balance", -400), row("SGP", "export", 1000)], 2)
    assert (done.changed, [check.check for check in done.held]) == (False, ["scale"])
    assert "MYS balance 2025-12-01 to 2025-12-31: 400 → -400, a change of sign" in done.held[0].said
    assert bring(place, tmp_path, [row("MYS", "balance", -400), row("MYS", "export", 600), row("MYS", "import", 1000)], 3).changed


def test_a_growth_is_held_against_what_was_printed_before_where_no_level_is_there(place: Place, tmp_path: Path) -> None:
    assert bring(place, tmp_path, [row("MYS", "export", 1000, yoy=25)], 1).changed
    assert bring(place, tmp_path, [row("MYS", "export", 1000, yoy=31)], 2).counts["annotated"] == 1
    done = bring(place, tmp_path, [row("MYS", "export", 1000, yoy=783)], 3)
    assert [check.said for check in done.held] == [
        "CHN MYS export 2025-12-01 to 2025-12-31 prints a growth of 783.00 %, by the 31.00 % printed for it before, "
        "its figures make 31.0 %"]


def test_a_series_that_ended_years_ago_is_shown_with_its_last_figure_beside_one_of_last_month(place: Place, tmp_path: Path) -> None:
    decade_ago = (date(2015, 12, 1), date(2015, 12, 31))
    before = [row("WLD", "export", 9000), row("MYS", "export", 1000, period=YEAR_BEFORE), row("VNM", "export", 500, period=decade_ago)]
    assert bring(place, tmp_path, before, 1).changed
    made = bring(place, tmp_path, [row("MYS", "export", 10_000_000), row("VNM", "export", 5_000_000)], 2)
    assert made.held
    assert {(one["partner"], float(str(one["old"])), one["old_period"]) for one in made.largest} == {
        ("MYS", 1000.0, "2024-12-31"), ("VNM", 500.0, "2015-12-31")}
