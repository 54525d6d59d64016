"""What the IMF is asked: few large calls, by block of years. Pure.

A night asks each dataset for its last 24 months in one call: figures are overwritten without a word, so nothing smaller would tell.
Past periods are asked for in blocks that always begin in the same years, so that a block has one address and is asked for once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote

from connectors.statistics.imf.publisher import currencies
from warehouse.schema.errors import Forbidden, NotFound, TooLarge, Unavailable
from warehouse.schema.travel import Refusal, Request

API = "https://api.imf.org/external/sdmx/3.0/data/dataflow/IMF.STA"
MONTH, QUARTER, YEAR = "imf.imts.month", "imf.imts.quarter", "imf.imts.year"
FOB_MONTH, FOB_QUARTER, FOB_YEAR = "imf.imtsfob.month", "imf.imtsfob.quarter", "imf.imtsfob.year"
RATES = "imf.er.month"
FREQUENCY = {MONTH: "M", QUARTER: "Q", YEAR: "A", FOB_MONTH: "M", FOB_QUARTER: "Q", FOB_YEAR: "A", RATES: "M"}
INDICATORS = {**dict.fromkeys((MONTH, QUARTER, YEAR), ("XG_FOB_USD", "MG_CIF_USD", "TBG_USD")),
              **dict.fromkeys((FOB_MONTH, FOB_QUARTER, FOB_YEAR), ("MG_FOB_USD",)), RATES: ("XDC_USD",)}
"""Imports FOB are a dataset of their own: beside imports CIF of the same key they would be counted twice in a rank."""
FIRST_YEAR = 1948
REREAD_MONTHS = 24
BLOCK_YEARS = {"M": 5, "Q": 10, "A": 20}
"""Years of one call for the past, about a million observations at the most."""
REPORTERS = ("CHN", "MYS", "HKG", "SGP", "THA", "VNM", "IDN", "PHL", "BRN", "KHM", "LAO", "MMR", "TLS", "USA", "JPN", "IND", "KOR", "DEU",
             "AUS")
"""China, ASEAN, and the areas that trade most with them. TWN is a counterpart only: as COUNTRY it has no data (availability of
2026-09-28). Groups are never asked for; of them GASEAN and G510 have no data at all."""
CSV = "application/vnd.sdmx.data+csv"
ACCEPT = f"{CSV};version=2.0.0, application/xml;q=0.5"
"""CSV first: the same figures are the same bytes. In XML and JSON each answer has a number and a time of its own."""
CONTENT_TYPES = (CSV, "text/csv", "application/csv", "application/xml", "text/xml", "application/vnd.sdmx.data+xml", "application/json",
                 "application/vnd.sdmx.data+json")
REFUSALS = (
    Refusal(204, "", NotFound, "the IMF has no dataflow of this name and version any more, or nothing for the question"),
    Refusal(413, "", TooLarge, "the IMF does not give so much at once"),
    Refusal(404, "", Forbidden, "the IMF knows no such dataflow or code"),
    Refusal(400, "correlationid", Forbidden, "the IMF does not take this question"),
    Refusal(500, "correlationid", Unavailable, "the IMF's server failed"),
)
"""Errors come as {message, code, correlationId, path}."""
LANDMARK = "TIME_PERIOD"


@dataclass(frozen=True)
class Question:
    """What one call asks: these countries, all their partners, these days."""

    dataset: str
    countries: tuple[str, ...]
    first: date
    last: date | None = None
    frozen: bool = False
    """Of a block of the past: what is archived of it is asked for again only when a run is forced."""

    @property
    def said(self) -> str:
        """For people: which part of the dataset it is."""
        whose = ", ".join(self.countries) if len(self.countries) < 4 else f"{len(self.countries)} countries"
        return f"{whose}, {f'{self.first.year} to {self.last.year}' if self.last else f'since {self.first:%Y-%m}'}"

    @property
    def request(self) -> Request:
        which = "+".join(INDICATORS[self.dataset])
        countries = "+".join(self.countries)
        flow, key = (("ER", f"{countries}.{which}.PA_RT+EOP_RT.M") if self.dataset == RATES else
                     ("IMTS", f"{countries}.{which}.*.{FREQUENCY[self.dataset]}"))
        period = quote(f"ge:{self.first.isoformat()}{f'+le:{self.last.isoformat()}' if self.last else ''}", safe="")
        return Request(
            url=f"{API}/{flow}/+/{key}?dimensionAtObservation=TIME_PERIOD&attributes=dsd&measures=all&c%5BTIME_PERIOD%5D={period}",
            dataset=self.dataset, accept=ACCEPT, content_types=CONTENT_TYPES, landmarks=(LANDMARK,), refusals=REFUSALS, frozen=self.frozen,
            max_bytes=1024 * 1024 * 1024)

    @property
    def halves(self) -> tuple[Question, ...]:
        """The same in two calls, by country; nothing where it is one country's."""
        half = (len(self.countries) + 1) // 2
        parts = (self.countries[:half], self.countries[half:])
        return tuple(replace(self, countries=part) for part in parts) if all(parts) else ()


