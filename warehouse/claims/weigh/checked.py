"""What a check comes to: a claim with its verdict and evidence, and a text's claims together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from warehouse.claims.model import Claim, Reading
from warehouse.claims.weigh.arithmetic import Relation
from warehouse.claims.weigh.intervals import Interval
from warehouse.claims.weigh.verdicts import Account, Evidence


@dataclass(frozen=True)
class ReadAs:
    """One way to read a claim, with its verdict."""

    reading: str
    verdict: str
    detail: str


@dataclass(frozen=True)
class Checked:
    """One claim with what it comes to."""

    number: int
    claim: Claim
    verdict: str
    detail: str
    at_publication: str | None
    """None without a date."""
    latest: str
    readings: tuple[ReadAs, ...]
    computed: Decimal | None
    interval: Interval
    evidence: tuple[Evidence, ...]
    sql: str
    said: str
    printable: str
    notes: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    inferred_period: str | None = None
    """The period taken where the text gives none (the last full year before it)."""


@dataclass(frozen=True)
class Report:
    """A reading with the verdicts of its claims."""

    reading: Reading
    snapshot: int
    claims: tuple[Checked, ...]
    relations: tuple[Relation, ...]
