"""India's TradeStat (a real page, cell by cell), the Philippines' OpenSTAT and Indonesia's BPS (synthetic: nobody showed an answer)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.formats.grids import cell_at
from connectors.formats.html_tables import grids_of
from connectors.formats.html_tables import parsed as tree
from connectors.statistics.bps import CONNECTOR as BPS
from connectors.statistics.psa import CONNECTOR as PSA
from connectors.statistics.tradestat import CONNECTOR as INDIA
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.asian_offices import Office, bps, openstat, tradestat
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.tables import INDICATOR, TRADE

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
ROWS = [("CHINA P RP", "1.50", "2.25", "50", "10.50", "20.25", "92.86"), ("U S A", "3.00", "0.00", "-", "30.00", "5.00", "-83.33"),
        ("Total", "4.50", "2.25", "-50", "40.50", "25.25", "-37.65")]
VALUE, QUANTITY = "tradestat.country", "tradestat.quantity"


def page(body: bytes, dataset: str = VALUE) -> Any:
    (batch,) = INDIA.read(document(dataset, body))
    return batch


def test_every_cell_of_the_real_page_is_a_quantity(samples: Path) -> None:
    body = (samples / "india/tradestat_meidb_exports_by_country_cy2025_hs7106.html").read_bytes()
    assert INDIA.recognise(body, "page.html") == QUANTITY
    batch = page(body, QUANTITY)
    found, grids = stored(batch, INDICATOR), grids_of(tree(body.decode()))
    assert (found.height, batch.rejected) == (96 * 4, ())
    for locator, value in found.select("locator", "value").iter_rows():
        assert Decimal(cell_at(grids, locator).replace(",", "")) == value
    assert INDIA.read_cell(document(QUANTITY, body), "table 1, row 97 (Total), column 7 (Jan-Dec2025 (F))") == "269,133.00"
    assert set(found.select("area", "product", "indicator", "unit").iter_rows()) == {("IND", "7106", "export_quantity", "not told")}
    china = found.filter((found["partner"] == "CHN") & (found["period_start"] == date(2025, 1, 1)))
    assert china.height == 1 and china["flags"].to_list() == ["mark=final"]
    assert batch.released_at == datetime(2026, 7, 23, 18, 30, tzinfo=UTC)


def test_values_have_their_unit_growth_and_mark() -> None:
    found = stored(page(tradestat(ROWS)), TRADE)
    row = found.row(by_predicate=(pl.col("partner") == "CHN") & (pl.col("period_start") == date(2025, 12, 1)), named=True)
    assert (row["value"], row["unit_multiplier"], row["decimals"]) == (2_250_000, 1_000_000, 2)
    assert (row["currency"], row["valuation"]) == ("USD", "FOB")
    assert (row["published_yoy_pct"], row["flags"], row["classification"], row["product_level"]) == (50, "mark=final", "ITC-HS", 4)
    rupees = stored(page(tradestat(ROWS, measured="₹ Crore", flow="Import")), TRADE)
    assert set(rupees.select("currency", "unit_multiplier", "valuation").iter_rows()) == {("INR", 10_000_000, "CIF")}


@pytest.mark.parametrize(("body", "error", "words"), [
    (tradestat(ROWS[:1] + ROWS[2:]), Incomplete, "the 1 countries add up to"),
    (tradestat(ROWS[:2]), Incomplete, "does not end with its total"),
    (tradestat(ROWS)[:-150], Incomplete, "cut off"), (tradestat(ROWS, heading="Country wise all Commodities"), NotReadable, "is not read"),
    (tradestat(ROWS, measured="Bushels"), SchemaDrift, "what its values are in"),
    (tradestat(ROWS, columns=("Dec-2024 (X)", "Dec-2025 (F)", "%Growth", "Jan-Dec2024 (R)", "Jan-Dec2025 (F)", "%Growth")), SchemaDrift,
     "is not explained"),
    (tradestat(ROWS, columns=("Dec-2024 (R)", "Dec-2025 (F)", "%Growth", "Apr-Mar2024 (R)", "Apr-Mar2025 (F)", "%Growth")), SchemaDrift,
     "in which year it begins"),
    (tradestat([("CHINA P RP", "x", "2.25", "50", "10.50", "20.25", "92.86")]), SchemaDrift, "is no figure"),
    (b"<html><title>TRADESTAT</title>Ministry of Commerce</html>", NotReadable, "it has no heading"), (b"", NotReadable, "no page")])
def test_half_pages_and_other_pages_are_refused_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        page(body)


def test_a_country_that_nobody_knows_is_set_aside() -> None:
    batch = page(tradestat([("ATLANTIS", *ROWS[0][1:]), *ROWS[1:]]))
    assert {one.rule for one in batch.rejected} == {"area"} and set(stored(batch, TRADE)["partner"]) == {"USA", "WLD"}


# OpenSTAT and BPS


def test_a_table_is_read_by_its_own_words() -> None:
    body = openstat()
    assert PSA.recognise(body, "table.px") == "psa.totals"
    (batch,) = PSA.read(document("psa.totals", body))
    found = stored(batch, TRADE)
    assert found.select("flow", "period_start", "value", "unit_multiplier", "status").sort("flow", "period_start").rows()[:2] == [
        ("export", date(2025, 1, 1), 5_000_000, 1_000, "A"), ("export", date(2025, 2, 1), 6_000_000, 1_000, "A")]
    assert set(found.filter(found["period_start"] >= date(2026, 1, 1))["status"]) == {"P"}
    assert [PSA.read_cell(document("psa.totals", body), place) for place in found["locator"]] == [
        str(int(value / 1_000)) for value in found["value"]]


@pytest.mark.parametrize(("body", "words"), [
    (openstat(unit="pesos"), "the unit cannot be told"), (openstat(unit="US dollars"), "the unit cannot be told"),
    (openstat(months=("Q1", "Q2")), "no table of flows by year and month as it is known: 'Synthetic totals"),
    (openstat(flows=("Nickel", "Gold")), r"Variables \(2\): Nickel, Gold")])
def test_a_table_that_says_other_things_is_kept_and_described(body: bytes, words: str) -> None:
    with pytest.raises(NotReadable, match=words):
        PSA.read(document("psa.totals", body))


def test_half_tables_are_refused() -> None:
    for body in (openstat()[:-8], openstat(values="1 2 3"), b"<html>", b""):
        with pytest.raises(PublisherError):
            PSA.read(document("psa.totals", body))
    (batch,) = PSA.read(document("psa.totals", openstat(values='1 ".." 3 4 5 6 7 8 9 10 11 ".."')))
    assert batch.not_asked == {"mark ..": 2}


@pytest.fixture
def office() -> Office:
    return Office(openstat())


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_openstat_is_asked_by_one_question(home: Home, office: Office) -> None:
    said = home.run("refresh", "psa")
    assert said.code == 0 and "12 new" in said.out, said.text
    office.table = openstat(unit="bushels")
    said = home.run("refresh", "psa")
    assert "kept; the unit cannot be told" in said.out, said.text


def test_bps_asks_nothing_without_a_key_and_keeps_and_describes_with_one(home: Home, office: Office) -> None:
    said = home.run("refresh", "bps")
    assert (office.asked, "the key 'bps' is not set" in said.text) == (0, True), said.text
    (line,) = [line for line in home.run("status").out.splitlines() if "bps.goods" in line]
    assert "key" in line
    said = home.run("refresh", "bps", ENTREPOT_API_KEYS='{"bps": "synthetic-key"}')
    assert office.asked == 10 and "kept; no parser for this answer yet: 1 records" in said.out, said.text
    assert "synthetic-key" not in said.text
    assert BPS.recognise(bps(), "x.json") == "bps.goods"
    place = "record 1 ([03] SYNTHETIC, MALAYSIA, BELAWAN, 2026, [02] Februari), field value"
    assert BPS.read_cell(document("bps.goods", bps()), place) == "1015.5"
