"""Periods that a document cannot have figures of: they begin, or end, after the day on which it was fetched. Pure.

A publisher's file may carry a row of 2062 by a slip, or zeros for the rest of the year. Stored, such a row would be the newest
period for decades: nothing would be late, and every later file would look like an older copy. ``staging`` sets these rows aside by
name, of whatever table and connector.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from warehouse.reference.workdays import next_target_day

RULE = "period"


def day_of(asked_at: datetime, tz: str) -> date:
    """The day of a fetch where the publisher is."""
    return asked_at.astimezone(ZoneInfo(tz)).date()


def begins_after(asked: date) -> pl.Expr:
    """Rows of a period that begins after the day of the fetch: nobody can have counted it."""
    return pl.col("period_start") > asked


def ends_after(asked: date, kind: pl.Expr) -> pl.Expr:
    """Rows of a period that is still running and is not the year to date.

    A month that only has a weekend or holidays left counts as ended: an average is printed on the last working day.
    """
    return (pl.col("period_end") >= next_target_day(asked)) & (kind != "YTD")


def reason(start: date, end: date, asked: date) -> str:
    """Why a row is set aside, in words."""
    if start > asked:
        return f"the period begins on {start}, after the day of the fetch ({asked}): no figure can cover it yet"
    return f"the period runs until {end}, past the day of the fetch ({asked}), and is not the year to date"
