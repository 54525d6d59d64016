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
from warehouse.claims.phrases.numbers import power_of, whole, written
from warehouse.claims.phrases.rules import rule
from warehouse.claims.vocabulary import alternatives, vocabulary

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


def figures(text: str) -> list[Figure]:
    """Every figure of a sentence in order, none overlapping."""
    found: list[Figure] = []
    taken: list[tuple[int, int]] = [match.span() for match in rule("quantities.rate").finditer(text)]

    def free(start: int, end: int) -> bool:
        denied = rule("quantities.denied").search(text, max(0, start - 12), start)
        return not denied and all(end <= low or start >= high for low, high in taken)

    made = [*_money(text), *_percent(text), *_tonnes(text), *_times(text)]
    for figure in sorted(made, key=lambda one: one.written.upper is None):  # a range holds what would be a figure of its own
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
    for match in rule("quantities.money_range").finditer(text):
        value = _range_of(text, match)
        if value is not None and value.value >= LEAST_MONEY and not rule("quantities.per").match(text, match.end()):
            yield Figure(match.start(), match.end(), "money", words["currency_before"][match["before"]], value)
    for match in rule("quantities.money").finditer(text):
        if match["before"]:
            start, side = match.start(), "1"
            unit = _unit(words["currency_before"][match["before"]], match["before"], text)
        else:
            start, side = match.start("n2"), "2"
            unit = words["currency_after"][re.sub(r"[ -]+", " ", match["after"].lower())]
        number, magnitude, rest = match[f"n{side}"], match[f"m{side}"] or "", match[f"rest{side}"] or ""
        low, high = match.start(f"n{side}"), max(match.end(f"n{side}"), match.end(f"m{side}"), match.end(f"rest{side}"))
        value = None if _two_readings(number, magnitude) else written(match[0], number, magnitude, rest)
        if value is None or not unit or rule("quantities.per").match(text, match.end()) or (
                text[high - 1].isdigit() and re.match(r"[^\W\d_]", text[high:high + 1])):
            continue
        more = rule("quantities.shared_behind").match(text, match.end()) if side == "1" and not value.decimals else None
        if more and 1 < 10 ** power_of(more["m"]) < value.multiplier:
            continue  # "RMB1 trillion and 508 billion" may be one sum or two
        ranged = _ranged(text, low, value, high, of_rates=False) if side == "2" else _whole_or_none(text, low, high, value)
        if ranged is None or value.value < LEAST_MONEY:
            continue
        low = start - _reach(text, start, ranged, value)
        yield from _signed(text, Figure(low, match.end(), "money", unit, ranged, match["inner"] or ""))


def _unit(unit: str, before: str, text: str) -> str:
    """The currency of a sign that two countries share: the second's where only that one is spoken of, and neither where both are."""
    shared = vocabulary().words["shared_signs"].get(before)
    if shared is None or not re.search(rf"\b(?:{alternatives(shared['of_second'])})\b", text):
        return unit
    return "" if re.search(rf"\b(?:{alternatives(shared['of_first'])})\b", text, re.IGNORECASE) else str(shared["second"])


def _two_readings(number: str, magnitude: str) -> bool:
    """"722.010 million" is 722.01 million or, where points group, 722,010 million."""
    return re.fullmatch(r"\d{1,3}\.\d{3}", number) is not None and 0 < power_of(magnitude) <= 6


def _range_of(text: str, match: re.Match[str]) -> Written | None:
    """Both ends of "RM126-130 billion"; None where it is a step ("from RM126 to 130 billion") or no range."""
    by, before = match["by"], text[max(0, match.start() - 24):match.start()]
    between = re.search(r"\bbetween $", before) is not None
    if (by == " and ") != between or rule("quantities.stepped").search(before):
        return None
    if match["lm"] and by not in ("-", "~") and not between and not (by == " to " and rule("quantities.stood").search(before)):
        return None  # "up by RM10.6 billion to RM69.0 billion"
    if any(_two_readings(match[end], match["hm"]) for end in ("low", "high")):
        return None
    low, high = (written(match[0], match[end], match[of] or match["hm"]) for end, of in (("low", "lm"), ("high", "hm")))
    if low is None or high is None or not low.value < high.value or rule("quantities.goes_on").match(text, match.end()):
        return None
    if not whole(text, match.start("low"), max(match.end("low"), match.end("lm"))):
        return None
    return replace(low, text=match[0], upper=high.value)


def _whole_or_none(text: str, start: int, end: int, value: Written) -> Written | None:
    return value if whole(text, start, end) else None


def _signed(text: str, figure: Figure) -> Iterator[Figure]:
    """With the sign that stands before it; nothing where that leaves its direction open ("-3 to 5 per cent", an accountant's "(3.1%)")."""
    before = text[max(0, figure.start - 40):figure.start]
    if rule("quantities.unsure").search(before) and text[figure.end:figure.end + 1] == ")":
        return
    minus = rule("quantities.minus").search(before)
    signed = replace(figure, start=figure.start - len(minus[0]), sign="-") if minus else _marked(text, figure)
    if figure.written.upper is None or signed.start == figure.start:
        yield signed


def _marked(text: str, figure: Figure) -> Figure:
    """With the mark that stands before it. A dash between blanks, between words, or closed by another is no minus."""
    at = figure.start
    mark = text[at - 1:at]
    if figure.sign:
        return replace(figure, sign=figure.sign.strip())
    if mark == " " and text[at - 2:at - 1] in ("+", "-"):
        if text[at - 2] == "+" or re.search(r"[:(=] ?$", text[:at - 2][-3:]):
            return replace(figure, start=at - 2, sign=text[at - 2])
        return figure
    if mark not in ("+", "-") or not mark or re.match(r"[\w.,%)'\"]", text[at - 2:at - 1]):
        return figure
    if mark == "-" and (rule("quantities.no_minus").match(text, figure.end) or re.search(r"\w-(?=[ .,;]|$)", text[figure.end:])):
        return figure
    return replace(figure, start=at - 1, sign=mark)


