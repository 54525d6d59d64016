"""When: the periods that a text names, resolved against its day and against the period it was last about.

The wordings are ``vocabulary/periods.toml``; the rules they name are here. Nothing is taken from today.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Literal

from warehouse.claims.limits import FIRST_YEAR, LAST_YEAR
from warehouse.claims.model import Published
from warehouse.claims.phrases.fiscal import FiscalYear
from warehouse.claims.phrases.numbers import spelt
from warehouse.claims.phrases.rules import rule
from warehouse.claims.vocabulary import HERE, alternatives, vocabulary
from warehouse.schema.errors import UsageError


@dataclass(frozen=True, order=True)
class Span:
    """From a first to a last month, both within; months counted from year 0. ``years`` where only years are meant."""

    first: int
    last: int
    years: bool = False

    def __str__(self) -> str:
        """YYYY, YYYY-MM, or from/to."""
        if self.years:
            low, high = self.first // 12, self.last // 12
            return str(low) if low == high else f"{low}/{high}"
        low_text, high_text = (f"{at // 12}-{at % 12 + 1:02d}" for at in (self.first, self.last))
        return low_text if self.first == self.last else f"{low_text}/{high_text}"

    def before(self, months: int) -> Span:
        """The same stretch so many months earlier."""
        return Span(self.first - months, self.last - months, self.years)

    @property
    def year(self) -> int:
        return self.last // 12


def year(number: int) -> Span:
    return Span(number * 12, number * 12 + 11, True)


def months(number: int, first: int, last: int) -> Span:
    """Months of one year; from a later month to an earlier one it began the year before."""
    if (first, last) == (1, 12):
        return year(number)
    return Span((number - (first > last)) * 12 + first - 1, number * 12 + last - 1)


@dataclass(frozen=True)
class When:
    """What "last year" and "in March" are resolved against."""

    published: Published
    focus: Span | None = None
    """The period the text was last about."""
    spoken_month: Span | None = None
    """The last single month it spoke of."""
    stretch: Span | None = None
    """The last longer period it spoke of."""
    fiscal: FiscalYear | None = None
    """The year that "fiscal 2024" and "2024-25" are of."""

    @property
    def year(self) -> int | None:
        return self.published.day.year if self.published.day else None

    @property
    def month(self) -> int | None:
        """Month of publication; None where only the year is known."""
        return self.published.day.month if self.published.day and self.published.precision in ("day", "month") else None

    def month_or_focus(self) -> Span | None:
        return self.spoken_month if self.spoken_month is not None else self.focus

    def latest(self, last_month: int) -> int | None:
        """The year of the latest stretch that ends with this month and had ended on the day of publication."""
        if self.year is None:
            return self.focus.year if self.focus else None
        if self.month is None:
            return self.year
        day = self.published.day
        over = last_month < self.month or (last_month == self.month and day is not None
                                           and (self.published.precision != "day" or day.day > 24))
        return self.year if over else self.year - 1


@dataclass(frozen=True)
class Mention:
    """A period where it stands in a sentence."""

    start: int
    end: int
    means: str
    span: Span | None
    compared: bool = False
    """It says itself that it is compared with."""
    bare_month: bool = False
    month: int | None = None
    """The month named, where a single one is."""
    dated: bool = False
    """It states its year in figures."""
    offset: int | None = None
    """Months before the figure's own period, where that is all it says."""


@dataclass(frozen=True)
class _Rule:
    body: str
    means: str
    compared: bool
    needs: tuple[str, ...]
    """Lower-case pieces of which the text must hold one for the pattern to be worth trying."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a text first has what it needs: all of them took a tenth of a second of every ``check``."""
        return re.compile(rf"(?<![\w$.,/])(?:{self.body})(?![\w%])", re.IGNORECASE)


