"""``mart.real_value``, ``mart.share_of_gdp``, ``mart.seasonally_adjusted`` on synthetic rows of a lake of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from warehouse.lake.opening import Place, connect, writer

TRADE = (
    # dataset, reporter, partner, flow, currency, year, months, value, product, account of the dataset
    ("own.local", "MYS", "CHN", "export", "MYR", 2023, 12, 200), ("own.local", "MYS", "CHN", "export", "MYR", 2024, 12, 220),
    ("own.local", "MYS", "CHN", "export", "MYR", 2024, 6, 110), ("own.dollar", "MYS", "CHN", "export", "USD", 2023, 12, 50),
    ("own.dollar", "MYS", "CHN", "import", "USD", 2023, 12, 60), ("own.dollar", "USA", "CHN", "export", "USD", 2023, 12, 70),
    ("own.dollar", "DEU", "CHN", "export", "EUR", 2023, 12, 80), ("said", "MYS", "CHN", "total", "MYR", 2023, 12, 400))
SERIES = (
    # area, indicator, unit, year, value, base
    ("MYS", "gdp_deflator", "index", 2023, 100, ""), ("MYS", "gdp_deflator", "index", 2024, 110, ""),
    ("USA", "gdp_deflator", "index", 2023, 120, ""), ("USA", "gdp_deflator", "index", 2025, 126, ""),
    ("MYS", "export_unit_value_index", "index", 2023, 90, "2015"), ("MYS", "export_unit_value_index", "index", 2024, 99, "2015"),
    ("MYS", "gdp_current_lcu", "MYR", 2023, 2000, ""), ("MYS", "gdp_current_lcu", "MYR", 2024, 2200, ""),
    ("MYS", "gdp_current_usd", "USD", 2023, 500, ""), ("USA", "gdp_current_lcu", "USD", 2023, 7000, ""),
    ("USA", "gdp_current_usd", "USD", 2023, 7000, ""))


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = Place(tmp_path_factory.mktemp("context") / "lake")
    with writer(place, "test") as one:
        one.con.execute("BEGIN")
        for dataset, account, chain in (("own.local", "reported", "own.local"), ("own.dollar", "reported", "own.dollar"),
                                        ("said", "statement", "said"), ("context", "mixed", "context")):
            one.con.execute("INSERT INTO ref.dataset BY NAME SELECT ? AS dataset, 'office' AS publisher, ? AS account, ? AS chain, "
                            "1 AS chain_rank, 'UTC' AS tz, 'An office' AS title", [dataset, account, chain])
        for number, (dataset, reporter, partner, flow, currency, year, months, value) in enumerate(TRADE):
            one.con.execute("""
                INSERT INTO stats.trade BY NAME SELECT ? AS dataset, ? AS reporter, ? AS partner, ? AS flow, ? AS currency,
                  ?::DATE AS period_start, ?::DATE AS period_end, ? AS value, '-' AS classification, 'TOTAL' AS product, '-' AS breakdown,
                  '-' AS valuation, 'A' AS status, '' AS flags, 0 AS product_level, 'country' AS partner_kind, 1 AS unit_multiplier,
                  0 AS decimals, now() AS released_at, ? AS version_id""",
                            [dataset, reporter, partner, flow, currency, date(year, 1, 1), date(year, months, 30 if months == 6 else 31),
                             value, f"trade {number}"])
        for number, (area, indicator, unit, year, value, base) in enumerate(SERIES):
            put(one.con, area, indicator, unit, date(year, 1, 1), date(year, 12, 31), value, base, "N", f"indicator {number}")
        put(one.con, "MYS", "export_value", "MYR", date(2024, 5, 1), date(2024, 5, 31), 17, "", "S", "adjusted")
        put(one.con, "MYS", "export_value", "MYR", date(2024, 5, 1), date(2024, 5, 31), 18, "", "N", "not adjusted")
        one.con.execute("COMMIT")
        one.after_commit()
    yield connect(place)


def put(con: duckdb.DuckDBPyConnection, area: str, indicator: str, unit: str, start: date, end: date, value: float, base: str,
        adjustment: str, version: str) -> None:
    con.execute("""
        INSERT INTO stats.indicator BY NAME SELECT 'context' AS dataset, ? AS area, '-' AS partner, '-' AS product, ? AS indicator,
          ? AS unit, ?::DATE AS period_start, ?::DATE AS period_end, ? AS value, ? AS base_period, ? AS adjustment, 'A' AS status,
          '' AS flags, now() AS released_at, ? AS version_id""", [area, indicator, unit, start, end, value, base, adjustment, version])


def real(con: duckdb.DuckDBPyConnection, where: str) -> list[tuple[Any, ...]]:
    return con.execute("SELECT year(period_start), value, deflator, deflator_area, base_year, round(real_value, 6) FROM mart.real_value "
                       f"WHERE {where} ORDER BY ALL").fetchall()


def test_figures_in_the_reporters_currency_are_at_its_own_prices(con: duckdb.DuckDBPyConnection) -> None:
    assert real(con, "currency = 'MYR'") == [(2023, 200, "gdp_deflator", "MYS", 2024, 220), (2024, 220, "gdp_deflator", "MYS", 2024, 220)]


def test_figures_in_dollars_are_at_the_dollars_prices_and_at_those_of_what_was_traded(con: duckdb.DuckDBPyConnection) -> None:
    assert real(con, "reporter = 'MYS' AND currency = 'USD' AND flow = 'export'") == [
        (2023, 50, "export_unit_value_index", "MYS", 2024, 55), (2023, 50, "gdp_deflator", "USA", 2025, 52.5)]
    assert real(con, "reporter = 'MYS' AND currency = 'USD' AND flow = 'import'") == [(2023, 60, "gdp_deflator", "USA", 2025, 63)]


def test_the_dollars_own_economy_has_one_row(con: duckdb.DuckDBPyConnection) -> None:
    assert real(con, "reporter = 'USA'") == [(2023, 70, "gdp_deflator", "USA", 2025, 73.5)]


def test_a_currency_whose_prices_are_not_held_has_none_and_neither_has_a_statement_or_half_a_year(con: duckdb.DuckDBPyConnection) -> None:
    assert real(con, "reporter = 'DEU' OR account = 'statement' OR month(period_end) <> 12") == []


def test_a_real_value_names_both_figures_and_how_it_was_made(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT version_id, deflator_version_id, base_version_id, deflator_dataset, deflator_base_period, method "
                       "FROM mart.real_value WHERE deflator = 'export_unit_value_index'").fetchall() == [
        ("trade 3", "indicator 4", "indicator 5", "context", "2015",
         "value * export_unit_value_index of MYS, 2024 / the same, 2023 (context)")]


def test_a_share_of_gdp_is_of_the_same_currency_and_year(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT reporter, flow, currency, year(period_start), value, gdp, share_pct, mixed, gdp_dataset, version_id, "
                       "gdp_version_id FROM mart.share_of_gdp ORDER BY ALL").fetchall() == [
        ("MYS", "export", "MYR", 2023, 200, 2000, 10, "datasets", "context", "trade 0", "indicator 6"),
        ("MYS", "export", "MYR", 2024, 220, 2200, 10, "datasets", "context", "trade 1", "indicator 7"),
        ("MYS", "export", "USD", 2023, 50, 500, 10, "datasets", "context", "trade 3", "indicator 8"),
        ("MYS", "import", "USD", 2023, 60, 500, 12, "datasets", "context", "trade 4", "indicator 8"),
        ("USA", "export", "USD", 2023, 70, 7000, 1, "datasets", "context", "trade 5", "indicator 9")]


def test_adjusted_series_are_as_published(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT area_name, indicator, value, unit, publisher, method FROM mart.seasonally_adjusted").fetchall() == [
        ("Malaysia", "export_value", Decimal(17), "MYR", "office", "as published: context")]


def test_no_reported_figure_is_replaced_or_added_to(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("SELECT count(*) FROM mart.best").fetchone() == (len(TRADE),)


@pytest.mark.parametrize("view", ["real_value", "share_of_gdp"])
def test_what_is_asked_for_reaches_the_figures(con: duckdb.DuckDBPyConnection, view: str) -> None:
    ((_, plan),) = con.execute(f"EXPLAIN SELECT * FROM mart.{view} WHERE reporter = 'MYS' AND partner = 'CHN'").fetchall()
    assert "reporter='MYS'" in plan and "partner='CHN'" in plan  # in the scan, and not only above the windows of mart.best


@pytest.mark.parametrize("view", ["real_value", "share_of_gdp", "seasonally_adjusted"])
def test_each_view_says_its_method_and_sources(con: duckdb.DuckDBPyConnection, view: str) -> None:
    ((said,),) = con.execute("SELECT comment FROM duckdb_views() WHERE schema_name = 'mart' AND view_name = ? AND database_name = 'lake'",
                             [view]).fetchall()
    assert "Source" in said and "stats.indicator" in said
