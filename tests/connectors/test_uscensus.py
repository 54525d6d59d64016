"""The Census API and DataWeb: real answers at hand, and a simulated bureau with synthetic figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.uscensus import CONNECTOR
from connectors.statistics.uscensus.connector import API
from flows.home import clock
from flows.home.tracing import agrees
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.uscensus import KEY, Office, answer, asked, dataweb, rows
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, KeyRefused, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Window

HS, DATAWEB = "uscensus.hs", "uscensus.dataweb"
NOW = datetime(2026, 10, 12, 12, tzinfo=UTC)
SET = {"ENTREPOT_API_KEYS": f'{{"uscensus": "{KEY}"}}'}
AUGUST = ("--from", "2026-08", "--to", "2026-08")
GOODS = {"5700": 52000, "5570": 26000, "5800": 24000, "1220": 1800}


def read(body: bytes, url: str = "import:file") -> Batch:
    dataset = CONNECTOR.recognise(body, "file")
    assert dataset
    (batch,) = CONNECTOR.read(document(dataset, body, url))
    return batch


@pytest.fixture
def office() -> Office:
    return Office({("exports", "2026-08"): {"": {"": dict(GOODS)}, "HS2": {"85": GOODS, "84": GOODS}, "HS6": {"854231": GOODS}},
                   ("imports", "2026-08"): {"": {"": {**GOODS, "5570": 99000}}}})


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


# ── the whole road ──


def test_without_a_key_nothing_is_asked_and_with_one_what_is_out(home: Home, publishers: Publishers, office: Office) -> None:
    assert "KeyNotSet" in home.run("refresh", HS).out
    assert not publishers.asked("api.census.gov") and "the key 'uscensus' is not set" in home.run("status").out
    said = home.run("refresh", HS, *AUGUST, **SET)
    assert (said.code, KEY in said.text) == (0, False), said.text
    queries = asked(publishers)
    assert len(queries) == 6 and queries[0] == ("get=CTY_CODE,CTY_NAME,ALL_VAL_MO,QTY_1_MO,UNIT_QY1,SUMMARY_LVL&YEAR=2026&MONTH=08")
    assert home.rows("SELECT flow, valuation, classification, product, partner_kind, value FROM stats.trade "
                     "WHERE partner IN ('MYS', 'ASEAN') ORDER BY ALL") == [
        ("export", "FAS", "-", "TOTAL", "country", 26000), ("export", "FAS", "-", "TOTAL", "group", 26000),
        ("export", "FAS", "HS2022", "84", "country", 26000), ("export", "FAS", "HS2022", "84", "group", 26000),
        ("export", "FAS", "HS2022", "85", "country", 26000), ("export", "FAS", "HS2022", "85", "group", 26000),
        ("export", "FAS", "HS2022", "854231", "country", 26000), ("import", "CUSTOMS", "-", "TOTAL", "country", 99000),
        ("import", "CUSTOMS", "-", "TOTAL", "group", 26000 + 73000)]
    del office.figures["exports", "2026-08"][""][""]["1220"]
    home.run("refresh", HS, *AUGUST, **SET)
    assert home.rows("SELECT partner, product, change_kind, new_value FROM stats.trade_revision ORDER BY 1") == [
        ("CAN", "TOTAL", "withdrawn", None), ("WLD", "TOTAL", "revised", 102000)]
    refused = home.run("refresh", HS, *AUGUST, ENTREPOT_API_KEYS='{"uscensus": "another"}')
    assert "KeyRefused" in refused.out and "another" not in refused.text


# ── what is asked ──


def test_a_window_asks_for_its_months_and_an_answer_is_complete_for_what_was_asked() -> None:
    wanted = Wanted([HS, DATAWEB], Window(date(2025, 12, 1), date(2026, 1, 31)), NothingKnown(NOW))
    plan = list(CONNECTOR.plan(wanted))
    assert len(list(CONNECTOR.plan(Wanted([HS], Window(), NothingKnown(NOW))))) == 18
    assert [ask.partition for ask in plan[::3]] == ["exports 2026-01, all goods", "imports 2026-01, all goods",
                                                    "exports 2025-12, all goods", "imports 2025-12, all goods"]
    items = plan[2].request.url
    assert items.endswith("SUMMARY_LVL,E_COMMODITY&COMM_LVL=HS6&CTY_CODE=5700&CTY_CODE=5570&YEAR=2026&MONTH=01")
    table = [row for row in rows("exports", "2026-01", {"854231": GOODS}, level="HS6") if row[0] in ("CTY_CODE", "5700", "5570")]
    (batch,) = CONNECTOR.read(document(HS, answer(table), items))
    assert batch.scope == {"flow": ("export",), "period_end": (date(2026, 1, 31),), "product_level": (6,), "partner": ("CHN", "MYS")}


def test_a_variable_that_is_unknown_is_named(home: Home, publishers: Publishers) -> None:
    publishers.answer(f"{API}/exports/hs", lambda query, headers: (400, {}, b"error: error: unknown variable 'ALL_VAL_MO'"))
    said = home.run("refresh", HS, *AUGUST, **SET)
    assert "SchemaDrift" in said.out and "unknown variable" in said.out and KEY not in said.text


# ── how it is read ──


def test_the_real_answer_cell_by_cell(samples: Path) -> None:
    body = (samples / "uscensus/exports_hs_848620_2026-08.json").read_bytes()
    batch = read(body)
    kept = stored(batch, tables.TRADE)
    assert (kept.height, batch.rejected, batch.checks, batch.not_asked) == (74, (), (), {"group of its own": 16})
    for row in kept.iter_rows(named=True):
        assert agrees(CONNECTOR.read_cell(document(HS, body), row["locator"]), row), row["locator"]
    value = {row["partner"]: row["value"] for row in kept.iter_rows(named=True)}
    assert (value["MYS"], value["CHN"], value["WLD"], value["ASEAN"]) == (26_085_102, 52_372_334, 864_375_860, 126_954_947)
    # What may be summed is the total: no group, no second total among the countries.
    assert kept.filter(partner_kind="country")["value"].sum() == value["WLD"]
    assert set(kept["valuation"]) == {"FAS"} and set(kept["classification"]) == {"HS2022"}


def test_the_real_saved_query_cell_by_cell(samples: Path) -> None:
    body = (samples / "uscensus/usitc_dataweb_general_import_partners_2025_hs7106.json").read_bytes()
    batch = read(body)
    kept = stored(batch, tables.INDICATOR)
    assert (kept.height, batch.rejected) == (88 * 12, ())
    for row in kept.iter_rows(named=True):
        assert Decimal(CONNECTOR.read_cell(document(DATAWEB, body), row["locator"]).replace(",", "")) == row["value"]
    of_february = kept.filter(partner="UZB", unit="grams", period_end=date(2025, 2, 28))
    assert of_february.select("value", "product").rows() == [(59_779_373, "7106")]


def test_a_unit_is_a_quantity_and_kilograms_are_a_weight() -> None:
    kept = stored(read(answer(rows("imports", "2026-08", {"8517620090": {"5700": 5}}, level="HS10", unit="KG"))), tables.TRADE)
    assert kept.filter(partner="CHN").select("classification", "product_level", "quantity", "quantity_unit", "net_weight_kg").rows() == [
        ("HTS2026", 10, 7, "KG", 7)]


def test_an_area_that_is_unknown_is_set_aside_and_a_total_that_is_more_is_told() -> None:
    table = rows("exports", "2026-08", {"85": GOODS}, level="HS2")
    table.append(["9999", "ATLANTIS", "1", "0", "-", "DET", "85", "HS2", "2026", "08"])
    batch = read(answer([row for row in table if row[0] != "1220"]))
    assert [(each.rule, each.locator) for each in batch.rejected] == [("area", "record 7 (9999, 85, 2026, 08), field CTY_CODE")]
    assert "countries" in {check.check for check in batch.checks}


def test_gaza_and_the_west_bank_are_one_area_whose_figures_are_added() -> None:
    table = rows("exports", "2026-08", {"854231": {"5700": 52000}}, level="HS6")
    other = [["5082", "GAZA STRIP ADMINISTERED BY ISRAEL", "10"], ["5083", "WEST BANK ADMINISTERED BY ISRAEL", "100"]]
    table += [[*part, *table[1][3:]] for part in other]
    batch = read(answer([row for row in table if row[0] != "-"]))
    kept = stored(batch, tables.TRADE).filter(partner="PSE")
    assert (kept["value"].to_list(), batch.rejected) == ([110], ())
    printed = CONNECTOR.read_cell(document(HS, answer([row for row in table if row[0] != "-"])), kept["locator"][0])
    assert printed == "10 + 100" and agrees(printed, kept.row(0, named=True))
    table[-1][2] = "S"
    torn = read(answer([row for row in table if row[0] != "-"]))
    assert stored(torn, tables.TRADE).filter(partner="PSE").is_empty() and [each.rule for each in torn.rejected] == ["value", "value"]
    assert [whose["partner"] for whose in torn.not_read] == ["PSE"]


def test_a_blank_where_a_code_stood_is_not_all_goods() -> None:
    table = rows("exports", "2026-08", {"85": GOODS}, level="HS2")
    table[1][table[0].index("E_COMMODITY")] = ""
    batch = read(answer(table))
    assert [each.rule for each in batch.rejected] == ["product"]
    assert set(stored(batch, tables.TRADE)["product"]) == {"85"}


HEADER = rows("exports", "2026-08", {"85": GOODS}, level="HS2")
WEB = dataweb({("China", "grams"): (1000, 0, 2500)})


@pytest.mark.parametrize(("body", "error", "said"), [
    (answer(HEADER)[:-60], Incomplete, "breaks off"),
    (answer(HEADER[:1]), Incomplete, "no figure"),
    (answer([[*HEADER[0], "DISTRICT"], *([*row, "01"] for row in HEADER[1:])]), NotReadable, "by DISTRICT"),
    (answer([[*HEADER[0][:2], "ALL_VAL_YR", *HEADER[0][3:]], *HEADER[1:]]), NotReadable, "without a month's"),
    (answer([*HEADER, ["2010", "MEXICO", "1", "0", "-", "DET", "85", "HS2", "2026", "08"]]), SchemaDrift,
     "more than the total"),
    (b"error: unknown variable 'X'", NotReadable, "an error of the Census"),
    (WEB[:-40], Incomplete, "breaks off"),
    (WEB.replace(b'"totalRowSize": 1', b'"totalRowSize": 2'), Incomplete, "1 rows and says that it has 2"),
    (dataweb({("China", "grams"): (1,)}, trade="Export"), NotReadable, "reportOptions.tradeType is 'Export'"),
    (json.dumps(json.loads(WEB)["response"]).encode(), NotReadable, "without its question"),
    (WEB.replace(b"January", b"Januar"), SchemaDrift, "the table's columns are"),
])
def test_what_does_not_fit_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(body)


def test_a_suppressed_cell_is_set_aside_and_months_to_come_are_counted() -> None:
    batch = read(WEB.replace(b'"value": "1,000",\n', b'"value": "1,000", "x": 0,\n').replace(
        b'"suppressed": 0', b'"suppressed": 1', 1))
    assert [(each.rule, each.locator) for each in batch.rejected] == [("suppressed", "row 1 (China, 2025, grams), January")]
    assert batch.not_asked == {"not yet": 9}


def test_a_key_that_is_refused_stops_the_plan(home: Home) -> None:
    said = home.run("refresh", HS, *AUGUST, ENTREPOT_API_KEYS='{"uscensus": "x"}')
    assert said.code == KeyRefused.exit_code and "KeyRefused" in said.out
