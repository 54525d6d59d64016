"""DOSM's files: what the real headline file gives, and every way it, the SITC file and the calendar may go wrong."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.asking import answers as answers_of
from connectors.contract import NothingKnown, Wanted
from connectors.statistics.dosm import CONNECTOR
from connectors.statistics.dosm.connector import workbook_months
from tests.connectors.as_stored import rows, stored
from tests.documents import cell, document
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotFound, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Document, Request, Window

HEADER = "series,date,exports,exports_domestic,re_exports,imports,imports_retained,total,balance"


@pytest.fixture(scope="module")
def body(samples: Path) -> bytes:
    return (samples / "opendosm" / "trade_headline.csv").read_bytes()


@pytest.fixture(scope="module")
def headline(body: bytes) -> Batch:
    [batch] = CONNECTOR.read(document("dosm.headline", body))
    return batch


def month(n: int, since: int = 2020) -> str:
    return f"{since + n // 12}-{n % 12 + 1:02d}-01"


def synthetic_headline(months: int = 10, *, header: str = HEADER, extra: tuple[str, ...] = ()) -> bytes:
    """Invented figures that add up, ``exports`` 100 + n and ``imports`` 60 + n."""
    lines = [header]
    for n in range(months):
        exports, again, imports = 100 + n, 10, 60 + n
        cells = {"series": "abs", "date": month(n), "exports": exports, "exports_domestic": exports - again,
                 "re_exports": again, "imports": imports, "imports_retained": imports - again,
                 "total": exports + imports, "balance": exports - imports}
        lines.append(",".join(str(cells.get(name, "")) for name in header.split(",")))
    return ("\n".join([*lines, *extra]) + "\n").encode()


def parsed(body: bytes, dataset: str = "dosm.headline") -> Batch:
    [batch] = CONNECTOR.read(document(dataset, body))
    return batch


# The real file


def test_the_real_file_gives_every_printed_amount_once(headline: Batch) -> None:
    frame = stored(headline, tables.TRADE)
    assert frame.height == 316 * 7 - 3 * 96 == 1924
    assert headline.not_asked == {"blank": 288}
    assert headline.rejected == ()
    assert headline.scope == {}
    assert {check.level for check in headline.checks} == {"info"}
    assert headline.columns_seen == tuple(HEADER.split(","))


def test_imports_of_june_2024_are_those_of_the_april_2026_file(headline: Batch) -> None:
    row = figure(headline, "import", date(2024, 6, 1))
    assert row["value"] == 100_413_753_072
    assert row["valuation"] == "CIF"
    assert row["locator"] == "line 295 (abs, 2024-06-01), column imports"
    assert (row["published_yoy_pct"], row["published_mom_pct"]) == (Decimal("5.80"), Decimal("-15.00"))


def test_float_noise_is_rounded_to_the_ringgit(headline: Batch) -> None:
    assert figure(headline, "balance", date(2025, 5, 1))["value"] == 759_875_758


def test_growth_stands_on_the_row_of_its_own_flow_and_month(headline: Batch) -> None:
    frame = rows(headline)
    assert frame["published_yoy_pct"].is_not_null().sum() == 208 * 7
    assert frame["published_mom_pct"].is_not_null().sum() == 219 * 7
    assert frame.filter(pl.col("published_yoy_pct").is_not_null())["period_start"].min() == date(2009, 1, 1)
    assert figure(headline, "re-export", date(2026, 4, 1))["published_mom_pct"] == Decimal("88.90")


def test_the_newest_two_months_are_provisional(headline: Batch) -> None:
    provisional = rows(headline).filter(pl.col("status") == "P")
    assert sorted(set(provisional["period_start"])) == [date(2026, 3, 1), date(2026, 4, 1)]
    assert provisional.height == 14


def test_every_locator_leads_back_to_the_printed_figure(body: bytes, headline: Batch) -> None:
    frame = rows(headline)
    for row in random.Random(1).sample(frame.to_dicts(), 200):
        printed = cell(CONNECTOR, body, row["locator"])
        assert abs(Decimal(printed) - row["value"]) < Decimal("0.01"), row["locator"]


def test_the_file_is_recognised_by_its_header_alone(body: bytes) -> None:
    assert CONNECTOR.recognise(body, "download (3)") == "dosm.headline"


def figure(batch: Batch, flow: str, start: date) -> dict[str, object]:
    return rows(batch).row(by_predicate=(pl.col("flow") == flow) & (pl.col("period_start") == start), named=True)


# The header


def test_moved_columns_change_nothing() -> None:
    moved = ",".join(reversed(HEADER.split(",")))
    columns = ["flow", "period_start", "value"]
    assert rows(parsed(synthetic_headline(header=moved))).select(columns).equals(
        rows(parsed(synthetic_headline())).select(columns))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SchemaDrift, match="imports_retained"):
        parsed(synthetic_headline(header=HEADER.replace(",imports_retained", "")))


def test_an_added_column_is_tolerated_and_reported() -> None:
    batch = parsed(synthetic_headline(header=HEADER + ",transit"))
    assert [check.observed for check in batch.checks if check.check == "columns"] == ["transit"]
    assert rows(batch).height == 70


def test_a_column_named_twice_is_refused() -> None:
    with pytest.raises(SchemaDrift, match="exports twice"):
        parsed(synthetic_headline(header=HEADER + ",exports"))


@pytest.mark.parametrize("wrap", [
    lambda text: b"\xef\xbb\xbf" + text,
    lambda text: text.replace(b"\n", b"\r\n"),
    lambda text: b'"series"' + text[6:].replace(b"abs", b'"abs"'),
    lambda text: text.replace(b"\n", b"\n\n"),
], ids=["byte order mark", "CRLF", "quoted cells", "blank lines"])
def test_ways_of_writing_the_same_csv_give_the_same_rows(wrap: Callable[[bytes], bytes]) -> None:
    text = synthetic_headline()
    assert rows(parsed(wrap(text))).drop("locator").equals(rows(parsed(text)).drop("locator"))


def test_a_file_that_is_cut_between_two_lines_of_its_growths_is_refused() -> None:
    growths = tuple(f"{series},{month(n)},1.0,1.0,1.0,1.0,1.0,1.0,1.0" for series in ("growth_yoy", "growth_mom") for n in range(10))
    assert rows(parsed(synthetic_headline(extra=growths)))["published_yoy_pct"].null_count() == 0
    for kept in (2, 4, 11, 15):
        with pytest.raises(Incomplete, match="the file is cut"):
            parsed(synthetic_headline(extra=growths[:kept]))


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_file_that_ends_inside_its_last_figure_is_refused_and_half_of_one_never_stored(cut: int) -> None:
    with pytest.raises(Incomplete, match=r"breaks off in line [0-9]+: it has no end"):
        parsed(synthetic_headline()[:-cut])


def test_html_sent_as_csv_is_drift() -> None:
    with pytest.raises(SchemaDrift, match="HTML"):
        parsed(b"\n<!DOCTYPE html><html>exports</html>")


@pytest.mark.parametrize("text", [b"", b"\n \n", HEADER.encode() + b"\n"])
def test_a_file_without_figures_is_incomplete(text: bytes) -> None:
    with pytest.raises(Incomplete):
        parsed(text)


# Rows


@pytest.mark.parametrize(("line", "rule"), [
    ("abs,2020-11-01,n/a,,,,,,", "number"),
    ('abs,2020-11-01,"1,234",,,,,,', "number"),
    ("abs,2020-11-01,inf,,,,,,", "number"),
    ("abs,2020-11-01,1e20,,,,,,", "number"),
    ("abs,2020-11-01,-5,,,,,,", "negative"),
    ("abs,2030-01-15,5,,,,,,", "date"),
    ("abs,01/2030,5,,,,,,", "date"),
    ("growth_qoq,2020-01-01,5,,,,,,", "series"),
    ("growth_yoy,2020-11-01,5,,,,,,", "growth without figure"),
    ("growth_yoy,2020-01-01,inf,,,,,,", "number"),
    ("abs,2020-11-01,5", "width"),
])
def test_a_row_that_cannot_be_read_is_set_aside_with_line_rule_and_raw(line: str, rule: str) -> None:
    batch = parsed(synthetic_headline(extra=(line,)))
    assert [(r.rule, r.locator.split(" ", 2)[1]) for r in batch.rejected] == [(rule, "12")]
    assert batch.rejected[0].raw == line.replace('"', "")
    assert rows(batch).height == 70


@pytest.mark.parametrize(("line", "whose"), [
    ("abs,2020-11-01,n/a,,,,,,", {"period_start": date(2020, 11, 1), "flow": "export"}),
    ("abs,2020-11-01,,,,-3,,,", {"period_start": date(2020, 11, 1), "flow": "import"}),
    ("growth_yoy,2020-03-01,,,,,n/a,,", {"period_start": date(2020, 3, 1), "flow": "retained-import"}),
    ("abs,2020-11-01,1,2", {"period_start": date(2020, 11, 1)}), ("ABS,2020-11-01,1,1,0,1,1,2,0", {"period_start": date(2020, 11, 1)}),
    ("abs,soon,1,1,0,1,1,2,0", {}), ("x,abs,2020-11-01,1,1,0,1,1,2,0", {})])
def test_a_row_set_aside_takes_its_own_figures_out_of_what_the_file_is_complete_for(line: str, whose: dict[str, object]) -> None:
    text = synthetic_headline()
    if line.startswith("growth_yoy"):
        text = b"\n".join(one for one in text.splitlines() if not one.startswith(b"growth_yoy,2020-03"))
    batch = parsed(text.rstrip(b"\n") + b"\n" + line.encode() + b"\n")
    assert (batch.scope, batch.not_read) == ({}, (whose,))
    assert [check.level for check in batch.checks if check.check == "complete"] == ["warn"]


def test_equal_doubles_are_one_row() -> None:
    again = synthetic_headline().decode().splitlines()[3].replace("102", "102.0")
    batch = parsed(synthetic_headline(extra=(again,)))
    assert batch.rejected == ()
    assert rows(batch).height == 70


def test_doubles_that_differ_are_all_set_aside() -> None:
    batch = parsed(synthetic_headline(extra=("abs,2020-03-01,1,1,0,1,1,2,0",)))
    assert [(r.rule, r.locator) for r in batch.rejected] == [
        ("double", "line 4 (abs, 2020-03-01)"), ("double", "line 12 (abs, 2020-03-01)")]
    assert date(2020, 3, 1) not in set(rows(batch)["period_start"])


def test_a_month_that_does_not_add_up_warns() -> None:
    batch = parsed(synthetic_headline().replace(b",164,40", b",174,40"))
    failed = [check for check in batch.checks if check.level == "warn"]
    assert [check.said for check in failed] == ["exports + imports = total"]
    assert "2020-03 by 10" in failed[0].observed


@pytest.mark.parametrize("size", [10**3, 10**5])
def test_a_file_in_millions_or_thousands_of_ringgit_is_refused(size: int) -> None:
    header, *lines = synthetic_headline().decode().splitlines()
    grown = [",".join([*line.split(",")[:2], *(str(int(cell) * size) for cell in line.split(",")[2:])]) for line in lines]
    with pytest.raises(SchemaDrift, match=r"Malaysia's are over 10\^9 in ringgit"):
        parsed("\n".join([header, *grown, ""]).encode())


@pytest.mark.parametrize(("body", "said"), [
    (b"series,end_use,bec,date,imports\nabs,capital,000,2010-01-01,5.0\n", "imports by end use"),
    (b'[{"series":"abs","date":"2000-01-01","exports":1.0,"re_exports":null}]', "trade_headline.csv"),
    (b'{"meta":{},"data":[{"date":"2000-01-01","section":"0","exports":1.0,"imports":1.0}]}', "trade_sitc_1d.csv")])
def test_other_forms_of_its_figures_are_named_with_the_file_that_is_read(body: bytes, said: str) -> None:
    with pytest.raises(NotReadable, match=said):
        CONNECTOR.recognise(body, "file")


def test_columns_that_do_not_add_up_as_their_names_say_are_drift() -> None:
    swapped = HEADER.replace("exports,exports_domestic", "exports_domestic,exports")
    text = synthetic_headline().decode().split("\n", 1)[1]
    with pytest.raises(SchemaDrift, match="not what their names say"):
        parsed(f"{swapped}\n{text}".encode())


def test_sen_in_the_file_are_noticed() -> None:
    batch = parsed(synthetic_headline().replace(b"2020-03-01,102,", b"2020-03-01,102.37,"))
    noticed = [check.observed for check in batch.checks if check.check == "decimals"]
    assert noticed == ["1 figures, first exports of 2020-03"]


def test_the_noise_of_floats_changes_no_value() -> None:
    """It comes and goes between files, and must not look like a revision."""
    noisy = synthetic_headline().replace(b"2020-03-01,102,", b"2020-03-01,101.99999999999,")
    assert rows(parsed(noisy))["value"].equals(rows(parsed(synthetic_headline()))["value"])


# Trade by SITC section: no real file was at hand


def synthetic_sitc(scale: Callable[[int], str], months: int = 6, *, skip: str = "", since: int = 2020) -> bytes:
    """Invented sections 0 to 9 worth 2 to 11 billion ringgit, and an overall that is their sum."""
    lines = ["date,section,exports,imports"]
    for n in range(months):
        parts = [(2 + section) * 10**9 + n for section in range(10)]
        for section, part in [*enumerate(parts), ("overall", sum(parts))]:
            if str(section) != skip:
                lines.append(f"{month(n, since)},{section},{scale(part)},{scale(part)}")
    return ("\n".join(lines) + "\n").encode()


def test_the_real_rows_of_sections_are_ringgit_and_the_headline_s_figures(samples: Path) -> None:
    """Three rows as others had them in August 2026: the same world totals as in the headline file, cell by cell."""
    three = (samples / "opendosm" / "trade_sitc_1d_first3rows_2026-08.csv").read_bytes()
    batch = parsed(three, "dosm.sitc")
    found = stored(batch, tables.TRADE)
    assert found.height == 6 and set(found["unit_multiplier"]) == {1} and set(found["product"]) == {"TOTAL"}
    for locator, value in found.select("locator", "value").iter_rows():
        assert Decimal(cell(CONNECTOR, three, locator)) == value
    headline = stored(parsed((samples / "opendosm" / "trade_headline.csv").read_bytes(), "dosm.headline"), tables.TRADE)
    columns = ["flow", "period_start", "value"]
    assert set(found.select(columns).iter_rows()) <= set(headline.select(columns).iter_rows())


@pytest.mark.parametrize(("scale", "multiplier", "decimals"), [
    (lambda ringgit: f"{ringgit}.0", 1, 0),
    (lambda ringgit: f"{ringgit / 10**6:.6f}", 1_000_000, 6),
], ids=["RM", "RM million"])
def test_the_unit_follows_from_the_size_of_overall(scale: Callable[[int], str], multiplier: int, decimals: int) -> None:
    batch = parsed(synthetic_sitc(scale), "dosm.sitc")
    frame = stored(batch, tables.TRADE)
    assert frame.height == 6 * 11 * 2
    row = frame.row(by_predicate=(pl.col("product") == "7") & (pl.col("period_start") == date(2020, 2, 1))
                    & (pl.col("flow") == "import"), named=True)
    assert (row["value"], row["unit_multiplier"], row["decimals"]) == (9 * 10**9 + 1, multiplier, decimals)
    assert (row["classification"], row["product_level"], row["valuation"]) == ("SITC4-1", 1, "CIF")
    [unit] = [check.expected for check in batch.checks if check.check == "unit"]
    assert unit == ("RM" if multiplier == 1 else "RM million")


def test_overall_is_the_total_of_all_goods_and_no_section() -> None:
    frame = rows(parsed(synthetic_sitc(str), "dosm.sitc")).filter(pl.col("product") == "TOTAL")
    assert frame.select("classification", "product_level").unique().rows() == [("-", 0)]


def test_a_unit_that_cannot_be_told_is_drift() -> None:
    with pytest.raises(SchemaDrift, match="neither ringgit"):
        parsed(synthetic_sitc(lambda ringgit: str(ringgit // 1000)), "dosm.sitc")


def test_sections_that_do_not_add_up_to_overall_are_drift() -> None:
    doubled = synthetic_sitc(str).replace(b",7,9", b",7,19")
    with pytest.raises(SchemaDrift, match="sections 0 to 9"):
        parsed(doubled, "dosm.sitc")


def test_a_missing_section_warns() -> None:
    batch = parsed(synthetic_sitc(str, skip="4"), "dosm.sitc")
    assert {check.check for check in batch.checks if check.level == "warn"} == {"sections"}


def test_an_unknown_section_is_set_aside() -> None:
    batch = parsed(synthetic_sitc(str) + b"2020-01-01,0.0,1,1\n", "dosm.sitc")
    assert [rejected.rule for rejected in batch.rejected] == ["section"]
    assert (batch.scope, batch.not_read) == ({}, ({"period_start": date(2020, 1, 1)},))


def test_a_cell_of_a_section_takes_only_its_own_figure_out_of_the_scope() -> None:
    batch = parsed(synthetic_sitc(str) + b"2030-01-01,5,n/a,1\n2019-12-01,5,n/a,1\n", "dosm.sitc")
    assert {"period_start": date(2019, 12, 1), "product": "5", "flow": "export"} in batch.not_read
    assert batch.scope == {}


def test_sitc_cells_are_found_again() -> None:
    text = synthetic_sitc(str)
    frame = rows(parsed(text, "dosm.sitc"))
    assert all(cell(CONNECTOR, text, locator) == str(int(value))
               for locator, value in frame.select("locator", "value").rows())


# The release calendar


def calendar(*lines: str) -> bytes:
    """Lines in the shape of DOSM's metadata of 2026-08-23; ids and dates as printed there where the test names them."""
    header = "publication_id,release_date,title_en,publication_type,frequency,release_series"
    return "\n".join((header, *lines, "")).encode()


