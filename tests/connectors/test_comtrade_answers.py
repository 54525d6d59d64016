"""What Comtrade's answers and files mean: each trap of its records, every recorded exchange, every form of a file. Figures of our own
making but for the recorded exchanges, which are test input only."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.comtrade import CONNECTOR, answers, questions
from connectors.statistics.comtrade.codes import PRODUCTS
from connectors.statistics.comtrade.publisher import KEY, LABELS
from connectors.statistics.comtrade.questions import MONTH, PREVIEW, YEAR
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.publishers import MemoryArchive, Publishers, quick_client
from tests.publishers.comtrade import KEY as A_KEY
from tests.publishers.comtrade import Exchange, record, recorded, serve
from warehouse.reference import areas
from warehouse.schema import tables
from warehouse.schema.errors import Forbidden, Incomplete, KeyRefused, NotReadable, PublisherError, RateLimited, SchemaDrift, TooLarge
from warehouse.schema.travel import Batch, Document, Request, Window

TOTAL = record(458, 156, "X", "2023", "TOTAL", 1000.5)
TIN = record(458, 156, "X", "2023", "800110", 10.0, qtyUnitCode=8, qty=2.5, netWgt=2.5, isNetWgtEstimated=False)


def answer(*records: dict[str, Any], count: int | None = None) -> bytes:
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(records) if count is None else count, "data": records, "error": ""}).encode()


def parsed(body: bytes, dataset: str = YEAR) -> Batch:
    [batch] = CONNECTOR.read(document(dataset, body))
    return batch


def read(*records: dict[str, Any], dataset: str = YEAR) -> pl.DataFrame:
    return stored(parsed(answer(*records), dataset), tables.TRADE)


# Records -----------------------------------------------------------------------------------------------------


def test_everywhere_reports_nothing() -> None:
    batch = parsed(answer(TOTAL, TOTAL | {"reporterCode": 0}))
    assert [each.reason for each in batch.rejected] == ["'0' is everywhere, which reports nothing"]
    assert stored(batch, tables.TRADE)["reporter"].to_list() == ["MYS"]


def test_parts_beside_a_total_are_counted_and_not_stored() -> None:
    parts = [TOTAL | part for part in ({"motCode": 2100}, {"customsCode": "C08"}, {"partner2Code": 36}, {"mosCode": "1"})]
    batch = parsed(answer(*parts, TOTAL))
    assert (stored(batch, tables.TRADE).height, dict(batch.not_asked)) == (1, {"part of a total": 4})


def test_parts_without_their_total_are_an_answer_that_was_cut_off() -> None:
    with pytest.raises(Incomplete, match="parts alone"):
        parsed(answer(TOTAL | {"motCode": 2100}))


def test_one_row_a_key_equal_doubles_once_others_set_aside() -> None:
    assert read(TIN, TIN, TOTAL).height == 2
    batch = parsed(answer(TIN, TIN | {"primaryValue": 11.0, "fobvalue": 11.0}, TOTAL))
    assert stored(batch, tables.TRADE)["product"].to_list() == ["TOTAL"]
    assert [(one.rule, one.locator) for one in batch.rejected] == [
        ("double", "record 1 (458, X, 156, 800110, 2023), field primaryValue"),
        ("double", "record 2 (458, X, 156, 800110, 2023), field primaryValue")]
    assert batch.not_read[0]["product"] == "800110"


def test_flows_that_nest_are_kept_apart_and_those_without_a_name_are_left_out() -> None:
    batch = parsed(answer(*(TOTAL | {"flowCode": flow} for flow in ("X", "RX", "DX", "XIP", "XOP", "M", "RM", "FM", "MIP", "MOP"))))
    assert sorted(stored(batch, tables.TRADE)["flow"]) == ["domestic-export", "export", "import", "re-export", "re-import"]
    assert sum(batch.not_asked.values()) == 5


@pytest.mark.parametrize(("code", "year", "area"), [
    (490, "2023", "TWN"), (842, "2023", "USA"), (841, "1979", "USA"), (699, "2023", "IND"), (356, "1970", "IND"), (757, "2023", "CHE"),
    (251, "2023", "FRA"), (579, "2023", "NOR"), (97, "2015", "EU28"), (97, "2023", "EU27_2020"), (975, "2023", "ASEAN"), (0, "2023", "WLD"),
    (280, "1990", "DEU"), (276, "1991", "DEU"), (58, "1990", "XBL"), (459, "1963", "XMP"), (837, "2023", "XBK"), (899, "2023", "XXX"),
    (412, "2023", "XKX"), (736, "2010", "SDN"), (729, "2012", "SDN")])
def test_codes_of_areas_mean_what_they_meant_then(code: int, year: str, area: str) -> None:
    (row,) = read(TOTAL | {"partnerCode": code, "period": year}).iter_rows(named=True)
    assert (row["partner"], row["partner_kind"]) == (area, areas.kind_of(area))


@pytest.mark.parametrize("code", [840, 756, 578, 250, 1, 999, 9999, "MYS", None])
def test_codes_that_mean_nothing_are_set_aside_and_named(code: object) -> None:
    batch = parsed(answer(TOTAL, TOTAL | {"partnerCode": code}))
    (one,) = batch.rejected
    assert (one.reason.startswith("no area has the code"), batch.not_read) == (True, ())


def test_no_two_codes_mean_one_area_at_one_time() -> None:
    for year in range(1962, 2027):
        meant: dict[str, list[str]] = {}
        for code in {code for _, code, _, _ in LABELS.rows}:
            if (area := LABELS.area_of(code, date(year, 1, 1))) is not None:
                meant.setdefault(area, []).append(code)
        newest = {area: codes for area, codes in meant.items() if len(codes) > 1}
        assert all(len(codes) == 2 for codes in newest.values())  # an older code that is used no more, and the newer


def test_a_country_with_itself_is_no_partner_among_others() -> None:
    assert read(TOTAL | {"reporterCode": 156})["partner_kind"].to_list() == ["self"]


@pytest.mark.parametrize(("record_", "quantity", "unit", "weight", "flags"), [
    ({"qty": 0.0, "qtyUnitCode": -1, "netWgt": 0.0, "isNetWgtEstimated": True}, None, None, None, ""),
    ({"qty": None, "qtyUnitCode": -1, "netWgt": None}, None, None, None, ""),
    ({"qty": 5.0, "qtyUnitCode": -1}, None, None, 2.5, ""),
    ({"qty": 5.0, "qtyUnitCode": 12, "isQtyEstimated": True, "netWgt": 3.5, "isNetWgtEstimated": True}, 5.0, "m³", 3.5,
     "isQtyEstimated=true;isNetWgtEstimated=true"),
    ({"qty": 0.0, "qtyUnitCode": 8, "netWgt": 0.0, "primaryValue": 0.0, "fobvalue": 0.0}, 0.0, "kg", 0.0, ""),
    ({"qty": 0.0, "qtyUnitCode": 8, "netWgt": 0.0, "isNetWgtEstimated": False}, None, None, None, "")])
def test_a_quantity_that_is_missing_is_never_zero(record_: dict[str, Any], quantity: float | None, unit: str | None, weight: float | None,
                                                  flags: str) -> None:
    (row,) = read(TIN | record_).iter_rows(named=True)
    assert (row["quantity"], row["quantity_unit"], row["net_weight_kg"], row["flags"]) == (quantity, unit, weight, flags)


@pytest.mark.parametrize(("flow", "cif", "fob", "valuation"), [
    ("M", 10.0, None, "CIF"), ("M", 10.0, 9.0, "CIF"), ("M", None, 10.0, "FOB"), ("M", 0.0, 10.0, "FOB"), ("M", None, None, "CIF"),
    ("M", 10.0, 10.0, "CIF"), ("X", None, 10.0, "FOB"), ("X", 10.0, None, "CIF"), ("X", None, None, "FOB"), ("RX", 10.0, 10.0, "FOB")])
def test_the_figure_says_which_of_the_two_values_it_is(flow: str, cif: float | None, fob: float | None, valuation: str) -> None:
    (row,) = read(TOTAL | {"flowCode": flow, "cifvalue": cif, "fobvalue": fob, "primaryValue": 10.0}).iter_rows(named=True)
    assert row["valuation"] == valuation


@pytest.mark.parametrize(("printed", "value"), [
    ("1293623377.398", "1293623377.398"), ("100497881.85000001", "100497881.850"), ("5006385", "5006385.000"), ("1.5E+9", "1500000000.000"),
    ("0.0005", "0.000"), ("3372902165775.123", "3372902165775.123")])
def test_values_are_read_as_printed(printed: str, value: str) -> None:
    body = answer(TOTAL | {"cifvalue": None, "fobvalue": None}).replace(b'"primaryValue": 1000.5', f'"primaryValue": {printed}'.encode())
    assert stored(parsed(body), tables.TRADE)["value"].to_list() == [Decimal(value)]


@pytest.mark.parametrize(("change", "reason"), [
    ({"period": "2023-01"}, "is no period"), ({"period": "202301"}, "is no period"), ({"period": None}, "is no period"),
    ({"reporterCode": "x"}, "no area"), ({"flowCode": "x"}, "is no flow"), ({"cmdCode": "0"}, "is no code"),
    ({"cmdCode": "80011"}, "is no code"), ({"classificationCode": "?"}, "is no classification"),
    ({"customsCode": "X"}, "is no customscode"),
    ({"primaryValue": -1.0}, "is no value"), ({"primaryValue": "many"}, "is no value"), ({"primaryValue": 1e300}, "is no value"),
    ({"freqCode": "W"}, "is no")])
def test_what_cannot_be_understood_is_set_aside_and_alone_it_is_an_error(change: dict[str, Any], reason: str) -> None:
    batch = parsed(answer(TIN | change, TOTAL))
    assert [reason in one.reason for one in batch.rejected] == [True]
    with pytest.raises(SchemaDrift, match="not one record could be read"):
        parsed(answer(TIN | change))


@pytest.mark.parametrize(("change", "words"), [
    ({"typeCode": "S", "classificationCode": "EB10", "cmdCode": "200"}, "1 services"),
    ({"freqCode": "M", "period": "202301"}, "other frequency"),
    ({"classificationCode": "GG", "cmdCode": "-2"}, "summed by the API"), ({"isOriginalClassification": False}, "converted"),
    ({"classificationCode": "B5"}, "classification B5"), ({"primaryValue": None}, "no value"), ({"flowCode": "XIP"}, "flow XIP")])
def test_figures_of_another_kind_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(NotReadable, match=words):
        parsed(answer(TIN | change))


def test_products_keep_the_edition_in_which_they_were_reported() -> None:
    found = read(TIN, TIN | {"classificationCode": "H4", "period": "2013"}, TIN | {"classificationCode": "S1", "period": "1970",
                                                                                  "cmdCode": "2"}, TOTAL)
    assert sorted(zip(found["classification"], found["product"], found["product_level"], strict=True)) == [
        ("-", "TOTAL", 0), ("HS2012", "800110", 6), ("HS2022", "800110", 6), ("SITC1", "2", 1)]


# Answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("body", "error", "words"), [
    (answer(TOTAL, count=2), Incomplete, "says it has 2 records and has 1"), (answer(TOTAL)[:-40], Incomplete, "breaks off"),
    (b'{"elapsedTime":"1","count":0,"data":[],"error":""}', Incomplete, "no record"),
    (b'{"elapsedTime":"1","count":5006385,"data":{"typeCode":null},"error":""}', NotReadable, "only counts (5,006,385 rows)"),
    (b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds." }', RateLimited, "asked too often"),
    (b'{ "statusCode": 401, "message": "Access denied due to invalid subscription key." }', KeyRefused, "key"),
    (b'{"error":"Something went wrong. Please try again.","details":null}', Forbidden, "each time"),
    (b'{"data":[]}', SchemaDrift, ""), (b"[]", SchemaDrift, ""), (b"", PublisherError, ""), (b"<html>", SchemaDrift, ""),
    (json.dumps({"count": 1, "data": [{"a": 1}]}).encode(), SchemaDrift, "lacks")])
def test_what_comes_in_place_of_figures_has_its_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error) as caught:
        CONNECTOR.read(document(YEAR, body, "import:answer.json"))
    assert words in caught.value.said


@pytest.mark.parametrize(("number", "url", "part", "good"), [
    (500, "import:a.json", False, False), (500, "import:a.json", True, True), (499, "import:a.json", False, True),
    (20, "https://comtradeapi.un.org/data/v1/get/C/A/HS?maxRecords=20", False, False),
    (20, "https://comtradeapi.un.org/data/v1/get/C/A/HS?maxRecords=21", False, True)])
def test_an_answer_as_long_as_one_can_be_is_cut_off(number: int, url: str, part: bool, good: bool) -> None:
    body = answer(*(TIN | {"cmdCode": f"{code:06}"} for code in range(number)))
    found = document(YEAR, body, url)
    found = Document(replace(found.fetch, part=part), body)
    if good:
        assert CONNECTOR.read(found)[0].frames
    else:
        with pytest.raises(Incomplete, match="cut off"):
            CONNECTOR.read(found)


FORMS: dict[str, Callable[[str], bytes]] = {
    "api.csv": lambda text: text.encode(), "bom.csv": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "api.txt": lambda text: text.replace(",", "\t").encode(), "bulk.gz": lambda text: gzip.compress(text.replace(",", "\t").encode())}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spelt", ["partner2Code", "partner2code", "partner2_code"])
def test_files_are_read_as_answers_are_and_lead_back_to_their_cells(form: str, spelt: str) -> None:
    columns = [name for name in TIN if name not in ("cmdDesc", "reporterDesc")]
    lines = [",".join(spelt if name == "partner2Code" else name for name in columns)]
    lines += [",".join("" if one[name] is None else str(one[name]) for name in columns) for one in (TOTAL, TIN)]
    body = FORMS[form]("\n".join([*lines, ""]))
    assert CONNECTOR.recognise(body, form) == YEAR
    found = stored(parsed(body), tables.TRADE)
    assert found.drop("locator").equals(read(TOTAL, TIN).drop("locator"))
    (locator,) = found.filter(pl.col("product") == "800110")["locator"]
    assert locator == "line 3 (458, X, 156, 800110, 2023), column primaryValue"
    assert CONNECTOR.read_cell(document(YEAR, body), locator) == "10.0"


@pytest.mark.parametrize(("body", "words"), [
    (b'{"elapsedTime":"1","count":1,"data":[{"reporterCode":156,"share":0.2}],"error":""}', "of a kind that is not read"),
    (b"id,year,reportercode,partnercode,productcode,tradevalue\n1,2010,156,458,440799,5\n", "the old Comtrade"),
    (b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>", "no such file"),
    (json.dumps({"request": {"url": "https://x"}, "response": {"status": 503, "body": "away"}}).encode(), "status 503"),
    (json.dumps({"request": {}, "response": {"body": "x"}}).encode(), "of another form")])
def test_what_is_comtrades_and_no_figures_is_named_when_it_is_imported(body: bytes, words: str) -> None:
    with pytest.raises(PublisherError, match=words):
        CONNECTOR.recognise(body, "file")


def test_an_answer_that_was_packed_small_and_is_vast_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 100_000)
    body = gzip.compress(answer(TOTAL)[:-2] + b' ' * 10_000_000 + b'"}')
    with pytest.raises(TooLarge):
        CONNECTOR.read(document(YEAR, body))


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", b'{"a": 1}', b'{"notes": [], "count": 2}', b"{", b"\x1f\x8b\x00", b"<html></html>"])
def test_what_is_not_comtrades_is_left_to_others(body: bytes) -> None:
    assert CONNECTOR.recognise(body, "file") is None


def test_months_are_a_dataset_of_their_own() -> None:
    body = answer(TOTAL | {"freqCode": "M", "period": "202302"})
    assert CONNECTOR.recognise(body, "answer.json") == MONTH
    assert stored(parsed(body, MONTH), tables.TRADE)["period_end"].to_list() == [date(2023, 2, 28)]


@given(st.binary(max_size=300) | st.sampled_from([answer(TOTAL, TIN)]).flatmap(
    lambda body: st.tuples(st.integers(0, len(body)), st.integers(0, 40), st.binary(max_size=12)).map(
        lambda cut: body[:cut[0]] + cut[2] + body[cut[0] + cut[1]:])))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_rows_or_an_error_with_a_name(body: bytes) -> None:
    for attempt in (lambda: CONNECTOR.recognise(body, "a"), lambda: CONNECTOR.read(document(YEAR, body)),
                    lambda: CONNECTOR.read_cell(document(YEAR, body), "record 1 (458, X, 156, TOTAL, 2023), field primaryValue")):
        try:
            attempt()
        except PublisherError as error:
            assert error.said


# Every recorded exchange -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exchanges(samples: Path) -> list[Exchange]:
    found = recorded(samples / "comtrade" / "xippios_fixtures")
    if not found:
        pytest.skip("the recorded exchanges are not here")
    return found


def outcome(document_: Document) -> str:
    """How many rows, or the name of the error."""
    try:
        batches = CONNECTOR.read(document_)
    except PublisherError as error:
        assert error.said
        return type(error).__name__
    return f"{sum(frame.height for batch in batches for frame in batch.frames)} rows"


def expected(exchange: Exchange) -> str:
    """What an exchange means, by its status and what it is of."""
    said = json.loads(exchange.body) if exchange.status != 404 else {}
    if exchange.status != 200:
        return {401: "KeyRefused", 404: "NotFound", 429: "RateLimited"}.get(exchange.status, "Forbidden")
    records = said.get("data")
    if records == []:
        return "0 rows"
    if not isinstance(records, list) or "primaryValue" not in records[0] or records[0]["typeCode"] == "S" or "aggregate" in exchange.name:
        return "NotReadable"
    whole = [one for one in records if (one["partner2Code"], one["customsCode"], one["motCode"]) == (0, "C00", 0)]
    return f"{len(whole)} rows"


def test_every_recorded_exchange_gives_rows_or_the_outcome_that_it_means(exchanges: list[Exchange], tmp_path: Path) -> None:
    found: dict[str, tuple[str, str]] = {}
    for exchange in exchanges:
        with Publishers() as publishers:
            serve(publishers, exchange)
            client = quick_client(publishers, MemoryArchive(), tmp_path / exchange.name.replace("/", "-"), keys={KEY.name: A_KEY})
            monthly = "/C/M/" in exchange.url
            given_ = client.ask(Request(exchange.url, MONTH if monthly else YEAR, credential=KEY, refusals=questions.REFUSALS))
            came = type(given_).__name__ if isinstance(given_, PublisherError) else outcome(given_)
            assert {each.headers["ocp-apim-subscription-key"] for each in publishers.asked("comtradeapi.un.org")} == {A_KEY}
            assert len(publishers.asked("comtradeapi.un.org")) == 1  # no refusal of these is put again, the 500 least of all
        if came != expected(exchange):
            found[exchange.name] = (came, expected(exchange))
    assert found == {}


def test_every_recorded_exchange_is_imported_as_a_body_and_as_it_was_written_down(samples: Path, exchanges: list[Exchange]) -> None:
    for exchange, file in zip(exchanges, sorted((samples / "comtrade" / "xippios_fixtures").glob("*/*.json")), strict=True):
        wanted = expected(exchange)
        for body in (exchange.body, file.read_bytes()):
            try:
                dataset = CONNECTOR.recognise(body, file.name)
            except PublisherError as error:
                assert not wanted.endswith("rows"), exchange.name
                assert "no figures" in error.said or "only counts" in error.said or "status 404" in error.said, error.said
                continue
            came = outcome(document(dataset or YEAR, body, "import:answer.json"))
            if dataset == PRODUCTS:
                assert (exchange.name, came) == ("reference/b4", "29 rows")
                continue
            assert came == ("Incomplete" if wanted == "0 rows" else wanted), exchange.name

ASKED_FOR = ("https://comtradeapi.un.org/data/v1/get/C/A/HS?reporterCode=156&period=2023&partnerCode=458&flowCode=X&cmdCode=TOTAL"
             "&partner2Code=0&customsCode=C00&motCode=0")
ONE = record(156, 458, "X", "2023", "TOTAL", 1000.0)


def said_of(**beside: object) -> bytes:
    return json.dumps({"elapsedTime": "0.1 secs", "count": 1, "data": [ONE], "error": "", **beside}).encode()


@pytest.mark.parametrize(("body", "means"), [
    (said_of(), "1 rows"), (said_of(error=None), "1 rows"), (said_of(error="Something went wrong"), "Incomplete"),
    (said_of(count=0, data=[], error="You need to supply partnerCode"), "Incomplete"), (said_of(count=0, data=[]), "0 rows"),
    (said_of(count=0, data=None, error="Data limit exceeded"), "SchemaDrift"), (said_of(count=17), "Incomplete"),
    (said_of(count=None), "SchemaDrift"),
    (said_of(data=[{**ONE, "reporterCode": 36}]), "SchemaDrift"), (said_of(data=[{**ONE, "partnerCode": 0}]), "SchemaDrift"),
    (said_of(data=[{**ONE, "flowCode": "M"}]), "SchemaDrift"), (said_of(data=[{**ONE, "period": "2022"}]), "SchemaDrift"),
    (said_of(data=[{**ONE, "cmdCode": "85"}]), "SchemaDrift"), (said_of(count=2, data=[ONE, ONE]), "1 rows"),
    (said_of(count=2, data=[ONE, {**record(156, 458, "X", "2023", "TOTAL", 7.0)}]), "SchemaDrift"),
    (said_of(data=[{**ONE, "motCode": 1000}]), "Incomplete"), (said_of(data=[{**ONE, "primaryValue": None}]), "NotReadable"),
    (b"<!DOCTYPE html><html>Service unavailable</html>", "SchemaDrift"), (b"null", "SchemaDrift"), (said_of()[:-40], "Incomplete"),
    (json.dumps({"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}).encode(), "RateLimited"),
    (json.dumps({"statusCode": 403, "message": "Out of call volume quota."}).encode(), "QuotaUsed"),
])
def test_an_answer_with_status_200_gives_what_was_asked_for_or_the_name_of_what_is_wrong(body: bytes, means: str) -> None:
    assert outcome(document(YEAR, body, ASKED_FOR)) == means


def test_the_answer_of_thirty_two_rows_is_one_row(exchanges: list[Exchange]) -> None:
    (body,) = [each.body for each in exchanges if each.name == "get/ch_exports_2023"]
    (classic,) = [each.body for each in exchanges if each.name == "get/ch_exports_2023_breakdown_mode_classic"]
    batch = parsed(body)
    assert dict(batch.not_asked) == {"part of a total": 31}
    assert stored(batch, tables.TRADE).drop("locator").equals(stored(parsed(classic), tables.TRADE).drop("locator"))


# What is asked -----------------------------------------------------------------------------------------------


def asks(now: datetime, *datasets: str, window: Window | None = None) -> Iterator[str]:
    for ask in CONNECTOR.plan(Wanted(datasets, window or Window(), NothingKnown(now))):
        yield ask.request.url.partition("?")[2]


def test_a_night_asks_for_two_lists() -> None:
    found = list(asks(datetime(2026, 11, 3, tzinfo=UTC), YEAR, MONTH))
    assert [text.rpartition("publishedDateFrom=")[2] for text in found] == ["2025-01-01"] * 2
    assert found == list(asks(datetime(2026, 12, 30, tzinfo=UTC), YEAR, MONTH))  # one address, so nothing is asked for twice


@pytest.mark.parametrize(("dataset", "first", "last", "periods"), [
    (YEAR, date(2015, 1, 1), date(2016, 12, 31), ["2015,2016"]), (YEAR, date(2026, 1, 1), date(2026, 12, 31), []),
    (MONTH, date(2025, 11, 1), date(2026, 1, 31), ["202511,202512", "202601"]), (MONTH, date(2026, 12, 1), None, [])])
def test_a_window_names_its_periods_as_far_as_they_have_ended(dataset: str, first: date, last: date | None, periods: list[str]) -> None:
    found = list(asks(datetime(2026, 11, 3, tzinfo=UTC), dataset, window=Window(first, last)))
    assert [text.rpartition("period=")[2].replace("%2C", ",") for text in found] == periods


def test_a_question_is_split_by_partner_flow_chapter_and_period() -> None:
    whole = questions.Question(MONTH, "458", ("202301", "202302"), ("M", "X"), ("TOTAL", "AG2", "AG4"), ("0", "156", "344"))
    smallest: list[questions.Question] = []
    left = [whole]
    while left:
        one = left.pop()
        try:
            left += one.parts()
        except Incomplete:
            smallest.append(one)
    assert {(len(one.partners), len(one.flows), len(one.products), len(one.periods)) for one in smallest} == {(1, 1, 1, 1)}
    products = {one.products[0] for one in smallest}
    assert {"TOTAL", "01", "27??"} <= products and "77" not in products and len(products) == 1 + 2 * 98
    assert len(smallest) == len(set(smallest)) == 3 * 2 * len(products) * 2


def test_all_partners_at_once_become_those_that_are_asked_for_elsewhere() -> None:
    (part,) = questions.Question(PREVIEW, "458", ("2023",), ("M",), ("TOTAL",), ()).parts()
    assert part.partners == ("0", *questions.AREAS)


@pytest.mark.parametrize("released", [
    b'{"count":1,"data":[{"reporterCode":156,"period":2023}],"error":""}', b'{"count":1,"data":{},"error":""}', b"<html>",
    b'{"count":1,"data":[{"reporterCode":156,"period":"x","datasetCode":1,"lastReleased":"","datasetChecksum":1}],"error":""}'])
def test_a_list_of_releases_of_another_form_is_an_error_by_name(released: bytes) -> None:
    with pytest.raises(SchemaDrift):
        questions.listed(YEAR, document(YEAR, released))


def test_releases_are_told_apart_by_code_time_and_checksum(exchanges: list[Exchange]) -> None:
    (body,) = [each.body for each in exchanges if each.name == "get_da/all_reporters_2023"]
    found = {each.reporter: each for each in questions.listed(YEAR, document(YEAR, body))}
    assert set(found) == set(questions.AREAS)
    assert found["156"].mark == "20156202301202100 2024-04-07T08:24:25.7933333 -403675329"
    assert found["156"].at == datetime(2024, 4, 7, 8, 24, 25, 793333, tzinfo=UTC)
