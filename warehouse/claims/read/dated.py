"""The day of a text that comes without one: its dateline, else what it says of the time.

Never today. A text is from after the latest completed period it states; the next bare month it names ("in 2024 … in mid-April") is
then its own.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from warehouse.claims.model import Published
from warehouse.claims.phrases.focus import Focus
from warehouse.claims.phrases.period_words import Span, year
from warehouse.claims.phrases.rank_words import Streak
from warehouse.claims.phrases.rules import K, M, Z, rule
from warehouse.claims.read.clauses import frame
from warehouse.claims.read.drafts import Sentence
from warehouse.claims.vocabulary import vocabulary

_DATELINE = re.compile(
    r"\s*\(?(?:[A-Z][A-Z .'/-]{2,40})(?:, [A-Z][\w .]{2,30})?,? (?:\([\w ]+\) )?(?P<m>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2})"
    r"(?:,? (?P<y>(?:19|20)\d\d))?"
    r"\)? ?(?:\([^)]{2,30}\))? ?(?:--|-|:)")
"""CAPITAL CITY, Jan 20 (Agency) --"""
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"


def published_by(sentences: Iterable[str]) -> Published:
    """The day that a text's own words give."""
    plains = list(sentences)
    told = [frame(plain, Focus(), Published(None)) for plain in plains]
    latest = max((span.last for one in told for span in _completed(one)), default=None)
    line = _DATELINE.match(plains[0]) if plains else None
    month = vocabulary().months.get(line["m"].lower()) if line else None
    if line is not None and month is not None:
        if line["y"]:
            return _day(int(line["y"]), month, int(line["d"]), "dateline")
        if latest is not None:
            first = latest + 1
            return _day((first - (month - 1) + 11) // 12, month, int(line["d"]), "dateline")
    if latest is None:
        return Published(None)
    bare = next((mention.month for one in told for at, mention, compared in one.times
                 if mention.bare_month and mention.month and not compared and not one.foretold(at)), None)
    bare = bare or _named_anywhere(" ".join(plains))
    if bare is not None:
        number = (latest + 1 - (bare - 1) + 11) // 12
        return Published(date(number, bare, monthrange(number, bare)[1]), "month", "inferred")
    if (latest + 1) % 12 == 0:
        return Published(date(latest // 12 + 1, 12, 31), "year", "inferred")
    following = latest + 1
    return Published(date(following // 12, following % 12 + 1, monthrange(following // 12, following % 12 + 1)[1]), "month", "inferred")


def _named_anywhere(text: str) -> int | None:
    """The first month without a year in a text, in whatever clause: "during a visit in mid-April"."""
    found = re.search(r"\b(?:in|on|of|since|during|until|this|last|early|mid|late|from)[- ](?:early[- ]|mid[- ]|late[- ])?"
                      rf"(?P<a>{_MONTH})\b(?!\.?,? (?:\d{{1,2}},? )?(?:19|20)\d\d)|\b(?P<b>{_MONTH}) \d{{1,2}}\b(?!,? (?:19|20)\d\d)", text)
    return vocabulary().months.get((found["a"] or found["b"]).lower()) if found else None


def _completed(one: Sentence) -> list[Span]:
    """Periods with a stated year that are told as past, beside a figure or a place: an agreement of 2017 says nothing of the day. The
    last of so many years in a row since a stated one is told as past too."""
    if not any(part.sign in (M, K, Z) for part in one.marked.at.values()):
        return []
    told = [mention.span for at, mention, _ in one.times if mention.span is not None and mention.dated and not one.foretold(at)]
    for at, mention, _ in one.times:
        since = rule("times.in_a_row_since").search(one.before(at, 40))
        if since and mention.dated and mention.span is not None:
            row = one.marked.at[at - len(one.before(at, 40)) + since.start("z")].thing
            if isinstance(row, Streak) and row.unit == "years":
                told.append(year(mention.span.year + row.count - 1))
    return told


def _day(number: int, month: int, day: int, basis: str) -> Published:
    last = monthrange(number, month)[1]
    return Published(date(number, month, min(max(day, 1), last)), "day", "dateline" if basis == "dateline" else "inferred")
