"""What Trade-IDDS is asked, one question a request, and what an answer to one is complete for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.months import last_of_month
from connectors.statistics.censtatd.records import REFUSALS
from warehouse.schema.travel import Request, Window

TRADE, VIA, GOODS, QUANTITY = "censtatd.trade", "censtatd.via", "censtatd.hs", "censtatd.quantity"
API = "https://tradeidds.censtatd.gov.hk/api/get"
FIRST = date(2012, 1, 1)
LAG_DAYS = 36
"""June 2026 was out by 5 August."""
NEWEST = 6
"""Months that are asked for where no window is given."""
PARTNERS = ("CN", "MY", "SG", "TH", "VN", "ID", "PH", "TW", "US", "JP", "KR", "IN")
"""Origins of re-exports that are asked for, each with every destination; and partners of which the chapters are."""
CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 98) if chapter != 77)
CODES_A_CALL = 20
EDITIONS = (2022, 2017, 2012)
"""Years from which an edition of the HS holds. A code that is not in the edition of every period spoils the whole call."""


@dataclass(frozen=True)
class Question:
    """One call: a range of months, a type of trade, whose goods, by which code."""

    dataset: str
    first: date
    last: date
    trade: str
    """1 imports, 2 domestic exports, 3 re-exports, 4 exports, ALL."""
    origin: str = ""
    other: str = ""
    """Consignment of imports, destination of exports."""
    codes: tuple[str, ...] = ()
    """Chapters; none for all goods."""

    @property
    def said(self) -> str:
        whose = " ".join(part for part in (self.origin and f"of {self.origin}", self.other and f"with {self.other}") if part)
        return f"type {self.trade} {whose} {self.first:%Y-%m} to {self.last:%Y-%m}" + (
            f", {self.codes[0]} to {self.codes[-1]}" if self.codes else "")

    def request(self) -> Request:
        query: dict[str, str] = {"lang": "EN", "sv": "VCm,QCm" if self.codes and len(self.codes[0]) > 4 else "VCm", "freq": "M",
                                 "period": f"{self.first:%Y%m},{self.last:%Y%m}", "ttype": self.trade}
        if self.other:
            query |= {"ccclass": "C", "cc": self.other}
        if self.origin:
            query |= {"coclass": "C", "co": self.origin}
        if self.codes:
            query |= {"codeclass": f"HKHS{len(self.codes[0])}", "code": ",".join(self.codes)}
        return Request(url=f"{API}?{urlencode(query, safe=',')}", dataset=self.dataset, refusals=REFUSALS,
                       landmarks=('"dataSet"', "no record"), content_types=("application/json", "text/json", "text/plain"),
                       max_bytes=64 * 1024 * 1024)


def questions(dataset: str, today: date, window: Window) -> Iterator[Question]:
    """The calls of a dataset, oldest edition last: all goods are one or two a stretch, chapters five for each partner and flow."""
    windowed = window.first is not None or window.last is not None
    if dataset == QUANTITY or (dataset == GOODS and not windowed):
        return
    last = min(window.last or today, today).replace(day=1)
    while last_of_month(last) + timedelta(days=LAG_DAYS) > today:
        last = (last - timedelta(days=1)).replace(day=1)
    first = max(window.first.replace(day=1), FIRST) if window.first else FIRST
    if not windowed:
        first = last
        for _ in range(NEWEST - 1):
            first = (first - timedelta(days=1)).replace(day=1)
    for since, until in _stretches(first, last):
        if dataset == TRADE:
            yield Question(dataset, since, until, "1", origin="ALL")
            yield Question(dataset, since, until, "ALL", other="ALL")
        elif dataset == VIA:
            yield from (Question(dataset, since, until, "3", origin=origin, other="ALL") for origin in PARTNERS)
        else:
            for at in range(0, len(CHAPTERS), CODES_A_CALL):
                codes = CHAPTERS[at:at + CODES_A_CALL]
                for partner in PARTNERS:
                    yield Question(dataset, since, until, "1", origin=partner, codes=codes)
                    yield Question(dataset, since, until, "ALL", other=partner, codes=codes)


def _stretches(first: date, last: date) -> Iterator[tuple[date, date]]:
    """A range in the editions of the HS that it goes through, the newest first."""
    until = last
    for year in EDITIONS:
        since = max(first, date(year, 1, 1))
        if since <= until:
            yield since, until
            until = date(year - 1, 12, 1)


def asked(url: str) -> Mapping[str, str]:
    """What was asked, by the address of an answer; nothing of a file."""
    address = urlsplit(url)
    if not url.startswith(API):
        return {}
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def months(period: str) -> tuple[date, ...]:
    """The first days of the months of ``202601,202606``."""
    first, _, last = period.partition(",")
    month, until = date(int(first[:4]), int(first[4:6]), 1), date(int(last[:4]), int(last[4:6]), 1)
    found = []
    while month <= until:
        found.append(month)
        month = last_of_month(month) + timedelta(days=1)
    return tuple(found)
