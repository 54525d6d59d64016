"""Rows by key: equal doubles are one, contradictions are all set aside, and frames have the contract's types."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.rows import Once, Rows, Unread, typed
from warehouse.schema.travel import Rejected

MAY = {"partner": "MYS", "flow": "import", "period_start": date(2026, 5, 1), "period_end": date(2026, 5, 31)}


def test_equal_doubles_are_one_row_and_the_first_stands() -> None:
    once: Once[str, tuple[int, str]] = Once(lambda held, row: held if held[0] == row[0] else None)
    assert [once.take("a", (1, "line 2")), once.take("a", (1, "line 3"))] == [[], []]
    assert (once.kept, once.doubled) == ({"a": (1, "line 2")}, [])


def test_of_a_contradiction_every_row_is_set_aside_each_with_one_it_contradicts() -> None:
    once: Once[str, int] = Once()
    aside = [once.take("a", value) for value in (1, 1, 2, 1)]
    assert aside == [[], [], [(1, 2), (1, 2), (2, 1)], [(1, 1)]]
    assert (once.kept, once.doubled) == ({}, [[1, 1, 2, 1]])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2))))
def test_each_row_is_kept_merged_or_set_aside_exactly_once(rows: list[tuple[int, int]]) -> None:
    once: Once[int, tuple[int, int]] = Once()
    aside = [one for row in rows for one, _ in once.take(row[0], row)]
    by_key = {key: {row for row in rows if row[0] == key} for key, _ in rows}
    assert once.kept == {key: next(iter(same)) for key, same in by_key.items() if len(same) == 1}
    assert sorted(aside) == sorted(row for row in rows if len(by_key[row[0]]) > 1)


def test_rows_of_a_table_are_doubles_by_its_key_whatever_their_cells() -> None:
    rows = Rows("stats.trade")
    rows.add("1.5", **MAY, value=Decimal("1.5"), locator="line 2")
    rows.add("1.50", **MAY, value=Decimal("1.50"), locator="line 3")
    rows.add("7", **{**MAY, "flow": "export"}, value=Decimal(7), locator="line 4")
    rows.add("8", **{**MAY, "flow": "export"}, value=Decimal(8), locator="line 5")
    assert rows.frame()["locator"].to_list() == ["line 2"]
    assert [(one.locator, one.rule, one.raw) for one in rows.unread.rejected] == [("line 4", "double", "7"), ("line 5", "double", "8")]
    assert rows.unread.not_read == [{**MAY, "flow": "export"}]


def test_a_frame_is_sorted_as_asked_and_has_the_contracts_types() -> None:
    rows = Rows("stats.fx_rate")
    for quote, rate in (("USD", "1.1"), ("MYR", "4.7")):
        rows.add(rate, quote=quote, period_start=date(2026, 5, 4), rate=Decimal(rate), locator=quote)
    frame = rows.frame("quote")
    assert frame["quote"].to_list() == ["MYR", "USD"]
    assert frame.schema == {"quote": pl.String, "period_start": pl.Date, "rate": pl.Decimal(28, 12), "locator": pl.String}


def test_a_column_that_the_contract_lacks_is_refused() -> None:
    with pytest.raises(KeyError, match="colour"):
        typed("stats.trade", {"value": [Decimal(1)], "colour": ["red"]})


def test_what_is_set_aside_without_a_key_is_complete_for_nothing_and_warns_once() -> None:
    unread = Unread()
    assert unread.checks() == []
    unread.add(Rejected("line 2", "width", "3 cells", "a,b,c"))
    unread.add(Rejected("line 3", "width", "3 cells", "a,b,c"))
    assert unread.not_read == [{}]
    assert unread.checks()[0].observed == "2 set aside"
