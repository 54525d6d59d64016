"""The World Bank: on the whole road against a simulated API, and answers that are none. Figures are synthetic, but for real samples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.statistics.worldbank import CONNECTOR
from connectors.statistics.worldbank.connector import API
from flows.home import clock
from tests.connectors.as_stored import rows, stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.worldbank import DATA_XML, HOST, JSON, REFUSED, REFUSED_XML, WITS_HOST, Bank, answer, message, record
from warehouse.schema import tables
from warehouse.schema.errors import Forbidden, Incomplete, NotReadable, PublisherError, SchemaDrift

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
WDI, WITS = "worldbank.wdi", "worldbank.wits"
GDP, LOCAL, DEFLATOR = "NY.GDP.MKTP.CD", "NY.GDP.MKTP.CN", "NY.GDP.DEFL.ZS"


def a_bank() -> Bank:
    values: dict[tuple[str, str, int], float | None] = {
        (GDP, "MYS", 2023): 400.5, (GDP, "MYS", 2024): 440.25, (GDP, "MYS", 2025): None, (GDP, "CHN", 2024): 18000.0,
        (LOCAL, "MYS", 2024): 2000.0, (DEFLATOR, "MYS", 2023): 100.0, (DEFLATOR, "MYS", 2024): 103.123456789,
        (DEFLATOR, "USA", 2024): 125.0, ("PA.NUS.FCRF", "MYS", 2024): 4.5755, ("TX.UVI.MRCH.XD.WD", "MYS", 2024): 98.5}
    return Bank(values, {("MYS", 2024, "XPRT-TRD-VL"): {
        ("CHN", "Total"): 1000.125, ("CHN", "84-85_MachElec"): 1000.125, ("WLD", "Total"): 9000.5, ("EAS", "Total"): 5000.0,
        ("CHN", "manuf"): 800.0, ("CHN", "UNCTAD-SoP4"): 300.0}})


@pytest.fixture
def bank() -> Bank:
    return a_bank()


@pytest.fixture
def publishers(bank: Bank) -> Iterator[Publishers]:
    with Publishers() as simulated:
        bank.open(simulated)
        yield simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_an_answer_becomes_figures_that_lead_back_to_their_cells(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", WDI)
    assert said.code == 0, said.text
    assert home.rows("SELECT area, indicator, year(period_start), year(period_end), unit, value, base_period, flags FROM stats.indicator "
                     "ORDER BY area, indicator, 3") == [
        ("CHN", "gdp_current_usd", 2024, 2024, "USD", 18000, "", f"series={GDP}"),
        ("MYS", "exchange_rate_average", 2024, 2024, "LCU per USD", Decimal("4.5755"), "", "series=PA.NUS.FCRF"),
        ("MYS", "export_unit_value_index", 2024, 2024, "index", Decimal("98.5"), "2015", "series=TX.UVI.MRCH.XD.WD"),
        ("MYS", "gdp_current_lcu", 2024, 2024, "MYR", 2000, "", f"series={LOCAL}"),
        ("MYS", "gdp_current_usd", 2023, 2023, "USD", Decimal("400.5"), "", f"series={GDP}"),
        ("MYS", "gdp_current_usd", 2024, 2024, "USD", Decimal("440.25"), "", f"series={GDP}"),
        ("MYS", "gdp_deflator", 2023, 2023, "index", 100, "", f"series={DEFLATOR}"),
        ("MYS", "gdp_deflator", 2024, 2024, "index", Decimal("103.12345679"), "", f"series={DEFLATOR}"),
        ("USA", "gdp_deflator", 2024, 2024, "index", 125, "", f"series={DEFLATOR}")]
    (found,) = home.rows("SELECT version_id FROM stats.indicator WHERE area = 'MYS' AND indicator = 'gdp_current_lcu'")
    traced = home.run("trace", found[0]).out
    assert "record 1 (MYS, 2024), field value" in traced and "printed   '2000.0'" in traced, traced
    assert len(publishers.asked(HOST)) == 6  # a question a series
