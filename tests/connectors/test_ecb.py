"""The ECB's rates in their four forms: the real files, each trap, and what the crawl asks for."""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import asking
from connectors.contract import NothingKnown, Wanted
from connectors.statistics.ecb import CONNECTOR, Ecb, formats
from connectors.statistics.ecb.connector import DAY, MONTH, QUOTES, rate_expected
from tests.connectors.as_stored import rows, stored
from tests.documents import cell, document
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotFound, NotReadable, PublisherError, SchemaDrift, TooLarge
from warehouse.schema.travel import Batch, Document, Request, Window


def parsed(body: bytes, dataset: str) -> Batch:
    [batch] = CONNECTOR.read(document(dataset, body))
    return batch


@pytest.fixture(scope="module")
def answer(samples: Path) -> bytes:
    return (samples / "ecb" / "ecb_sdmxjson_M.CNY.EUR.SP00.A_2025-10_2026-04.json").read_bytes()


@pytest.fixture(scope="module")
def history(samples: Path) -> bytes:
    return (samples / "ecb" / "eurofxref-hist.zip").read_bytes()


# Real files


def test_monthly_averages_are_exact_to_twelve_decimals(answer: bytes) -> None:
    frame = stored(parsed(answer, MONTH), tables.FX_RATE)
    assert frame.select("quote", "period_start", "period_end", "rate").rows()[0] == (
        "CNY", date(2025, 10, 1), date(2025, 10, 31), Decimal("8.281034782609"))
    assert frame["rate"].to_list()[-1] == Decimal("8.000470000000")
    assert frame.select("base", "kind", "released_basis").unique().rows() == [("EUR", "month_avg", "calendar")]
    assert frame["released_at"].to_list()[-1] == datetime(2026, 4, 30, 14, tzinfo=UTC)


def test_a_range_of_one_currency_says_which_are_absent(answer: bytes) -> None:
    [check] = parsed(answer, MONTH).checks
    assert (check.check, check.level) == ("currencies", "warn")
    assert "MYR" in check.observed and "CNY" not in check.observed


def test_nothing_is_declared_complete(answer: bytes, history: bytes) -> None:
    assert parsed(answer, MONTH).scope is None
    assert parsed(history, DAY).scope is None


def test_the_history_gives_every_day_of_the_wanted_currencies(history: bytes) -> None:
    batch = parsed(history, DAY)
    frame = stored(batch, tables.FX_RATE)
    assert batch.name == "day 1999-01-04 to 2026-04-13"
    assert set(frame["quote"]) == set(QUOTES)
    assert frame.height + batch.not_asked["no rate"] == 13 * frame["period_start"].n_unique()
    first = frame.group_by("quote").agg(pl.col("period_start").min())
    assert dict(first.rows())["MYR"] == date(2005, 4, 1)
    assert dict(first.rows())["SGD"] == date(1999, 1, 4)
    assert batch.rejected == () and batch.checks == ()


def test_the_day_s_file_and_the_history_agree(samples: Path, history: bytes) -> None:
    today = rows(parsed((samples / "ecb" / "eurofxref.csv").read_bytes(), DAY))
    same_day = rows(parsed(history, DAY)).filter(pl.col("period_start") == date(2026, 4, 13))
    columns = ["quote", "period_start", "period_end", "rate", "released_at"]
    assert today.height == 13
    assert today.select(columns).equals(same_day.select(columns))
    assert dict(today.select("quote", "rate").rows())["MYR"] == Decimal("4.6444")


def test_locators_lead_back_to_the_printed_rate(samples: Path, answer: bytes, history: bytes) -> None:
    day = (samples / "ecb" / "eurofxref.csv").read_bytes()
    for body, dataset in ((answer, MONTH), (day, DAY)):
        for locator, rate in rows(parsed(body, dataset)).select("locator", "rate").rows():
            assert abs(Decimal(cell(CONNECTOR, body, locator).strip()) - rate) <= Decimal("5e-13")
    for row in random.Random(2).sample(rows(parsed(history, DAY)).to_dicts(), 5):
        assert Decimal(cell(CONNECTOR, history, row["locator"])) == row["rate"]


