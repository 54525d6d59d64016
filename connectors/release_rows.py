"""Rows of ``ref.release`` as a frame: what every publisher's calendar comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from connectors.formats.rows import typed

if TYPE_CHECKING:
    import polars as pl

Release = tuple[str, date, datetime, str, str, datetime | None, str]
"""Dataset, last day of the period, when it is due and how exactly that is known, where it says so, embargo, locator."""


def releases(rows: Sequence[Release]) -> pl.DataFrame:
    """One row a release, in the columns of ``ref.release``."""
    names = ("dataset", "period_end", "scheduled_at", "precision", "source", "embargo_until", "locator")
    return typed("ref.release", {name: [row[at] for row in rows] for at, name in enumerate(names)})