def _percent(text: str) -> Iterator[Figure]:
    for match in rule("quantities.percent").finditer(text):
        said = match["unit"].lower().replace(".", "")
        unit = "percentage points" if "point" in said or said.startswith("pp") else "percent"
        value = written(match[0], match["n"])
        ranged = value and _ranged(text, match.start(), value, match.end("n"))
        if ranged and value:
            start = match.start() - _reach(text, match.start(), ranged, value)
            yield from _signed(text, Figure(start, match.end(), "percent", unit, ranged))
    for match in rule("quantities.fraction").finditer(text):
        count = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}[(match["n"] or "a").lower()]
        part = Decimal(FRACTIONS[(match["of"] or match["half"]).lower().removesuffix("s").replace("half", "half")])
        share = Decimal("66.7") if count == 2 and part == Decimal("33.3") else part * count
        start = match.end("by") if match["by"] else match.start()
        yield Figure(start, match.end(), "percent", "percent", Written(text[start:match.end()], share, 0, 1))


def _tonnes(text: str) -> Iterator[Figure]:
    for match in rule("quantities.tonne").finditer(text):
        value = written(match[0], match["n"], match["m"] or "")
        ranged = value and _ranged(text, match.start(), value, max(match.end("n"), match.end("m")))
        if ranged and value:
            yield Figure(match.start() - _reach(text, match.start(), ranged, value), match.end(), "tonne", "tonne", ranged)


def _times(text: str) -> Iterator[Figure]:
    for match in rule("quantities.times").finditer(text):
        value = written(match[0], match["n"])
        ranged = value and _ranged(text, match.start(), value, match.end("n"))
        if ranged and value:
            yield Figure(match.start() - _reach(text, match.start(), ranged, value), match.end(), "times", "times", ranged)
    for match in rule("quantities.multiplied").finditer(text):
        times = MULTIPLIED[match["v"].lower()]
        yield Figure(match.start(), match.end(), "times", "times", Written(match[0], Decimal(times), 0, 1), doubled=True)


def _ranged(text: str, start: int, upper: Written, end: int, of_rates: bool = True) -> Written | None:
    """The lower end of "3 to 5 per cent", with its upper end; the number itself where none stands before it, None for a piece of one."""
    match = rule("quantities.range_start").search(text, max(0, start - 48), start)
    if match is None:
        return _whole_or_none(text, start, end, upper)
    side = "" if match["n"] else "2"
    number, magnitude = match[f"n{side}"], (match[f"m{side}"] or "").strip(" -")
    stepped = rule("quantities.stepped").search(text[max(0, match.start() - 24):match.start()])
    if stepped and (stepped["w"].lower() == "from" or (upper.multiplier > 1 and match["to"])):
        # "rose 3 to 5 billion" may be both; "rose 3 billion to 5 billion" is a step
        return upper if magnitude or stepped["w"].lower() == "from" else None
    rate = re.fullmatch(r"%|per ?cent|pct", magnitude) is not None
    if rate and not of_rates:
        return _whole_or_none(text, start, end, upper)  # "climbed 5.9 percent to 60.85 billion ringgit"
    own = bool(magnitude) and not rate
    low = written(number, number, magnitude if own else "")
    if low is None:
        return None
    value = low.value if own else low.value * upper.multiplier
    if not 0 < value < upper.value:
        return _whole_or_none(text, start, end, upper)
    if low.decimals == 0 and re.fullmatch(r"(?:19|20)\d\d", number):
        return upper if text[start - 1] == " " else None
    if not whole(text, match.start(f"n{side}"), max(match.end(f"n{side}"), match.end(f"m{side}"))):
        return None
    multiplier = low.multiplier if own else upper.multiplier
    return Written(text[match.start():start] + upper.text, value, low.decimals, multiplier, upper.value)


def _reach(text: str, start: int, ranged: Written, upper: Written) -> int:
    """How far before its upper end a range begins."""
    return len(ranged.text) - len(upper.text) if ranged.upper is not None else 0


def _sharing(text: str, figure: Figure, others: list[Figure]) -> Iterator[Figure]:
    """Numbers before a figure that share its unit: "26.8, 24.2 and 22.2 per cent"."""
    start = figure.start
    if figure.sort == "money" and (match := rule("quantities.shared_behind").match(text, figure.end)):
        low, high = match.span("n")[0], match.end()
        if all(high <= other.start or low >= other.end for other in others):
            value = None if _two_readings(match["n"], match["m"]) else written(text[low:high], match["n"], match["m"])
            if value is not None and whole(text, low, high):
                yield replace(figure, start=low, end=high, written=value, sign="", alt=None, alt_unit=None)
    if figure.sort != "percent" or figure.written.upper is not None:
        return
    while match := rule("quantities.shared").search(text, max(0, start - 24), start):
        low, high = match.span("n")
        if any(low < other.end and other.start < high for other in others) or re.fullmatch(r"(?:19|20)\d\d", match["n"]):
            return
        value = written(match["n"], match["n"])
        if value is None or not whole(text, low, high):
            return
        yield replace(figure, start=low, end=high, written=value, sign="", alt=None, alt_unit=None)
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
