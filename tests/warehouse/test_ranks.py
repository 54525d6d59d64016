"""Ranks by bounds: whatever is hidden, the true rank lies between the bounds, and a decided one is the true one."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from warehouse.ask.ranks import bounds

VALUES = st.lists(st.integers(min_value=1, max_value=1000), min_size=2, max_size=9)


@given(values=VALUES, hidden=st.sets(st.integers(0, 8), max_size=6), slack=st.integers(0, 300), know_count=st.booleans())
def test_the_true_rank_is_within_the_bounds(values: list[int], hidden: set[int], slack: int, know_count: bool) -> None:
    everyone = {f"P{i}": Decimal(v) for i, v in enumerate(values)}
    held = {name: v for i, (name, v) in enumerate(everyone.items()) if i not in hidden}
    missing = len(everyone) - len(held)
    rest = sum(everyone.values()) - sum(held.values()) + slack
    for name, (low, high) in bounds(held, Decimal(rest), missing if know_count else None).items():
        true = 1 + sum(1 for other in everyone.values() if other > everyone[name])
        assert low <= true <= high


@given(values=VALUES, hidden=st.sets(st.integers(0, 8), max_size=6))
def test_without_a_total_only_the_count_of_the_missing_bounds(values: list[int], hidden: set[int]) -> None:
    everyone = {f"P{i}": Decimal(v) for i, v in enumerate(values)}
    held = {name: v for i, (name, v) in enumerate(everyone.items()) if i not in hidden}
    missing = len(everyone) - len(held)
    for low, high in bounds(held, None, missing).values():
        assert high == low + missing


def test_the_worked_example_second_among_aseans_partners() -> None:
    # National accounts of 2024, CNY bn: Viet Nam, Malaysia, Thailand, Singapore, Philippines, Laos; ASEAN's total 6,988.
    held = {"VNM": Decimal("1854.78"), "MYS": Decimal("1508.71"), "THA": Decimal("953.34"), "SGP": Decimal("790.74"),
            "PHL": Decimal("509.43"), "LAO": Decimal("58.56")}
    placed = bounds(held, Decimal(6988) - sum(held.values()), 4)
    assert placed["VNM"] == (1, 1) and placed["MYS"] == (2, 2) and placed["THA"] == (3, 4)