def test_printed_digits_survive_as_text(answer: bytes) -> None:
    assert cell(CONNECTOR, answer, "series M.CNY.EUR.SP00.A, period 2026-04") == "8.000470000000002"


@pytest.mark.parametrize(("name", "dataset"), [
    ("ecb_sdmxjson_M.CNY.EUR.SP00.A_2025-10_2026-04.json", MONTH), ("eurofxref-hist.zip", DAY), ("eurofxref.csv", DAY),
    ("M.USD.EUR.SP00.A.generic.xml", DAY),  # a form that is not read is refused by the parser, with the way to save the rates
])
def test_files_are_recognised_by_their_content(samples: Path, name: str, dataset: str | None) -> None:
    assert CONNECTOR.recognise((samples / "ecb" / name).read_bytes(), "file") == dataset


# SDMX-JSON: answers of our own making in the real answer's shape


def synthetic_answer(rates: dict[str, list[Any]], periods: list[str], frequency: str = "D", *, unit_mult: str = "0",
                     suffix: str = "A", denominator: str = "EUR", statuses: list[str] | None = None) -> dict[str, Any]:
    """One series a currency; the status of every observation is the first one."""
    currencies = list(rates)
    return {
        "dataSets": [{"series": {
            f"0:{position}:0:0:0": {"attributes": [None, 0],
                                    "observations": {str(i): [rate, 0] for i, rate in enumerate(rates[currency])}}
            for position, currency in enumerate(currencies)}}],
        "structure": {
            "dimensions": {
                "series": [{"id": name, "values": [{"id": value} for value in values]} for name, values in (
                    ("FREQ", [frequency]), ("CURRENCY", currencies), ("CURRENCY_DENOM", [denominator]),
                    ("EXR_TYPE", ["SP00"]), ("EXR_SUFFIX", [suffix]))],
                "observation": [{"id": "TIME_PERIOD", "values": [{"id": period} for period in periods]}],
            },
            "attributes": {
                "series": [{"id": "TITLE", "values": [{"name": "no id here"}]},
                           {"id": "UNIT_MULT", "values": [{"id": unit_mult}]}],
                "observation": [{"id": "OBS_STATUS", "values": [{"id": s} for s in statuses or ["A"]]}],
            },
        },
    }


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


def test_a_day_without_a_rate_gives_no_row() -> None:
    batch = parsed(encoded(synthetic_answer({"MYR": [4.6, None]}, ["2026-04-02", "2026-04-03"])), DAY)
    assert rows(batch)["period_start"].to_list() == [date(2026, 4, 2)]
    assert batch.not_asked == {"no rate": 1}


def test_daily_rates_are_public_at_four_in_frankfurt_in_winter_and_summer() -> None:
    batch = parsed(encoded(synthetic_answer({"MYR": [4.6, 4.7]}, ["2026-01-05", "2026-07-06"])), DAY)
    assert [moment.hour for moment in rows(batch)["released_at"]] == [15, 14]


def test_series_that_are_no_average_spot_rate_against_the_euro_are_not_asked_for() -> None:
    good = synthetic_answer({"MYR": [4.6]}, ["2026-04-02"])
    for field in ({"suffix": "E"}, {"denominator": "USD"}):
        with pytest.raises(Incomplete):
            parsed(encoded(synthetic_answer({"MYR": [4.6]}, ["2026-04-02"], **field)), DAY)
    other = copy.deepcopy(good)
    other["structure"]["dimensions"]["series"][4]["values"].append({"id": "E"})
    other["dataSets"][0]["series"]["0:0:0:0:1"] = {"observations": {"0": [9.9, 0]}}
    batch = parsed(encoded(other), DAY)
    assert rows(batch)["rate"].to_list() == [Decimal("4.6")]
    assert batch.not_asked == {"other series": 1}


def test_days_are_never_stored_as_months() -> None:
    with pytest.raises(SchemaDrift, match="another frequency"):
        parsed(encoded(synthetic_answer({"MYR": [4.6]}, ["2026-04-02"])), MONTH)


