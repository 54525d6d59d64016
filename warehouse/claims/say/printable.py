"""The sentence that is safe to print: today's figure with whose it is, then what was first stated where that differs.

It says what the statistics held here say, whatever the claim said: never a figure that was replaced since, never an older year's rank
without the newer one. Empty where nothing held here can be printed. What a claim comes to is ``sentences``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from warehouse.ask.answers import WORLD
from warehouse.claims.model import Claim, Published
from warehouse.claims.say import words
from warehouse.claims.say.sentences import as_stated
from warehouse.claims.say.words import capital
from warehouse.claims.weigh import standings
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.facts import Fact, Stated, months_of
from warehouse.claims.weigh.subject import FLOWS, name
from warehouse.claims.weigh.verdicts import Evidence, Finding
from warehouse.reference.dates import long
from warehouse.reference.periods import Period

if TYPE_CHECKING:
    from warehouse.claims.weigh.checked import Checked

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def printable(made: Checked, now: Finding, book: Book) -> str:
    """What may be printed of a claim's subject by what is held today (``now``: the claim against today's figures)."""
    if made.claim.kind in ("rank", "streak"):
        return _standing(made, book)
    if made.verdict == "not_checkable" and made.detail in ("scope", "qualifier", "not_understood"):
        return ""  # the figure of the whole is not what is spoken of
    if made.claim.kind == "ratio":
        return capital("; ".join(_ratios(made.claim, now)))
    rows = [row for row in now.evidence if row.role in ("figure", "mirror", "numerator") and isinstance(row.fact, Fact)
            and row.fact.known_to is None and _fits(made.claim, row)]
    by_account: dict[str, Evidence] = {}
    for row in sorted(rows, key=lambda one: _order(made.claim, one)):
        by_account.setdefault(words.account(row.fact), row)
    best = next(iter(by_account.values()), None)
    # A share that its authority states goes before one that is computed from what it states.
    if (best is None or (made.claim.kind == "share" and best.fact.stated)) and (newest := _newest(made.claim, book)):
        return capital(as_stated(newest))
    return capital("; ".join(_whose(made.claim, row, book) for row in by_account.values()))


def _whose(claim: Claim, row: Evidence, book: Book) -> str:
    """A figure with whose it is: by an account where its table has it, else as stated by who stated it, whoever's account that is."""
    said = _plain(claim, row, book)
    own = said if claim.kind == "share" else f"{name(row.fact.reporter)}'s {said.removeprefix('the ')}"
    if not row.fact.stated:
        of_another = isinstance(row.fact, Fact) and row.fact.by not in ("", book.publishers.account_of(row.fact.reporter))
        return f"by {words.account(row.fact)}, {own if of_another else said}"
    how = "by figures as" if claim.kind in ("change", "share") and row.note != "growth as published" else "as"
    return f"{own}, {how} stated by {words.stated_by(row.fact)}"


def _ratios(claim: Claim, now: Finding) -> Iterator[str]:
    """How many times the base a figure is, by each account; what a claim would need is for its writer, not for a reader."""
    bases: dict[str, None] = {}
    for side in now.accounts:
        counted = [one for one in side.candidates if len(one.evidence) > 1]
        if not counted:
            continue
        top, below = (row.fact for row in counted[0].evidence[:2])
        assert isinstance(top, Fact) and isinstance(below, Fact)
        low, high = min(one.point for one in counted), max(one.point for one in counted)
        times = words.number(low, "times") if round(low) == round(high) else f"{low:,.0f} to {high:,.0f} times"
        verb = "were" if top.flow in ("export", "import") else "was"
        if below.stated:
            bases[f"the base as stated by {words.stated_by(below)}"] = None
        said = f"{_noun(claim, top)} in {in_words(top.period)} {verb} {times} that of {in_words(below.period)}"
        if top.stated:
            yield f"{name(top.reporter)}'s {said}, by figures as stated by {words.stated_by(top)}"
        else:
            yield f"by {words.account_of(side.area, side.by)}, {said}"
    yield from bases


