"""A verdict against is the last resort: whether a claim is said not to agree, after its whole sentence was read again. Pure.

What is weighed one figure at a time may have been read of another period or pair than is meant. So before a figure is accused the readings
nearby are tried, a sentence of which two figures fit one of them is read so as a whole, and what rests on a slot that the sentence does
not state, or on a figure of another order, is told as undecided. Nothing here turns what a sentence states itself into agreement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import groupby

from warehouse.ask.answers import WORLD
from warehouse.claims.limits import MOST_NEAR, MOST_READINGS
from warehouse.claims.model import Claim
from warehouse.claims.vocabulary import alternatives, vocabulary
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.checked import ReadAs
from warehouse.claims.weigh.elsewhere import NAMED_FLOWS, YEAR_BEFORE, Found, telling
from warehouse.claims.weigh.facts import months_of, shifted
from warehouse.claims.weigh.subject import name, subject
from warehouse.claims.weigh.verdicts import Finding, Settled, Verdict
from warehouse.reference.currencies import HOMES
from warehouse.reference.periods import Period

AGAINST: frozenset[Verdict] = frozenset({"contradicted", "misattributed", "scale_error", "basis_dependent"})
AGREES: frozenset[Verdict] = frozenset({"supported", "source_dependent", "vintage_dependent"})
_OPEN = AGAINST | {"differs_from_today", "depends_on_reading"}

_SLOTS = ("reporter", "partner", "flow", "period")
_LEAST, _MOST = Decimal("0.5"), Decimal(2)
"""A figure under half or over twice the official one is first of all a figure of something narrower or wider."""
_POINTS = Decimal(15)
"""The same of growths, in points."""

_NEARLY, _HEDGED = Decimal("0.01"), Decimal("0.05")
"""So near, a level may be meant roundly; the second where another figure of its sentence is hedged ("exceeded 720 and 780 billion")."""

ON_THE_YEAR = re.compile(r"year[- ]on[- ]year|on[- ]year|y-o-y|yoy|from a year|year earlier|year ago|annual|month[- ]on[- ]month|m-o-m",
                         re.IGNORECASE)
"""Words that leave no doubt which basis a growth is on."""
_MONTH_BEFORE = re.compile(r"\b(?:month earlier|month ago|previous month|preceding month|month before|last month)\b", re.IGNORECASE)
_MONTHLY = re.compile(
    rf"{_MONTH_BEFORE.pattern}|month[- ]on[- ]month|month[- ]over[- ]month|m-o-m|\bmom\b|"
    r"(?:from|than|with|to|against|over) (?:January|February|March|April|May|June|July|August|September|October|November|December)\b",
    re.IGNORECASE)
"""Words by which a text compares a month with the one before it."""
_ALL = re.compile(r"\b(?:total|overall|whole|global|world\w*|all (?:its )?(?:partners|markets))\b", re.IGNORECASE)
_UP = re.compile(r"\b(?:r[oi]se\w*|gr[eo]w\w*|increas\w+|climb\w*|jump\w*|surg\w+|soar\w*|expan\w+|gain\w*|up|higher|more)\b",
                 re.IGNORECASE)
_DOWN = re.compile(r"\b(?:f[ea]ll\w*|drop\w*|declin\w+|decreas\w+|contract\w*|sl[iu][pm]p?\w*|plung\w+|shr[aiu]nk\w*|down|lower|less|"
                   r"dipp?\w*|eas(?:ed|ing)|tumbl\w+)\b", re.IGNORECASE)
_GOODS = re.compile(r"\b(?:goods|merchandise|products|commodit(?:y|ies)|visible)\b", re.IGNORECASE)
_SURPLUS, _DEFICIT = re.compile(r"\bsurplus", re.IGNORECASE), re.compile(r"\b(?:deficit|shortfall|gap)", re.IGNORECASE)

_SIDED = re.compile(r"\b(?:surplus|deficit|shortfall|negative|positive|red|black|(?:un)?favou?r|adverse|net (?:im|ex)ports?|exceed|"
                    r"outstrip|outpac|outweigh|surpass|than|minus|plus|excess|below|above)|[-−–+] ?\W{0,2}\d", re.IGNORECASE)
"""Words that say which side of a balance is the larger; "imbalance", "gap" and "balance" do not."""


@dataclass(frozen=True)
class Weighed:
    """One claim as it was read, with what it comes to and what else its number would be."""

    claim: Claim
    settled: Settled
    readings: tuple[ReadAs, ...] = ()
    notes: tuple[str, ...] = ()
    inferred: str | None = None
    found: tuple[Found, ...] = ()


Judge = Callable[[Claim], Weighed]


def considered(text: str, weighed: Sequence[Weighed], judge: Judge) -> list[Weighed]:
    """The claims of a text in their order, read again by the sentence, with no verdict against that a nearby reading could undo."""
    made: list[Weighed] = []
    monthly, services = bool(_MONTHLY.search(text)), "service" in text.casefold()
    for _, run in groupby(weighed, key=lambda one: one.claim.sentence):
        made += _read_again(list(run), judge)
    return [_withheld(one, n, made, monthly, services) if one.settled.verdict in AGAINST else one for n, one in enumerate(made)]


# ── the whole sentence ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _read_again(sentence: list[Weighed], judge: Judge) -> list[Weighed]:
    """A sentence of which two figures fit one other reading is read so, or one whose own words say that it is the year before."""
    claims = [one.claim for one in sentence]
    tried: set[tuple[tuple[str, str | None], ...]] = set()
    for one in list(sentence):
        for found in one.found:
            if found.tried.kind != one.claim.kind:
                continue
            changes = tuple((slot, getattr(found.tried, slot)) for slot in _SLOTS if getattr(found.tried, slot) != getattr(one.claim, slot))
            if not changes or changes in tried or len(tried) >= MOST_READINGS or not _open_to(one.claim, found.tried, claims):
                continue
            tried.add(changes)
            moved = {n: again for n, other in enumerate(sentence) if (again := _moved(other, one.claim, dict(changes), judge))}
            if len(moved) > 1 or (moved and _says_before(one.claim, found.tried)):
                sentence = [moved.get(n, other) for n, other in enumerate(sentence)]
    return sentence


def _moved(one: Weighed, first: Claim, changes: dict[str, str | None], judge: Judge) -> Weighed | None:
    """A claim of the sentence under the reading that fits its first one, where it agrees so and not as it stands."""
    claim = one.claim
    if one.settled.verdict not in _OPEN or any(getattr(claim, slot) != getattr(first, slot) for slot in changes):
        return None
    again = judge(replace(claim, origins={**claim.origins, **dict.fromkeys(changes, "inferred")}, **changes))  # type: ignore[arg-type]
    if again.settled.verdict not in AGREES:
        return None
    return replace(again, notes=(*again.notes, f"read as {subject(again.claim)}, which the sentence fits as a whole"))


def _says_before(claim: Claim, tried: Claim) -> bool:
    """Whether the one thing to change is the period, for the earlier one that the sentence says itself ("in the same month last year")."""
    own, other = period_of(claim.period), period_of(tried.period)
    return (claim.kind in ("level", "balance") and own is not None and other is not None
            and claim.origins.get("period", "sentence") != "sentence" and _before(own, other, claim.sentence)
            and all(getattr(claim, slot) == getattr(tried, slot) for slot in _SLOTS if slot != "period"))


def _before(own: Period, other: Period, words: str) -> bool:
    """Whether words speak of the year or month before a period, and another is that one."""
    return bool((other == shifted(own, -12) and YEAR_BEFORE.search(words)) or (other == shifted(own, -1) and _MONTH_BEFORE.search(words)))


def _open_to(claim: Claim, tried: Claim, sentence: Sequence[Claim]) -> bool:
    """Whether the sentence leaves room for another reading: what it would change is not stated there, or is stated more than once."""
    if claim.kind != tried.kind:
        return True  # of growths and shares many are alike
    if (claim.unit, claim.value) != (tried.unit, tried.value):
        return False
    loose = carried(claim, sentence)
    return all(slot in loose or _names(slot, getattr(tried, slot), claim, sentence)
               for slot in _SLOTS if getattr(claim, slot) != getattr(tried, slot))


def carried(claim: Claim, near: Iterable[Claim] = ()) -> tuple[str, ...]:
    """The slots that decide and that the sentence does not state itself."""
    found = [slot for slot in _SLOTS if claim.origins.get(slot, "sentence") != "sentence"]
    for slot in ("reporter", "partner"):
        area = getattr(claim, slot)
        if claim.origins and slot not in found and area not in (None, WORLD) and not _called(area).search(claim.sentence):
            found.append(slot)  # "the country", "the bloc": named in another sentence
    if "reporter" in found and claim.reporter in (HOMES.get(claim.unit), claim.speaker_country):
        found.remove("reporter")
    if claim.partner == WORLD and "partner" not in found and not _ALL.search(claim.sentence):
        before = [one for one in near if one.start < claim.start and one.reporter == claim.reporter]
        if before and before[-1].partner not in (WORLD, None):
            found.append("partner")  # the pair that the text spoke of last may be meant
    return tuple(found)


@lru_cache(maxsize=512)
def _called(area: str) -> re.Pattern[str]:
    """The names of an area and of its authorities."""
    return _any([name(area), *(" ".join(entry.words) for entries in vocabulary().lexicon.values() for entry in entries
                               if entry.value == area and entry.kind in ("economy", "agency"))])


@lru_cache(maxsize=1)
def _narrower() -> re.Pattern[str]:
    """Words for what is not all trade of a country: goods, provinces, services and the like."""
    return _any([" ".join(entry.words) for entries in vocabulary().lexicon.values() for entry in entries
                 if entry.kind in ("goods", "region", "noise", "other")])


def _but_names(claim: Claim, sentence: Iterable[Claim]) -> str:
    """The sentence without the figures that are claims and the names of the two, in which a word for a part of a country may stand."""
    words = claim.sentence
    for area in (claim.reporter, claim.partner):
        words = _called(area).sub(" ", words) if area and area != WORLD else words
    for one in sentence:
        words = words.replace(one.written.text, " ")
    return words


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(phrases)})(?!\w)", re.IGNORECASE)


def _names(slot: str, value: str | None, claim: Claim, sentence: Sequence[Claim]) -> bool:
    """Whether the sentence itself names another value of a slot."""
    if any(getattr(one, slot) == value for one in sentence) or len({getattr(one, slot) for one in sentence}) > 1:
        return True  # of several, which one a figure is of may have been read otherwise than it is meant
    if slot == "flow":
        return any(flow == value and re.search(pattern, claim.sentence, re.IGNORECASE) for flow, pattern in NAMED_FLOWS)
    if slot != "period":
        if value == WORLD:
            return bool(_ALL.search(claim.sentence))
        return (bool(value) and bool(_called(value).search(claim.sentence))) or any(
            value in (one.reporter, one.partner, one.group) for one in sentence)
    other, own = period_of(value), period_of(claim.period)
    if other is None or own is None:
        return False
    months = {vocabulary().months.get(word.lower()) for word in re.findall(r"\b[A-Z][a-z]{2,8}\b", claim.sentence)}
    if months_of(other) == 1 and other.start.month in months:
        return True
    return _before(own, other, claim.sentence) or (str(other.end.year) in claim.sentence and other.end.year != own.end.year)


# ── one figure ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _withheld(one: Weighed, at: int, text: Sequence[Weighed], monthly: bool, services: bool) -> Weighed:
    """A claim against which something speaks, as it may be said: the verdict against only where nothing else explains the number."""
    near = text[max(0, at - MOST_NEAR // 2):at + MOST_NEAR // 2]
    with_services = _with_services(one.claim, services)
    verdict, detail, found = next(_reasons(one, near, monthly), (None, "", None)) if not with_services else ("not_checkable", "scope", None)
    if verdict is None:
        return one
    if found:
        finding = replace(one.settled.finding, evidence=(*one.settled.finding.evidence, found.evidence))
        one = replace(one, settled=replace(one.settled, finding=finding))
    return undecided(one, detail, AGAINST, verdict)


def _with_services(claim: Claim, text: bool) -> bool:
    """Whether a figure may be of goods and services: of an economy whose news counts them together, where no word says goods."""
    counted = claim.reporter in vocabulary().words["headline"]["with_services"] and claim.kind not in ("rank", "streak")
    return counted and (text or claim.partner == WORLD) and not _GOODS.search(claim.sentence)


def undecided(one: Weighed, detail: str, instead_of: frozenset[Verdict], verdict: Verdict = "depends_on_reading") -> Weighed:
    """The same claim with this verdict, wherever one of those stood, then and now."""
    settled = one.settled
    if settled.verdict not in instead_of:
        return one

    def turned(at: Finding) -> Finding:
        return replace(at, verdict=verdict, detail=detail) if at.verdict in instead_of else at

    then, now = turned(settled.then) if settled.then else None, turned(settled.now)
    finding = replace(settled.finding, verdict=verdict, detail=detail)
    return replace(one, settled=replace(settled, verdict=verdict, detail=detail, finding=finding, then=then, now=now))


def _reasons(one: Weighed, near: Sequence[Weighed], monthly: bool) -> Iterator[tuple[Verdict, str, Found | None]]:
    """Why a verdict against is not given, the most telling reason first."""
    claim, settled = one.claim, one.settled
    sentence = [other.claim for other in near if other.claim.sentence == claim.sentence]
    on_the_month = settled.verdict == "basis_dependent" and "on the month" in settled.detail
    if (settled.verdict == "basis_dependent" and claim.kind == "change" and not ON_THE_YEAR.search(claim.sentence)
            and (monthly or not on_the_month)):
        # Which basis is meant is only implied: that of the month before where the text speaks of it anywhere.
        yield "depends_on_reading", settled.detail, None
    for found in one.found:
        if found.tried.basis != claim.basis:
            continue
        if _open_to(claim, found.tried, sentence):
            yield "depends_on_reading", found.detail if found.tried.kind != claim.kind else f"holds for {subject(found.tried)}", found
    if settled.verdict == "misattributed" and claim.kind == "rank" and not claim.group:
        yield "depends_on_reading", f"{settled.detail}, which the sentence may mean", None
    if any(other.claim.sentence == claim.sentence and any(note.startswith("read as ") for note in other.notes) for other in near):
        yield "depends_on_reading", "other figures of its sentence are of another reading than its own", None
    loose = carried(claim, [other.claim for other in near]) + (("period",) if one.inferred else ())
    if loose and not any(_confirms(other, claim, loose) for other in near):
        yield "depends_on_reading", f"carried: {' and '.join(loose)}", None
    if any(other is not one and other.settled.verdict == "supported" and _alike(other.claim, claim) for other in near):
        yield "depends_on_reading", "another figure of the text agrees for the same series", None
    if claim.kind not in ("rank", "streak") and (aside := _narrower().search(_but_names(claim, sentence))):
        yield "depends_on_reading", f"its sentence also speaks of {aside[0]}", None
    if settled.verdict == "contradicted":
        if _other_order(claim, settled.finding.computed):
            yield "not_checkable", "scope", None
        if claim.kind == "level" and (official := settled.finding.computed) and abs(claim.value / official - 1) <= (
                _HEDGED if any(other.hedge for other in sentence) else _NEARLY):
            yield "depends_on_reading", "near it: a round figure, or a hedge that stands with another one", None
        if _turned(claim, settled.finding.computed) and _both_ways(claim):
            yield "depends_on_reading", "its sentence has words for both directions", None
        if claim.kind == "balance" and _turned(claim, settled.finding.computed) and not _SIDED.search(claim.sentence):
            yield "depends_on_reading", "its sentence does not say which side is the larger", None


def _confirms(other: Weighed, claim: Claim, loose: Sequence[str]) -> bool:
    """Whether another figure of the sentence, or for a ratio the level told before it, agrees with the same slots carried over."""
    near = other.claim.sentence == claim.sentence or (claim.kind == "ratio" and other.claim.kind == "level")
    return (near and other.claim is not claim and other.settled.verdict in AGREES
            and telling(other.claim) and all(getattr(other.claim, slot) == getattr(claim, slot) for slot in loose))


def _alike(a: Claim, b: Claim) -> bool:
    return all(getattr(a, slot) == getattr(b, slot) for slot in (*_SLOTS, "kind", "unit", "commodity", "basis", "group"))


def _other_order(claim: Claim, official: Decimal | None) -> bool:
    """Whether a figure is so far from the official one that it is likely of something narrower or wider."""
    if official is None or claim.kind not in ("level", "balance", "change", "share"):
        return False
    if claim.kind == "share" and (claim.group is not None or claim.partner == WORLD):
        return True  # whose share of what is not what is compared
    if claim.kind == "change" and claim.unit == "percent":
        return abs(claim.value - official) > _POINTS and not _turned(claim, official)
    if official == 0:
        return True
    return not _LEAST <= abs(claim.value / official) <= _MOST


def _turned(claim: Claim, official: Decimal | None) -> bool:
    """Whether a figure is the official one with its sign turned."""
    if official is None or claim.kind not in ("balance", "change") or claim.value * official >= 0:
        return False
    return abs(claim.value + official) <= max(claim.written.unit_of_last_digit, abs(official) / 100)


def _both_ways(claim: Claim) -> bool:
    """Whether the words around a figure are of both directions."""
    one, other = (_SURPLUS, _DEFICIT) if claim.kind == "balance" else (_UP, _DOWN)
    before, figure, after = claim.sentence.partition(claim.written.text)
    words = claim.sentence if claim.kind == "balance" else re.split(r"\d", before)[-1] + figure + re.split(r"\d", after)[0][:20]
    return bool(one.search(words)) and bool(other.search(words))
