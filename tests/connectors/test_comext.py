"""Eurostat's Comext on the whole road, against a simulated office: bulk files, months not out, rewritten months, tables. All synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from connectors.statistics.eurostat import connector
from flows.home import clock
from tests import sums
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.eurostat import HOST, Office, bulk, line, packed
from warehouse.lake.opening import connect

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
"""September 2026 is the newest month that is out: since 13 November, 11:00 in Luxembourg."""
RELEASE = datetime(2026, 12, 16, 12, tzinfo=UTC)
SEPTEMBER = (
    line("DE", "CN", "000TOTAL", "1", "202609", 730, 323),
    line("DE", "CN", "85011010", "1", "202609", 600, 300, unit="NAR", amount=10),
    line("DE", "US", "85011010", "2", "202609", 77, 3),
    line("DE", "CN", "85011010", "1", "202609", 100, 20, procedure="2", unit="NAR", amount=2),
    line("DE", "CN", "850610XX", "1", "202609", 30, 3),
    line("DE", "US", "000TOTAL", "2", "202609", 77, 3),
    line("FR", "QP", "000TOTAL", "2", "202609", 5, 0),
    line("FR", "CN", "000TOTAL", "1", "202609", 500, 0),
    line("FR", "CN", "000TOTAL", "1", "202609", 500, 0, kind="L"))


def an_office() -> Office:
    """Two months of files, and a month of the table."""
    made = Office()
    made.put("202609", SEPTEMBER)
    made.put("202608", (line("DE", "CN", "000TOTAL", "1", "202608", 900, 1),))
    made.observations = [
        ("EU27_2020", "CN", "TOTAL", "1", "VALUE_IN_EUROS", "2026-09", 1500),
        ("EU27_2020", "MY", "TOTAL", "1", "VALUE_IN_EUROS", "2026-09", 500),
        ("EU27_2020", "CN", "TOTAL", "1", "QUANTITY_IN_100KG", "2026-09", 5.5),
        ("EU27_2020", "WORLD", "TOTAL", "1", "VALUE_IN_EUROS", "2026-09", 2000),
        ("EU27_2020", "CN", "85", "1", "VALUE_IN_EUROS", "2026-09", 700),
        ("EU27_2020", "CN", "85", "1", "QUANTITY_IN_100KG", "2026-09", 3.2)]
    return made


@pytest.fixture(autouse=True, scope="module")
def two_months() -> Iterator[None]:
    """A release rewrites two months here, so that tests need not make twenty-four files."""
    with patch.object(connector, "REWRITTEN", 2):
        yield


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory, two_months: None) -> Home:
    with Publishers() as publishers, clock.at(NOW):
        an_office().open(publishers)
        home = Home(tmp_path_factory.mktemp("loaded") / "home", publishers)
        said = home.run("refresh", "eurostat")
    assert said.code == 0, said.text
    return home


@pytest.fixture
def loaded(loaded_once: Home, tmp_path: Path, publishers: Publishers) -> Home:
    return loaded_once.copied(tmp_path / "home", publishers)


def asked(publishers: Publishers) -> list[str]:
    return [each.path for each in publishers.asked(HOST)]


def test_lines_of_procedures_are_one_figure_that_leads_back_to_each_of_them(loaded: Home) -> None:
    shown = loaded.run("get", "Germany", "China", "2026-09", "--products", "CN2026").out
    assert "import 85011010 (CN2026)  EUR 700  CIF" in shown and "import 850610XX (CN2026)   EUR 30  CIF" in shown, shown
    traced = loaded.run("trace", "Germany", "China", "2026-09", "--flow", "import", "--product", "85011010").out
    assert "lines 3, 5 (DE, CN, 1, 85011010), column VALUE_EUR" in traced and "printed   '600 + 100'" in traced, traced
    assert loaded.rows("SELECT quantity, quantity_unit, net_weight_kg, product_level, valuation, currency FROM stats.trade "
                       "WHERE product = '85011010'") == [(12, "NAR", 320, 8, "CIF", "EUR")]


def test_details_and_remainders_never_exceed_the_totals(loaded: Home) -> None:
    held = sums.against_totals(connect(loaded.place))
    assert {of for _, of in held} >= {"products"} and not [found for found in held.values() if found.exceeded], held


def test_totals_products_and_remainders_are_kinds_of_their_own(loaded: Home) -> None:
    assert loaded.rows("SELECT classification, product, product_level, value FROM stats.trade WHERE dataset = 'eurostat.comext' "
                       "AND reporter = 'DEU' AND partner = 'CHN' AND period_end = '2026-09-30' ORDER BY product_level") == [
        ("CN2026", "850610XX", -1, 30), ("-", "TOTAL", 0, 730), ("CN2026", "85011010", 8, 700)]


def test_all_goods_come_with_every_partner_and_products_with_those_that_are_chosen(loaded: Home) -> None:
    assert loaded.rows("SELECT partner, partner_kind, product, value, net_weight_kg FROM stats.trade WHERE flow = 'export' "
                       "ORDER BY partner") == [("USA", "country", "TOTAL", 77, 3), ("XHS", "unspecified", "TOTAL", 5, None)]
    ((not_asked,),) = loaded.rows("SELECT not_asked FROM ops.load WHERE dataset = 'eurostat.comext' AND batch = '2026-09'")
    assert not_asked == "products of another partner=1;trade type L=1"


def test_a_month_that_was_had_at_its_release_was_public_then(loaded: Home) -> None:
    assert loaded.rows("SELECT DISTINCT released_basis, strftime(timezone('UTC', released_at), '%Y-%m-%d %H:%M') FROM stats.trade "
                       "WHERE dataset = 'eurostat.comext' AND period_end = '2026-09-30'") == [("calendar", "2026-11-13 10:00")]
    assert loaded.rows("SELECT DISTINCT released_basis FROM stats.trade WHERE period_end = '2026-08-31'") == [("first_seen",)]


def test_between_releases_nothing_is_asked_and_after_one_what_was_rewritten_is_revised(
        loaded: Home, publishers: Publishers, office: Office) -> None:
    with clock.at(datetime(2026, 12, 16, 9, tzinfo=UTC)):
        loaded.run("refresh", "eurostat")
    assert asked(publishers) == []
    office.put("202610", (line("DE", "CN", "000TOTAL", "1", "202610", 999, 1),))
    office.put("202609", (SEPTEMBER[0].replace("730,730", "735,735"), *(each for each in SEPTEMBER[1:] if "QP" not in each)))
    with clock.at(RELEASE):
        said = loaded.run("refresh", "eurostat.comext")
        assert said.code == 0, said.text
        assert [path[-11:] for path in asked(publishers)] == ["2_202610.7z", "2_202609.7z"]
        loaded.run("refresh", "eurostat.comext")
    assert len(asked(publishers)) == 2
    assert loaded.rows("SELECT partner, change_kind, old_value, new_value FROM stats.trade_revision ORDER BY partner") == [
        ("CHN", "revised", 730, 735), ("XHS", "withdrawn", 5, None)]


def test_a_month_that_is_late_is_a_page_with_status_200_and_no_data(loaded: Home, publishers: Publishers) -> None:
    before = loaded.rows("SELECT count(*) FROM stats.trade")
    with clock.at(RELEASE):
        said = loaded.run("refresh", "eurostat.comext")
        status = loaded.run("status").out
    assert "NotFound" in said.out and "2026-10 is not published yet" in " ".join(said.out.split()), said.text
    assert "not out yet" in status or "due" in status, status
    assert loaded.rows("SELECT count(*) FROM stats.trade") == before
    assert not loaded.rows("SELECT * FROM ops.fetch WHERE url LIKE '%202610%'")


def test_the_table_has_the_union_and_the_world_with_mass_in_kilograms(loaded: Home) -> None:
    assert loaded.rows("SELECT partner, classification, product, value, net_weight_kg FROM stats.trade "
                       "WHERE dataset = 'eurostat.ds-045409' ORDER BY ALL") == [
        ("CHN", "-", "TOTAL", 1500, 550), ("CHN", "HS2022", "85", 700, 320), ("MYS", "-", "TOTAL", 500, None),
        ("WLD", "-", "TOTAL", 2000, None)]
    assert "Every place is decided" in loaded.run("rank", "EU", "2026-09", "--flow", "import").out


@pytest.mark.parametrize("ticket", [False, True])
def test_a_question_that_is_too_large_or_queued_is_put_again_in_parts(tmp_path: Path, publishers: Publishers, office: Office,
                                                                     ticket: bool) -> None:
    office.too_big, office.ticket = 50, ticket
    with clock.at(NOW):
        home = Home(tmp_path / "home", publishers)
        said = home.run("refresh", "eurostat.ds-045409")
    assert (said.code, home.rows("SELECT count(*), sum(value) FROM stats.trade")) == (0, [(4, 4700)]), said.text
    assert len(asked(publishers)) > 4


def test_a_december_and_its_year_stand_beside_each_other_when_a_person_imports_them(tmp_path: Path) -> None:
    files = []
    for period, value in (("202512", 10), ("202552", 120)):
        files.append(tmp_path / f"full_v2_{period}.7z")
        files[-1].write_bytes(packed(bulk(line("DE", "CN", "000TOTAL", "1", period, value)), f"full_{period}.dat"))
    with clock.at(NOW):
        home = Home(tmp_path / "home")
        said = home.run("import", *files, *files)
    assert (said.code, "2 loads: 2 new" in said.out) == (0, True), said.text
    assert home.rows("SELECT period_kind, value FROM stats.trade ORDER BY value") == [("M", 10), ("A", 120)]


def test_past_months_are_planned_before_anybody_is_asked(loaded: Home, publishers: Publishers) -> None:
    said = loaded.run("backfill", "eurostat", "--from", "2015-01", "--to", "2024-12", "--dry-run", "--json").json
    assert (len(said["asks"]), asked(publishers)) == (120, [])


def test_both_datasets_may_be_passed_on(loaded: Home) -> None:
    assert loaded.rows("SELECT DISTINCT may_redistribute FROM ref.dataset WHERE publisher = 'eurostat'") == [(True,)]
    assert loaded.rows("SELECT count(*), min(strftime(scheduled_at, '%H')) FROM ref.release WHERE dataset = 'eurostat.comext'")[0][0] == 12