def date_note(published: Published) -> str:
    """Which day was assumed for a text that was given none, or that none was; empty where the text or its reader says it."""
    if published.day is None:
        return "no date given: by what is held today"
    return f"no date given: {long(published.day)} is assumed, from what the text says" if published.basis == "inferred" else ""


# ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fits(claim: Claim, row: Evidence) -> bool:
    """Whether a row is a number of the claim's kind: of a change its growth, of a share the share, never a level in its place."""
    return claim.kind not in ("change", "share") or (row.value is not None and row.unit == claim.unit)


def _order(claim: Claim, row: Evidence) -> tuple[bool, bool, bool, bool, int, float]:
    """The claim's currency first, its own side, an account of a side's own before what others made of both, a publisher's table before a
    statement, the better edition, the newer.
    """
    fact = row.fact
    assert isinstance(fact, Fact)
    of_both = fact.account in ("mixed", "reconciled")
    return (claim.kind in ("level", "balance") and fact.currency != claim.unit, row.role == "mirror", of_both, fact.stated,
            -fact.chain_rank, -fact.known_from.timestamp() if fact.known_from else 0.0)


def _plain(claim: Claim, row: Evidence, book: Book) -> str:
    fact = row.fact
    assert isinstance(fact, Fact)
    when = f" in {in_words(fact.period)}"
    if claim.kind == "share" and row.value is not None:
        return f"{name(claim.partner)}'s share of {name(claim.reporter)}'s {FLOWS.get(claim.flow or 'total')} was " \
               f"{words.number(row.value, 'percent')}{when}"
    noun = _noun(claim, fact)
    if claim.kind == "change" and row.value is not None:
        way = "rose" if row.value >= 0 else "fell"
        size = words.number(abs(row.value), row.unit) if row.unit == "percent" else f"by {words.money(abs(row.value), row.unit)}"
        return f"{noun} {way} {size}{when}{_first_growth(row, book)}"
    verb = "were" if fact.flow in ("export", "import") else "was"
    return f"{noun} {verb} {_amount(fact)}{when}{_first(fact, book)}"


def _noun(claim: Claim, fact: Fact) -> str:
    """What a figure is, seen from its own side: the account that is named before it is the reporter's."""
    toward = "" if fact.partner == WORLD else {"export": " to ", "import": " from "}.get(fact.flow, " with ") + name(fact.partner)
    of = f" of {claim.commodity}" if claim.commodity else ""
    flow = FLOWS.get(fact.flow, fact.flow)
    if fact.flow == "balance":
        flow = "the trade surplus" if fact.value >= 0 else "the trade deficit"
    elif fact.flow == "total" and not toward:
        flow = "total trade"
    return f"{flow}{of}{toward}"


def _amount(fact: Fact) -> str:
    return words.money(abs(fact.value) if fact.flow == "balance" else fact.value, fact.currency, fact.half)


def _earlier(fact: Fact, book: Book) -> Iterator[Fact]:
    """Other versions and editions of a figure by the same account and in the same currency, the first stated first."""
    found = [one for one in book.versions(fact.reporter, fact.partner, fact.flow, fact.period, fact.product)
             if one.currency == fact.currency and words.account(one) == words.account(fact) and one.version_id != fact.version_id]
    dated = [one for one in found if one.known_from and (fact.known_from is None or one.known_from < fact.known_from)]
    yield from sorted(dated, key=lambda one: one.known_from.timestamp() if one.known_from else 0.0)


def _first(fact: Fact, book: Book) -> str:
    """What was first stated, where it is another figure and not the same one in fewer digits."""
    first = next(_earlier(fact, book), None)
    if first is None or first.interval.meets(fact.interval) or _amount(first) == _amount(fact):
        return ""
    turned = " of the other sign" if first.flow == "balance" and first.value * fact.value < 0 else ""
    return f"; first stated as {_amount(first)}{turned}"


