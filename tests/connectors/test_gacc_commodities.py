"""GACC's tables of commodities, by quantity and value and by customs regime, and what codes they mean. Synthetic but for real pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.asking import answers
from connectors.contract import Wanted
from connectors.http.client import HttpClient, Settings
from connectors.statistics.gacc import CONNECTOR, index
from connectors.statistics.gacc.commodities import commodity
from connectors.statistics.gacc.titles import COMMODITY, COVERAGE, PRELIM, REGIME, flow_named, table_of
from tests.connectors.as_stored import rows, stored
from tests.connectors.synthetic_gacc import synthetic_index
from tests.documents import document
from tests.publishers import Publishers
from tests.publishers.memory_archive import MemoryArchive
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Document

LABELS = ("Agriculture products*", "\xa0\xa0\xa0\xa0Aquatic products", "Fertilizers", "Toys", "Footwear", "Ceramic products", "Rice",
          "Ships", "Mobile phones", "Lamps", "Hi-tech products*")
FIRST = tuple(label.strip("\xa0").split(" ")[0] for label in LABELS)
HEAD = (("6", "Quantity"), ("6", "Value"), ("1-6 Total", "Quantity"), ("1-6 Total", "Value"), ("1-6 Total,2025", "Quantity"),
        ("1-6 Total,2025", "Value"), ("1-6 Total, Year-On-Year(%)", "Quantity"), ("1-6 Total, Year-On-Year(%)", "Value"))
MONTHLY = "(5) China's Major Exports by Quantity and Value, Jun 2026 (in USD)"
BY_REGIME = "（17）Export of Selected Commodities by Major Customs Regimes,6.2026"
ALL_GOODS = "(5)Imports and Exports by Customs Regime,2.2026"


def page(title: str, rows_: Sequence[Sequence[str]], *, dated: str = "2026/07/15", tail: str = "") -> bytes:
    """A page of the English site with one table (synthetic)."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows_)
    return (f"<html><head><title>{title}</title></head><body>customs.gov.cn<div class='atcl-ttl'>{title}</div>"
            f"<div class='atcl-date'>{dated}</div><div class='atcl-cnt'><table>{body}</table>{tail}</div></body></html>").encode()


def major(title: str = MONTHLY, head: Sequence[tuple[str, str]] = HEAD, labels: Sequence[str] = LABELS, unit: str = "Unit: USD1 Million",
          **cells: Sequence[str]) -> bytes:
    """Tables (5) and (6): 10.0 units for 1,000.0 million dollars in the month, six times as much in the half year.

    ``cells``: other cells of a row by its label's first word.
    """
    usual = {"6": ("10.0&nbsp;", "1,000.0&nbsp;"), "1-6 Total": ("60.0", "6,000.0"), "1-6 Total,2025": ("48.0", "4,800.0"),
             "1-6 Total, Year-On-Year(%)": ("25.0", "25.0")}
    lines = [[label, "10,000 Tons", *(cells.get(label.strip("\xa0").split(" ")[0]) or [
        usual.get(above, ("1.0", "2.0"))[kind == "Value"] for above, kind in head])] for label in labels]
    wide = len(head) + 2
    return page(title, [[title] * wide, [unit] * wide, ["Commodity", "Quantity Unit", *(above for above, _ in head)],
                        ["Commodity", "Quantity Unit", *(kind for _, kind in head)], *lines, ["Note: 1. Synthetic."] * wide])


def regimes(title: str = BY_REGIME, labels: Sequence[str] = LABELS, *, rows_: Sequence[Sequence[str]] | None = None) -> bytes:
    """Table (17): values and growth in turn, two regimes."""
    lines = [row for label in labels
             for row in ([label, "10000T", "7", "4,000", "3", "2,000"], [label, "10000T", "1.5", "-2.0", "-", "300.1"])]
    return page(title, [[title] * 6, ["Unit:US$1,000"] * 6,
                        ["Customs Regimes Commodities", "Quantity Unit", *["Ordinary Trade"] * 2, *["Processing Trade"] * 2],
                        ["Customs Regimes Commodities", "Quantity Unit", *["Quantity", "Value"] * 2], *(rows_ or lines),
                        ["Note: synthetic"] * 6])


