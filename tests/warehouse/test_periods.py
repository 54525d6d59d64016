"""Periods as people write them, and what is expected of a dataset on a day."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from warehouse.load.staging import PERIOD_KIND
from warehouse.reference.periods import parse
from warehouse.schema.errors import UsageError


@pytest.mark.parametrize(("wrote", "start", "end", "said"), [
    ("2024", "2024-01-01", "2024-12-31", "2024"), ("2024-02", "2024-02-01", "2024-02-29", "Feb 2024"),
    ("2024Q3", "2024-07-01", "2024-09-30", "Jul–Sep 2024"), ("2024-H2", "2024-07-01", "2024-12-31", "Jul–Dec 2024"),
    ("2026-01..2026-03", "2026-01-01", "2026-03-31", "Jan–Mar 2026"), ("2024-06-28", "2024-06-28", "2024-06-28", "2024-06-28"),
    ("2023..2024", "2023-01-01", "2024-12-31", "Jan 2023 – Dec 2024")])
def test_what_people_write(wrote: str, start: str, end: str, said: str) -> None:
    period = parse(wrote)
    assert (period.start, period.end, str(period)) == (date.fromisoformat(start), date.fromisoformat(end), said)


@pytest.mark.parametrize("wrote", ["", "24", "2024-13", "2024Q5", "June 2024", "2024-02-30", "2024-06..2024-01"])
def test_what_is_no_period_is_answered_with_the_forms(wrote: str) -> None:
    with pytest.raises(UsageError, match="write 2024, 2024-06"):
        parse(wrote)


@pytest.mark.parametrize(("start", "end", "kind"), [
    ("2024-01-01", "2024-01-31", "M"), ("2024-01-01", "2024-03-31", "Q"), ("2024-01-01", "2024-02-29", "YTD"),
    ("2024-01-01", "2024-12-31", "A"), ("2024-01-01", "2024-06-30", "YTD"), ("2024-04-01", "2024-06-30", "Q"),
    ("2024-02-01", "2024-04-30", "SPAN"), ("2024-02-01", "2024-02-28", "SPAN"), ("2023-01-01", "2024-12-31", "SPAN"),
    ("2024-05-05", "2024-05-05", "SPAN"), ("2024-02-01", "2024-02-29", "M"), ("2023-01-01", "2024-03-31", "SPAN")])
def test_the_kind_of_a_period_follows_from_its_two_days(start: str, end: str, kind: str) -> None:
    frame = pl.DataFrame({"period_start": [date.fromisoformat(start)], "period_end": [date.fromisoformat(end)]})
    assert frame.select(PERIOD_KIND).item() == kind
