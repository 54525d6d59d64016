"""What a text is about while it is read: the economy it speaks for, the pair, the last flow and period.

One focus lives through a text; each sentence starts from it and leaves it changed. What carries over:

* the economy spoken for (``home``), until another one's trade is told;
* the pair, for "bilateral trade", "the two countries" and trade "with" one partner;
* the last flow with its partner and goods, for sentences that lean on it ("It rose by 5 per cent");
* the last period, until another is named; a period compared with, foretold or begun after the text never becomes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from warehouse.claims.model import Origin
from warehouse.claims.phrases.period_words import Span
from warehouse.claims.vocabulary import Entry

BLOCS = frozenset({
    "ASEAN", "EU", "RCEP", "APEC", "BRI", "AFRICA", "EUROPE", "LATAM", "OCEANIA", "NAMERICA", "ASIA", "MIDEAST", "GCC", "CPTPP", "FTA",
    "BRICS", "MERCOSUR", "EAEU", "G7", "OIC", "CLV", "CASIA", "SOUTHASIA", "EUROZONE"})


@dataclass
class Topic:
    """What the figures that follow measure."""

    flow: str | None = None
    reporter: str | None = None
    partner: str | None = None
    certain: bool = True
    """False where only the pair is named."""
    commodity: str | None = None
    group: str | None = None
    deficit: bool = False
    blocked: bool = False
    """It is no trade: figures that follow are left alone."""
    origins: dict[str, Origin] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    held: bool = False
    """It is a share that somebody holds: percentages behind it are levels of the share."""
    open: bool = False
    """The pair it is about was not known yet."""
    inside: str | None = None
    """The set within which a share of it holds."""
    qualifier: str | None = None
    """Words that restrict it to what no slot says."""
    several: str | None = None
    """More partners than one, as worded: a single figure is of all of them."""
    item: bool = False
    """One of a list of partners: the next sentence does not go on about it."""

    def set(self, slot: str, origin: Origin) -> None:
        self.origins[slot] = origin

    def carried(self, origin: Origin) -> Topic:
        """The same topic for a sentence that leans on it."""
        return replace(self, origins={slot: origin for slot in ("reporter", "partner", "flow", "commodity")}, start=0, end=0)


@dataclass
class Focus:
    """State of a text between and within sentences."""

    home: str | None = None
    pair: tuple[str, str] | None = None
    pair_certain: bool = False
    topic: Topic | None = None
    period: Span | None = None
    partial: tuple[Span, str] | None = None
    """A part of a month that the text is about ("the first 20 days of July"), as its month, with the words."""
    month: Span | None = None
    """The last single month spoken of."""
    stretch: Span | None = None
    """The last longer period spoken of."""
    against: int | None = None
    """How many months before its own the last sentence compared its figures with, where it said so."""
    group: str | None = None
    origin: Origin = "context"
    """Where what was said before came from: headline until a sentence of the text said more."""
    ranked: Topic | None = None
    """What the last rank told was of: "the US ranked second" goes on from it."""
    lead: tuple[str | None, str | None] | None = None
    """Reporter and partner that the text told first: whether it is about a pair."""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Every pair told, in order."""
    several: bool = False
    """The last sentence that told anything told of several partners."""
    subject: str | None = None
    """The economy that this sentence's current clause is about."""
    agency_here: str | None = None
    home_here: bool = False
    pair_here: bool = False
    afresh: bool = False
    """This sentence turns back to all trade: "On a monthly basis, exports …"."""
    met: list[str] = field(default_factory=list)
    """Economies named so far, each once."""
    currency_home: str | None = None
    """Whose currency the text counts in."""
    speaker: tuple[str, str | None] | None = None
    """Who is quoted, with the country spoken for."""
    default_home: str | None = None
    """What the source speaks for by habit."""

    def take(self, made: Topic) -> None:
        """A flow was told."""
        self.speak_of(made.reporter, made.partner, made.certain, made.origins.get("reporter") == "sentence",
                      made.commodity is None)

    def open_sentence(self) -> None:
        self.subject, self.agency_here, self.home_here, self.pair_here = None, None, False, False

    @property
    def about_pair(self) -> bool:
        """Whether the text is about two economies' trade with each other."""
        return self.lead is not None and self.lead[1] not in (None, "WLD")

    def lasting(self) -> Topic | None:
        """The last flow told, where it is with the partner that the text is about."""
        if self.topic is None or not self.about_pair or self.lead is None or self.topic.partner != self.lead[1]:
            return None
        return self.topic

    def goes_on(self) -> bool:
        """Whether a bare flow is still with the partner of the sentence before: not in a text about all partners, once that sentence
        had several of them or this one has a subject of its own."""
        about_all = self.lead is not None and self.lead[1] == "WLD"
        return not about_all or (not self.several and self.subject is None and not self.afresh)

    def of_goods_aside(self) -> bool:
        """Whether what was told last is some goods with a partner, in a text about all partners: "as car exports to A fell"."""
        return self.topic is not None and self.topic.commodity is not None and self.lead is not None and self.lead[1] == "WLD"

    def named(self, entry: Entry) -> str | None:
        """The area that a name or a pronoun means here."""
        if entry.value == "HOME":
            return self.home or self.subject or self.default_home
        if entry.value in ("BLOC", "GROUP"):
            return self.group or ("EU" if self.pair and "EU" in self.pair else "ASEAN")
        return None if entry.value == "PAIR" else entry.value

    @property
    def ordered(self) -> tuple[str, str] | None:
        """The pair, in the order that the text told it first."""
        if self.pair is not None and self.lead is not None and set(self.pair) == set(self.lead):
            return self.lead  # type: ignore[return-value]  # its sides are those of the pair
        return self.pair

    def abroad(self) -> str | None:
        """The other side of the pair spoken of."""
        if self.pair is None:
            return None
        return self.pair[0] if self.pair[1] == self.home else self.pair[1]

    def subject_or_home(self) -> str | None:
        spoken_for = self.speaker[1] if self.speaker is not None else None
        return self.subject or self.home or (self.pair[0] if self.pair else None) or self.default_home or spoken_for

    def home_for(self, partner: str | None) -> str | None:
        """Who trades with this partner here: the economy spoken for, else another that was told to trade with it."""
        told = next((reporter for reporter, other in reversed(self.pairs) if other == partner), None)
        if self.home not in (None, partner) and (told is None or self.lead is None or self.home == self.lead[0]):
            return self.home
        if told is not None:
            return told
        if self.pair and partner in self.pair:
            return self.pair[0] if self.pair[1] == partner else self.pair[1]
        sides = (self.home, self.agency_here, self.default_home, self.currency_home)
        return next((side for side in sides if side not in (None, partner)), None)

    def speak_of(self, reporter: str | None, partner: str | None, certain: bool, said: bool = True, leads: bool = True) -> None:
        """Trade between these two was told; ``said`` where the sentence itself named the reporter, ``leads`` where it may be what the
        text is about: one figure of some goods is not."""
        if leads and reporter and self.lead is None and (said or partner != "WLD"):
            self.lead = (reporter, partner)
        if reporter and partner and partner != "WLD" and reporter != partner:
            self.pair, self.pair_certain, self.pair_here = (reporter, partner), certain, True
            self.pairs.append((reporter, partner))
            if partner in BLOCS:
                self.group = partner
        if reporter and reporter != "WLD" and (certain or self.home is None):
            self.home, self.home_here = reporter, True
        if reporter in BLOCS:
            self.group = reporter
