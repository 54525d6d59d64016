"""The official numbers that a claim of each kind can be held against, by account and moment: levels, changes, ratios, shares.

Each function takes the book and gives the candidates of one account. Growths, shares and ratios are taken inside one dataset
and vintage; where that is impossible they are *mixed* and say so. Which of them decides is ``verdicts``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import product as pairs

from warehouse.ask.answers import WORLD
from warehouse.claims.model import Claim
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.facts import Fact, Rate, months_of, shifted
from warehouse.claims.weigh.intervals import Interval
from warehouse.claims.weigh.verdicts import Candidate, Evidence
from warehouse.reference import periods
from warehouse.reference.currencies import HOMES, NAMES
from warehouse.reference.periods import Period
from warehouse.schema.errors import UsageError
from warehouse.schema.travel import MIRROR

_FRESH = timedelta(days=45)
"""So long after its release a figure is taken as the public one of a day although its publisher overwrites in silence."""
_GROWN = re.compile(r"\b(?:increas|grew|grow|ris|rose|jump|surg|expand|up)\w*\b[^.]{0,60}$", re.IGNORECASE)
"""Words before "N times" that leave open whether the base itself is counted."""


_TERMS = re.compile(r"\bin ([A-Za-z][\w$.]*(?: [\w$]+)?) terms\b|\bin ((?:US |U\.S\. )?\w+)(?=[,.;]|$)|\b(\w+)-denominated", re.IGNORECASE)
"""Words that may say in which currency a growth is measured."""


def terms_of(claim: Claim) -> str | None:
    """The currency in which a growth is measured, where its sentence says so: growth in dollars is another than in yuan."""
    before, _, after = claim.sentence.partition(claim.written.text)
    own = _terms(re.split(r"\d", after)[0]) or _terms(re.split(r"\d", before)[-1]) or _terms(claim.sentence)
    return own[0] if len(set(own)) == 1 else None


def _terms(words: str) -> list[str]:
    said = [next(group for group in match.groups() if group).casefold() for match in _TERMS.finditer(words)]
    # "In real terms" names no currency.
    found = [NAMES.get(word) or NAMES.get(word.removesuffix("s")) for word in said if word != "real"]
    return [one for one in found if one]


@lru_cache(maxsize=4096)
def period_of(text: str | None) -> Period | None:
    """A claim's period: YYYY, YYYY-MM or from/to in either form."""
    if not text:
        return None
    try:
        return periods.parse(text.replace("/", ".."))
    except UsageError:
        return None


def seen_from(claim: Claim, area: str) -> tuple[str, str, str, int]:
    """Reporter, partner and flow as an account's own, and the sign that turns its number into the claim's."""
    assert claim.reporter and claim.partner and claim.flow
    if area == claim.reporter:
        return claim.reporter, claim.partner, claim.flow, 1
    return claim.partner, claim.reporter, MIRROR.get(claim.flow, claim.flow), -1 if claim.flow == "balance" else 1


def _surely(fact: Fact, moment: datetime | None) -> bool:
    """Whether a version known at a moment was surely the public one: its page is frozen, or it was fresh."""
    if moment is None or fact.known_from is None:
        return False
    return (fact.frozen and not fact.stated) or moment - fact.known_from <= _FRESH


def _others(book: Book, fact: Fact, sign: int, scale: Rate | None = None) -> tuple[Interval, ...]:
    """A level by its other versions, in every edition of its chain."""
    found = [f.interval for f in book.versions(fact.reporter, fact.partner, fact.flow, fact.period, fact.product)
             if (f.chain, f.currency) == (fact.chain, fact.currency) and f.version_id != fact.version_id]
    return tuple(_times(one, sign) if scale is None else _converted(_times(one, sign), scale) for one in found)


def _times(interval: Interval, sign: int) -> Interval:
    return interval if sign > 0 else -interval


def _converted(interval: Interval, rate: Rate) -> Interval:
    assert interval.low is not None and interval.high is not None
    ends = [end * one for end in (interval.low, interval.high) for one in (rate.low, rate.high)]
    return Interval(min(ends), max(ends))


