"""Thailand's Ministry of Commerce: open data against a simulated service (synthetic figures), and real answers of its portal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.statistics.thmoc import CONNECTOR
from connectors.statistics.thmoc.answers import COMMODITY, COUNTRY, HS
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.thmoc import API, COUNTRIES, HOST, WALL, Office, by_code, report, summary
from warehouse.schema import tables
from warehouse.schema.errors import Challenged, Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
NAME = "import:export_hs4_2024.json"


def told(records: object) -> bytes:
    return json.dumps(records, ensure_ascii=False).encode()


def read(dataset: str, records: object, url: str = NAME) -> Batch:
    (batch,) = CONNECTOR.read(document(dataset, told(records), url))
    return batch


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_a_month_is_one_question_and_one_that_is_not_out_is_said_to_be_so(home: Home, publishers: Publishers, office: Office) -> None:
    office.newest = (2026, 8)
    said = home.run("refresh", "thmoc")
    assert said.code != 0 and "the month is not out yet" in said.text
    assert len(publishers.asked(HOST)) == 3
    assert home.rows("SELECT flow, strftime(period_start, '%Y-%m'), count(*), any_value(valuation) FROM stats.trade GROUP BY 1, 2 "
                     "ORDER BY 1, 2") == [
        ("export", "2026-07", len(COUNTRIES), "FOB"), ("export", "2026-08", len(COUNTRIES), "FOB"),
        ("import", "2026-07", len(COUNTRIES), "CIF"), ("import", "2026-08", len(COUNTRIES), "CIF")]


def test_the_firewall_is_told_by_name_and_not_worked_around(home: Home, publishers: Publishers, office: Office) -> None:
    office.blocked = True
    said = home.run("refresh", COUNTRY)
    assert said.code != 0 and "Challenged" in said.out and "the ministry's firewall does not let this question through" in said.text
    with pytest.raises(Challenged, match="the firewall's page of Thailand's Ministry of Commerce"):
        CONNECTOR.recognise(WALL, "any.html")
    with pytest.raises(Challenged, match="the firewall's page"):
        CONNECTOR.read(document(HS, b"<html><title>Request Rejected</title>The requested URL was rejected. Your support ID is: 1</html>"))


def test_a_window_asks_for_every_chapter_both_ways() -> None:
    from connectors.contract import NothingKnown, Wanted
    from warehouse.schema.travel import Window

    asks = list(CONNECTOR.plan(Wanted([HS], Window(date(2026, 8, 1), date(2026, 8, 31)), NothingKnown(NOW))))
    assert len(asks) == 192 and asks[0].request.url == f"{API}/exportharmonizecountries?year=2026&month=8&hs_code=01&limit=0"
    assert not list(CONNECTOR.plan(Wanted([HS], known=NothingKnown(NOW))))


def test_a_code_by_country_has_the_month_and_the_year_to_date() -> None:
    asked = "year=2026&month=8&hs_code=85"
    batch = read(HS, by_code(2026, 8, "85", {"CN": 500.25, "MY": 100}), f"{API}/importharmonizecountries?{asked}&limit=0")
    kept = stored(batch, tables.TRADE)
    columns = ("partner", "flow", "classification", "product", "period_start", "value", "quantity_unit", "net_weight_kg")
    assert kept.select(columns).rows() == [
        ("CHN", "import", "HS2022", "85", date(2026, 8, 1), Decimal("500.25"), "KG", 12.5),
        ("CHN", "import", "HS2022", "85", date(2026, 1, 1), Decimal("1500.75"), "KG", 100.0),
        ("MYS", "import", "HS2022", "85", date(2026, 8, 1), Decimal(100), "KG", 12.5),
        ("MYS", "import", "HS2022", "85", date(2026, 1, 1), Decimal(300), "KG", 100.0)]
    assert batch.scope == {"flow": ("import",), "classification": ("HS2022",), "product": ("85",), "period_end": (date(2026, 8, 31),)}
    cut = read(HS, by_code(2026, 8, "85", dict.fromkeys(COUNTRIES[:10], 5.0)), f"{API}/exportharmonizecountries?{asked}")
    assert cut.scope is None and cut.checks[0].check == "limit"


def test_a_report_of_the_portal_whose_codes_add_up_is_complete() -> None:
    batch = read(HS, report(10, "302", {"0603": (75.5, 0), "4001": (24.5, 10.25)}) + report(10, "561", {"4001": (1, 1)}))
    assert stored(batch, tables.TRADE).select("partner", "product", "product_level", "period_start", "value", "quantity").rows() == [
        ("CHN", "TOTAL", 0, date(2024, 10, 1), Decimal("10.25"), None), ("CHN", "TOTAL", 0, date(2024, 1, 1), Decimal(100), None),
        ("CHN", "0603", 4, date(2024, 10, 1), Decimal(0), None), ("CHN", "0603", 4, date(2024, 1, 1), Decimal("75.5"), 1000.0),
        ("CHN", "4001", 4, date(2024, 10, 1), Decimal("10.25"), 10.0), ("CHN", "4001", 4, date(2024, 1, 1), Decimal("24.5"), 1000.0)]
    assert batch.scope is not None and batch.scope["partner"] == ("CHN",) and batch.not_asked == {"group of areas": 2}
    part = read(HS, report(10, "302", {"0603": (75.5, 0)}, total=(200, 10)))
    assert part.scope is None


@pytest.mark.parametrize(("dataset", "records", "url", "error", "words"), [
    (HS, report(10, "302", {"4001": (1, 1)}), "import:answer.json", NotReadable, "does not say its flow and year"),
    (HS, report(10, "302", {"4001": (1, 0)}), NAME, Incomplete, "the month is not out yet"),
    (HS, report(10, "302", {"4001": (1, 1)})[1:], NAME, SchemaDrift, "0 totals of country 302"),
    (HS, by_code(2026, 8, "85", {"CN": 0}), f"{API}/importharmonizecountries?hs_code=85&limit=0", Incomplete, "not out yet"),
    (HS, by_code(2026, 8, "85", {"CN": 5}), f"{API}/importharmonizecountries?year=2025&month=8", SchemaDrift, "asked for was 2025-08"),
    (COUNTRY, summary(2026, 8, scale=1e-6), f"{API}/summarycountries?year=2026&month=8&limit=0", SchemaDrift, "not whole dollars"),
    (COUNTRY, [{"country_code": "CN", "value_usd_import": "1", "year": 2026, "month": 8}], NAME, SchemaDrift, "no field"),
    (COUNTRY, report(10, "302", {"4001": (1, 1)}), NAME, SchemaDrift, f"an answer of {HS}"),
    (COUNTRY, [], NAME, Incomplete, "holds no record"), (COUNTRY, {"records": []}, NAME, PublisherError, "."),
    (COUNTRY, {"error": "x"}, NAME, SchemaDrift, "it has no 'records'"),
    (COUNTRY, [{"a": 1}], NAME, SchemaDrift, "none that the ministry")])
def test_what_is_not_said_or_not_as_known_is_refused_by_name(dataset: str, records: object, url: str, error: type[PublisherError],
                                                             words: str) -> None:
    with pytest.raises(error, match=words):
        read(dataset, records, url)


def test_figures_as_text_with_commas_are_read_and_a_total_that_is_no_number_is_not_nil() -> None:
    records = report(10, "302", {"0603": (7500.5, 5), "4001": (2500, 1000.25)})
    as_text = [{name: f"{each[name]:,.2f}" if name in ("Value", "ValueMonth") else each[name] for name in each} for each in records]
    assert stored(read(HS, as_text), tables.TRADE)["value"].to_list() == stored(read(HS, records), tables.TRADE)["value"].to_list()
    with pytest.raises(SchemaDrift, match="is 'n/a', no number"):
        read(HS, [{**records[0], "ValueMonth": "n/a"}, *records[1:]])


def test_a_share_that_its_value_contradicts_is_set_aside() -> None:
    records = report(10, "302", {"0603": (75, 5), "4001": (25, 1)})
    records[1]["Share"] = 7
    batch = read(HS, records)
    assert [(each.rule, each.reason) for each in batch.rejected] == [("identity", "75 of 100 is no share of 7 %")]
    assert (batch.scope, [dict(each) for each in batch.not_read]) == (None, [{"partner": "CHN"}])


def test_a_month_that_is_more_than_its_year_is_set_aside_and_a_quantity_below_nil_is_none() -> None:
    records = report(10, "302", {"0603": (75, 5), "4001": (25, 1)})
    records[1] |= {"ValueMonth": 80, "Quantity": "-4"}
    records[2]["Quantity"] = "-4"
    batch = read(HS, records)
    assert [(each.rule, each.reason) for each in batch.rejected] == [
        ("identity", "80 of the month are more than the 75 of the year to it")]
    assert stored(batch, tables.TRADE).filter(product="4001", period_start=date(2024, 1, 1))["quantity"].to_list() == [None]


def test_half_an_answer_is_said_to_be_half() -> None:
    with pytest.raises(Incomplete, match="breaks off"):
        CONNECTOR.recognise(told(report(10, "302", {"0603": (75, 5)}))[:-20], "export.json")


def test_the_answers_of_the_portal_cell_by_cell(samples: Path) -> None:
    body = (samples / "thailand/moc_export_hs4_by_country_2024-10_11.json").read_bytes()
    url = "import:moc_export_hs4_by_country_2024-10_11.json"
    assert CONNECTOR.recognise(body, "any.json") == HS
    (batch,) = CONNECTOR.read(document(HS, body, url))
    kept = stored(batch, tables.TRADE)
    records = json.loads(body)
    assert (kept.height, batch.rejected, batch.scope) == (2 * len(records), (), None)
    for locator, value in list(kept.select("locator", "value").iter_rows())[::9]:
        assert abs(Decimal(CONNECTOR.read_cell(document(HS, body, url), locator)) - value) < Decimal("0.001")
    figures = {(row["partner"], row["product"], row["period_start"], row["period_end"].month): row for row in kept.iter_rows(named=True)}
    rubber = figures["RUS", "4001", date(2024, 11, 1), 11]
    assert (rubber["value"], rubber["quantity"], rubber["quantity_unit"], rubber["net_weight_kg"]) == (
        Decimal("1570193.629"), 841980.0, "KG", 841980.0)
    october, november = (figures["RUS", "TOTAL", date(2024, 1, 1), month]["value"] for month in (10, 11))
    month = figures["RUS", "TOTAL", date(2024, 11, 1), 11]["value"]
    assert abs(november - october - month) < Decimal("0.01"), "the year to date goes on by the month"


def test_months_by_commodity_need_their_year_and_currency_and_have_the_price_of_rubber(samples: Path) -> None:
    body = (samples / "thailand/moc_export_commodity_monthly_e03.json").read_bytes()
    assert CONNECTOR.recognise(body, "any.json") == COMMODITY
    with pytest.raises(NotReadable, match="does not say its year and currency"):
        CONNECTOR.read(document(COMMODITY, body, "import:moc_export_commodity_monthly_e03.json"))
    with pytest.raises(NotReadable, match="in dollars their unit is not known"):
        CONNECTOR.read(document(COMMODITY, body, "import:export_commodity_2024_usd.json"))
    (batch,) = CONNECTOR.read(document(COMMODITY, body, "import:export_commodity_2024_baht.json"))
    kept = stored(batch, tables.TRADE)
    assert (kept.height, batch.rejected) == (736, ()), "23 months of 32 rows: December 2024 is not out"
    rubber = kept.filter((kept["product"] == "101090000") & (kept["period_start"] == date(2024, 11, 1)))["value"][0]
    assert rubber == 52_061_654 and 32 < rubber / Decimal("1570193.629") < 35, "baht for a dollar of the same goods"
    listed = (samples / "thailand/moc_countries_and_groups.json").read_bytes()
    with pytest.raises(NotReadable, match="the list of countries and groups"):
        CONNECTOR.recognise(listed, "any.json")
    assert CONNECTOR.areas is not None
    known = {each["id"]: CONNECTOR.areas.area_of(each["id"], date(2026, 1, 1)) for each in json.loads(listed)}
    assert (known["302"], known["271"], known["274"], known["263"], known["561"]) == ("CHN", "MYS", "VNM", "WLD", None)
