"""BNM's rates in their two forms: each trap, what is asked for, and the whole road. All figures are of our own making, but for the two
answers that others recorded on 29 September 2026 (docs/publishers/bnm.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import asking
from connectors.contract import NothingKnown, Wanted
from connectors.statistics.bnm import CONNECTOR
from connectors.statistics.bnm.connector import NOON
from tests.connectors.as_stored import rows, stored
from tests.documents import document
from tests.e2e.house import Home
from tests.e2e.pages import headline, serve_gacc
from tests.publishers import MemoryArchive, Publishers, quick_client
from warehouse.load.staging import stage
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Document, Window

FILE = "https://storage.data.gov.my/finsector/exr/daily_1200.csv"
API = "https://api.bnm.gov.my/public/exchange-rate?session=1200&quote=rm"
ACCEPT = "application/vnd.BNM.API.v1+json"
USD_RECORDED = (b'{"data":{"currency_code":"USD","unit":1,"rate":{"date":"2026-09-29","buying_rate":4.0789999999999997,"selling_rate":'
                b'4.0869999999999997,"middle_rate":4.0830000000000002}},"meta":{"quote":"rm","session":"1200","last_updated":'
                b'"2026-09-30 11:56:16","total_result":1}}')
JPY_RECORDED = (b'{"data":{"currency_code":"JPY","unit":100,"rate":{"date":"2026-09-29","buying_rate":2.5908000000000002,"selling_rate":'
                b'2.5964,"middle_rate":2.5935999999999999}},"meta":{"quote":"rm","session":"1200","last_updated":"2026-09-29 23:01:20",'
                b'"total_result":1}}')


def synthetic_file(*days: str, usd: str = "4.083", jpy: str = "0.025936",
                   kinds: tuple[str, ...] = ("buying", "selling", "middle")) -> bytes:
    """A wide file: a line a day and kind of rate; the dong has none."""
    lines = [f"{day},{kind},{usd},{jpy},0.5712,,5.6021" for day in days for kind in kinds]
    return "\n".join(("date,rate_type,usd,jpy,cny,vnd,sdr", *lines, "")).encode()


def answer(*currencies: dict[str, Any], session: str = "1200", quote: str = "rm", one: bool = False) -> bytes:
    return json.dumps({"data": currencies[0] if one else list(currencies),
                       "meta": {"quote": quote, "session": session, "total_result": len(currencies)}}).encode()


def priced(code: str, unit: object, middle: object, day: object = "2026-09-29") -> dict[str, Any]:
    return {"currency_code": code, "unit": unit, "rate": {"date": day, "buying_rate": 1, "selling_rate": 2, "middle_rate": middle}}


def parsed(body: bytes, dataset: str = NOON) -> Batch:
    [batch] = CONNECTOR.read(document(dataset, body))
    return batch


def rates(batch: Batch) -> dict[tuple[str, str], Decimal]:
    return {(base, str(day)): rate for base, day, rate in rows(batch).select("base", "period_start", "rate").rows()}


# The files


def test_a_file_gives_ringgit_for_one_unit_of_each_currency() -> None:
    batch = parsed(synthetic_file("2026-05-04", "2026-05-05"))
    frame = stored(batch, tables.FX_RATE)
    assert frame.select("dataset", "quote", "kind", "released_basis").unique().rows() == [(NOON, "MYR", "day", "calendar")]
    assert rates(batch) == {
        (base, day): Decimal(rate) for day in ("2026-05-04", "2026-05-05")
        for base, rate in (("USD", "4.083"), ("JPY", "0.025936"), ("CNY", "0.5712"), ("XDR", "5.6021"))}
    assert frame["released_at"].to_list()[0] == datetime(2026, 5, 4, 4, 30, tzinfo=UTC)
    assert batch.not_asked == {"no rate": 2, "buying rate": 8, "selling rate": 8}
    assert batch.rejected == () and batch.checks == ()


def test_every_rate_leads_back_to_its_cell() -> None:
    for body in (synthetic_file("2026-05-04", "2026-05-05"), USD_RECORDED, JPY_RECORDED,
                 answer(priced("USD", 1, 4.08), priced("IDR", 100, 0.0227))):
        for locator, rate in rows(parsed(body)).select("locator", "rate").rows():
            units = int(locator.rpartition(" for ")[2]) if " for " in locator else 1
            assert abs(Decimal(CONNECTOR.read_cell(document(NOON, body), locator)) / units - rate) < Decimal("5e-13")


def test_a_locator_of_other_bytes_reads_nothing() -> None:
    body = synthetic_file("2026-05-04")
    for locator in ("line 4 (2026-05-05, middle), column usd", "line 4 (2026-05-04, middle), column eur",
                    "USD 2026-05-04, middle_rate for 1"):
        with pytest.raises(PublisherError):
            CONNECTOR.read_cell(document(NOON, body), locator)
    with pytest.raises(NotReadable):
        CONNECTOR.read_cell(document(NOON, JPY_RECORDED), "JPY 2026-09-29, middle_rate for 1")


def test_a_file_is_complete_for_its_days_and_not_for_what_it_could_not_read() -> None:
    batch = parsed(synthetic_file("2026-05-04", "2026-05-06"))
    assert batch.scope == {"period_start": (date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6))}
    broken = parsed(synthetic_file("2026-05-04", "2026-05-05").replace(b"2026-05-05,middle,4.083", b"2026-05-05,middle,n/a"))
    assert [(one.rule, one.locator) for one in broken.rejected] == [("rate", "line 7 (2026-05-05, middle), column usd")]
    assert broken.not_read == ({"base": "USD", "period_start": date(2026, 5, 5)},)


@pytest.mark.parametrize(("line", "whose"), [
    (b"2026-05-05,middle,4.1", {"period_start": date(2026, 5, 5)}), (b"2026-05-05,mid,4.1,,,,", {"period_start": date(2026, 5, 5)}),
    (b"06/05/2026,middle,4.1,,,,", {}), (b"2026-02-30,middle,4.1,,,,", {})])
def test_of_a_line_that_cannot_be_read_at_most_the_day_is_known(line: bytes, whose: dict[str, date]) -> None:
    batch = parsed(synthetic_file("2026-05-04", "2026-05-05") + line + b"\n")
    assert len(batch.rejected) == 1 and batch.not_read == (whose,)
    assert len(rates(batch)) == 8


def test_rates_that_are_not_for_one_unit_are_drift() -> None:
    with pytest.raises(SchemaDrift, match=r"a dollar is 4\.083 and a yen 2\.5936 ringgit"):
        parsed(synthetic_file("2026-05-04", jpy="2.5936"))


def test_a_file_of_the_session_without_middle_rates_is_refused_and_none_is_made() -> None:
    with pytest.raises(SchemaDrift, match="no middle rate is made of them"):
        parsed(synthetic_file("2026-05-04", kinds=("buying", "selling")))


def test_two_rates_for_one_day_are_set_aside_and_equal_ones_are_one() -> None:
    body = synthetic_file("2026-05-04", "2026-05-05") + b"2026-05-04,middle,4.083,0.025936,0.5712,,5.6021\n2026-05-05,middle,4.2,,,,\n"
    batch = parsed(body)
    assert [one.locator for one in batch.rejected] == [f"line {n} (2026-05-05, middle), column usd" for n in (7, 9)]
    assert ("USD", "2026-05-05") not in rates(batch) and ("USD", "2026-05-04") in rates(batch)
    assert batch.not_read == ({"base": "USD", "period_start": date(2026, 5, 5), "period_end": date(2026, 5, 5)},)


def test_columns_in_capitals_are_read_and_one_that_is_no_currency_is_told() -> None:
    body = synthetic_file("2026-05-04").replace(b"usd,jpy,cny,vnd,sdr", b"USD,JPY,CNY,note,SDR")
    [check] = parsed(body).checks
    assert (check.check, check.level, check.observed) == ("columns", "warn", "note")
    assert set(rows(parsed(body))["base"]) == {"USD", "JPY", "CNY", "XDR"}


@pytest.mark.parametrize(("body", "error"), [
    (b"<!doctype html><html>", SchemaDrift), (b"", Incomplete), (b"date,rate_type,usd\n", Incomplete),
    (b"date,usd\n2026-05-04,4\n", SchemaDrift), (b"date,rate_type,note\n2026-05-04,middle,4\n", SchemaDrift),
    (b"date,rate_type,usd,USD\n2026-05-04,middle,4,4\n", SchemaDrift), (b"date,rate_type,usd\n2026-05-04,middle,\n", Incomplete),
    (b"date,rate_type,usd\n2026-05-04,middle,-4\n", SchemaDrift), (b"date,rate_type,usd\n2026-05-04,mid", Incomplete)])
def test_another_or_an_empty_file_has_a_name(body: bytes, error: type[PublisherError]) -> None:
    with pytest.raises(error):
        parsed(body)


def test_the_columns_are_those_of_the_publisher_s_own_description(samples: Path) -> None:
    said = json.loads((samples / "opendosm" / "meta" / "exchangerates_daily_1200.json").read_text())
    assert said["link_csv"] == FILE and [field["name"] for field in said["fields"]] == ["date", "rate_type", "<currency_code>"]
    assert "ringgit is the numerator" in said["fields"][2]["description_en"] and said["last_updated"].endswith("12:30")


# The API


def test_an_answer_for_a_hundred_yen_is_a_rate_for_one() -> None:
    assert rates(parsed(JPY_RECORDED)) == {("JPY", "2026-09-29"): Decimal("0.025936000000")}
    assert CONNECTOR.read_cell(document(NOON, JPY_RECORDED), "JPY 2026-09-29, middle_rate for 100") == "2.5935999999999999"


def test_the_noise_of_a_float_is_no_rate_of_its_own() -> None:
    assert rates(parsed(USD_RECORDED)) == rates(parsed(USD_RECORDED.replace(b"4.0830000000000002", b"4.083"))) == {
        ("USD", "2026-09-29"): Decimal("4.083000000000")}


def test_one_currency_is_an_object_all_are_a_list_and_a_month_is_a_list_of_days() -> None:
    usd = rates(parsed(answer(priced("USD", 1, 4.08), one=True)))
    assert usd == {("USD", "2026-09-29"): Decimal("4.08")}
    assert rates(parsed(answer(priced("USD", 1, 4.08), priced("VND", 100, 0.0155)))) == usd | {("VND", "2026-09-29"): Decimal("0.000155")}
    month = {"currency_code": "USD", "unit": 1, "rate": [
        {"date": "2026-09-01", "middle_rate": 4.036}, {"date": "2026-09-02", "middle_rate": None}]}
    batch = parsed(answer(month, one=True))
    assert rates(batch) == {("USD", "2026-09-01"): Decimal("4.036")}
    assert batch.not_asked == {"no rate": 1} and batch.scope is None


@pytest.mark.parametrize(("body", "said"), [
    (answer(priced("USD", 1, None), priced("JPY", 100, None)), "no middle rate is made of them"),
    (answer(priced("USD", 1, 4.08), session="1130"), "session '1130'"), (answer(priced("USD", 1, 0.24), quote="fx"), "quoted 'fx'"),
    (b'{"message":"No records found.","code":404}', "no data and meta"), (answer(), "no currency and no rate"), (b"{", "not JSON"),
    (answer(priced("USD", 0, 4.08)), "is no number of units"), (answer(priced("USD", 1, 0)), "not a rate above zero")])
def test_an_answer_of_another_session_direction_or_layout_is_drift(body: bytes, said: str) -> None:
    with pytest.raises(SchemaDrift, match=said):
        parsed(body)


@pytest.mark.parametrize("unit", [0, -1, True, "100", None, 1.5])
def test_a_rate_for_no_number_of_units_is_set_aside(unit: object) -> None:
    batch = parsed(answer(priced("USD", 1, 4.08), priced("JPY", unit, 2.59)))
    assert [one.rule for one in batch.rejected] == ["unit"] and set(rates(batch)) == {("USD", "2026-09-29")}


def test_a_day_that_has_not_begun_is_never_stored(tmp_path: Path) -> None:
    read = document(NOON, answer(priced("USD", 1, 4.08, "2026-05-08"), priced("EUR", 1, 4.6, "2026-05-09")))
    staged = stage(CONNECTOR.read(read)[0], read.fetch, table_name="stats.fx_rate", parser_version=1, into=tmp_path, tz="Asia/Kuala_Lumpur")
    assert (staged.rows_good, [one.rule for one in staged.rejected()]) == (1, ["period"])


# Recognising


@pytest.mark.parametrize(("body", "name", "dataset"), [
    (synthetic_file("2026-05-04"), "daily_1200.csv", NOON), (synthetic_file("2026-05-04"), "my daily_1700 (2).csv", "bnm.exr.1700"),
    (USD_RECORDED, "x", NOON), (answer(priced("USD", 1, 4.1), session="0900"), "x", "bnm.exr.0900"), (headline(3), "daily_1200.csv", None)])
def test_a_file_is_recognised_and_its_session_taken_from_its_name(body: bytes, name: str, dataset: str | None) -> None:
    assert CONNECTOR.recognise(body, name) == dataset


@pytest.mark.parametrize(("body", "name", "said"), [
    (synthetic_file("2026-05-04"), "rates.csv", "without a word on their session"),
    (synthetic_file("2026-05-04"), "daily_1130.csv", "session 1130"),
    (answer(priced("USD", 1, None), session="1130"), "x", "no middle rate is made of them")])
def test_a_file_without_a_session_that_is_read_is_refused_by_name(body: bytes, name: str, said: str) -> None:
    with pytest.raises(NotReadable, match=said):
        CONNECTOR.recognise(body, name)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_give_rows_or_a_named_error(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([synthetic_file("2026-05-04", "2026-05-05"), USD_RECORDED, answer(priced("USD", 1, 4.08))]))
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    piece = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from(
        [b"null", b"[]", b"{}", b"1e99", b"\0", b'"', b",", b"\n", b"9" * 40])))
    body = whole[:first] + piece + whole[last:]
    try:
        CONNECTOR.recognise(body, "daily_1200.csv")
        batches = CONNECTOR.read(document(NOON, body))
    except PublisherError as error:
        assert error.said
        return
    assert all(rate > 0 for batch in batches for rate in rates(batch).values()) and batches


# Asking


def asked(publishers: Publishers, room: Path, now: datetime, window: Window | None = None, wanted: tuple[str, ...] = (NOON,)) -> list[Any]:
    """What a plan gives at a moment, over HTTP."""
    client = quick_client(publishers, MemoryArchive(), room)
    return list(asking.answers(CONNECTOR, client, Wanted(wanted, window or Window(), NothingKnown(now))))


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as simulated:
        simulated.serve(API, answer(priced("USD", 1, 4.08, "2026-10-07")), "application/json")
        simulated.serve(FILE, synthetic_file("2026-10-01", "2026-10-02"), "text/csv")
        yield simulated


def test_the_file_is_asked_for_whole_and_the_api_only_where_it_has_stalled(publishers: Publishers, tmp_path: Path) -> None:
    assert len(asked(publishers, tmp_path, datetime(2026, 10, 7, 5, tzinfo=UTC))) == 1
    assert len(asked(publishers, tmp_path, datetime(2026, 10, 7, 5, tzinfo=UTC), Window(date(1997, 1, 1), date(1997, 12, 31)))) == 1
    assert not publishers.asked("api.bnm.gov.my")
    later = asked(publishers, tmp_path, datetime(2026, 10, 12, 5, tzinfo=UTC))
    assert [rates(batch) for one in later[1:] for batch in CONNECTOR.read(one)] == [{("USD", "2026-10-07"): Decimal("4.08")}]
    [question] = publishers.asked("api.bnm.gov.my")
    assert question.headers["accept"] == ACCEPT and question.path.endswith("?session=1200&quote=rm")
    asked(publishers, tmp_path, datetime(2026, 10, 12, 5, tzinfo=UTC), Window(date(2026, 9, 1), date(2026, 9, 30)))
    assert len(publishers.asked("api.bnm.gov.my")) == 1


def test_each_session_has_a_file_of_its_own(tmp_path: Path) -> None:
    names = [ask.request.url.rpartition("/")[2] for ask in CONNECTOR.plan(Wanted([each.dataset for each in CONNECTOR.datasets]))]
    assert names == ["daily_1200.csv", "daily_0900.csv", "daily_1700.csv"]
    assert [each.dataset for each in CONNECTOR.datasets if each.enabled] == [NOON]


def test_a_page_of_html_in_the_files_place_is_an_error(publishers: Publishers, tmp_path: Path) -> None:
    publishers.serve(FILE, b"<!doctype html><title>moved</title>", "text/html")
    [error] = asked(publishers, tmp_path, datetime(2026, 10, 7, 5, tzinfo=UTC))
    assert isinstance(error, PublisherError) and not isinstance(error, Document)


# The whole road


DAYS = [f"2026-03-{day:02}" for day in range(2, 32) if date(2026, 3, day).weekday() < 5]


@pytest.fixture(scope="module")
def home_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with China's figures for March 2026 and a month of rates: to be read, or copied."""
    with Publishers() as publishers:
        serve_gacc(publishers, 3)
        publishers.serve(FILE, synthetic_file(*DAYS), "text/csv")
        publishers.serve(API, answer(priced("USD", 1, 4.083, DAYS[-1])), "application/json")
        made = Home(tmp_path_factory.mktemp("bnm") / "home", publishers)
        said = made.run("refresh", "gacc.prelim", "bnm", "--json")
    assert {one["dataset"]: one["result"] for one in said.json if one["dataset"] != NOON} == {"gacc.prelim.country": "new_data"}, said.text
    # The file ends months before today, so the API was asked as well; its rate is the file's.
    assert [(one["result"], one["drift"]) for one in said.json if one["dataset"] == NOON] == [("new_data", ""), ("no_change", "")]
    return made


