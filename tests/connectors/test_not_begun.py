"""Whatever a publisher prints, no figure is staged of a period that begins after the day of its fetch."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.statistics.dosm.headline import COLUMNS
from flows.home import registry
from tests.connectors.synthetic_gacc import PRELIM_ROWS, document, synthetic_page, ten_columns
from warehouse.load.staging import stage
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift
from warehouse.schema.travel import Document, Fetch

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def headline(months: list[date]) -> bytes:
    lines = [f"abs,{month},{10**10},{10**10},0,{9 * 10**9},{9 * 10**9},{19 * 10**9},{10**9}" for month in months]
    lines += [f"{series},{month},1,1,1,1,1,1,1" for series in ("growth_yoy", "growth_mom") for month in months]
    return "\n".join((",".join(COLUMNS), *lines, "")).encode()


def sitc(months: list[date]) -> bytes:
    lines = [f"{month},{section},{10 if section == 'overall' else 1}0000000000,{10 if section == 'overall' else 1}0000000000"
             for month in months for section in ("overall", *"0123456789")]
    return "\n".join(("date,section,exports,imports", *lines, "")).encode()


def rates(months: list[date], frequency: str) -> bytes:
    lines = [f"EXR.{frequency}.{quote}.EUR.SP00.A,{frequency},{quote},EUR,SP00,A,{month if frequency == 'D' else f'{month:%Y-%m}'},4.5"
             for quote in ("MYR", "CNY") for month in months]
    return "\n".join(("KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE", *lines, "")).encode()


def page(months: list[date]) -> bytes:
    month = months[-1]
    title = f"(4) China's Total Export &amp; Import Values by Country/Region, {MONTHS[month.month - 1]} {month.year} (in CNY)"
    return synthetic_page(title=title, header=ten_columns(month.month), dated="")


PRINTED = {"dosm.headline": headline, "dosm.sitc": sitc, "ecb.exr.day": lambda months: rates(months, "D"),
           "ecb.exr.month": lambda months: rates(months, "M"), "gacc.prelim.country": page}


@pytest.mark.parametrize("dataset", PRINTED)
@settings(max_examples=20, deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sets(st.integers(-30, 30), min_size=2, max_size=12),
       st.sampled_from((0, 12, 36 * 12)))
def test_no_figure_of_a_period_that_begins_after_its_fetch_is_staged(dataset: str, at: datetime, offsets: set[int], far: int) -> None:
    asked = at.replace(tzinfo=UTC)
    numbers = [asked.year * 12 + asked.month - 1 + offset for offset in sorted(offsets)]
    months = [date(number // 12, number % 12 + 1, 1) for number in (*numbers[:-1], numbers[-1] + far)]
    fetch = Fetch("f", dataset, "u", asked, 200, "0", 1, "fetched")
    connector, known = registry.publisher_of(dataset), registry.datasets()[dataset]
    try:
        batches = connector.read(Document(fetch, PRINTED[dataset](months)))
    except PublisherError:
        return
    with tempfile.TemporaryDirectory() as room:
        for batch in batches:
            staged = stage(batch, fetch, table_name=known.table, parser_version=1, into=Path(room), tz=known.tz)
            frames = [pl.read_parquet(path) for path in staged.paths()]
            starts = {value for frame in frames if "period_start" in frame.columns for value in frame["period_start"]}
            assert all(start <= (asked + timedelta(hours=9)).date() for start in starts)


def test_a_page_on_which_nothing_is_counted_is_not_out_yet() -> None:
    nil = [(label, *["0.0"] * 9) for label, *_ in PRELIM_ROWS]
    with pytest.raises(Incomplete, match=r"every figure of 2026-0[13]-01 to 2026-03-31 is nil"):
        registry.publisher_of("gacc.prelim.country").read(document(synthetic_page(nil)))
    month = [(label, *("-" if at % 2 == 0 and at < 6 else cell for at, cell in enumerate(cells))) for label, *cells in PRELIM_ROWS]
    with pytest.raises((Incomplete, SchemaDrift), match="2026-03-01 to 2026-03-31 is nil"):
        registry.publisher_of("gacc.prelim.country").read(document(synthetic_page(month)))
