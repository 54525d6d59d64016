"""Ranks and streaks: decided by bounds, over a set that is named, and for a streak in every one of its periods.

A rank that is claimed outside its bounds is refuted even where members are missing; inside wider ones it is undecided, with
the range. What an authority stated stands beside it "as stated" and decides nothing. Bounds are ``warehouse.ask.ranks``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from warehouse.ask import ranks
from warehouse.ask.answers import WORLD, query, rows
from warehouse.ask.ranks import Place, Ranking, bounds, marked_members
from warehouse.claims.model import Claim
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.facts import Fact, Stated, months_of, shifted
from warehouse.claims.weigh.intervals import around
from warehouse.claims.weigh.verdicts import Evidence, Finding
from warehouse.reference import areas
from warehouse.reference.periods import Period
from warehouse.schema.errors import UsageError

_CLOSE, _CLEAR = Decimal("0.01"), Decimal("0.05")
"""Two partners nearer than the first are as good as tied; a rank wrong by a gap over the second no revision explains."""
_BLOCS = ("ASEAN", "EU27_2020", "EU")
"""Groups that stand for their members in a ranking where the text ranks a bloc."""


@dataclass(frozen=True)
class Standing:
    """Where a partner stands in one period: between ``lowest`` and ``highest``."""

    state: Literal["holds", "refuted", "open", "not_held"]
    lowest: int = 0
    highest: int = 0
    gap: Decimal = Decimal(0)
    """How far, of its own size, the subject is from the rank that is claimed for it."""
    implied: bool = False
    close: bool = False
    evidence: tuple[Evidence, ...] = ()
    said: str = ""
    ahead: str = ""
    """Who stands where it was claimed to stand."""
    assumed: str = ""
    """What the bounds take for granted of those that a table does not list."""


def year_before(day: date) -> Period:
    """The last full year before a day."""
    return Period(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31))


def standing(book: Book, claim: Claim, when: Period, within: str | None, moment: datetime | None, rank: int, *,
             flow: str | None = None) -> Standing:
    """Whether the claim's partner has a rank in a period and set, by what was known at a moment."""
    assert claim.reporter and claim.partner
    flow = flow or claim.flow or "total"
    if flow not in ("total", "export", "import"):
        return Standing("not_held")
    if areas.areas().get(claim.partner) and areas.kind_of(claim.partner) == "group":
        return _bloc(book, claim, when, flow, moment, rank)
    made = book.ranking(claim.reporter, when, flow, within, moment)
    place = made.place(claim.partner) if made else None
    if made is None or place is None:
        return Standing("not_held")
    others = sorted((p for p in made.places if p.partner != place.partner), key=lambda p: -p.value)
    rival = others[rank - 1] if place.highest < rank <= len(others) else others[rank - 1] if len(others) >= rank else None
    shown = [place, *(p for p in others[:max(rank, 2)])]
    evidence = tuple(Evidence(_placed(book, made, p), "figure" if p is place else "competitor", note=_note(p)) for p in shown)
    base = replace(Standing("open"), lowest=place.lowest, highest=place.highest, implied=place.needs_implied, evidence=evidence,
                   said=_bounded(made, place), ahead=_ahead(others, place, rank), assumed=made.bounded_by if made.assumed else "")
    gap = abs(rival.value / place.value - 1) if rival else Decimal(1)
    if place.lowest <= rank <= place.highest:
        return replace(base, state="holds" if place.decided else "open", close=place.decided and gap <= _CLOSE)
    if place.highest < rank and made.assumed:
        return base  # those not listed may have stood before it after all
    if place.lowest > rank:
        gap = others[rank - 1].value / place.value - 1 if len(others) >= rank else Decimal(1)
    if gap <= _CLOSE:
        return replace(base, state="holds", close=True, gap=gap)
    return replace(base, state="refuted", gap=gap)


def _ahead(others: Sequence[Place], place: Place, rank: int) -> str:
    above = [p for p in others if p.value > place.value]
    return above[rank - 1].name if len(above) >= rank else ""


def _note(place: Place) -> str:
    return "implied by next year's level and growth" if place.implied else ""


def _bounded(made: Ranking, place: Place) -> str:
    missing = f"; not held: {', '.join(made.not_held[:6])}" if made.not_held else ""
    return f"bounded by {made.bounded_by}{missing}" if made.rest is not None else f"{made.bounded_by}{missing}"