def _first_growth(row: Evidence, book: Book) -> str:
    fact = row.fact
    assert isinstance(fact, Fact)
    which = next((name for name in ("yoy", "mom") if row.unit == "percent" and getattr(fact, name) == row.value), None)
    first = next((one for one in _earlier(fact, book) if getattr(one, which) is not None), None) if which else None
    value = getattr(first, which) if first is not None and which else None
    if value is None or value == row.value:
        return ""
    return f"; first stated as {'+' if value > 0 else ''}{words.number(value, 'percent')}"


def in_words(period: Period) -> str:
    """``June 2024``, ``January to June 2026``, ``2024``: months in full, as a newspaper prints them."""
    a, b = period.start, period.end
    if months_of(period) == 0 or str(period) == str(a.year):
        return str(period)
    if (a.year, a.month) == (b.year, b.month):
        return f"{_MONTHS[a.month - 1]} {a.year}"
    return f"{_MONTHS[a.month - 1]}{f' {a.year}' if a.year != b.year else ''} to {_MONTHS[b.month - 1]} {b.year}"


# ── ranks and streaks ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _standing(made: Checked, book: Book) -> str:
    claim = made.claim
    ranked = list(_ranks(made, book)) if claim.kind == "rank" else []
    if ranked:
        within = _within(made)
        where = f"within {name(within)}" if within else "in the world"
        (year, rank), *others = ranked
        also = "".join(f"; {_number(one)} in {when}" for when, one in others)
        return (f"In {year} {name(claim.partner)} was {_number(rank)} {where} of {words.whose(claim).split(',')[0]}, by "
                f"{words.account_of(claim.reporter or '', book.publishers.account_of(claim.reporter or ''))}{also}")
    newest = _newest(claim, book)
    return capital(as_stated(newest)) if newest else ""


def _number(rank: tuple[int, int]) -> str:
    low, high = rank
    if low == high:
        return f"number {low}"
    return f"between number {low} and {high}" if high < 1000 else f"number {low} or lower"


def _ranks(made: Checked, book: Book) -> Iterator[tuple[str, tuple[int, int]]]:
    """The rank of the period that the text names, else of the newest year decided; then of the newest year held. Newer ones are told
    even where they are not decided: an older year's rank never stands for them.
    """
    claim = made.claim
    if not claim.reporter or not claim.partner:
        return
    named, inferred = period_of(claim.period), period_of(made.inferred_period)
    years = [year for year in reversed(book.years_ranked(claim.reporter, claim.flow or "total")) if not named or year.end > named.end]
    seen = {when: standings.standing(book, claim, when, _within(made), None, int(claim.value))
            for when in (*([named] if named else ()), *years)}
    found = {when: (one.lowest, one.highest) for when, one in seen.items() if one.state != "not_held"}
    decided = [when for when, (low, high) in found.items() if low == high]
    # Of the newer years the newest that is decided, the newest of all where that one is not, and the year that was inferred.
    first = named if named in found else decided[0] if decided else None
    newer = [when for when in found if when != named]
    wanted = [first, *newer[:1], *(when for when in newer if when in decided[:1] or when == inferred)]
    for when in dict.fromkeys(when for when in wanted if when is not None):
        yield in_words(when), found[when]


def _within(made: Checked) -> str | None:
    """The set in which the claim holds, of several readings; else the one that the text names."""
    good = next((one.reading for one in made.readings if one.verdict == "supported"), None)
    if good is not None:
        return good.removeprefix("within ") if good.startswith("within ") else None
    return made.claim.group


def _newest(claim: Claim, book: Book) -> Evidence | None:
    """What was stated last of the same rank, streak or share; an older year never stands for a newer one."""
    if claim.commodity or not claim.reporter or not claim.partner:
        return None
    stated = [row for row in standings.as_stated(book, claim, period_of(claim.period) if claim.kind == "share" else None)
              if isinstance(row.fact, Stated)]
    return max(stated, key=_age, default=None)


def _age(row: Evidence) -> tuple[float, float]:
    assert isinstance(row.fact, Stated)
    return row.fact.period.end.toordinal(), row.fact.known_from.timestamp()
