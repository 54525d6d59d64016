"""Words for people about claims and verdicts: never "true", "false" or "wrong" (docs/checking.md has the list).

Pure. How a page or a terminal lays them out is ``warehouse.claims.say.page`` and the command line.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from warehouse.ask.answers import WORLD
from warehouse.claims.model import Claim
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.facts import Fact, Stated
from warehouse.claims.weigh.subject import called, name, own, subject
from warehouse.claims.weigh.verdicts import Evidence
from warehouse.reference.currencies import SYMBOLS
from warehouse.reference.dates import short
from warehouse.schema.travel import FILLED_IN

if TYPE_CHECKING:
    from warehouse.claims.weigh.checked import Checked

HEADINGS = {
    "supported": "agrees", "source_dependent": "agrees with {} only", "vintage_dependent": "was right, since revised",
    "basis_dependent": "right on another basis", "differs_from_today": "cannot say: the figure of that day is not held",
    "depends_on_reading": "depends on the reading", "scale_error": "off by a factor", "misattributed": "true of something else",
    "contradicted": "does not agree", "not_checkable": "not checked"}
"""What people read for each code."""

OF_SEVERAL = {"supported": "agree", "source_dependent": "agree with one side only", "vintage_dependent": "were right, since revised",
              "depends_on_reading": "depend on the reading", "contradicted": "do not agree"}
"""The same of several claims, where the words differ."""

WHY_NOT = {
    "commodity": "a commodity, of which no series is held; totals say nothing about it",
    "qualifier": "its words restrict it to what no series here measures",
    "not_understood": "words beside it were not understood, and may restrict it",
    "scope": "far from the official figure of all that: it may be of something narrower or wider",
    "no_data": "no official figure for this pair, flow and period is held",
    "universe": "not every competitor or year is held, and the bounds leave more than one answer",
    "date": "the text has no date",
    "unresolved_slot": "the text does not say of what or of when",
    "future_period": "the period had not ended",
    "out_of_scope": "not a figure of trade in goods that statistics here could decide",
    "event": "an event, kept; statistics do not decide it",
    "currency": "only figures at a third party's exchange rate are held, which contradict nothing",
    "mixed": "only figures of different vintages or editions can be compared, and they leave it open",
    "rate": "the exchange rate leaves both answers open",
    "account_not_held": "the account whose figure this may be is not held",
    "base": "no figure of the base is held",
}

_STEPS = ((Decimal(10) ** 12, " tn"), (Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " mn"))


def money(value: Decimal, currency: str, half: Decimal = Decimal(0)) -> str:
    """``US$212.04 bn``: never with more digits than are known, two at most."""
    symbol = SYMBOLS.get(currency, currency + " ")
    for size, word in _STEPS[1:]:
        if abs(value) >= size:
            known = 2 if half == 0 else max(0, min(2, -(half * 2 / size).adjusted()))
            return f"{symbol}{value / size:,.{known}f}{word}".replace("-", "−")
    return f"{symbol}{value:,.0f}".replace("-", "−")


def number(value: Decimal, unit: str, half: Decimal = Decimal(0)) -> str:
    """A figure with its unit."""
    if unit == "percent":
        return f"{value:.1f} %".replace("-", "−") if value == value.quantize(Decimal("0.1")) or half else f"{value:.2f} %".replace("-", "−")
    if unit == "times":
        return f"{value:,.{0 if abs(value) >= 20 else 1}f} times"
    if unit == "rank":
        return f"rank {value:.0f}"
    if unit in ("years", "months", "quarters", "tonne", "percentage points"):
        return f"{value.normalize():,f} {unit}"
    return money(value, unit, half)


def account(fact: Fact | Stated) -> str:
    """Whose account a figure is, in the words of a sentence."""
    return account_of(fact.reporter, fact.by)


def account_of(area: str, by: str) -> str:
    """The account of an area: as its publisher is called, or by the area's own name."""
    return by or f"{own(area)} account"


def whose(claim: Claim) -> str:
    """Whose partners a rank is among: ``A's trading partners``, ``A's sources of imports``."""
    what = {"total": "trading partners", "export": "export markets", "import": "sources of imports"}.get(claim.flow or "total", "partners")
    when = period_of(claim.period)
    return f"{own(claim.reporter)} {what}" + (f", {when}" if when else "")


_SENTENCES_END = re.compile(r"(?<!\b[a-z]\.[a-z])[.,;:]+$")
_EVENT = re.compile(r"(?P<event>.*\S) \((?P<day>\d{4}-\d{2}-\d{2})\)")
_BASES = {"yoy": "on the year", "mom": "on the month", "annual average": "a year on average"}


def figure(claim: Claim) -> str:
    """The figure as written, without what ends its sentence."""
    return _SENTENCES_END.sub("", claim.written.text)


def _compared_with(basis: str) -> str:
    """What a ratio is a multiple of: ``the level of Jan 2025``, ``the level at independence (31 Aug 1957)``."""
    event = _EVENT.fullmatch(basis)
    try:
        return f"the level at {event['event']} ({short(date.fromisoformat(event['day']))})" if event else \
            f"the level of {period_of(basis) or basis}"
    except ValueError:  # a day that no calendar has
        return f"the level at {basis}"


def heading(claim: Claim) -> str:
    """One line for a claim: what it says, in our words, with the figure as written."""
    return capital(_heading(claim))


