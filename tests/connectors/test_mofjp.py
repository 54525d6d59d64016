"""Japan's trade statistics: real files at hand, and a simulated office with synthetic figures for every trap and the whole road."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.mofjp import CONNECTOR
from connectors.statistics.mofjp.connector import CUSTOMS, ESTAT
from flows.home import clock
from flows.home.tracing import agrees
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.mofjp import ROWS, WORLD, Office, commodities, release, series
from warehouse.ask.expected import following, period_that_ends, usual
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Window

NOW = datetime(2026, 1, 30, 2, tzinfo=UTC)
DAYS10, DAYS20, MONTH, HS_BASIS = "mofjp.days10", "mofjp.days20", "mofjp.month", "mofjp.month.hs"
SERIES, HS, COUNTRY = "mofjp.series", "mofjp.hs", "mofjp.hs.country"


def read(body: bytes, url: str = "import:file") -> Batch:
    dataset = CONNECTOR.recognise(body, "file")
    assert dataset
    (batch,) = CONNECTOR.read(document(dataset, body, url))
    return batch


@pytest.fixture
def office() -> Office:
    return Office(
        {"2025121": release("202512", "1", (("0", "", 2900, 3400),), published="December 26, 2025"),
         "2025122": release("202512", "2", (("0", "", 5800, 6100),), published="January 8, 2026"),
         "2025124": release("202512", "4", published="January 22, 2026"),
         "2025125": release("202512", "5", (*ROWS[:3], ("2", "MALYSIA", 171, 267), *ROWS[4:]), published="January 29, 2026"),
         "2026011": release("202601", "1", (("0", "", 3000, 2500),), published="January 29, 2026")},
        series(("2025/11", 8000123, 7000456), ("2025/12", 9000321, 8000654), ("2026/01", 0, 0), ("2026/02", "-", "-")),
        {"000040500001": commodities("1", 2025, ("854232000", "", "", "NO", {"Nov": (0, 500, 12000), "Dec": (0, 600, 15000)})),
         "000040500002": commodities("2", 2025, ("151190000", "", "", "KG", {"Dec": (0, 900, 300)}))},
        {"000001013184 202511": ("000040400001",), "000001013184 202512": ("000040500001",), "000001013185 202512": ("000040500002",)})


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


# ── the whole road ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_out_is_asked_for_once_and_each_edition_stands_for_itself(home: Home, publishers: Publishers, office: Office) -> None:
    said = home.run("refresh", "mofjp")
    assert said.code == 0, said.text
    assert home.rows("SELECT dataset, partner, period_start, period_end, period_kind, value, status FROM stats.trade "
                     "WHERE partner IN ('WLD', 'MYS') AND flow = 'export' AND period_end > '2025-12-01' AND value > 0 ORDER BY ALL") == [
        (DAYS10, "WLD", date(2025, 12, 1), date(2025, 12, 10), "SPAN", 2_900_000_000, "P"),
        (DAYS10, "WLD", date(2026, 1, 1), date(2026, 1, 10), "SPAN", 3_000_000_000, "P"),
        (DAYS20, "WLD", date(2025, 12, 1), date(2025, 12, 20), "SPAN", 5_800_000_000, "P"),
        (HS, "WLD", date(2025, 12, 1), date(2025, 12, 31), "M", 15_000_000, "A"),
        (MONTH, "MYS", date(2025, 12, 1), date(2025, 12, 31), "M", 170_000_000, "P"),
        (MONTH, "WLD", date(2025, 12, 1), date(2025, 12, 31), "M", 9_000_000_000, "P"),
        (HS_BASIS, "MYS", date(2025, 12, 1), date(2025, 12, 31), "M", 171_000_000, "A"),
        (HS_BASIS, "WLD", date(2025, 12, 1), date(2025, 12, 31), "M", 9_000_000_000, "A"),
        (SERIES, "WLD", date(2025, 12, 1), date(2025, 12, 31), "M", 9_000_321_000, "A")]
    # The latest edition answers, the finer of two that agree within their rounding; a figure of ten days is never a month's.
    assert home.rows("SELECT dataset, value FROM mart.best WHERE reporter = 'JPN' AND partner = 'MYS' AND flow = 'export'") == [
        (HS_BASIS, 171_000_000)]
    assert "mofjp.days10" in home.run("get", "Japan", "World", "2025-12-01..2025-12-10").out
    months = home.run("get", "Japan", "World", "2025-12").out
    assert SERIES in months and "mofjp.days" not in months, months
    asked = [each.path for each in publishers.asked("www.customs.go.jp")]
    assert sorted(path.rpartition("/")[2] for path in asked if "trade-st_e" in path) == sorted(
        f"{month}{stage}e.xml" for month, stages in (("202511", "1245"), ("202512", "1245"), ("202601", "1")) for stage in stages)
    home.run("refresh", "mofjp")
    again = [each.path for each in publishers.asked("www.customs.go.jp")][len(asked):]
    # What is held is not asked for again, what is not out is.
    assert sorted(path.rpartition("/")[2] for path in again if "trade-st_e" in path) == [f"202511{stage}e.xml" for stage in "1245"]
    assert len([each for each in publishers.asked("www.e-stat.go.jp") if "file-download" in each.path]) == 2


def test_the_next_flash_is_due_by_its_own_day() -> None:
    flash = next(each for each in CONNECTOR.datasets if each.dataset == DAYS20)
    after = following(date(2025, 12, 20), flash)
    assert after == date(2026, 1, 20) and str(period_that_ends(after, flash)) == "2026-01-01 to 2026-01-20"
    due = usual(after, flash)
    assert due is not None and due.at == datetime(2026, 2, 7, 23, 50, tzinfo=UTC)


# ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_window_asks_for_its_months_and_years() -> None:
    wanted = Wanted([MONTH, HS], Window(date(2025, 2, 1), date(2025, 3, 31)), NothingKnown(NOW))
    asked = list(CONNECTOR.plan(wanted))
    assert [ask.request.url for ask in asked[:2]] == [f"{CUSTOMS}/shinbun/trade-st_e/2025/2025{month}4e.xml" for month in ("02", "03")]
    assert [ask.discovery for ask in asked] == [False, False, True, True]
    listing = document(HS, b'<a href="/stat-search/files?page=1&amp;year=20250&amp;month=24101212&amp;result_back=1">'
                           b'<a href="/stat-search/files?page=1&amp;year=20250&amp;month=11010301&amp;result_back=1">'
                           b'<a href="/stat-search/files?page=1&amp;year=20260&amp;month=11010301&amp;result_back=1">')
    (month,) = CONNECTOR.follow(asked[2], listing, wanted)
    assert (month.partition, month.request.url.startswith(ESTAT)) == ("2025-12", True)
    with pytest.raises(SchemaDrift, match="links no month"):
        list(CONNECTOR.follow(asked[2], document(HS, b"<html>"), wanted))
    with pytest.raises(SchemaDrift, match="links no CSV"):
        list(CONNECTOR.follow(month, document(HS, b"<html>"), wanted))


def test_an_answer_that_is_a_web_page_or_cut_off_is_an_error(home: Home, publishers: Publishers) -> None:
    publishers.fault("www.customs.go.jp", Fault.html())
    assert "ERROR Incomplete" in home.run("refresh", SERIES).out
    whole = release("202512", "4")
    for cut in (len(whole) // 2, len(whole) - 5):
        with pytest.raises(Incomplete, match="breaks off"):
            read(whole[:cut])


# ── how it is read ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("file", "dataset", "count"), [
    ("press_2025101e.xml", DAYS10, 3), ("press_2024124e_cut.xml", MONTH, 72), ("d41ma_cut.csv", SERIES, 68),
    ("estat_E_2026-08_000040507895_cut.csv", HS, 48)])
def test_real_files_are_read_cell_by_cell(samples: Path, file: str, dataset: str, count: int) -> None:
    body = (samples / "japan" / file).read_bytes()
    assert CONNECTOR.recognise(body, "file") == dataset
    (batch,) = CONNECTOR.read(document(dataset, body, "import:file"))
    kept = stored(batch, tables.TRADE)
    assert (kept.height, batch.rejected) == (count, ())
    for row in kept.iter_rows(named=True):
        assert agrees(CONNECTOR.read_cell(document(dataset, body), row["locator"]), row), row["locator"]


def test_real_figures(samples: Path) -> None:
    def figures(file: str, *columns: str, **where: object) -> list[tuple[object, ...]]:
        kept = stored(read((samples / "japan" / file).read_bytes()), tables.TRADE)
        return kept.filter(**where).select(columns).rows()

    assert figures("press_2024124e_cut.xml", "flow", "value", "published_yoy_pct", partner="MYS") == [
        ("export", 171_250_000_000, Decimal("1.6")), ("import", 268_096_000_000, Decimal("-1.4")),
        ("balance", -96_846_000_000, Decimal("-6.3"))]
    assert figures("press_2024124e_cut.xml", "value", "published_yoy_pct", partner="NZL", flow="balance") == [(-137_000_000, None)]
    assert figures("press_2025101e.xml", "value", flow="balance") == [(-546_749_000_000,)]
    assert figures("d41ma_cut.csv", "value", flow="import", period_end=date(2026, 8, 31)) == [(11_155_183_375_000,)]
    assert figures("d41ma_cut.csv", "value", period_end=date(2026, 9, 30)) == []
    assert figures("estat_E_2026-08_000040507895_cut.csv", "value", "quantity", "quantity_unit", "net_weight_kg", "flags",
                   product="000000110", period_end=date(2026, 3, 31)) == [(5_309_642_000, 1, "NO", None, "quantity2=100256 GT")]
    assert figures("estat_E_2026-08_000040507895_cut.csv", "value", "quantity_unit", "net_weight_kg", product="020130100",
                   period_end=date(2026, 1, 31)) == [(1_689_061_000, "KG", 200_377)]


def test_detailed_exports_are_no_longer_provisional() -> None:
    batch = read(release("202512", "5", published="January 29, 2026"))
    kept = stored(batch, tables.TRADE)
    assert batch.dataset == HS_BASIS and batch.released_at == datetime(2026, 1, 28, 23, 50, tzinfo=UTC)
    assert dict(kept.select("flow", "status").unique().rows()) == {"export": "A", "import": "P", "balance": "P"}
    assert {"WLD", "CHN", "MYS", "ASEAN", "USA"} <= set(kept["partner"]) and batch.not_asked["group of its own"] == 1


def test_an_unknown_area_is_set_aside_and_an_undated_release_is_told() -> None:
    batch = read(release("202512", "4", (*ROWS, ("2", "ATLANTS", 1, 2))))
    assert [(each.rule, each.locator) for each in batch.rejected] == [("area", f"page pg2, row {len(ROWS) + 1} (ATLANTS)")]
    assert [check.check for check in batch.checks] == ["printed_date"] and batch.released_at is None


@pytest.mark.parametrize(("body", "error", "said"), [
    (release("202512", "6"), NotReadable, r"an edition that nobody has seen: .*\(Detailed\)"),
    (release("202512", "4", balance=5), SchemaDrift, "exports less imports are 1000, the balance printed is 5"),
    (release("202512", "4").replace(b"<taishoymtonen>December", b"<taishoymtonen>November"), SchemaDrift,
     "the page of totals of 'November"),
    (release("202512", "4").replace(b"<taishokikan>December 2025", b"<taishokikan>Jan.-Dec. 2025"), SchemaDrift, "'Jan.-Dec. 2025'"),
    (release("202512", "4").replace(b"<exportkagakue>9,000", b"<exportkagakue>9,001"), SchemaDrift, "the totals of the two pages differ"),
    (series(("2025/12", "x", 1)).replace(b"x ", b"x ,"), SchemaDrift, "line 5 has 4 cells"),
    (series(("2025/12", 0, 0)), SchemaDrift, "months to come alone"),
    (series(("2025/11", 1234, 5678), ("2025/12", 1234, 5678))[:-4], Incomplete, "breaks off in line 6"),
    (series(("2025/10", 1234, 5678), ("2025/11", 1234, 5678), cut=True), Incomplete, "breaks off in 2025/11: a whole one ends"),
    (series(("2025/12", 1, 1), title=WORLD.replace("千", "百万").replace("thousand", "million")), SchemaDrift, "no table of months"),
    (series(("2025/12", 1, 1), title=WORLD.replace("世界", "アジア").replace("WORLD", "ASIA")), NotReadable, "a group of countries"),
    (commodities("3", 2025, ("854232000", "", "", "NO", {"Dec": (0, 1, 2)})), SchemaDrift, "are no statistical code and flow"),
    (commodities("1", 2025, ("854232000", "", "", "NO", {})), Incomplete, "no figure"),
    (commodities("1", 2025, *[("854232000", "", "", "NO", {"Dec": (0, 1, 2)})] * 2), SchemaDrift, "a second line"),
    (commodities("1", 2025, ("854232000", "", "", "NO", {"Dec": (0, 1, 2)})).replace(b",2,", b",3,", 1), SchemaDrift, "do not add up"),
    (commodities("1", 2025, ("854232000", "", "", "NO", {"Dec": (0, 1, 2)})).replace(b"Year,HS", b"Year,Custom,HS", 1),
     PublisherError, "Custom"),
])
def test_what_does_not_fit_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(body)


def test_other_series_are_refused_by_name() -> None:
    with pytest.raises(NotReadable, match="principal commodity"):
        CONNECTOR.recognise("《世界》\nWORLD Monthly Data  (Export),,\nYears/Months,(千円)\n1988/01,1,-\n".encode("cp932"), "d51ma.csv")


def test_a_month_that_is_not_there_yet_is_no_month_without_trade() -> None:
    batch = read(series(("2025/10", 5, 6), ("2025/11", 0, 7), ("2025/12", 8, 9), ("2026/01", 0, 0), ("2026/02", "-", "-")))
    assert batch.not_asked == {"not yet": 24} and [each.locator for each in batch.rejected] == ["line 6 (2025/11), column Exp-Total"]
    assert stored(batch, tables.TRADE).height == 5


def test_by_country_codes_are_areas_and_unknown_ones_are_set_aside() -> None:
    body = commodities("2", 2025, ("151190000", "113", "", "KG", {"Jan": (0, 900, 300), "Mar": (0, 1, 2)}),
                       ("151190000", "999", "", "KG", {"Jan": (0, 1, 1)}))
    batch = read(body)
    kept = stored(batch, tables.TRADE)
    assert (batch.dataset, batch.scope) == (COUNTRY, None)
    assert kept.select("partner", "value", "net_weight_kg").rows() == [("MYS", 300_000, 900), ("MYS", 0, 0), ("MYS", 2000, 1)]
    assert [(each.locator, each.rule) for each in batch.rejected] == [("line 3", "area")]


def test_a_file_that_we_fetched_is_complete_for_its_flow_and_months() -> None:
    batch = read(commodities("1", 2025, ("854232000", "", "", "NO", {"Feb": (0, 1, 2)})),
                 f"{ESTAT}/stat-search/file-download?statInfId=1&fileKind=1")
    assert batch.scope == {"flow": ("export",), "period_end": (date(2025, 1, 31), date(2025, 2, 28))}
