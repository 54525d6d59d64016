"""Which of a sentence's periods each claim is about, and which period the text is about afterwards.

A period right behind a figure is its own; else the one in its clause; else one carried from the clause before, or a later one; else
what the text was about. A figure compared with takes the period compared with. Ranks and streaks go by LABELLING's rules: with a
figure or a streak they take its period, a streak of years without a year is of the last full one, a bare present tense dates nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from warehouse.claims.model import Origin, Published
from warehouse.claims.phrases.focus import Focus
from warehouse.claims.phrases.period_words import Mention, Span, year
from warehouse.claims.phrases.rules import M, P, rule
from warehouse.claims.read.drafts import Draft, Sentence

Dated = tuple[Span | None, Origin]
Times = list[tuple[int, Mention]]

def settle(one: Sentence) -> None:
    """Give every draft its period; leave the focus as the sentence leaves it."""
    focus, text = one.focus, one.text
    plain = [(at, mention) for at, mention, compared in one.times if not compared and mention.span is not None]
    usable = [(at, mention) for at, mention in plain
              if not rule("times.since").search(text[max(0, at - 110):at]) and not one.foretold(at)]
    figures = [draft for draft in one.found if draft.kind not in ("rank", "streak")]
    before = _months_before(one)
    for draft in figures:
        if draft.period is None:
            draft.period, draft.period_origin = _figure(one, draft, usable)
        if draft.kind == "change" and draft.basis == "yoy" and _on_month(one, draft, before):
            draft.basis = "mom"
    _of_month_before(figures, before)
    streaks = [draft for draft in one.found if draft.kind == "streak"]
    for draft in streaks:
        draft.period, draft.period_origin = _streak(one, draft, usable, figures)
    for draft in one.found:
        if draft.kind == "rank":
            draft.period, draft.period_origin = _rank(one, draft, usable, streaks or figures)
    _leave(focus, one, usable, figures)


def _months_before(one: Sentence) -> dict[int, int]:
    """Place of a figure → where "the previous month" stands that says of when it is: "a 0.9 per cent drop in the previous month"."""
    places = {place for place, mention, _ in one.times if mention.offset == 1}
    found = {}
    for at in (spot for spot, part in one.marked.at.items() if part.sign == M) if places else ():
        match = rule("times.of_month_before").match(one.behind(at))
        if match and at + 1 + match.start("p") in places:
            found[at] = at + 1 + match.start("p")
    return found


def _of_month_before(figures: list[Draft], before: Mapping[int, int]) -> None:
    """A change of the month before is against what the change before it in the sentence is against, one month earlier."""
    for number, draft in enumerate(figures):
        if draft.kind != "change" or draft.at not in before:
            continue
        beside = next((other for other in reversed(figures[:number]) if other.kind == "change" and other.unit == draft.unit
                       and other.topic.flow == draft.topic.flow), None)
        if beside is not None:
            draft.basis = beside.basis
        period = beside.period if beside is not None else None if draft.compared else draft.period
        if period is not None and period.first == period.last:
            draft.period, draft.period_origin = period.before(1), "inferred" if beside is None else beside.period_origin
            draft.compared = True


def _on_month(one: Sentence, draft: Draft, before: Mapping[int, int]) -> bool:
    """"rose to 5,494 tonnes in November, up 24 per cent from October": against the month before, where no word says so."""
    low, high = one.clause(draft.at)
    behind = one.text.find(M, draft.at + 1)
    until = behind if behind >= 0 else len(one.text)
    month = draft.period
    said = one.marked.plain[one.marked.at[draft.at].end:one.marked.at[until].start if until in one.marked.at else None]
    if rule("figures.yoy").search(said):
        return False
    here = [mention.span for at, mention, compared in one.times if compared and draft.at < at < until]
    if month is not None and month.before(12) in here:
        return False  # "down 10 per cent from February 2022 and down 25 per cent from January 2023"
    high = max(high, until)  # "down 2 per cent compared to June, but up 32 per cent"
    others = set(before.values())
    return month is not None and month.first == month.last and any(
        mention.offset == 1 or (mention.span is not None and mention.span.first == mention.span.last == month.first - 1)
        for at, mention, compared in one.times
        if compared and at not in others and (low <= at < high or rule("times.against").fullmatch(one.text[:at])))


def _streak(one: Sentence, draft: Draft, usable: Times, figures: list[Draft]) -> Dated:
    found = _stated(one, draft, usable, figures)
    if found[0] is None and draft.unit == "years" and one.published.day:
        return year(one.published.day.year - 1), "inferred"
    return found if found[0] is not None else (one.focus.period, one.focus.origin)


def _rank(one: Sentence, draft: Draft, usable: Times, others: list[Draft]) -> Dated:
    found = _stated(one, draft, usable, others)
    opening = rule("places.opening_as").match(one.text)
    draft.opening = opening is not None and draft.at < opening.start("e")
    if found[0] is None and draft.opening:
        return one.focus.period, one.focus.origin
    before = one.before(draft.at, 90) + one.marked.at[draft.at].text
    if found[0] is None and rule("times.past").search(before) and not rule("times.present").search(before[-50:]):
        return one.focus.period, one.focus.origin
    return found


def _stated(one: Sentence, draft: Draft, usable: Times, others: list[Draft]) -> Dated:
    low, high = one.clause(draft.at)
    stated = [(at, mention) for at, mention in usable if mention.means != "same"]
    here = [(at, mention) for at, mention in stated if low <= at < high]
    if here:
        return min(here, key=lambda item: abs(item[0] - draft.at))[1].span, "sentence"
    for other in others:
        if other.period is not None and not other.compared:
            return other.period, other.period_origin
    return (stated[0][1].span, "sentence") if stated else (None, "context")


def _figure(one: Sentence, draft: Draft, usable: Times) -> Dated:
    at = draft.at
    direct = rule("times.direct").match(one.behind(at)) or (
        rule("times.direct_to").match(one.behind(at)) if draft.kind == "change" and not draft.compared else None)
    place = {spot: (mention, compared) for spot, mention, compared in one.times}
    mention, compared = place[at + 1 + direct.start("p")] if direct else (None, True)
    main = _main(one, draft, usable)
    before = one.before(at, 120)
    if then := rule("times.when").search(before):  # "since 2010, when it stood at"
        draft.compared = True
        return one.marked.period(at - len(before) + then.start("p")).span, "sentence"
    own_time = direct is not None and not compared and one.text[at + 1 + direct.start("p")] == P
    if not own_time and (then := rule("times.since_at").search(before)):  # "the highest since November 2011 at US$1.8 billion"
        draft.compared = True
        return one.marked.period(at - len(before) + then.start("p")).span, "sentence"
    if direct is not None and mention is not None and mention.compared and rule("times.recorded").match(one.behind(at)):
        draft.compared = True  # "more than double the RM2 billion recorded in the same period of 2016"
    own = rule("clauses.owned").search(before) if draft.kind != "rank" else None
    if own is not None and (held := one.marked.period(at - len(before) + own.start("p"))) is not None:
        if rule("clauses.behind_owned").search(before) or held.compared:
            draft.compared = True
        if held.span is not None and not held.compared:
            return held.span, "sentence"
        if held.offset is not None and main[0] is not None:
            return main[0].before(held.offset), main[1]
    if direct is not None and mention is not None and mention.compared and draft.kind in ("level", "balance") and direct.start("p") <= 1:
        draft.compared = True  # "compared with US$98 billion in July and US$91 billion a year ago"
    if draft.compared:
        return _compared(one, at, main, mention)
    plain = direct is not None and one.text[at + 1 + direct.start("p")] == P and not compared and not (
        draft.kind == "ratio" and rule("times.of_base").match(one.behind(at + 1 + direct.start("p"))))
    if plain and mention is not None and mention.span is not None:
        return mention.span, one.focus.origin if mention.means == "same" else "sentence"
    return main


def _compared(one: Sentence, at: int, main: Dated, direct: Mention | None) -> Dated:
    """Of a figure compared with: its own period, else so long before the sentence's."""
    until = min((spot for spot in one.marked.at if spot > at and one.text[spot] == M), default=len(one.text))
    last = max((other.at for other in one.found if other.compared and other.at < at), default=-1)
    several = last >= 0 or any(other.compared and other.at > at for other in one.found)
    others = [mention for spot, mention, compared in one.times if compared and mention is not direct
              and (not several or last < spot < until)]
    for mention in ([direct] if direct else []) + others:
        if mention.offset is not None and main[0] is not None:
            return main[0].before(mention.offset), main[1]
        if (main[0] is not None and not main[0].years and mention.means == "year" and not mention.dated
                and mention.span == year(main[0].year - 1)):
            return main[0].before(12), main[1]  # "to RM63.6 billion from RM63.9 billion last year", told of January
        if mention.span is not None:
            return mention.span, "sentence"
    for spot, mention, _ in one.times:  # "more than doubled since 2010, from …"
        if mention.span is not None and re.search(r"(?i)\bsince (?:the )?[^,;]{0,50}$", one.before(spot, 60)):
            return mention.span, "sentence"
    return (main[0].before(one.focus.against or 12), main[1]) if main[0] is not None else (None, one.focus.origin)


