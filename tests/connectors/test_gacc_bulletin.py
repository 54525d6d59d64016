"""GACC's Monthly Bulletin by country: English pages and Excel 97 workbooks in Chinese, composed from sourced figures
or synthetic."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.statistics.gacc import CONNECTOR
from connectors.statistics.gacc.publisher import LABELS
from tests.connectors.synthetic_gacc import (
    BULLETIN_ROWS,
    CHINESE_HEADER,
    CHINESE_JANUARY,
    document,
    synthetic_bulletin,
    synthetic_page,
    synthetic_workbook,
)
from tests.documents import cell
from warehouse.schema.errors import NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

JULY, TO_JULY = (date(2026, 7, 1), date(2026, 7, 31)), (date(2026, 1, 1), date(2026, 7, 31))
COLUMNS = ("total_month", "total_ytd", "export_month", "export_ytd", "import_month", "import_ytd", "total_ytd_yoy_pct",
           "export_ytd_yoy_pct", "import_ytd_yoy_pct")


def parsed(body: bytes) -> Batch:
    (batch,) = CONNECTOR.read(document(body, "gacc.bulletin.country"))
    return batch


def rows(batch: Batch) -> list[dict[str, Any]]:
    return pl.concat(list(batch.frames)).to_dicts()


def row(batch: Batch, partner: str, flow: str, period: tuple[date, date]) -> dict[str, Any]:
    (found,) = [r for r in rows(batch) if (r["partner"], r["flow"], r["period_start"], r["period_end"])
                == (partner, flow, *period)]
    return found


# English pages -----------------------------------------------------------------------------------------------


def test_the_english_page_is_read_in_thousands_of_dollars() -> None:
    batch = parsed(synthetic_bulletin())
    assert batch.dataset == "gacc.bulletin.country"
    assert batch.name == "USD 2026-07"
    assert batch.constants["status"] == "A"
    malaysia = row(batch, "MYS", "export", TO_JULY)
    assert (malaysia["value"], malaysia["published_yoy_pct"], malaysia["decimals"]) == (
        Decimal(2_100_000), Decimal("2.1"), 0)
    assert CONNECTOR.recognise(synthetic_bulletin(), "") == "gacc.bulletin.country"


def test_headings_with_a_colon_are_groups_and_china_itself_is_self() -> None:
    kinds = {r["partner"]: r["partner_kind"] for r in rows(parsed(synthetic_bulletin()))}
    assert kinds == {"WLD": "world", "ASIA": "group", "MYS": "country", "HKG": "country", "CHN": "self"}


def test_re_imports_have_a_printed_nil_as_exports() -> None:
    assert row(parsed(synthetic_bulletin()), "CHN", "export", JULY)["flags"] == "printed=-"


def test_a_heading_without_figures_gives_no_rows() -> None:
    batch = parsed(synthetic_bulletin([*BULLETIN_ROWS, ("Other:", *[""] * 9)]))
    assert len({r["partner"] for r in rows(batch)}) == 5
    assert batch.rejected == ()


def test_partners_that_do_not_add_up_to_the_total_are_said() -> None:
    checks = {c.check: c.level for c in parsed(synthetic_bulletin()).checks}
    assert checks["partners_add_up"] == "info"
    checks = {c.check: c.level for c in parsed(synthetic_bulletin(BULLETIN_ROWS[:3])).checks}
    assert checks["partners_add_up"] == "warn"


def test_a_reconstructed_page_need_not_add_up() -> None:
    asked = document(synthetic_bulletin(BULLETIN_ROWS[:3]), "gacc.bulletin.country")
    (batch,) = CONNECTOR.read(replace(asked, fetch=replace(asked.fetch, origin_kind="reconstructed")))
    assert {c.check: c.level for c in batch.checks}["partners_add_up"] == "info"


def test_rows_of_values_and_growth_in_turn_are_refused() -> None:
    alternating = [line for values in BULLETIN_ROWS
                   for line in (values, ("39.6", "21.8", "13.8", "19.8", "1.0", "2.0", "3.0", "4.0", "5.0"))]
    with pytest.raises(SchemaDrift, match="growth in turn"):
        parsed(synthetic_bulletin(alternating))


@pytest.mark.parametrize("unit", ["Unit:US$1,000,000", "Unit: US$10,000"])
def test_a_unit_that_is_not_the_bulletins_is_refused(unit: str) -> None:
    with pytest.raises(SchemaDrift, match=r"known for gacc\.bulletin\.country in USD is 1,000"):
        parsed(synthetic_bulletin(unit=unit))


@pytest.mark.parametrize("unit", ["Unit: RMB 10,000", "Unit:CNY 10,000"])
def test_the_yuan_edition_is_read_in_ten_thousands(unit: str) -> None:
    assert row(parsed(synthetic_bulletin(unit=unit)), "MYS", "export", JULY)["value"] == Decimal(3_000_000)


@pytest.mark.parametrize("title", ["(15)Imports from Major Countries (Regions) by HS Section and Division,2.2026",
                                   "(13)Major Export Commodities in Quantity and Value,2.2026"])
def test_other_bulletin_tables_are_refused_by_name(title: str) -> None:
    with pytest.raises(SchemaDrift, match="not the table by country"):
        parsed(synthetic_page(title=title))


# Workbooks, with the figures of the Monthly Bulletin ---------------------------------------------------------


def sourced(samples: Path, period: str) -> list[dict[str, str]]:
    with (samples / "gacc" / "bulletin_by_country_cny_selected_rows.csv").open(encoding="utf-8", newline="") as file:
        return [line for line in csv.DictReader(file) if line["period"] == period]


def december(samples: Path, *, text: bool = False) -> bytes:
    lines = []
    for line in sourced(samples, "2024-12"):
        cells: list[str | float] = [f"    {line['label_zh']}"]
        for name in COLUMNS:
            value = line[name]
            cells.append("-" if not value else f"{Decimal(value):,}" if text else float(value))
        lines.append(cells)
    return synthetic_workbook(lines, CHINESE_HEADER)


def test_a_workbook_of_december_2024_gives_the_sourced_figures(samples: Path) -> None:
    body = december(samples)
    batch = parsed(body)
    assert CONNECTOR.recognise(body, "x.xls") == "gacc.bulletin.country"
    assert (batch.name, batch.released_at, batch.constants["unit_multiplier"]) == ("CNY 2024-12", None, 10_000)
    year = (date(2024, 1, 1), date(2024, 12, 31))
    for line in sourced(samples, "2024-12"):
        partner = LABELS.area_of(line["label_zh"], year[1])
        assert partner is not None
        for flow in ("total", "export", "import"):
            for span, period in (("ytd", year), ("month", (date(2024, 12, 1), year[1]))):
                found = row(batch, partner, flow, period)
                assert found["value"] == Decimal(line[f"{flow}_{span}"] or 0) * 10_000
            growth = line[f"{flow}_ytd_yoy_pct"]
            assert row(batch, partner, flow, year)["published_yoy_pct"] == (Decimal(growth) if growth else None)


def test_malaysia_in_2024_is_1508_71_billion_yuan(samples: Path) -> None:
    found = row(parsed(december(samples)), "MYS", "total", (date(2024, 1, 1), date(2024, 12, 31)))
    assert found["value"] == Decimal("1508707656311")
    assert found["decimals"] == 4
    assert cell(CONNECTOR, december(samples), found["locator"]) == "150870765.6311"


def test_every_locator_of_a_workbook_reads_its_cell_back(samples: Path) -> None:
    body = december(samples)
    for found in rows(parsed(body)):
        printed = cell(CONNECTOR, body, found["locator"])
        assert (Decimal(0) if printed == "-" else Decimal(printed) * 10_000) == found["value"]


def test_numbers_typed_as_text_with_commas_are_the_same(samples: Path) -> None:
    values = [r["value"] for r in rows(parsed(december(samples)))]
    assert [r["value"] for r in rows(parsed(december(samples, text=True)))] == values


def test_float_noise_is_not_a_figure() -> None:
    noisy: list[list[str | float]] = [["总值", 0.1 + 0.2, 0.1 + 0.2, 0.1, 0.1, 0.2, 0.2, 1.0, 1.0, 1.0]]
    assert row(parsed(synthetic_workbook(noisy, CHINESE_HEADER)), "WLD", "total",
               (date(2024, 12, 1), date(2024, 12, 31)))["value"] == Decimal(3000)


def test_headings_that_are_not_merged_reach_to_the_next() -> None:
    line: list[str | float] = ["总值", 3.0, 6.0, 1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 3.0]
    assert len(rows(parsed(synthetic_workbook([line], CHINESE_HEADER, merge=False)))) == 6


def test_january_has_no_year_to_date_and_its_growth_is_its_own(samples: Path) -> None:
    names = ("total_month", "export_month", "import_month", *COLUMNS[6:])
    lines: list[list[str | float]] = [[line["label_zh"], *(float(line[name]) for name in names)]
                                      for line in sourced(samples, "2024-01")]
    title = "（2）2024年1月进出口商品国别（地区）总值表（人民币值）"
    batch = parsed(synthetic_workbook(lines, CHINESE_JANUARY, title=title))
    january = row(batch, "MYS", "export", (date(2024, 1, 1), date(2024, 1, 31)))
    assert (january["value"], january["published_yoy_pct"]) == (Decimal("5649016.8816") * 10_000, Decimal("18.3"))
    assert len(rows(batch)) == 3 * len(lines)


def test_a_chinese_express_workbook_is_the_preliminary_table() -> None:
    body = synthetic_workbook([["总值", 3.0, 6.0, 1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 3.0],
                               ["  其中：越南", 3.0, 6.0, 1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 3.0]], CHINESE_HEADER,
                              title="（4）2024年12月进出口商品主要国别（地区）总值表（美元值）", unit="单位：百万美元")
    assert CONNECTOR.recognise(body, "") == "gacc.prelim.country"
    (batch,) = CONNECTOR.read(document(body, "gacc.prelim.country"))
    assert {r["partner"] for r in rows(batch)} == {"WLD", "VNM"}


@pytest.mark.parametrize(("title", "unit", "match"), [
    ("（2）2024年12月进出口商品国别（地区）总值表（美元值）", "单位：万元人民币", "title says USD, the unit says CNY"),
    ("（2）2024年12月进出口商品国别（地区）总值表（人民币值）", "单位：亿元人民币", "is 10,000"),
    ("（2）2024年11月进出口商品国别（地区）总值表（人民币值）", "单位：万元人民币", "ends in month 12"),
    ("（2）2024年12月进出口商品类章总值表（人民币值）", "单位：万元人民币", "no page or workbook"),
])
def test_a_workbook_that_contradicts_itself_is_refused_by_name(title: str, unit: str, match: str) -> None:
    line: list[str | float] = ["总值", 3.0, 6.0, 1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 3.0]
    with pytest.raises((SchemaDrift, NotReadable), match=match):
        parsed(synthetic_workbook([line], CHINESE_HEADER, title=title, unit=unit))


def test_a_workbook_that_is_cut_off_is_not_readable(samples: Path) -> None:
    body = december(samples)
    with pytest.raises(PublisherError):
        parsed(body[: len(body) // 2])
