"""Texts as nobody writes them, by seed: odd numbers, dates, names, signs and lengths, in sentences that look like news and in none."""

from __future__ import annotations

import random
from collections.abc import Iterator

NUMBERS = ("0", "1", "17.6", "101,5", "1,508.71", "1 508.71", "1'508", "1.508,71", "8,50,000", "17½", "17 1/2",
           "-3.1", "−3.1", "- 3.1", "+4",
           "9" * 40, "9" * 400, "0." + "9" * 60, "1e9", "1/0", "½", "²", "①", "٣", "１２", "two hundred and twelve", "one and a half",
           "1 trillion 508", "3-5", "5 to 3", "2024", "0001", "9999", "No. 0", "0th", "1st")
MAGNITUDES = ("", " billion", "bn", " trillion", " million million", " lakh crore", " thousand million", "m", " hundred",
              " billion billion")
UNITS = ("RM{}", "US${}", "{} yuan", "Rmb{}", "{} per cent", "{}%", "{} tonnes", "{} times", "¥{}", "€{}", "{} percentage points",
         "{}-fold")
NAMES = ("China", "Malaysia", "China's", "Malaysia's", "ASEAN", "the European Union", "the two countries", "Vietnam", "the world", "Taiwan",
         "Her Majesty", "A.", "中国", "Côte d'Ivoire")
FLOWS = ("exports to", "imports from", "trade with", "trade surplus with", "deficit with", "total trade", "palm oil exports to", "")
WHEN = ("in 2024", "in June 2024", "in the first half of 2024", "last year", "in the year 0001", "on 31 February 2024", "in 9999",
        "from 1899 to 2101", "for the 1000th consecutive year", "in May", "since 1974", "in 2024/25", "in 13/2024", "")
TURNS = (" rose by ", " reached ", " was ", " accounted for ", " fell to ", ", up ", " – ", "—", " (", ", ", " of ", " from ", " to ", ": ",
          ", the second-largest trading partner, ", " doubled to ", " compared with ", " was more than ", "; ", " and ",
         "\n", "\0", "\u200b", '"')


def texts(seed: int, count: int) -> Iterator[str]:
    """So many texts, always the same ones for a seed."""
    draw = random.Random(seed)
    for _ in range(count):
        text = " ".join(_sentence(draw) for _ in range(draw.choice((1, 1, 2, 5, 12))))
        yield text * draw.choice((1, 1, 1, 1, 1, 1, 30))


def _sentence(draw: random.Random) -> str:
    parts = []
    for _ in range(draw.randint(1, 7)):
        figure = draw.choice(UNITS).format(draw.choice(NUMBERS) + draw.choice(MAGNITUDES))
        sides = f"{draw.choice(NAMES)} {draw.choice(FLOWS)} {draw.choice(NAMES)}"
        parts += [draw.choice((sides, figure, figure, draw.choice(WHEN))), draw.choice(TURNS)]
    said = "".join(parts)
    if draw.random() < 0.2:
        at = draw.randrange(len(said) + 1)
        said = said[:at] + chr(draw.choice((draw.randrange(32, 0x3000), draw.randrange(0x10000)))) + said[at:]
    return said.encode("utf-8", "ignore").decode() + draw.choice((".", ". ", "!", ""))
