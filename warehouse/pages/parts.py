"""What a brief is made of: sections with tables, sentences and what is not held; and sentences that ``check`` supports.

A sentence is printed only where ``check`` supports every claim in it on the same lake; those it does not are kept apart, and no page
shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask import answers, ranks
from warehouse.ask.answers import Figure
from warehouse.ask.publishers import Publishers, possessive
from warehouse.ask.tables import Table
from warehouse.claims.check import book_for, check
from warehouse.claims.read.dating import read_dated
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period

FLOWS = ("export", "import", "balance")


@dataclass(frozen=True)
class News:
    """One claim of an article and how it fared: what it was of in our own words, never the article's sentence."""

    title: str
    url: str
    published: date | None
    claimed: str
    verdict: str
    said: str
    printable: str


@dataclass(frozen=True)
class Section:
    """One heading with its tables, sentences and gaps."""

    title: str
    tables: tuple[Table, ...] = ()
    sentences: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """What is known in general, without a figure."""
    lists: tuple[Listing, ...] = ()
    news: tuple[News, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A small table that is shown and not folded: texts and numbers under names."""

    title: str
    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    datasets: tuple[str, ...] = ()
    """Whose figures stand in it."""


@dataclass(frozen=True)
class Brief:
    """A brief. ``unsupported`` are sentences that ``check`` did not support and that are therefore not in it."""

    kind: str
    """pair or country."""
    areas: tuple[str, ...]
    year: int
    title: str
    deck: str
    """What it is of and up to when, in a line."""
    key: tuple[Figure, ...]
    """The figures at the top."""
    sections: tuple[Section, ...]
    unsupported: tuple[str, ...] = ()

    @property
    def datasets(self) -> frozenset[str]:
        """Every dataset of which a figure stands in it."""
        return frozenset([f.dataset for f in self.key] + [
            row["dataset"] for section in self.sections for table in section.tables for row in table.records] + [
            name for section in self.sections for listing in section.lists for name in listing.datasets])

    @property
    def versions(self) -> frozenset[str]:
        """Every version of a figure that stands in it."""
        return frozenset([f.version_id for f in self.key] + [
            row["version_id"] for section in self.sections for table in section.tables for row in table.records if row.get("version_id")])


def finished(con: duckdb.DuckDBPyConnection, brief: Brief, words: Words, on: date) -> Brief:
    """The brief with the sentences that ``check`` supports, as of a day, and the others apart. For one that is not supported its
    alternatives are tried in their order (``Words.instead``).
    """
    wanted = {s: [(s,), *words.instead.get(s, ())] for section in brief.sections for s in section.sentences}
    chosen: dict[str, tuple[str, ...]] = {}
    tried: dict[str, bool] = {}
    for step in range(max(map(len, wanted.values()), default=0)):
        open_ = {s: choices[step] for s, choices in wanted.items() if s not in chosen and step < len(choices)}
        asked = [each for each in once(each for choice in open_.values() for each in choice) if each not in tried]
        held = _supported(con, asked, on)
        tried.update({each: each in held for each in asked})
        chosen.update({s: choice for s, choice in open_.items() if all(tried[each] for each in choice)
                       or (step == len(wanted[s]) - 1)})
    sections = tuple(replace(section, sentences=once(each for s in section.sentences for each in chosen[s] if tried[each]))
                     for section in brief.sections)
    return replace(brief, sections=sections, unsupported=tuple(s for choice in chosen.values() for s in choice if not tried[s]))


def _supported(con: duckdb.DuckDBPyConnection, sentences: Sequence[str], on: date) -> frozenset[str]:
    """Those of which ``check`` finds at least one claim and supports each. One by one, as a reader may ask: no sentence helps another."""
    readings = {sentence: read_dated(sentence, published=on.isoformat()) for sentence in sentences}
    good: list[str] = []
    if not sentences:
        return frozenset()
    with book_for(con, readings.values()) as book:
        for sentence, reading in readings.items():
            report = check(con, reading, book=book)
            if report.claims and all(one.verdict == "supported" for one in report.claims):
                good.append(sentence)
    return frozenset(good)


class Words:
    """Sentences of figures, as ``check`` reads them."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._publishers = Publishers(con)
        self._said = dict(con.execute("SELECT dataset, attribution FROM ref.dataset").fetchall())
        self.instead: dict[str, list[tuple[str, ...]]] = {}
        """Of a sentence that leaves something to its neighbour, or says two things, what is said instead: whole, then taken apart."""

    def told(self, figures: Iterable[Figure]) -> list[str]:
        """A sentence for each figure; of several of one table and period the first says whose they are."""
        made, before = [], None
        for f in figures:
            made.append(self._told(f, whose=(f.dataset, f.period_start, f.period_end) != before or f.account == "statement"))
            before = (f.dataset, f.period_start, f.period_end)
        return made

    def _told(self, f: Figure, whose: bool) -> str:
        """The level of a figure, with the growth that its publisher prints: ``rose 17.6 percent to CNY 722.01 billion in 2024``."""
        level, growth = self.level(f), self.growth(f)
        both = growth.replace(f" percent in {spoken(f)}", f" percent to {amount(f)} in {spoken(f)}") if growth else level
        ways: list[tuple[str, ...]] = [(both,), (level, growth)] if growth else [(both,)]
        if not whose and both.startswith("By "):
            ways.insert(0, (both.partition(", ")[2],))
        self.instead[ways[0][0]] = ways[1:]
        return ways[0][0]

    def level(self, f: Figure) -> str:
        assert f.value is not None
        toward = {"export": "exports", "import": "imports", "total": "total trade"}.get(f.flow) or (
            f"trade {'surplus' if f.value >= 0 else 'deficit'}")
        verb = "were" if f.flow in ("export", "import") else "was"
        return self._whose(f, f"{own(f.reporter)} {toward}{_goods(f)}{_with(f)} {verb} {amount(f)} in {spoken(f)}")

    def growth(self, f: Figure) -> str:
        """Of a published growth; one that we compute is in the table and not in a sentence."""
        if f.growth_pct is None or f.growth_how != "published" or f.flow not in ("export", "import", "total"):
            return ""
        toward = {"export": "exports", "import": "imports", "total": "total trade"}[f.flow]
        way = "rose" if f.growth_pct >= 0 else "fell"
        return self._whose(f, f"{own(f.reporter)} {toward}{_goods(f)}{_with(f)} {way} {abs(f.growth_pct)} percent in {spoken(f)}")

    def place(self, made: ranks.Ranking, partner: str) -> str:
        found = made.place(partner)
        if found is None or not found.decided:
            return ""
        ordinal = {1: "", 2: "second-", 3: "third-", 4: "fourth-", 5: "fifth-", 6: "sixth-", 7: "seventh-", 8: "eighth-", 9: "ninth-",
                   10: "tenth-"}.get(found.lowest)
        if ordinal is None:
            return ""
        within = "" if made.universe == answers.WORLD else f" within {made.universe}"
        what = {"export": "export market", "import": "source of imports"}.get(made.flow, "trading partner")
        return f"{name_of(partner)} was {own(made.reporter)} {ordinal}largest {what}{within} in {made.period}."

    def share(self, made: ranks.Ranking, partner: str) -> Iterator[str]:
        found = made.place(partner)
        if found is not None and found.share_pct is not None and not found.implied:
            what = {"export": "exports", "import": "imports"}.get(made.flow, "total trade")
            yield f"{name_of(partner)} accounted for {found.share_pct} percent of {own(made.reporter)} {what} in {made.period}."

    def _whose(self, f: Figure, said: str) -> str:
        if f.account == "statement":
            return f"{said}, as stated by {(self._said[f.dataset] or f.dataset).removeprefix('As stated by ')}."
        called = self._publishers.called(f.publisher)
        return f"By {called}, {said}." if called else f"{said}."


def _goods(f: Figure) -> str:
    """A product by its code with its list, which is how ``check`` takes goods for those that a table counts; nothing of all goods."""
    return "" if f.product == "TOTAL" else f" of {f.classification} {f.product}"


def _with(f: Figure) -> str:
    if f.partner == answers.WORLD:
        return ""
    return {"export": " to ", "import": " from "}.get(f.flow, " with ") + f.partner_name


def spoken(f: Figure) -> str:
    """A period inside a sentence: ``2024``, ``June 2024``, ``the first half of 2024``, ``January to October 2024``."""
    start, end = f.period_start, f.period_end
    if (start.month, end.month, start.year) == (1, 12, end.year):
        return str(start.year)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start:%B %Y}"
    if start.year == end.year and start.month == 1:
        return {3: f"the first quarter of {end.year}", 6: f"the first half of {end.year}"}.get(end.month, f"January to {end:%B %Y}")
    return str(Period(start, end))


