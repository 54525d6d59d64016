"""Figures as news writes them: money, percentages, tonnes, multiples, each as a typed span with its digits.

Pure patterns over folded text. Which of them are claims, and of what, is decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from warehouse.claims.model import Written
from warehouse.claims.rules import rule
from warehouse.claims.vocabulary import vocabulary

Sort = Literal["money", "percent", "tonne", "times", "rate"]

LEAST_MONEY = Decimal(100_000)
"""Smaller sums are prices, fees and exchange rates, never trade."""


@dataclass(frozen=True)
class Figure:
    """A figure where it stands."""

    start: int
    end: int
    sort: Sort
    unit: str
    written: Written
    sign: str = ""
    """+ or - as written before it."""
    alt: Written | None = None
    """The same sum in a second currency, behind it."""
    alt_unit: str | None = None
    alt_end: int = 0
    """Where the second sum ends, its bracket included."""
    doubled: bool = False
    """A multiple told by a verb: doubled, tripled."""


MULTIPLIED = {"doubl": 2, "tripl": 3, "trebl": 3, "quadrupl": 4, "quintupl": 5}
FRACTIONS = {"half": "50", "third": "33.3", "quarter": "25", "fourth": "25", "fifth": "20", "sixth": "16.7", "tenth": "10"}


def written(text: str, number: str, magnitude: str = "") -> Written:
    """A number with its digits. Raises decimal.InvalidOperation for none (no text that matched does)."""
    vocab = vocabulary()
    plain = number.replace(",", "")
    if plain[:1].isdigit():
        mantissa, decimals = Decimal(plain), len(plain.partition(".")[2])
    else:
        mantissa, decimals = Decimal(spelt(plain)), 0
    power = int(vocab.words["magnitudes"].get(magnitude.lower().rstrip("."), 0))
    return Written(text, mantissa.scaleb(power).normalize() + 0, decimals, 10 ** power)


def spelt(words: str) -> int:
    """The number that words spell: "twenty-one", "two hundred and twelve"."""
    vocab, total = vocabulary(), 0
    for word in re.split(r"[ -]+", words.lower()):
        if word == "thousand":
            total = max(total, 1) * 1000
        elif word == "hundred":
            total = max(total, 1) * 100
        elif word != "and":
            total += vocab.numbers.get(word, 0)
    return total


def figures(text: str) -> list[Figure]:
    """Every figure of a sentence in order, none overlapping."""
    found: list[Figure] = []
    taken: list[tuple[int, int]] = [match.span() for match in rule("quantities.rate").finditer(text)]

    def free(start: int, end: int) -> bool:
        return all(end <= low or start >= high for low, high in taken)

    for figure in (*_money(text), *_percent(text), *_tonnes(text), *_times(text)):
        if free(figure.start, figure.end):
            taken.append((figure.start, figure.end))
            found.append(figure)
    found.sort(key=lambda one: one.start)
    for figure in list(found):
        found.extend(_sharing(text, figure, found))
    found.sort(key=lambda one: one.start)
    return list(_with_alternatives(text, found))


def _money(text: str) -> Iterator[Figure]:
    words = vocabulary().words
    for match in rule("quantities.money").finditer(text):
        if match["before"]:
            unit, number, magnitude = words["currency_before"][match["before"]], match["n1"], match["m1"] or ""
            sign = (match["sign"] or match["inner"] or "").strip()
            if magnitude.lower() in ("t", "b", "m", "k") and text[match.end() - len(magnitude) - 1:match.end() - len(magnitude)] in " -":
                magnitude = magnitude if match["n1"] else ""
        else:
            unit = words["currency_after"][re.sub(r"[ -]+", " ", match["after"].lower())]
            number, magnitude, sign = match["n2"], match["m2"] or "", match["sign2"] or ""
        value = written(match[0], number, magnitude)
        if rule("quantities.per").match(text, match.end()):
            continue
        if value.value >= LEAST_MONEY:
            yield Figure(match.start(), match.end(), "money", unit, _ranged(text, match.start(), value), sign)


def _percent(text: str) -> Iterator[Figure]:
    for match in rule("quantities.percent").finditer(text):
        said = match["unit"].lower().replace(".", "")
        unit = "percentage points" if "point" in said or said.startswith("pp") else "percent"
        value = written(match[0], match["n"])
        yield Figure(match.start(), match.end(), "percent", unit, _ranged(text, match.start(), value), (match["sign"] or "").strip())
    for match in rule("quantities.fraction").finditer(text):
        count = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}[(match["n"] or "a").lower()]
        part = Decimal(FRACTIONS[(match["of"] or match["half"]).lower().removesuffix("s").replace("half", "half")])
        whole = Decimal("66.7") if count == 2 and part == Decimal("33.3") else part * count
        yield Figure(match.start(), match.end(), "percent", "percent", Written(match[0], whole, 0, 1))


def _tonnes(text: str) -> Iterator[Figure]:
    for match in rule("quantities.tonne").finditer(text):
        value = written(match[0], match["n"], match["m"] or "")
        yield Figure(match.start(), match.end(), "tonne", "tonne", _ranged(text, match.start(), value))


def _times(text: str) -> Iterator[Figure]:
    for match in rule("quantities.times").finditer(text):
        yield Figure(match.start(), match.end(), "times", "times", written(match[0], match["n"]))
    for match in rule("quantities.multiplied").finditer(text):
        value = MULTIPLIED[match["v"].lower()]
        yield Figure(match.start(), match.end(), "times", "times", Written(match[0], Decimal(value), 0, 1), doubled=True)


def _ranged(text: str, start: int, upper: Written) -> Written:
    """The lower end of "3 to 5 per cent", with its upper end."""
    match = rule("quantities.range_start").search(text, max(0, start - 24), start)
    if match is None or re.search(r"\b(?:from|up|down|rose|fell) $", text[max(0, match.start() - 6):match.start()]):
        return upper
    low = written(match["n"], match["n"])
    value = low.value * upper.multiplier
    if not 0 < value < upper.value or (low.decimals == 0 and 1900 <= low.value <= 2100):
        return upper
    return Written(text[match.start():start] + upper.text, value, low.decimals, upper.multiplier, upper.value)


def _sharing(text: str, figure: Figure, others: list[Figure]) -> Iterator[Figure]:
    """Numbers before a figure that share its unit: "26.8, 24.2 and 22.2 per cent"."""
    start = figure.start
    if figure.sort == "money" and (match := rule("quantities.shared_behind").match(text, figure.end)):
        low, high = match.span("n")[0], match.end()
        if all(high <= other.start or low >= other.end for other in others):
            value = written(text[low:high], match["n"], match["m"])
            yield replace(figure, start=low, end=high, written=value, sign="", alt=None, alt_unit=None)
    if figure.sort != "percent" or figure.written.upper is not None:
        return
    while match := rule("quantities.shared").search(text, max(0, start - 24), start):
        low, high = match.span("n")
        if any(low < other.end and other.start < high for other in others) or re.fullmatch(r"(?:19|20)\d\d", match["n"]):
            return
        yield replace(figure, start=low, end=high, written=written(match["n"], match["n"]), sign="", alt=None, alt_unit=None)
        start = low


def _with_alternatives(text: str, found: list[Figure]) -> Iterator[Figure]:
    """A sum directly behind another of another currency is the same sum again."""
    before: Figure | None = None
    for figure in found:
        if before is not None:
            if (before.sort == figure.sort == "money" and before.unit != figure.unit and before.alt is None
                    and rule("quantities.second").match(text[before.end:figure.start])):
                closed = figure.end + (text[figure.end:figure.end + 1] == ")" and "(" in text[before.end:figure.start])
                before = replace(before, alt=figure.written, alt_unit=figure.unit, alt_end=closed)
                continue
            yield before
        before = figure
    if before is not None:
        yield before