@pytest.fixture
def home(home_once: Home, publishers: Publishers, tmp_path: Path) -> Home:
    publishers.serve(API, answer(priced("USD", 1, 4.083, DAYS[-1])), "application/json")
    return home_once.copied(tmp_path / "home", publishers)


def refreshed(home: Home, publishers: Publishers, body: bytes) -> dict[str, Any]:
    """What comes of the file when it has changed."""
    publishers.serve(FILE, body, "text/csv")
    said = home.run("refresh", "bnm", "--json")
    return dict(next(one for one in said.json if one["url"] == FILE))


def test_rates_are_seen_in_every_command(home_once: Home) -> None:
    (line,) = [one for one in home_once.run("status", "--json").json["lines"] if one["dataset"] == NOON]
    assert (line["newest"], line["expected"], line["result"]) == ("2026-03-31", "overdue", "new data")
    assert "bnm.exr.1200  by nights" in home_once.run("sources", "bnm").out
    coming = {one["dataset"]: one for one in home_once.run("calendar", "bnm", "--from", "2026-04", "--to", "2026-04", "--json").json}
    assert set(coming) == {NOON} and coming[NOON]["source"] == "formula"
    assert NOON in home_once.run("datasets").out and "JPY/MYR" in home_once.run("datasets", NOON).out
    assert home_once.rows("SELECT base, count(*) FROM stats.fx_rate GROUP BY 1 ORDER BY 1") == [
        (base, len(DAYS)) for base in ("CNY", "JPY", "USD", "XDR")]
    assert home_once.rows(f"SELECT rate FROM mart.fx_cross WHERE base = 'USD' AND quote = 'CNY' AND period_start = DATE '{DAYS[0]}'") == [
        (Decimal("7.148109243697"),)]
    assert "to do" in home_once.run("backfill", NOON, "--from", "1997", "--dry-run").out