def amount(f: Figure) -> str:
    """With as many digits as its publisher printed, two decimals at most: ``RM484.12 billion``. A balance without its sign."""
    assert f.value is not None
    symbol = {"USD": "US$", "MYR": "RM"}.get(f.currency, f"{f.currency} ")
    for size, word in ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million")):
        if abs(f.value) >= size:
            known = f.decimals + len(str(int(size))) - len(str(f.unit_multiplier))
            return f"{symbol}{abs(f.value) / size:,.{max(0, min(2, known))}f} {word}"
    return f"{symbol}{abs(f.value):,.0f}"


def measured(figures: Iterable[Figure]) -> list[Figure]:
    """Without statements of what a table has: of one flow, period and currency the table's figure alone."""
    found = list(figures)
    printed = {_place(f) for f in found if f.account != "statement"}
    return [f for f in found if f.account != "statement" or _place(f) not in printed]


def _place(f: Figure) -> tuple[object, ...]:
    return f.reporter, f.partner, f.flow, f.classification, f.product, f.period_start, f.period_end, f.currency


def ending(table: Table, asked: int | None = None, newest: str = "") -> Table:
    """The table with a sentence that says with which period it ends, of whom, and why: ``asked`` is the year that was asked for and cuts
    what is newer; ``newest`` says what its last periods are.
    """
    rows = [row for row in table.records if row.get("value") is not None]
    last: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = own(row["reporter"])
        if name not in last or row["period_end"] > last[name]["period_end"]:
            last[name] = row
    ends = {name: row["period"] for name, row in last.items()}
    if not ends:
        return table
    if not newest:
        whole = {(row["period_end"] - row["period_start"]).days > 360 for row in rows}
        newest = f"the newest {'one' if len(whole) > 1 else 'year' if whole.pop() else 'month'} held"
    if asked is not None and all(row["period_end"].year == asked for row in last.values()):
        return replace(table, ends=f"Ends with {asked}, the year asked for.")
    if len(set(ends.values())) == 1:
        return replace(table, ends=f"Ends with {next(iter(ends.values()))}, {newest}.")
    told = " and ".join(f"{end} ({name} account)" for name, end in ends.items())
    return replace(table, ends=f"Ends with {told}, each {newest}.")


def ended(when: Period) -> str:
    """The end of a period as people name it: ``2024`` of a year, ``Jun 2026`` of a part of one."""
    whole = (when.start.month, when.end.month, when.start.year) == (1, 12, when.end.year)
    return str(when.end.year) if whole else str(Period(when.end.replace(day=1), when.end))


def own(area: str) -> str:
    """An area's name with its apostrophe."""
    return possessive(name_of(area))


def once(sentences: Iterable[str]) -> tuple[str, ...]:
    """In order, each once, none empty."""
    return tuple(dict.fromkeys(s for s in sentences if s))


def year_of(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def typed(when: Period) -> str:
    """A period as a command takes it."""
    if (when.start.year, when.start.month, when.end.month) == (when.end.year, 1, 12):
        return str(when.start.year)
    first, last = f"{when.start:%Y-%m}", f"{when.end:%Y-%m}"
    return first if first == last else f"{first}..{last}"


def runs(years: Sequence[int]) -> str:
    """``2009–2012, 2015``."""
    found: list[list[int]] = []
    for year in years:
        if found and year == found[-1][-1] + 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in found)