def read(body: bytes, dataset: str = COMMODITY) -> Batch:
    """Everything of a page; what it has of the year before is a batch of its own there."""
    first, *before = CONNECTOR.read(document(dataset, body, "http://english.customs.gov.cn/Statics/synthetic.html"))
    assert all(each.scope is None for each in before), "of the year before nothing is complete"
    return replace(first, frames=[*first.frames, *(frame for each in before for frame in each.frames)])


def test_titles_are_known_by_their_words() -> None:
    assert [table_of(title) for title in (MONTHLY, MONTHLY.replace("(5)", "(6)").replace("Exports", "Imports"), BY_REGIME, ALL_GOODS,
                                          "（18）Import of Selected Commodities by Major Customs Regimes,6.2026")] == [
        COMMODITY, COMMODITY, REGIME, REGIME, REGIME]
    assert [flow_named(title) for title in (MONTHLY, MONTHLY.replace("Exports", "Imports"), BY_REGIME, ALL_GOODS)] == [
        "export", "import", "export", None]
    assert table_of("（13）Major Export Commodities in Quantity and Value") is None
    assert commodity(" Motor vehicles（including chassis)\xa0") == commodity("Motor vehicles (including chassis)") and commodity(
        "Mechanical and electrical products *") == "Mechanical and electrical products"


@pytest.mark.parametrize("flow", ["export", "import"])
def test_a_commodity_has_its_month_its_year_and_the_year_before(flow: str) -> None:
    body = major(MONTHLY if flow == "export" else MONTHLY.replace("(5)", "(6)").replace("Exports", "Imports"))
    assert CONNECTOR.recognise(body, "any.html") == COMMODITY
    batch = read(body)
    kept = stored(batch, tables.TRADE)
    fish = kept.filter(kept["product"] == "Aquatic products")
    assert fish.select("flow", "classification", "product_level", "period_start", "period_end", "value", "quantity", "quantity_unit",
                       "published_yoy_pct", "valuation", "partner", "status", "flags").rows() == [
        (flow, f"GACC-MAJOR-{flow.upper()}S", 2, start, end, value, quantity, "10,000 Tons", growth, "FOB" if flow == "export" else "CIF",
         "WLD", "P", flags) for start, end, value, quantity, growth, flags in (
            (date(2026, 6, 1), date(2026, 6, 30), Decimal(10**9), 10.0, None, ""),
            (date(2026, 1, 1), date(2026, 6, 30), Decimal(6 * 10**9), 60.0, Decimal(25), "quantity_yoy=25.0"),
            (date(2025, 1, 1), date(2025, 6, 30), Decimal(4_800_000_000), 48.0, None, ""))]
    assert (kept.height, batch.spans, batch.rejected, batch.released_at) == (33, 2, (), datetime(2026, 7, 14, 16, tzinfo=UTC))
    assert batch.scope is not None and batch.scope["period_end"] == (date(2026, 6, 30),)
    assert set(kept.filter(kept["product_level"] == 1)["product"]) == {"Agriculture products", "Hi-tech products"}


def test_what_has_no_quantity_has_none_and_a_nil_is_marked() -> None:
    kept = stored(read(major(Toys=("-", "5.0", "-", "50.0", "-", "40.0", "-", "25.0"),
                             Ships=("-", "-", "2.0", "50.0", "3.0", "40.0", "-33.3", "25.0"))), tables.TRADE)
    toys = kept.filter(kept["product"] == "Toys").select("quantity", "quantity_unit", "flags").unique().rows()
    assert toys == [(None, None, "")]
    ships = kept.filter((kept["product"] == "Ships") & (kept["period_start"] == date(2026, 6, 1)))
    assert ships.select("value", "quantity", "flags").rows() == [(Decimal(0), None, "printed=-")]


