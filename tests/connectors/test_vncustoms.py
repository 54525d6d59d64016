"""Viet Nam's customs: tables printed as PDF, in both languages, and days that are tried. Synthetic figures but for one real file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.statistics.vncustoms import CONNECTOR, printed
from connectors.statistics.vncustoms.connector import COMMODITY, COUNTRY
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.pdfs import pdf
from tests.publishers.vncustoms import EVERY, FILES, GOODS, HOST, Office, table
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

NOW = datetime(2026, 7, 10, 2, tzinfo=UTC)
ADDRESS = f"{FILES}/2026/7/9/2026-t6-5x(ta-sb).pdf"


def read(body: bytes, url: str = ADDRESS) -> Batch:
    (batch,) = CONNECTOR.read(document(COUNTRY, body, url))
    return batch


def titled(title: str) -> bytes:
    """A page of the office with a title and no table that is known."""
    return pdf([[(45, 20, "TỔNG CỤC HẢI QUAN"), (60, 50, title), (60, 60, "June, 2026"), (45, 90, "1"), (60, 90, "Coffee")]])


@pytest.fixture
def office() -> Office:
    simulated = Office()
    for name, flow, language in (("5x(ta-sb)", "export", "en"), ("5n(ta-sb)", "import", "en"), ("5x(vn-sb)", "export", "vi")):
        simulated.appear("2026/7/8", f"2026-t6-{name}.pdf", table(2026, 6, flow, language, many=EVERY, rows_a_page=30))
    return simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_days_are_tried_until_the_files_are_there_and_none_is_asked_for_again(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", COUNTRY)
    assert "5N (vn) of 2026-06" in said.text.replace("table 5N", "5N"), said.text
    first = [each.path.replace("%28", "(").replace("%29", ")") for each in publishers.asked(HOST)]
    assert [path.split("TONG_CUC/")[1] for path in first[:7]] == [
        *(f"2026/7/{day}/2026-t6-5x(ta-sb).pdf" for day in (9, 6, 7, 8)),
        *(f"2026/7/8/2026-t6-{name}.pdf" for name in ("5n(ta-sb)", "5x(vn-sb)", "5n(vn-sb)"))]
    assert home.rows("SELECT flow, value, valuation, currency, status, strftime(released_at AT TIME ZONE 'Asia/Ho_Chi_Minh', '%Y-%m-%d') "
                     "FROM stats.trade WHERE partner = 'CHN' AND product = 'TOTAL' AND period_kind = 'M' ORDER BY 1") == [
        ("export", 9_000_000, "FOB", "USD", "P", "2026-07-08"), ("import", 9_000_000, "CIF", "USD", "P", "2026-07-08")]
    assert home.rows("SELECT DISTINCT classification FROM stats.trade ORDER BY 1") == [
        ("-",), ("VN-EXPORTS-EN",), ("VN-EXPORTS-VI",), ("VN-IMPORTS-EN",)]
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]
    publishers.log.clear()
    home.run("refresh", COUNTRY)
    assert {"5n(vn-sb)" in each.path.replace("%28", "(").replace("%29", ")") for each in publishers.asked(HOST)} <= {True}


def test_a_month_without_a_file_says_so_and_a_server_that_fails_ends_the_search(home: Home, publishers: Publishers, office: Office) -> None:
    office.files.clear()
    said = home.run("refresh", COUNTRY)
    assert said.code != 0 and "on any of the days that were tried" in said.text
    assert len(publishers.asked(HOST)) == 7, "the days from the 4th to the 10th"
    first = publishers.asked(HOST)[0].path
    publishers.log.clear()
    publishers.fault(f"https://{HOST}{first}", Fault.status(500))
    assert home.run("refresh", COUNTRY).code != 0
    assert {each.path for each in publishers.asked(HOST)} == {first}


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("flow", ["export", "import"])
def test_both_languages_and_flows_give_the_same_figures(language: str, flow: str) -> None:
    body = table(2026, 6, flow, language)
    assert CONNECTOR.recognise(body, "any.pdf") == COUNTRY
    batch = read(body)
    kept = stored(batch, tables.TRADE)
    assert (batch.rejected, set(kept["flow"])) == ((), {flow})
    month = kept.filter(kept["period_start"] == date(2026, 6, 1))
    assert {(row[0], int(row[1])) for row in month.filter(month["product"] == "TOTAL").select("partner", "value").rows()} == {
        ("MYS", 4_000_001), ("CHN", 9_000_000)}
    tonnes = month.filter(month["quantity"].is_not_null()).select("partner", "quantity", "quantity_unit").rows()
    unit = "Ton" if language == "en" else "Tấn"
    assert sorted(tonnes) == [("CHN", 1500.0, unit), ("MYS", 120.0, unit)]
    assert kept.filter(kept["partner"] == "LAO")["period_start"].to_list() == [date(2026, 1, 1)] * 2
    for row in kept.select("locator", "value").iter_rows():
        assert int(CONNECTOR.read_cell(document(COUNTRY, body), row[0]).replace(",", "").replace(".", "")) == row[1]


def test_january_is_its_own_year_to_date() -> None:
    goods = {"China": (("Rice", "Ton", "5", 100, "5", 100), ("Other products", "USD", "", 7, "", 7))}
    batch = read(table(2026, 1, goods=goods))
    assert (batch.spans, [frame.height for frame in batch.frames], batch.rejected) == (1, [3], ())


@pytest.mark.parametrize(("body", "error", "words"), [
    (table(2026, 6, totals={"China": (9_000_007, 44_500_000)}), SchemaDrift, "do not add up"),
    (table(2026, 6, totals={"Lao PDR": (0, 90)}), Incomplete, "the table breaks off"),
    (table(2026, 6)[:2500], PublisherError, "."),
    (table(2026, 6, rows_a_page=3).replace(b"/Kids [5 0 R 7 0 R 9 0 R]", b"/Kids [5 0 R 9 0 R 9 0 R]"), Incomplete, "pages are missing"),
    (titled("STATISTICS OF EXPORTS BY COUNTRY/TERRITORY-MAIN EXPORTS"), SchemaDrift, "no header"),
    (titled("STATISTICS OF MAIN EXPORTS BY FORTNIGHT"), NotReadable, "not read"),
    (b"%PDF-1.4\nnothing", NotReadable, "."), (b"<html>", PublisherError, ".")])
def test_a_half_or_other_file_is_refused_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        read(body)


@pytest.mark.parametrize("title", [
    "STATISTICS OF MAIN EXPORTS", "XUẤT KHẨU HÀNG HÓA THEO THÁNG", "STATISTICS OF MAIN EXPORTS BY COUNTRY/TERRITORY",
    "STATISTICS OF EXPORTS BY COUNTRY/TERRITORY-MAIN EXPORTS OF FOREIGN DIRECT INVESTMENT ENTERPRISES"])
def test_other_tables_of_the_office_are_kept_and_described(title: str) -> None:
    body = titled(title)
    assert CONNECTOR.recognise(body, "any.pdf") == COMMODITY
    with pytest.raises(NotReadable, match=r"no parser for this layout yet: .*Coffee"):
        CONNECTOR.read(document(COMMODITY, body))


def test_what_contradicts_itself_is_marked_and_what_has_no_name_set_aside() -> None:
    goods = {**GOODS,
             "China": (("Plastic products", "USD", "9", 500, "9", 500), ("", "USD", "", 40, "", 60), ("Yarn", "Ton", "", 1, "", 2)),
             "Lao PDR": (("Other products", "USD", "", 1, "", 200),)}
    batch = read(table(2026, 6, goods=goods))
    kept = stored(batch, tables.TRADE)
    china = kept.filter(kept["partner"] == "CHN")
    assert set(china.filter(china["product"] != "TOTAL")["flags"]) == {
        "doubtful=labels contradicted by units;unit=USD", "doubtful=labels contradicted by units"}
    assert china.filter(china["product"] == "TOTAL")["flags"].to_list() == ["", ""]
    assert china.filter(china["product"] == "Plastic products").select("quantity", "quantity_unit").rows() == [(9.0, None)] * 2
    assert [(each.rule, "40" in each.raw) for each in batch.rejected] == [("no_label", True)]
    assert [dict(each) for each in batch.not_read] == [{"partner": "CHN"}]
    assert [(check.check, check.level) for check in batch.checks] == [("labels", "warn"), ("complete", "warn")]


def test_a_good_that_is_part_of_another_is_known_by_what_adds_up() -> None:
    rest = ("Other products", "USD", "", 7, "", 9)
    goods = {"China": (("Other base metals", "USD", "", 500, "", 900), ("- Copper", "USD", "", 200, "", 300), rest),
             "Japan": (("Machines", "USD", "", 50, "", 90), ("Parts thereof", "USD", "", 20, "", 30), rest)}
    kept = stored(read(table(2026, 6, goods=goods, totals={"China": (507, 909), "Japan": (57, 99)})), tables.TRADE)
    parts = kept.filter(kept["product_level"] == 2).select("partner", "product").rows()
    assert set(parts) == {("CHN", "- Copper"), ("JPN", "Parts thereof")}


def test_an_unknown_country_is_set_aside_whole() -> None:
    batch = read(table(2026, 6, goods={"Atlantis": (("Other products", "USD", "", 5, "", 5),), **GOODS}))
    assert [each.rule for each in batch.rejected] == ["unknown_partner"]


def test_the_table_of_june_2026_cell_by_cell(samples: Path) -> None:
    body = (samples / "vietnam/2026-t6-5x_ta-sb.pdf").read_bytes()
    assert CONNECTOR.recognise(body, "file") == COUNTRY
    batch = read(body)
    assert batch.released_at == datetime(2026, 7, 8, 17, tzinfo=UTC)
    kept = stored(batch, tables.TRADE)
    told = document(COUNTRY, body)
    for locator, value in kept.select("locator", "value").iter_rows():
        assert int(CONNECTOR.read_cell(told, locator).replace(",", "")) == value
    rows = printed.read(body).rows
    assert (sum(row.country for row in rows), sum(not row.country for row in rows), len(batch.rejected)) == (85, 1314, 52)
    assert {each.rule for each in batch.rejected} == {"no_label"}
    assert sum(f"{span} value" in row.cells for row in rows for span in ("month", "year") if row.label) == kept.height
    figures = {(row["partner"], row["product"], row["period_start"].month): (row["value"], row["quantity"])
               for row in kept.iter_rows(named=True)}
    assert figures["CHN", "TOTAL", 6] == (Decimal(7_814_362_724), None)
    assert figures["MYS", "TOTAL", 1] == (Decimal(3_436_540_336), None)
    assert figures["DZA", "Coffee", 6] == (Decimal(15_501_977), 3667.0) and figures["DZA", "Coffee", 1] == (Decimal(257_173_005), 60070.0)
    assert figures["DNK", "Coffee", 1] == (Decimal(4_626_325), 1152.0) and ("DNK", "Coffee", 6) not in figures