def test_another_unit_is_drift() -> None:
    with pytest.raises(SchemaDrift, match=r"10\^2"):
        parsed(encoded(synthetic_answer({"JPY": [1.6]}, ["2026-04-02"], unit_mult="2")), DAY)


def test_a_status_other_than_normal_is_reported() -> None:
    batch = parsed(encoded(synthetic_answer({"MYR": [4.6]}, ["2026-04-02"], statuses=["P"])), DAY)
    assert [check.observed for check in batch.checks if check.check == "status"] == ["P: 1"]


@pytest.mark.parametrize("rate", [0, -4.6, "n/a", True, [1], 1e17, 1e-13])
def test_what_is_no_rate_above_zero_is_set_aside(rate: object) -> None:
    batch = parsed(encoded(synthetic_answer({"MYR": [4.6, rate]}, ["2026-04-02", "2026-04-07"])), DAY)
    assert [(r.rule, r.locator) for r in batch.rejected] == [("rate", "series D.MYR.EUR.SP00.A, period 2026-04-07")]
    assert rows(batch).height == 1


def test_two_rates_for_one_day_are_both_set_aside_and_equal_ones_are_one() -> None:
    periods = ["2026-04-02", "2026-04-02", "2026-04-07", "2026-04-07", "2026-04-08"]
    batch = parsed(encoded(synthetic_answer({"MYR": [4.6, 4.6, 4.7, 4.8, 4.9]}, periods)), DAY)
    assert rows(batch)["period_start"].to_list() == [date(2026, 4, 2), date(2026, 4, 8)]
    assert [rejected.rule for rejected in batch.rejected] == ["double", "double"]


@pytest.mark.parametrize("damage", [
    lambda m: m.pop("structure"),
    lambda m: m["structure"].pop("dimensions"),
    lambda m: m["structure"]["dimensions"].pop("series"),
    lambda m: m["structure"]["dimensions"].update(observation=[]),
    lambda m: m["structure"]["dimensions"]["series"].pop(),
    lambda m: m.update(dataSets={}),
    lambda m: m["dataSets"][0].update(observations=m["dataSets"][0].pop("series")),
    lambda m: m["dataSets"][0]["series"].update({"0:9:0:0:0": {"observations": {"0": [1.0]}}}),
    lambda m: m["dataSets"][0]["series"].update({"0:0": {"observations": {"0": [1.0]}}}),
    lambda m: m["dataSets"][0]["series"]["0:0:0:0:0"]["observations"].update({"7": [1.0]}),
    lambda m: m["dataSets"][0]["series"]["0:0:0:0:0"].update(observations=[4.6]),
])
def test_another_layout_of_the_answer_is_drift(damage: Callable[[dict[str, Any]], object]) -> None:
    message = synthetic_answer({"MYR": [4.6]}, ["2026-04-02"])
    damage(message)
    with pytest.raises(SchemaDrift):
        parsed(encoded(message), DAY)


def test_an_answer_without_observations_is_incomplete() -> None:
    with pytest.raises(Incomplete):
        parsed(encoded(synthetic_answer({}, ["2026-04-02"])), DAY)


def test_a_flat_answer_is_read_too_and_this_one_has_no_wanted_currency(samples: Path) -> None:
    with pytest.raises(Incomplete, match="wanted currency"):
        parsed((samples / "sdmx" / "ECB_EXR_flat.json").read_bytes(), DAY)


# SDMX-CSV and the wide tables: texts of our own making


SYNTHETIC_CSV = """KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,TITLE
EXR.D.MYR.EUR.SP00.A,D,MYR,EUR,SP00,A,2026-04-02,4.6444,A,0,"Malaysian ringgit, euro"
EXR.D.MYR.EUR.SP00.A,D,MYR,EUR,SP00,A,2026-04-03,NaN,H,0,"Malaysian ringgit, euro"
EXR.D.CZK.EUR.SP00.A,D,CZK,EUR,SP00,A,2026-04-02,24.4,A,0,Czech koruna
EXR.D.MYR.USD.SP00.A,D,MYR,USD,SP00,A,2026-04-02,3.9,A,0,not against the euro
"""