def current(dataset: str, today: date) -> Question:
    """The last 24 months, of longer periods those that lie in them; the address moves once a month (a quarter, a year)."""
    month = today.year * 12 + today.month - 1 - REREAD_MONTHS
    first = date(month // 12, month % 12 + 1, 1)
    return Question(dataset, countries(dataset), _begins(first, FREQUENCY[dataset]))


def past(dataset: str, first: date | None, last: date | None, today: date) -> Iterator[Question]:
    """The blocks of years that have a day of a window, oldest first."""
    since, until = max(first or date(FIRST_YEAR, 1, 1), date(FIRST_YEAR, 1, 1)), min(last or today, today)
    years = BLOCK_YEARS[FREQUENCY[dataset]]
    for begins in range(since.year - since.year % years, until.year + 1, years):
        end = date(begins + years - 1, 12, 31)
        yield Question(dataset, countries(dataset), date(max(begins, FIRST_YEAR), 1, 1), end,
                       frozen=end < current(dataset, today).first)


def countries(dataset: str) -> tuple[str, ...]:
    """The countries that are asked for."""
    return tuple(currencies()) if dataset == RATES else REPORTERS


def period(frequency: str, text: str) -> tuple[date, date]:
    """First and last day of ``2023``, ``2023-Q1``, ``2023-M01``; ``2023-01`` is one as well. Raises ValueError."""
    year, _, part = text.partition("-")
    if len(year) != 4 or not (year + part.lstrip("MQ")).isascii() or not year.isdigit() or not 1900 <= int(year) <= 2199:
        raise ValueError(f"{text[:40]!r} is no period")
    if frequency == "A" and part in ("", "A1"):
        return date(int(year), 1, 1), date(int(year), 12, 31)
    number = part[1:] if part[:1] in ("M", "Q") and part[:1] == frequency else part if frequency == "M" else ""
    if not number.isdigit() or len(number) > 2 or not 1 <= int(number) <= (12 if frequency == "M" else 4):
        raise ValueError(f"{text[:40]!r} is no period of the frequency {frequency}")
    months = 1 if frequency == "M" else 3
    start = date(int(year), (int(number) - 1) * months + 1, 1)
    return start, _after(start, months) - timedelta(days=1)


def ends(frequency: str, first: date, last: date) -> tuple[date, ...]:
    """The last days of all periods that begin in a span of days and have ended with it."""
    months, found, start = {"M": 1, "Q": 3, "A": 12}[frequency], [], _begins(first, frequency)
    while (end := _after(start, months) - timedelta(days=1)) <= last:
        found.append(end)
        start = end + timedelta(days=1)
    return tuple(found)


def asked(url: str) -> tuple[Sequence[str], date, date | None] | None:
    """Countries and days of an address of ours; None for any other."""
    key, _, query = url.partition("?")
    _, found, span = query.partition("c%5BTIME_PERIOD%5D=ge%3A")
    if not key.startswith(f"{API}/") or not found:
        return None
    first, _, last = span.partition("%2Ble%3A")
    try:
        return key.rpartition("/")[2].partition(".")[0].split("+"), date.fromisoformat(first), date.fromisoformat(last) if last else None
    except ValueError:
        return None


def _begins(day: date, frequency: str) -> date:
    months = {"M": 1, "Q": 3, "A": 12}[frequency]
    return date(day.year, day.month - (day.month - 1) % months, 1)


def _after(start: date, months: int) -> date:
    month = start.year * 12 + start.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
