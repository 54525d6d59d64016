"""What people download from the IMF, periods side by side and in millions: read without a mapping. Synthetic, and real files at hand."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.statistics.imf import CONNECTOR
from tests.e2e.house import Home
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Document, Fetch

PORTAL_FILE, WORKBOOK_FILE = "imf_imts_chn_usa_by_partner_2001_2024_usd_million.csv", "imf_dots_mys_exports_fob_by_partner_1967_2020.xlsx"


def imported(body: bytes, dataset: str = "") -> Document:
    dataset = dataset or CONNECTOR.recognise(body, "file") or ""
    return Document(Fetch("fetch", dataset, "import:file", datetime(2026, 5, 8, tzinfo=UTC), 200, "sha", len(body), "imported"), body)


def batch(body: bytes) -> Batch:
    (found,) = CONNECTOR.read(imported(body))
    return found


def rows(body: bytes) -> list[dict[str, Any]]:
    return pl.concat(batch(body).frames).rows(named=True)


def portal(*lines: str, header: str = "2023") -> bytes:
    head = f'"DATASET","SERIES_CODE","OBS_MEASURE","COUNTRY","INDICATOR","COUNTERPART_COUNTRY",{header}'
    return "﻿".encode() + "\r\n".join([head, *(f'"IMF.STA:IMTS(1.0.0)",{line}' for line in lines), ""]).encode()


def series(code: str, *cells: str) -> str:
    return ",".join([f'"{code}","OBS_VALUE","a","b","c"', *(f'"{cell}"' for cell in cells)])


def workbook(*partners: tuple[str, *tuple[str | float, ...]], title: str = "Exports, FOB to Partner Countries", reporter: str = "Malaysia",
             unit: str = "US Dollars, Millions", periods: tuple[str, ...] = ("1974", "2020")) -> bytes:
    """A synthetic workbook in the layout of DOTS: a blank first column, title over the width, reporter, unit, periods, partners."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Exports, FOB")
        sheet.merge_range(1, 1, 2, len(periods) + 1, title)
        sheet.merge_range(3, 1, 3, len(periods) + 1, reporter)
        sheet.write(4, 1, unit)
        sheet.write_row(6, 2, periods)
        for at, cells in enumerate(partners, 7):
            sheet.write_row(at, 1, cells)
    return out.getvalue()


def test_a_download_in_millions_becomes_dollars() -> None:
    body = portal(series("MYS.XG_FOB_USD.CHN.A", "42.5", "2.000001"), series("MYS.XG_FOB_USD.G505.A", "1", "2"),
                  series("MYS.MG_CIF_USD.GAB.A", "", "1"), header='"2022","2023"')
    found = rows(body)
    assert CONNECTOR.recognise(body, "file") == "imf.portal"
    assert [(row["partner"], row["flow"], row["valuation"], row["value"], row["decimals"]) for row in found] == [
        ("CHN", "export", "FOB", 42_500_000, 1), ("CHN", "export", "FOB", 2_000_001, 6), ("GAB", "import", "CIF", 1_000_000, 0)]
    assert batch(body).not_asked == {"a group or part that is no area here": 2, "no value": 1}
    assert CONNECTOR.read_cell(imported(body), found[1]["locator"]) == "2.000001"


def test_months_and_quarters_may_stand_side_by_side() -> None:
    body = portal(series("MYS.XG_FOB_USD.CHN.M", "1", "2"), header='"2023-M01","2023-M02"')
    assert [row["period_end"] for row in rows(body)] == [date(2023, 1, 31), date(2023, 2, 28)]
    assert CONNECTOR.recognise(portal(series("MYS.XG_FOB_USD.CHN.Q", "1"), header='"2023-Q4"'), "") == "imf.portal"


