"""GACC's pages as they are: what a page of a layout must hold, cells that show nothing, what is not read, members by the note.

Figures are synthetic; where the publisher's real pages are at hand, they are read too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.statistics.gacc import CONNECTOR
from connectors.statistics.gacc.calendar import FILE
from connectors.statistics.gacc.pages import read_page
from connectors.statistics.gacc.publisher import LABELS
from connectors.statistics.gacc.tables import composition
from tests.connectors.synthetic_gacc import BULLETIN_ROWS, document, seven_columns, synthetic_bulletin, synthetic_page
from tests.connectors.test_gacc_bulletin import JULY, TO_JULY, row, rows
from warehouse.ask import expected
from warehouse.load import gates
from warehouse.load.staging import stage
from warehouse.schema.errors import Incomplete, PublisherError
from warehouse.schema.travel import Batch

BULLETIN, PRELIM = "gacc.bulletin.country", "gacc.prelim.country"
DATASETS = {dataset.dataset: dataset for dataset in CONNECTOR.datasets}
THIRTY = ("Total", "European Union", "Germany", "Netherlands", "France", "Italy", "United States (US)", "ASEAN", "Vietnam", "Malaysia",
          "Thailand", "Singapore", "Indonesia", "Philippines", "Japan", "Hong Kong, China", "R. O. Korea", "Taiwan, China", "Australia",
          "Russian Federation", "India", "United Kingdom (UK)", "Canada", "New Zealand", "Latin America", "Brazil", "Africa",
          "South Africa", "Regional Comprehensive Economic Partnership (RCEP)",
          "Jointly build the countries along Belt and Road Routes")
JAN_FEB = "(4) China's Total Export &amp; Import Values by Country/Region, January-February 2026 (in CNY)"


def parsed(body: bytes, dataset: str = BULLETIN, *, part: bool = False) -> Batch:
    asked = document(body, dataset)
    (batch,) = CONNECTOR.read(replace(asked, fetch=replace(asked.fetch, part=part)))
    return batch


def hold(batch: Batch, tmp_path: Path, *, part: bool = False) -> None:
    """Raise Incomplete where the batch is under its floors."""
    fetch = replace(document(b"", batch.dataset).fetch, part=part, asked_at=datetime(2026, 8, 20, tzinfo=UTC))
    gates.floors(stage(batch, fetch, table_name="stats.trade", parser_version=2, into=tmp_path), DATASETS[batch.dataset])


def both_months(labels: Sequence[str]) -> bytes:
    printed = [(label, f"{30.0 + at:,.1f}", f"{20.0 + at:,.1f}", "10.0", "1.0", "2.0", "3.0") for at, label in enumerate(labels)]
    return synthetic_page(printed, title=JAN_FEB, header=seven_columns(2), dated="2026/03/10")


# What a page must hold ---------------------------------------------------------------------------------------


def test_january_and_february_in_one_span_are_whole_with_thirty_partners(tmp_path: Path) -> None:
    batch = parsed(both_months(THIRTY), PRELIM)
    assert len(rows(batch)) == 90
    hold(batch, tmp_path)


def test_a_page_of_that_layout_with_half_its_partners_is_not(tmp_path: Path) -> None:
    with pytest.raises(Incomplete):
        hold(parsed(both_months(THIRTY[:15]), PRELIM), tmp_path)


def test_an_excerpt_needs_one_row_and_is_complete_for_nothing(tmp_path: Path) -> None:
    batch = parsed(synthetic_bulletin(), part=True)
    with pytest.raises(Incomplete):
        hold(batch, tmp_path / "whole")
    hold(batch, tmp_path / "part", part=True)
    fetch = replace(document(b"", BULLETIN).fetch, part=True, asked_at=datetime(2026, 8, 20, tzinfo=UTC))
    assert stage(batch, fetch, table_name="stats.trade", parser_version=2, into=tmp_path / "staged").scope is None


# Cells that show nothing -------------------------------------------------------------------------------------


def with_cells(**cells: str) -> Batch:
    """The total's row with some cells replaced: t, x, m of the month and T, X, M of the year to date."""
    label, *printed = BULLETIN_ROWS[0]
    for name, text in cells.items():
        printed["tTxXmM".index(name)] = text
    return parsed(synthetic_bulletin([(label, *printed), *BULLETIN_ROWS[1:]]))