def _placed(book: Book, made: Ranking, place: Place) -> Fact:
    page, (released, on) = book.page(place.fetch_id), book.released(made.reporter, place.version_id)
    return Fact(made.dataset, made.publisher, "reported", "", 0, made.reporter, place.partner, made.flow, "TOTAL", made.currency,
                made.period, place.value, Decimal(0), place.growth_pct, None, released, None, "", "", "A", place.version_id, place.fetch_id,
                place.locator, "", page.url, page.origin_kind, page.source_note, made.dataset,
                how="implied by next year's level and growth" if place.implied else "printed", released_on=on,
                by=book.publishers.called(made.publisher) or book.publishers.account_of(made.reporter))


def _bloc(book: Book, claim: Claim, when: Period, flow: str, moment: datetime | None, rank: int) -> Standing:
    """A bloc's rank among blocs and the countries that are in none of them: a partition, never a bloc beside its members."""
    assert claim.reporter and claim.partner
    tables: dict[tuple[str, str], dict[str, Decimal]] = {}
    marked: dict[tuple[str, str, str], list[str]] = {}
    for row in rows(book.desk(claim.reporter, moment), query("rank_rows"), ranks.asked(claim.reporter, when, flow)):
        if row["account"] != "statement" and row["value"]:
            tables.setdefault((row["dataset"], row["currency"]), {})[row["partner"]] = Decimal(row["value"])
            marked[row["dataset"], row["currency"], row["partner"]] = marked_members(row["flags"])
    for (dataset, currency), values in tables.items():
        if claim.partner not in values:
            continue
        blocs = [b for b in _BLOCS if b in values]
        inside = {m for b in blocs for m in marked[dataset, currency, b] or areas.members(b, when.end)}
        everyone = {p: v for p, v in values.items() if p in blocs or (p not in inside and areas.areas().get(p) is not None
                                                                      and areas.kind_of(p) == "country")}
        rest = values[WORLD] - sum(everyone.values()) if WORLD in values else None
        low, high = bounds(everyone, rest, None)[claim.partner]
        facts = {f.partner: f for p in everyone for f in book.vintage(claim.reporter, p, flow, when, moment) if f.currency == currency}
        order = sorted(everyone, key=lambda p: -everyone[p])
        evidence = tuple(Evidence(facts[p], "figure" if p == claim.partner else "competitor")
                         for p in order[:max(rank, 2) + 1] if p in facts)
        others = [p for p in order if p != claim.partner]
        gap = abs(everyone[others[rank - 1]] / everyone[claim.partner] - 1) if len(others) >= rank else Decimal(1)
        state: Literal["holds", "refuted", "open"] = "holds" if low == high == rank else "open" if low <= rank <= high else "refuted"
        ahead = next((areas.name_of(p) for p in order[:1] if p != claim.partner), "")
        return Standing(state, low, high, gap, False, False, evidence, "ranked among blocs and the countries in none of them", ahead)
    return Standing("not_held")


def rank_finding(book: Book, claim: Claim, when: Period, within: str | None, moment: datetime | None) -> Finding:
    """What a claimed rank comes to in one set and period at one moment."""
    wanted = int(claim.value)
    seen = standing(book, claim, when, within, moment, wanted)
    if seen.state == "not_held":
        return Finding("not_checkable", "universe", notes=("no table of these partners is held",))
    made = Finding("not_checkable", "universe", evidence=seen.evidence,
                   computed=Decimal(seen.lowest) if seen.lowest == seen.highest else None,
                   notes=(_range(seen), seen.said) + (("decided with implied figures",) if seen.implied else ()))
    if seen.state == "holds":
        return replace(made, verdict="supported", detail="close" if seen.close else "bounded")
    if seen.state == "refuted":
        return replace(made, verdict="contradicted", detail="beyond_band" if seen.gap > _CLEAR else "within_band")
    return made


def _range(seen: Standing) -> str:
    if seen.lowest == seen.highest:
        return f"rank {seen.lowest}"
    return f"rank between {seen.lowest} and {seen.highest}" if seen.highest < 1000 else f"rank {seen.lowest} or lower"