def test_both_datasets_are_due_at_the_full_release_and_the_headline_opens_the_first() -> None:
    batch = parsed(calendar(
        "trade_headline_2026-06,2026-07-20 12:00:00,External Trade (Headline): Jun 2026,trade,MONTHLY,2026-06-01",
        "trade_2026-06,2026-07-28 12:00:00,External Trade: Jun 2026,trade,MONTHLY,2026-06-01",
        "trade_annual_2025,2026-07-30 12:00:00,External Trade: 2025,trade,YEARLY,2025-01-01",
        "cpi_2026-07,2026-08-20 12:00:00,CPI: Jul 2026,cpi,MONTHLY,2026-07-01",
    ), "dosm.calendar")
    full, opens = datetime(2026, 7, 28, 4, tzinfo=UTC), datetime(2026, 7, 20, 4, tzinfo=UTC)
    assert rows(batch).drop("locator").rows() == [
        ("dosm.headline", date(2026, 6, 30), full, "minute", "official", opens),
        ("dosm.sitc", date(2026, 6, 30), full, "minute", "official", full),
    ]
    assert batch.not_asked == {"other publications": 1, "other trade publications": 1}
    assert batch.scope is None
    missing = set(tables.TABLES["ref.release"].contract.column_names()) - set(rows(batch).columns)
    assert missing == {"first_seen_at", "fetch_id", "load_id"}


