"""Verdicts: what a claim comes to when it is held against the accounts, then and now. Pure; the rules are docs/checking.md.

A *candidate* is one official number that a claim can be held against: whose account, how it was come by, how well it is known.
An account agrees, is outside, or is open; ``weigh`` says what the accounts of one moment come to, ``settle`` what two moments do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, get_args

from warehouse.claims.model import Claim
from warehouse.claims.weigh.facts import Fact, Stated
from warehouse.claims.weigh.intervals import Detail, Interval, fit, said_interval

Verdict = Literal["supported", "source_dependent", "vintage_dependent", "basis_dependent", "differs_from_today", "depends_on_reading",
                  "scale_error", "misattributed", "contradicted", "not_checkable"]
VERDICTS: frozenset[Verdict] = frozenset(get_args(Verdict))
Strength = Literal["own", "implied", "mixed", "converted"]
Role = Literal["figure", "mirror", "numerator", "denominator", "base", "competitor", "neighbour", "stated", "bound", "later"]

PLACES = {"own": Decimal(0), "implied": Decimal("0.05"), "mixed": Decimal("0.20"), "converted": Decimal("0.05")}
"""How far outside, of the figure, a number must be to place its account outside: none for a publisher's own figure, 5 per cent
at a rate, 20 per cent where bases, accounts or vintages are mixed (MODEL: "Coherence", "Which rate")."""


_NEAR_NONE = {False: Decimal(3), True: Decimal(20)}
"""So many points apart a growth and its revision may be of two signs; the second of balances."""


@dataclass(frozen=True)
class Evidence:
    """One row of what a verdict rests on."""

    fact: Fact | Stated
    role: Role
    agrees: bool | None = None
    note: str = ""
    value: Decimal | None = None
    """As compared, where that is not the figure itself (a growth, a share, a converted value)."""
    unit: str = ""


@dataclass(frozen=True)
class Candidate:
    """A number to hold a claim against."""

    account: str
    official: Interval
    strength: Strength
    evidence: tuple[Evidence, ...]
    how: str = ""
    band: Callable[[], Decimal] = Decimal
    """How far other versions may be from it, in the claim's unit: asked where it is outside, since what was revised so far is then read."""
    others: tuple[Interval, ...] = ()
    """The same number by other versions that are held."""
    surely: bool = False
    """It was the public one on the text's day: not merely the last that is held, which may have been replaced since."""

    def beyond_band(self, wanted: Interval) -> bool:
        if self.surely:
            return True
        band = self.band()
        return all(wanted.distance(one) > band for one in (self.official, *self.others))

    @property
    def point(self) -> Decimal:
        assert self.official.low is not None and self.official.high is not None
        return (self.official.low + self.official.high) / 2


@dataclass(frozen=True)
class Account:
    """What one account comes to: how it agrees, or how far outside it is."""

    area: str
    candidates: tuple[Candidate, ...]
    state: Literal["agrees", "bound", "outside", "open"]
    detail: Detail | None = None
    agreeing: Candidate | None = None
    strong: bool = False
    """Outside by what can contradict: not by a third party's rate."""
    beyond_band: Callable[[], bool] = bool
    """Whether it is outside by more than revisions explain: asked before a verdict against alone."""
    by: str = ""
    """What a sentence calls it; empty where it has no name of its own."""


