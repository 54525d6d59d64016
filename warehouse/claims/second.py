"""What a second reader proposes, held against the text and against what the rules read.

A second reader is a language model of the user's own, asked beside the rules (``flows.run.texts.second_reader``); none is needed. A
proposal is a pointer into the text and no more: its sentence and its figure must stand there, its value and unit must be those of the
figure as written, whose trade, with whom and when must be told by words of the text that the vocabulary knows. What the text does not
bear out is refused. Where rules and proposal differ, the claim is given ``other_reading`` and is never decided; where the rules are
silent, and no word of the sentence foretells, denies or restricts, the proposal is a claim of origin ``second_reader``, which accuses
nobody.

Pure: no network, no lake.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

import msgspec

from warehouse.claims import limits
from warehouse.claims.model import Claim, Kind, Origin, Published, Reading, SecondReader
from warehouse.claims.phrases.focus import Focus
from warehouse.claims.phrases.marks import lexicon_matches
from warehouse.claims.phrases.period_words import When, mentions
from warehouse.claims.phrases.qualifiers import of_clauses
from warehouse.claims.phrases.rules import M
from warehouse.claims.phrases.text import Folded, fold, sentences
from warehouse.claims.read.clauses import frame
from warehouse.claims.read.drafts import Sentence
from warehouse.claims.vocabulary import vocabulary
from warehouse.claims.weigh.subject import name

OWN: frozenset[Kind] = frozenset({"level", "change", "balance"})
"""Kinds that the second reader may bring by itself; of the others it is only heard beside the rules."""
_COMPARED = ("kind", "reporter", "partner", "flow", "period")


class Proposal(msgspec.Struct, frozen=True):
    """One claim as a second reader proposes it. Texts are as they stand in the text given; empty where it says nothing."""

    sentence: str
    figure: str
    value: Decimal
    """In full, without sign: 1508710000000 for "1,508.71 billion yuan"."""
    unit: str
    kind: Literal["level", "change", "ratio", "rank", "streak", "share", "balance"]
    flow: Literal["total", "export", "import", "balance"]
    reporter: str
    """The words that name whose trade it is."""
    partner: str = ""
    period: str = ""
    """The words that say when."""
    direction: Literal["up", "down", ""] = ""


class _Answer(msgspec.Struct):
    claims: list[Proposal]


class NotBorneOut(ValueError):
    """A proposal that the text does not bear out."""


def proposals(answer: bytes) -> list[Proposal]:
    """The proposals of an answer: ``{"claims": [...]}``.

    Raises ValueError for anything else.
    """
    found = msgspec.json.decode(answer, type=_Answer).claims
    if len(found) > limits.MOST_CLAIMS:
        raise ValueError(f"more than {limits.MOST_CLAIMS:,} claims")
    return found


def together(reading: Reading, proposed: Sequence[Proposal], by: str) -> Reading:
    """The reading with what the second reader (named ``by``) says of it: claims in order of their figures, and ``reading.second``."""
    folded = fold(reading.text[:limits.LONGEST_TEXT])
    claims, tally, refused = list(reading.claims), Counter[str](), []
    for one in proposed:
        try:
            sentence, at, start = _place(one, folded, reading.published)
            found = _claim(one, sentence, at, start, folded)
            held = next((n for n, claim in enumerate(claims) if claim.start < found.end and found.start < claim.end), None)
            if held is None:
                claims.append(_own(found, sentence, at))
                tally["alone"] += 1
            elif other := _otherwise(claims[held], found):
                claims[held] = replace(claims[held], other_reading=other)
                tally["otherwise"] += 1
            else:
                tally["agreed"] += 1
        except NotBorneOut as error:
            refused.append(f"{one.figure[:60]}: {error}")
    second = SecondReader(by, tally["agreed"], tally["otherwise"], tally["alone"], tuple(refused))
    return replace(reading, claims=tuple(sorted(claims, key=lambda claim: claim.start)), second=second)


def _place(one: Proposal, folded: Folded, published: Published) -> tuple[Sentence, int, int]:
    """The sentence that is meant with its frame, where in it the sign of its one such figure stands, and where in the text it begins."""
    wanted, written = fold(one.sentence).text.strip(), fold(one.figure).text.strip()
    for start, end in sentences(folded.text):
        if not wanted or not written or wanted not in folded.text[start:end] or end - start > limits.LONGEST_SENTENCE:
            continue
        framed = frame(folded.text[start:end], Focus(), published)
        found = [at for at, mark in framed.marked.at.items() if mark.sign == M and (written in mark.text or mark.text in written)]
        if len(found) != 1:
            raise NotBorneOut("its sentence has several such figures" if found else "its sentence has no such figure")
        return framed, found[0], start
    raise NotBorneOut("the text has no such sentence")


def _claim(one: Proposal, sentence: Sentence, at: int, start: int, folded: Folded) -> Claim:
    """What is proposed as a claim, each slot read again from its words."""
    figure = sentence.marked.figure(at)
    if abs(figure.written.value) != abs(one.value) or figure.unit != one.unit:
        raise NotBorneOut(f"it is {figure.written.value:f} {figure.unit} as written")
    reporter, partner = _area(one.reporter, folded), _area(one.partner, folded) if one.partner else None
    if reporter == partner:
        raise NotBorneOut("reporter and partner are one")
    low, high = folded.span(start + figure.start, start + figure.end)
    found = Claim(kind=one.kind, sentence=sentence.marked.plain, start=low, end=high, written=figure.written, value=figure.written.value,
                  unit=figure.unit, reporter=reporter, partner=partner, flow=one.flow, direction=one.direction or None,
                  period=_period(one.period, folded, sentence.published))
    slots: dict[str, Origin] = {slot: "second_reader" for slot in (*_COMPARED[1:], "direction") if getattr(found, slot) is not None}
    return replace(found, origins=slots)


def _stands(words: str, folded: Folded) -> str:
    plain = fold(words).text.strip()
    if not plain or re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", folded.text) is None:
        raise NotBorneOut(f"the text does not have {words[:40]!r}")
    return plain


def _area(words: str, folded: Folded) -> str:
    named = [entry for entry, _, _ in lexicon_matches(_stands(words, folded), vocabulary(), []) if entry.kind in ("economy", "agency")]
    found = {area for entry in named if (area := Focus().named(entry)) is not None}
    if len(found) != 1:
        raise NotBorneOut(f"{words[:40]!r} names no economy")
    return found.pop()


def _period(words: str, folded: Folded, published: Published) -> str | None:
    if not words:
        return None
    spans = {str(one.span) for one in mentions(_stands(words, folded), When(published), []) if one.span is not None}
    if len(spans) != 1:
        raise NotBorneOut(f"{words[:40]!r} says no period that is understood")
    return spans.pop()


def _own(found: Claim, sentence: Sentence, at: int) -> Claim:
    """A claim of the second reader's own, where the rules read none; what restricts its figure is named.

    Raises NotBorneOut where it is not told whole, or where the rules passed over it because it is foretold or denied.
    """
    if found.kind not in OWN or found.period is None or (found.kind == "change" and found.direction is None):
        raise NotBorneOut("the rules read no such claim, and it is not told whole")
    if sentence.foretold(at):
        raise NotBorneOut("it is foretold or denied")
    words = [clause.words for clause in of_clauses(sentence.marked) if clause.low <= at < clause.high]
    return replace(found, qualifier=words[0]) if words else found


def _otherwise(rules: Claim, found: Claim) -> str | None:
    """How a proposal takes a claim of the rules otherwise, in words; None where the two agree or it says no more."""
    return "; ".join(_differences(rules, found)) or None


def _differences(rules: Claim, found: Claim) -> Iterator[str]:
    sides = {rules.reporter, rules.partner} == {found.reporter, found.partner} and rules.flow == found.flow == "total"
    for slot in _COMPARED:
        ours, theirs = getattr(rules, slot), getattr(found, slot)
        if ours is None or theirs is None or ours == theirs or (sides and slot in ("reporter", "partner")):
            continue
        shown = name(theirs) if slot in ("reporter", "partner") else theirs
        yield f"the second reader takes the {slot} for {shown}"
