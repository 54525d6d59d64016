"""Details, remainder and total: what is exact, what only bounded, and what a breach. All figures are ours but for publishers' files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from connectors.contract import RECOGNISED_BY, Connector
from flows import conformance, totals
from flows.home import registry
from tests.documents import document
from tests.third_party.synthetic_office import EXPORTS
from warehouse.schema.errors import PublisherError
from warehouse.schema.travel import Batch, Rejected

ALL = replace(EXPORTS, partner_scope="all")
SELECTED = replace(EXPORTS, partner_scope="selected")
DOCUMENT = document(EXPORTS.dataset, b"-")
WORLD = ("WLD", "world", "export", "TOTAL", 0, 1, 1, 100)
"""Partner, its kind, flow, product, level, first and last month of 2024, value in whole units."""


def summed(*rows: tuple[str, str, str, str, int, int, int, int | None], dataset: object = ALL, aside: int = 0) -> dict[str, totals.Summed]:
    frame = pl.DataFrame([{
        "reporter": "CHN", "partner": partner, "partner_kind": kind, "flow": flow, "product": product, "product_level": level,
        "classification": "-" if level == 0 else "HS2022", "valuation": "FOB", "currency": "USD", "period_start": date(2024, first, 1),
        "period_end": date(2024, last + 1, 1) if last < 12 else date(2024, 12, 31), "value": value, "locator": f"{partner} {product}"}
        for partner, kind, flow, product, level, first, last, value in rows]).with_columns(
            pl.col("period_end").dt.offset_by("-1d").dt.month_end())
    batch = Batch(dataset=EXPORTS.dataset, name="b", frames=(frame,), rejected=tuple([Rejected("l", "area", "no area", "x")] * aside))
    return {each.of: each for each in totals.of_batch(DOCUMENT, batch, dataset, frame)}  # type: ignore[arg-type]


def country(partner: str, value: int | None, kind: str = "country") -> tuple[str, str, str, str, int, int, int, int | None]:
    return (partner, kind, "export", "TOTAL", 0, 1, 1, value)


@pytest.mark.parametrize("parts", [
    [country("MYS", 60), country("XXX", 40, "unspecified")], [country("MYS", 60), country("SGP", 39), country("CHN", 1, "self")],
    [country("MYS", 60), country("ASEAN", 90, "group"), country("THA", 40)], [country("MYS", 61), country("THA", 40)]])
def test_partners_and_what_is_nowhere_are_the_world_within_print(parts: list[tuple[str, str, str, str, int, int, int, int | None]]) -> None:
    found = summed(WORLD, *parts)[totals.PARTNERS]
    assert (found.exact, found.why, list(conformance.summed([found]))) == (True, "", [])


def test_partners_beyond_the_world_are_a_breach_whatever_the_table_lists() -> None:
    for dataset in (ALL, SELECTED):
        [said] = conformance.summed(summed(WORLD, country("MYS", 60), country("THA", 60), dataset=dataset).values())
        assert "its partners add up to 120, more than the 100 of 'WLD TOTAL'" in said


def test_a_row_that_is_lost_of_a_whole_table_is_a_breach_and_of_a_selection_a_bound() -> None:
    less = [WORLD, country("MYS", 60)]
    [said] = conformance.summed(summed(*less).values())
    assert "come to 60.0% of a total, though it leaves none out" in said
    found = summed(*less, dataset=SELECTED)[totals.PARTNERS]
    assert (found.exact, found.why, list(conformance.summed([found]))) == (False, "it lists selected partners", [])
    assert "bounded: 0 of 1 totals are the sum of their partners, the others at least 60.0% of it: it lists" in str(found)


def test_what_was_set_aside_or_is_confidential_is_a_reason_that_is_told() -> None:
    assert summed(WORLD, country("MYS", 60), aside=2)[totals.PARTNERS].why == "2 rows were set aside"
    assert summed(WORLD, country("MYS", 60), country("THA", None))[totals.PARTNERS].why == "1 figures are confidential or not given"


def test_products_with_their_remainder_are_all_goods_and_without_one_bounded() -> None:
    chapters = [("WLD", "world", "export", code, 2, 1, 1, value) for code, value in (("01", 30), ("85", 50))]
    rest = ("WLD", "world", "export", "85XX", -1, 1, 1, 20)
    assert summed(WORLD, *chapters, rest)[totals.PRODUCTS].exact
    assert summed(WORLD, *chapters)[totals.PRODUCTS].why == "it gives no remainder"
    [said] = conformance.summed(summed(WORLD, chapters[0], rest).values())
    assert "its products come to 50.0% of a total" in said


def test_continents_flows_and_months_must_be_their_whole() -> None:
    names = ("AFRICA", "AMERICAS", "ASIA", "EUROPE", "OCEANIA")
    groups = [country(name, 19, "group") for name in names]
    assert summed(WORLD, *groups, country("XXX", 5, "unspecified"), dataset=SELECTED)[totals.CONTINENTS].exact
    assert totals.CONTINENTS not in summed(WORLD, *groups[1:])
    both = [("WLD", "world", flow, "TOTAL", 0, 1, 1, value) for flow, value in (("total", 150), ("import", 50), ("balance", 50))]
    assert (summed(WORLD, *both)[totals.FLOWS].totals, summed(WORLD, *both)[totals.FLOWS].exact) == (2, True)
    months = [("WLD", "world", "export", "TOTAL", 0, month, month, 40) for month in (1, 2)]
    span = ("WLD", "world", "export", "TOTAL", 0, 1, 2, 80)
    assert summed(*months, span)[totals.MONTHS].exact
    assert totals.MONTHS not in summed(months[0], span)
    [said] = conformance.summed(summed(*months, (*span[:7], 90)).values())
    assert "its months come to 88.9%" in said


def test_what_the_page_lists_as_proved_or_bounded_is_so() -> None:
    page = (Path(__file__).parents[2] / "docs" / "totals.md").read_text(encoding="utf-8").splitlines()
    found = [str(each) for connector in registry.connectors().values()
             for each in conformance.totalled(connector, conformance.documents_of(connector))]
    listed = {line for line in page if ": exact:" in line or ": bounded:" in line}
    assert len(listed) > 40 and listed <= set(found), listed - set(found)


@pytest.mark.parametrize(("file", "of", "equal", "number"), [
    ("comtrade/xippios_fixtures/get/partners_ch_total_2023.json", totals.PARTNERS, 1, 1),
    ("partners/imf_imts_chn_usa_by_partner_2001_2024_usd_million.csv", totals.PARTNERS, 96, 96),
    ("uscensus/exports_hs_848620_2026-08.json", totals.PARTNERS, 1, 1), ("opendosm/trade_headline.csv", totals.FLOWS, 852, 852),
    ("singapore/merch_trade_by_market_2023-02-17.xlsx", totals.CONTINENTS, 578, 578),
    ("gacc/bulletin_t2_by_country_jun2026_usd_cut.html", totals.FLOWS, 118, 118),
    ("gacc/release_section4_by_country_mar2026_cny.html", totals.FLOWS, 60, 60), ("japan/press_2024124e_cut.xml", totals.FLOWS, 24, 24),
    ("gacc/release_section4_by_country_mar2026_cny.html", totals.PARTNERS, 0, 4),
    ("korea/tradedata_flash_country_exports_202609.json", totals.PARTNERS, 0, 3),
    ("singapore/merch_trade_by_market_2023-02-17.xlsx", totals.PARTNERS, 0, 1130)])
def test_publishers_own_files_prove_what_is_listed(samples: Path, file: str, of: str, equal: int, number: int) -> None:
    if not (samples / file).is_file():
        pytest.skip(f"{file} is not here")
    body = (samples / file).read_bytes()
    dataset = next(found for found in (recognised(connector, body, file) for connector in registry.connectors().values()) if found)
    made = conformance.totalled(registry.publisher_of(dataset), [document(dataset, body, f"import:{Path(file).name}")])
    found = [each for each in made if each.of == of]
    assert (sum(each.equal for each in found), sum(each.totals for each in found)) == (equal, number)
    assert not [each for each in made if each.beyond]


def recognised(connector: Connector, body: bytes, name: str) -> str | None:
    try:
        return connector.recognise(body[:RECOGNISED_BY], Path(name).name)
    except PublisherError:
        return None