def test_january_and_february_together_have_no_month_of_their_own() -> None:
    head = [(above.replace("1-6", "1-2"), kind) for above, kind in HEAD[2:]]
    batch = read(major(MONTHLY.replace("Jun", "January-February"), head))
    assert (batch.spans, {row[0] for row in rows(batch).select("period_start").rows()}) == (1, {date(2026, 1, 1), date(2025, 1, 1)})


@pytest.mark.parametrize(("body", "error", "words"), [
    (major(unit="Unit: CNY 100 Million"), SchemaDrift, "the title says USD, the unit says CNY"),
    (major(unit="Unit: USD1 Billion"), SchemaDrift, "known for gacc.prelim.commodity in USD is 1,000,000"),
    (major(head=[(above.replace("6", "5"), kind) for above, kind in HEAD]), SchemaDrift, "which is not of 2026-06"),
    (major(head=[(above, kind if kind == "Value" else "Price") for above, kind in HEAD]), SchemaDrift, "neither quantity nor value"),
    (major(head=HEAD[:2]), SchemaDrift, "the columns are not the month, January to the month"),
    (major(labels=LABELS[:4]), Incomplete, "4 commodities"),
    (major(**dict.fromkeys(FIRST, ("1.0", "1.0", "1.0", "6.0", "1.0", "9.0", "1.0", "25.0"))), SchemaDrift, "contradicts their values"),
    (major(**dict.fromkeys(FIRST, ("60.0", "1.0", "10.0", "6.0", "48.0", "4.8", "25.0", "25.0"))), SchemaDrift,
     "contradicts their quantities"),
    (major(**dict.fromkeys(FIRST, ("-",) * 8)), Incomplete, "the table is not out yet"),
    (major(Toys=("1.0", "2.0")), SchemaDrift, "has 4 cells where the header has 10"),
    (major()[:3000], PublisherError, "cut off"), (major(MONTHLY.replace("Jun 2026 ", "")), SchemaDrift, "no title names year and month"),
    (page(MONTHLY, []), PublisherError, "."), (regimes(), SchemaDrift, f"this is the table of {REGIME}")])
def test_a_page_that_is_not_as_known_is_refused_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        read(body)


def test_one_figure_that_contradicts_itself_is_set_aside_or_marked() -> None:
    batch = read(major(Toys=("1.0", "9.0", "1.0", "6.0", "1.0", "4.8", "1.0", "25.0"),
                       Rice=("x", "1.0", "6.0", "6.0", "4.8", "4.8", "25", "25.0"),
                       Lamps=("1.0", "1.0", "6.0", "6.0", "4.8", "4.8", "25.0", "99.0")))
    assert {(each.rule, each.reason) for each in batch.rejected} == {
        ("identity", "a month is more than the year to it"), ("not_a_number", "'x' is no quantity")}
    marked = rows(batch).filter(rows(batch)["flags"].str.contains("doubtful=growth"))
    assert marked["product"].to_list() == ["Lamps"]


def test_regimes_of_a_commodity_are_cuts_of_the_year_to_date() -> None:
    body = regimes()
    assert CONNECTOR.recognise(body, "any.html") == REGIME
    kept = stored(read(body, REGIME), tables.TRADE)
    columns = ("breakdown", "period_start", "period_end", "value", "quantity", "published_yoy_pct", "flags", "status")
    assert kept.filter(kept["product"] == "Toys").select(columns).rows() == [
        ("regime=Ordinary Trade", date(2026, 1, 1), date(2026, 6, 30), Decimal(4_000_000), 7.0, Decimal(-2), "quantity_yoy=1.5", "A"),
        ("regime=Processing Trade", date(2026, 1, 1), date(2026, 6, 30), Decimal(2_000_000), 3.0, Decimal("300.1"), "", "A")]


EXCERPT = (("TOTAL", "300,000", "650,000", "200,000", "440,000"), ("39.6", "21.8", "13.8", "19.8"),
           ("Ordinary Trade", "299,993", "649,997", "199,992", "439,993"), ("45.5", "20.7", "3.8", "8.8"),
           ("Other Donation", "7", "3", "8", "7"), ("6.7", "-", "-", "-99.8"))