@pytest.mark.parametrize(("printed", "precision", "moment"), [
    ("2026-07-28", "day", datetime(2026, 7, 28, 4, tzinfo=UTC)),
    ("2026-07-28 00:00:00", "day", datetime(2026, 7, 28, 4, tzinfo=UTC)),
    ("2026-07-28T12:30", "minute", datetime(2026, 7, 28, 4, 30, tzinfo=UTC)),
])
def test_a_day_alone_means_noon_and_says_so(printed: str, precision: str, moment: datetime) -> None:
    frame = rows(parsed(calendar(f"trade_2026-06,{printed},,trade,MONTHLY,"), "dosm.calendar"))
    assert frame.select("precision", "scheduled_at").unique().rows() == [(precision, moment)]


def test_a_release_without_a_date_is_set_aside() -> None:
    lines = "trade_2026-06,2026-07-28,,trade,MONTHLY,", "trade_2026-07,soon,,trade,MONTHLY,"
    batch = parsed(calendar(*lines), "dosm.calendar")
    assert [(r.rule, r.locator) for r in batch.rejected] == [
        ("release_date", "line 3 (trade_2026-07), column release_date")]


def test_a_calendar_without_monthly_trade_is_drift() -> None:
    with pytest.raises(SchemaDrift, match="no monthly external trade"):
        parsed(calendar("external_trade_2026_06,2026-07-28,,trade,MONTHLY,"), "dosm.calendar")


