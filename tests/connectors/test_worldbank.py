"""The World Bank: on the whole road against a simulated API, and answers that are none. Figures are synthetic, but for real samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.statistics.worldbank import CONNECTOR
from flows.home import clock
from tests.connectors.as_stored import rows, stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.worldbank import DATA_XML, HOST, JSON, REFUSED, REFUSED_XML, WITS_HOST, Bank, answer, message, record
from warehouse.schema import tables
from warehouse.schema.errors import Forbidden, Incomplete, NotReadable, PublisherError, SchemaDrift

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
WDI, WITS = "worldbank.wdi", "worldbank.wits"
GDP, LOCAL, DEFLATOR = "NY.GDP.MKTP.CD", "NY.GDP.MKTP.CN", "NY.GDP.DEFL.ZS"


def a_bank() -> Bank:
    values: dict[tuple[str, str, int], float | None] = {
        (GDP, "MYS", 2023): 400.5, (GDP, "MYS", 2024): 440.25, (GDP, "MYS", 2025): None, (GDP, "CHN", 2024): 18000.0,
        (LOCAL, "MYS", 2024): 2000.0, (DEFLATOR, "MYS", 2023): 100.0, (DEFLATOR, "MYS", 2024): 103.123456789,
        (DEFLATOR, "USA", 2024): 125.0, ("PA.NUS.FCRF", "MYS", 2024): 4.5755, ("TX.UVI.MRCH.XD.WD", "MYS", 2024): 98.5}
    return Bank(values, {("MYS", 2024, "XPRT-TRD-VL"): {
        ("CHN", "Total"): 1000.125, ("CHN", "84-85_MachElec"): 1000.125, ("WLD", "Total"): 9000.5, ("EAS", "Total"): 5000.0,
        ("CHN", "manuf"): 800.0, ("CHN", "UNCTAD-SoP4"): 300.0}})


@pytest.fixture
def bank() -> Bank:
    return a_bank()


@pytest.fixture
def publishers(bank: Bank) -> Iterator[Publishers]:
    with Publishers() as simulated:
        bank.open(simulated)
        yield simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_an_answer_becomes_figures_that_lead_back_to_their_cells(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", WDI)
    assert said.code == 0, said.text
    assert home.rows("SELECT area, indicator, year(period_start), year(period_end), unit, value, base_period, flags FROM stats.indicator "
                     "ORDER BY area, indicator, 3") == [
        ("CHN", "gdp_current_usd", 2024, 2024, "USD", 18000, "", f"series={GDP}"),
        ("MYS", "exchange_rate_average", 2024, 2024, "LCU per USD", Decimal("4.5755"), "", "series=PA.NUS.FCRF"),
        ("MYS", "export_unit_value_index", 2024, 2024, "index", Decimal("98.5"), "2015", "series=TX.UVI.MRCH.XD.WD"),
        ("MYS", "gdp_current_lcu", 2024, 2024, "MYR", 2000, "", f"series={LOCAL}"),
        ("MYS", "gdp_current_usd", 2023, 2023, "USD", Decimal("400.5"), "", f"series={GDP}"),
        ("MYS", "gdp_current_usd", 2024, 2024, "USD", Decimal("440.25"), "", f"series={GDP}"),
        ("MYS", "gdp_deflator", 2023, 2023, "index", 100, "", f"series={DEFLATOR}"),
        ("MYS", "gdp_deflator", 2024, 2024, "index", Decimal("103.12345679"), "", f"series={DEFLATOR}"),
        ("USA", "gdp_deflator", 2024, 2024, "index", 125, "", f"series={DEFLATOR}")]
    (found,) = home.rows("SELECT version_id FROM stats.indicator WHERE area = 'MYS' AND indicator = 'gdp_current_lcu'")
    traced = home.run("trace", found[0]).out
    assert "record 1 (MYS, 2024), field value" in traced and "printed   '2000.0'" in traced, traced
    assert len(publishers.asked(HOST)) == 6  # a question a series


def test_an_unchanged_bank_is_asked_again_and_nothing_is_written(home: Home, bank: Bank) -> None:
    home.run("refresh", WDI)
    before = home.seen()
    bank.updated = "2026-10-01"  # other bytes, the same figures
    assert home.run("refresh", WDI).code == 0
    assert home.seen() == before


def test_a_silent_revision_is_one_and_a_value_that_went_is_withdrawn(home: Home, bank: Bank) -> None:
    home.run("refresh", WDI)
    bank.values[GDP, "MYS", 2024] = 445.5
    bank.values[DEFLATOR, "USA", 2024] = None
    said = home.run("refresh", WDI)
    assert said.code == 0, said.text
    assert home.rows("SELECT area, indicator, change_kind, old_value, new_value FROM stats.indicator_revision ORDER BY 1") == [
        ("MYS", "gdp_current_usd", "revised", Decimal("440.25"), Decimal("445.5")), ("USA", "gdp_deflator", "withdrawn", 125, None)]


def test_a_series_that_moves_by_one_factor_is_held_until_a_person_accepts_it(home: Home, bank: Bank) -> None:
    home.run("refresh", WDI)
    for key, value in list(bank.values.items()):
        if key[0] == DEFLATOR and value is not None:
            bank.values[key] = value / 2  # another base year
    said = home.run("refresh", WDI)
    assert "HELD" in said.out and "gdp_deflator 2023-01-01 to 2023-12-31: 100 → 50, a change of ÷2.0" in said.out, said.text
    assert home.rows("SELECT count(*) FROM stats.indicator_revision") == [(0,)]


def test_trade_stands_in_its_context_by_way_of_views(home: Home) -> None:
    home.run("refresh", WDI, WITS)
    assert home.rows("SELECT partner, value, gdp, round(share_pct, 3), mixed, gdp_dataset FROM mart.share_of_gdp "
                     "WHERE product = 'TOTAL' ORDER BY 1") == [
        ("CHN", Decimal(1000125), Decimal("440.25"), 227172.061, "datasets", WDI),
        ("WLD", Decimal(9000500), Decimal("440.25"), 2044406.587, "datasets", WDI)]
    assert home.rows("SELECT DISTINCT deflator, deflator_area, deflator_dataset, base_year FROM mart.real_value ORDER BY 1") == [
        ("export_unit_value_index", "MYS", WDI, 2024)]  # whose currency the dollar is, nobody says before the United States' GDP is there


def test_pages_are_followed_to_their_end(home: Home, bank: Bank, publishers: Publishers) -> None:
    bank.per_page = 2
    said = home.run("refresh", WDI)
    assert said.code == 0, said.text
    assert home.rows("SELECT count(*) FROM stats.indicator") == [(9,)]
    assert sorted(each.path.rpartition("page=")[2] for each in publishers.asked(HOST) if f"/{GDP}?" in each.path) == ["2", "20000"]


def test_a_window_asks_for_its_years(home: Home, publishers: Publishers) -> None:
    home.run("refresh", WDI, "--from", "2023", "--to", "2023")
    assert home.rows("SELECT indicator, year(period_start) FROM stats.indicator ORDER BY 1") == [
        ("gdp_current_usd", 2023), ("gdp_deflator", 2023)]
    assert all("date=2023:2023" in each.path for each in publishers.asked(HOST))


@pytest.mark.parametrize(("body", "words"), [
    (REFUSED, "Invalid value: The provided parameter value is not valid"), (REFUSED_XML, "Invalid format: The indicator was not found."),
    (DATA_XML, "ask with format=json")])
def test_a_refusal_with_status_200_is_told_in_the_banks_words(home: Home, publishers: Publishers, body: bytes, words: str) -> None:
    publishers.fault(HOST, Fault.status(200, body, **JSON))
    said = home.run("refresh", WDI)
    assert (said.code != 0, words in " ".join(said.out.split())) == (True, True), said.text
    assert home.rows("SELECT count(*) FROM stats.indicator") == [(0,)] if home.place.current() else True


def test_trade_of_wits_comes_by_group_of_goods_in_dollars(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", WITS)
    assert said.code == 0, said.text
    assert len(publishers.asked(WITS_HOST)) == 14 * 2 * 2  # reporters, flows, years; all but one are 404, which is no error there
    assert home.rows("SELECT partner, partner_kind, classification, product, product_level, value, valuation FROM stats.trade "
                     "ORDER BY 1, 3, 4") == [
        ("CHN", "country", "-", "TOTAL", 0, Decimal(1000125), "-"),
        ("CHN", "country", "WITS-HS", "84-85_MachElec", 1, Decimal(1000125), "-"),
        ("CHN", "country", "WITS-SITC", "manuf", 1, Decimal(800000), "-"),
        ("CHN", "country", "WITS-SoP", "UNCTAD-SoP4", 1, Decimal(300000), "-"), ("WLD", "world", "-", "TOTAL", 0, Decimal(9000500), "-")]
    traced = home.run("trace", "Malaysia", "China", "2024", "--flow", "export", "--dataset", WITS).out
    assert "series A.MYS.CHN.Total.XPRT-TRD-VL, period 2024" in traced and "'1000.125' × 1,000 USD  = the figure" in traced, traced


def test_a_partner_that_goes_from_a_year_of_wits_is_withdrawn(home: Home, bank: Bank) -> None:
    home.run("refresh", WITS)
    del bank.trade["MYS", 2024, "XPRT-TRD-VL"]["CHN", "manuf"]
    home.run("refresh", WITS)
    assert home.rows("SELECT product, change_kind FROM stats.trade_revision") == [("manuf", "withdrawn")]


# ── answers, without the road ────────────────────────────────────────────────────────────────────────────────────────────────


def read(*records: dict[str, Any], **said: Any) -> Any:
    (batch,) = CONNECTOR.read(document(WDI, answer(list(records), **said)))
    return batch


def test_an_answer_that_says_there_is_nothing_or_nothing_yet_is_no_batch_and_no_error() -> None:
    assert CONNECTOR.read(document(WDI, answer([]))) == []
    assert CONNECTOR.read(document(WDI, answer([record(GDP, "MYS", 2026, None)]))) == []


def test_what_is_not_kept_is_counted_by_reason() -> None:
    batch = read(record(GDP, "MYS", 2024, 1.0), record(GDP, "EAS", 2024, 1.0), record("SP.POP.TOTL", "MYS", 2024, 1.0),
                 record(GDP, "MYS", "2024Q1", 1.0), record(LOCAL, "FRA", 2024, 1.0), record(GDP, "MYS", 2023, None))
    assert batch.not_asked == {"group of countries": 1, "series SP.POP.TOTL": 1, "months and quarters": 1,
                               "currency that no record says": 1, "no value": 1}
    assert stored(batch, tables.INDICATOR).height == 1 and batch.rejected == ()


@pytest.mark.parametrize(("one", "rule", "scope"), [
    (record(GDP, "MYS", 2023, "much"), "value", [{"indicator": "gdp_current_usd", "area": "MYS"}]),  # type: ignore[arg-type]
    (record(GDP, "QQQ", 2023, 1.0), "area", []), (record(GDP, "MYS", "soon", 1.0), "date", [{}])])
def test_what_cannot_be_understood_is_set_aside(one: dict[str, Any], rule: str, scope: list[dict[str, str]]) -> None:
    batch = read(record(GDP, "MYS", 2024, 1.0), one)
    assert [each.rule for each in batch.rejected] == [rule]
    assert [{name: value for name, value in each.items() if name != "period_start"} for each in batch.not_read] == scope


def test_a_record_that_lacks_a_field_is_set_aside() -> None:
    torn = record(GDP, "MYS", 2023, 1.0)
    del torn["countryiso3code"]
    batch = read(record(GDP, "MYS", 2024, 1.0), torn)
    assert [(each.rule, each.reason) for each in batch.rejected] == [("record", "it lacks countryiso3code")] and batch.not_read == ({},)


def test_an_index_whose_name_prints_no_base_is_set_aside() -> None:
    bare = record("TX.UVI.MRCH.XD.WD", "MYS", 2024, 98.5)
    bare["indicator"] = {"id": "TX.UVI.MRCH.XD.WD", "value": "Export unit value index"}
    batch = read(record(GDP, "MYS", 2024, 1.0), bare)
    assert [each.rule for each in batch.rejected] == ["base"]


def test_two_values_for_one_year_are_both_set_aside() -> None:
    batch = read(record(GDP, "MYS", 2024, 1.0), record(GDP, "MYS", 2023, 1.0), record(GDP, "MYS", 2023, 2.0))
    assert [each.rule for each in batch.rejected] == ["double", "double"]


def test_a_forecast_and_an_estimate_are_marked_and_other_marks_kept() -> None:
    batch = read(record(GDP, "MYS", 2024, 1.0, obs_status="F"), record(GDP, "MYS", 2023, 1.0, obs_status="E"),
                 record(GDP, "MYS", 2022, 1.0, obs_status="X"))
    assert rows(batch).select("status", "flags").rows() == [
        ("A", f"series={GDP};obs_status=X"), ("E", f"series={GDP}"), ("F", f"series={GDP}")]


@pytest.mark.parametrize(("body", "error", "words"), [
    (answer([record(GDP, "MYS", 2024, 1.0)]).replace(b'"total": 1', b'"total": 7'), Incomplete, "says it has 7 records and has 1"),
    (answer([record(GDP, "MYS", 2024, 1.0)])[:-9], Incomplete, "breaks off"), (b"[]", SchemaDrift, "no answer of the Indicators API"),
    (b'{"error": 1}', SchemaDrift, "no answer"), (REFUSED, Forbidden, "The provided parameter value is not valid"),
    (b'[{"page":1,"pages":1,"total":1},[[1]]]', SchemaDrift, "record"), (b"<html>", SchemaDrift, "ask with format=json"),
    (b"", PublisherError, ".")])
def test_what_is_no_answer_is_told_by_name(body: bytes, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        CONNECTOR.read(document(WDI, body))


def test_numbers_with_an_exponent_and_counts_in_quotes_are_read() -> None:
    body = answer([record(GDP, "IDN", 2024, 1.0)]).replace(b'"value": 1.0', b'"value": 2.2139E+16')
    body = body.replace(b'"total": 1', b'"total": "1"')
    (batch,) = CONNECTOR.read(document(WDI, body))
    assert rows(batch)["value"].to_list() == [Decimal("22139000000000000")]


def test_recognised_by_content() -> None:
    assert CONNECTOR.recognise(answer([record(GDP, "MYS", 2024, 1.0)]), "any") == WDI
    assert CONNECTOR.recognise(REFUSED, "any") == CONNECTOR.recognise(REFUSED_XML, "any") == WDI  # its parser says what it is
    assert CONNECTOR.recognise(message("MYS", 2024, "XPRT-TRD-VL", {("CHN", "Total"): 1.0}), "any") == WITS
    assert CONNECTOR.recognise(b"date,value\n", "any") is None
    with pytest.raises(NotReadable, match="all years side by side"):
        CONNECTOR.recognise(b"Reporter,Partner,Product categories,Indicator Type,Indicator,1988\n", "en_MYS_AllYears.CSV")


def test_a_table_of_partners_is_read_by_the_reporter_that_its_name_says() -> None:
    body = (b"Partner Name,Year,Export (US$ Thousand),Import (US$ Thousand),AHS Simple Average (%)\n"
            b" World,2020,  7.97014e+006 ,100.5,\n\"Other Asia, nes\",2020,,12.25,1\nAtlantis,2020,1,1,1\nChina,2020,x,,\n")
    assert CONNECTOR.recognise(body, "any.csv") == WITS
    with pytest.raises(NotReadable, match="does not say whose trade it is"):
        CONNECTOR.read(document(WITS, body, "import:table.csv"))
    (batch,) = CONNECTOR.read(document(WITS, body, "import:en_MYS_AllYears.csv"))
    assert stored(batch, tables.TRADE).select("reporter", "partner", "flow", "value", "decimals").rows() == [
        ("MYS", "WLD", "export", Decimal(7970140000), -1), ("MYS", "TWN", "import", Decimal(12250), 2),
        ("MYS", "WLD", "import", Decimal(100500), 2)]
    assert sorted(each.rule for each in batch.rejected) == ["area", "area", "value"] and batch.scope is None
    assert CONNECTOR.read_cell(document(WITS, body), rows(batch)["locator"][0]).strip() == "7.97014e+006"


def test_codes_and_names_of_wits_own_are_areas_and_its_groups_are_none() -> None:
    body = message("MYS", 2024, "XPRT-TRD-VL", {(code, "Total"): 1.0 for code in ("OAS", "ROM", "ZAR", "SER", "UNS", "WLD", "EAS", "ETF")})
    (batch,) = CONNECTOR.read(document(WITS, body))
    assert sorted(rows(batch)["partner"]) == ["COD", "ROU", "SRB", "TWN", "WLD", "XXX"]
    assert batch.not_asked == {"group of countries": 1} and [each.reason for each in batch.rejected] == ["no area is known by 'ETF'"]
    table = ("Partner Name,Year,Export (US$ Thousand),Import (US$ Thousand)\n" + "".join(f'"{name}",2020,1,\n' for name in (
        "Iran, Islamic Rep.", "Occ.Pal.Terr", "Cote d'Ivoire", "South Asia", "Turkey"))).encode()
    (batch,) = CONNECTOR.read(document(WITS, table, "import:en_MYS.csv"))
    assert sorted(rows(batch)["partner"]) == ["CIV", "IRN", "PSE", "TUR"] and batch.rejected == ()


def test_a_file_is_imported_and_traced(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "en_MYS_AllYears.csv"
    file.write_text("Partner Name,Year,Export (US$ Thousand),Import (US$ Thousand)\n World,2020,7.97014e+006,100.5\nChina,2020,7.5,8.25\n")
    said = home.run("import", file)
    assert (said.code, "4 new" in said.out) == (0, True), said.text
    traced = home.run("trace", "Malaysia", "World", "2020", "--flow", "export").out
    assert "'7.97014e+006' × 1,000 USD  = the figure" in traced, traced


# ── the real samples, where they are ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_recorded_answer_of_wits_gives_its_figures(samples: Path) -> None:
    body = (samples / "wits/tradestats_trade_usa_wld_all.json").read_bytes()
    (batch,) = CONNECTOR.read(document(WITS, body, "import:recorded.json"))
    kept = stored(batch, tables.TRADE)
    assert (kept.height, batch.rejected, batch.checks[0].said) == (29, (), "the groups of chapters come to the whole within 0.1 %")
    total = kept.filter(kept["product"] == "TOTAL").select("reporter", "partner", "flow", "value").rows()
    assert total == [("USA", "WLD", "import", Decimal(2407390189460))]


def test_a_real_table_of_partners_gives_every_row(samples: Path) -> None:
    body = (samples / "wits/wits_country_summary_34yr_asean_china_1988_2021.csv").read_bytes()
    (batch,) = CONNECTOR.read(document(WITS, body, "import:world_WLD.csv"))
    kept = stored(batch, tables.TRADE)
    assert (kept.height, batch.rejected) == (1356, ())
    assert kept.filter((kept["partner"] == "CHN") & (kept["period_start"].dt.year() == 1988) & (kept["flow"] == "export"))[
        "value"].to_list() == [Decimal(13575267560)]


def test_recorded_tariffs_are_refused_by_name(samples: Path) -> None:
    with pytest.raises(NotReadable, match="tariffs of WITS"):
        CONNECTOR.recognise((samples / "sdmx/WB_gh-78.xml").read_bytes(), "any.xml")
