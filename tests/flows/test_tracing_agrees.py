"""When a printed cell, or several that are added up, is the figure."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flows.home.tracing import agrees


@pytest.mark.parametrize(("printed", "value", "unit", "decimals", "same"), [
    ("600", "600", 1, 0, True), ("600 + 100", "700", 1, 0, True), ("600 + 100", "600", 1, 0, False), ("1e+05", "100000000", 1000, 3, True),
    ("1,508.71", "150871000000", 100_000_000, 2, True), ("−3.1 + 1.1", "-2000000", 1_000_000, 1, True), ("-", "0", 1, 0, True),
    ("1.2.3", "1", 1, 0, False)])
def test_a_cell_or_the_sum_of_several_is_the_figure(printed: str, value: str, unit: int, decimals: int, same: bool) -> None:
    assert agrees(printed, {"value": Decimal(value), "unit_multiplier": unit, "decimals": decimals}) is same