# The workbook


def synthetic_workbook() -> bytes:
    """A workbook of our own making: the real layout is not known."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Jadual 1")
        sheet.write(0, 0, "JABATAN PERANGKAAN MALAYSIA")
        sheet.write(2, 0, "Negara / Country")
        sheet.write(2, 1, 2026)
        book.add_worksheet("Kosong")
    return out.getvalue()


def test_a_workbook_is_kept_and_its_sheets_described() -> None:
    with pytest.raises(NotReadable) as caught:
        parsed(synthetic_workbook(), "dosm.workbook")
    assert "2 sheets" in caught.value.said
    assert "'Jadual 1': JABATAN PERANGKAAN MALAYSIA" in caught.value.said
    assert "Negara / Country | 2026" in caught.value.said


def test_a_workbook_is_recognised_by_the_office_or_by_its_own_name() -> None:
    other = io.BytesIO()
    with xlsxwriter.Workbook(other, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "Somebody else's figures")
    assert CONNECTOR.recognise(synthetic_workbook(), "Book1.xlsx") == "dosm.workbook"
    assert CONNECTOR.recognise(other.getvalue(), "trade_2026-06.xlsx") == "dosm.workbook"
    assert CONNECTOR.recognise(other.getvalue(), "Book1.xlsx") is None


@pytest.mark.parametrize("broken", [
    lambda good: good[:300], lambda good: good[:-40], lambda good: b"", lambda good: b"PK\x03\x04" + bytes(60),
    lambda good: good.replace(b"workbook", b"wrokbook"),
], ids=["cut early", "cut late", "empty", "zeros", "renamed part"])
def test_a_broken_workbook_is_not_readable(broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotReadable):
        parsed(broken(synthetic_workbook()), "dosm.workbook")


def test_a_workbook_that_unpacks_to_too_much_is_never_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed, packed.open(
            "xl/workbook.xml", "w", force_zip64=True) as part:
        for _ in range(260):
            part.write(bytes(1024 * 1024))
    with pytest.raises(NotReadable, match="unpacks to"):
        parsed(out.getvalue(), "dosm.workbook")


@pytest.mark.parametrize(("today", "newest"), [
    (date(2026, 8, 25), date(2026, 6, 1)), (date(2026, 8, 26), date(2026, 7, 1)), (date(2026, 1, 3), date(2025, 11, 1)),
])
def test_the_workbook_asked_for_is_the_newest_whose_release_is_expected(today: date, newest: date) -> None:
    assert workbook_months(today, Window()) == [newest]


def test_a_window_asks_for_the_workbooks_that_can_exist() -> None:
    months = workbook_months(date(2026, 8, 25), Window(first=date(2020, 1, 1), last=date(2030, 1, 1)))
    assert (months[0], months[-1], len(months)) == (date(2022, 10, 1), date(2026, 6, 1), 45)


# Crawling


class ScriptedClient:
    """Answers from a dictionary by address; what is not in it is a 404."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def get(self, request: Request) -> Document:
        answer = self.ask(request)
        if isinstance(answer, PublisherError):
            raise answer
        return answer

    def ask(self, request: Request) -> Document | PublisherError:
        self.asked.append(request)
        body = self.answers.get(request.url)
        if body is None:
            return NotFound("404", dataset=request.dataset, url=request.url)
        return document(request.dataset, body)