def all_goods(lines: Sequence[Sequence[str]], title: str = ALL_GOODS) -> bytes:
    many = [row for place in range(8) for row in ((f"Regime {place}", "-", "-", "-", "-"), ("-",) * 4)]
    return page(title, [[title] * 5, ["Unit:US$1,000"] * 5, ["Customs Regime", "Exports", "Exports", "Imports", "Imports"],
                        ["Customs Regime", "2", "1to2", "2", "1to2"], *lines, *many, ["Notes: 1. synthetic"] * 5])


def test_all_goods_by_regime_have_a_total_that_they_add_up_to() -> None:
    batch = read(all_goods(EXCERPT), REGIME)
    kept = stored(batch, tables.TRADE)
    assert kept.filter(kept["breakdown"] == "-").select("flow", "product", "period_start", "value", "published_yoy_pct").rows() == [
        ("export", "TOTAL", date(2026, 2, 1), Decimal(300_000_000), Decimal("39.6")),
        ("export", "TOTAL", date(2026, 1, 1), Decimal(650_000_000), Decimal("21.8")),
        ("import", "TOTAL", date(2026, 2, 1), Decimal(200_000_000), Decimal("13.8")),
        ("import", "TOTAL", date(2026, 1, 1), Decimal(440_000_000), Decimal("19.8"))]
    assert [check.observed for check in batch.checks if check.check == "regimes"] == ["every column adds up"]
    with pytest.raises(SchemaDrift, match="do not add up to the total"):
        read(all_goods((*EXCERPT[:4], ("Other Donation", "700", "3", "8", "7"), EXCERPT[5])), REGIME)


def test_the_excerpt_of_all_goods_adds_up_and_has_its_totals(samples: Path) -> None:
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")]
             for line in (samples / "gacc/bulletin_table5_customs_regime_2026-02_usd_excerpt.md").read_text().splitlines()]
    body = page(ALL_GOODS, [[ALL_GOODS] * 5, ["Unit:US$1,000"] * 5, ["Customs Regime", "Exports", "Exports", "Imports", "Imports"],
                            ["Customs Regime", "2", "1to2", "2", "1to2"],
                            *([cell for cell in line if cell] for line in lines[4:-1])])
    batch = read(body, REGIME)
    kept = rows(batch)
    assert [check.observed for check in batch.checks if check.check == "regimes"] == ["every column adds up"]
    assert kept.filter(kept["breakdown"] == "-")["value"].to_list() == [
        Decimal(thousand) * 1000 for thousand in (299_877_987, 656_577_613, 208_900_488, 442_959_547)]
    assert len(set(kept["breakdown"])) == 17


@pytest.mark.parametrize(("lines", "error", "words"), [
    ([["Toys", "T", "7", "4,000", "3", "2,000"]] * 2, None, ""),
    ([["Toys", "T", "7", "4,000", "3", "2,000"], ["Ships", "T", "7", "4,000", "3", "2,000"]], SchemaDrift, "the growth of 'Toys'"),
    ([["Toys", "T", "1.5", "4.5", "3.0", "2.1"], ["Toys", "T", "7", "4,000", "3", "2,000"]], SchemaDrift, "not in turn"),
    ([["Toys", "T", "7", "4,000", "3", "2,000"]], Incomplete, "has no growth below it")])
def test_rows_of_values_and_growth_must_be_in_turn(lines: list[list[str]], error: type[PublisherError] | None, words: str) -> None:
    usual = [row for place in range(10)
             for row in ([f"Goods {place}", "T", "7", "4,000", "3", "2,000"], [f"Goods {place}", "T", "1", "2", "3", "4"])]
    body = regimes(rows_=[*usual, *lines])
    if error is None:
        assert read(body, REGIME).rejected == ()
        return
    with pytest.raises(error, match=words):
        read(body, REGIME)