@cache
def _rules() -> tuple[tuple[_Rule, ...], re.Pattern[str]]:
    import tomllib

    with (HERE / "periods.toml").open("rb") as file:
        data = tomllib.load(file)
    vocab = vocabulary()
    names = "|".join(sorted(("(?-i:" + form.capitalize() + r")(?![a-z])" for form in vocab.months), key=len, reverse=True))
    upper = "|".join("(?-i:" + form.upper() + r")(?![A-Za-z])" for form in sorted(vocab.months, key=len, reverse=True) if form != "may")
    one_month = rf"(?:{names}|{upper})\.?(?:'\d\d)?"
    number = rf"(?:\d{{1,2}}|{alternatives(vocab.numbers)})"

    def body(words: str) -> str:
        seen: set[str] = set()

        def part(found: re.Match[str]) -> str:
            name = found[1]
            pattern = {"n": number, "y": rule("periods.year").pattern, "y2": r"\d\d\b", "m": one_month, "m2": one_month, "d": r"\d{1,2}",
                       "gap": r"[ -]*", "q": r"first|second|third|fourth|final|last|1st|2nd|3rd|4th",
                       "half": r"first|second|latter|1st|2nd"}.get(name)
            if pattern is None:
                return found[0]
            if name == "gap":
                return pattern
            group = {"y2": "ys"}.get(name, name)
            if group in seen:
                return f"(?:{pattern})"
            seen.add(group)
            return f"(?P<{group}>{pattern})"

        filled = re.sub(r"\{(\w+)\}", lambda found: found[0] if found[1].isdigit() else part(found), words)
        return filled.replace("{{", "{").replace("}}", "}")

    def needs(pieces: list[str]) -> tuple[str, ...]:
        return tuple(vocab.months) if pieces == ["{m}"] else tuple(pieces)

    rules = tuple(_Rule(body(line["words"]), line["means"], compared, needs(line.get("needs", [])))
                  for compared, name in ((True, "bases"), (False, "rules")) for line in data[name])
    trigger = re.compile(rf"\d|month|quarter|half|halves|year|period|ytd|first|{'|'.join(vocab.months)}", re.IGNORECASE)
    return rules, trigger


def mentions(text: str, when: When, taken: list[tuple[int, int]]) -> list[Mention]:
    """Every period named in a sentence, longest first where they overlap, none over the spans already taken."""
    rules, trigger = _rules()
    if not trigger.search(text):
        return []
    found: list[tuple[int, int, _Rule, re.Match[str]]] = []
    lower = text.lower()
    for wording in rules:
        if wording.needs and not any(piece in lower for piece in wording.needs):
            continue
        for match in wording.pattern.finditer(text):
            if match.end() > match.start():
                found.append((match.start(), match.end(), wording, match))
    found.sort(key=lambda one: (one[0] - one[1], one[0]))
    kept: list[tuple[int, int, _Rule, re.Match[str]]] = []
    spans = list(taken)
    for one in found:
        if all(one[1] <= low or one[0] >= high for low, high in spans):
            spans.append((one[0], one[1]))
            kept.append(one)
    kept.sort(key=lambda one: one[0])
    out: list[Mention] = []
    focus = when.focus
    for start, end, wording, match in kept:
        if _not_a_period(text, start, end, wording.means):
            continue
        now = replace(when, focus=focus)
        span, offset = _resolve(wording.means, match.groupdict(), now, match[0].lower())
        bare = wording.means == "month" and not match.groupdict().get("y") and "last" not in match[0].lower()
        month = _month(str(match["m"])) if wording.means == "month" else None
        dated = re.search(r"(?:19|20)\d\d|\d[MQH]\d\d|'\d\d", match[0]) is not None
        out.append(Mention(start, end, wording.means, span, wording.compared, bare, month, dated, offset))
        if span is not None and not wording.compared and not rule("periods.aside").search(text[max(0, start - 30):start]):
            focus = span
    return out


