"""Words that restrict a figure to what no slot says: "excluding oil and gas", "in real terms", "by sea", "under the agreement".

What restricts a flow stands in its phrase ("processing trade", "exports through Port Klang", "exports to A and B") and goes with it; what
restricts figures stands in their clause, or opens the sentence. An economy is open: what stands where a partner would and no list knows
is a restriction too, never nothing. Pure patterns over marked sentences; the words are ``qualifiers`` of ``vocabulary/words.toml``,
the wordings those of ``vocabulary/grammar.toml``. Goods are a slot of their own (``warehouse.claims.phrases.grammar``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from warehouse.claims.phrases.marks import Marked
from warehouse.claims.phrases.rules import F, G, M, rule


@dataclass(frozen=True)
class Restriction:
    """A stretch of a marked sentence in which figures are restricted, and by which words."""

    low: int
    high: int
    words: str
    sums: bool = True
    """Whether it restricts sums too: "export volume" is a value where a sum is told, and restricts rates alone."""


def of_flow(marked: Marked, start: int, at: int, end: int) -> str | None:
    """What restricts the flow at a place, by its phrase from ``start`` to ``end``: the words, or None."""
    part, text = marked.at[at], marked.text
    both = (one.text for spot, one in marked.at.items() if start <= spot <= end and one.sign == G and "ervices" in one.text)
    before = rule("qualifiers.before_flow").search(marked.plain, max(0, part.start - 40), part.start)
    named = rule("qualifiers.own_series").search(part.text) or before
    if (words := next(both, None)) is not None or (words := named["q"] if named else None) is not None:
        return words
    if (match := rule("qualifiers.beside_flow").search(text, max(0, at - 2), at)) is not None:
        return marked.at[match.start()].text
    if (match := rule("qualifiers.behind_flow").match(text, at)) is not None:
        return marked.words(*match.span("q"))
    return _unread(marked, start, end)


def _unread(marked: Marked, start: int, end: int) -> str | None:
    """What stands between whose flow it is and the flow, or between its phrase and what is told of it, and was not understood."""
    text = marked.text
    gap = rule("qualifiers.gap").search(text, max(0, start - 70), start)
    if gap is not None and not rule("qualifiers.no_gap").search(gap["q"]):
        owned = gap["adjective"] is None or marked.entry(gap.start("adjective")).manner == "adjective"
        if owned and not all(rule("flow.descriptive").search(word) for word in gap["q"].split()):
            return marked.words(*gap.span("q"))
    if (apart := rule("qualifiers.apart").search(text, max(0, start - 4), end)) is not None:
        return marked.words(apart.start(), apart.end() + 1)
    told = rule("qualifiers.told").search(text, end)
    stop = told.start() if told else len(text)
    rest = rule("qualifiers.harmless").sub(" ", text[end:stop])
    return marked.words(end, stop) if rule("qualifiers.content").search(rest) else None


def of_clauses(marked: Marked) -> list[Restriction]:
    """What restricts the figures of clauses."""
    text = marked.text
    ends = [match.end() for match in rule("qualifiers.boundary").finditer(text)]

    def stretch(start: int, end: int, words: str, sums: bool = True) -> Restriction:
        low = max((one for one in ends if one <= start), default=0)
        high = min((one for one in ends if one > end), default=len(text))
        before = text.rfind(M, low, start)
        if before >= 0:
            behind = start - before <= 14 and re.search(r",| and | but ", text[before:start]) is None
            if behind and "percent" in marked.figure(before).unit:
                low, high = before, end  # "rose 5 per cent in volume and 3 per cent in value"
            elif not behind and M in text[end:high]:
                low = start  # "rose 1 per cent, and on a seasonally adjusted basis fell 2 per cent"
        opens = low == 0 and rule("qualifiers.opening").match(text[:start]) is not None
        return Restriction(low, len(text) if opens else high, words, sums)

    found = [stretch(*match.span(), words) for match in rule("qualifiers.of_clause").finditer(text)
             if not rule("qualifiers.in_money").fullmatch(words := marked.words(*match.span()))]
    for match in rule("qualifiers.measured").finditer(marked.plain):
        found.append(stretch(_place(marked, match.start()), _place(marked, match.end()), match[0]))
    for match in rule("qualifiers.volume_of").finditer(text):
        if marked.entry(match.end() - 1).value in ("export", "import"):
            found.append(stretch(match.start(), match.end(), marked.words(*match.span()), sums=False))
    for at, part in marked.at.items():
        if part.sign == G and "ervices" in part.text:
            found.append(stretch(at, at + 1, part.text))
        if part.sign == F and "volume" in part.text and marked.entry(at).value in ("export", "import"):
            found.append(stretch(at, at + 1, part.text, sums=False))
    return found


def _place(marked: Marked, plain: int) -> int:
    """Where in the marked text a place of the plain sentence is."""
    shorter = 0
    for at, part in marked.at.items():
        if plain <= part.start:
            break
        if plain < part.end:
            return at
        shorter += part.end - part.start - 1
    return plain - shorter
