"""What the book holds: one version of one official figure, what follows from several of one table, and what somebody stated. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from warehouse.claims.weigh.intervals import Interval, around
from warehouse.reference.periods import Period, month_end


@dataclass(frozen=True)
class Fact:
    """One version of one figure, or what follows from several of one table (``how``)."""

    dataset: str
    publisher: str
    account: str
    chain: str
    chain_rank: int
    reporter: str
    partner: str
    flow: str
    product: str
    currency: str
    period: Period
    value: Decimal
    half: Decimal
    """Half a unit of the last digit printed."""
    yoy: Decimal | None
    mom: Decimal | None
    known_from: datetime | None
    """None for a figure that is implied, not printed."""
    known_to: datetime | None
    released_basis: str
    flags: str
    status: str
    version_id: str
    fetch_id: str
    locator: str
    load_id: str
    url: str
    origin_kind: str
    source_note: str
    attribution: str
    how: str = "printed"
    released_on: date | None = None
    """The day of its release at the publisher's place."""
    replaced_on: date | None = None
    """The day on which the next version was released there; None while this one stands."""
    frozen: bool = False
    """Its page is never overwritten."""
    by: str = ""
    """What a sentence calls the account that it is of; empty where the account has no name of its own."""
    valuation: str = ""
    """Empty of what is computed of several."""

    @property
    def interval(self) -> Interval:
        return around(self.value, self.half)

    @property
    def stated(self) -> bool:
        return self.account == "statement"

    def known(self, moment: datetime | None) -> bool:
        if moment is None:
            return self.known_to is None
        # A day is the publisher's: what came out there on the 18th was not known on the 17th, whatever UTC's date was.
        return self.released_on is not None and self.released_on <= moment.date() and (
            self.replaced_on is None or self.replaced_on > moment.date())


@dataclass(frozen=True)
class Stated:
    """A rank, streak or share as somebody stated it."""

    dataset: str
    title: str
    reporter: str
    partner: str
    indicator: str
    period: Period
    value: Decimal
    unit: str
    flags: Mapping[str, str]
    known_from: datetime
    version_id: str
    fetch_id: str
    locator: str
    url: str
    origin_kind: str
    source_note: str
    released_on: date | None = None
    by: str = ""
    """As in a figure."""
    stated: bool = True


@dataclass(frozen=True)
class Page:
    """The answer that a figure was read from."""

    url: str
    origin_kind: str
    source_note: str


@dataclass(frozen=True)
class Rate:
    """Units of one currency for another, and whose rate that is."""

    low: Decimal
    high: Decimal
    middle: Decimal
    own: bool
    """The account's own implied rate; else a third party's."""
    said: str


def fact_of(row: dict[str, Any], by: str, *, frozen: bool) -> Fact:
    """A row of ``claim_figures.sql`` as a version of a figure; ``by`` is what sentences call its account."""
    half = Decimal(row["unit_multiplier"]) / 2 / Decimal(10) ** row["decimals"]
    if "bound=about" in row["flags"]:
        half = max(half, Decimal(row["value"]) / 20)
    return Fact(
        row["dataset"], row["publisher"], row["account"], row["chain"], row["chain_rank"], row["reporter"], row["partner"], row["flow"],
        row["product"], row["currency"], Period(row["period_start"], row["period_end"]), Decimal(row["value"]), half,
        row["published_yoy_pct"], row["published_mom_pct"], row["realtime_start"], row["realtime_end"], row["released_basis"],
        row["flags"], row["status"], row["version_id"], row["fetch_id"], row["locator"], row["load_id"], row["url"] or "",
        row["origin_kind"] or "", row["source_note"] or "", row["attribution"] or row["title"], released_on=row["released_on"],
        replaced_on=row["replaced_on"], how=_how(row["flags"]), frozen=frozen, by=by, valuation=row.get("valuation", ""))


def _how(flags: str) -> str:
    """``derived: export+import`` where the publisher's table could not show the figure itself."""
    return next((mark.replace("=", ": ", 1) for mark in flags.split(";") if mark.startswith("derived=")), "printed")


def known_since(fact: Fact) -> float:
    """Seconds since 1970 at which it was public; 0 for what was never printed."""
    return fact.known_from.timestamp() if fact.known_from else 0.0


def is_bound(fact: Fact) -> bool:
    """Whether it was only stated as less or more than so much."""
    return "bound=less_than" in fact.flags or "bound=more_than" in fact.flags


def together(parts: list[Fact], signs: list[int], period: Period, flow: str, how: str) -> Fact:
    """What several figures of one table come to, each with its sign."""
    last = max(parts, key=lambda f: (known_since(f), f.period.end))
    return replace(
        last, flow=flow, period=period, value=sum((f.value * s for f, s in zip(parts, signs, strict=True)), Decimal(0)),
        half=sum((f.half for f in parts), Decimal(0)), yoy=None, mom=None, how=how,
        locator=f"{parts[0].locator} … {parts[-1].locator}" if len(parts) > 2 else " and ".join(f.locator for f in parts),
        status="P" if any(f.status == "P" for f in parts) else last.status)


def months_of(period: Period) -> int:
    """How many whole months a period is; 0 where it is not made of months."""
    if period.start.day != 1 or period.end != month_end(period.end):
        return 0
    return (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1


def shifted(period: Period, months: int) -> Period:
    """The period so many months earlier (negative) or later."""
    def move(day: date, last: bool) -> date:
        at = day.year * 12 + day.month - 1 + months
        first = date(at // 12, at % 12 + 1, 1)
        return month_end(first) if last else first
    return Period(move(period.start, False), move(period.end, True))


def end_of(day: date) -> datetime:
    """The last moment of a day, in UTC."""
    return datetime.combine(day, time(23, 59, 59, 999999), UTC)