def _not_a_period(text: str, start: int, end: int, means: str) -> bool:
    """"may" the verb at the start of a sentence, "March" the walk, a year that is a number of something."""
    if means == "month" and text[start:end] == "May":
        return not (rule("periods.may_before").search(text[:start]) or rule("periods.may_behind").match(text[end:]))
    if rule("periods.title").search(text[:start]):
        return True  # "as reported in the External Trade Statistics Bulletin, October 2021"
    if means == "month" and text[:start].endswith(" on ") and re.match(r"[A-Za-z]+\.? \d{1,2}(?!\d)", text[start:]):
        return True  # "showed on July 14" dates the report
    if text[start:end].lower() in ("the year", "the month") and text[:start].endswith("on "):
        return True  # "up 14 per cent on the year"
    if text[start:end].lower() in ("the year", "this year") and rule("periods.best_of").search(text[:start]):
        return True  # "the largest of the year" ranks another period
    if text[start:end].lower() == "the year" and rule("periods.year_of").match(text[end:]):
        return True  # "1974, the year ties began"
    if means == "first months" and rule("periods.in_so_long").search(text[:start]):
        return True
    if means != "year":
        return False
    named = text[start].isdigit() and rule("periods.named_after").search(text[:start]) is not None
    return named or rule("periods.numbers_of").match(text[end:]) is not None


def _year(said: str | None, when: When) -> int | None:
    """The year that words name, or None where only the day of publication could tell."""
    if not said:
        return None
    said = said.lower().removeprefix("the ").removeprefix("year ")
    if said[:1].isdigit():
        return int(said)
    if said.startswith("'"):
        return 2000 + int(said[1:])
    if said in ("this year", "current year"):
        return when.year
    if said == "last year":
        return when.year - 1 if when.year else None
    if said == "year":
        return when.year or (when.focus.year if when.focus else None)
    if said in ("previous year", "preceding year", "year before"):
        if when.focus is not None:
            return when.focus.year - 1
        return when.year - 1 if when.year else None
    return when.focus.year if when.focus else None


def _count(said: str) -> int:
    return int(said) if said.isdigit() else spelt(said)


def _month(said: str) -> int:
    return vocabulary().months[re.sub(r"[.']\d*$|\.$", "", said.lower()).rstrip(".")]


Groups = dict[str, str | None]


def _resolve(means: str, groups: Groups, when: When, words: str) -> tuple[Span | None, int | None]:
    """The span, and for a comparison how many months back it lies."""
    said = groups.get("y")
    if groups.get("ys"):
        said = "20" + str(groups["ys"])
    number = _year(said, when)
    if said and number is None and means not in ("year before", "month year before", "same"):
        return None, None
    return _RULES[means](groups, when, number, words)


Resolved = tuple[Span | None, int | None]


