"""What the IMF's messages mean: units, statuses, groups, periods, nothing there; recorded answers where they are at hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.statistics.imf import CONNECTOR, questions
from connectors.statistics.imf.publisher import LABELS, currencies, groups
from flows import conformance
from flows.home import clock
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from warehouse.reference.currencies import CODES
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Document, Fetch

OURS = Path(conformance.__file__).parents[1] / "connectors/statistics/imf/sample"
XML, LEGACY = "IMTS_data_sdmx30_USA_XG_FOB_USD_G001+G998_A_2023-2024.xml", "legacy_DOT_CompactData_A.US.TXG_FOB_USD.W00+B0_2020-2023.json"
HEADER = "STRUCTURE,STRUCTURE_ID,ACTION,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,DERIVATION_TYPE"


@pytest.fixture
def recorded(samples: Path) -> Path:
    return samples / "imf"


def imported(body: bytes) -> Document:
    dataset = CONNECTOR.recognise(body, "file")
    assert dataset is not None
    return Document(Fetch("fetch", dataset, "import:file", datetime(2026, 5, 8, tzinfo=UTC), 200, "sha", len(body), "imported"), body)


def rows(body: bytes) -> list[dict[str, Any]]:
    return [row for batch in CONNECTOR.read(imported(body)) for row in pl.concat(batch.frames).iter_rows(named=True)]


def table(*lines: str) -> bytes:
    return "\n".join([HEADER, *(f"dataflow,IMF.STA:IMTS(1.0.0),I,{line}" for line in lines), ""]).encode()


def test_both_recorded_answers_are_the_same_dollars(recorded: Path) -> None:
    new, old = (
        {(row["reporter"], row["partner"], row["flow"], row["period_end"]): row for row in rows((recorded / name).read_bytes())}
        for name in (XML, LEGACY))
    both = sorted(new.keys() & old.keys())
    assert [(partner, end.year) for _, partner, _, end in both] == [("EU27_2020", 2023), ("WLD", 2023)]
    assert [new[key]["value"] for key in both] == [old[key]["value"] for key in both] == [
        Decimal("369756760426.000"), Decimal("2019551635133.000")]
    assert {row["unit_multiplier"] for row in new.values()} == {1}
    assert {row["unit_multiplier"] for row in old.values()} == {1_000_000}
    assert {row["flags"] for row in new.values()} == {"derivation=M"}


def test_a_recorded_answer_travels_from_the_service_to_its_cell(recorded: Path, tmp_path: Path) -> None:
    now = datetime(2025, 12, 16, 6, tzinfo=UTC)
    with Publishers() as publishers, clock.at(now):
        publishers.serve(questions.current(questions.YEAR, now.date()).request.url, (recorded / XML).read_bytes(), "application/xml")
        home = Home(tmp_path / "home", publishers)
        said = home.run("refresh", "imf.imts.year")
        assert "4 new" in said.out, said.text
        shown = home.run("get", "United States", "World", "2023").out
        assert "US$ 2,019.55 bn" in shown, shown
        traced = home.run("trace", "United States", "World", "2023", "--flow", "export").out
        assert "series USA.XG_FOB_USD.G001.A, period 2023" in traced and "'2019551635133' × 1 USD" in traced, traced
        # The old service's answer is of September 2024: the figure of 2023 agrees with it, and those before it are new.
        assert "4 new" not in (loaded := home.run("import", recorded / LEGACY)).out and "6 new" in loaded.out, loaded.text
        assert home.rows("SELECT count(*), count(DISTINCT period_end) FROM stats.trade") == [(10, 5)]
        assert not home.rows("SELECT 1 FROM stats.trade_revision WHERE change_kind = 'revised'")


def test_a_list_of_what_there_is_is_no_answer(recorded: Path) -> None:
    with pytest.raises(NotReadable, match="availability"):
        CONNECTOR.recognise((recorded / "IMTS_availability_sdmx30_INDICATOR_USA.json").read_bytes(), "file")
    assert CONNECTOR.recognise((recorded / "imf_structures_IMTS_ITG_ER_2026-10.json").read_bytes()[:100], "file") is None


def test_recorded_messages_of_other_tables_are_nobodys(recorded: Path) -> None:
    for file in sorted((recorded / "imfp_recorded").glob("data_*.json")):
        assert CONNECTOR.recognise(json.loads(file.read_bytes())["text"].encode(), "file") is None, file.name


def test_every_code_of_the_imf_is_an_area_or_a_group(recorded: Path) -> None:
    listed = json.loads((recorded / "imf_structures_IMTS_ITG_ER_2026-10.json").read_bytes())
    codes = set(listed["codelists"]["CL_IMTS_COUNTRY"])
    ours = {code for _, code, _, _ in LABELS.rows}
    assert codes == ours | set(groups()) and not ours & set(groups())
    has = {each["id"]: set(each["values"]) for each in listed["constraints"]["IMTS:all:all:available:all:()"]["key_values"]}
    assert set(questions.REPORTERS) <= has["COUNTRY"] & ours
    assert "TWN" in has["COUNTERPART_COUNTRY"] - has["COUNTRY"]
    assert set(questions.INDICATORS[questions.MONTH]) | {"MG_FOB_USD"} == has["INDICATOR"]
    rates = {each["id"]: set(each["values"]) for each in listed["constraints"]["ER:all:all:available:all:()"]["key_values"]}
    assert set(currencies()) <= rates["COUNTRY"]


def test_groups_are_by_list_and_not_by_their_first_letter() -> None:
    assert [LABELS.area_of(code, date.max) for code in ("GAB", "GBR", "GHA", "G001", "G998", "GASEAN", "G505")] == [
        "GAB", "GBR", "GHA", "WLD", "EU27_2020", None, None]
    assert {"GASEAN", "G510", "G505", "TX554"} <= set(groups())
    assert {each.code for each in currencies().values()} <= set(CODES)


@pytest.mark.parametrize(("code", "status"), [
    ("O", "A"), ("OU", "A"), ("R", "A"), ("M", "A"), ("TPD", "A"), ("", "A"), ("SC", "E"), ("SE", "E"), ("SEME", "E"), ("SEHI", "E"),
    ("FA", "E"), ("SCC", "I"), ("SP", "F")])
def test_how_a_figure_came_about_is_its_status_and_stays_as_a_mark(code: str, status: str) -> None:
    (row,) = rows(table(f"MYS,XG_FOB_USD,CHN,A,2024,5,6,{code}"))
    assert (row["status"], row["flags"]) == (status, f"derivation={code}" if code else "")


def test_what_cannot_be_understood_is_set_aside_by_name() -> None:
    body = table("MYS,XG_FOB_USD,CHN,A,2024,5,6,O", "MYS,XG_FOB_USD,CHN,A,2023,5,6,ZZ", "MYS,XG_FOB_USD,QQQ,A,2024,5,6,O",
                 "MYS,XG_FOB_USD,CHN,A,20x4,5,6,O", "MYS,XG_FOB_USD,JPN,A,2024,-5,6,O", "MYS,XG_FOB_USD,KOR,A,2024,n/a,6,O")
    (batch,) = CONNECTOR.read(imported(body))
    assert [each.rule for each in batch.rejected] == ["derivation", "area", "period", "value", "value"]
    assert "'QQQ'" in batch.rejected[1].reason
    assert {"reporter": "MYS", "partner": "JPN", "flow": "export", "period_end": date(2024, 12, 31)} in batch.not_read


def test_what_is_not_stored_is_counted() -> None:
    (batch,) = CONNECTOR.read(imported(table(
        "MYS,XG_FOB_USD,CHN,A,2024,5,6,O", "MYS,XG_FOB_USD,G505,A,2024,5,6,O", "MYS,XG_FOB_USD,JPN,A,2024,,6,O",
        "MYS,XG_FOB_USD,CHN,A,2026,5,6,O")))
    assert batch.not_asked == {"a group or part that is no area here": 1, "no value": 1, "a period that had not ended": 1}
    assert not batch.rejected


def test_north_yemen_and_yemen_of_one_period_are_never_one_of_both(tmp_path: Path) -> None:
    file = tmp_path / "yemen.csv"
    file.write_bytes(table("MYS,XG_FOB_USD,YAR,A,1990,5,6,O", "MYS,XG_FOB_USD,YEM,A,1990,6,6,O", "MYS,XG_FOB_USD,YAR,A,1989,4,6,O",
                           "MYS,XG_FOB_USD,YEM,A,1991,7,6,O", "MYS,XG_FOB_USD,YMD,A,1989,1,6,O", *(
                               f"MYS,XG_FOB_USD,CHN,A,{year},7,6,O" for year in range(1950, 2000))))
    home = Home(tmp_path / "home")
    said = home.run("import", file)
    assert "2 set aside" in said.out or "quarantine" in said.out, said.text
    assert home.rows("SELECT partner, year(period_end), value FROM stats.trade WHERE partner <> 'CHN' ORDER BY 2, 1") == [
        ("YEM", 1989, 4), ("YMD", 1989, 1), ("YEM", 1991, 7)]


def test_one_file_may_be_of_several_datasets() -> None:
    batches = CONNECTOR.read(imported((OURS / "synthetic_answer.csv").read_bytes()))
    assert [(batch.dataset, sum(frame.height for frame in batch.frames)) for batch in batches] == [
        ("imf.imts.month", 4), ("imf.imts.quarter", 1), ("imf.imtsfob.month", 1)]
    assert all(batch.scope is None for batch in batches)


def test_a_file_is_as_old_as_it_says() -> None:
    (batch,) = CONNECTOR.read(imported((OURS / "synthetic_rates.xml").read_bytes()))
    assert (batch.released_at, batch.released_basis) == (datetime(2026, 2, 16, 5, 16, 36, 306712, tzinfo=UTC), "stamp")
    assert batch.not_asked == {"a period that had not ended": 1}  # February, in the middle of February


@pytest.mark.parametrize(("frequency", "text", "span"), [
    ("A", "2023", (date(2023, 1, 1), date(2023, 12, 31))), ("A", "2023-A1", (date(2023, 1, 1), date(2023, 12, 31))),
    ("Q", "2023-Q1", (date(2023, 1, 1), date(2023, 3, 31))), ("Q", "2023-Q4", (date(2023, 10, 1), date(2023, 12, 31))),
    ("M", "2023-M01", (date(2023, 1, 1), date(2023, 1, 31))), ("M", "2024-02", (date(2024, 2, 1), date(2024, 2, 29)))])
def test_periods_are_read_in_each_of_their_forms(frequency: str, text: str, span: tuple[date, date]) -> None:
    assert questions.period(frequency, text) == span


@pytest.mark.parametrize(("frequency", "text"), [
    ("A", "2023-Q1"), ("Q", "2023"), ("Q", "2023-Q5"), ("Q", "2023-1"), ("M", "2023-M13"), ("M", "2023-Q1"), ("M", "2023-M1²"), ("A", ""),
    ("A", "202"), ("A", "0023"), ("M", "2023-M"), ("M", "2023-M001"), ("A", "２０２３")])
def test_what_is_no_period_is_refused(frequency: str, text: str) -> None:
    with pytest.raises(ValueError, match="no period"):
        questions.period(frequency, text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from("AQM"), st.text(max_size=12))
def test_any_text_is_a_period_or_none(frequency: str, text: str) -> None:
    try:
        first, last = questions.period(frequency, text)
    except ValueError:
        return
    assert first <= last


@pytest.mark.parametrize(("body", "error", "said"), [
    (b'{"message":"No such","code":404,"correlationId":"3e","path":"/x"}', NotReadable, "a refusal of the IMF"),
    (table(), Incomplete, "no figure"),
    (table("MYS,XG_FOB_USD,CHN,A,2024,,6,O"), Incomplete, "1 no value"),
    (table("MYS,XG_FOB_USD,QQQ,A,2024,5,6,O"), SchemaDrift, "no area has the code 'QQQ'"),
    (table("MYS,SOMETHING,CHN,A,2024,5,6,O"), NotReadable, "of other indicators"),
    (table("MYS,XG_FOB_USD,CHN,A,2024,5,6,O").replace(b",I,", b",D,"), SchemaDrift, "takes figures back"),
    ((OURS / "synthetic_rates.xml").read_bytes().replace(b"DSD_ER_PUB", b"DSD_IMTS_VINTAGE"), NotReadable, "no message"),
])
def test_what_is_no_answer_is_an_error_that_names_it(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        CONNECTOR.read(document("imf.imts.year", body))


def test_the_past_is_asked_in_blocks_that_begin_in_the_same_years() -> None:
    today = date(2026, 11, 3)
    blocks = list(questions.past(questions.MONTH, date(1953, 5, 1), date(2030, 1, 1), today))
    assert [(each.first.year, each.last.year if each.last else None, each.frozen) for each in blocks[:2] + blocks[-2:]] == [
        (1950, 1954, True), (1955, 1959, True), (2020, 2024, False), (2025, 2029, False)]
    assert next(questions.past(questions.MONTH, None, date(1948, 1, 1), today)).first == date(1948, 1, 1)
    for question in blocks:
        assert questions.asked(question.request.url) == (list(questions.REPORTERS), question.first, question.last)
    assert questions.asked("https://api.imf.org/external/sdmx/3.0/structure/dataflow/all") is None
    assert questions.asked("import:file.csv") is None