@dataclass(frozen=True)
class Finding:
    """What a claim comes to at one moment, before the other moment and other readings are seen."""

    verdict: Verdict
    detail: str
    accounts: tuple[Account, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    computed: Decimal | None = None
    notes: tuple[str, ...] = ()
    complete: bool = True
    """Whether every account that could be meant was held."""

    @property
    def decided(self) -> bool:
        return self.verdict != "not_checkable"

    @property
    def agreeing(self) -> tuple[Account, ...]:
        return tuple(a for a in self.accounts if a.state in ("agrees", "bound"))


def account(claim: Claim, area: str, candidates: Sequence[Candidate], by: str) -> Account:
    """Weigh one account, which sentences call ``by``. Its own figures decide alone; a rate or a mixture only where there are none."""
    if not candidates:
        return Account(area, (), "open", by=by)
    candidates = sorted(candidates, key=_whose)
    best = min(candidates, key=lambda c: list(PLACES).index(c.strength)).strength
    counted = [c for c in candidates if c.strength == best]
    fits = [(detail, c) for c in counted if (detail := fit(claim, c.official)) is not None]
    if fits:
        detail, closest = min(fits, key=lambda one: (_whose(one[1]), get_args(Detail).index(one[0])))
        return Account(area, tuple(candidates), "bound" if detail == "bound" else "agrees", detail, closest, by=by)
    wanted = said_interval(claim)
    gaps = [(wanted.distance(c.official), c) for c in counted]
    reversed_sign = all(c.point * claim.value < 0 for c in counted)
    # A growth near none may be turned by a revision; any other sign that is reversed lies beyond them by nature.
    near_none = claim.kind == "change" and claim.unit == "percent" and all(gap <= _NEAR_NONE[claim.flow == "balance"] for gap, _ in gaps)
    if best == "mixed" and claim.kind != "ratio":
        return Account(area, tuple(candidates), "open", by=by)  # growth or share out of two accounts or vintages
    if all(gap > PLACES[best] * abs(c.point) for gap, c in gaps) or reversed_sign:
        return Account(area, tuple(candidates), "outside", strong=best != "converted" and not all(_of_nobody(c) for c in counted),
                       beyond_band=lambda: (reversed_sign and not near_none) or all(c.beyond_band(wanted) for c in counted), by=by)
    return Account(area, tuple(candidates), "open", by=by)


def _whose(candidate: Candidate) -> int:
    """The reporter's own tables before others' of the same trade, and what somebody only stated last."""
    account_ = candidate.evidence[0].fact.account if candidate.evidence and isinstance(candidate.evidence[0].fact, Fact) else "statement"
    return {"reported": 0, "statement": 2}.get(account_, 1)


def _of_nobody(candidate: Candidate) -> bool:
    """Whether a number was computed from statements alone of which it is not said whose account they are."""
    return len(candidate.evidence) > 1 and candidate.how == "computed from the levels" and all(
        "account=unnamed" in row.fact.flags for row in candidate.evidence)


def weigh(own: Account, other: Account | None, *, named: bool, habit: str | None) -> Finding:
    """What the accounts of one moment come to.

    ``named``: the text says whose account it means (``own``); else either side's may be meant. ``habit``: the account that the
    currency usually speaks of, for a pair of which the other account is not held.
    """
    accounts = (own,) if other is None else (own, other)
    computed = next((a.agreeing.point for a in accounts if a.agreeing), None)
    if computed is None:
        computed = next((a.candidates[0].point for a in accounts if a.candidates), None)
    made = Finding("not_checkable", "no_data", accounts, _rows(accounts), computed,
                   complete=other is None or bool(own.candidates) == bool(other.candidates))
    yes = [a for a in accounts if a.state == "agrees"]
    bound = [a for a in accounts if a.state == "bound"]
    if not yes and bound:
        return replace(made, verdict="depends_on_reading", detail="bound")
    if yes and named and own.state != "agrees":
        return replace(made, verdict="source_dependent", detail=f"{yes[0].area} only")
    if yes and not named and any(a.state == "outside" for a in accounts):
        return replace(made, verdict="source_dependent", detail=f"{yes[0].area} only")
    if yes:
        first = yes[0]
        assert first.agreeing is not None
        how = "" if first.agreeing.strength == "own" else f", {first.agreeing.strength}"
        stated = "as_stated, " if all(row.fact.stated for a in yes if a.agreeing for row in a.agreeing.evidence[:1]) else ""
        return replace(made, verdict="supported", detail=f"{stated}{first.detail}{how}")
    outside = [a for a in accounts if a.state == "outside"]
    counts = [own] if named else [a for a in accounts if a.candidates or habit != _other_area(a, accounts)]
    if own.state == "open" and named:
        return replace(made, detail="no_data" if not own.candidates else _open(own))
    if not outside:
        return made if not any(a.candidates for a in accounts) else replace(made, detail=_open(*accounts))
    if not any(a.strong for a in counts if a.state == "outside"):
        converted = any(c.strength == "converted" for a in counts for c in a.candidates)
        return replace(made, detail="currency" if converted else "mixed")
    if any(a.state == "open" and not a.candidates for a in accounts) and not (named and own in outside):
        # Two accounts of one pair may be twice as large as each other: the one that is not held may be the one meant.
        return replace(made, detail="account_not_held")
    if not named and any(a.state == "open" and a.candidates for a in accounts):
        return replace(made, detail=_open(*accounts))
    beyond = all(a.beyond_band() for a in outside if a.strong)
    return replace(made, verdict="contradicted", detail="beyond_band" if beyond else "within_band")


def _open(*accounts: Account) -> str:
    return "mixed" if any(c.strength == "mixed" for a in accounts for c in a.candidates) else "rate"


def _other_area(one: Account, accounts: Iterable[Account]) -> str | None:
    return next((a.area for a in accounts if a.area != one.area), None)


def _rows(accounts: Iterable[Account]) -> tuple[Evidence, ...]:
    found: dict[tuple[str, str, str], Evidence] = {}
    for number, one in enumerate(accounts):
        for candidate in one.candidates:
            agrees = None if one.state == "open" else candidate is one.agreeing or (one.state == "agrees" and None)
            for row in candidate.evidence:
                role: Role = "mirror" if number and row.role == "figure" else row.role
                marked = replace(row, agrees=agrees if row.role in ("figure", "numerator") else None, role=role)
                found.setdefault((row.fact.version_id, role, str(row.value)), marked)
    return tuple(found.values())


@dataclass(frozen=True)
class Settled:
    """The verdict of two moments, and which of them decides."""

    verdict: Verdict
    detail: str
    finding: Finding
    """Whose evidence is shown first."""
    then: Finding | None
    now: Finding
    older: tuple[Evidence, ...] = field(default=())


def settle(then: Finding | None, now: Finding, older: Sequence[Evidence], day: str) -> Settled:
    """What was known on the day of the text decides where it can; a difference between the two moments is itself the verdict.

    ``then`` is None without a date. ``older`` are earlier versions that agree, for a text whose day's version is not held.
    """
    latest = _latest(now)
    if then is not None and then.decided:
        if then.verdict == "supported":
            if latest.verdict == "supported":
                return Settled("supported", f"{then.detail}; known on {day}", then, then, latest)
            if latest.verdict in ("contradicted", "differs_from_today"):
                return Settled("vintage_dependent", f"was right on {day}, since revised", now, then, latest) if _revised(then, now) else (
                    Settled("supported", f"{then.detail}; known on {day}", then, then, latest))
            if not then.complete or not latest.decided:
                return _by_latest(latest, then, day) if latest.decided else Settled(
                    "supported", f"{then.detail}; known on {day}", then, then, latest)
        if then.verdict == "contradicted":
            if latest.verdict == "supported":
                return Settled("vintage_dependent", f"did not agree with what was known on {day}; agrees since the revision",
                               now, then, latest)
            if then.complete and latest.verdict in ("contradicted", "differs_from_today", "not_checkable"):
                if then.detail == "within_band" and latest.verdict != "contradicted":
                    return Settled("differs_from_today", "within what revisions explain", latest, then, latest)
                return Settled("contradicted", f"known on {day}", then, then, latest)
            return _by_latest(latest, then, day)
        if then.complete:
            return Settled(then.verdict, f"{then.detail}; known on {day}", then, then, latest)
    if latest.verdict in ("contradicted", "differs_from_today") and older:
        return Settled("vintage_dependent", "was right in an earlier version, since revised", latest, then, latest, tuple(older))
    return _by_latest(latest, then, day)


def _revised(then: Finding, now: Finding) -> bool:
    """Whether a figure that agreed then has another version now. What another source says since is no revision of it."""
    def of(fact: Fact) -> tuple[object, ...]:
        return fact.chain, fact.currency, fact.reporter, fact.partner, fact.flow, fact.product, fact.period

    agreed = [row.fact for side in then.agreeing if side.agreeing for row in side.agreeing.evidence]
    today = {of(row.fact): row.fact for row in now.evidence if isinstance(row.fact, Fact)}
    return any(not isinstance(fact, Fact) or (
        (later := today.get(of(fact))) is not None and (later.value, later.yoy, later.mom) != (fact.value, fact.yoy, fact.mom))
        for fact in agreed)


def _by_latest(latest: Finding, then: Finding | None, day: str) -> Settled:
    said = latest.detail if then is None or not latest.decided else f"{latest.detail}; by what is held today, not all known on {day}"
    return Settled(latest.verdict, said, latest, then, latest)


def _latest(now: Finding) -> Finding:
    """Today's figures alone contradict only beyond what revisions explain; else the figure of the day is not held."""
    if now.verdict == "contradicted" and now.detail == "within_band":
        return replace(now, verdict="differs_from_today", detail="within what revisions explain")
    return now