def test_the_crawl_asks_for_the_calendar_first_and_hands_on_a_404() -> None:
    client = ScriptedClient({"https://storage.dosm.gov.my/trade/trade_headline.csv": synthetic_headline()})
    every = {dataset.dataset for dataset in CONNECTOR.datasets}
    answers = list(answers_of(CONNECTOR, client, Wanted(every, Window(), NothingKnown(datetime(2026, 8, 27, tzinfo=UTC)))))
    assert [request.url.rsplit("/", 1)[1] for request in client.asked] == [
        "arc.csv", "trade_headline.csv", "trade_sitc_1d.csv", "trade_2026-07.xlsx"]
    assert [type(answer).__name__ for answer in answers] == ["NotFound", "Document", "NotFound", "NotFound"]


def test_the_crawl_asks_for_nothing_that_is_not_wanted() -> None:
    client = ScriptedClient({})
    assert list(answers_of(CONNECTOR, client, Wanted({"dosm.sitc"})))
    assert [request.dataset for request in client.asked] == ["dosm.sitc"]


def test_the_landmark_does_not_depend_on_the_order_of_columns(body: bytes) -> None:
    client = ScriptedClient({})
    list(answers_of(CONNECTOR, client, Wanted({"dosm.headline"})))
    assert any(landmark.encode() in body for landmark in client.asked[0].landmarks)
    assert any(landmark.encode() in synthetic_headline(header=",".join(reversed(HEADER.split(","))))
               for landmark in client.asked[0].landmarks)


