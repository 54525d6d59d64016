"""Rows of ``ref.release`` as a frame: what every publisher's calendar comes to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

Release = tuple[str, date, datetime, str, str, datetime | None, str]
"""Dataset, last day of the period, when it is due and how exactly that is known, where it says so, embargo, locator."""


def releases(rows: Sequence[Release]) -> pl.DataFrame:
    """One row a release, in the columns of ``ref.release``."""
    import polars as pl  # here, as in every parser: a command that only looks at what is held never loads it

    return pl.DataFrame(rows, orient="row", schema={
        "dataset": pl.String, "period_end": pl.Date, "scheduled_at": pl.Datetime("us", "UTC"), "precision": pl.String,
        "source": pl.String, "embargo_until": pl.Datetime("us", "UTC"), "locator": pl.String,
    })
