"""What Comext's files and tables mean: each trap of their lines. Figures of our own making but for those that others quoted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.eurostat import CONNECTOR, bulk, calendar, products, tables
from tests.connectors.as_stored import stored
from tests.documents import ASKED, document
from tests.publishers.eurostat import HEADER, NOT_YET, TICKET, TOO_BIG, line, message, packed
from tests.publishers.eurostat import bulk as table
from warehouse.reference import areas
from warehouse.schema import tables as contracts
from warehouse.schema.content import Content
from warehouse.schema.errors import Forbidden, Incomplete, NotFound, NotReadable, PublisherError, SchemaDrift, TooLarge
from warehouse.schema.travel import Batch, Window

BULK, TABLE, MORE = "eurostat.comext", "eurostat.ds-045409", "eurostat.ds-059341"
TOTAL = line("DE", "CN", "000TOTAL", "1", "202402", 1000, 500)
OLD = "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,FLOW,STAT_REGIME,PERIOD,VALUE_IN_EUROS,QUANTITY_IN_KG"


def parsed(*lines: str) -> Batch:
    [batch] = CONNECTOR.read(document(BULK, table(*lines)))
    return batch


def read(*lines: str) -> pl.DataFrame:
    return stored(parsed(*lines), contracts.TRADE)


def told(*observations: tuple[str, str, str, str, str, str, object], dataset: str = TABLE, freq: str = "M") -> Batch:
    [batch] = CONNECTOR.read(document(dataset, message(*observations, freq=freq)))
    return batch


# Bulk files ---------------------------------------------------------------------------------------------------


def test_the_quoted_lines_are_read_each_with_its_cell(samples: Path) -> None:
    file = samples / "eurostat" / "comext_bulk_full_v2_sample_AT-AD_202402.csv"
    if not file.is_file():
        pytest.skip("the quoted bulk file is not here")
    body = file.read_bytes()
    found = bulk.read(Content.of(body), partners=["AD"])
    assert (found.start, found.end, found.frame.height) == (date(2024, 2, 1), date(2024, 2, 29), 13)
    assert found.frame["value"].sum() == 65 + 2700 + 156 + 2870 + 45 + 43 + 15 + 3 + 76 + 89 + 9 + 36 + 1606
    for row in found.frame.iter_rows(named=True):
        assert Decimal(bulk.cell(Content.of(body), row["locator"])) == row["value"]
    levels = dict(zip(found.frame["product"], found.frame["product_level"], strict=True))
    assert [code for code, level in levels.items() if level == products.RESIDUAL] == ["39XXXXXX"]
    assert CONNECTOR.recognise(body, "x") == BULK
    with pytest.raises(NotReadable, match="none of the partners whose products are kept"):
        CONNECTOR.read(document(BULK, body))  # all of them are Andorra's


@pytest.mark.parametrize("form", [lambda body: body, packed, lambda body: body.replace(b"\n", b"\r\n"),
                                  lambda body: b"\xef\xbb\xbf" + body, lambda body: packed(body.rstrip(b"\n"))])
def test_a_file_is_the_same_packed_or_not_with_any_ends_of_lines(form: object) -> None:
    body = form(table(TOTAL, line("DE", "CN", "85011010", "1", "202402", 10)))  # type: ignore[operator]
    [batch] = CONNECTOR.read(document(BULK, body))
    assert stored(batch, contracts.TRADE)["value"].to_list() == [1000, 10]
    assert CONNECTOR.recognise(body, "full_v2_202402.7z") == BULK


def test_a_year_is_a_year() -> None:
    (row,) = read(line("DE", "CN", "000TOTAL", "1", "202452", 5)).iter_rows(named=True)
    assert (row["period_start"], row["period_end"], row["period_kind"]) == (date(2024, 1, 1), date(2024, 12, 31), "A")


def test_procedures_are_summed_and_lines_that_nothing_tells_apart_are_not() -> None:
    one, inward = (line("DE", "CN", "85011010", "1", "202402", 10, 5, procedure=procedure) for procedure in "12")
    assert read(TOTAL, one, inward)["value"].to_list() == [1000, 20]
    assert read(TOTAL, one, one, inward)["value"].to_list() == [1000, 20]  # an equal double is one line
    batch = parsed(TOTAL, one, one.replace(",10,10,", ",11,11,"), inward)
    assert stored(batch, contracts.TRADE)["product"].to_list() == ["TOTAL"]
    assert [each.reason[:16] for each in batch.rejected] == ["two figures of o"] * 2
    assert batch.not_read == ({"reporter": "DEU", "partner": "CHN", "flow": "import", "product": "85011010"},)


def test_a_code_that_lost_its_leading_zero_gets_it_back() -> None:
    (row,) = read(line("DE", "CN", "1012100", "1", "202402", 5)).iter_rows(named=True)
    assert (row["product"], row["locator"]) == ("01012100", "line 2 (DE, CN, 1, 1012100), column VALUE_EUR")


def test_remainders_of_several_groups_are_one_figure() -> None:
    parts = [line("DE", "CN", "39XXXXXX", "1", "202402", value, sitc=sitc) for value, sitc in ((7, "582XX"), (5, "583XX"))]
    (row,) = read(TOTAL, *parts).filter(pl.col("product") == "39XXXXXX").iter_rows(named=True)
    assert (row["value"], row["product_level"], row["locator"]) == (12, -1, "lines 3, 4 (DE, CN, 1, 39XXXXXX), column VALUE_EUR")


@pytest.mark.parametrize(("change", "reason"), [
    (("DE,CN", "D1,CN"), "no area has the code 'D1'"), ((",1,1,NO", ",9,1,NO"), "'9' is no flow"),
    (("85011010", "8501"), "is no code of eight digits"), ((",10,10,", ",-10,-10,"), "is no VALUE_EUR"),
    ((",10,10,", ",n/a,10,"), "is no VALUE_EUR"), ((",5,0", ",x,0"), "is no QUANTITY_KG"),
    ((",1,NO", ",?,NO"), "is no statistical procedure")])
def test_of_a_key_with_a_line_that_cannot_be_read_there_is_no_figure(change: tuple[str, str], reason: str) -> None:
    good = line("DE", "CN", "85011010", "1", "202402", 10, 5)
    batch = parsed(TOTAL, good.replace(*change), good.replace(",1,NO_SU", ",2,NO_SU"))
    kept = stored(batch, contracts.TRADE)["product"].to_list()
    assert [reason in each.reason for each in batch.rejected] == [True], batch.rejected
    assert kept == (["TOTAL", "85011010"] if change[0] in ("DE,CN", ",1,1,NO", "85011010") else ["TOTAL"])
    with pytest.raises(SchemaDrift, match="not one line could be read"):
        parsed(good.replace(*change)) if "no area" in reason or "code" not in reason else parsed(good.replace("85011010", "8501"))


@pytest.mark.parametrize(("kg", "unit", "amount", "value", "weight", "quantity"), [
    (5, "NO_SU", 0, 10, 5, None), (0, "NO_SU", 0, 10, None, None), (0, "NAR", 3, 10, None, 3), (5, "NAR", 0, 10, 5, None),
    (0, "NAR", 0, 0, 0, 0)])
def test_an_amount_that_is_missing_is_never_zero(kg: float, unit: str, amount: float, value: float, weight: float | None,
                                                 quantity: float | None) -> None:
    (row,) = read(line("DE", "CN", "85011010", "1", "202402", value, kg, unit=unit, amount=amount)).iter_rows(named=True)
    assert (row["net_weight_kg"], row["quantity"], row["quantity_unit"]) == (weight, quantity, unit if quantity is not None else None)


@pytest.mark.parametrize(("code", "period", "area"), [
    ("CN", "202402", "CHN"), ("HK", "202402", "HKG"), ("XK", "202402", "XKX"), ("XS", "202402", "SRB"), ("XC", "202402", "ES-CE"),
    ("XL", "202402", "ES-ML"), ("XI", "202402", "GB-NIR"), ("GB", "202402", "GBR"), ("QP", "202402", "XHS"), ("QQ", "202402", "XBK"),
    ("QR", "202402", "XBN"), ("QS", "202402", "XBX"), ("QU", "202402", "XXX"), ("QV", "202402", "XUI"), ("QW", "202402", "XUE"),
    ("QX", "202402", "XSC"), ("QY", "202402", "XSI"), ("QZ", "202402", "XSE"), ("AN", "200801", "ANT")])
def test_partners_are_countries_or_of_a_kind_of_their_own(code: str, period: str, area: str) -> None:
    (row,) = read(line("DE", code, "000TOTAL", "2", period, 5)).iter_rows(named=True)
    assert (row["partner"], row["partner_kind"]) == (area, areas.kind_of(area))


@pytest.mark.parametrize(("month", "missing"), [("202402", 26), ("201906", 27), ("200301", 14), ("201306", 26)])
def test_members_of_then_that_do_not_report_are_named(month: str, missing: int) -> None:
    said = {check.subject: check.observed for check in parsed(line("DE", "CN", "000TOTAL", "1", month, 5)).checks}
    assert (len(said["members missing"].split(", ")), "not members" in said) == (missing, False)


def test_the_united_kingdom_reports_until_its_transition_ended() -> None:
    for month, strange in (("202012", False), ("202101", True)):
        said = {check.subject: check.observed for check in parsed(line("GB", "CN", "000TOTAL", "1", month, 5)).checks}
        assert (said.get("not members") == "GBR") is strange


@pytest.mark.parametrize(("parts", "level"), [(900, "info"), (1002, "warn")])
def test_products_and_remainders_never_come_to_more_than_all_goods(parts: int, level: str) -> None:
    batch = parsed(TOTAL, line("DE", "CN", "85011010", "1", "202402", parts - 100), line("DE", "CN", "850610XX", "1", "202402", 100))
    assert [check.level for check in batch.checks if check.check == "products"] == [level]


@pytest.mark.parametrize(("body", "error", "words"), [
    (table(TOTAL, header=HEADER.replace("STAT_PROCEDURE", "STAT_REGIME")), NotReadable, "before full_v2"),
    (f"{OLD}\n".encode(), NotReadable, "before full_v2"), (table(), Incomplete, "no line"), (b"", Incomplete, "no line of text"),
    (table(TOTAL, line("DE", "CN", "000TOTAL", "1", "202403", 5)), SchemaDrift, "the periods 202402, 202403"),
    (table(TOTAL.replace("202402", "202413")), SchemaDrift, "no month"), (table(TOTAL, "DE,CN"), SchemaDrift, "cells"),
    (table(TOTAL, TOTAL + ",1"), SchemaDrift, "cells"), (table(TOTAL)[:-20], Incomplete, "breaks off"), (NOT_YET, SchemaDrift, "HTML"),
    (table(TOTAL)[:200] + b"\0" + table(TOTAL)[200:], SchemaDrift, "NUL|cells|header"), (packed(table(TOTAL))[:-9], NotReadable, "7z"),
    (packed(b"x", "readme.txt"), SchemaDrift, "0 tables"),
    (table(line("DE", "CN", "85011010", "1", "202402", 5, kind="L")), NotReadable, "L")])
def test_what_is_no_bulk_file_is_told_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        CONNECTOR.read(document(BULK, body))


# Tables -------------------------------------------------------------------------------------------------------


def test_the_quoted_answer_is_read(samples: Path) -> None:
    file = samples / "eurostat" / "comext_sdmx_csv_DS-045409_sample.csv"
    if not file.is_file():
        pytest.skip("the quoted answer is not here")
    assert CONNECTOR.recognise(file.read_bytes(), "x") == TABLE
    [batch] = CONNECTOR.read(document(TABLE, file.read_bytes()))
    assert stored(batch, contracts.TRADE).select("reporter", "partner", "product", "period_kind", "value", "net_weight_kg").rows() == [
        ("DEU", "VNM", "030462", "A", 32313884, 9021263), ("DEU", "WLD", "030462", "A", 39919520, 11348195)]


def test_both_tables_give_the_same_kilograms() -> None:
    key = ("DE", "CN", "TOTAL", "1")
    hundreds = told((*key, "VALUE_IN_EUROS", "2024-02", 10), (*key, "QUANTITY_IN_100KG", "2024-02", "90212.63"))
    kilograms = told((*key, "VALUE_EUR", "2024-02", 10), (*key, "QUANTITY_KG", "2024-02", "9021263"), dataset=MORE)
    assert [stored(batch, contracts.TRADE)["net_weight_kg"].to_list() for batch in (hundreds, kilograms)] == [[9021263.0]] * 2


def test_values_without_a_place_are_counted_or_set_aside() -> None:
    key = ("DE", "CN", "85", "1")
    batch = told((*key, "VALUE_IN_EUROS", " 2024-02", 10), (*key, "SUPPLEMENTARY_QUANTITY", "2024-02", 3),
                 ("DE", "MY", "85", "1", "QUANTITY_IN_100KG", "2024-02", 3),
                 ("DE", "EU27_2020_EXTRA", "85", "1", "VALUE_IN_EUROS", "2024-02", 3),
                 ("DE", "SG", "85", "1", "VALUE_IN_EUROS", "2024-02", ""), ("DE", "ZZ", "85", "1", "VALUE_IN_EUROS", "2024-02", 3),
                 ("DE", "MY", "85", "7", "VALUE_IN_EUROS", "2024-02", 3), ("DE", "VN", "85", "1", "VALUE_IN_EUROS", "2024-02", "many"))
    assert stored(batch, contracts.TRADE)["partner"].to_list() == ["CHN"]  # a padded period is a period
    assert dict(batch.not_asked) == {
        "indicator SUPPLEMENTARY_QUANTITY": 1, "mass without a value": 1, "group EU27_2020_EXTRA": 1, "no value": 1}
    assert sorted(each.reason for each in batch.rejected) == [
        "'7' is no flow", "'many' is no amount", "no area has the code 'ZZ' then: add it to areas.csv"]


def test_two_figures_of_one_key_are_set_aside() -> None:
    with pytest.raises(SchemaDrift, match="nothing tells them apart"):
        told(("DE", "CN", "85", "1", "VALUE_IN_EUROS", "2024-02", 10), ("DE", "CN", "85", "1", "VALUE_IN_EUROS", "2024-02", 11))


@pytest.mark.parametrize(("year", "edition"), [(1988, "HS1992"), (1996, "HS1996"), (2006, "HS2002"), (2011, "HS2007"), (2016, "HS2012"),
                                              (2021, "HS2017"), (2024, "HS2022"), (2028, "HS2028")])
def test_products_are_of_the_edition_in_force(year: int, edition: str) -> None:
    codes = ("85", "8501", "850110", "85011010")
    assert products.hs_edition(year) == edition
    if year < 2026:
        batch = told(*(("DE", "CN", code, "1", "VALUE_IN_EUROS", str(year), 10) for code in codes), freq="A")
        assert stored(batch, contracts.TRADE)["classification"].to_list() == [edition] * 3 + [f"CN{year}"]


@pytest.mark.parametrize(("body", "error", "words"), [
    (TOO_BIG, TooLarge, "too large"), (TICKET, NotReadable, "ticket"), (b"<html>Eurostat error</html>", Forbidden, "quoted|error"),
    (b"DATAFLOW,TIME_PERIOD,OBS_VALUE\nx,2024,1\n", SchemaDrift, "lacks")])
def test_what_is_no_table_is_told_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        CONNECTOR.read(document(TABLE, body))


def test_the_tickets_that_others_recorded_are_tickets(samples: Path) -> None:
    files = [samples / "sdmx" / name for name in ("ESTAT_footer.xml", "ESTAT_footer2.xml")]
    if not all(file.is_file() for file in files):
        pytest.skip("the recorded tickets are not here")
    for file in files:
        with pytest.raises(NotReadable, match="ticket"):
            CONNECTOR.read(document(TABLE, file.read_bytes()))


def test_an_answer_is_complete_for_its_question_and_for_nothing_else() -> None:
    question = tables.Question("EU27_2020", date(2024, 11, 1), date(2025, 2, 1), ("85", "84"), ("CN", "MY"))
    scope = tables.scope_of(question.request(TABLE).url)
    assert scope is not None
    assert (scope["reporter"], scope["partner"], scope["product"], scope["flow"]) == (
        ("EU27_2020",), ("CHN", "MYS"), ("85", "84"), ("import", "export"))
    assert scope["period_end"] == (date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 28))
    assert tables.scope_of("import:answer.csv") is None


def test_a_question_in_parts_asks_for_all_of_it_once() -> None:
    whole = tables.Question("EU27_2020", date(2024, 11, 1), date(2025, 2, 1), ("85", "84", "90"), ("CN", "MY"))

    def smallest(one: tables.Question) -> list[tables.Question]:
        try:
            return [each for part in one.parts() for each in smallest(part)]
        except Incomplete:
            return [one]

    asked = [(each.first, each.products, each.partners) for each in smallest(whole)]
    assert len(asked) == len(set(asked)) == 4 * 3 * 2


def test_no_question_is_above_what_eurostat_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [each.cells for each in tables.questions(date(2024, 10, 1), date(2026, 9, 1))] == [24 * 400 * 4, 24 * 97 * 16 * 4]
    monkeypatch.setattr(tables, "CELLS", 100_000)
    asked = list(tables.questions(date(2024, 10, 1), date(2026, 9, 1)))
    assert len(asked) == 3 and all(each.cells <= tables.CELLS for each in asked)
    assert sum(each.cells for each in asked) == 24 * 400 * 4 + 24 * 97 * 16 * 4


# When ---------------------------------------------------------------------------------------------------------


def test_a_release_is_known_to_the_minute() -> None:
    assert calendar.newest(calendar.released(date(2026, 10, 31))) == date(2026, 10, 31)
    assert calendar.newest(calendar.released(date(2026, 10, 31)).replace(minute=0, hour=9)) == date(2026, 9, 30)
    assert f"{calendar.released(date(2027, 6, 30)):%Y-%m-%d %H:%M}" == "2027-08-15 09:00"  # 46 days


@pytest.mark.parametrize("line_", ["9999-12-31,9999-12-31,x", "2026-01-30,2026-03-20,x", "2026-01-31,2026-01-20,x",
                                   "2026-01-31,2026-03-20,",
                                   "x,y,z", "2026-01-31,2026-03-20,x\n2026-01-31,2026-03-20,x"])
def test_a_calendar_with_a_line_that_breaks_a_rule_names_it(line_: str) -> None:
    with pytest.raises(SchemaDrift, match=r"line [23]"):
        CONNECTOR.read(document(calendar.DATASET, f"period_end,released_on,source\n{line_}\n".encode()))


def test_months_are_asked_newest_first_and_from_2002_on() -> None:
    asks = list(CONNECTOR.plan(Wanted([BULK], Window(date(1999, 1, 1), date(2002, 3, 31)), NothingKnown(ASKED))))
    assert [each.partition for each in asks] == ["2002-03", "2002-02", "2002-01"]
    newest = Wanted([BULK], known=NothingKnown(ASKED))
    first = list(CONNECTOR.plan(newest))
    there = document(BULK, b"synthetic")
    older = [list(CONNECTOR.follow(each, there, newest)) for each in first]
    assert [len(each) for each in older] == [0, 0, 21]
    assert [each.priority for each in (*first, *older[-1])] == list(range(24)), "each month once, the newest first"
    with pytest.raises(NotFound):
        CONNECTOR.follow(first[-1], NotFound("a synthetic 404", dataset=BULK), newest)


PIECES: Sequence[bytes] = (b",", b"\n", b'"', b"\0", b"\xff", b"000TOTAL", b"9" * 30, b"-", b"\r", b"DECLARANT")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes_give_rows_or_an_error_with_a_name(data: st.DataObject) -> None:
    body = table(TOTAL, line("FR", "MY", "85011010", "2", "202402", 10, 5, unit="NAR", amount=2),
                 line("FR", "QP", "000TOTAL", "1", "202402", 1))
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    broken = body[:first] + data.draw(st.sampled_from(PIECES)) + body[last if data.draw(st.booleans()) else first:]
    if data.draw(st.integers(0, 9)) == 0:
        broken = packed(broken)
    try:
        batches = CONNECTOR.read(document(BULK, broken))
    except PublisherError as error:
        assert error.said
        return
    for batch in batches:
        for row in stored(batch, contracts.TRADE).iter_rows(named=True):
            printed = CONNECTOR.read_cell(document(BULK, broken), row["locator"])
            assert sum(Decimal(part) for part in printed.split(" + ")) == row["value"]
