"""Tables of plain text that are as wide as where they are read: aligned by spaces, readable in a terminal, a log and a mail alike. Pure.

Too wide a table is narrowed where its texts wrap; where that is not enough its columns are folded onto further lines, or (a query's) the
middle ones are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from textwrap import wrap

from warehouse.shown import cells

NARROW = 14
"""No text is wrapped to less, in letters, unless it has a line for itself."""
INDENT = 4
"""Of a line that goes on."""
LEFT_OUT = "…"
_AMOUNT = re.compile(r"\d[\d,]*")
_DAY = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
"""A day is one word: no line ends in it."""


def pad(text: str, width: int, right: bool = False) -> str:
    """A text with spaces after it, or before."""
    space = " " * (width - cells(text))
    return space + text if right else text + space


def cut(text: str, width: int) -> str:
    """The beginning of a text in so many columns, with a mark where more follows."""
    if cells(text) <= width:
        return text
    kept, taken = [], 0
    for sign in text:
        taken += cells(sign)
        if taken > width - 1:
            break
        kept.append(sign)
    return "".join(kept) + LEFT_OUT


def by_point(amounts: Sequence[str]) -> list[str]:
    """Amounts one below another by their decimal point, with the words after them in line: ``CNY 1,508.71 bn``, ``RM 484.12 bn``."""
    parts = []
    for cell in amounts:
        found = _AMOUNT.search(cell)
        end = found.end() if found else len(cell)
        fraction = re.match(r"\.\d+", cell[end:])
        parts.append((cell[:end], fraction[0] if fraction else "", cell[end + (fraction.end() if fraction else 0):]))
    most = [max((cells(part[at]) for part in parts), default=0) for at in range(3)]
    return [pad(head, most[0], right=True) + pad(tail, most[1]) + pad(rest, most[2]) for head, tail, rest in parts]


def filled(text: str, width: int | None, indent: int = 0) -> list[str]:
    """A text in lines of at most so many columns; what begins deeper goes on as deep. A word that is longer stands alone, whole."""
    if width is None or cells(text) <= width:
        return [text]
    first = text[:len(text) - len(text.lstrip(" "))]
    room = max(width - len(first) - indent, 10)
    # Wide signs count double: what has them is wrapped earlier.
    room = max(room * len(text) // max(cells(text), 1), 5)
    lines = wrap(_DAY.sub("\\1\xa0\\2\xa0\\3", text.strip()), room, break_long_words=False, break_on_hyphens=False) or [""]
    lines = [line.replace("\xa0", " ") for line in lines]
    return [first + lines[0], *(first + " " * indent + line for line in lines[1:])]


def kept(columns: Sequence[str], rows: Sequence[Sequence[str]], leave: Sequence[Collection[int]], width: int | None, *,
         point: Sequence[int] = (), soft: Collection[int] = ()) -> list[int]:
    """Which columns a table shows where each row is to stay one line: all, or without the groups of ``leave``, the first of them first.

    Columns of ``soft`` may be wrapped for that, and only those.
    """
    body = [list(row) for row in rows]
    for at in point:
        for row, text in zip(body, by_point([row[at] for row in body]), strict=True):
            row[at] = text
    every = [list(columns), *body]
    widths = [max(cells(row[at]) for row in every) for at in range(len(columns))]
    left = list(range(len(columns)))
    for at in soft if width is not None else ():
        assert width is not None
        widths[at] = _least([row[at] for row in every], widths[at], width)
    for group in leave:
        # A column without a text takes no room.
        if width is None or sum(widths[at] + 2 for at in left if widths[at]) - 1 <= width:
            break
        left = [at for at in left if at not in group]
    return [at for at in left if widths[at]]


def lines(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), point: Sequence[int] = (),
          width: int | None = None) -> list[str]:
    """The lines of a table, its heading first where any column has a name; none wider than ``width``, but for a word that is longer.

    Columns of ``right`` end in line, those of ``point`` have their decimal points in line; neither is ever wrapped in its cells.
    """
    body = [list(row) for row in rows]
    for at in point:
        for row, text in zip(body, by_point([row[at] for row in body]), strict=True):
            row[at] = text
    every = ([list(columns)] if any(columns) else []) + body
    natural = [max([0, *(cells(row[at]) for row in every)]) for at in range(len(columns))]
    firm = {*right, *point}
    least = natural if width is None else [natural[at] if at in firm else _least([row[at] for row in every], natural[at], width)
                                           for at in range(len(columns))]
    groups = [list(range(len(columns)))] if width is None else _groups(least, width, firm)
    made = []
    for row in every:
        for number, group in enumerate(groups):
            lead = " " * (1 if number == 0 else 1 + INDENT)
            room = None if width is None else width - len(lead)
            made += [(lead + line).rstrip() for line in _row([row[at] for at in group], _widths([natural[at] for at in group], [
                least[at] for at in group], room), [at in right for at in group]) if number == 0 or line.strip()]
    return made


def _least(texts: Sequence[str], natural: int, width: int) -> int:
    """What a column of texts may be narrowed to: its longest word, so that no path and no name is cut."""
    word = max((cells(part) for text in texts for part in text.split()), default=0)
    return min(natural, max(NARROW, word), width - 1 - INDENT)


def _groups(least: Sequence[int], width: int, firm: Collection[int]) -> list[list[int]]:
    """Which columns share a line. What would stand alone on the last one has the text before it there as well."""
    groups: list[list[int]] = [[]]
    taken = 1
    for at, wide in enumerate(least):
        if groups[-1] and taken + 2 + wide > width:
            groups.append([])
            taken = 1 + INDENT
        taken += wide + (2 if groups[-1] else 0)
        groups[-1].append(at)
    if len(groups) > 1 and len(groups[-1]) == 1 and len(groups[-2]) > 1 and (before := groups[-2][-1]) not in firm and (
            INDENT + 3 + least[before] + least[groups[-1][0]] <= width):
        groups[-1].insert(0, groups[-2].pop())
    return groups


def _widths(natural: Sequence[int], least: Sequence[int], room: int | None) -> list[int]:
    """What the columns of one line get: the widest gives first."""
    widths = list(natural)
    over = 0 if room is None else sum(widths) + 2 * (len(widths) - 1) - room
    while over > 0:
        giving = [at for at in range(len(widths)) if widths[at] > least[at]]
        if not giving:
            break
        widest = max(giving, key=lambda at: widths[at])
        second = max((widths[at] for at in giving if at != widest), default=least[widest])
        step = min(over, max(1, widths[widest] - max(second, least[widest])))
        widths[widest] -= step
        over -= step
    return widths


def _row(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    wrapped = [filled(cell, wide) if cells(cell) > wide else [cell] for cell, wide in zip(texts, widths, strict=True)]
    return ["  ".join(pad(part[at] if at < len(part) else "", wide, to_right) for part, wide, to_right in zip(
        wrapped, widths, right, strict=True)) for at in range(max(map(len, wrapped), default=0))]


def squeezed(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> tuple[list[str], int]:
    """A query's table: one line a row, long cells cut, and middle columns left out where they do not fit. Also how many are shown."""
    every = [list(columns), *([text.replace("\n", "\\n") for text in row] for row in rows)]
    if width is None:
        return lines(every[0], every[1:]), len(columns)
    natural = [max(cells(row[at]) for row in every) for at in range(len(columns))]
    least = [min(wide, NARROW) for wide in natural]
    kept = list(range(len(columns)))
    while len(kept) > 1 and sum(least[at] + 2 for at in kept) - 1 + (3 if len(kept) < len(columns) else 0) > width:
        kept.pop(len(kept) // 2)
    room = width - 1 - (3 if len(kept) < len(columns) else 0)
    widths = dict(zip(kept, _widths([natural[at] for at in kept], [least[at] for at in kept], room), strict=True))
    gap = next((number for number, at in enumerate(kept) if at != number), len(kept)) if len(kept) < len(columns) else None
    made = []
    for row in every:
        parts = [pad(cut(row[at], widths[at]), widths[at]) for at in kept]
        if gap is not None:
            parts.insert(gap, LEFT_OUT)
        made.append((" " + "  ".join(parts)).rstrip())
    return made, len(kept)
