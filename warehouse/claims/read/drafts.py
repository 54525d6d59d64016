"""A sentence while it is read, and the claims in the making: what the parts of the reader hand to each other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from warehouse.claims.model import Claim, Kind, Origin, Published, Written
from warehouse.claims.phrases.focus import Focus, Topic
from warehouse.claims.phrases.marks import Marked
from warehouse.claims.phrases.period_words import Mention, Span

Direction = Literal["up", "down"]
Role = Literal["subject", "denominator", "attached", "base"]


@dataclass
class Draft:
    """A claim in the making."""

    kind: Kind
    at: int
    """Place of its sign in the marked sentence."""
    start: int
    end: int
    written: Written
    unit: str
    topic: Topic
    value: Decimal
    period: Span | None = None
    period_origin: Origin = "sentence"
    direction: Direction | None = None
    hedge: str | None = None
    basis: str | None = None
    of: str | None = None
    qualifier: str | None = None
    not_understood: str | None = None
    alt: Written | None = None
    alt_unit: str | None = None
    record: bool = False
    group: str | None = None
    readings: tuple[str, ...] = ()
    opening: bool = False
    """It is a rank told in passing, before the sentence's own subject: of the time that the text speaks of."""
    compared: bool = False
    """It is the figure compared with: "from RM5 billion a year ago"."""


@dataclass
class Sentence:
    """One sentence being read."""

    marked: Marked
    focus: Focus
    published: Published
    clauses: list[int] = field(default_factory=list)
    """Where clauses begin."""
    times: list[tuple[int, Mention, bool]] = field(default_factory=list)
    """Periods with whether each is one compared with."""
    forecasts: list[tuple[int, int]] = field(default_factory=list)
    """Stretches that state no fact."""
    causes: list[tuple[int, int]] = field(default_factory=list)
    """Stretches that explain a figure."""
    found: list[Draft] = field(default_factory=list)
    speaker: tuple[str, str | None] | None = None

    @property
    def text(self) -> str:
        return self.marked.text

    def clause(self, at: int) -> tuple[int, int]:
        """The clause around a place."""
        low = max((one for one in self.clauses if one <= at), default=0)
        high = min((one for one in self.clauses if one > at), default=len(self.marked.text))
        return low, high

    def clause_text(self, at: int) -> str:
        low, high = self.clause(at)
        return self.marked.text[low:high]

    def foretold(self, at: int) -> bool:
        return any(low <= at < high for low, high in self.forecasts)

    def explains(self, at: int) -> bool:
        return any(low <= at < high for low, high in self.causes)

    def before(self, at: int, width: int = 80) -> str:
        """The marked text that ends here."""
        return self.marked.text[max(0, at - width):at]

    def behind(self, at: int) -> str:
        """The marked text after the sign at this place."""
        return self.marked.text[at + 1:]

    def words(self, start: int, end: int) -> str:
        """The words that stood in a stretch of the marked text."""
        return self.marked.words(start, end)

    def named(self, at: int) -> str | None:
        """The area that the sign at this place names."""
        return self.focus.named(self.marked.entry(at))

    def said(self, match: re.Match[str], group: str, offset: int) -> str | None:
        """The area named by a group of a match over the text that begins at ``offset``."""
        return self.named(offset + match.start(group))


def claim(draft: Draft, one: Sentence, start: int, end: int) -> Claim:
    """The claim that a draft became; ``start`` and ``end`` are those of its figure in the whole text."""
    speaker, country = one.speaker or (None, None)
    own = draft.topic
    origins: dict[str, Origin] = dict(own.origins)
    values = {"reporter": own.reporter, "partner": own.partner, "flow": own.flow, "commodity": own.commodity, "group": draft.group,
              "period": draft.period, "direction": draft.direction, "hedge": draft.hedge, "qualifier": draft.qualifier}
    if draft.period is not None:
        origins["period"] = draft.period_origin
    for slot, value in values.items():
        if value is None:
            origins.pop(slot, None)
        else:
            origins.setdefault(slot, "sentence")
    return Claim(
        kind=draft.kind, sentence=one.marked.plain, start=start, end=end, written=draft.written, value=draft.value, unit=draft.unit,
        reporter=own.reporter, reporter_certain=own.certain, partner=own.partner, group=draft.group, flow=own.flow,
        commodity=own.commodity, period=str(draft.period) if draft.period else None, direction=draft.direction, hedge=draft.hedge,
        basis=draft.basis, of=draft.of, qualifier=draft.qualifier, not_understood=draft.not_understood,
        speaker=speaker, speaker_country=country, alt=draft.alt,
        alt_unit=draft.alt_unit, record=draft.record, readings=draft.readings, origins=origins)