def _heading(claim: Claim) -> str:
    hedge = f"{claim.hedge} " if claim.hedge else ""
    written = figure(claim)
    if claim.kind == "change":
        basis = f" {_BASES.get(claim.basis, f'({claim.basis})')}" if claim.basis else ""
        return f"{subject(claim)}: {hedge}{'−' if claim.direction == 'down' else '+'}{written}{basis}"
    if claim.kind == "ratio":
        comma = "" if written.endswith(("times", "fold")) else ","
        return f"{subject(claim)}: {hedge}{written}" + (f"{comma} {_compared_with(claim.basis)}" if claim.basis else "")
    if claim.kind == "rank":
        within = f" within {called(claim.group)}" if claim.group else ""
        return f"{called(claim.partner)} as number {claim.value:.0f}{within} of {whose(claim)}"
    if claim.kind == "streak":
        return f"{subject(claim)}: {written} of {claim.of or 'a run'}"
    if claim.kind == "share":
        whole = subject(replace(claim, partner=None))
        return f"{own(claim.partner)} share of {whole}: {hedge}{written}" if claim.partner not in (None, WORLD) \
            else f"a share of {whole}: {hedge}{written}"
    return f"{subject(claim)}: {hedge}{written}"


def label(verdict: str, count: int = 1) -> str:
    """A verdict in words, without its particulars: of one claim, or of so many."""
    return OF_SEVERAL.get(verdict, HEADINGS[verdict]) if count > 1 else HEADINGS[verdict].format("one side")


def why_not(one: Checked) -> str:
    """Why a claim was not checked."""
    reason = one.detail.split(";")[0]
    return WHY_NOT.get(reason, reason)


def verdict_label(one: Checked) -> str:
    """A verdict as the heading of a claim: AGREES WITH A'S CUSTOMS ONLY."""
    if one.verdict == "source_dependent":
        sides = [account_of(a.area, a.by) for a in one.accounts if a.state == "agrees"]
        return HEADINGS[one.verdict].format(" and ".join(sides) or "one side").upper()
    if one.verdict == "supported" and one.detail.startswith("as_stated"):
        return f"{HEADINGS[one.verdict]}, as stated".upper()
    if one.verdict == "scale_error" and one.detail.startswith("it is "):
        return "RIGHT IN ANOTHER CURRENCY"
    if one.verdict == "vintage_dependent" and one.detail.startswith("did not"):
        return "DID NOT AGREE THEN, AGREES SINCE REVISED"
    if one.verdict == "not_checkable":
        why = why_not(one)
        return (f"{HEADINGS[one.verdict]}: {why}" if len(why) < 40 else HEADINGS[one.verdict]).upper()
    return HEADINGS[one.verdict].upper()


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def language(code: str) -> str:
    """A language by its English name, where it is one that reports here are written in."""
    return {"ms": "Malay", "id": "Indonesian", "zh": "Chinese", "vi": "Vietnamese", "th": "Thai", "ja": "Japanese", "ko": "Korean",
            "fr": "French", "de": "German", "es": "Spanish", "tl": "Tagalog", "ar": "Arabic", "ru": "Russian"}.get(
                code, f"another language ({code})" if code else "a language that is not known here")


def who(row: Evidence) -> str:
    """The first column of an evidence row."""
    if row.role in ("base", "bound", "denominator", "competitor", "neighbour"):
        return f"{row.role}: {name(row.fact.partner)}, {row.fact.period}"
    return account(row.fact) if row.role != "stated" else f"{name(row.fact.partner)} for {name(row.fact.reporter)}"


def source(fact: Fact | Stated) -> str:
    """Where a figure stands: edition, or as stated by whom, and since when."""
    since = f", {short(fact.released_on)}" if fact.released_on else ""
    stated = isinstance(fact, Stated) or fact.stated
    who = stated_by(fact) if stated else fact.dataset
    how = "" if isinstance(fact, Stated) or fact.how == "printed" else f" ({fact.how})"
    how += f" {marked}" if isinstance(fact, Fact) and (marked := {"P": "provisional", **FILLED_IN}.get(fact.status)) else ""
    return (f"as stated by {who}" if stated else who) + how + since


def stated_by(fact: Fact | Stated) -> str:
    """Who made a statement."""
    return fact.title if isinstance(fact, Stated) else fact.attribution.removeprefix("As stated by ")


def from_note(note: str) -> str:
    """What a page of the sample was reconstructed from, out of the archive's note on it."""
    return note.removeprefix("reconstructed").lstrip(",; ").removeprefix("from ") or "a source that is not told"


def page(fact: Fact | Stated) -> str:
    """The page that a figure stands on; for one that we composed, what it was taken from: it has no address of its publisher's."""
    return f"sample page, reconstructed from {from_note(fact.source_note)}" if fact.origin_kind == "reconstructed" else fact.url


def compared(row: Evidence) -> str:
    """An evidence row's figure, with what it is compared as."""
    fact = row.fact
    if isinstance(fact, Stated):
        return number(fact.value, fact.unit)
    own = money(fact.value, fact.currency, fact.half)
    if row.value is None:
        return own
    if row.unit in ("percent", "times"):
        return f"{number(row.value, row.unit)} ({own})"
    return f"{own}, ≈ {money(row.value, row.unit)}"