def levels(book: Book, claim: Claim, area: str, moment: datetime | None, product: str = "TOTAL") -> list[Candidate]:
    """A level or balance: the account's own figures in the claim's currency; else at its own implied rate; else converted."""
    when = period_of(claim.period)
    if when is None:
        return []
    reporter, partner, flow, sign = seen_from(claim, area)
    facts = book.vintage(reporter, partner, flow, when, moment, product)
    own = [fact for fact in facts if fact.currency == claim.unit]
    made = [Candidate(area, _times(fact.interval, sign), "own", (Evidence(fact, "figure"),), fact.how, _money_band(book, fact),
                      _others(book, fact, sign), _surely(fact, moment)) for fact in own]
    for fact in facts if not own else ():
        for rate in book.rates(fact, claim.unit, moment)[:1]:
            official = _converted(_times(fact.interval, sign), rate)
            made.append(Candidate(
                area, official, "implied" if rate.own else "converted",
                (Evidence(fact, "figure", note=rate.said, value=sign * fact.value * rate.middle, unit=claim.unit),), rate.said,
                _money_band(book, fact, by=rate.high), _others(book, fact, sign, rate), _surely(fact, moment) and rate.own))
    return made


def _money_band(book: Book, *facts: Fact, by: Decimal = Decimal(1)) -> Callable[[], Decimal]:
    """How far, in money, other versions of figures together may be from them."""
    return lambda: sum((book.band(fact) for fact in facts), Decimal(0)) * by


def _rate_band(book: Book, times: Decimal | int, *facts: Fact, balance: Decimal | None = None) -> Callable[[], Decimal]:
    """So many times the per cent that other versions of figures may be from them; of a balance, which may be near nothing, ``balance``."""
    if balance is not None and any(fact.flow == "balance" for fact in facts):
        return lambda: balance
    return lambda: sum((book.band_pct(fact) for fact in facts), Decimal(0)) * times


def beside(book: Book, claim: Claim, area: str, moment: datetime | None) -> list[Evidence]:
    """An account's figures in another currency than the claim's: beside its own in that currency, or where no rate is held."""
    when = period_of(claim.period)
    if when is None:
        return []
    reporter, partner, flow, _ = seen_from(claim, area)
    facts = book.vintage(reporter, partner, flow, when, moment)
    own = any(fact.currency == claim.unit for fact in facts)
    why = "the same account in {}" if own else f"no rate held for {{}} in {claim.unit}"
    return [Evidence(fact, "figure", note=why.format(fact.currency)) for fact in facts]


def base_period(claim: Claim, when: Period) -> Period | None:
    """The period that a change or ratio is measured from."""
    if claim.kind == "ratio" and not claim.basis:
        return None
    basis = (claim.basis or "yoy").casefold()
    if re.search(r"mom|month[- ]on[- ]month|previous month|preceding month", basis):
        return shifted(when, -1) if months_of(when) == 1 else None
    if re.search(r"qoq|quarter[- ]on[- ]quarter|previous quarter", basis):
        return shifted(when, -3) if months_of(when) == 3 else None
    if found := re.search(r"((?:18|19|20)\d\d)-(\d\d)(?!\d)(?!-\d\d)(?:/((?:19|20)\d\d)-(\d\d))?", basis):
        return period_of(found[0])
    if found := re.search(r"(?:18|19|20)\d\d", basis):
        year = int(found[0])
        if claim.kind == "ratio" or months_of(when) == 0:
            return Period(date(year, 1, 1), date(year, 12, 31))
        back = when.end.year - year
        return shifted(when, -12 * back) if back > 0 else None
    return shifted(when, -12)