@pytest.mark.parametrize(("body", "error", "said"), [
    (portal(series("MYS.XG_FOB_USD.CHN.A", "2019551635133")), SchemaDrift, "in another unit"),
    (portal(series("MYS.XG_FOB_USD.CHN", "1")), SchemaDrift, "no SERIES_CODE"),
    (portal(series("MYS.XG_FOB_USD.CHN.A", "1") + ',"Units"', header='"2023","SCALE"'), SchemaDrift, "the SCALE 'Units'"),
    (portal(series("MYS.XG_FOB_USD.CHN.A", "")), Incomplete, "no figure"),
    (workbook(("Atlantis", 1.0, 2.0)), SchemaDrift, "no area has the code 'Atlantis'"),
    (workbook(("Japan", 1.0, 2.0), reporter="Atlantis"), SchemaDrift, "add it to names.csv"),
])
def test_what_cannot_be_read_is_an_error_that_names_it(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        CONNECTOR.read(imported(body))


def test_a_workbook_of_one_country_is_read_with_its_estimates() -> None:
    body = workbook(("China, P.R.: Mainland", 87.12, "37774.298752 e"), ("China, P.R.: Hong Kong", "", 16218.4), ("Gabon", "n.a.", "0.5 e"),
                    ("Africa", 1.0, 2.0))
    assert CONNECTOR.recognise(body, "file") == "imf.dots"
    found = rows(body)
    assert [(row["partner"], row["period_end"].year, row["value"], row["status"], row["flags"]) for row in found] == [
        ("CHN", 1974, 87_120_000, "A", ""), ("CHN", 2020, 37_774_298_752, "E", "mark=e"), ("HKG", 2020, 16_218_400_000, "A", ""),
        ("GAB", 2020, 500_000, "E", "mark=e")]
    assert {row["reporter"] for row in found} == {"MYS"}
    read = batch(body)
    assert [each.reason for each in read.rejected] == ["'n.a.' is no value in dollars"]
    assert read.not_asked == {"no value": 1, "a group or part that is no area here": 2}
    assert CONNECTOR.read_cell(imported(body), found[1]["locator"]) == "37774.298752 e"


@pytest.mark.parametrize("other", [
    workbook(("Japan", 1.0, 2.0), unit="National Currency, Millions"), workbook(("Japan", 1.0, 2.0), title="Exports to Partner Countries"),
    workbook(("Japan", 1.0, 2.0), periods=("a", "b"))])
def test_a_workbook_that_does_not_name_what_it_is_is_nobodys(other: bytes) -> None:
    assert CONNECTOR.recognise(other, "file") is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text("MYSCHNGB01.AX_FOUD", max_size=22), st.text("0123456789.-e n", max_size=14)), max_size=5))
def test_any_cells_give_rows_or_a_named_error(cells: list[tuple[str, str]]) -> None:
    same = portal(*(series("MYS.XG_FOB_USD.CHN.A", cell) for _, cell in cells))
    for body in (portal(*(series(code, cell) for code, cell in cells)), same):
        try:
            CONNECTOR.read(imported(body, "imf.portal"))
        except PublisherError:
            continue


def test_the_real_download_comes_to_its_own_world_in_every_year(samples: Path) -> None:
    read = batch((samples / "partners" / PORTAL_FILE).read_bytes())
    assert [(check.check, check.level, check.observed) for check in read.checks] == [("partners", "info", "96")]
    found = {(row["reporter"], row["partner"], row["flow"], row["period_end"].year): row["value"]
             for row in pl.concat(read.frames).iter_rows(named=True)}
    assert len(found) == 19_647
    # The service of today prints 2019551635133 for the same observation.
    assert found["USA", "WLD", "export", 2023] == Decimal("2019551635133.000")
    trade = {partner: sum(found["CHN", partner, flow, 2024] for flow in ("export", "import")) for partner in ("VNM", "MYS", "IDN")}
    assert {partner: round(value / 10**9, 1) for partner, value in trade.items()} == {
        "VNM": Decimal("261.2"), "MYS": Decimal("212.0"), "IDN": Decimal("148.0")}


def test_the_real_workbook_is_read_whole(samples: Path) -> None:
    read = batch((samples / "partners" / WORKBOOK_FILE).read_bytes())
    assert not read.rejected
    found = {(row["partner"], row["period_end"].year): row["value"] for row in pl.concat(read.frames).iter_rows(named=True)}
    assert found["CHN", 1974] == 87_120_000
    assert len(found) == 8201


def test_both_are_imported_without_a_mapping_and_stand_below_the_services_answer(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    file, book = tmp_path / "download.csv", tmp_path / "book.xlsx"
    file.write_bytes(portal(series("MYS.XG_FOB_USD.CHN.A", "45")))
    book.write_bytes(workbook(("China, P.R.: Mainland", 87.12, 37774.3), ("Japan", 685.0, 10.0)))
    for one in (book, file):
        said = home.run("import", one)
        assert said.code == 0, said.text
    shown = home.run("get", "Malaysia", "China", "1974").out
    assert "US$ 87.1 mn" in shown and "imf.dots" in shown, shown
    traced = home.run("trace", "Malaysia", "China", "1974", "--flow", "export").out
    assert "row 8 (China, P.R.: Mainland), column 3 (1974)" in traced and "'87.12'" in traced, traced
    assert home.rows("SELECT dataset, value FROM mart.best WHERE partner = 'CHN' ORDER BY period_end") == [
        ("imf.dots", 87_120_000), ("imf.dots", 37_774_300_000), ("imf.portal", 45_000_000)]
