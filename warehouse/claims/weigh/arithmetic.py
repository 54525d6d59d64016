"""Arithmetic inside a text, before any data: do its own figures add up? Pure; works for commodities too.

Each figure is the interval that its digits and hedge leave room for; a relation is *inconsistent* only where no values inside
the intervals satisfy it. Relations: exports + imports = total; exports − imports = balance; level / (1 + growth) = the earlier
level; share × whole = part; a part is not more than its whole; the same figure twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from warehouse.claims.limits import MOST_ALIKE
from warehouse.claims.model import Claim
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.facts import shifted
from warehouse.claims.weigh.intervals import Interval, arithmetic_interval
from warehouse.reference.periods import Period

_REVISED = Decimal("0.01")
"""A growth is measured on its base as revised since; a text may give the base as first stated."""


@dataclass(frozen=True)
class Relation:
    """One relation between figures of a text; ``claims`` are their places in the reading."""

    kind: str
    claims: tuple[int, ...]
    consistent: bool
    said: str
    stated: Decimal
    computed: Interval


def relations(claims: Sequence[Claim]) -> list[Relation]:
    """Every relation that holds between figures of one subject, period, commodity and currency."""
    return [*_same(claims), *_sums(claims), *_growths(claims), *_shares(claims)]


def _subject(claim: Claim) -> tuple[object, ...]:
    pair = (claim.reporter, claim.partner) if claim.reporter_certain else tuple(sorted((claim.reporter or "", claim.partner or "")))
    return (pair, claim.commodity, claim.unit)


def _levels(claims: Sequence[Claim]) -> list[tuple[int, Claim, Period]]:
    found = []
    for number, claim in enumerate(claims):
        when = period_of(claim.period)
        if claim.kind in ("level", "balance") and claim.flow and claim.reporter and when:
            found.append((number, claim, when))
    return found


def _same(claims: Sequence[Claim]) -> Iterator[Relation]:
    told: dict[object, list[tuple[int, Claim]]] = {}
    for j, b, q in _levels(claims):
        earlier = told.setdefault((_subject(b), b.flow, q, b.speaker), [])
        for i, a in earlier[-MOST_ALIKE:]:
            x, y = arithmetic_interval(a), arithmetic_interval(b)
            if not x.meets(y) and (set(a.context_slots) | set(b.context_slots)) & {"flow", "period", "commodity", "partner"}:
                continue  # what the sentences do not say themselves may well be two things
            yield Relation("same_figure", (i, j), x.meets(y), f"the same figure twice: {a.written.text} and {b.written.text}", b.value, x)
        earlier.append((j, b))


def _sums(claims: Sequence[Claim]) -> Iterator[Relation]:
    groups: dict[object, dict[str, tuple[int, Claim]]] = {}
    for number, claim, when in _levels(claims):
        groups.setdefault((_subject(claim), when), {}).setdefault(claim.flow or "", (number, claim))
    for flows in groups.values():
        if {"export", "import"} <= set(flows):
            (i, exports), (j, imports) = flows["export"], flows["import"]
            for name, sign, sentence in (("total", 1, "exports + imports = total"), ("balance", -1, "exports − imports = balance")):
                if name in flows:
                    k, stated = flows[name]
                    computed = _plus(arithmetic_interval(exports), arithmetic_interval(imports), sign)
                    yield Relation(name, (i, j, k), computed.meets(arithmetic_interval(stated)), sentence, stated.value, computed)
        for part in ("export", "import"):
            if part in flows and "total" in flows and not {"export", "import"} <= set(flows):
                (i, smaller), (k, whole) = flows[part], flows["total"]
                high = arithmetic_interval(whole).high
                yield Relation("part_of_whole", (i, k), (low := arithmetic_interval(smaller).low) is None or high is None or low <= high,
                               f"{part}s are not more than total trade", whole.value, Interval(Decimal(0), high))


def _plus(a: Interval, b: Interval, sign: int) -> Interval:
    c = b if sign > 0 else -b
    return Interval(None if a.low is None or c.low is None else a.low + c.low,
                    None if a.high is None or c.high is None else a.high + c.high)


def _growths(claims: Sequence[Claim]) -> Iterator[Relation]:
    by: dict[object, dict[str, list[tuple[int, Claim]]]] = {}
    for i, level, p in _levels(claims):
        if level.flow != "balance":
            by.setdefault((_subject(level)[:2], level.flow, p), {}).setdefault(level.unit, []).append((i, level))
    for number, growth in enumerate(claims):
        when = period_of(growth.period)
        if growth.kind != "change" or growth.unit != "percent" or when is None or (growth.basis or "yoy") != "yoy":
            continue
        way = -1 if growth.direction == "down" else 1
        rate = arithmetic_interval(growth)
        series = (_subject(growth)[:2], growth.flow)
        before = by.get((*series, shifted(when, -12)), {})
        for unit, levels in by.get((*series, when), {}).items():
            for (i, new), (j, old) in product(_near(levels, number), _near(before.get(unit, []), number)):
                computed = _divided(arithmetic_interval(new), rate, way, _REVISED)
                if computed is not None:
                    yield Relation("growth", (i, number, j), computed.meets(arithmetic_interval(old)),
                                   "level ÷ (1 + growth) = the year before", old.value, computed)


def _near(levels: Sequence[tuple[int, Claim]], number: int) -> Sequence[tuple[int, Claim]]:
    """Of many figures of one series the last few before a claim, else the first ones: a text that is one needs no more."""
    if len(levels) <= MOST_ALIKE:
        return levels
    at = bisect_left(levels, number, key=lambda level: level[0])
    first = min(max(0, at - MOST_ALIKE), len(levels) - MOST_ALIKE)
    return levels[first:first + MOST_ALIKE]


def _divided(level: Interval, rate: Interval, way: int, room: Decimal) -> Interval | None:
    if None in (level.low, level.high, rate.low, rate.high):
        return None
    assert level.low is not None and level.high is not None and rate.low is not None and rate.high is not None
    factors = [1 + way * end / 100 for end in (rate.low, rate.high)]
    if min(factors) <= 0:
        return None
    ends = [end / factor for end in (level.low, level.high) for factor in factors]
    return Interval(min(ends) * (1 - room), max(ends) * (1 + room))


def _shares(claims: Sequence[Claim]) -> Iterator[Relation]:
    by: dict[object, list[tuple[int, Claim]]] = {}
    for i, level, p in _levels(claims):
        by.setdefault((level.reporter, level.partner, level.flow, level.commodity, p), []).append((i, level))
    for number, share in enumerate(claims):
        when = period_of(share.period)
        if share.kind != "share" or share.unit != "percent" or when is None:
            continue
        of = (share.of or "").casefold()
        if "total" not in of and "trade" not in of and "export" not in of and "import" not in of:
            continue
        if share.flow != "total" and "trade" in of:
            continue  # "exports to A, a partner which accounts for 15 per cent of total trade": of its trade, or of those exports
        parts = by.get((share.reporter, share.partner, share.flow, share.commodity, when), [])
        wholes = by.get((share.reporter, "WLD", share.flow, None, when), [])
        for (i, part), (j, whole) in product(_near(parts, number), _near(wholes, number)):
            if i != j and part.unit == whole.unit:
                rate, base = arithmetic_interval(share), arithmetic_interval(whole)
                if None in (rate.low, rate.high, base.low, base.high):
                    continue
                assert rate.low is not None and rate.high is not None and base.low is not None and base.high is not None
                computed = Interval(base.low * rate.low / 100, base.high * rate.high / 100)
                yield Relation("share", (number, j, i), computed.meets(arithmetic_interval(part)), "share × whole = part", part.value,
                               computed)