def changes(book: Book, claim: Claim, area: str, moment: datetime | None, product: str = "TOTAL",
            beside: str | None = None) -> list[Candidate]:
    """A growth in per cent or an amount: what the publisher prints for the row first, then the growth of its levels.

    ``beside`` is the currency of the sum told with a growth: where it is the account's own, or figures in it are held, they alone count.
    """
    when = period_of(claim.period)
    if when is None:
        return []
    yearly = claim.basis and "annual average" in claim.basis.casefold()
    base = base_period(claim, when) if not yearly else None
    reporter, partner, flow, sign = seen_from(claim, area)
    way = -1 if claim.direction == "down" else 1
    if yearly:
        return _averages(book, claim, area, moment, when, way, product)
    if base is None:
        return []
    made: list[Candidate] = []
    facts = book.vintage(reporter, partner, flow, when, moment, product)
    money = claim.unit not in ("percent", "percentage points", "times")
    if not money and (terms := terms_of(claim) or beside):
        counted = [fact for fact in facts if fact.currency == terms]
        facts = counted if counted or terms != beside or HOMES.get(terms) == reporter else facts
    printed_for = {shifted(when, -12): "yoy", **({shifted(when, -1): "mom"} if months_of(when) == 1 else {})}.get(base)
    for fact in facts:
        printed = getattr(fact, printed_for) if printed_for and not money else None
        if printed is not None:
            tenth = Decimal("0.05") if printed == printed.quantize(Decimal("0.1")) else Decimal("0.005")
            made.append(Candidate(area, _times(Interval(printed - tenth, printed + tenth), way * (sign if flow == "balance" else 1)), "own",
                                  (Evidence(fact, "figure", value=printed, unit="percent", note="growth as published"),), "as published",
                                  _rate_band(book, 2, fact, balance=abs(printed) + 100), (), _surely(fact, moment)))
    for fact, before in pairs(facts, book.vintage(reporter, partner, flow, base, moment, product)):
        if fact.currency != before.currency or before.value <= 0 or (money and fact.currency != claim.unit):
            continue
        grown = _times(_less(fact, before) if money else _growth(fact, before), way)
        same = fact.dataset == before.dataset
        if same and fact.stated and any(c.how == "as published" and c.evidence[0].fact.version_id == fact.version_id for c in made):
            continue
        band = _money_band(book, fact, before) if money else _rate_band(book, 2, fact, balance=Decimal(200))
        assert grown.low is not None and grown.high is not None
        made.append(Candidate(
            area, grown, "own" if same else "mixed",
            (Evidence(fact, "figure", value=way * (grown.low + grown.high) / 2, unit=claim.unit, note="from the levels"),
             Evidence(before, "base")), "computed from the levels", band, (), same and _surely(fact, moment)))
    return made


def _growth(fact: Fact, before: Fact) -> Interval:
    a, b = fact.interval, before.interval
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    if b.low <= 0:
        return Interval((fact.value / before.value - 1) * 100, (fact.value / before.value - 1) * 100)
    ends = [(x / y - 1) * 100 for x in (a.low, a.high) for y in (b.low, b.high)]
    return Interval(min(ends), max(ends))


def _less(fact: Fact, before: Fact) -> Interval:
    half = fact.half + before.half
    return Interval(fact.value - before.value - half, fact.value - before.value + half)


def _averages(book: Book, claim: Claim, area: str, moment: datetime | None, when: Period, way: int, product: str) -> list[Candidate]:
    """A yearly average over a span of years: (b/a)^(1/n) − 1, with n and n + 1 both tried and said."""
    if months_of(when) < 24:
        return []
    reporter, partner, flow, _ = seen_from(claim, area)
    made = []
    for first in (when.start.year, when.start.year - 1):
        span = when.end.year - first
        years = [Period(date(year, 1, 1), date(year, 12, 31)) for year in (first, when.end.year)]
        for before, fact in pairs(*(book.vintage(reporter, partner, flow, year, moment, product) for year in years)):
            if fact.currency == before.currency and before.value > 0 and fact.value > 0:
                point = ((fact.value / before.value) ** (Decimal(1) / span) - 1) * 100 * way
                row = Evidence(fact, "figure", value=point * way, unit="percent", note=f"yearly from {first}, {span} years")
                made.append(Candidate(area, Interval(point, point), "own" if fact.dataset == before.dataset else "mixed",
                                      (row, Evidence(before, "base")), f"(b/a)^(1/{span}) − 1", _rate_band(book, 1, fact)))
    return made


