"""Three publishers as they would stand on any day of some years: their files, their release days, their holidays. Pure.

Every figure is invented and follows from its key alone; what is real is the rhythm and the forms: DOSM rewrites its headline
file on the 26th and revises the months before, GACC adds a frozen page on the 9th (January with February) and now and then
replaces one at another address, the ECB adds a rate on every working day of TARGET and a monthly average. How nights go by is
``nights``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from connectors.statistics.ecb.connector import FIRST_MONTH, QUOTES
from connectors.statistics.gacc.publisher import LABELS
from tests.connectors.synthetic_gacc import seven_columns, synthetic_index, synthetic_page, ten_columns
from tests.connectors.test_ecb import encoded, synthetic_answer
from tests.flows.synthetic_headline import URL as HEADLINE
from tests.flows.synthetic_headline import headline
from warehouse.reference import areas

CUSTOMS = "http://english.customs.gov.cn"
INDEXED = "(4) China's Total Export & Import Values by Country/Region (in CNY)"
TITLE = "(4) China's Total Export &amp; Import Values by Country/Region, {} (in CNY)"
PARTNERS = 34
RATES = "https://data-api.ecb.europa.eu/service/data/EXR/{}." + "+".join(QUOTES) + ".EUR.SP00.A"
HOSTS = ("storage.dosm.gov.my", "english.customs.gov.cn", "data-api.ecb.europa.eu")

HEADLINE_SINCE, GACC_SINCE = date(2014, 1, 1), date(2023, 2, 1)
REISSUED_EVERY, LEFT_OUT_EVERY, SLIPPED_EVERY, CORRECTED_EVERY = 7, 11, 13, 90
"""Months between two reissued pages of GACC, two months of DOSM with a blank cell, two releases of DOSM in another unit
(mended the day after); days between two corrected rates of the ECB."""


@dataclass(frozen=True)
class Page:
    """What an address answers."""

    url: str
    body: bytes
    content_type: str


def pages(today: date) -> Iterator[Page]:
    """Everything that the three publishers show in the evening of a day."""
    yield Page(HEADLINE, _headline(today), "text/csv")
    for path, body in _gacc(today):
        yield Page(CUSTOMS + path, body, "text/html")
    since = (today - timedelta(days=90)).replace(day=1)
    days = [day for day in _days(since, today) if working(day)]
    yield Page(RATES.format("D"), _rates("D", days, today), "application/json")
    months = [month for month in _months(FIRST_MONTH, today) if _next(month) <= today]
    yield Page(RATES.format("M"), _rates("M", months, today), "application/json")


# The days on which something appears


def working(day: date) -> bool:
    """Whether the ECB sets rates: no weekend, no holiday of TARGET."""
    easter = _easter(day.year)
    closed = {date(day.year, 1, 1), date(day.year, 5, 1), date(day.year, 12, 25), date(day.year, 12, 26),
              easter - timedelta(days=2), easter + timedelta(days=1)}
    return day.weekday() < 5 and day not in closed


def _easter(year: int) -> date:
    """Anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    m = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    n = h + m - 7 * ((a + 11 * h + 22 * m) // 451) + 114
    return date(year, n // 31, n % 31 + 1)


def _released(month: date, day: int) -> date:
    """That day of the month after, or the next that is no weekend: offices do not publish on a Sunday."""
    out = _next(month).replace(day=day)
    return out + timedelta(days=max(0, 7 - out.weekday()) if out.weekday() > 4 else 0)


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _months(first: date, last: date) -> list[date]:
    """First days of the months that began by a day."""
    return [date(n // 12, n % 12 + 1, 1) for n in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@cache
def _number(*key: object) -> int:
    """A number of its own for each key, below a million."""
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:8], "big") % 1_000_000


# DOSM


def _headline(today: date) -> bytes:
    """The file as of its last release: the newest month, and the two before it revised; sometimes a cell is left blank."""
    out = [month for month in _months(HEADLINE_SINCE, today) if _released(month, 26) <= today]
    newest = len(out) - 1
    exports = {}
    for place, month in enumerate(out):
        first = 100_000_000_000 + place * 100_000_000 + _number("headline", month)
        exports[month] = first + sum(_number("revised", month, later) * 1000 for later in range(1, 3) if place + later <= newest)
    slipped = newest % SLIPPED_EVERY == SLIPPED_EVERY - 1 and _released(out[-1], 26) == today
    body = headline(out[-1], months=len(out), exports_of=exports, scale=1000 if slipped else 1)
    if newest % LEFT_OUT_EVERY == LEFT_OUT_EVERY - 1:
        lines = body.splitlines(keepends=True)
        cells = lines[20].split(b",")
        cells[3:5], cells[6] = [b"", b""], b""
        body = b"".join([*lines[:20], b",".join(cells), *lines[21:]])
    return body


# GACC


@cache
def _countries() -> tuple[str, ...]:
    labels = {area: label for _, label, _, area in LABELS.rows if label.isascii()}
    return tuple(label for area, label in sorted(labels.items()) if areas.kind_of(area) == "country" and area != "CHN")


def _gacc(today: date) -> Iterator[tuple[str, bytes]]:
    """The index of the newest year, and every page that it links."""
    out = [month for month in _months(GACC_SINCE, today) if month.month > 1 and _released(month, 9) <= today]
    year = out[-1].year
    links: list[tuple[str, str | None]] = []
    for month in out:
        if month.year == year:
            issue = 2 if _reissued(month, today) else 1
            path = f"/Statics/synthetic-{month:%Y-%m}-{issue}.html"
            yield path, _gacc_page(month, issue)
            links.append((f"{month:%b}", path))
    yield "/statics/report/preliminary.html", synthetic_index([(INDEXED, links)], year=year)


def _reissued(month: date, today: date) -> bool:
    """Ten days after it appeared, a page with a correction stands at another address."""
    return (month.year * 12 + month.month) % REISSUED_EVERY == 0 and _released(month, 9) + timedelta(days=10) <= today


@cache
def _gacc_page(month: date, issue: int) -> bytes:
    """A page; in its second issue one partner is corrected and one is left out."""
    labels = ("Total", *_countries()[:PARTNERS])
    rows = []
    for label in labels[:7] + labels[8:] if issue == 2 else labels:
        to_date = [[_value(label, each, flow, issue if each == month else 1) for flow in ("export", "import")]
                   for each in _months(date(month.year, 1, 1), month)]
        (x, m), (xs, ms) = to_date[-1], map(sum, zip(*to_date, strict=True))
        cells = [f"{n / 10:,.1f}" for n in (x + m, xs + ms, x, xs, m, ms)]
        growth = [f"{_number(label, month, flow) / 100_000:.1f}" for flow in range(3)]
        rows.append((label, *(cells[1::2] if month.month == 2 else cells), *growth))
    named = f"January-February {month.year}" if month.month == 2 else f"{month:%b} {month.year}"
    return synthetic_page(rows, header=seven_columns(2) if month.month == 2 else ten_columns(month.month), title=TITLE.format(named),
                          dated=f"{_released(month, 9):%Y/%m/%d}")


def _value(label: str, month: date, flow: str, issue: int) -> int:
    """Tenths of a hundred million; a size of its own for each partner, a few per cent of movement."""
    size, moved = 1_000 + _number(label) // 100, _number(label, month, flow) % 60
    return size * 400 + moved if label == "Total" else size + moved + (7 if issue == 2 and label == _countries()[1] else 0)


# The ECB


def _rates(frequency: str, periods: list[date], today: date) -> bytes:
    """One rate for each currency and period; a corrected one is printed with another last digit from the day after on."""
    form = "%Y-%m-%d" if frequency == "D" else "%Y-%m"
    rates = {currency: [_rate(currency, frequency, period, today) for period in periods] for currency in QUOTES}
    return encoded(synthetic_answer(rates, [period.strftime(form) for period in periods], frequency))


def _rate(currency: str, frequency: str, period: date, today: date) -> float:
    base = 100 + _number(currency) / 10_000
    moved = _number(currency, frequency, period) % 500 / 100
    corrected = frequency == "D" and period.toordinal() % CORRECTED_EVERY == 0 and period < today and currency == "MYR"
    return round(base + moved + (0.01 if corrected else 0), 4)