def _first_months(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    count = _count(str(groups.get("n") or groups.get("d")))
    number = number or when.latest(count)
    return (months(number, 1, count), None) if number and 1 <= count <= 12 else (None, None)


def _last_months(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    """"During the last nine months", told in November, are January to September; any other count ends with the last full month."""
    count, end = _count(str(groups["n"])), when.month
    if when.year is None or end is None or count > 120:
        return None, None
    for spoken in (when.stretch, when.spoken_month):  # statistics come later than the month they end with
        if spoken is not None and 0 < when.year * 12 + end - 1 - spoken.last <= 3 and spoken.last - spoken.first + 1 in (1, count):
            return Span(spoken.last - count + 1, spoken.last), None
    if 3 < count < end:
        return months(when.year, 1, count), None
    last = when.year * 12 + end - 2
    return Span(last - count + 1, last), None


def _months_to(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    count, last = _count(str(groups["n"])), _month(str(groups["m"]))
    number = number or when.latest(last)
    return (Span(number * 12 + last - count, number * 12 + last - 1), None) if number else (None, None)


def _between(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    low, high = _month(str(groups["m"])), _month(str(groups["m2"]))
    number = number or when.latest(high)
    return (months(number, low, high), None) if number else (None, None)


def _ordinal(said: str, most: int) -> int:
    said = said.lower()
    if said.isdigit():
        return int(said)
    known = {"final": most, "last": most, "latter": 2}
    return known.get(said) or vocabulary().ordinals.get(said) or int(said[0])


def _part(groups: Groups, when: When, number: int | None, size: int) -> Resolved:
    """A quarter or a half of a year, the latest that was over where no year is named."""
    which = _ordinal(str(groups.get("q") or groups.get("half") or groups.get("d")), 12 // size)
    if not 1 <= which <= 12 // size:
        return None, None
    number = number or when.latest(which * size)
    return (months(number, (which - 1) * size + 1, which * size), None) if number else (None, None)


def _last_quarter(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    if when.year is None or when.month is None:
        return None, None
    first = (when.year * 12 + when.month - 1) // 3 * 3 - 3
    return Span(first, first + 2), None


def _to_date(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    if when.focus and not when.focus.years and when.focus.last % 12:
        return Span(when.focus.year * 12, when.focus.last), None
    if when.year is None or when.month is None or when.month == 1:
        return None, None
    return months(when.year, 1, when.month - 1), None


def _to_month(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    last = _month(str(groups["m"]))
    number = number or when.latest(last)
    return (months(number, 1, last), None) if number else (None, None)


def _one_month(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    said = str(groups["m"])
    short = re.search(r"'(\d\d)$", said)
    which = _month(said)
    if short:
        number = 2000 + int(short[1])
    if number is None:
        number = when.latest(which)
        focus = when.focus
        # A text that looks back on one year names that year's months; "last December" is never that.
        if (focus is not None and when.year is not None and number is not None and focus.year < when.year - 1 and "last" not in words):
            number = focus.year
    return (Span(number * 12 + which - 1, number * 12 + which - 1), None) if number else (None, None)


def _part_of_month(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    """"The first 20 days of July", told on the 21st: of this July."""
    which = _month(str(groups["m"]))
    if number is None and when.year is not None and when.month is not None:
        number = when.year if which <= when.month else when.year - 1
    return _one_month(groups, when, number, words)


def _last_month(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    if when.year is None or when.month is None:
        return None, None
    at = when.year * 12 + when.month - 2
    return Span(at, at), None


def _whole_year(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    if number is None and "full" in words and when.year:
        number = when.year - 1
    return (year(number), None) if number else (None, None)


def _years(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    low, high = str(groups["ya"]), str(groups["yb"])
    low_year, high_year = int(low), int(high) if len(high) == 4 else int(low[:2] + high)
    if when.fiscal is not None and when.fiscal.split and high_year == low_year + 1 and not re.search("between|from", words):
        return _fiscal_months(when.fiscal.first(high_year if when.fiscal.by_last else low_year), 0, 12), None
    return (Span(low_year * 12, high_year * 12 + 11, True), None) if low_year < high_year else (None, None)


def _fiscal_months(first: int, low: int, count: int) -> Span:
    return Span(first + low, first + low + count - 1)


def _fiscal(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    """"FY25", "fiscal 2024-25", "this fiscal", and quarters and halves of them."""
    if when.fiscal is None:
        return None, None
    if number is not None and re.search(r"\d{4}", words):
        ends = re.search(r"\d{4}[-/]\d", words) is not None
        first = when.fiscal.first(number + (ends and when.fiscal.by_last))
    elif number is not None and groups.get("ys"):
        first = when.fiscal.first(number + (re.search(r"\d\d[-/]\d", words) is not None and when.fiscal.by_last))
    elif when.year is not None and when.month is not None:
        first = when.fiscal.current(when.year * 12 + when.month - 1) - (12 if re.search("last|previous", words) else 0)
    else:
        return None, None
    if groups.get("n"):
        return _fiscal_months(first, 0, min(_count(str(groups["n"])), 12)), None
    if groups.get("q"):
        return _fiscal_months(first, (_ordinal(str(groups["q"]), 4) - 1) * 3, 3), None
    if groups.get("d"):
        return _fiscal_months(first, (int(str(groups["d"])) - 1) * 3, 3), None
    if groups.get("half"):
        return _fiscal_months(first, (_ordinal(str(groups["half"]), 2) - 1) * 6, 6), None
    return _fiscal_months(first, 0, 12), None


def _years_after(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    if when.focus is None:
        return None, None
    return year(when.focus.year + (_count(str(groups["n"])) if groups.get("n") else 1)), None


def _year_before(groups: Groups, when: When, number: int | None, _: str) -> Resolved:
    focus = when.focus
    if focus is None:
        return (year(number), None) if number else (None, 12)
    if number is not None and number < focus.year:
        return focus.before(12 * (focus.year - number)), 12 * (focus.year - number)
    return focus.before(12), 12


def _month_year_before(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    which = _month(str(groups["m"]))
    focus = when.focus
    if focus:
        number = focus.year - 1
    return (Span(number * 12 + which - 1, number * 12 + which - 1), 12) if number else (None, 12)


def _same(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    """"the month", "during the period": the last of its kind."""
    if "month" in words and "six" not in words:
        return when.month_or_focus(), None
    longer = when.stretch is not None and when.focus is not None and when.focus == when.spoken_month and "year" not in words
    return when.stretch if longer else when.focus, None


def _years_before(groups: Groups, when: When, number: int | None, words: str) -> Resolved:
    if when.year is None:
        return None, None
    count = _count(str(groups["n"])) if groups.get("n") else 1
    count *= 10 if "decade" in words else 100 if "century" in words else 1
    if "half" in words:
        count //= 2
    return year(when.year - count), None


def _back(count: int) -> Callable[[Groups, When, int | None, str], Resolved]:
    return lambda groups, when, number, words: (when.focus.before(count) if when.focus and not when.focus.years else None, count)


_RULES: dict[str, Callable[[Groups, When, int | None, str], Resolved]] = {
    "first months": _first_months, "last months": _last_months, "months to": _months_to, "months": _between,
    "nine months": lambda g, w, n, _: _first_months({**g, "n": "9"}, w, n, _),
    "quarter": lambda g, w, n, _: _part(g, w, n, 3), "half": lambda g, w, n, _: _part(g, w, n, 6), "last quarter": _last_quarter,
    "to date": _to_date, "to month": _to_month, "month": _one_month, "last month": _last_month, "year": _whole_year, "years": _years,
    "part of month": _part_of_month, "fiscal months": _fiscal, "fiscal": _fiscal, "fiscal part": _fiscal, "years after": _years_after,
    "year to": lambda g, w, n, _: _months_to({**g, "n": "12"}, w, n, _),
    "same": _same, "years before": _years_before,
    "year before": _year_before, "month year before": _month_year_before, "month before": _back(1), "quarter before": _back(3),
}


def published_of(said: str | None) -> Published:
    """A day of publication as typed: YYYY, YYYY-MM or YYYY-MM-DD, longer stamps by their day.

    Raises UsageError for anything else.
    """
    if not said:
        return Published(None)
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ].*)?)?)?", said.strip())
    try:
        if match is not None:
            number, month, day = int(match[1]), int(match[2] or 12), match[3]
            if not FIRST_YEAR <= number <= LAST_YEAR:
                raise ValueError(number)
            precision: Literal["day", "month", "year"] = "day" if day else "month" if match[2] else "year"
            return Published(date(number, month, int(day) if day else monthrange(number, month)[1]), precision, "option")
    except ValueError:
        pass
    raise UsageError(f"not a day: {said!r}; a text's day is typed 2025, 2025-04 or 2025-04-20")