@pytest.mark.parametrize(("cell", "flow", "value", "mark"), [
    ("T", "total", 7_000_000, "derived=export+import"), ("X", "export", 4_200_000, "derived=total-import"),
    ("M", "import", 2_800_000, "derived=total-export")])
@pytest.mark.parametrize("shown", ["####", "############", "＃＃＃＃", "7,0…"])
def test_a_cell_that_shows_nothing_is_restored_from_the_two_beside_it(cell: str, flow: str, value: int, mark: str, shown: str) -> None:
    batch = with_cells(**{cell: shown})
    found = row(batch, "WLD", flow, TO_JULY)
    assert (found["value"], found["flags"], found["decimals"]) == (Decimal(value), mark, 0)
    assert batch.rejected == () and batch.not_read == ()
    assert found["published_yoy_pct"] is not None
    assert row(batch, "WLD", flow, JULY)["flags"] == ""


def test_two_cells_of_a_sum_that_show_nothing_are_set_aside() -> None:
    batch = with_cells(T="####", X="####")
    assert [one.rule for one in batch.rejected] == ["not_a_number", "not_a_number"]
    assert batch.not_read == ({"partner": "WLD"},)


def test_what_is_printed_wrong_is_never_restored() -> None:
    assert [one.rule for one in with_cells(T="7,000^1").rejected] == ["not_a_number"]


# What is not read --------------------------------------------------------------------------------------------


def test_an_unknown_label_takes_out_only_what_it_may_mean() -> None:
    batch = parsed(synthetic_bulletin([*BULLETIN_ROWS, ("Lao Republic", *BULLETIN_ROWS[2][1:])]))
    assert batch.scope is not None
    assert {"partner": "LAO"} in batch.not_read and {"partner": "MYS"} not in batch.not_read


def test_a_row_without_a_label_may_be_anybody_s() -> None:
    assert {} in parsed(synthetic_bulletin([*BULLETIN_ROWS, ("", *BULLETIN_ROWS[2][1:])])).not_read


@pytest.mark.parametrize(("label", "area"), [
    ("Lao", "LAO"), ("BRI", "BRI"), ("EU", "EU27_2020"), ("Other Asian Territories", "XOA"), ("Other African Territories", "XOF"),
    ("Other European Territories", "XOE"), ("Other Latin American Territories", "XOL"), ("Other North American Territories", "XON"),
    ("Other Oceanian Territories", "XOO"), ("Countries（Territories）Unknown", "XXX"), ("Countries (Territories) Unknown", "XXX"),
    ("Czechia(CzechRepublic)", "CZE"), ("Hong Kong China", "HKG"), ("Taiwan China", "TWN"), ("科索沃", "XKX")])
def test_the_labels_of_the_english_bulletin_are_known(label: str, area: str) -> None:
    assert LABELS.area_of(label, date(2026, 6, 30)) == area


# January -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [
    [("Country （Region）", "Total", "Exports", "Imports", "3>Percentage Change"), ("", "1", "1", "1", "Total", "Exports", "Imports")],
    [("Country （Region）", "Total", "Exports", "Imports", "3>Percentage Change"), ("", "", "", "", "Total", "Exports", "Imports")],
], ids=["with its month", "without a month"])
def test_the_bulletin_of_january_has_one_column_for_each_flow(header: list[tuple[str, ...]]) -> None:
    title = "（2）Imports and Exports by Country （Region） of Origin/Destination,1.2026"
    printed = [(label, total, export, import_, *growth) for label, total, _, export, _, import_, _, *growth in BULLETIN_ROWS]
    batch = parsed(synthetic_page(printed, title=title, unit="Unit:US$1,000", header=header, dated="2026/04/08"))
    january = (date(2026, 1, 1), date(2026, 1, 31))
    assert (row(batch, "MYS", "export", january)["value"], row(batch, "MYS", "export", january)["published_yoy_pct"]) == (
        Decimal(300_000), Decimal("2.1"))
    assert (batch.spans, batch.name) == (1, "USD 2026-01")


def test_a_table_without_months_is_no_other_month_s() -> None:
    title = "（2）Imports and Exports by Country （Region） of Origin/Destination,6.2026"
    header = [("Country （Region）", "Total", "Exports", "Imports", "3>Percentage Change"), ("", "", "", "", "Total", "Exports", "Imports")]
    printed = [(label, total, export, import_, *growth) for label, total, _, export, _, import_, _, *growth in BULLETIN_ROWS]
    with pytest.raises(Exception, match="the title is of 2026-06, the header ends in month 1"):
        parsed(synthetic_page(printed, title=title, unit="Unit:US$1,000", header=header, dated="2026/07/22"))


