"""Agreements, memoranda, visits and projects that a text tells of: kept, once each, and not decidable from statistics.

The words are ``vocabulary/events.toml``. A sentence that only hopes or plans tells of none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from warehouse.claims.model import Event
from warehouse.claims.phrases.numbers import spelt
from warehouse.claims.phrases.rules import E, rule
from warehouse.claims.read.drafts import Sentence
from warehouse.claims.vocabulary import HERE, alternatives, vocabulary

NEAR = 90
"""Characters between what was done and what it was done to."""


@cache
def _patterns() -> tuple[dict[str, tuple[re.Pattern[str] | None, re.Pattern[str]]], re.Pattern[str]]:
    """By kind its acts and things; and the count before a thing."""
    with (HERE / "events.toml").open("rb") as file:
        data = tomllib.load(file)
    vocab = vocabulary()
    kinds = {kind: (re.compile(rf"\b(?:{alternatives(words['acts'])})\b", re.IGNORECASE) if words["acts"] else None,
                    re.compile(rf"\b(?:{alternatives(words['things'])})\b", re.IGNORECASE)) for kind, words in data.items()}
    count = (rf"(?:\b(?P<hedge>{alternatives(vocab.words['hedges']['before'])}) )?(?:the |a total of )?"
             rf"\b(?P<n>\d{{1,3}}|{alternatives(vocab.numbers)}) (?:[\w-]+ ){{0,4}}$")
    return kinds, re.compile(count, re.IGNORECASE)


def events(one: Sentence) -> list[Event]:
    """Events of one sentence."""
    plain, found = one.marked.plain, []
    kinds, counted = _patterns()
    told = {kind: thing for kind, (_, things) in kinds.items() if (thing := things.search(plain))}
    foretold = list(_plain_forecasts(one)) if told else []
    spots = [thing.start() for thing in told.values()]
    for kind, thing in told.items():
        acts = kinds[kind][0]
        near = next((act for act in acts.finditer(plain)
                     if min(abs(act.start() - thing.end()), abs(thing.start() - act.end())) < NEAR), None) if acts else thing
        if near is None or any(low <= near.start() < high for low, high in foretold):
            continue
        # the count is this thing's where no other thing stands between
        since = max((other.end() for other in told.values() if other.end() <= thing.start()), default=0)
        count = counted.search(plain[max(0, since, thing.start() - 60):thing.start()])
        found.append(Event(
            kind=kind,  # type: ignore[arg-type]  # the file's tables are the kinds
            sentence=plain, parties=_parties(one), date=_date(one, thing.start(), spots),
            count=None if count is None else int(count["n"]) if count["n"].isdigit() else spelt(count["n"]),
            hedge=count["hedge"].lower() if count and count["hedge"] else None))
    memorandum = any(event.kind == "memorandum" for event in found)
    return [event for event in found if not (memorandum and event.kind == "agreement" and event.count is None)]


def _plain_forecasts(one: Sentence) -> Iterable[tuple[int, int]]:
    """The foretold stretches, as offsets of the plain sentence."""
    spots = sorted(one.marked.at)

    def back(at: int) -> int:
        shift = sum(one.marked.at[spot].end - one.marked.at[spot].start - 1 for spot in spots if spot < at)
        return at + shift

    return [(back(low), back(high)) for low, high in one.forecasts]


def _parties(one: Sentence) -> tuple[str, ...]:
    named: list[str] = []
    for at, part in one.marked.at.items():
        if part.sign == E:
            entry = one.marked.entry(at)
            sides = list(one.focus.pair or ()) if entry.value == "PAIR" else [one.focus.named(entry)]
            named += [side for side in sides if side and side != "WLD"]
    return tuple(sorted(set(named or one.focus.pair or ())))


def _date(one: Sentence, at: int, things: list[int]) -> str | None:
    """The period named in the sentence that is nearest to this and to no other event."""
    spans = []
    for spot, mention, compared in one.times:
        start = one.marked.at[spot].start
        since = rule("times.dates_from").search(one.before(spot, 24))
        if mention.span is not None and (since or not compared) and min(things, key=lambda other: abs(start - other)) == at:
            spans.append((abs(start - at), str(mention.span)))
    return min(spans)[1] if spans else None


def told_once(found: Iterable[Event]) -> tuple[Event, ...]:
    """Each event once: the same kind with parties, date and count that do not differ is the same, told again."""
    kept: list[Event] = []
    for event in found:
        for place, held in enumerate(kept):
            if held.kind == event.kind and _agree(held, event):
                kept[place] = replace(held, parties=held.parties or event.parties, date=held.date or event.date,
                                      count=held.count or event.count, hedge=held.hedge or event.hedge)
                break
        else:
            kept.append(event)
    return tuple(kept)


def _agree(one: Event, other: Event) -> bool:
    parties = not one.parties or not other.parties or bool(set(one.parties) & set(other.parties))
    if one.count is not None and one.count == other.count and parties:
        return True
    dates = one.date is None or other.date is None or one.date.startswith(other.date) or other.date.startswith(one.date)
    return parties and dates and (one.count is None or other.count is None or one.count == other.count)