def ratios(book: Book, claim: Claim, area: str, moment: datetime | None, told: Decimal | None, currency: str | None,
           base: Period) -> list[Candidate]:
    """N times a base: the account's level over the base's level. ``told`` is the level that the text itself states.

    The base of the other account, and a converted level, are mixed accounts: they count only where all are far outside.
    """
    when = period_of(claim.period)
    reporter, partner, flow, _ = seen_from(claim, area)
    mirror = (partner, reporter, MIRROR.get(flow, flow))
    tops = book.vintage(reporter, partner, flow, when, moment) if when else []
    bottoms = [(f, True) for f in book.vintage(reporter, partner, flow, base, moment)]
    bottoms += [(f, False) for f in book.vintage(*mirror, base, moment)] if not bottoms else []
    made = []
    for (below, ours), top in pairs(bottoms, tops):
        if below.value <= 0 or below.flow == "balance":
            continue
        rate = Rate(Decimal(1), Decimal(1), Decimal(1), True, "") if top.currency == below.currency else next(
            iter(book.rates(top, below.currency, moment)), None)
        if rate is None or (top.currency != below.currency and any(t.currency == below.currency for t in tops)):
            continue
        above = _converted(top.interval, rate)
        made.append(_ratio(claim, area, above, top.value * rate.middle, below,
                           (Evidence(top, "numerator", note=rate.said), Evidence(below, "base", note=_account_of(below))),
                           "own" if ours and top.dataset == below.dataset else "mixed", book, top))
        if told is not None and currency == below.currency and ours and top.currency == currency:
            row = Evidence(top, "numerator", note="by the text's own level", value=told, unit=currency)
            made.append(_ratio(claim, area, Interval(told, told), told, below, (row, Evidence(below, "base", note=_account_of(below))),
                               "mixed", book, top))
    return made


def _account_of(fact: Fact) -> str:
    return "account not named" if "account=unnamed" in fact.flags else ""


def _ratio(claim: Claim, area: str, above: Interval, top: Decimal, below: Fact, rows: tuple[Evidence, ...], strength: str,
           book: Book, versions_of: Fact) -> Candidate:
    bottom = below.interval
    assert above.low is not None and above.high is not None and bottom.low is not None and bottom.high is not None
    low, high = above.low / bottom.high, above.high / bottom.low
    middle = top / below.value
    grown = bool(_GROWN.search(claim.sentence[:_at(claim)]))
    if grown and not _fits(claim, low, high) and _fits(claim, low - 1, high - 1):
        low, high, middle = low - 1, high - 1, middle - 1
    # Symmetric about the quotient of what is printed, so that its middle is the number a person computes.
    half = max(high - middle, middle - low)
    return Candidate(area, Interval(middle - half, middle + half), "own" if strength == "own" else "mixed", rows,
                     "b/a" if not grown else "b/a or b/a − 1", _rate_band(book, middle / 100, versions_of))


def _fits(claim: Claim, low: Decimal, high: Decimal) -> bool:
    from warehouse.claims.weigh.intervals import fit

    return fit(claim, Interval(low, high)) is not None


def _at(claim: Claim) -> int:
    found = claim.sentence.find(claim.written.text)
    return len(claim.sentence) if found < 0 else found


def shares(book: Book, claim: Claim, area: str, moment: datetime | None) -> list[Candidate]:
    """A partner's share of the reporter's trade, or of a group's in it: from one account and currency, as stated beside it."""
    when = period_of(claim.period)
    if when is None or area != claim.reporter or claim.partner is None or claim.flow is None or claim.partner == WORLD:
        return []
    of = (claim.of or "").casefold()
    whole = claim.group if claim.group and claim.group.casefold() in of else WORLD
    words = (("export", "export"), ("import", "import"), ("trade", "total"), ("total", "total"))
    over = next((flow for word, flow in words if word in of), claim.flow)
    made = []
    # "exports to A, a partner which accounts for 15 per cent of total trade": of its trade, or of those exports.
    parts = [fact for flow in dict.fromkeys((claim.flow, over if over == "total" else claim.flow))
             for fact in book.vintage(claim.reporter, claim.partner, flow, when, moment)]
    for fact, total in pairs(parts, book.vintage(claim.reporter, whole, over, when, moment)):
        if fact.currency == total.currency and total.value > 0:
            a, b = fact.interval, total.interval
            assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
            official = Interval(a.low / b.high * 100, a.high / b.low * 100)
            same = fact.dataset == total.dataset
            others = tuple(Interval(a.low / v.value * 100, a.high / v.value * 100)
                           for v in book.versions(claim.reporter, whole, over, when) if v.currency == fact.currency and v.value > 0)
            made.append(Candidate(area, official, "own" if same else "mixed",
                                  (Evidence(fact, "numerator", value=fact.value / total.value * 100, unit="percent"),
                                   Evidence(total, "denominator")), "numerator over denominator",
                                  _rate_band(book, fact.value / total.value, fact, total), others,
                                  same and _surely(fact, moment)))
    return made
