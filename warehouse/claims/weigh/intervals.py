"""What a written number leaves room for: its implied precision, its hedge, its range. Pure, in decimals, never floats.

"RM133.6 billion" says that the last digit is known: half a unit of it either way. A hedge says on which side the truth lies and
leaves 5 per cent of room, counted from the value and never from its trailing zeros. Whether an official figure falls inside,
and how (exact, rounded, truncated, …), is ``fit``; what follows from that is ``warehouse.claims.weigh.verdicts``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from warehouse.claims.model import Claim, Written

HedgeClass = Literal["none", "lower", "upper", "approach", "about"]
Detail = Literal["exact", "rounded", "truncated", "last_digit", "loose", "hedged", "stretched", "understated", "bound"]
"""How a figure fits. ``bound``: it is true of a hedge read as a bare bound, and far from the number named."""

_ROOM = Decimal("0.05")
"""What a hedge leaves beside the number."""
_PRECISE, _PRECISE_ROOM = 4, Decimal("0.005")
"""Where so many digits are written, a hedge leaves no more than this: "nearly 989.9 billion" is not 952."""
_STRETCH = Decimal("1.1")
"""A hedge is stretched where the larger of number and figure is up to a tenth above the smaller."""
_UNDERSTATED = {1: Decimal("1.5"), 2: Decimal("1.2")}
"""A bound in one digit ("over 100 billion") is a fair description up to half as much again (each of five partners "over 100": 111 to
148), in two ("over 120 billion") up to a fifth; with more digits it says what the figure is ("over 133 billion" is not 193)."""
_NEAR = Decimal("0.001")
"""A relative difference below this is a slip of the last digit, whatever was written."""
_CAP = Decimal("0.02")
"""Most that the last digit or trailing zeros may leave of a level: "7 trillion" is not 5.6 trillion."""
_POINTS = Decimal("0.15")
"""The same for a percentage written with one decimal or more, in points."""

_HEDGES: tuple[tuple[HedgeClass, str], ...] = (
    ("approach", r"nearly|almost|close to|just under|just below|just short of|approach(?:ed|ing)|near(?:ing)?|touch(?:ed|ing)"),
    ("upper", r"up to|less than|fewer than|under|below|at most|not more than|no more than"),
    ("lower", r"(?:well |slightly |just |a little )?(?:over|above|past)|more than|exceed(?:ed|s|ing)?|in excess of|surpass(?:ed|es|ing)?|"
              r"topp(?:ed|ing)|tops|at least|no less than|not less than|upwards? of|cross(?:ed|ing)|breach(?:ed|ing)|north of"),
)


_STRICTLY_BELOW = re.compile(r"less than|fewer than|under|below", re.IGNORECASE)
"""Hedges that the number itself does not fit."""


def hedge_class(word: str | None) -> HedgeClass:
    """On which side of its number a hedge leaves room; one that is not known leaves it on both."""
    if not word:
        return "none"
    text = " ".join(word.casefold().replace("-", " ").split())
    for found, pattern in _HEDGES:
        if re.fullmatch(pattern, text):
            return found
    return "about"


@dataclass(frozen=True)
class Interval:
    """From low to high, both inclusive; either may be open."""

    low: Decimal | None
    high: Decimal | None

    def meets(self, other: Interval) -> bool:
        return not ((self.low is not None and other.high is not None and other.high < self.low)
                    or (self.high is not None and other.low is not None and other.low > self.high))

    def __neg__(self) -> Interval:
        return Interval(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def distance(self, other: Interval) -> Decimal:
        """How far apart two intervals are; 0 where they meet."""
        if self.meets(other):
            return Decimal(0)
        if self.low is not None and other.high is not None and other.high < self.low:
            return self.low - other.high
        assert self.high is not None and other.low is not None
        return other.low - self.high


def around(value: Decimal, half: Decimal) -> Interval:
    return Interval(value - half, value + half)


def in_words(claim: Claim) -> bool:
    """A number that no digit stands for: "doubled", "a third"."""
    return not re.search(r"\d", claim.written.text)


def said_interval(claim: Claim) -> Interval:
    """What the text says, as an interval: the half unit of its last digit, or the room of its hedge."""
    return _signed(claim, _zones(claim)[0][1])


def arithmetic_interval(claim: Claim) -> Interval:
    """The widest fair reading, for arithmetic inside the text: truncation and round figures count, and a bare bound is open on its side."""
    value, unit = abs(claim.value), claim.written.unit_of_last_digit
    kind = hedge_class(claim.hedge)
    room = value * _ROOM * 2
    if claim.written.upper is not None:
        return _signed(claim, Interval(value - unit / 2, abs(claim.written.upper) + unit / 2))
    loose = _loose_half(claim.written, value)
    found = {"none": Interval(value - max(unit / 2, loose), value + max(unit, loose)), "lower": Interval(value - unit / 2, None),
             "upper": Interval(None, value + unit / 2), "approach": Interval(value - room, value + unit / 2),
             "about": around(value, max(room, unit))}[kind]
    return _signed(claim, found)


def fit(claim: Claim, official: Interval) -> Detail | None:
    """How an official figure, known to half a unit of its own last digit, fits what the text says; None where it does not.

    The first of the zones in order of strictness that meets the figure. A reversed sign never fits.
    """
    seen = -official if claim.value < 0 else official
    if seen.high is not None and seen.high < 0 and claim.value != 0:
        return None
    if (seen.low == seen.high == abs(claim.value) or
            (seen.low is not None and seen.high is not None and (seen.low + seen.high) / 2 == abs(claim.value))) and not claim.hedge:
        return "exact"
    found: Detail | None = next((name for name, zone in _zones(claim) if zone.meets(seen)), None)
    if found and _STRICTLY_BELOW.fullmatch(claim.hedge or "") and seen.low is not None and seen.high is not None:
        return found if (seen.low + seen.high) / 2 < abs(claim.value) else "bound"  # "below 1,508.71 billion" of just that figure
    return found


def _signed(claim: Claim, interval: Interval) -> Interval:
    return -interval if claim.value < 0 else interval


def _zones(claim: Claim) -> list[tuple[Detail, Interval]]:
    """The zones of a number's size, strictest first."""
    value, written = abs(claim.value), claim.written
    unit = written.unit_of_last_digit
    half = unit / 2
    understated: list[tuple[Detail, Interval]]
    stretched: list[tuple[Detail, Interval]]
    tiny = Interval(value * (1 - _NEAR), value * (1 + _NEAR))
    if written.upper is not None:
        return [("rounded", Interval(value - half, abs(written.upper) + half))]
    kind = hedge_class(claim.hedge)
    if kind == "none" and in_words(claim):
        return [("hedged", around(value, value / 10))]
    if kind == "none":
        slip = max(half, min(unit * 3 / 2, max(value * _CAP, _POINTS if claim.unit == "percent" else Decimal(0))))
        return [("rounded", around(value, half)), ("truncated", Interval(value, value + unit * (1 - _NEAR))),
                ("last_digit", around(value, slip)), ("last_digit", tiny), ("loose", around(value, _loose_half(written, value)))]
    digits = len(str(int(abs(value / unit))).rstrip("0"))
    precise, beyond = digits >= _PRECISE, _UNDERSTATED.get(digits)
    room = max(value * (_PRECISE_ROOM if precise else _ROOM), half)
    if kind == "lower":
        understated = [] if beyond is None else [("understated", Interval(value - half, value * beyond))]
        return [("hedged", Interval(value - half, value + room)), ("last_digit", tiny), *understated,
                ("bound", Interval(value - half, None))]
    if kind == "upper":
        understated = [] if beyond is None else [("understated", Interval(value / beyond, value + half))]
        return [("hedged", Interval(value - room, value + half)), ("last_digit", tiny), *understated,
                ("bound", Interval(Decimal(0), value + half))]
    stretched = [] if precise else [("stretched", Interval(value / _STRETCH, value + half if kind == "approach" else value * _STRETCH))]
    if kind == "approach":
        return [("hedged", Interval(value - room, value + half)), ("last_digit", tiny), *stretched]
    return [("hedged", around(value, room)), *stretched]


def _loose_half(written: Written, value: Decimal) -> Decimal:
    """Half a unit of the last digit that is not zero: "RM200 billion" may mean hundreds; never more than ``_CAP``."""
    digits = str(int(abs(value / written.unit_of_last_digit)))
    zeros = len(digits) - len(digits.rstrip("0"))
    return min(written.unit_of_last_digit * 10 ** zeros / 2, value * _CAP) if written.decimals == 0 else Decimal(0)