def test_a_figure_is_converted_at_these_rates_where_no_others_are_held_or_they_are_asked_for(home_once: Home) -> None:
    said = home_once.run("get", "China", "Malaysia", "2026-03", "--in", "MYR", "--json").json
    assert {one["how"] for one in said} == {"converted at Bank Negara Malaysia's mean of 22 daily rates, 0.5712 MYR per CNY"}
    assert home_once.run("get", "China", "Malaysia", "2026-03", "--in", "MYR", "--rates", "bnm", "--json").json == said
    refused = home_once.run("get", "China", "Malaysia", "2026-03", "--in", "MYR", "--rates", "ecb")
    assert refused.code == 7 and "no exchange rates of 'ecb' are held; held: bnm.exr.1200" in refused.err


def test_rates_beside_the_ecb_s_and_of_another_session_change_no_answer(home: Home, tmp_path: Path) -> None:
    (tmp_path / "daily_0900.csv").write_bytes(synthetic_file(*DAYS).replace(b"0.5712", b"0.5"))
    assert home.run("import", tmp_path / "daily_0900.csv").code == 0
    lines = "".join(f"{day},1.1,160,0.85,8.0,4.8\n" for day in DAYS)
    (tmp_path / "eurofxref-hist.csv").write_text("Date,USD,JPY,GBP,CNY,MYR\n" + lines)
    assert home.run("import", tmp_path / "eurofxref-hist.csv").code == 0
    said = home.run("get", "China", "Malaysia", "2026-03", "--in", "MYR", "--json").json
    assert {one["how"] for one in said} == {"converted at the ECB's mean of 22 daily rates, 0.6 MYR per CNY"}
    said = home.run("get", "China", "Malaysia", "2026-03", "--in", "MYR", "--rates", "bnm", "--json").json
    assert {one["how"] for one in said} == {"converted at Bank Negara Malaysia's mean of 22 daily rates, 0.5712 MYR per CNY"}


