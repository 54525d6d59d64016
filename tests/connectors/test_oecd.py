"""The OECD's margins and balanced trade, against a simulated service. All figures are synthetic: no real file of them was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.statistics.oecd import CONNECTOR
from connectors.statistics.oecd.connector import SERVICE
from connectors.statistics.oecd.tables import LAYOUTS
from flows.home import clock
from tests.connectors.as_stored import rows, stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers, comtrade
from tests.publishers.oecd import HOST, Office, balanced, margin, message
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
ITIC, BIMTS, PRODUCERS = "oecd.itic", "oecd.bimts", "oecd.bimts.producers"


@pytest.fixture
def office() -> Office:
    return Office([
        margin("MYS", "CHN", 2022, 6.5), margin("MYS", "CHN", 2023, "6.25"), margin("CHN", "MYS", 2023, 4.75, status="A", method=""),
        margin("MYS", "CHN", 2023, 1.125, "HS17_8517", method="ME"),
        balanced("MYS", "CHN", 2023, 1000.25), balanced("MYS", "CHN", 2023, 600.5, "HS17_85"), balanced("TWN", "CHN", 2023, 300),
        balanced("MYS", "W", 2023, 9000.125), balanced("MYS", "CHN", 2023, 950.5, adjustment="B_ADJ_RX")])


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_all_goods_are_one_question_a_table(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", "oecd")
    assert said.code == 0, said.text
    assert len(publishers.asked(HOST)) == 3
    assert home.rows("SELECT area, partner, product, indicator, year(period_start), unit, value, status, flags FROM stats.indicator "
                     "ORDER BY 1, 5") == [
        ("CHN", "MYS", "TOTAL", "cif_fob_margin", 2023, "percent of CIF", Decimal("4.75"), "A", ""),
        ("MYS", "CHN", "TOTAL", "cif_fob_margin", 2022, "percent of CIF", Decimal("6.5"), "E", "METHODOLOGY_TYPE=AG;OBS_STATUS=I"),
        ("MYS", "CHN", "TOTAL", "cif_fob_margin", 2023, "percent of CIF", Decimal("6.25"), "E", "METHODOLOGY_TYPE=AG;OBS_STATUS=I")]
    assert home.rows("SELECT dataset, reporter, partner, flow, value, currency, valuation, unit_multiplier, partner_kind FROM stats.trade "
                     "ORDER BY 1, 2, 3") == [
        (BIMTS, "MYS", "CHN", "export", 1000250000, "USD", "-", 1000000, "country"),
        (BIMTS, "MYS", "WLD", "export", 9000125000, "USD", "-", 1000000, "world"),
        (BIMTS, "TWN", "CHN", "export", 300000000, "USD", "-", 1000000, "country"),
        (PRODUCERS, "MYS", "CHN", "export", 950500000, "USD", "-", 1000000, "country")]
    assert home.rows("SELECT dataset, account, chain, missing_means FROM ref.dataset WHERE publisher = 'oecd' ORDER BY 1") == [
        (BIMTS, "reconciled", BIMTS, "zero"), (PRODUCERS, "reconciled", PRODUCERS, "zero"), (ITIC, "mixed", ITIC, "not_observed")]
    (found,) = home.rows("SELECT version_id FROM stats.indicator WHERE area = 'CHN'")
    traced = home.run("trace", found[0]).out
    assert "percent of CIF   CHN cif_fob_margin MYS TOTAL, 2023" in traced and "'4.75'  = the figure" in traced, traced
    shown = home.run("trace", "Malaysia", "China", "2023", "--flow", "export", "--dataset", BIMTS).out
    assert "column OBS_VALUE" in shown and "'1000.25' × 1,000,000 USD  = the figure" in shown, shown


def test_a_window_asks_for_every_product_and_finds_nothing_where_there_is_nothing(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", ITIC, "--from", "2023", "--to", "2023")
    assert said.code == 0, said.text
    assert len(publishers.asked(HOST)) == 15
    assert home.rows("SELECT area, product, value FROM stats.indicator ORDER BY 1, 2") == [
        ("CHN", "TOTAL", Decimal("4.75")), ("MYS", "8517", Decimal("1.125")), ("MYS", "TOTAL", Decimal("6.25"))]
    home.run("refresh", BIMTS, "--from", "2023", "--to", "2023")
    assert home.rows("SELECT classification, product, product_level FROM stats.trade WHERE product <> 'TOTAL'") == [("HS2017", "85", 2)]


def test_a_margin_explains_what_lies_between_two_accounts(home: Home, publishers: Publishers) -> None:
    trade = comtrade.Office()
    trade.put(comtrade.record(458, 156, "X", "2023", "TOTAL", 95.25), comtrade.record(156, 458, "M", "2023", "TOTAL", 100.0))
    trade.open(publishers)
    home.run("refresh", ITIC)
    home.run("refresh", "comtrade.hs", "--from", "2023", "--to", "2023", ENTREPOT_API_KEYS=f'{{"comtrade": "{comtrade.KEY}"}}')
    assert home.rows("SELECT exporter, importer, margin_pct, margin_source, gap_usd, round(residual_usd, 6), reason FROM mart.mirror_gap "
                     "WHERE importer_value IS NOT NULL AND exporter_value IS NOT NULL") == [
        ("MYS", "CHN", Decimal("4.75"), ITIC, 4.75, 0, "freight")]


def test_what_is_recomputed_is_a_revision_and_what_is_gone_withdrawn(home: Home, office: Office) -> None:
    home.run("refresh", "oecd")
    office.observations = [one for one in office.observations if (one["REF_AREA"], one["COUNTERPART_AREA"]) != ("TWN", "CHN")]
    office.observations[1]["OBS_VALUE"] = "6.75"
    said = home.run("refresh", "oecd")
    assert said.code == 0, said.text
    assert home.rows("SELECT area, change_kind, old_value, new_value FROM stats.indicator_revision") == [
        ("MYS", "revised", Decimal("6.25"), Decimal("6.75"))]
    assert home.rows("SELECT reporter, change_kind FROM stats.trade_revision") == [("TWN", "withdrawn")]
    home.run("refresh", "oecd")
    assert home.rows("SELECT count(*) FROM stats.indicator_revision") == [(1,)]


def test_too_many_downloads_are_told_with_the_pause(home: Home, publishers: Publishers, office: Office) -> None:
    office.allowed = 1
    said = home.run("refresh", "oecd")
    assert (said.code != 0, "RateLimited" in said.out) == (True, True), said.text
    assert len(publishers.asked(HOST)) <= 3


def test_a_fault_of_the_service_is_told_by_name(home: Home, publishers: Publishers) -> None:
    publishers.fault(HOST, Fault.status(500, b"Object reference not set to an instance of an object"))
    said = home.run("refresh", ITIC)
    assert (said.code != 0, "Unavailable" in said.out) == (True, True), said.text


@pytest.mark.parametrize("form", ["plain", "labels", "second"])
def test_every_form_of_csv_gives_the_same_figures(form: str) -> None:
    two = [margin("MYS", "CHN", 2022, "6.5"), margin("CHN", "MYS", 2022, "4.75")]
    body = message(two, labels=form == "labels", second=form == "second")
    assert CONNECTOR.recognise(body, "any.csv") == ITIC
    (batch,) = CONNECTOR.read(document(ITIC, body, "import:any.csv"))
    kept = stored(batch, tables.INDICATOR)
    assert kept.select("area", "partner", "product", "value").rows() == [
        ("CHN", "MYS", "TOTAL", Decimal("4.75")), ("MYS", "CHN", "TOTAL", Decimal("6.5"))]
    assert (batch.scope, batch.rejected) == (None, ())
    assert [CONNECTOR.read_cell(document(ITIC, body), place) for place in kept["locator"]] == ["4.75", "6.5"]


def test_a_file_with_both_adjustments_is_two_datasets_and_re_exports_are_counted() -> None:
    body = message([balanced("MYS", "CHN", 2023, 10), balanced("MYS", "CHN", 2023, 8, adjustment="B_ADJ_RX"),
                    balanced("MYS", "CHN", 2023, 2, adjustment="B_RX")], labels=True)
    assert CONNECTOR.recognise(body, "any.csv") == BIMTS
    first, second = CONNECTOR.read(document(BIMTS, body, "import:any.csv"))
    assert (first.dataset, second.dataset) == (BIMTS, PRODUCERS)
    assert [rows(each)["value"].to_list() for each in (first, second)] == [[10_000_000], [8_000_000]]
    assert first.not_asked == {"adjustment B_RX": 1}


def test_an_answer_is_complete_for_what_was_asked() -> None:
    url = f"{SERVICE[ITIC]}/MYS.CHN+THA.C_F.C._T.A.?format=csvfile"
    (batch,) = CONNECTOR.read(document(ITIC, message([margin("MYS", "CHN", 2022, 6.5)]), url))
    assert batch.scope is not None
    assert {name: list(map(str, values)) for name, values in batch.scope.items()} == {
        "area": ["MYS"], "partner": ["CHN", "THA"], "product": ["TOTAL"], "period_end": ["2022-12-31"]}


@pytest.mark.parametrize(("observations", "words"), [
    ([margin("MYS", "CHN", 2022, 6.5, unit="PT_IM_FOB")], "UNIT_MEASURE is 'PT_IM_FOB' and not 'PT_IM_CIF'"),
    ([margin("MYS", "CHN", 2022, 6.5, multiplier="3")], "UNIT_MULT is '3'"),
    ([balanced("MYS", "CHN", 2022, 6.5, multiplier="")], "no UNIT_MULT stands"),
    ([balanced("MYS", "CHN", 2022, 6.5, multiplier="x")], "UNIT_MULT is 'x'"),
    ([balanced("MYS", "CHN", 2022, 6.5, unit="XDC")], "UNIT_MEASURE is 'XDC'"),
    ([margin("MYS", "CHN", 2022, 650)], "'650' is no per cent of a value"),
    ([margin("MYS", "CHN", 2022, 6.5, "HS22_01")], "no product of HS 2017"),
    ([margin("QQQ", "CHN", 2022, 6.5)], "no area is known by the code 'QQQ'")])
def test_another_unit_or_code_is_refused_by_name(observations: list[dict[str, str]], words: str) -> None:
    body = message(observations)
    with pytest.raises(SchemaDrift) as told:
        CONNECTOR.read(document(ITIC if "COMM_HS2017" in observations[0] else BIMTS, body))
    assert words in str(told.value)


def test_what_cannot_be_read_of_a_table_narrows_what_it_is_complete_for() -> None:
    (batch,) = CONNECTOR.read(document(ITIC, message([margin("MYS", "CHN", 2022, 6.5), margin("MYS", "CHN", 2023, "n/a"),
                                                      margin("MYS", "WXOECD", 2023, 5)])))
    assert [(each.rule, each.reason) for each in batch.rejected] == [("margin", "'n/a' is no per cent of a value")]
    assert [dict(each)["partner"] for each in batch.not_read] == ["CHN"] and batch.not_asked == {"group of areas": 1}


def test_a_message_that_takes_figures_back_is_told(tmp_path: Path) -> None:
    with pytest.raises(SchemaDrift, match="takes figures back"):
        CONNECTOR.read(document(ITIC, message([margin("MYS", "CHN", 2022, 6.5)], second=True, action="D")))


@pytest.mark.parametrize("flow", ["DSD_BTIGE@DF_BTIGE", "DSD_IMTS@DF_IMTS", "DSD_BIMTS@DF_BIMTS_CPA_2_1"])
def test_other_tables_of_the_oecd_are_refused_by_name(flow: str) -> None:
    with pytest.raises(NotReadable, match="a table of the OECD that is not read"):
        CONNECTOR.recognise(f"DATAFLOW,REF_AREA,TIME_PERIOD,OBS_VALUE\nOECD:{flow}(1.0),MYS,2020,1\n".encode(), "any.csv")


def test_a_message_of_balanced_re_exports_alone_has_nothing_that_is_kept() -> None:
    with pytest.raises(Incomplete, match="no balanced value"):
        CONNECTOR.read(document(BIMTS, message([balanced("MYS", "CHN", 2023, 2, adjustment="B_RX")])))


def test_any_bytes_give_rows_or_a_named_error() -> None:
    for body in (b"", b"{}", b"<html>", b"\xff\xfe", b"DATAFLOW,REF_AREA\n", message([margin("MYS", "CHN", 2022, 6.5)])[:-8]):
        for dataset in (ITIC, BIMTS, PRODUCERS):
            with pytest.raises(PublisherError):
                CONNECTOR.read(document(dataset, body))


def test_the_structures_that_were_seen_have_these_dimensions_and_codes(samples: Path) -> None:
    seen = json.loads((samples / "oecd/oecd_structures_BIMTS_BTIGE_IMTS_ITIC_2026.json").read_bytes())
    for dataset, name in ((ITIC, "DSD_ITIC@DF_ITIC"), (BIMTS, "DSD_BIMTS@DF_BIMTS_HS2017_2D")):
        assert tuple(each["id"] for each in seen["datastructures"][name]["dimensions"]) == LAYOUTS[dataset]
    held = seen["constraints"]["DSD_BIMTS@DF_BIMTS_HS2017_2D"]
    assert CONNECTOR.areas is not None
    unknown = {code for code in held["REF_AREA"] if CONNECTOR.areas.area_of(code, NOW.date()) is None}
    assert unknown == {"WXD"}
    assert set(held["ADJUSTMENT"]) == {"B", "B_ADJ_RX"} and held["UNIT_MEASURE"] == ["USD_EXC"]
