"""SingStat's tables: every cell of the real workbooks, every form of a table, and the interface simulated with synthetic figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from connectors.contract import NothingKnown, Wanted
from connectors.formats.grids import cell_at
from connectors.formats.workbooks import read_workbook
from connectors.statistics.singstat import CONNECTOR, tables
from connectors.statistics.singstat.rows import COMMODITY, MARKET, kind_of
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.singstat import COMMODITIES, EXPORTS, HOST, IMPORTS, Office, Sheet, answer, commodities, markets, workbook
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.tables import TRADE
from warehouse.schema.travel import Batch, Window

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
MONTHS = [f"{year} {month}" for year in (2024, 2025, 2026) for month in (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")][:34]
NEW = ["2026 Jan", "2026 Feb", "2026 Mar"]
REAL = {"merch_trade_by_country_M450081_M450091_2019-10.xlsx": (date(2019, 1, 28), 89_540, "EU28"),
        "merch_trade_by_market_2023-02-17.xlsx": (date(2023, 2, 17), 99_542, "EU27_2020")}


@cache
def real(file: Path) -> tuple[bytes, tuple[Batch, ...]]:
    body = file.read_bytes()
    return body, tuple(CONNECTOR.read(document(MARKET, body)))


def the_batches(body: bytes, dataset: str = MARKET) -> list[Batch]:
    return CONNECTOR.read(document(dataset, body))


def rows_of(batch: Batch) -> pl.DataFrame:
    return stored(batch, TRADE)


@pytest.mark.parametrize("name", REAL)
def test_every_cell_of_the_real_workbooks_is_a_row_or_counted(samples: Path, name: str) -> None:
    released, count, union = REAL[name]
    body, read = real(samples / "singapore" / name)
    assert CONNECTOR.recognise(body, "outputFile.xlsx") == MARKET
    grids, found = read_workbook(body), 0
    for batch in read:
        rows = rows_of(batch)
        assert batch.rejected == () and batch.not_read == ()
        assert batch.released_basis == "page" and batch.released_at is not None
        assert batch.released_at.astimezone(UTC).date().toordinal() == released.toordinal() - 1  # midnight in Singapore
        for row in rows.select("locator", "value", "unit_multiplier").iter_rows():
            assert Decimal(cell_at(grids, row[0]).replace(",", "")) * row[2] == row[1], row
        cells = sum(1 for line in grids[1 if "Imports" in batch.name else 2].rows if len(line) > 3 and line[1].strip() and line[2].strip()
                    and line[0] not in ("Variables", "Data Series") for cell in line[1:] if cell.strip())
        assert rows.height + sum(batch.not_asked.values()) == cells
        assert union in set(rows["partner"]) and {"CHN", "HKG", "TWN", "MAC", "MYS"} <= set(rows["partner"])
        assert rows.filter((pl.col("partner") == "IDN") & (pl.col("period_start") < date(2003, 1, 1))).height == 0
        found += rows.height
    assert found == count


def test_what_a_person_reads_off_the_real_workbooks(samples: Path) -> None:
    for name, flow, month, partner, value, printed in (
            ("merch_trade_by_country_M450081_M450091_2019-10.xlsx", "import", date(2018, 12, 1), "MYS", 4_874_245_000, "4,874,245"),
            ("merch_trade_by_country_M450081_M450091_2019-10.xlsx", "export", date(2018, 12, 1), "AMERICAS", 4_449_300_000, "4,449.3"),
            ("merch_trade_by_country_M450081_M450091_2019-10.xlsx", "import", date(1976, 1, 1), "CHN", 87_683_000, "87,683"),
            ("merch_trade_by_market_2023-02-17.xlsx", "export", date(2023, 1, 1), "MYS", 4_987_116_000, "4987116"),
            ("merch_trade_by_market_2023-02-17.xlsx", "import", date(2023, 1, 1), "ASIA", 30_174_000_000, "30174")):
        body, read = real(samples / "singapore" / name)
        (row,) = [row for batch in read for row in rows_of(batch).filter(
            (pl.col("flow") == flow) & (pl.col("period_start") == month) & (pl.col("partner") == partner)).iter_rows(named=True)]
        assert (row["value"], row["currency"], row["valuation"]) == (value, "SGD", "CIF" if flow == "import" else "FOB")
        assert CONNECTOR.read_cell(document(MARKET, body), row["locator"]) == printed
        assert row["decimals"] == (1 if partner in ("AMERICAS", "ASIA") else 0)


def test_every_form_of_a_table_gives_the_same_figures() -> None:
    sheet = markets("Imports", NEW)
    book, other = workbook(sheet), workbook(sheet, newest_first=False)
    read = [the_batches(body)[0] for body in (answer(sheet), book, other)]
    columns = ["flow", "partner", "period_start", "value", "unit_multiplier", "valuation", "partner_kind"]
    first, *others = [rows_of(each).select(columns).sort(columns) for each in read]
    assert all(each.equals(first) for each in others) and first.height == 30
    assert [CONNECTOR.recognise(body, "any") for body in (answer(sheet), book)] == [MARKET, MARKET]


def test_sections_oil_and_nodx() -> None:
    (batch,) = the_batches(answer(commodities(NEW)), COMMODITY)
    found = {(row["flow"], row["classification"], row["product"]): row["value"] for row in rows_of(batch).iter_rows(named=True)}
    assert found["domestic-export", "SINGSTAT", "NON-OIL"] == 14_000_000_000
    assert found["import", "SITC4-1", "7"] == 20_000_000_000 and found["total", "-", "TOTAL"] == 90_000_000_000
    assert batch.dataset == COMMODITY and not batch.rejected


def test_nodx_by_market_is_its_own_product() -> None:
    sheet = Sheet("Non-Oil Domestic Exports By Market, Monthly", [("1", "Malaysia", "Thousand Dollars", dict.fromkeys(NEW, "900"))])
    (batch,) = the_batches(answer(sheet))
    assert set(rows_of(batch).select("flow", "partner", "product", "value").iter_rows()) == {("domestic-export", "MYS", "NON-OIL", 900_000)}


@pytest.mark.parametrize(("unit", "words"), [("", "cannot be told"), ("Widgets", "cannot be told: it says 'Widgets'"),
                                             ("Dollars", "all goods of a month lie between"),
                                             ("Billion Dollars", "all goods of a month lie between")])
def test_a_unit_that_is_not_told_or_cannot_be_is_refused(unit: str, words: str) -> None:
    sheet = markets("Imports", NEW)
    sheet.lines = [(number, label, unit, values) for number, label, _, values in sheet.lines]
    with pytest.raises(SchemaDrift, match=words):
        the_batches(answer(sheet))


def test_regions_whose_unit_is_not_what_it_says_are_refused() -> None:
    sheet = markets("Imports", NEW)
    sheet.lines = [(number, label, "Thousand Dollars", values) for number, label, _, values in sheet.lines]
    with pytest.raises(SchemaDrift, match="the five regions do not add up to all imports in 3 of 3 periods"):
        the_batches(answer(sheet))
    with pytest.raises(SchemaDrift, match="cannot be told"):
        the_batches(workbook(markets("Imports", NEW), unit_in_label=False))


def test_a_market_that_is_more_than_all_is_in_another_unit() -> None:
    sheet = markets("Imports", NEW)
    sheet.lines = [(number, label, "Billion Dollars" if label == "Malaysia" else unit, values)
                   for number, label, unit, values in sheet.lines]
    with pytest.raises(SchemaDrift, match=r"imports of MYS TOTAL are .*: its unit is not what it says"):
        the_batches(answer(sheet))


def test_a_market_that_nobody_knows_is_set_aside_and_the_others_stay() -> None:
    sheet = markets("Exports", NEW)
    sheet.lines.append(("1.99", "Atlantis", "Thousand Dollars", dict.fromkeys(NEW, "5")))
    (batch,) = the_batches(answer(sheet))
    assert [(one.rule, one.raw) for one in batch.rejected] == [("area", "Atlantis")] and rows_of(batch).height == 30


@pytest.mark.parametrize("title", ["Merchandise Exports By Commodity, Seasonally Adjusted, Monthly", "Export Price Index By Commodity",
                                   "Merchandise Trade At Constant Prices By Commodity Section", "Air Cargo By Market"])
def test_other_tables_are_refused_by_name(title: str) -> None:
    with pytest.raises(NotReadable, match="that is not read"):
        kind_of(title)


def test_torn_answers_and_files_are_no_table() -> None:
    body = answer(markets("Imports", NEW))
    text = Path(tables.__file__).with_name("sample").joinpath("synthetic-exports-by-market.csv").read_bytes()
    for torn, error in ((body[:900], Incomplete), (b'{"Data": null, "StatusCode": 404, "Message": "Table not found"}', SchemaDrift),
                        (text[:400], Incomplete), (workbook(markets("Imports", NEW))[:5000], NotReadable), (b"", PublisherError),
                        (b"<html><body>Something went wrong</body></html>", PublisherError)):
        with pytest.raises(error):
            the_batches(torn)
    # A file that has lost its end, and an error that came as an answer, are told for what they are when they are brought.
    assert CONNECTOR.recognise(text[:-200], "x.csv") == MARKET
    with pytest.raises(NotReadable, match="404 Table not found"):
        CONNECTOR.recognise(b'{"Data": null, "StatusCode": 404, "Message": "Table not found"}', "x.json")


def test_a_figure_that_is_not_available_any_more_is_withdrawn_and_nothing_else(tmp_path: Path) -> None:
    sheet = markets("Imports", NEW)
    (batch,) = the_batches(answer(sheet))
    assert batch.scope is not None and set(batch.scope["flow"]) == {"import"} and "MYS" in batch.scope["partner"]
    assert "THA" not in batch.scope["partner"]


# The interface


@pytest.fixture
def office() -> Office:
    return Office({IMPORTS: markets("Imports", MONTHS), EXPORTS: markets("Exports", MONTHS), COMMODITIES: commodities(MONTHS),
                   "M459993": Sheet("Merchandise Imports By Region And Selected Market, Annual", [])})


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_tables_are_looked_for_and_the_newest_months_asked(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", "singstat")
    assert said.code == 0, said.text
    assert len(publishers.asked(HOST)) == 5
    assert home.rows("SELECT dataset, flow, count(*), min(period_start), max(period_start) FROM stats.trade WHERE partner = 'MYS' "
                     "GROUP BY ALL ORDER BY 2") == [
        (MARKET, "export", 24, date(2024, 11, 1), date(2026, 10, 1)), (MARKET, "import", 24, date(2024, 11, 1), date(2026, 10, 1))]
    assert home.run("refresh", "singstat").code == 0
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]
    assert "SGD 4.84 bn" in home.run("get", "Singapore", "Malaysia", "2026-10").out
    assert "'4840033'" in home.run("trace", "Singapore", "Malaysia", "2026-10", "--flow", "import").out


def test_an_answer_that_was_cut_is_asked_for_in_halves(home: Home, publishers: Publishers, office: Office,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.statistics.singstat.connector.MOST_CELLS", 130)
    del office.tables[EXPORTS], office.tables[COMMODITIES]
    office.tables[EXPORTS] = markets("Exports", MONTHS[-2:])
    said = home.run("refresh", MARKET)
    assert said.code == 0, said.text
    assert home.rows("SELECT count(*) FROM stats.trade WHERE flow = 'import'") == [(240,)]


@pytest.mark.parametrize(("fault", "name"), [
    (Fault.html(), "SchemaDrift"), (Fault.status(403), "Forbidden"), (Fault.truncated(400), "Incomplete")])
def test_faults_are_told_by_name_and_nothing_is_read(home: Home, publishers: Publishers, fault: Fault, name: str) -> None:
    publishers.fault(HOST, fault)
    said = home.run("refresh", COMMODITY)
    assert said.code != 0 and f"ERROR {name}" in said.out, said.text


def test_a_table_that_is_gone_says_so(home: Home, office: Office) -> None:
    office.tables.clear()
    said = home.run("refresh", "singstat")
    assert said.code != 0 and "no monthly table by market" in said.out, said.text


def test_a_window_asks_for_its_months_alone() -> None:
    wanted = Wanted([COMMODITY], Window(date(2021, 1, 1), date(2025, 12, 31)), NothingKnown(NOW))
    asks = list(CONNECTOR.plan(wanted))
    assert [ask.partition for ask in asks] == [f"M451001 {part}" for part in (
        "2024 Jan to 2025 Dec", "2022 Jan to 2023 Dec", "2021 Jan to 2021 Dec")]
    assert json.loads(answer(commodities(NEW)))["StatusCode"] == 200
