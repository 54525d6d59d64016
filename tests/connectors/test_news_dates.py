"""Times as publishers write them: what is read, and above all what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.news.page.dates import dateline, read_published

KL = ZoneInfo("Asia/Kuala_Lumpur")


@pytest.mark.parametrize(("text", "utc"), [
    ("Tue, 05 May 2026 10:00:00 +0800", "2026-05-05 02:00:00"),
    ("Tue,05 May 2026 10:00:00 +0800", "2026-05-05 02:00:00"),
    ("5 May 2026 10:00 GMT", "2026-05-05 10:00:00"),
    ("Tue, 05 May 2026 10:00:00 MYT", "2026-05-05 02:00:00"),  # feedparser: 10:00 UTC
    ("2024-11-22T16:55:35+08:00", "2024-11-22 08:55:35"),
    ("2019-11-19T21:57:01+0000", "2019-11-19 21:57:01"),
    ("2019-11-18T17:56:27.000Z", "2019-11-18 17:56:27"),
    ("2019-11-18T17:56:27 UTC+8", "2019-11-18 09:56:27"),
])
def test_a_time_with_its_zone_is_read_in_utc_and_nothing_is_assumed(text: str, utc: str) -> None:
    found = read_published(text, KL)
    assert found is not None and found.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (found.precision, found.tz_assumed) == ("minute", "")


@pytest.mark.parametrize(("text", "utc", "precision"), [
    ("2024-11-22 16:55:35", "2024-11-22 08:55:35", "minute"),
    ("2016/6/29 15:07", "2016-06-29 07:07:00", "minute"),  # feedparser: 1 November 2016
    ("2026年5月5日", "2026-05-04 16:00:00", "day"),  # feedparser: 1 November 2026
    ("2026年5月5日 15:43", "2026-05-05 07:43:00", "minute"),
    ("Mar 28, 2026 10:00 PM", "2026-03-28 14:00:00", "minute"),  # fastfeedparser: 10:00
    ("Mar 28, 2026 12:05 a.m.", "2026-03-27 16:05:00", "minute"),
    ("2026-05-05T00:00:00", "2026-05-04 16:00:00", "day"),  # midnight alone is a date, not a time
    ("Sept 29, 2026", "2026-09-28 16:00:00", "day"),
    ("29 Sept. 2026", "2026-09-28 16:00:00", "day"),
    ("15:43, April 14, 2025", "2025-04-14 07:43:00", "minute"),
    ("2026-05", "2026-04-30 16:00:00", "month"),
    ("2026", "2025-12-31 16:00:00", "year"),
])
def test_without_a_zone_the_sources_own_is_assumed_and_said(text: str, utc: str, precision: str) -> None:
    found = read_published(text, KL)
    assert found is not None and found.at == datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert (found.precision, found.tz_assumed) == (precision, "Asia/Kuala_Lumpur")


@pytest.mark.parametrize("text", [
    "Tue, 05 May 2026 10:00:00 CST",  # China's zone, or Chicago's
    "Tue, 05 May 2026 10:00:00 IST",
    "05-05-2026", "05/03/2019", "Fri, 05/03/2019 - 15:21",  # a day first, or a month first
    "KUALA LUMPUR, Sept 29", "Sept 29", "29 Sept 10:00",  # no year: never the present one
    "Tue, 05 May 26 10:00:00 GMT",
    "yesterday", "2 hours ago", "", "2026-02-30", "2026-05-05T25:00:00Z", "2026-05-05T10:00:00+99:00",
    "Mar 28, 2026 22:00 PM", "0000-01-01", "Tue, 05 Foo 2026 10:00:00 GMT", "٢٠٢٦-05-05",
])
def test_what_could_mean_two_things_or_nothing_is_not_read(text: str) -> None:
    assert read_published(text, KL) is None


@given(st.text(max_size=80))
def test_any_text_is_a_time_in_utc_or_none(text: str) -> None:
    found = read_published(text, KL)
    assert found is None or (found.at is not None and found.at.tzinfo is UTC)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))
def test_an_iso_time_survives_the_round_trip(moment: datetime, hours: int) -> None:
    found = read_published(f"{moment:%Y-%m-%dT%H:%M:%S}{hours:+03d}:00", KL)
    assert found is not None and found.at is not None
    assert (moment.replace(microsecond=0, tzinfo=UTC) - found.at).total_seconds() == hours * 3600


FETCHED = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(("line", "day"), [
    ("KUALA LUMPUR, Sept 29 (Bernama) -- Trade rose.", "2026-09-29"),
    ("BEIJING, Dec. 9 (Xinhua) — Trade rose.", "2025-12-09"),  # the last such day before the page was fetched
    ("KUALA LUMPUR, May 9, 2024 (Bernama) - Trade rose.", "2024-05-09"),
    ("新华社北京4月24日电 贸易增长。", "2026-04-24"),
    ("A kicker of one line\nSINGAPORE, Feb 29 (Reuters) - Trade rose.", None),  # no such day in the last two years
    ("Trade rose on May 5 (Tuesday), the ministry said.", None), ("Bernama reported on Sept 29 that trade rose.", None), ("", None),
])
def test_a_dateline_gives_the_day_of_an_article(line: str, day: str | None) -> None:
    found = dateline(line, KL, FETCHED)
    assert (found and f"{found.at.astimezone(KL):%Y-%m-%d}" if found and found.at else None) == day
    assert found is None or (found.precision, found.tz_assumed) == ("day", "Asia/Kuala_Lumpur")


def test_a_dateline_without_a_year_says_nothing_where_the_day_of_fetching_is_not_known() -> None:
    assert dateline("KUALA LUMPUR, Sept 29 (Bernama) -- Trade rose.", KL, None) is None
    assert dateline("KUALA LUMPUR, May 9, 2024 (Bernama) -- Trade rose.", KL, None) is not None


def test_the_line_of_the_peoples_daily_gives_the_minute() -> None:
    found = dateline("A headline\n(Xinhua) 15:43, April 14, 2025\nTrade rose.", ZoneInfo("Asia/Shanghai"), FETCHED)
    assert found is not None and found.at == datetime(2025, 4, 14, 7, 43, tzinfo=UTC) and found.precision == "minute"


@pytest.mark.parametrize(("order", "utc"), [("dmy", "2026-03-04T16:00"), ("mdy", "2026-05-02T16:00"), ("", None)])
def test_numbers_for_day_and_month_are_read_where_the_site_is_known(order: Literal["", "dmy", "mdy"], utc: str | None) -> None:
    found = read_published("05/03/2026", KL, order)
    assert (f"{found.at:%Y-%m-%dT%H:%M}" if found and found.at else None) == utc
