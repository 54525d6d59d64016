"""Months that are not out yet are no data of DOSM's file, and a file that was cut is no file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.statistics.dosm import headline
from connectors.statistics.dosm.headline import COLUMNS
from warehouse.schema.errors import Incomplete
from warehouse.schema.travel import Batch, Document, Fetch

FETCH = Fetch("f", headline.DATASET, "u", datetime(2026, 5, 29, tzinfo=UTC), 200, "0", 1, "fetched")


def amounts(month: str, exports: int, imports: int) -> str:
    return f"abs,{month}-01,{exports},{exports},0,{imports},{imports},{exports + imports},{exports - imports}"


WHOLE = [*(amounts(f"2026-{m:02}", 10**9 + m, 9 * 10**8) for m in range(1, 5)),
         *(f"{series},2026-{m:02}-01,1,1,1,1,1,1,1" for series in ("growth_yoy", "growth_mom") for m in range(1, 5))]


def parsed(lines: list[str]) -> Batch:
    body = ("\n".join([",".join(COLUMNS), *lines]) + "\n").encode()
    batch, = headline.read_headline(Document(FETCH, body))
    return batch


def provisional(batch: Batch) -> list[str]:
    frame = next(iter(batch.frames))
    return sorted({str(row["period_start"])[:7] for row in frame.to_dicts() if row["status"] == "P"})


def test_a_month_of_2062_is_set_aside_by_name_and_changes_nothing_else() -> None:
    batch = parsed([*WHOLE, amounts("2062-05", 5, 4)])
    assert [row.rule for row in batch.rejected] == ["period"]
    assert (batch.scope, provisional(batch)) == ({}, ["2026-03", "2026-04"])


@pytest.mark.parametrize("zeros", [["2026-05"], ["2026-05", "2026-06", "2026-07"]])
def test_zeros_for_months_to_come_are_not_yet_and_leave_the_status_of_the_last_month(zeros: list[str]) -> None:
    growths = [f"{series},{month}-01,-100,-100,-100,-100,-100,-100,-100" for series in ("growth_yoy", "growth_mom") for month in zeros]
    batch = parsed([*WHOLE, *(amounts(month, 0, 0) for month in zeros), *growths])
    assert next(iter(batch.frames)).height == 28
    assert (batch.not_asked["not yet"], batch.scope, provisional(batch)) == (3, {}, ["2026-03", "2026-04"])


def test_a_month_with_one_side_missing_is_not_yet() -> None:
    assert next(iter(parsed([*WHOLE, amounts("2026-05", 10**9, 0)]).frames)).height == 28


def test_a_file_cut_between_two_lines_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="growth_mom ends with 2026-03, the amounts end with 2026-04: the file is cut"):
        parsed(WHOLE[:-1])