# Members by the page's own note ------------------------------------------------------------------------------


TEN = "Brunei, Myanmar, Cambodia, Indonesia, Lao, Malaysia, Philippines, Singapore, Thailand"
TEN_MARKED = "members=BRN,IDN,KHM,LAO,MMR,MYS,PHL,SGP,THA,VNM"
NOTES = {
    f"Notes： 1、ASEAN is composed of {TEN}, Viet Nam and Timor-Leste. 2、EU is composed of Belgium and Germany.": "",
    f"Notes： 1、ASEAN is composed of {TEN} and Viet Nam.": TEN_MARKED,
    f"Note: 1.The Association of Southeast Asian Nations (ASEAN) includes: {TEN}, Vietnam;  2. Somebody":
        TEN_MARKED,
    "注：1.东盟包括：文莱、缅甸、柬埔寨、印度尼西亚、老挝、马来西亚、菲律宾、新加坡、泰国和越南；": TEN_MARKED,
    "Notes： 1、ASEAN is composed of Brunei, Atlantis and Viet Nam.": "",
    "Note: synthetic": "",
}


@pytest.mark.parametrize(("note", "mark"), NOTES.items())
def test_a_group_is_marked_where_the_page_counts_other_members_than_the_date_does(note: str, mark: str) -> None:
    printed = [*BULLETIN_ROWS, ("ASEAN", *BULLETIN_ROWS[2][1:])]
    page = synthetic_bulletin(printed).replace(b"Note:<br />1. synthetic", note.encode())
    batch = parsed(page)
    assert {found["flags"] for found in rows(batch) if found["partner"] == "ASEAN"} == {mark}


# The publisher's real pages ----------------------------------------------------------------------------------


def test_the_real_bulletin_of_june_2026_is_read_to_the_last_row(samples: Path) -> None:
    batch = parsed((samples / "gacc" / "bulletin_t2_by_country_jun2026_usd_cut.html").read_bytes(), part=True)
    june = (date(2026, 1, 1), date(2026, 6, 30))
    assert batch.rejected == () and len({found["partner"] for found in rows(batch)}) == 59
    assert [row(batch, "MYS", flow, june)["value"] for flow in ("total", "export", "import")] == [
        Decimal(104_042_357_000), Decimal(65_834_544_000), Decimal(38_207_813_000)]
    derived: list[dict[str, Any]] = [found for found in rows(batch) if "derived=" in found["flags"]]
    assert {found["partner"] for found in derived} == {"WLD", "ASIA", "APEC", "RCEP", "BRI"}
    assert {check.check: check.level for check in batch.checks if check.level != "info"} == {}
    assert all("Timor-Leste" in composition(grid)["ASEAN"]
               for grid in read_page((samples / "gacc" / "bulletin_t2_by_country_jun2026_usd_cut.html").read_bytes()).grids)


@pytest.mark.parametrize(("pattern", "said"), [
    ("*_index_20*.html", "an index of GACC's tables"), ("seed_2026.html", "an index of GACC's tables"),
    ("cn_express_index_*", "统计快讯")])
def test_real_pages_of_other_tables_are_refused_for_what_they_are(samples: Path, pattern: str, said: str) -> None:
    found = list((samples / "gacc").glob(pattern))
    assert found
    for file in found:
        with pytest.raises(PublisherError, match=re.escape(said)):
            CONNECTOR.recognise(file.read_bytes(), file.name)


# When it is late ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("newest", "dated"), [(date(2026, 5, 31), date(2026, 7, 22)), (date(2025, 12, 31), date(2026, 4, 8))])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "by the usual lag"])
def test_a_bulletin_that_the_publisher_dated_so_was_not_late(newest: date, dated: date, announced: bool) -> None:
    calendar: dict[date, expected.Release] = {}
    if announced:
        read = CONNECTOR.read(document(FILE.read_bytes(), "gacc.calendar"))[0]
        calendar = {one["period_end"]: expected.Release(one["period_end"], one["scheduled_at"], "day", "official")
                    for one in rows(read) if one["dataset"] == BULLETIN}
    noon = datetime(dated.year, dated.month, dated.day, 4, tzinfo=UTC)
    stands = [expected.due(newest, noon + timedelta(days=later), DATASETS[BULLETIN], calendar).expected for later in (0, 30)]
    assert stands == ["due", "overdue"]
