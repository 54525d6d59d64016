"""What a checked claim comes to, in one plain sentence. Pure. The sentence that is safe to print is ``printable``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from warehouse.claims.model import Claim
from warehouse.claims.say import words
from warehouse.claims.say.words import capital
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.facts import Fact, Stated
from warehouse.claims.weigh.intervals import said_interval
from warehouse.claims.weigh.subject import name, own, subject
from warehouse.claims.weigh.verdicts import Account, Candidate, Evidence
from warehouse.reference.currencies import SYMBOLS
from warehouse.reference.dates import short, spelt
from warehouse.reference.periods import Period

if TYPE_CHECKING:
    from warehouse.claims.weigh.checked import Checked


LONGEST = 165
"""Characters of a sentence: two lines of a hundred columns. What does not fit stands among the notes and the evidence."""


def said(made: Checked, day: date | None) -> str:
    """One plain sentence: what the claim comes to and by whose figures, with as many of the notes as two lines hold."""
    text = _core(made, day, brief=False)
    if len(text) > LONGEST:
        text = _core(made, day, brief=True)
    for more in _more(made):
        if len(text) + len(more) + 3 <= LONGEST:
            text = f"{text}; {more}"
    return f"{text}."


def _core(made: Checked, day: date | None, *, brief: bool) -> str:
    claim = made.claim
    what = subject(claim)
    main = _main(made)
    verdict = capital(words.HEADINGS[made.verdict])
    if made.verdict == "not_checkable":
        return f"{verdict}: {made.notes[0] if _in_part(made) else words.why_not(made)}"
    if claim.kind in ("rank", "streak"):
        return _standing(made)
    if claim.kind == "ratio":
        return f"{verdict}: {made.notes[0] if made.notes else made.detail}"
    if made.verdict == "source_dependent":
        yes, no = _sides(made, brief)
        return f"Agrees with {yes}, and not with {no}" if no else f"Agrees with {yes} only; the account that the text names is not held"
    figure, by = (_figure(main, brief), _by(main, brief)) if main else ("", "")
    return {
        "supported": _agrees(made, main, day),
        "vintage_dependent": f"{capital(spelt(made.detail))}: today {by}{_earlier(made, brief)}",
        "basis_dependent": f"Right on another basis: {made.detail}; {what} itself: {by}",
        "differs_from_today": f"Cannot say: the figure of that day is not held; today {by}{_difference(made)}",
        "depends_on_reading": f"Depends on the reading: {_either(made.detail)}; {figure}",
        "scale_error": f"{'Off' if made.detail.startswith('by ') else 'In another currency,'} {made.detail}: {by}",
        "misattributed": f"True of something else ({made.detail}); {what} itself: {by}",
        "contradicted": f"Does not agree with {figure}{_difference(made)}",
    }[made.verdict]


def _in_part(made: Checked) -> bool:
    """Whether a run is decided in some of its periods: then those are told, and what the others lack."""
    return made.claim.kind == "streak" and made.verdict == "not_checkable" and "".join(made.notes[:1]).startswith("decided for")


def _more(made: Checked) -> Iterator[str]:
    """What else is to be said, the reading that decides first."""
    started = _in_part(made) or (made.claim.kind in ("rank", "ratio") and made.verdict != "not_checkable" and not made.readings)
    yield from sorted(made.notes[1 if started else 0:], key=lambda note: not note.startswith("read as "))
    if made.verdict == "not_checkable":
        yield from (as_stated(row) for row in made.evidence if row.role == "stated")


_SAME_DAYS = 3
"""So many days after a statement a text may still be reporting that very announcement."""


_HOW = {"last_digit": "but for its last digit", "mixed": "from different accounts or vintages", "implied": "at an implied rate",
        "bounded": "by its bounds", "close": "as good as tied"}
"""How a claim agrees, where the word alone says too little."""


def _agrees(made: Checked, main: Evidence | None, day: date | None) -> str:
    """With what a claim agrees: with a table, or only with what somebody stated, which may be the very announcement it reports."""
    how = "".join(f", {_HOW.get(one, one)}" for one in made.detail.split(";")[0].removeprefix("as_stated").split(", ") if one)
    row = main
    if made.detail.startswith("as_stated") and (row is None or not row.agrees):
        row = next((one for one in made.evidence if one.agrees and one.fact.stated), row)
    if row is None:
        return f"Agrees{how}"
    if not made.detail.startswith("as_stated"):
        return f"Agrees with {_figure(row)}{how}"
    fact = row.fact
    on = fact.released_on
    if day is not None and on is not None and abs((day - on).days) <= _SAME_DAYS:
        return f"Agrees with the same announcement, by {words.stated_by(fact)}: {words.compared(row)}{how}"
    return f"Agrees with what was stated by {words.stated_by(fact)}: {words.compared(row)}{f', {short(on)}' if on else ''}{how}"


def _either(detail: str) -> str:
    """Why a claim has more than one answer."""
    first = detail.split(";")[0]
    if first == "bound":
        return "as a bare bound it holds, as a size it does not"
    if first.startswith("carried: "):
        return f"its sentence does not say the {first.removeprefix('carried: ')} itself, and as read it does not agree"
    if first.startswith("the second reader takes"):
        return first
    return f"{first}, and as read it does not agree"


def _main(made: Checked) -> Evidence | None:
    """The row that a sentence names: today's where the versions differ, else one that agrees, else the account's own figure."""
    rows = [row for row in made.evidence if isinstance(row.fact, Fact) and row.role in ("figure", "mirror", "numerator")
            and row.note != "an earlier version"]
    if made.verdict == "vintage_dependent":
        rows = [row for row in rows if isinstance(row.fact, Fact) and row.fact.known_to is None and not _replaced(row.fact, made)] or rows
    return next((row for row in rows if row.agrees), rows[0] if rows else None)


def _replaced(fact: Fact, made: Checked) -> bool:
    """Whether a better edition of the same figure stands among the evidence."""
    return any(isinstance(row.fact, Fact) and row.fact.chain == fact.chain and row.fact.currency == fact.currency
               and row.fact.flow == fact.flow and row.fact.chain_rank > fact.chain_rank for row in made.evidence)


def _figure(row: Evidence, brief: bool = False) -> str:
    return f"{words.account(row.fact)}: {words.compared(row)}{_source(row, brief)}"


def _by(row: Evidence, brief: bool) -> str:
    return f"{words.compared(row)} by {words.account(row.fact)}{_source(row, brief)}"


def _source(row: Evidence, brief: bool) -> str:
    """Where a figure stands, or briefly only that it was stated: the evidence tells by whom."""
    if not brief:
        return f" ({words.source(row.fact)})"
    return " (as stated)" if row.fact.stated else ""


def as_stated(row: Evidence) -> str:
    assert isinstance(row.fact, Stated)
    fact = row.fact
    what = {"streak_largest_partner_years": f"largest partner for {fact.value:.0f} years to {fact.period}"}.get(
        fact.indicator, f"{words.number(fact.value, fact.unit)} in {fact.period}")
    return f"as stated by {fact.title}, {name(fact.partner)} for {name(fact.reporter)}: {what}"


def _sides(made: Checked, brief: bool) -> tuple[str, str]:
    yes: list[str] = []
    no: list[str] = []
    for one in made.accounts:
        if not one.candidates:
            continue
        shown = one.agreeing or one.candidates[0]
        (yes if one.state == "agrees" else no).append(_figure(shown.evidence[0], brief))
    return " and ".join(yes), " and ".join(no)


def _earlier(made: Checked, brief: bool) -> str:
    """The version that stood on the day of the text."""
    main = _main(made)
    rows = [row for row in made.evidence if isinstance(row.fact, Fact) and row.role in ("figure", "later") and row is not main
            and (row.fact.known_to is not None or row.note == "an earlier version" or _replaced(row.fact, made))]
    best = next((row for row in rows if row.agrees), rows[0] if rows else None)
    return "" if best is None else f"; then {words.compared(best)}{_source(best, brief)}"


def _difference(made: Checked) -> str:
    if made.computed is None or made.claim.value == 0 or made.computed == 0:
        return ""
    if made.claim.unit == "percent":
        way = -1 if made.claim.direction == "down" else 1
        return f", {abs(made.claim.value - made.computed):.1f} points apart" if way else ""
    if made.claim.value * made.computed < 0:
        return ", of the other sign"
    off = (made.claim.value / made.computed - 1) * 100
    return f", {off:+,.1f} % off".replace("-", "−")


def _standing(made: Checked) -> str:
    """A rank or streak: what it comes to in each set that may be meant, or where it stands by its bounds."""
    if made.readings:
        # What holds within another set does not hold within this one.
        told = {r.reading: words.HEADINGS["contradicted" if r.verdict == "misattributed" else r.verdict] for r in made.readings}
        return "Depends on the reading: " + "; ".join(f"{verdict} {reading}" for reading, verdict in told.items())
    heading = capital(words.HEADINGS[made.verdict])
    if made.verdict in ("depends_on_reading", "misattributed"):
        heading = f"{heading}: {made.detail.split('; ')[0]}"
    elif made.notes and made.claim.kind == "rank":
        return f"{heading}: {made.notes[0]}"
    return f"{heading}; {made.notes[0]}" if made.notes and made.claim.kind == "rank" else heading


def ratio_notes(claim: Claim, sides: Sequence[Account], base: Period) -> tuple[str, ...]:
    """For each account the quotient with its base named, and the base that the claim would need."""
    quotients: list[str] = []
    needed: list[str] = []
    bases: dict[str, None] = {}
    wanted = said_interval(claim)
    for side in sides:
        counted = [c for c in side.candidates if c.evidence[0].fact is not None]
        if not counted:
            continue
        below = counted[0].evidence[1].fact
        assert isinstance(below, Fact)
        low, high = min(c.point for c in counted), max(c.point for c in counted)
        times = f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f} to {high:,.0f}"
        value = _top_value(counted[0], below)
        whose = words.account_of(side.area, side.by)
        quotient = f"{times} times by {whose}"
        if wanted.low and wanted.high:
            ends = [_size(value / end, below.currency) for end in (wanted.high, wanted.low)]
            need = f"it would need a base of {ends[0]} to {ends[1]}"
            if quotients:
                needed.append(f"by {whose} {need}")
            else:
                quotient += f" ({need}, not {_size(below.value, below.currency)})"
        quotients.append(quotient)
        named = ", account not named" if "account=unnamed" in below.flags else ""
        mixed = ", mixed" if counted[0].strength == "mixed" else ""
        bases[f"the base is {_size(below.value, below.currency)} of {below.period}, {words.source(below)}{named}{mixed}"] = None
    notes = [*quotients, *needed, *bases]
    when = period_of(claim.period)
    if notes and when is not None and when.end.year - base.end.year > 20:
        notes.append("nominal money over decades")
    return tuple(notes)


def part_note(row: Evidence, base: Period) -> str:
    """``of 1974 A's exports alone are held, US$87.12 mn: its imports are not, so by that account the base is open, and no less``."""
    fact = row.fact
    assert isinstance(fact, Fact)
    other = "imports" if fact.flow == "export" else "exports"
    return (f"of {base} {own(fact.reporter)} {fact.flow}s alone are held, {_size(fact.value, fact.currency)}: its {other} "
            "are not, so by that account the base is open, and no less")


def _top_value(candidate: Candidate, below: Fact) -> Decimal:
    return candidate.point * below.value if candidate.how == "b/a" else (candidate.evidence[0].fact.value)


def _size(value: Decimal, currency: str) -> str:
    """Money with three digits, so that a base of a fifth of a billion can be read."""
    symbol = SYMBOLS.get(currency, currency + " ")
    for size, word in ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " mn")):
        if abs(value) >= size:
            scaled = value / size
            return f"{symbol}{scaled:,.{2 if scaled >= 10 else 3}f}".rstrip("0").rstrip(".") + word
    return f"{symbol}{value:,.0f}"