def test_sdmx_csv_gives_the_same_rows_as_json() -> None:
    batch = parsed(SYNTHETIC_CSV.encode(), DAY)
    assert rows(batch).select("quote", "period_start", "rate").rows() == [("MYR", date(2026, 4, 2), Decimal("4.6444"))]
    assert batch.not_asked == {"no rate": 1, "other currency": 1, "other series": 1}
    locator = "line 2 (EXR.D.MYR.EUR.SP00.A, 2026-04-02), column OBS_VALUE"
    assert rows(batch)["locator"].to_list() == [locator]
    assert cell(CONNECTOR, SYNTHETIC_CSV.encode(), locator) == "4.6444"
    assert CONNECTOR.recognise(SYNTHETIC_CSV.encode(), "data.csv") == DAY


def test_a_cut_off_table_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="breaks off in line 3"):
        parsed(b"Date,USD,MYR,\n2026-04-02,1.1,4.6,\n2026-04-01,1.", DAY)


def test_a_table_with_other_columns_is_drift() -> None:
    with pytest.raises(SchemaDrift, match="Source"):
        parsed(b"Date,USD,Source,\n2026-04-02,1.1,x,\n", DAY)


def test_month_names_are_read_without_asking_the_machine_s_language() -> None:
    batch = parsed(b"Date, USD, MYR, \n3 February 2026, 1.1, 4.6, \n", DAY)
    assert set(rows(batch)["period_start"]) == {date(2026, 2, 3)}


def test_a_day_that_is_no_date_is_set_aside() -> None:
    batch = parsed(b"Date,USD,MYR,\n2026-04-02,1.1,4.6,\n2026-02-30,1.1,4.6,\n", DAY)
    assert {rejected.rule for rejected in batch.rejected} == {"period"}
    assert rows(batch).height == 2


# Zips