def stopped(book: Book, claim: Claim, when: Period, within: str | None) -> str:
    """The first later year in which a rank that held no longer does, and who was ahead."""
    assert claim.reporter
    for year in book.years_ranked(claim.reporter, claim.flow or "total"):
        if year.start > when.end:
            seen = standing(book, claim, year, within, None, int(claim.value))
            if seen.state == "refuted":
                return f"in {year} no longer: {_range(seen)}" + (f", {seen.ahead} ahead" if seen.ahead else "")
    return ""


def years_it_holds(book: Book, claim: Claim, within: str | None) -> list[Period]:
    """Years in which a rank without a date would hold."""
    assert claim.reporter
    return [year for year in book.years_ranked(claim.reporter, claim.flow or "total")
            if standing(book, claim, year, within, None, int(claim.value)).state == "holds"]


# ── streaks ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def streak_finding(book: Book, claim: Claim, last: Period, moment: datetime | None) -> Finding:
    """A run of N periods that ends at the stated one: every one must be decided; one against it refutes it."""
    step = {"months": 1, "quarters": 3}.get(claim.unit, 12)
    length = int(claim.value)
    spans = [shifted(last, -step * back) for back in range(length - 1, -1, -1)] if 0 < length <= 600 else []
    seen = [_step(book, claim, span, moment) for span in spans]
    against = [span for span, one in zip(spans, seen, strict=True) if one.holds is False]
    open_ = [span for span, one in zip(spans, seen, strict=True) if one.holds is None]
    # Of a run that is decided in part, every year that is: the figure and who comes next.
    decided = [one for one in (seen if open_ and len(spans) <= _SHOWN else seen[-2:]) if one.holds]
    evidence = tuple(row for one in seen if one.holds is not True for row in one.evidence) + tuple(
        row for one in decided for row in (one.evidence[:2] if open_ else one.evidence))
    if against:
        return Finding("contradicted", "beyond_band", evidence=evidence, notes=(f"it did not hold in {_list(against)}",),
                       computed=Decimal(len(spans) - 1 - spans.index(against[-1])))
    granted = _granted(spans, seen)
    if open_ or not spans:
        return Finding("not_checkable", "universe", evidence=evidence, notes=(_left_open(spans, seen), *granted))
    before = _step(book, claim, shifted(spans[0], -step), moment)
    return Finding("supported", "understated" if before.holds else "exact", evidence=evidence, computed=Decimal(length),
                   notes=(*(("the run is longer",) if before.holds else ()), *granted))


_SHOWN = 40
"""Periods of a run that are each shown with their figures."""


@dataclass(frozen=True)
class _Step:
    """One period of a run: whether what it counts holds; None where that is not decided."""

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()
    why: str = ""
    """Why it is not decided."""
    assumed: str = ""


def _left_open(spans: Sequence[Period], seen: Sequence[_Step]) -> str:
    """``decided for 2009 to 2019, 11 of 16; not decided for 2020 to 2024 (no table of these partners is held)``."""
    good = [span for span, one in zip(spans, seen, strict=True) if one.holds]
    why: dict[str, list[Period]] = {}
    for span, one in zip(spans, seen, strict=True):
        if one.holds is None:
            why.setdefault(one.why, []).append(span)
    left = "; ".join(f"not decided for {_list(those)}" + (f" ({said})" if said else "") for said, those in why.items())
    return (f"decided for {_list(good)}, {len(good)} of {len(spans)}; " if good else "") + (left or "not decided for ")


def _granted(spans: Sequence[Period], seen: Sequence[_Step]) -> tuple[str, ...]:
    """What decided periods take for granted, once for those that take the same."""
    by: dict[str, list[Period]] = {}
    for span, one in zip(spans, seen, strict=True):
        if one.holds and one.assumed:
            by.setdefault(one.assumed, []).append(span)
    return tuple(f"{_list(those)}: decided {said}" for said, those in by.items())


