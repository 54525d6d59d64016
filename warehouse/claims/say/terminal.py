"""A report as the lines of a terminal, no line wider than it is: the summary, each sentence once above its claims, what was not
checked by reason. Pure; commands and evidence are added by the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from warehouse.claims.say import summary, words
from warehouse.claims.say.sentences import as_stated
from warehouse.claims.weigh.checked import Checked, Report
from warehouse.claims.weigh.subject import name
from warehouse.shown import cells, shown

NARROWEST = 40
INDENT = 6
_MOST_NAMED = 12
"""Claims that the summary names by their number; the list of them is below it anyway."""
_PRINTED = 140
"""Characters of a sentence to print, so that it fits two lines with what stands before it."""
_COLOURS = {"against": "1;31", "look": "1;33", "good": "32", "open": "2", "strong": "1"}


class Paint:
    """Text in colours, or as it is."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, colour: str) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.on and text else text


def head(report: Report, width: int, paint: Paint) -> Iterator[str]:
    """The summary: how many claims came to what, and which of them to look at."""
    for left in report.reading.unread:
        yield from wrapped(f"Not read: {left}.", width, 1)
    for line in wrapped(summary.counted(report), width, 1):
        yield paint(line, "strong")
    for verdict, found in summary.by_verdict(report.claims):
        if verdict in summary.TO_LOOK_AT:
            more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
            which = summary.numbers(found) if not more else ", ".join(str(one.number) for one in found[:_MOST_NAMED])
            label = words.label(verdict, len(found))
            for line in wrapped(f"Look at {which}{more}: {label}", width, 1, 3):
                yield paint(line, summary.look(verdict))
    if against := sum(not one.consistent for one in report.relations):
        yield paint(f" {against} sum{'s' if against > 1 else ''} inside the text {'do' if against > 1 else 'does'} not add up", "against")


def claim(one: Checked, width: int, paint: Paint, assumed: str, *, printable: bool, whole: bool, why: Iterable[str] = ()) -> Iterator[str]:
    """A claim: its verdict and what it says, what it comes to, ``why`` accounts differ, and last what may be printed: as ``whole``, or as
    much as two lines hold.
    """
    label = words.verdict_label(one)
    lines = list(wrapped(f"{label} · {words.heading(one.claim)}", width, INDENT))
    first = f"{one.number:>{INDENT - 2}}  {lines[0].strip()}"
    yield first.replace(label, paint(label, summary.look(one.verdict)), 1)
    yield from lines[1:]
    yield from wrapped(one.said, width, INDENT)
    yield from why
    if printable and one.printable:
        sentence = one.printable if whole else _first_parts(one.printable)
        more = "" if sentence == one.printable else " (more: --cite)"
        if not whole:  # what all of it stands on is the last line
            assumed = assumed.split(",")[0]
            assumed = assumed if len(assumed) + len(sentence) <= _PRINTED else ""
        yield from wrapped(f"Safe to print{f' ({assumed})' if assumed else ''}: “{sentence}”{more}", width, INDENT)


def _first_parts(sentence: str) -> str:
    """As many parts of a sentence as two lines hold, each of which stands alone: never none."""
    made, *parts = sentence.split("; ")
    for part in parts:
        if len(made) + len(part) > _PRINTED:
            break
        made = f"{made}; {part}"
    return made


def unchecked(reason: str, claims: list[Checked], width: int) -> Iterator[str]:
    """The claims that were not checked for one reason."""
    yield from wrapped(f"{reason}:", width, 3)
    for one in claims:
        more = one.said.rstrip(".").removeprefix(f"Not checked: {reason}").removeprefix("Not checked: ").lstrip("; ")
        lines = list(wrapped(words.heading(one.claim) + (f" ({more})" if more else ""), width, INDENT))
        yield f"{one.number:>{INDENT - 2}}  {lines[0].strip()}"
        yield from lines[1:]
        stated = next((as_stated(row) for row in one.evidence if row.role == "stated"), "")
        if stated not in one.said:
            yield from wrapped(words.capital(stated), width, INDENT)


def tail(report: Report, width: int, paint: Paint) -> Iterator[str]:
    """Events, and arithmetic inside the text."""
    if report.reading.events:
        yield from wrapped(f"{words.capital(words.WHY_NOT['event'])}:", width, 1)
    for event in report.reading.events:
        count = f", {event.hedge + ' ' if event.hedge else ''}{event.count}" if event.count else ""
        parties = "–".join(name(party) for party in event.parties)
        yield from wrapped("  ".join(part for part in (f"· {event.kind}{count}", parties, event.date or "") if part), width, 3, 5)
    for said, good, which in summary.sums(report.relations):
        lines = wrapped(f"= {said}: {'adds up' if good else 'DOES NOT ADD UP'} ({which})", width, 1, 3)
        yield from lines if good else (paint(line, "against") for line in lines)
    if report.relations or report.reading.events:
        yield ""


def wrapped(text: str, width: int, indent: int, behind: int | None = None) -> list[str]:
    """Words of others or ours as lines of a width, with so many spaces before the first and the others; never none."""
    room = max(width, NARROWEST)
    lines: list[str] = []
    line, used = " " * indent, indent
    behind = indent if behind is None else behind
    for word in shown(" ".join(text.split())).split(" "):
        for part in _parts(word, room - max(indent, behind)):
            size = cells(part)
            if used > (behind if lines else indent) and used + 1 + size > room:
                lines.append(line)
                line, used = " " * behind, behind
            gap = "" if used == (behind if lines else indent) else " "
            line, used = line + gap + part, used + len(gap) + size
    return [*lines, line]


def _parts(word: str, most: int) -> Iterator[str]:
    """A word that is wider than a line, cut."""
    part, used = "", 0
    for char in word:
        size = cells(char)
        if used + size > most:
            yield part
            part, used = "", 0
        part, used = part + char, used + size
    yield part