def _main(one: Sentence, draft: Draft, usable: Times) -> Dated:
    at, focus = draft.at, one.focus
    low, high = one.clause(at)
    if draft.kind == "ratio":
        usable = [item for item in usable if not rule("times.base_of").search(one.before(item[0], 40))
                  and not rule("times.of_base").match(one.behind(item[0]))]

    def of(item: tuple[int, Mention]) -> Dated:
        return item[1].span, focus.origin if item[1].means == "same" else "sentence"

    ends = _from_to(one) if draft.kind == "ratio" or draft.basis == "annual average" else None
    if ends is not None:
        return (ends if draft.kind == "change" else year(ends.year)), "sentence"
    usable = [item for item in usable if not (one.behind(item[0]).startswith(" alone") and M in one.text[at + 1:item[0]])]
    before = [item for item in usable if low <= item[0] < at]
    if before:
        return of(before[-1])
    after = [item for item in usable if at < item[0] < high]
    if after:
        return of(after[0])
    aside = [stretch for stretch in _behind_after(one) if not stretch[0] <= at < stretch[1]]
    usable = [item for item in usable if not any(start <= item[0] < end for start, end in aside)]
    earlier = [item for item in usable if item[0] < low]
    if earlier:
        return of(earlier[-1])
    later = [item for item in usable if item[0] >= high]
    if later:
        opens = re.search(r"(?:^|while |and |but )(?:in|for|during) (?:the )?$", one.text[high:later[0][0]][-24:])
        if focus.period is None or not opens:
            return of(later[0])
    if draft.kind == "change" and draft.basis == "mom" and focus.month is not None and focus.period is not None \
            and focus.period.first != focus.period.last and not focus.period.years:
        return focus.month, focus.origin  # "January to May …. On the month, exports rose"
    return _against_month(one) or _against_quarter(one) or (focus.period, focus.origin)


