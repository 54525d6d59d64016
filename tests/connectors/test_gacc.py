"""GACC's preliminary table: the real pages, and every trap on a synthetic one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.statistics.gacc import CONNECTOR
from tests.connectors.synthetic_gacc import (
    NBSP,
    PRELIM_ROWS,
    document,
    seven_columns,
    synthetic_page,
    ten_columns,
)
from tests.documents import cell
from warehouse.load.staging import stage
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

MARCH, TO_MARCH = (date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 1, 1), date(2026, 3, 31))
TITLE = "China's Total Export &amp; Import Values by Country/Region, {}"


def parsed(body: bytes, dataset: str = "gacc.prelim.country") -> Batch:
    (batch,) = CONNECTOR.read(document(body, dataset))
    return batch


def rows(batch: Batch) -> list[dict[str, Any]]:
    return pl.concat(list(batch.frames)).to_dicts()


def row(batch: Batch, partner: str, flow: str, period: tuple[date, date]) -> dict[str, Any]:
    (found,) = [r for r in rows(batch) if (r["partner"], r["flow"], r["period_start"], r["period_end"])
                == (partner, flow, *period)]
    return found


def levels(batch: Batch) -> dict[str, str]:
    return {check.check: check.level for check in batch.checks}


@pytest.fixture(scope="module")
def march(samples: Path) -> bytes:
    return (samples / "gacc" / "release_section4_by_country_mar2026_cny.html").read_bytes()


# The real page of March 2026 ---------------------------------------------------------------------------------


def test_the_page_of_march_2026_gives_its_thirty_partners(march: bytes) -> None:
    batch = parsed(march)
    assert len({r["partner"] for r in rows(batch)}) == 30
    assert len(rows(batch)) == 30 * 6
    assert batch.rejected == ()
    assert batch.name == "CNY 2026-03"
    assert batch.constants["currency"] == "CNY"
    assert batch.constants["status"] == "P"


@pytest.mark.parametrize(("flow", "period", "printed", "growth"), [
    ("total", MARCH, "1286.7", None), ("export", MARCH, "726.9", None), ("import", MARCH, "559.8", None),
    ("total", TO_MARCH, "3376.8", "-5.4"), ("export", TO_MARCH, "2040.6", "20.5"),
    ("import", TO_MARCH, "1336.2", "-28.8"),
])
def test_malaysia_in_march_2026(march: bytes, flow: str, period: tuple[date, date], printed: str,
                                growth: str | None) -> None:
    found = row(parsed(march), "MYS", flow, period)
    assert found["value"] == Decimal(printed) * 10**8
    assert found["published_yoy_pct"] == (None if growth is None else Decimal(growth))
    assert found["valuation"] == {"total": "CIF+FOB", "export": "FOB", "import": "CIF"}[flow]
    assert found["decimals"] == 1


def test_every_locator_of_march_2026_reads_the_printed_cell_back(march: bytes) -> None:
    for found in rows(parsed(march)):
        printed = cell(CONNECTOR, march, found["locator"])
        assert Decimal(printed.replace(",", "")) * 10**8 == found["value"]


def test_groups_and_their_members_of_march_2026_are_told_apart(march: bytes) -> None:
    kinds = {r["partner"]: r["partner_kind"] for r in rows(parsed(march))}
    groups = {partner for partner, kind in kinds.items() if kind == "group"}
    assert groups == {"EU27_2020", "ASEAN", "LATAM", "AFRICA", "RCEP", "BRI"}
    assert kinds["WLD"] == "world"
    assert kinds["HKG"] == kinds["TWN"] == kinds["VNM"] == "country"


def test_in_thirteen_sums_of_march_2026_exports_and_imports_miss_the_total_by_rounding(march: bytes) -> None:
    batch = parsed(march)
    (check,) = [check for check in batch.checks if check.check == "exports_and_imports"]
    assert check.observed.startswith("13 of 60")
    assert set(levels(batch).values()) == {"info"}


def test_march_2026_is_complete_for_its_currency_month_and_year_to_date(march: bytes) -> None:
    assert parsed(march).scope == {"currency": ("CNY",), "period_start": (MARCH[0], TO_MARCH[0]),
                                   "period_end": (MARCH[1],)}


def test_march_2026_was_released_on_its_printed_date_in_shanghai(march: bytes) -> None:
    batch = parsed(march)
    assert batch.released_at == datetime(2026, 4, 7, 16, tzinfo=UTC)
    assert batch.released_basis == "page"


def test_march_2026_passes_the_contract_whole(march: bytes, tmp_path: Path) -> None:
    asked = document(march)
    staged = stage(parsed(march), asked.fetch, table_name="stats.trade", parser_version=CONNECTOR.parser_version,
                   into=tmp_path)
    assert (staged.rows_good, staged.partners, staged.rows_rejected) == (180, 30, 0)


def test_the_image_page_of_2018_is_known_and_not_readable(samples: Path) -> None:
    body = (samples / "gacc" / "release_section4_by_country_jan2018_cny.html").read_bytes()
    assert CONNECTOR.recognise(body, "x.html") == "gacc.prelim.country"
    with pytest.raises(NotReadable, match="image page"):
        parsed(body)


def test_the_chinese_express_page_with_only_a_viewer_is_known_and_not_readable(samples: Path) -> None:
    body = (samples / "gacc" / "cn_express_article_tjs_jul2026_s4_cny.html").read_bytes()
    assert CONNECTOR.recognise(body, "x.html") == "gacc.prelim.country"
    with pytest.raises(NotReadable, match="document viewer"):
        parsed(body)


@pytest.mark.parametrize("name", ["seed_2026.html", "cn_express_index_tjs_aug2026.html",
                                  "bulletin_by_country_cny_selected_rows.csv"])
def test_index_pages_and_lists_are_no_tables_by_country(samples: Path, name: str) -> None:
    body = (samples / "gacc" / name).read_bytes()
    if name.endswith(".html"):
        with pytest.raises(PublisherError, match="GACC's table"):
            CONNECTOR.recognise(body, name)
    else:
        assert CONNECTOR.recognise(body, name) is None
    with pytest.raises(PublisherError):
        parsed(body)


# Titles, periods and units -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "month"), [
    ("Mar 2026 (in CNY)", 3), ("March 2026 (in CNY)", 3), ("Mar. 2026 (in CNY)", 3), ("Mar 2026(in CNY)", 3),
    ("August 2026 (Only August, in CNY)", 8), ("Mar 2026 (in RMB)", 3), ("Sept. 2026 (in CNY)", 9),
    ("January-March 2026 (in CNY)", 3), ("Mar 2026", 3),
])
def test_titles_drift_and_mean_the_same(said: str, month: int) -> None:
    batch = parsed(synthetic_page(title="(4) " + TITLE.format(said), header=ten_columns(month), dated=""))
    assert {r["period_end"].month for r in rows(batch)} == {month}
    assert batch.constants["currency"] == "CNY"


@pytest.mark.parametrize("dash", ["-", "–", "—"])
def test_january_and_february_together_give_the_year_to_date_only(dash: str) -> None:
    body = synthetic_page([(r[0], r[2], r[4], r[6], *r[7:]) for r in PRELIM_ROWS], header=seven_columns(2), dated="",
                          title=TITLE.format(f"January{dash}February 2025 (in CNY)"))
    batch = parsed(body)
    assert {(r["period_start"], r["period_end"]) for r in rows(batch)} == {(date(2025, 1, 1), date(2025, 2, 28))}
    assert row(batch, "MYS", "import", (date(2025, 1, 1), date(2025, 2, 28)))["published_yoy_pct"] == Decimal("-28.8")


def test_january_and_february_together_withdraw_nothing_of_february_alone() -> None:
    together = parsed(synthetic_page([(r[0], r[2], r[4], r[6], *r[7:]) for r in PRELIM_ROWS], header=seven_columns(2),
                                     title=TITLE.format("January-February 2026 (in CNY)"), dated=""))
    alone = parsed(synthetic_page(header=ten_columns(2), title=TITLE.format("Feb 2026 (in CNY)"), dated=""))
    assert together.scope is not None
    inside = [r for r in rows(alone) if all(
        {**r, **alone.constants}[column] in values for column, values in together.scope.items())]
    assert {r["period_start"] for r in inside} == {date(2026, 1, 1)}
    assert {r["period_start"] for r in rows(alone)} == {date(2026, 1, 1), date(2026, 2, 1)}


def test_january_and_january_to_january_are_one_row_with_its_growth() -> None:
    same = [(r[0], r[1], r[1], r[3], r[3], r[5], r[5], *r[7:]) for r in PRELIM_ROWS]
    batch = parsed(synthetic_page(same, header=ten_columns(1), title=TITLE.format("Jan. 2026 (in CNY)"), dated=""))
    assert len(rows(batch)) == 3 * len(PRELIM_ROWS)
    january = row(batch, "MYS", "total", (date(2026, 1, 1), date(2026, 1, 31)))
    assert (january["value"], january["published_yoy_pct"]) == (Decimal("25.1") * 10**8, Decimal("-5.4"))


@pytest.mark.parametrize("upto", ["1- to-{}", "1-to-{}", "1 to {}", "1to{}", "1 - to - {}"])
def test_header_cells_spell_the_year_to_date_in_many_ways(upto: str) -> None:
    assert len(rows(parsed(synthetic_page(header=ten_columns(3, upto))))) == 6 * len(PRELIM_ROWS)


def test_dollars_are_millions() -> None:
    batch = parsed(synthetic_page(title=TITLE.format("Mar 2026 (in USD)"), unit="Unit: USD1 Million"))
    assert row(batch, "MYS", "export", MARCH)["value"] == Decimal(15_000_000)
    assert batch.name == "USD 2026-03"


def test_the_unit_may_stand_in_a_bare_cell() -> None:
    assert parsed(synthetic_page(unit="Unit:CNY 100 Million")).constants["unit_multiplier"] == 10**8


def test_the_wording_of_2018_names_no_currency_and_the_unit_decides() -> None:
    title = "China's Total Value of Imports and Exports by Major Country (Region), Mar. 2018"
    assert parsed(synthetic_page(title=title, dated="")).constants["currency"] == "CNY"


def refused(body: bytes, match: str, error: type[PublisherError] = SchemaDrift) -> None:
    with pytest.raises(error, match=match) as caught:
        parsed(body)
    assert caught.value.dataset == "gacc.prelim.country"


def test_a_title_in_yuan_over_a_unit_in_dollars_is_refused_naming_both() -> None:
    refused(synthetic_page(unit="Unit: USD1 Million"), "title says CNY, the unit says USD")


@pytest.mark.parametrize("unit", ["Unit: CNY 10,000", "Unit: CNY 1 Million", "Unit: CNY"])
def test_a_unit_that_is_not_the_known_one_is_refused(unit: str) -> None:
    refused(synthetic_page(unit=unit), "known for gacc.prelim.country in CNY is 100,000,000")


def test_a_table_without_a_unit_is_refused() -> None:
    refused(synthetic_page(unit=""), "no one unit")


def test_a_title_without_a_date_is_refused_by_name() -> None:
    refused(synthetic_page(title="China's Total Value of Imports and Exports by Major Country (Region)"),
            "no title names year and month")


def test_titles_of_different_months_are_refused_naming_both() -> None:
    refused(synthetic_page(inner_title=TITLE.format("Feb 2026 (in CNY)")), "2026-02 and 2026-03")


def test_a_header_of_another_month_than_the_title_is_refused() -> None:
    refused(synthetic_page(header=ten_columns(4)), "title is of 2026-03, the header ends in month 4")


def test_another_table_of_gacc_is_refused_by_its_name() -> None:
    body = synthetic_page(title="(1)Summary of Imports and Exports,2.2026")
    refused(body, "Summary of Imports.*not the table by country")
    with pytest.raises(SchemaDrift, match="Summary of Imports"):
        CONNECTOR.recognise(body, "")


def test_a_page_asked_for_as_the_other_dataset_is_refused() -> None:
    with pytest.raises(SchemaDrift, match=r"this is the table of gacc\.prelim\.country"):
        parsed(synthetic_page(), "gacc.bulletin.country")


def test_a_page_that_ends_inside_its_table_is_incomplete() -> None:
    body = synthetic_page()
    refused(body[:body.index(b"Japan")], "cut off", Incomplete)
    with pytest.raises(Incomplete, match="cut off"):
        CONNECTOR.recognise(b"<!-- http://english.customs.gov.cn -->" + body[:body.index(b"Japan")], "saved.html")


def test_a_table_with_a_header_and_no_rows_is_incomplete() -> None:
    refused(synthetic_page([]), "no rows", Incomplete)


def test_a_page_of_somebody_else_is_not_recognised() -> None:
    body = synthetic_page().replace(b"General Administration of Customs", b"Somebody Else")
    assert CONNECTOR.recognise(body, "gacc.html") is None
    assert CONNECTOR.recognise(synthetic_page(), "") == "gacc.prelim.country"


# Rows --------------------------------------------------------------------------------------------------------


def with_row(*cells: str) -> Batch:
    return parsed(synthetic_page([*PRELIM_ROWS, cells]))


@pytest.mark.parametrize(("label", "area"), [
    ("Hong Kong, China", "HKG"), ("Hong Kong，China", "HKG"), ("Hong Kongï¼\x8cChina", "HKG"),
    ("Hong Kongï¼ŒChina", "HKG"), ("Taiwan, China", "TWN"), ("R. O. Korea", "KOR"), ("Russian Federation", "RUS"),
    ("United Kingdom (UK)", "GBR"), ("United States (US)", "USA"), ("of which: South Africa", "ZAF"),
    ("Jointly build the countries along Belt and Road Routes", "BRI"), ("of which： Brazil", "BRA"),
    ("Regional Comprehensive Economic Partnership", "RCEP"), ("Latin America<sup>2</sup>", "LATAM"),
    ("<b>New&nbsp;Zealand</b>", "NZL"), ("中国台湾", "TWN"), ("欧洲联盟", "EU27_2020"),
])
def test_labels_are_found_whatever_their_punctuation(label: str, area: str) -> None:
    batch = with_row(label, *PRELIM_ROWS[4][1:])
    assert row(batch, area, "export", MARCH)["value"] == Decimal("7.0") * 10**8
    assert batch.rejected == ()


def test_the_label_is_kept_as_printed_in_the_locator() -> None:
    found = row(with_row("Hong Kong，China", *PRELIM_ROWS[4][1:]), "HKG", "export", MARCH)
    assert found["locator"] == "table 1, row 10 (Hong Kong，China), column 4 (Export, 3)"


def test_a_printed_nil_is_zero_and_says_so_and_a_blank_is_no_row() -> None:
    batch = with_row("Nauru", "5.0", "9.0", "-", f"{NBSP}", "5.0", "", "-", "-", "")
    nil = row(batch, "NRU", "export", MARCH)
    assert (nil["value"], nil["flags"], nil["decimals"]) == (Decimal(0), "printed=-", 1)
    assert {(r["flow"], r["period_start"]) for r in rows(batch) if r["partner"] == "NRU"} == {
        ("total", MARCH[0]), ("total", TO_MARCH[0]), ("export", MARCH[0]), ("import", MARCH[0])}
    assert row(batch, "NRU", "total", TO_MARCH)["published_yoy_pct"] is None


@pytest.mark.parametrize("printed", ["7.0*", "7.0<sup>1</sup>", "7.0①", "n.a.", "7,00.0", "1.2.3"])
def test_a_value_that_is_no_number_is_set_aside_with_its_cell(printed: str) -> None:
    batch = with_row("Fiji", "12.0", "36.0", printed, "21.0", "5.0", "15.0", "0.1", "0.2", "0.3")
    (rejected,) = batch.rejected
    assert (rejected.rule, rejected.locator) == ("not_a_number", "table 1, row 10 (Fiji), column 4 (Export, 3)")
    assert rejected.raw == printed.replace("<sup>", "^").replace("</sup>", "")
    assert len([r for r in rows(batch) if r["partner"] == "FJI"]) == 5


def test_what_was_not_read_takes_its_own_partner_out_of_the_scope() -> None:
    batch = with_row("Fiji", "12.0", "36.0", "7.0*", "21.0", "5.0", "15.0", "0.1", "0.2", "0.3")
    assert batch.scope and batch.not_read == ({"partner": "FJI"},)


def test_growth_that_is_no_number_is_set_aside_and_its_value_stays() -> None:
    batch = with_row("Fiji", "12.0", "36.0", "7.0", "21.0", "5.0", "15.0", "0.1", "x", "0.3")
    assert [(r.rule, r.locator) for r in batch.rejected] == [
        ("not_a_number", "table 1, row 10 (Fiji), column 9 (1-to-3 Total Year-on-Year (±%), Export)")]
    assert row(batch, "FJI", "export", TO_MARCH)["value"] == Decimal("21.0") * 10**8


def test_growth_beyond_the_column_is_kept_as_a_flag() -> None:
    found = row(with_row("Chad", "12.0", "36.0", "7.0", "21.0", "5.0", "15.0", "0.1", "0.2", "23,244,451.6"),
                "TCD", "import", TO_MARCH)
    assert (found["published_yoy_pct"], found["flags"]) == (None, "yoy=23244451.6")


def test_a_partner_that_nobody_knows_is_set_aside_whole() -> None:
    batch = with_row("Atlantis", *PRELIM_ROWS[4][1:])
    (rejected,) = batch.rejected
    assert (rejected.rule, rejected.locator) == ("unknown_partner", "table 1, row 10 (Atlantis)")
    assert "Atlantis" in rejected.reason
    assert "12.0" in rejected.raw


@pytest.mark.parametrize("cells", [PRELIM_ROWS[4][1:-1], (*PRELIM_ROWS[4][1:], "7.0")])
def test_a_row_with_a_cell_less_or_more_than_the_header_is_set_aside_whole(cells: tuple[str, ...]) -> None:
    batch = with_row("Fiji", *cells)
    assert [(r.rule, r.locator) for r in batch.rejected] == [("columns", "table 1, row 10 (Fiji)")]
    assert "FJI" not in {r["partner"] for r in rows(batch)}


def test_a_partner_printed_twice_alike_is_one_row() -> None:
    batch = with_row("Malaysia", *PRELIM_ROWS[3][1:])
    assert len([r for r in rows(batch) if r["partner"] == "MYS"]) == 6
    assert batch.rejected == ()


def test_a_partner_printed_twice_differently_is_set_aside() -> None:
    batch = with_row("Malaysia", "26.0", "75.0", "16.0", "45.0", "10.0", "30.0", "-5.4", "20.5", "-28.8")
    assert {r.rule for r in batch.rejected} == {"duplicate_key"}
    assert {(r["flow"], r["period_start"]) for r in rows(batch) if r["partner"] == "MYS"} == {
        ("import", MARCH[0]), ("total", TO_MARCH[0]), ("export", TO_MARCH[0]), ("import", TO_MARCH[0])}


def test_figures_that_do_not_add_up_are_set_aside_together() -> None:
    batch = with_row("Fiji", "12.0", "36.0", "7.4", "21.0", "5.0", "15.0", "0.1", "0.2", "0.3")
    assert [r.rule for r in batch.rejected] == ["identity"] * 3
    assert {r["period_start"] for r in rows(batch) if r["partner"] == "FJI"} == {TO_MARCH[0]}


def test_a_sum_off_by_more_than_rounding_is_said() -> None:
    batch = with_row("Fiji", "12.0", "36.0", "7.2", "21.0", "5.0", "15.0", "0.1", "0.2", "0.3")
    assert levels(batch)["exports_and_imports"] == "warn"
    assert row(batch, "FJI", "export", MARCH)["value"] == Decimal("7.2") * 10**8


def test_columns_moved_by_one_are_refused() -> None:
    moved = [(r[0], *r[2:7], r[1], *r[7:]) for r in PRELIM_ROWS]
    refused(synthetic_page(moved), "exports and imports are not the total")


def test_month_and_year_to_date_changed_over_are_refused() -> None:
    swapped = [(r[0], r[2], r[1], r[4], r[3], r[6], r[5], *r[7:]) for r in PRELIM_ROWS]
    refused(synthetic_page(swapped), "month is more than the year to date")


def test_members_larger_than_their_group_are_said() -> None:
    large = (f"{NBSP * 18}Malaysia", "95.0", "275.0", "45.0", "135.0", "50.0", "140.0", "-5.4", "20.5", "-28.8")
    assert levels(parsed(synthetic_page([*PRELIM_ROWS[:3], large, PRELIM_ROWS[4]])))["members_within_group"] == "warn"
    assert levels(parsed(synthetic_page()))["members_within_group"] == "info"


def test_china_as_its_own_partner_is_self() -> None:
    assert row(with_row("China", *PRELIM_ROWS[4][1:]), "CHN", "import", MARCH)["partner_kind"] == "self"


@pytest.mark.parametrize(("members", "area"), [
    ("Germany, France, United Kingdom, Italy", "EU28"), ("Germany, France, Italy", "EU27_2020")])
def test_the_pages_own_note_says_which_european_union_it_means(members: str, area: str) -> None:
    body = synthetic_page([*PRELIM_ROWS, ("European Union", *PRELIM_ROWS[4][1:])], dated="",
                          note=f"Note:<br />1. The European Union (EU) includes: {members};<br />2. others")
    assert row(parsed(body), area, "export", MARCH)["value"] == Decimal(7) * 10**8


def test_without_a_note_the_european_union_of_2019_has_the_united_kingdom() -> None:
    body = synthetic_page([*PRELIM_ROWS, ("European Union", *PRELIM_ROWS[4][1:])], dated="",
                          title=TITLE.format("Mar 2019 (in CNY)"))
    assert "EU28" in {r["partner"] for r in rows(parsed(body))}


# Dates and cells ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dated", "released"), [
    ("2026/04/14", datetime(2026, 4, 13, 16, tzinfo=UTC)), ("2026-04-14", datetime(2026, 4, 13, 16, tzinfo=UTC)),
    ("14/04/2026", datetime(2026, 4, 13, 16, tzinfo=UTC)), ("08/04/2026", None), ("2026/03/31", None), ("soon", None),
    ("2026/13/45", None),
])
def test_only_a_date_with_one_reading_after_the_period_is_the_release(dated: str, released: datetime | None) -> None:
    batch = parsed(synthetic_page(dated=dated))
    assert (batch.released_at, batch.released_basis) == (released, "page" if released else None)
    assert levels(batch)["printed_date"] == ("info" if released else "warn")


@pytest.mark.parametrize("locator", [
    "", "row 3", "table 9, row 1 (x), column 1 (y)", "table 1, row 999 (x), column 1 (y)",
    "table 1, row 1 (x), column 99 (y)", "table 1, row 0 (x), column 1 (y)"])
def test_a_locator_that_names_no_cell_is_said_so(locator: str) -> None:
    with pytest.raises(NotReadable):
        cell(CONNECTOR, synthetic_page(), locator)


def test_the_header_for_the_drift_report_does_not_change_with_the_month() -> None:
    april = synthetic_page(header=ten_columns(4), title=TITLE.format("Apr 2026 (in CNY)"), dated="")
    assert parsed(april).columns_seen == parsed(synthetic_page()).columns_seen
    assert len(parsed(april).columns_seen) == 9