def test_an_index_links_the_pages_of_commodities_in_both_currencies(samples: Path) -> None:
    for file, year, months in (("seed_2026.html", 2026, {2, 3}), ("preliminary_index_2025.html", 2025, set(range(2, 13)))):
        listing = document(COMMODITY, (samples / "gacc" / file).read_bytes(), index.index_url(COMMODITY))
        links = index.links_of(listing, COMMODITY, year)
        assert {link.currency for link in links} == {"CNY", "USD"} and {link.months.last for link in links} >= months
        assert not {link.url for link in links} & {link.url for link in index.links_of(listing, PRELIM, year)}
    bulletin = document(REGIME, (samples / "gacc/monthly_index_2026_jul_cut.html").read_bytes(), index.index_url(REGIME))
    assert index.links_of(bulletin, REGIME, 2026) == [], "the cut has no row of it"
    with pytest.raises(SchemaDrift, match="describes the table by country"):
        index.links_of(document(COMMODITY, b"<table><tr><td>x</td><td>y</td></tr></table>"), COMMODITY, 2026)


@pytest.mark.parametrize("file", ["prelim_t5_major_exports_feb2026_usd.html", "prelim_t5_major_exports_jun2026_usd.html",
                                  "prelim_t5_major_exports_jun2026_cny.html", "bulletin_t17_exports_by_regime_jun2026.html"])
def test_every_cell_of_the_real_pages_is_a_figure_again(samples: Path, file: str) -> None:
    body = (samples / "gacc" / file).read_bytes()
    dataset = CONNECTOR.recognise(body, "any.html")
    assert dataset == (REGIME if "t17" in file else COMMODITY)
    batch = read(body, dataset)
    kept = stored(batch, tables.TRADE)
    assert (kept.height, len(set(kept["product"])), batch.rejected) == (124 if dataset == REGIME else 93, 31, ())
    told = document(dataset, body)
    for row in kept.iter_rows(named=True):
        printed = CONNECTOR.read_cell(told, row["locator"]).replace(",", "")
        assert (Decimal(0) if printed == "-" else Decimal(printed)) * row["unit_multiplier"] == row["value"]
        beside = re.sub(r"column (\d+)", lambda found: f"column {int(found[1]) - 1}", row["locator"])
        amount = CONNECTOR.read_cell(told, beside).replace(",", "")
        assert row["quantity"] == (None if amount == "-" else float(amount))
        assert (row["quantity"] is None) == (row["quantity_unit"] is None)


def test_the_four_regimes_are_the_half_year_of_the_preliminary_table(samples: Path) -> None:
    monthly, cut = (rows(read((samples / "gacc" / name).read_bytes(), dataset)) for name, dataset in (
        ("prelim_t5_major_exports_jun2026_usd.html", COMMODITY), ("bulletin_t17_exports_by_regime_jun2026.html", REGIME)))
    half = {row["product"]: row for row in monthly.iter_rows(named=True) if row["period_start"] == date(2026, 1, 1)}
    for product in set(cut["product"]):
        parts = sum(cut.filter(cut["product"] == product)["value"].to_list(), Decimal(0))
        assert abs(parts - half[product]["value"]) <= 60_000, product
    assert half["Footwear"]["flags"].endswith("doubtful=unit, 100 million pairs by table (17)") and half["Footwear"]["quantity"] == 42.9
    world = CONNECTOR.read(document(PRELIM.replace("prelim", "bulletin"),
                                    (samples / "gacc/bulletin_t2_by_country_jun2026_usd_cut.html").read_bytes()))[0]
    total = next(row["value"] for row in rows(world).iter_rows(named=True)
                 if (row["partner"], row["flow"], row["period_start"]) == ("WLD", "export", date(2026, 6, 1)))
    june = {row["product"]: row["value"] for row in monthly.iter_rows(named=True) if row["period_start"] == date(2026, 6, 1)}
    overlapping = {"Agriculture products", "Mechanical and electrical products", "Hi-tech products"}
    assert june["Agriculture products"] + june["Mechanical and electrical products"] < total == Decimal(412_387_125_000)
    assert all(value < june["Mechanical and electrical products"] for name, value in june.items() if name not in overlapping)