# Any bytes


CELLS = st.one_of(
    st.sampled_from(["abs", "growth_yoy", "growth_mom", "2020-01-01", "2020-02-01", "0", "7", "overall", "", "1", "-1",
                     "1e9", "1e99", "9" * 30, "NaN", '"', "trade_2026-06", "2026-07-28"]),
    st.text(max_size=6),
)
AMOUNTS = st.one_of(st.sampled_from(["0", "1", "2e9", "-3", "", "1.5"]), CELLS)


@st.composite
def near_misses(draw: st.DrawFn) -> bytes:
    """A known header over rows that may or may not fit it."""
    header = draw(st.sampled_from([HEADER, "date,section,exports,imports", "publication_id,release_date", "a,b"]))
    width = header.count(",") + 1
    key = st.tuples(st.sampled_from(["abs", "growth_yoy", "2020-01-01", "trade_2026-06"]),
                    st.sampled_from(["2020-01-01", "2020-02-01", "overall", "7", "2026-07-28"]))
    sound = st.builds(lambda first, rest: ",".join([*first, *rest]), key,
                      st.lists(AMOUNTS, min_size=max(0, width - 2), max_size=max(0, width - 2)))
    lines = draw(st.lists(st.one_of(sound, sound, st.lists(CELLS, max_size=10).map(",".join)), max_size=8))
    return "\n".join([header, *lines, *draw(st.sampled_from([[], [""]]))]).encode()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), near_misses()),
       st.sampled_from([dataset.dataset for dataset in CONNECTOR.datasets]))
def test_any_bytes_give_rows_or_a_named_error(body: bytes, dataset: str) -> None:
    CONNECTOR.recognise(body, "file")
    try:
        batches = CONNECTOR.read(document(dataset, body))
    except PublisherError as error:
        assert error.said
        return
    assert batches and all(rows(batch).height for batch in batches)
    table = tables.TABLES[next(d.table for d in CONNECTOR.datasets if d.dataset == dataset)]
    for batch in batches:
        if table is tables.TRADE:
            stored(batch, table)
        for locator in rows(batch)["locator"]:
            assert cell(CONNECTOR, body, locator)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_locator_gives_a_cell_or_a_named_error(locator: str) -> None:
    with pytest.raises(PublisherError):
        cell(CONNECTOR, synthetic_headline(), locator)


def test_a_locator_of_another_row_is_refused() -> None:
    with pytest.raises(NotReadable, match=r"line 4 is \(abs, 2020-03-01\)"):
        cell(CONNECTOR, synthetic_headline(), "line 4 (abs, 2020-02-01), column imports")


