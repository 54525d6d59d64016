"""Hong Kong: C&SD's records and the HKMA's averages. The real records are read cell by cell; all other figures are synthetic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.censtatd import CONNECTOR
from connectors.statistics.censtatd.questions import GOODS, QUANTITY, TRADE, VIA
from connectors.statistics.hkma import CONNECTOR as HKMA
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.censtatd import HOST, NOTHING, USED, Office, answer, message, rates, record
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.tables import FX_RATE, INDICATOR
from warehouse.schema.tables import TRADE as TRADE_TABLE
from warehouse.schema.travel import Window

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
URL = "https://tradeidds.censtatd.gov.hk/api/get?lang=EN&sv=VCm&freq=M&period=202601,202602&ttype={}"


def batches(*records: dict[str, object], url: str = "import:file.json") -> list[Any]:
    return CONNECTOR.read(document(TRADE, answer(records), url))


def rows(*records: dict[str, object], url: str = "import:file.json") -> list[tuple[object, ...]]:
    return sorted(row for batch in batches(*records, url=url) for row in stored(batch, TRADE_TABLE).select(
        "flow", "partner", "breakdown", "classification", "product", "valuation", "value").iter_rows())


def test_every_real_record_is_a_quantity(samples: Path) -> None:
    body = (samples / "hongkong/idds_QCy_HKHS6_7106_imports_by_origin_2025.json").read_bytes()
    assert CONNECTOR.recognise(body, "any.json") == QUANTITY
    (batch,) = CONNECTOR.read(document(QUANTITY, body, "import:any.json"))
    found = stored(batch, INDICATOR)
    assert (found.height, batch.rejected, batch.scope) == (50, (), None)
    printed = {(one["co"], one["code"]): one["figure"] for one in json.loads(body)["rows"]}
    for row in found.iter_rows(named=True):
        assert CONNECTOR.read_cell(document(QUANTITY, body), row["locator"]) == str(int(row["value"]))
    assert sorted(map(str, printed.values())) == sorted(str(value.to_integral_value()) for value in found["value"])
    assert set(found.select("area", "indicator", "unit", "period_start", "period_end", "flags").iter_rows()) == {
        ("HKG", "import_quantity", "kilogram", date(2025, 1, 1), date(2025, 12, 31), "classification=HS2022")}
    assert found.filter((found["partner"] == "CHN") & (found["product"] == "710610"))["value"].to_list() == [Decimal(1020)]


def test_exports_by_destination_as_a_collector_keeps_them() -> None:
    made = {"year": 2025, "ttype": "4", "partners": [{"partner": "India", "tonnes": 2.2}], "rows": [
        record("4", "2025", 4640, cc="IN", code="710610", sv="QCy", unit="KILOGRAM", freq="A")]}
    (batch,) = CONNECTOR.read(document(QUANTITY, json.dumps(made).encode(), "import:x.json"))
    assert stored(batch, INDICATOR).select("partner", "indicator", "value").rows() == [("IND", "export_quantity", Decimal(4640))]
    alone = json.dumps(made["rows"]).encode()
    (same,) = CONNECTOR.read(document(QUANTITY, alone, "import:x.json"))
    assert CONNECTOR.recognise(alone, "x.json") and same.frames[0].equals(batch.frames[0])
    assert CONNECTOR.read_cell(document(QUANTITY, alone), same.frames[0]["locator"][0]) == "4640"


def test_origins_destinations_and_what_stands_beside_the_total() -> None:
    assert rows(record("1", "202601", 100, co="CN"), record("1", "202601", 90, cc="CN"), record("4", "202601", 60, cc="MY"),
                record("3", "202601", 50, cc="MY"), record("3", "202601", 40, co="CN", cc="MY"), record("1", "202601", 500)) == [
        ("export", "MYS", "-", "-", "TOTAL", "FOB", 60_000), ("import", "CHN", "-", "-", "TOTAL", "CIF", 100_000),
        ("import", "CHN", "partner=consignment", "-", "TOTAL", "CIF", 90_000), ("import", "WLD", "-", "-", "TOTAL", "CIF", 500_000),
        ("re-export", "MYS", "-", "-", "TOTAL", "FOB", 50_000), ("re-export", "MYS", "origin=CHN", "-", "TOTAL", "FOB", 40_000)]
    assert [batch.dataset for batch in batches(record("3", "202601", 40, co="CN", cc="MY"))] == [VIA]


def test_codes_are_of_the_edition_of_their_period_and_have_their_quantity_beside_them() -> None:
    found = batches(record("1", "202601", 7, co="CN", code="8542"), record("1", "201806", 6, co="CN", code="85"),
                    record("1", "202601", 5, co="CN", code="854231"),
                    record("1", "202601", 12, co="CN", code="854231", sv="QCm", unit="NO."))
    (batch,) = found
    assert batch.dataset == GOODS
    assert sorted(stored(batch, TRADE_TABLE).select("classification", "product", "product_level", "value", "quantity",
                                                    "quantity_unit").iter_rows()) == [
        ("HS2017", "85", 2, 6_000, None, None), ("HS2022", "8542", 4, 7_000, None, None), ("HS2022", "854231", 6, 5_000, 12.0, "NO.")]


def test_year_to_date_is_from_january() -> None:
    (batch,) = batches(record("4", "202603", 9, cc="MY", sv="VCy"))
    assert stored(batch, TRADE_TABLE).select("period_start", "period_end", "period_kind").rows() == [
        (date(2026, 1, 1), date(2026, 3, 31), "Q")]


@pytest.mark.parametrize(("one", "rule"), [
    (record("9", "202601", 1, cc="MY"), "ttype"), (record("4", "202601", 1, cc="QQ"), "area"),
    (record("4", "202613", 1, cc="MY"), "period"), (record("4", "2026", 1, cc="MY", freq="A"), "period"),
    (record("4", "202601", "x", cc="MY"), "figure"),
    (record("4", "202601", 1, cc="MY", sv="XX"), "sv"), (record("4", "200001", 1, cc="MY", code="85"), "code"),
    (record("4", "202601", 1, cc="MY", code="85") | {"code": ""}, "code")])
def test_what_is_not_understood_is_set_aside_by_name(one: dict[str, object], rule: str) -> None:
    (batch,) = batches(one, record("4", "202601", 2, cc="SG"))
    assert [each.rule for each in batch.rejected] == [rule] and stored(batch, TRADE_TABLE)["partner"].to_list() == ["SGP"]


def test_a_value_in_another_unit_is_refused() -> None:
    with pytest.raises(SchemaDrift, match=r"is in .US\$ .000., and not in HK"):
        batches(record("4", "202601", 1, cc="MY", unit="US$ '000"))
    (batch,) = batches(record("4", "202601", 1, cc="MY", unit="HK$ million"))
    assert stored(batch, TRADE_TABLE)["value"].to_list() == [1_000_000]


def test_messages_and_half_answers_are_no_figures() -> None:
    for body, error, words in (
            (USED, NotReadable, "the use that Trade-IDDS allows is over for now .code 2: Usage limit"),
            (message(4, "Access denied"), NotReadable, "does not let us in"), (NOTHING, Incomplete, "no record"),
            (answer([record("4", "202601", 1, cc="MY")], count=5), Incomplete, "has 1 records where it says 5"),
            (answer([record("4", "202601", 1, cc="MY")])[:-30], Incomplete, "breaks off"), (b"<html>", SchemaDrift, "HTML")):
        with pytest.raises(error, match=words):
            CONNECTOR.read(document(TRADE, body, "import:file.json"))
    assert CONNECTOR.read(document(TRADE, NOTHING, URL.format(1))) == []
    with pytest.raises(NotReadable, match="a message of Trade-IDDS and no figures: the use that Trade-IDDS allows"):
        CONNECTOR.recognise(USED, "saved.json")


def test_an_answer_is_complete_for_what_was_asked() -> None:
    (batch,) = batches(record("3", "202601", 40, co="CN", cc="MY"), url=URL.format("3&ccclass=C&cc=ALL&coclass=C&co=CN"))
    assert {name: [str(value) for value in values] for name, values in batch.scope.items()} == {
        "flow": ["re-export"], "product": ["TOTAL"], "period_start": ["2026-01-01", "2026-02-01"],
        "period_end": ["2026-01-31", "2026-02-28"], "breakdown": ["origin=CHN"]}


def test_a_window_is_split_at_the_editions_of_the_hs() -> None:
    wanted = Wanted([TRADE, GOODS], Window(date(2016, 6, 1), date(2022, 3, 31)), NothingKnown(NOW))
    asks = list(CONNECTOR.plan(wanted))
    assert [ask.partition for ask in asks if ask.dataset == TRADE] == [
        f"type {what} {span}" for span in ("2022-01 to 2022-03", "2017-01 to 2021-12", "2016-06 to 2016-12") for what in (
            "1 of ALL", "ALL with ALL")]
    assert len([ask for ask in asks if ask.dataset == GOODS]) == 3 * 5 * 12 * 2
    assert not [ask for ask in CONNECTOR.plan(Wanted([GOODS, QUANTITY], Window(), NothingKnown(NOW)))]


@pytest.fixture
def office() -> Office:
    made = []
    for month in ("202608", "202609"):
        made += [record("1", month, 9_000_000, co="CN"), record("1", month, 400_000, co="MY"), record("4", month, 300_000, cc="MY"),
                 record("3", month, 250_000, cc="MY"), record("1", month, 8_000_000, cc="CN"),
                 record("3", month, 150_000, co="CN", cc="MY")]
    return Office(made, rates=rates({"end_of_month": "2026-08", "usd": 7.81, "cny": 1.09},
                                    {"end_of_month": "2026-09", "usd": 7.8, "cny": 1.1}))


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_a_night_asks_for_all_goods_and_re_exports_and_the_mirror_has_them(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", "censtatd")
    assert said.code == 0, said.text
    assert len([one for one in publishers.asked(HOST) if one.path.startswith("/api/get")]) == 14
    assert home.rows("SELECT dataset, flow, breakdown, count(*) FROM stats.trade GROUP BY ALL ORDER BY ALL") == [
        (TRADE, "export", "-", 2), (TRADE, "import", "-", 4), (TRADE, "import", "partner=consignment", 2), (TRADE, "re-export", "-", 2),
        (VIA, "re-export", "origin=CHN", 2)]
    assert home.run("refresh", "hkma").code == 0
    (via,) = home.rows("SELECT origin, via, destination, value, round(value_usd), converted FROM mart.via "
                       "WHERE period_start = '2026-09-01'")
    assert via == ("CHN", "HKG", "MYS", Decimal(150_000_000), 19_230_769.0, "hkma.exr.month")
    assert "HKD 300.0 mn" in home.run("get", "Hong Kong", "Malaysia", "2026-09").out
    assert "'150000'" in home.run("trace", home.rows("SELECT version_id FROM mart.via ORDER BY period_start")[0][0]).out


def test_the_message_on_usage_ends_the_calls_of_the_day_and_is_not_kept(home: Home, office: Office) -> None:
    office.allowed = 1
    said = home.run("refresh", "censtatd")
    assert said.code == 0 and "the publisher's calls of today are used; 1 asks wait" in said.out, said.text
    assert office.allowed == -1, "who was told that the use is over asks no more that day"
    assert home.rows("SELECT count(DISTINCT fetch_id) FROM stats.trade") == [(1,)]


# HKMA


def averages(*months: dict[str, object]) -> Any:
    (batch,) = HKMA.read(document("hkma.exr.month", rates(*months)))
    return batch


def test_rates_are_for_one_unit_whatever_the_column_prints() -> None:
    batch = averages({"end_of_month": "2026-01", "usd": 7.8, "jpy": 5.2, "krw": 0.0056, "cny": None, "special_drawing_rights": 10.4,
                      "neeri_2010_trade_wgt": 101.2, "dem": None})
    found = stored(batch, FX_RATE)
    assert {row["base"]: row["rate"].normalize() for row in found.iter_rows(named=True)} == {
        "USD": Decimal("7.8"), "JPY": Decimal("0.052"), "KRW": Decimal("0.0056"), "XDR": Decimal("10.4")}
    assert set(found["quote"]) == {"HKD"} and set(found["kind"]) == {"month_avg"}
    assert [check.subject for check in batch.checks] == ["JPY"] and batch.not_asked["no currency of now"] == 2
    body = rates({"end_of_month": "2026-01", "usd": 7.8})
    assert HKMA.read_cell(document("hkma.exr.month", body), "record 1 (2026-01), field usd") == "7.8"
    assert HKMA.recognise(body, "x.json") == "hkma.exr.month"


def test_rates_whose_unit_cannot_be_told_and_errors_are_refused() -> None:
    for month, words in (({"end_of_month": "2026-01", "usd": 0.128}, "USD"), ({"end_of_month": "2026-01", "usd": 7.8, "cny": 78}, "CNY")):
        with pytest.raises(SchemaDrift, match=f"how many units of {words}"):
            averages(month)
    for body in (b"", b"{}", rates(success=False), rates({"end_of_month": "2026-01", "usd": 7.8})[:-20], b"<html>"):
        with pytest.raises(PublisherError):
            HKMA.read(document("hkma.exr.month", body))
    with pytest.raises(NotReadable, match="by day"):
        HKMA.recognise(b'{"result":{"records":[{"end_of_day":"2026-01-05","usd":7.8}]}}', "er-eeri-daily.json")