def _from_to(one: Sentence) -> Span | None:
    """"from $59.6 billion in 2003 to $196.9 billion in 2008": the stretch of an average growth."""
    spans = sorted(mention.span for at, mention, _ in one.times if mention.span is not None and mention.span.years
                   and not re.search(r"since (?:the )?$", one.before(at, 12)))
    if len(spans) < 2 or spans[0].first == spans[-1].first:
        return None
    return Span(spans[0].first, spans[-1].last, True)


def _against_month(one: Sentence) -> Dated | None:
    """"Compared to February 2019, exports surged": of the month last spoken of, where the text has since turned to longer stretches."""
    for _, mention, compared in one.times:
        if compared and mention.means == "month" and mention.span is not None:
            if one.focus.month is not None and one.focus.month.first > mention.span.first:
                return one.focus.month, one.focus.origin
            following = mention.span.first + 1
            if one.focus.stretch is not None and one.focus.stretch.last == following:  # "January to November …, compared to October"
                return Span(following, following), one.focus.origin
    return _after_base(one) if one.focus.period is None else None


def _against_quarter(one: Sentence) -> Dated | None:
    """"On a quarterly basis, exports were 1.1 per cent higher than in the first quarter": of the quarter after it."""
    day = one.published.day
    for _, mention, compared in one.times:
        span = mention.span
        if (compared and mention.means == "quarter" and span is not None and day is not None
                and 0 < day.year * 12 + day.month - 1 - (span.last + 3) <= 4):
            return span.before(-3), one.focus.origin
    return None


def _after_base(one: Sentence) -> Dated | None:
    """"rose to RM22 billion from RM8.3 billion in September 2019", told in October 2020: of the one month a year or a month after
    the month compared with that news of the day can be about."""
    day = one.published.day
    if day is None or one.published.precision == "year":
        return None
    latest = day.year * 12 + day.month - 1
    for _, mention, compared in one.times:
        if compared and mention.span is not None and mention.span.first == mention.span.last:
            for later in (12, 1):
                if 0 <= latest - (mention.span.first + later) <= 2:
                    return Span(mention.span.first + later, mention.span.first + later), "inferred"
    return None


def _leave(focus: Focus, one: Sentence, usable: Times, figures: list[Draft]) -> None:
    focus.against = next((mention.offset for _, mention, compared in one.times if compared and mention.offset in (1, 3)), None)
    """The period that the text is about after this sentence: the last one named that had begun by then and is not foretold."""
    before = {span for low, high in _behind_after(one) for at, mention in usable if low <= at < high and (span := mention.span)}
    before |= {draft.period for draft in figures if draft.compared and draft.period is not None}
    named = [mention.span for at, mention in usable if mention.span is not None and not one.foretold(at) and mention.span not in before
             and _begun(mention.span, one.published) and not one.behind(at).startswith(" alone")]
    main = next((draft.period for draft in reversed(figures)
                 if draft.period is not None and not draft.compared and draft.period not in before), None)
    if named and (main is None or len(named) == 1):
        focus.period = named[-1]
    elif main is not None and _begun(main, one.published) and main in named:
        focus.period = main
    for span in (*named, focus.period):
        if span is not None:
            if span.first == span.last:
                focus.month = span
            else:
                focus.stretch = span


def _behind_after(one: Sentence) -> list[tuple[int, int]]:
    """Clauses that tell what went before: "grew in July, after a drop of 8.8 per cent in June"."""
    behind = [one.clause(low) for low in one.clauses if rule("times.followed").search(one.text[:low])]
    return [(low, high) for low, high in behind if M in one.text[low:high]]  # not "after A last year"


def _begun(span: Span, published: Published) -> bool:
    """Whether a stretch had ended by the day of the text, or was at least well under way."""
    day = published.day
    if day is None:
        return True
    if span.years and span.year == day.year and published.precision != "year":
        return day.month > 6
    return span.first <= day.year * 12 + day.month - 1
