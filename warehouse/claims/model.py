"""What a claim is: one figure that a text states about trade, with every slot's value and where it came from.

Pure data. Reading text into claims is ``warehouse.claims.read.reader``, checking them ``warehouse.claims.check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["level", "change", "ratio", "rank", "streak", "share", "balance"]
Origin = Literal["sentence", "context", "headline", "source_default", "inferred", "second_reader"]
"""Where a slot came from: this sentence, an earlier one, the headline or lead, the source's habit, a rule over the date, or the second
reader alone (``warehouse.claims.second``)."""
PublishedBasis = Literal["option", "metadata", "dateline", "inferred", "none"]


@dataclass(frozen=True)
class Written:
    """A number as the text writes it: "RM1.39 trillion" is value 1390000000000, decimals 2, multiplier 10**12."""

    text: str
    value: Decimal
    """In full, in the claim's unit; the sign is the claim's."""
    decimals: int
    """Digits written after the point of the mantissa: half a unit of the last digit is multiplier * 10**-decimals / 2."""
    multiplier: int
    upper: Decimal | None = None
    """Upper end of a written range ("3 to 5 per cent"); value is then its lower end."""

    @property
    def unit_of_last_digit(self) -> Decimal:
        return Decimal(self.multiplier).scaleb(-self.decimals)


@dataclass(frozen=True)
class Published:
    """The day a text is from, at the precision known."""

    day: date | None
    """Last day it may be: a month's last day where only the month is known."""
    precision: Literal["day", "month", "year", "none"] = "none"
    basis: PublishedBasis = "none"


@dataclass(frozen=True)
class Claim:
    """One figure with its slots. Names and values are those of the labelled sentences; null is None."""

    kind: Kind
    sentence: str
    start: int
    """Offset of the figure in the whole text."""
    end: int
    written: Written
    value: Decimal
    """What the text says, in full and with sign: deficits are negative balances, changes are positive with a direction."""
    unit: str
    """ISO 4217 code, percent, percentage points, times, rank, years, months, quarters, tonne."""
    reporter: str | None = None
    """ISO 3166-1 alpha-3, ASEAN, EU or WLD: whose trade, from whose side the flow is seen."""
    reporter_certain: bool = True
    """False where only the pair is named; it is then compared unordered."""
    partner: str | None = None
    group: str | None = None
    """The bloc that is a side, or the set within which a rank or share holds."""
    flow: str | None = None
    """total, export, import, balance, from the reporter's side."""
    commodity: str | None = None
    """As worded."""
    period: str | None = None
    """YYYY, YYYY-MM, or from/to in either form; None where it cannot be told."""
    direction: Literal["up", "down"] | None = None
    hedge: str | None = None
    """The word: nearly, over, about, …; None where the figure stands bare."""
    basis: str | None = None
    """Of a change or ratio: yoy, mom, annual average, a year, a period, another pair, or an event with its date."""
    of: str | None = None
    """Denominator of a share; what a streak counts: rank 1, surplus, growth, level above X."""
    qualifier: str | None = None
    """Words that restrict the figure to what no other slot says ("excluding oil and gas", "in real terms"), as worded: such a figure
    is held against no series."""
    not_understood: str | None = None
    """Words of its clause that were not understood, as worded: whether they restrict the figure is open, so it is not decided either."""
    other_reading: str | None = None
    """How a second reader takes the claim otherwise, in words: it is then not decided."""
    speaker: str | None = None
    """Who is quoted, as worded; a named statistical source where the sentence names one."""
    speaker_country: str | None = None
    alt: Written | None = None
    """The same figure in a second currency, in brackets."""
    alt_unit: str | None = None
    record: bool = False
    readings: tuple[str, ...] = ()
    """Other sets the words allow, where they allow more than one ("world" beside group ASEAN)."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Slot name → where its value came from."""

    @property
    def context_slots(self) -> tuple[str, ...]:
        """Slots that the sentence alone does not give."""
        return tuple(sorted(name for name, origin in self.origins.items() if origin != "sentence"))


@dataclass(frozen=True)
class Event:
    """Something the text says happened, without a figure of trade: told once however often the text tells it."""

    kind: Literal["agreement", "memorandum", "visit", "project"]
    sentence: str
    parties: tuple[str, ...] = ()
    date: str | None = None
    """YYYY, YYYY-MM or YYYY-MM-DD as far as told."""
    count: int | None = None
    hedge: str | None = None


@dataclass(frozen=True)
class SecondReader:
    """What a second reader said of a text (``warehouse.claims.second``)."""

    name: str
    agreed: int = 0
    otherwise: int = 0
    """Claims that it takes otherwise than the rules."""
    alone: int = 0
    """Claims that it read alone."""
    refused: tuple[str, ...] = ()
    """Proposals that the text does not bear out, with the reason of each."""
    failed: str | None = None
    """Why it was not heard; the text is then read by the rules alone."""


@dataclass(frozen=True)
class Reading:
    """What one text says: its claims in order, its events, its language and day."""

    text: str
    language: str
    """ISO 639-1; anything but "en" is answered as not read, never with no claims."""
    published: Published
    claims: tuple[Claim, ...] = ()
    events: tuple[Event, ...] = ()
    unread: tuple[str, ...] = ()
    """What was left out by ``warehouse.claims.limits``, in words; empty for any text that people write."""
    second: SecondReader | None = None
    """None where none was asked."""