def test_the_coverage_says_which_codes_a_commodity_means(samples: Path) -> None:
    body = (samples / "gacc/coverage_major_exports_2024.xls").read_bytes()
    assert CONNECTOR.recognise(body, "any.xls") == COVERAGE
    (batch,) = CONNECTOR.read(document(COVERAGE, body))
    kept = rows(batch)
    assert batch.rejected == () and len(set(kept["from_product"])) == 31
    codes = {name: set(kept.filter(kept["from_product"] == name)["to_product"]) for name in set(kept["from_product"])}
    assert codes["Refined petroleum products"] == {"2710"} and codes["Footwear"] == {"6401", "6402", "6403", "6404", "6405"}
    assert codes["Rare-earth ore, metals, compounds"] == {"2530902", "28053", "2846"} and {"01", "24", "290543", "290544", "3505"} <= codes[
        "Agriculture products"]
    assert {(len(row[1]) in (2, 4, 6), row[0]) for row in kept.select("to_classification", "to_product").rows()} == {
        (True, "HS2022"), (False, "CN-TARIFF")}
    assert CONNECTOR.read_cell(document(COVERAGE, body), kept.filter(kept["to_product"] == "2710")["locator"][0]) == "2710"
    june = read((samples / "gacc/prelim_t5_major_exports_jun2026_usd.html").read_bytes())
    assert set(rows(june)["product"]) - set(codes) == {"Medical and pharmaceutical products"}, "in 2024 Chinese medicines stood there"


# ── asked for ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

BASE = "http://english.customs.gov.cn"
BY_COUNTRY = "(4) China's Total Export & Import Values by Country/Region (in USD)"
EXPORTS, IMPORTS = (f"({number}) China's Major {flow} by Quantity and Value (in USD)" for number, flow in ((5, "Exports"), (6, "Imports")))


def crawled(tmp_path: Path, pages: dict[str, bytes], listed: Sequence[tuple[str, Sequence[tuple[str, str | None]]]]
            ) -> list[Document | PublisherError]:
    with Publishers() as publishers:
        publishers.robots("english.customs.gov.cn", "")
        publishers.serve(index.index_url(COMMODITY), synthetic_index(listed), "text/html")
        for name, body in pages.items():
            publishers.serve(f"{BASE}/Statics/{name}.html", body, "text/html")
        client = HttpClient(MemoryArchive(), contact="test@example.org", version="0", locks=tmp_path, host_map=publishers.host_map,
                            settings=Settings(min_interval=0, attempts=1))
        return list(answers(CONNECTOR, client, Wanted({COMMODITY})))


def test_the_index_leads_to_exports_and_imports_and_a_page_that_is_another_is_drift(tmp_path: Path) -> None:
    imports = major(MONTHLY.replace("(5)", "(6)").replace("Exports", "Imports"))
    links = [(EXPORTS, [("Jun", f"{BASE}/Statics/a.html")]), (IMPORTS, [("Jun", f"{BASE}/Statics/b.html"), ("Jul", None)])]
    found = crawled(tmp_path, {"a": major(), "b": imports}, [(BY_COUNTRY, []), *links])
    assert [read(answer.body).name for answer in found if isinstance(answer, Document)] == ["export USD 2026-06", "import USD 2026-06"]
    wrong = crawled(tmp_path / "other", {"a": major(), "b": major()}, [(BY_COUNTRY, []), *links])
    assert ["links this page as imports, the page says exports" in str(each) for each in wrong if isinstance(each, SchemaDrift)] == [True]
    gone = crawled(tmp_path / "gone", {"a": major()}, [(BY_COUNTRY, []), *links])
    assert {type(answer).__name__ for answer in gone} == {"Document", "NotFound"}
    assert crawled(tmp_path / "none", {}, [(BY_COUNTRY, [])]) == []