def _step(book: Book, claim: Claim, span: Period, moment: datetime | None) -> _Step:
    assert claim.reporter and claim.partner
    of = (claim.of or "rank 1").casefold()
    good: list[bool | None]
    if ranked := re.search(r"rank\s*(\d+)|largest|biggest|top", of):
        found = standing(book, claim, span, claim.group, moment, int(ranked[1] or 1))
        why = "no table of these partners is held" if found.state == "not_held" else f"{_range(found)}, {found.said}"
        holds = {"holds": True, "refuted": False}.get(found.state)
        return _Step(holds, found.evidence, why if holds is None else "", found.assumed)
    if re.search(r"surplus|deficit", of):
        facts = book.vintage(claim.reporter, claim.partner, "balance", span, moment)
        facts = [f for f in facts if not f.stated or len(facts) == 1]
        good = [_firmly(f.value if "surplus" in of else -f.value, book.band(f)) for f in facts]
    elif re.search(r"grow|increas|expan|rise", of):
        facts = [f for f in book.vintage(claim.reporter, claim.partner, claim.flow or "total", span, moment) if f.yoy is not None]
        good = [_firmly(f.yoy or Decimal(0), 2 * book.band_pct(f)) for f in facts]
    elif over := re.search(r"(?:above|over|exceed\w*|more than)\s*(?:(?P<currency>[a-z]{3})\s*)?(?P<value>[\d.,]+)", of):
        level = Decimal(over["value"].replace(",", ""))
        facts = [f for f in book.vintage(claim.reporter, claim.partner, claim.flow or "total", span, moment)
                 if not over["currency"] or f.currency.casefold() == over["currency"]]
        good = [f.value > level for f in facts]
    else:
        return _Step(None)
    rows_ = tuple(Evidence(f, "figure", ok) for f, ok in zip(facts, good, strict=True))
    return _Step(None if not good or (None in good and False not in good) else all(good), rows_)


def _firmly(value: Decimal, band: Decimal) -> bool | None:
    """Whether a figure is above nothing; None where it is below by no more than revisions explain: it may have been above then."""
    return True if value > 0 else None if -value <= band else False


def _list(spans: Sequence[Period]) -> str:
    """Periods in words, runs of years or months together: 2009–2023."""
    runs: list[list[Period]] = []
    for span in spans:
        if runs and runs[-1][-1].end < span.start and (span.start - runs[-1][-1].end).days == 1:
            runs[-1].append(span)
        else:
            runs.append([span])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def as_stated(book: Book, claim: Claim, when: Period | None) -> list[Evidence]:
    """What somebody stated of the same rank, streak or share."""
    names = {"streak": ("streak_largest_partner_years",), "share": {
        "total": ("share_of_partner_in_total_trade",), "export": ("share_of_partner_in_exports",),
        "import": ("share_of_partner_in_imports",)}.get(claim.flow or "total", ()),
        "rank": ("rank_of_partner_in_group",) if claim.group else ("rank_of_partner", "rank_as_import_source")}.get(claim.kind, ())
    if claim.kind == "rank" and claim.value == 1 and not claim.group and claim.flow in (None, "total"):
        names = (*names, "streak_largest_partner_years")
    if not names:
        return []  # of levels and growths nothing is kept so, and the lake need not be asked
    found = []
    for one in book.stated:
        if (one.reporter, one.partner) != (claim.reporter, claim.partner) or one.indicator not in names:
            continue
        streak = one.indicator.startswith("streak")
        if claim.kind == "rank" and not streak and (one.flags.get("group") != claim.group if claim.group else
                                     (one.indicator == "rank_as_import_source") != (claim.flow == "import")):
            continue
        if claim.kind == "rank" and claim.group and claim.flow not in (None, "total"):
            continue
        if when is None or (one.period.end.year == when.end.year and (months_of(when) == 12 or one.period == when)):
            agrees = (claim.kind == "rank" and streak) or _agrees(claim, one)
            found.append(Evidence(one, "stated", agrees, note=f"as stated by {one.title}"))
    # The newest first: an older year's rank is never shown above a newer one.
    return sorted(found, key=lambda row: (row.fact.period.end, row.fact.known_from), reverse=True)


def _agrees(claim: Claim, one: Stated) -> bool:
    if claim.kind == "share":
        return around(claim.value, claim.written.unit_of_last_digit / 2).meets(around(one.value, Decimal(0)))
    return one.value == claim.value


def groups_of(area: str | None, named: Iterable[str], on: date) -> list[str]:
    """Groups that a rank may have been meant within: those the text names, and the bloc its partner belongs to."""
    found = dict.fromkeys(g for g in named if g in areas.areas() and areas.kind_of(g) == "group")
    for bloc in ("ASEAN", "EU27_2020"):
        try:
            if area in areas.members(bloc, on):
                found.setdefault(bloc, None)
        except UsageError:
            continue
    return list(found)
