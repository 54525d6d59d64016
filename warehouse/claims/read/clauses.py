"""The frame of a sentence: its clauses, the times in it, what is foretold, what only explains and what restricts its figures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from warehouse.claims.model import Published
from warehouse.claims.phrases.fiscal import whose_year
from warehouse.claims.phrases.focus import Focus
from warehouse.claims.phrases.marks import mark
from warehouse.claims.phrases.period_words import Span, When
from warehouse.claims.phrases.qualifiers import of_clauses
from warehouse.claims.phrases.rules import B, F, K, M, O, P, V, rule
from warehouse.claims.read.drafts import Draft, Sentence

STRETCHES = frozenset({"first months", "months", "months to", "nine months", "half", "last months", "to date"})
"""Periods that "over" goes through, where it compares with nothing."""


def frame(plain: str, focus: Focus, published: Published) -> Sentence:
    """A folded sentence with its parts named and its frame found."""
    fiscal = whose_year(plain, focus.home or focus.default_home)
    one = Sentence(mark(plain, When(published, focus.period, focus.month, focus.stretch, fiscal)), focus, published)
    one.clauses = [match.end() for match in rule("clauses.boundary").finditer(one.text)]
    _forecasts(one)
    _causes(one)
    _times(one)
    return one


def _times(one: Sentence) -> None:
    for at, part in one.marked.at.items():
        if part.sign in (P, B):
            mention = one.marked.period(at)
            stretch = mention.means == "last months" and one.before(at, 6).lower().endswith("over ")  # "over the past two months"
            passed = rule("clauses.passed").search(one.before(at, 40)) is not None
            through = part.sign == P and mention.means in STRETCHES
            stretch = stretch or (through and rule("clauses.throughout").search(one.before(at, 40)) is not None)
            earned = rule("clauses.earned").search(one.before(at, 90)) is not None
            other = part.sign == B or passed or rule("clauses.compared").search(one.before(at, 60)) is not None
            compared = not stretch and not earned and (other or _behind_compared(one, at))
            one.times.append((at, mention, compared))


def compared(before: str) -> bool:
    """Whether the figure behind this text is one compared with: "from RM5 billion", "higher than the RM5 billion surplus"."""
    tail = before[-60:]
    if rule("clauses.compared_surely").search(tail):
        return True
    return rule("clauses.compared").search(tail) is not None and not rule("clauses.hedging").search(tail)


def other_side(one: Sentence, at: int) -> bool:
    """"exports of RM30 billion against imports of RM82 billion": the figure of the other flow, and no comparison."""
    before = one.before(at, 90)
    match = rule("clauses.against_flow").search(before)
    if match is None:
        return False
    spot = at - len(before) + match.start("f")
    own = one.marked.entry(spot).value
    earlier = next((one.marked.entry(place).value for place in range(spot - 1, -1, -1) if one.text[place] in (F, V)), None)
    return {own, earlier} == {"export", "import"}


def _behind_compared(one: Sentence, at: int) -> bool:
    """A period of a figure that is compared with: "higher than the $1.5 billion surplus in April"."""
    before = one.before(at, 40)
    match = rule("clauses.its_period").search(before)
    return match is not None and compared(one.before(at - len(before) + match.start(), 60))


def _forecasts(one: Sentence) -> None:
    """Stretches that state no fact, since it is foretold or denied: from a cue to the end of its clause."""
    blanked = rule("clauses.not_foretold").sub(lambda found: "·" * len(found[0]), one.text)
    for cue in rule("clauses.foretold").finditer(blanked):
        stop = rule("clauses.foretold_end").search(blanked, cue.end())
        one.forecasts.append((cue.start(), stop.start() if stop else len(blanked)))
    for cue in rule("clauses.denied").finditer(one.text):
        stop = rule("clauses.denied_end").search(one.text, cue.end())
        one.forecasts.append((cue.start(), stop.start() if stop else len(one.text)))
    if rule("clauses.denied_opening").match(one.text):
        one.forecasts.append((0, len(one.text)))
    one.forecasts += [(0, cue.end()) for cue in rule("clauses.denied_behind").finditer(one.text)]
    one.forecasts += [(cue.start(), cue.start() + 1) for cue in rule("clauses.foretold_behind").finditer(blanked)]


def _causes(one: Sentence) -> None:
    """Stretches that explain a figure ("on higher exports of …"): what is named there is not what figures behind it measure.
    One that opens the sentence ends with its comma."""
    ends, opening_ends = rule("clauses.cause_end"), rule("clauses.opening_cause_end")
    for match in rule("clauses.cause").finditer(one.text):
        stops = [ends.search(one.text, match.end()), opening_ends.search(one.text, match.end()) if match.start() < 6 else None]
        one.causes.append((match.start(), min((stop.start() for stop in stops if stop), default=len(one.text))))
    one.causes += [match.span() for match in rule("clauses.aside").finditer(one.text)]


def leans(one: Sentence) -> bool:
    """Whether the sentence takes up what the one before measured, by a pronoun, or because it names no flow at all."""
    if not any(part.sign in (F, V, O) for part in one.marked.at.values()):
        return rule("clauses.leans").search(one.text[:60]) is not None or one.text[:1] == M
    lead = rule("clauses.lead_in").match(one.text)
    return rule("clauses.takes_up").match(one.text[lead.end():] if lead else one.text) is not None


def restrict(one: Sentence) -> None:
    """Name what restricts each figure to what no slot says."""
    clauses = of_clauses(one.marked)
    parts = [mention for _, mention, _ in one.times if mention.means == "part of month" and mention.span is not None]
    if parts and parts[0].span is not None:
        one.focus.partial = (parts[0].span, one.marked.plain[parts[0].start:parts[0].end])
    elif any(mention.span is not None and not compared and mention.means != "same" for _, mention, compared in one.times):
        one.focus.partial = None
    part = one.focus.partial
    for draft in one.found:
        own = draft.topic
        words = [own.qualifier, own.several, part[1] if part is not None and _of_part(draft, part[0]) else None]
        valued = any(other.kind == "level" and other.topic.flow == own.flow for other in one.found)
        words += [clause.words for clause in clauses if clause.low <= draft.at < clause.high and (clause.sums or (
            draft.kind == "change" and not valued))]
        several = rule("figures.of_several").search(one.text, one.clause(draft.at)[0], draft.at)
        if several and own.partner == "WLD" and own.commodity is None and draft.kind not in ("rank", "streak"):
            words.append(several[0])
        if draft.kind in ("level", "balance") and (averaged := rule("qualifiers.averaged").search(one.before(draft.at, 60))
                                                   or rule("qualifiers.averaged_behind").match(one.behind(draft.at))):
            words.append(averaged[0].strip())
        draft.qualifier = "; ".join(dict.fromkeys(word for word in words if word)) or None
        if draft.kind in ("level", "balance", "change") and own.commodity is None:
            draft.not_understood = ", ".join(_not_understood(one, draft)) or None


def _of_part(draft: Draft, month: Span) -> bool:
    """Whether a figure is of the part of a month that is spoken of, or of the same part of the month that it is compared with."""
    return draft.period == month or (draft.compared and draft.period in (month.before(1), month.before(12)))


def _not_understood(one: Sentence, draft: Draft) -> Iterator[str]:
    """Words from the figure's flow to the figure, and of both their clauses, that no slot took and no list of the language knows."""
    at, flow = draft.at, draft.topic.end - 1 if draft.topic.start < draft.topic.end else draft.at
    cuts = [0, *(match.end() for match in rule("understood.cut").finditer(one.text)), len(one.text)]
    for low, high in pairwise(cuts):
        holds = low <= at < high or low <= flow < high
        if not holds and (not min(at, flow) <= low < max(at, flow) or rule("understood.aside").match(one.text, low, high)):
            continue
        explained = [place for place in range(low, high) if place != at and one.explains(place)]
        text = "".join("·" if place in explained else one.text[place] for place in range(low, high))
        for known in ("understood.speaks", "understood.words"):
            text = rule(known).sub(lambda match: "·" * len(match[0]), text)
        yield from (one.words(low + match.start(), low + match.end()) for match in rule("understood.word").finditer(text))
    for place in range(flow + 1, at):  # "exported … to A, then imported": of another flow than the figure was taken for
        told = one.text[place] == V and not one.explains(place) and not one.before(place, 5).endswith((" at ", " of ", " for ", " in "))
        ranked = K in one.text[max(0, place - 30):place]  # "A's biggest buyer, importing …": what A exports
        if told and not ranked and one.marked.entry(place).value != draft.topic.flow:
            yield one.words(place, place + 1)