def zipped(content: bytes, name: str = "eurofxref-hist.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr(name, content)
    return out.getvalue()


def test_a_zip_bomb_is_read_only_to_the_bound() -> None:
    bomb = zipped(bytes(formats.MOST_UNPACKED + 2))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        parsed(bomb, DAY)


def test_a_zip_that_understates_its_size_is_refused_all_the_same() -> None:
    bomb = zipped(bytes(formats.MOST_UNPACKED + 2))
    size = (formats.MOST_UNPACKED + 2).to_bytes(4, "little")
    with pytest.raises((TooLarge, NotReadable)):
        parsed(bomb.replace(size, (10).to_bytes(4, "little")), DAY)


@pytest.mark.parametrize("body", [
    zipped(b"Date,USD,\n", "other.csv"), zipped(b"Date,USD,\n")[:-30], b"PK\x03\x04", zipped(b"x")[:40] + bytes(80),
])
def test_another_or_a_broken_zip_is_not_readable(body: bytes) -> None:
    with pytest.raises(NotReadable):
        parsed(body, DAY)


# Crawling


class ScriptedClient:
    """Hands out one answer for everything, and remembers what was asked."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body
        self.asked: list[Request] = []

    def get(self, request: Request) -> Document:
        answer = self.ask(request)
        if isinstance(answer, PublisherError):
            raise answer
        return answer

    def ask(self, request: Request) -> Document | PublisherError:
        self.asked.append(request)
        return NotFound("404", url=request.url) if self.body is None else document(request.dataset, self.body)


def crawled(window: Window, wanted: set[str], body: bytes | None = b"{}") -> tuple[list[str], list[object]]:
    client = ScriptedClient(body)
    answers = list(asking.answers(Ecb(), client, Wanted(wanted, window, NothingKnown(datetime(2026, 5, 8, tzinfo=UTC)))))
    return [request.url for request in client.asked], list(answers)


def test_the_nightly_addresses_stay_the_same_all_month() -> None:
    urls, answers = crawled(Window(), {DAY, MONTH})
    series = "AUD+CNY+GBP+HKD+IDR+INR+JPY+KRW+MYR+PHP+SGD+THB+USD.EUR.SP00.A?format=jsondata&startPeriod"
    assert urls == [f"https://data-api.ecb.europa.eu/service/data/EXR/D.{series}=2026-02-01",
                    f"https://data-api.ecb.europa.eu/service/data/EXR/M.{series}=2005-01"]
    assert len(answers) == 2


def test_a_window_asks_for_just_its_range() -> None:
    urls, _ = crawled(Window(first=date(2024, 1, 1), last=date(2024, 12, 31)), {DAY, MONTH})
    assert [url.split("jsondata&")[1] for url in urls] == [
        "startPeriod=2024-01-01&endPeriod=2024-12-31", "startPeriod=2024-01&endPeriod=2024-12"]


def test_a_404_is_handed_on_only_where_a_rate_should_have_been() -> None:
    weekend = Window(first=date(2026, 5, 2), last=date(2026, 5, 3))
    assert crawled(weekend, {DAY}, None)[1] == []
    assert [type(answer) for answer in crawled(Window(), {DAY, MONTH}, None)[1]] == [NotFound, NotFound]


@pytest.mark.parametrize(("dataset", "first", "last", "expected"), [
    (DAY, date(2026, 4, 3), date(2026, 4, 6), False),  # Good Friday to Easter Monday
    (DAY, date(2025, 12, 25), date(2025, 12, 28), False),
    (DAY, date(2026, 4, 1), date(2026, 4, 6), True),
    (DAY, date(2026, 5, 8), None, False),  # today
    (DAY, date(2030, 1, 1), None, False),
    (MONTH, date(2026, 5, 1), None, False),
    (MONTH, date(2026, 4, 1), None, True),
    (MONTH, date(2026, 4, 1), date(2026, 4, 20), False),
])
def test_when_a_rate_is_expected(dataset: str, first: date, last: date | None, expected: bool) -> None:
    assert rate_expected(dataset, first, last, date(2026, 5, 8)) is expected


# Any bytes


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["structure", "dimensions", "series", "observation", "values", "id", "dataSets", "0"]),
                        inner, max_size=4), max_leaves=20)
CELLS = st.sampled_from(["2026-04-02", "13 April 2026", "1.1", "N/A", "", "x", "-1", "1e99", '"', "USD"])
TABLES = st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=5).map(
    lambda lines: "\n".join(["Date,USD,MYR,", *lines]).encode())


@st.composite
def damaged_answers(draw: st.DrawFn) -> bytes:
    """A good answer with one value somewhere replaced by another."""
    message = synthetic_answer({"MYR": [4.6, 4.7], "USD": [1.1, None]}, ["2026-04-02", "2026-04-07"])
    place: Any = message
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or draw(st.integers(0, 4)) == 0:
            place[key] = draw(JSON)
            break
        place = place[key]
    return encoded(message)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=100), JSON.map(lambda value: json.dumps(value).encode()), TABLES, damaged_answers(),
                 st.binary(max_size=60).map(zipped)), st.sampled_from([DAY, MONTH]))
def test_any_bytes_give_rows_or_a_named_error(body: bytes, dataset: str) -> None:
    CONNECTOR.recognise(body, "file")
    try:
        batches = CONNECTOR.read(document(dataset, body))
    except PublisherError as error:
        assert error.said
        return
    assert batches
    for batch in batches:
        for row in stored(batch, tables.FX_RATE).to_dicts():
            assert abs(Decimal(cell(CONNECTOR, body, row["locator"]).strip()) - row["rate"]) <= Decimal("5e-13")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.sampled_from([SYNTHETIC_CSV.encode(), b"Date,USD,\n2026-04-02,1.1,\n",
                                              encoded(synthetic_answer({"MYR": [4.6]}, ["2026-04-02"]))]))
def test_any_locator_gives_a_cell_or_a_named_error(locator: str, body: bytes) -> None:
    with pytest.raises(PublisherError):
        cell(CONNECTOR, body, locator)


def test_a_file_larger_than_what_is_seen_of_it_is_recognised_by_its_first_lines() -> None:
    header, line = SYNTHETIC_CSV.splitlines()[:2]
    head = f"{header}\n{f'{line}{chr(10)}' * (100_000 // len(line))}".encode()
    assert CONNECTOR.recognise(head + line.encode()[:7], "rates.csv") == DAY