def test_a_rate_is_traced_to_its_cell(home_once: Home, home: Home, tmp_path: Path) -> None:
    ((version,),) = home_once.rows("SELECT version_id FROM stats.fx_rate WHERE base = 'JPY' AND period_start = DATE '2026-03-31'")
    said = home_once.run("trace", version)
    assert said.code == 0 and "0.025936 MYR per JPY" in said.out and "line 67 (2026-03-31, middle), column jpy" in said.out
    (tmp_path / "answer.json").write_bytes(JPY_RECORDED)
    assert home.run("import", tmp_path / "answer.json").code == 0
    ((version,),) = home.rows("SELECT version_id FROM stats.fx_rate WHERE base = 'JPY' AND period_start = DATE '2026-09-29'")
    traced = home.run("trace", version, "--json").json
    assert (traced["printed"], traced["printed_for_units"], traced["agrees"]) == ("2.5935999999999999", 100, True)


def test_a_corrected_rate_is_a_revision_and_one_that_goes_is_withdrawn(home: Home, publishers: Publishers) -> None:
    before = home.held()
    assert refreshed(home, publishers, synthetic_file(*DAYS))["result"] == "no_change"
    assert home.held() == before
    corrected = synthetic_file(*DAYS).replace(b"2026-03-31,middle,4.083", b"2026-03-31,middle,4.0832")
    assert refreshed(home, publishers, corrected)["rows_revised"] == 1
    gone = corrected.replace(b"2026-03-30,middle,4.083,0.025936", b"2026-03-30,middle,4.083,")
    assert refreshed(home, publishers, gone)["rows_withdrawn"] == 1
    assert home.rows("SELECT base, change_kind, old_rate, new_rate FROM stats.fx_rate_revision ORDER BY 1 DESC") == [
        ("USD", "revised", Decimal("4.083"), Decimal("4.0832")), ("JPY", "withdrawn", Decimal("0.025936"), None)]


