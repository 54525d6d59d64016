"""Where a number that does not agree may come from: another basis, a slip of scale or currency, a neighbour that the text names.

These explain a disagreement and never turn it into agreement. A neighbour is only sought among series that the text itself names,
and only for a number of three digits or more: of many series one will match by chance. People read "nearest", never "meant".
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from itertools import product as pairs

from warehouse.ask.answers import WORLD
from warehouse.claims.limits import LEAST_TRIED, MOST_NEAR, MOST_TRIED
from warehouse.claims.model import Claim, Reading
from warehouse.claims.weigh import candidates
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.facts import months_of, shifted
from warehouse.claims.weigh.intervals import fit
from warehouse.claims.weigh.subject import subject
from warehouse.claims.weigh.verdicts import Candidate, Evidence, Verdict
from warehouse.reference.currencies import NAMES
from warehouse.reference.periods import Period
from warehouse.schema.travel import MIRROR

_CLOSE = ("exact", "rounded", "truncated", "hedged")
_FACTORS = {3: "a thousand", 6: "a million"}
_DOLLARS = {code for name, code in NAMES.items() if name.endswith(" dollar")} - {"USD"}
"""Currencies whose own newspapers write "$" and "dollars"."""
NAMED_FLOWS = (("export", r"\bexport"), ("import", r"\bimport"), ("total", r"\btrade\b"), ("balance", r"\b(?:surplus|deficit|balance)"))
YEAR_BEFORE = re.compile(r"\b(?:year[- ]ago|same (?:period|month)|previous year|last year|year earlier)\b", re.IGNORECASE)

@dataclass(frozen=True)
class Found:
    """One explanation of a number that does not agree."""

    verdict: Verdict
    detail: str
    evidence: Evidence
    tried: Claim
    """The claim as it would have to be read to agree."""


def look(book: Book, reading: Reading, claim: Claim, moment: datetime | None, sides: Sequence[str | None], *,
         scale_only: bool = False) -> Iterator[Found]:
    """The explanations of a number that does not agree, in the order in which they are believed."""
    for moment_ in dict.fromkeys((moment, None)):
        for explain in (_scale,) if scale_only else (_basis, _scale, _currency):
            for area in sides:
                if area and (found := explain(book, claim, area, moment_)):
                    yield found
        if not scale_only:
            yield from _neighbours(book, reading, claim, moment_)


def _numbers(book: Book, claim: Claim, area: str, moment: datetime | None) -> list[Candidate]:
    kinds = {"level": candidates.levels, "balance": candidates.levels, "change": candidates.changes}
    made = kinds[claim.kind](book, claim, area, moment) if claim.kind in kinds else []
    return [c for c in made if c.strength == "own"]


def _fits(book: Book, claim: Claim, area: str, moment: datetime | None) -> Candidate | None:
    return next((c for c in _numbers(book, claim, area, moment) if fit(claim, c.official) in _CLOSE), None)


def _basis(book: Book, claim: Claim, area: str, moment: datetime | None) -> Found | None:
    """The same series for the year to date instead of the month, or growth on another base."""
    when = period_of(claim.period)
    if when is None or claim.kind not in ("level", "balance", "change") or not telling(claim):
        return None
    reporter, partner, flow, _ = candidates.seen_from(claim, area)
    first = when.end.replace(day=1)
    to_date = (Period(date(first.year, 1, 1), when.end), Period(first, when.end))
    for other in dict.fromkeys((*book.periods(reporter, partner, flow), *to_date)):
        if other != when and other.end == when.end:
            tried = replace(claim, period=_written(other.start, other.end))
            if found := _fits(book, tried, area, moment):
                return Found("basis_dependent", f"holds for {other}", _row(found, f"for {other}"), tried)
    if claim.kind == "change" and months_of(when) == 1:
        for basis in ("yoy", "mom"):
            tried = replace(claim, basis=basis)
            if basis != (claim.basis or "yoy") and (found := _fits(book, tried, area, moment)):
                return Found("basis_dependent", f"holds {'on the year' if basis == 'yoy' else 'on the month'} before", _row(found, basis),
                             tried)
    return None


def _written(start: object, end: object) -> str:
    return f"{str(start)[:7]}/{str(end)[:7]}"


def _scale(book: Book, claim: Claim, area: str, moment: datetime | None) -> Found | None:
    """Right after a thousand or a million more or less."""
    if claim.kind not in ("level", "balance") or not telling(claim):
        return None
    for power in (3, -3, 6, -6):
        factor = Decimal(10) ** power
        written = replace(claim.written, value=claim.written.value * factor, multiplier=1,
                          decimals=claim.written.decimals - power - len(str(claim.written.multiplier)) + 1)
        tried = replace(claim, value=claim.value * factor, written=written)
        if found := _fits(book, tried, area, moment):
            return Found("scale_error", f"by a factor of {_FACTORS[abs(power)]}", _row(found, ""), tried)
    return None


def _currency(book: Book, claim: Claim, area: str, moment: datetime | None) -> Found | None:
    """Right in another currency."""
    when = period_of(claim.period)
    if claim.kind not in ("level", "balance") or when is None or not telling(claim):
        return None
    reporter, partner, flow, _ = candidates.seen_from(claim, area)
    for currency in dict.fromkeys(f.currency for f in book.vintage(reporter, partner, flow, when, moment)):
        tried = replace(claim, unit=currency)
        if currency != claim.unit and (found := _fits(book, tried, area, moment)):
            if currency in _DOLLARS and re.match(r"(?:\$|\S+ (?:\w+ )?dollars?$)", claim.written.text):
                return Found("depends_on_reading", f"agrees in {currency}, if its dollars are those", _row(found, ""), tried)
            return Found("scale_error", f"it is {currency}, not {claim.unit}", _row(found, ""), tried)
    return None


def _neighbours(book: Book, reading: Reading, claim: Claim, moment: datetime | None) -> Iterator[Found]:
    """Series that the text names nearby and that have this number."""
    if claim.kind not in ("level", "balance", "change", "share") or not telling(claim):
        return
    for tried in islice(_named(reading, claim), max(LEAST_TRIED, MOST_TRIED // max(1, len(reading.claims)))):
        if tried.kind == "share":
            numbers = candidates.shares(book, tried, tried.reporter or "", moment)
        else:
            numbers = _numbers(book, tried, tried.reporter or "", moment)
        for one in numbers:
            if fit(tried, one.official) in ("exact", "rounded", "truncated"):
                what = {"share": "share in ", "change": "growth of "}.get(tried.kind, "") if tried.kind != claim.kind else ""
                yield Found("misattributed", f"nearest: {what}{subject(tried)}", _row(one, subject(tried)), tried)
                break


def _named(reading: Reading, claim: Claim) -> Iterator[Claim]:
    """The claim as it would be of other series: pairs and periods of other claims, flows that the text's words name."""
    flows = _flows_in(reading.text)
    near = _near(reading, claim)
    ways = dict.fromkeys((c.reporter, c.partner) for c in (claim, *near) if c.reporter and c.partner and not c.commodity)
    if claim.reporter and claim.origins.get("partner", "sentence") != "sentence":
        ways[claim.reporter, WORLD] = None
    ways |= {(b, a): None for a, b in list(ways) if b != WORLD}
    when = period_of(claim.period)
    spans = dict.fromkeys(c.period for c in (claim, *near) if c.period)
    if when is not None and YEAR_BEFORE.search(reading.text):
        before = shifted(when, -12)
        spans.setdefault(_written(before.start, before.end))
    same = {(claim.reporter, claim.partner, claim.flow, claim.period),
            (claim.partner, claim.reporter, MIRROR.get(claim.flow or ""), claim.period)}
    kinds = (claim.kind,) if claim.kind in ("level", "balance") else ("change", "share")
    for (reporter, partner), flow, span, kind in pairs(ways, flows, spans, kinds):
        if kind == claim.kind and (reporter, partner, flow, span) in same:
            continue
        if claim.value < 0 and flow != "balance":
            continue
        yield replace(claim, reporter=reporter, partner=partner, flow=flow, period=span, kind=kind,
                      of=claim.of or "reporter total trade")


@lru_cache(maxsize=8)
def _flows_in(text: str) -> list[str]:
    return [flow for flow, pattern in NAMED_FLOWS if re.search(pattern, text, re.IGNORECASE)]


def _near(reading: Reading, claim: Claim) -> Sequence[Claim]:
    """The claims around one: all of a text that people write, of a longer one those next to it."""
    first = max(0, bisect_left(reading.claims, claim.start, key=lambda other: other.start) - MOST_NEAR // 2)
    return reading.claims[first:first + MOST_NEAR]


def _row(one: Candidate, note: str) -> Evidence:
    return replace(one.evidence[0], role="neighbour", agrees=True, note=note or one.how)


def telling(claim: Claim) -> bool:
    """Three digits or more: fewer match by chance."""
    return len(re.sub(r"\D", "", claim.written.text).strip("0")) >= 3
