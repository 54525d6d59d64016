"""Lists of figures with as many things before them: "exports and imports rose by 5 and 3 per cent respectively"."""

from __future__ import annotations

import re
from dataclasses import replace

from warehouse.claims.phrases.focus import BLOCS
from warehouse.claims.phrases.rules import C, E, F, M, P, rule
from warehouse.claims.phrases.topics import topic
from warehouse.claims.read.drafts import Draft, Sentence

_JOIN = r"(?:, | and |, and | & |,| as well as |, as well as )(?:the |its |their |to |of |in |from )?"


def zip_lists(one: Sentence) -> None:
    """Give each figure of a list the flow, partner, goods or period that stands at its place in another list."""
    for match in re.finditer(rf"{M}(?:(?:, | and |, and |,? or |, to | and to ){M})+", one.text):
        spots = [at for at in range(match.start(), match.end()) if one.text[at] == M]
        drafts = [draft for spot in spots for draft in one.found if draft.at == spot]
        if len(drafts) != len(spots):
            continue
        told = drafts[0]
        if told.kind == "change" and "percent" not in told.unit and "respectively" in one.text[match.end():]:
            for draft in drafts[1:]:  # "an increase of RM4.7 billion, RM2.1 billion and RM1.4 billion, respectively"
                if draft.kind == "level" and draft.unit == told.unit:
                    draft.kind, draft.direction, draft.basis = told.kind, told.direction, told.basis
        if len({(draft.kind, draft.unit) for draft in drafts}) == 1:
            _share_out(one, drafts, match.start())
            if rule("figures.exceeded").search(one.before(match.start(), 40)):
                for draft in drafts[1:]:
                    draft.hedge = draft.hedge or told.hedge  # "exports and imports exceeded X and Y"


def _places(one: Sentence, sign: str, end: int, count: int) -> list[int] | None:
    """Where a list of so many signs stands before a place."""
    aside = rf"(?: \({sign}\))?" if sign == E else ""
    found = list(re.finditer(rf"{sign}{aside}(?:{_JOIN}{sign}{aside}){{{count - 1}}}(?!{_JOIN}{sign})", one.text[:end]))
    longer = re.search(rf"({sign}){aside}{_JOIN}$", one.text[:found[-1].start()]) if found else None
    if not found or (longer and not (sign == E and one.named(longer.start()) in BLOCS)):  # "among ASEAN members, A, B and C"
        return None
    places = [at for at in range(found[-1].start(), found[-1].end()) if one.text[at] == sign and one.text[at - 1] != "("]
    return places if len(places) == count else None


def _flow_list(one: Sentence, end: int, count: int) -> list[tuple[int, str | None]] | None:
    """A list of so many flows before a place: where each stands, and its flow if it is half of "exports and imports"."""
    runs = list(re.finditer(rf"{F}(?:(?: (?:to|from|with))?{_JOIN}{F})*", one.text[:end]))
    if not runs:
        return None
    out: list[tuple[int, str | None]] = []
    for at in (at for at in range(runs[-1].start(), runs[-1].end()) if one.text[at] == F):
        joint = re.search(r"(import|export)s?\W+and\W+(import|export)s?\b", one.marked.at[at].text.lower())
        out += [(at, joint[1]), (at, joint[2])] if joint else [(at, None)]
    return out if len(out) == count else None


def _share_out(one: Sentence, drafts: list[Draft], end: int) -> None:
    count = len(drafts)
    if flows := _flow_list(one, end, count):
        _flows(one, drafts, flows)
    elif places := _places(one, E, end, count):
        for at, draft in zip(places, drafts, strict=True):
            partner = one.named(at)
            if partner != draft.topic.reporter:
                draft.topic = replace(draft.topic, partner=partner, item=True, several=None, group=partner if partner in BLOCS else None)
                draft.group = draft.topic.group
            else:
                draft.topic = replace(draft.topic, several=None)
    elif holders := _holders(one, drafts, end):
        for holder, draft in zip(holders, drafts, strict=True):
            draft.topic, draft.group = replace(holder.topic), holder.topic.group
    elif places := _places(one, C, end, count):
        for at, draft in zip(places, drafts, strict=True):
            draft.topic = replace(draft.topic, commodity=one.marked.at[at].text)
    elif places := _places(one, P, end, count):
        for at, draft in zip(places, drafts, strict=True):
            draft.period = one.marked.period(at).span
    elif levels := _levels(one, end, count):
        for level, draft in zip(levels, drafts, strict=True):
            draft.topic, draft.group = replace(level.topic), level.group


def _holders(one: Sentence, drafts: list[Draft], end: int) -> list[Draft] | None:
    """As many places before a list of sums, each held by another: "A is the second largest and B the third, with …"."""
    ranks = [draft for draft in one.found if draft.kind == "rank" and draft.at < end]
    told = len(ranks) == len(drafts) == len({draft.topic.partner for draft in ranks})
    return ranks if told and drafts[0].kind == "level" and "respectively" in one.text[end:] else None


def _levels(one: Sentence, end: int, count: int) -> list[Draft]:
    """So many sums before a list of rates, each of a flow of its own: "exports of X and imports of Y, rising by 7 and 2 per cent"."""
    found = [draft for draft in one.found if draft.at < end][-count:]
    told = {(draft.topic.flow, draft.topic.partner, draft.topic.commodity) for draft in found}
    return found if len(told) == count and all(draft.kind in ("level", "balance") for draft in found) else []


def _flows(one: Sentence, drafts: list[Draft], flows: list[tuple[int, str | None]]) -> None:
    last = None
    for (at, half), draft in zip(flows, drafts, strict=True):
        made, shared = topic(one.marked, at, one.focus, last), draft.topic
        made.flow = half or made.flow
        made.commodity = made.commodity or shared.commodity
        if made.partner == "WLD" and shared.partner not in (None, "WLD"):
            made.partner = shared.partner
        if shared.origins.get("reporter") == "sentence" and made.origins.get("reporter") != "sentence":
            made.reporter = shared.reporter
        made.origins.setdefault("flow", "sentence")
        made.group = next((side for side in (made.partner, made.reporter) if side in BLOCS), None)
        draft.topic, draft.group = made, made.group
        last = made