def test_a_slip_of_units_waits_for_a_person(home: Home, publishers: Publishers) -> None:
    slipped = synthetic_file(*DAYS).replace(b"2026-03-31,middle,4.083,0.025936,0.5712", b"2026-03-31,middle,4.083,0.025936,57.12")
    assert refreshed(home, publishers, slipped)["result"] == "held"
    assert home.rows("SELECT max(rate) FROM stats.fx_rate WHERE base = 'CNY'") == [(Decimal("0.5712"),)]


def test_an_older_copy_and_a_file_of_another_session_bring_nothing(home: Home, publishers: Publishers, tmp_path: Path) -> None:
    assert refreshed(home, publishers, synthetic_file(*DAYS[:-3]))["result"] in ("no_change", "held")
    (tmp_path / "daily_1130.csv").write_bytes(synthetic_file(*DAYS))
    refused = home.run("import", tmp_path / "daily_1130.csv")
    assert refused.code == 2 and "no middle rate is made of them" in refused.err
    assert home.rows("SELECT count(*) FROM stats.fx_rate") == [(4 * len(DAYS),)]


def test_the_lake_verifies_and_is_rebuilt_row_for_row(home: Home, tmp_path: Path) -> None:
    assert home.run("verify").code == 0
    said = home.run("rebuild", "--into", tmp_path / "again", "--json")
    assert said.code == 0 and said.json["differences"] == {}
