"""What is expected of a dataset: by its publisher's calendar, by the usual lag, through its days of grace."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from tests.warehouse.synthetic import SYNTHETIC
from warehouse.ask.expected import Due, Release, due, following, period_that_ends, usual
from warehouse.reference.periods import Period
from warehouse.reference.workdays import easter, is_target_day

MONTHLY = replace(SYNTHETIC, tz="Asia/Shanghai", release_time="", expected_lag_days=8, quarter_lag_days=13, january_with_february=True,
                  grace_days=4)
RATES = replace(SYNTHETIC, tz="Europe/Berlin", release_time="16:00", expected_lag_days=0, periods="target_day", grace_days=2)


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_release_goes_from_nothing_through_due_to_overdue() -> None:
    # The day begins in Shanghai at 16:00 UTC of the day before; the fourth day of grace ends at 16:00 UTC of the 12th.
    stages = [due(date(2026, 3, 31), at(moment), MONTHLY, {}) for moment in
              ("2026-05-07T15:59", "2026-05-07T16:00", "2026-05-12T15:59", "2026-05-12T16:00", "2026-05-20T12:00")]
    assert [stage.expected for stage in stages] == ["none_expected", "due", "due", "overdue", "overdue"]
    assert [stage.days_late for stage in stages] == [0, 0, 0, 5, 12]
    assert {stage.release.source for stage in stages if stage.release} == {"formula"}


def test_the_publishers_calendar_comes_before_the_usual_lag() -> None:
    announced = Release(date(2026, 6, 30), at("2026-07-28T04:00"), "minute", "official")
    said = due(date(2026, 5, 31), at("2026-07-20T00:00"), MONTHLY, {announced.period_end: announced})
    assert said == Due("none_expected", announced)
    assert due(date(2026, 5, 31), at("2026-07-28T04:00"), MONTHLY, {announced.period_end: announced}).expected == "due"


def test_nobody_looks_before_an_embargo_ends() -> None:
    release = Release(date(2026, 6, 30), at("2026-07-28T04:00"), "minute", "official", embargo_until=at("2026-07-28T05:00"))
    assert release.opens == at("2026-07-28T05:00")
    assert replace(release, embargo_until=at("2026-07-20T05:00")).opens == release.at


@pytest.mark.parametrize(("period_end", "on"), [
    (date(2026, 4, 30), date(2026, 5, 8)), (date(2026, 6, 30), date(2026, 7, 13)), (date(2026, 12, 31), date(2027, 1, 13)),
    # January is released with February, in March.
    (date(2027, 1, 31), date(2027, 3, 8)), (date(2027, 2, 28), date(2027, 3, 8))])
def test_the_usual_lag_knows_quarters_and_the_spring_festival(period_end: date, on: date) -> None:
    release = usual(period_end, MONTHLY)
    assert release is not None
    assert (release.precision, release.source) == ("day", "formula")
    assert release.at == datetime.combine(on, time.min, ZoneInfo("Asia/Shanghai"))


def test_a_dataset_without_calendar_and_lag_is_never_due_and_one_never_loaded_always() -> None:
    unknown = replace(MONTHLY, expected_lag_days=None)
    assert due(date(2020, 1, 31), at("2026-05-01T00:00"), unknown, {}) == Due("none_expected", None)
    assert due(None, at("2026-05-01T00:00"), unknown, {}) == Due("due", None)


def test_rates_are_awaited_on_days_on_which_target_runs() -> None:
    assert following(date(2026, 12, 24), RATES) == date(2026, 12, 28)  # Christmas is on a Friday, the 26th on a Saturday
    assert following(date(2026, 4, 2), RATES) == date(2026, 4, 7)  # Good Friday and Easter Monday
    stages = [due(date(2026, 12, 24), at(moment), RATES, {}).expected for moment in
              ("2026-12-28T14:59", "2026-12-28T15:00", "2026-12-30T22:00", "2026-12-30T23:30")]
    assert stages == ["none_expected", "due", "due", "overdue"]


def test_grace_does_not_count_days_on_which_target_is_closed() -> None:
    # Due on Wednesday 23 December; the two days of grace are the 24th and, after Christmas, Monday the 28th.
    newest = date(2026, 12, 22)
    assert [due(newest, at(f"2026-12-{day}T18:00"), RATES, {}).expected for day in (23, 24, 27, 28, 29)] == [
        "due", "due", "due", "due", "overdue"]


def test_rates_of_other_places_are_awaited_from_monday_to_friday_and_grace_covers_their_holidays() -> None:
    daily = replace(RATES, tz="Asia/Kuala_Lumpur", release_time="12:30", periods="weekday", grace_days=3)
    assert [following(date(2026, 4, day), daily) for day in (1, 2, 3, 4, 5)] == [
        date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 6), date(2026, 4, 6)]  # Good Friday is the 3rd
    # Friday's is due on Friday; the days of grace are Monday to Wednesday.
    assert [due(date(2026, 4, 2), at(moment), daily, {}).expected for moment in
            ("2026-04-03T04:29", "2026-04-03T04:30", "2026-04-08T15:59", "2026-04-08T16:00")] == [
        "none_expected", "due", "due", "overdue"]


def test_target_is_closed_on_its_six_days_and_at_weekends() -> None:
    # Easter of other years by the tables of the churches.
    assert [easter(year) for year in (2005, 2008, 2011, 2024, 2025, 2026, 2027, 2038)] == [
        date(2005, 3, 27), date(2008, 3, 23), date(2011, 4, 24), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5),
        date(2027, 3, 28), date(2038, 4, 25)]
    closed = [day for day in (date.fromordinal(n) for n in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal()))
              if day.weekday() < 5 and not is_target_day(day)]
    assert closed == [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25)]


def test_the_days_of_the_ecb_s_own_history_are_those_on_which_target_ran(samples: Path) -> None:
    with zipfile.ZipFile(samples / "ecb" / "eurofxref-hist.zip") as packed:
        text = packed.read(packed.namelist()[0]).decode()
    held = sorted(date.fromisoformat(row["Date"]) for row in csv.DictReader(io.StringIO(text)) if row["Date"] >= "2002-01-01")
    span = [date.fromordinal(n) for n in range(held[0].toordinal(), held[-1].toordinal() + 1)]
    assert held == [day for day in span if is_target_day(day)]


# Other frequencies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("periods", "newest", "next_"), [
    ("month", date(2026, 1, 31), date(2026, 2, 28)), ("quarter", date(2025, 12, 31), date(2026, 3, 31)),
    ("quarter", date(2026, 4, 30), date(2026, 6, 30)), ("half_year", date(2026, 6, 30), date(2026, 12, 31)),
    ("half_year", date(2025, 12, 31), date(2026, 6, 30)), ("year", date(2024, 12, 31), date(2025, 12, 31)),
    ("year", date(2024, 3, 31), date(2024, 12, 31)), ("irregular", date(2024, 12, 31), None)])
def test_the_next_period_is_of_the_datasets_own_length(periods: Literal["month"], newest: date, next_: date | None) -> None:
    assert following(newest, replace(SYNTHETIC, periods=periods)) == next_


@pytest.mark.parametrize(("periods", "start"), [
    ("month", date(2025, 12, 1)), ("quarter", date(2025, 10, 1)), ("half_year", date(2025, 7, 1)), ("year", date(2025, 1, 1)),
    ("irregular", date(2025, 12, 31))])
def test_a_period_is_told_whole(periods: Literal["month"], start: date) -> None:
    assert period_that_ends(date(2025, 12, 31), replace(SYNTHETIC, periods=periods)) == Period(start, date(2025, 12, 31))


def test_a_yearly_dataset_is_due_a_year_after_and_an_irregular_one_only_where_announced() -> None:
    yearly = replace(SYNTHETIC, periods="year", expected_lag_days=200, grace_days=30)
    newest = date(2024, 12, 31)
    assert due(newest, datetime(2026, 6, 1, tzinfo=UTC), yearly, {}).expected == "none_expected"
    assert due(newest, datetime(2026, 7, 25, tzinfo=UTC), yearly, {}).expected == "due"
    assert due(newest, datetime(2026, 9, 1, tzinfo=UTC), yearly, {}).expected == "overdue"
    irregular = replace(yearly, periods="irregular")
    assert due(newest, datetime(2030, 1, 1, tzinfo=UTC), irregular, {}).expected == "none_expected"
    announced = {date(2025, 12, 31): Release(date(2025, 12, 31), datetime(2026, 10, 1, tzinfo=UTC), "day", "official")}
    assert due(newest, datetime(2026, 10, 2, tzinfo=UTC), irregular, announced).expected == "due"
