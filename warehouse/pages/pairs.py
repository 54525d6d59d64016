"""What a brief about two countries holds: sections of tables, sentences made of their figures, and what is not held.

A sentence is printed only where ``check`` supports every claim in it on the same lake; those it does not are kept apart, and no page shows
them. How a page looks is ``warehouse.pages.brief``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask import accounts, answers, mirrors, ranks, tables
from warehouse.ask.answers import Figure
from warehouse.ask.publishers import Publishers, possessive
from warehouse.ask.tables import Table
from warehouse.claims.check import book_for, check
from warehouse.claims.read.dating import read_dated
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period
from warehouse.schema.errors import UsageError

COMPARED_IN = "USD"
GROUPS = 30
"""Members of the largest group in which a place is looked for: larger ones are no list that anybody ranks by."""

REVISED = 6
"""Figures whose revisions are shown, the largest changes first."""


@dataclass(frozen=True)
class Section:
    """One heading with its tables, sentences and gaps."""

    title: str
    tables: tuple[Table, ...] = ()
    sentences: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """What is known in general, without a figure."""


@dataclass(frozen=True)
class Brief:
    """A brief of a pair. ``unsupported`` are sentences that ``check`` did not support and that are therefore not in it."""

    one: str
    other: str
    year: int
    sections: tuple[Section, ...]
    unsupported: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{name_of(self.one)} and {name_of(self.other)}: goods trade to {self.year}"


def brief(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int | None, on: date) -> Brief:
    """Both accounts of a pair to a year, the newest whole one held where none is named. ``on`` is the day by which the
    sentences are checked.

    Raises UsageError where no year of the pair is held, or not that one.
    """
    by_year = _by_year(con, one, other)
    if not by_year:
        raise UsageError(f"no whole year of trade between {name_of(one)} and {name_of(other)} is held: entrepot datasets says what is, "
                         f"entrepot get takes months and other periods")
    chosen = year if year is not None else _usual(by_year)
    if chosen not in by_year:
        raise UsageError(f"no figure of {name_of(one)} and {name_of(other)} for {chosen} is held; years held: {_runs(list(by_year))}")
    by_year = {each: figures for each, figures in by_year.items() if each <= chosen}
    words = _Words(con)
    sections = [_accounts(con, one, other, by_year, words), _flows(con, one, other, chosen, by_year, words),
                *(_places(con, side, toward, list(by_year), words) for side, toward in ((one, other), (other, one))),
                _revised(con, one, other, chosen)]
    text = [sentence for section in sections for sentence in section.sentences]
    held = _supported(con, text, on)
    return Brief(one, other, chosen, tuple(replace(section, sentences=tuple(s for s in section.sentences if s in held))
                                           for section in sections), tuple(s for s in text if s not in held))


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _by_year(con: duckdb.DuckDBPyConnection, one: str, other: str) -> dict[int, list[Figure]]:
    """Each side's own account of every year: as printed, or as the sum of its months where no year is printed and all twelve are held."""
    ends = con.execute(
        "SELECT min(period_start), max(period_end) FROM mart.best WHERE (reporter, partner) IN ((?, ?), (?, ?)) "
        "AND product = 'TOTAL'",
        [one, other, other, one]).fetchone()
    if ends is None or ends[0] is None:
        return {}
    printed: dict[int, list[Figure]] = {}
    for f in answers.get(con, one, other, Period(*ends), yearly=True, sums=False):
        if f.period_start.year == f.period_end.year:
            printed.setdefault(f.period_start.year, []).append(f)
    whole = con.execute(
        "SELECT DISTINCT reporter, year(period_start) FROM mart.best "
        "WHERE (reporter, partner) IN ((?, ?), (?, ?)) AND product = 'TOTAL' AND breakdown = '-' AND period_kind = 'M' "
        "AND account <> 'statement' GROUP BY reporter, dataset, flow, currency, year(period_start) "
        "HAVING count(*) = 12", [one, other, other, one]).fetchall()
    for reporter, year in whole:
        if not any(f.reporter == reporter and f.account != "statement" for f in printed.get(year, [])):
            printed[year] = answers.get(con, one, other, _year(year), sums=False)
    return {year: _own_accounts(con, one, other, printed[year]) for year in sorted(printed)}


def _usual(by_year: dict[int, list[Figure]]) -> int:
    """The newest year that both accounts have, or else the newest."""
    return next((year for year in reversed(by_year) if len({f.reporter for f in by_year[year]}) == 2), max(by_year))


def _own_accounts(con: duckdb.DuckDBPyConnection, one: str, other: str, found: Sequence[Figure]) -> list[Figure]:
    """Of each side what ``entrepot get`` shows."""
    return [f for side in (one, other) for f in accounts.split(con, [f for f in found if f.reporter == side])[0] if f.value is not None]


def _accounts(con: duckdb.DuckDBPyConnection, one: str, other: str, by_year: dict[int, list[Figure]], words: _Words) -> Section:
    """Total trade by both accounts over the years, in one currency, with why they differ."""
    found, gone = [], []
    for year, figures in by_year.items():
        totals = [f for f in figures if f.flow == "total"]
        inside = answers.in_currency(con, totals, COMPARED_IN)
        for side in (one, other):
            first = next((f for f in inside if f.reporter == side and f.value is not None), None)
            if first is not None:
                found.append(first)
            elif any(f.reporter == side for f in totals):
                gone.append(f"a rate by which {_own(side)} total of {year} could be compared in {COMPARED_IN}")
    last = max(by_year)
    span = range(min(by_year), last + 1)
    gone += [f"{_own(side)} total of {_runs(missing)}" for side in (one, other)
             if (missing := [year for year in span if not any(f.reporter == side and f.flow == "total" for f in by_year.get(year, []))])]
    shown = mirrors.mirrors(con, one, other, _year(last), COMPARED_IN)
    why = mirrors.explanations(shown, one, other)
    ports = [tables.of_figures([via.figure for via in row.via], f"Re-exports of goods of {name_of(row.via[0].origin)} to "
                               f"{name_of(row.via[0].destination)}, {last}, by the port's own account",
                               f"entrepot mirror {one} {other} {last}") for row in shown if row.via]
    table = tables.of_figures(found, f"Total trade by both accounts, {COMPARED_IN}", f"entrepot mirror {one} {other} {last}",
                              sorted({f.how for f in found if f.how.startswith("converted")}))
    sentences = [words.level(f) for f in by_year[last] if f.flow == "total"]
    return Section("Two accounts of the same goods", (*((table,) if found else ()), *ports), _once(sentences), tuple(gone), tuple(why))


def _flows(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, by_year: dict[int, list[Figure]], words: _Words) -> Section:
    """Exports, imports and balance of the year, over the years, and by month where months are held."""
    kinds = ("export", "import", "balance")
    mine = [f for f in by_year[year] if f.flow in kinds]
    made = [tables.of_figures(mine, f"Exports, imports and balance, {year}", f"entrepot get {one} {other} {year}")] if mine else []
    over = [f for figures in by_year.values() for f in figures if f.flow in kinds]
    years: dict[tuple[str, str], set[date]] = {}
    for f in over:
        years.setdefault((f.reporter, f.currency), set()).add(f.period_start)
    over = [f for f in over if len(years[f.reporter, f.currency]) > 1]  # one year alone is no line
    if over:
        made += [tables.of_figures([f for f in over if f.reporter == side], f"{_own(side)} exports, imports and balance by year",
                                   f"entrepot get {one} {other} YEAR") for side in (one, other) if any(f.reporter == side for f in over)]
    monthly = [f for f in _own_accounts(con, one, other, answers.get(con, one, other, Period(
        date(year - 1, 1, 1), date(year, 12, 31)), monthly=True, sums=False)) if f.flow in kinds]
    made += [tables.of_figures([f for f in monthly if f.reporter == side], f"{_own(side)} months, {year - 1} and {year}",
                               f"entrepot get {one} {other} {year - 1}-01..{year}-12 --monthly")
             for side in (one, other) if any(f.reporter == side for f in monthly)]
    gone = [f"{_own(side)} {flow}s of {year}" for side in (one, other) for flow in ("export", "import")
            if not any(f.reporter == side and f.flow == flow for f in mine)]
    if not monthly:
        gone.append(f"months of {year - 1} and {year}, of either account")
    sentences = [sentence for f in mine for sentence in (words.level(f), words.growth(f)) if sentence]
    return Section("Exports, imports, balance", tuple(made), _once(sentences), tuple(gone))


def _places(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, years: Sequence[int], words: _Words) -> Section:
    """A partner's place and share over the years: in the smallest group where it is decided, and in the newest year the whole list."""
    title = f"{name_of(partner)} among {_own(reporter)} partners"
    rows: list[dict[str, Any]] = []
    sentences, gone, newest = [], [], None
    listed = {year for (year,) in con.execute(
        "SELECT DISTINCT year(period_start) FROM mart.best WHERE reporter = ? AND flow = 'total' AND product = 'TOTAL' AND breakdown = '-' "
        "AND partner_kind = 'country' AND account <> 'statement' AND period_kind = 'A'", [reporter]).fetchall()}
    for year in years:
        found = None if year not in listed else _ranked(con, reporter, partner, _year(year))
        if found is None:
            gone.append(year)
            continue
        newest = found
        made = tables.of_ranking(found, len(found.places), "", "", ranks.sources(con, found))
        rows += [row for row in made.records if row["partner"] == partner]
        sentences = [words.place(found, partner), *words.share(found, partner)]
    missing = (f"{_own(reporter)} partners of {_runs(gone)} as a table",) if gone else ()
    if newest is None:
        return Section(title, not_held=missing)
    group = "" if newest.universe == answers.WORLD else f" --within {newest.universe}"
    shown = f"{_own(reporter)} partners{f' within {newest.universe}' if group else ''}, {newest.period}"
    table = tables.of_ranking(newest, 15, shown, f"entrepot rank {reporter} {newest.period}{group}", ranks.sources(con, newest))
    title_of_years = f"Place and share over the years{f', within {newest.universe}' if group else ''}"
    held = Table(title_of_years, table.asked, rows, table.columns, "none")
    without = ", ".join(newest.not_held)
    return Section(title, (table, held), _once(s for s in sentences if s), (*missing, *([f"in that table: {without}"] if without else [])),
                   (f"Places are bounded {newest.bounded_by}.",) if newest.assumed else ())


def _ranked(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, when: Period) -> ranks.Ranking | None:
    """The ranking in which a partner's place is decided: among all, else in its smallest group; or the last one that has it."""
    groups = [str(grp) for (grp,) in con.execute(
        "SELECT grp FROM ref.area_group WHERE valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) GROUP BY grp "
        "HAVING count(*) <= $3 AND bool_or(member = $1) ORDER BY count(*), grp", [partner, when.end, GROUPS]).fetchall()]
    found = None
    for group in (None, *groups):
        try:
            made = ranks.rank(con, reporter, when, within=group)
        except UsageError:
            continue
        place = made.place(partner)
        if place is not None and place.decided:
            return made
        found = made if place is not None and found is None else found
    return found


def _revised(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int) -> Section:
    """Figures of the pair whose later releases differ from the first one, the largest changes first."""
    made = []
    for reporter, partner, flow, chain, currency, start, end in con.execute(
            "SELECT reporter, partner, flow, chain, currency, period_start, period_end FROM mart.vintages "
            "WHERE (reporter, partner) IN ((?, ?), (?, ?)) AND product = 'TOTAL' AND breakdown = '-' AND vintage > 1 "
            "AND year(period_end) <= ? AND change_from_first_pct <> 0 GROUP BY ALL "
            "ORDER BY max(abs(change_from_first_pct)) DESC, reporter, flow, chain, currency, period_start LIMIT ?",
            [one, other, other, one, year, REVISED]).fetchall():
        when = Period(start, end)
        rows = [row for row in answers.versions(con, reporter, partner, when, flow=flow) if (row["chain"], row["currency"]) == (
            chain, currency)]
        made.append(tables.of_versions(rows, reporter, partner, f"{_own(reporter)} {flow} of {when}, by release",
                                       f"entrepot revisions {reporter} {partner} --period {_typed(when)} --flow {flow}"))
    return Section("What was revised", tuple(made), not_held=() if made else (
        f"a later release of a figure to {year} that differs from its first",))


def _typed(when: Period) -> str:
    """A period as a command takes it."""
    if (when.start.year, when.start.month, when.end.month) == (when.end.year, 1, 12):
        return str(when.start.year)
    first, last = f"{when.start:%Y-%m}", f"{when.end:%Y-%m}"
    return first if first == last else f"{first}..{last}"


class _Words:
    """Sentences of figures, as ``check`` reads them."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._publishers = Publishers(con)
        self._said = dict(con.execute("SELECT dataset, attribution FROM ref.dataset").fetchall())

    def level(self, f: Figure) -> str:
        assert f.value is not None
        toward = {"export": "exports to", "import": "imports from", "total": "total trade with"}.get(f.flow) or (
            f"trade {'surplus' if f.value >= 0 else 'deficit'} with")
        verb = "were" if f.flow in ("export", "import") else "was"
        return self._whose(f, f"{_own(f.reporter)} {toward} {f.partner_name} {verb} {_amount(f)} in {Period(f.period_start, f.period_end)}")

    def growth(self, f: Figure) -> str:
        """Of a published growth; one that we compute is in the table and not in a sentence."""
        if f.growth_pct is None or f.growth_how != "published" or f.flow not in ("export", "import", "total"):
            return ""
        toward = {"export": "exports to", "import": "imports from", "total": "total trade with"}[f.flow]
        way = "rose" if f.growth_pct >= 0 else "fell"
        return self._whose(f, f"{_own(f.reporter)} {toward} {f.partner_name} {way} {abs(f.growth_pct)} percent in "
                              f"{Period(f.period_start, f.period_end)}")

    def place(self, made: ranks.Ranking, partner: str) -> str:
        found = made.place(partner)
        if found is None or not found.decided:
            return ""
        ordinal = {1: "", 2: "second-", 3: "third-", 4: "fourth-", 5: "fifth-", 6: "sixth-", 7: "seventh-", 8: "eighth-", 9: "ninth-",
                   10: "tenth-"}.get(found.lowest)
        if ordinal is None:
            return ""
        within = "" if made.universe == answers.WORLD else f" within {made.universe}"
        return f"{name_of(partner)} was {_own(made.reporter)} {ordinal}largest trading partner{within} in {made.period}."

    def share(self, made: ranks.Ranking, partner: str) -> Iterator[str]:
        found = made.place(partner)
        if found is not None and found.share_pct is not None and not found.implied:
            yield f"{name_of(partner)} accounted for {found.share_pct} percent of {_own(made.reporter)} total trade in {made.period}."

    def _whose(self, f: Figure, said: str) -> str:
        if f.account == "statement":
            return f"{said}, as stated by {(self._said[f.dataset] or f.dataset).removeprefix('As stated by ')}."
        called = self._publishers.called(f.publisher)
        return f"By {called}, {said}." if called else f"{said}."


def _amount(f: Figure) -> str:
    """With as many digits as its publisher printed, two decimals at most."""
    assert f.value is not None
    symbol = {"USD": "US$", "MYR": "RM"}.get(f.currency, f"{f.currency} ")
    for size, word in ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million")):
        if abs(f.value) >= size:
            known = f.decimals + len(str(int(size))) - len(str(f.unit_multiplier))
            return f"{symbol}{abs(f.value) / size:,.{max(0, min(2, known))}f} {word}"
    return f"{symbol}{abs(f.value):,.0f}"


def _supported(con: duckdb.DuckDBPyConnection, sentences: Sequence[str], on: date) -> frozenset[str]:
    """Those of which ``check`` finds at least one claim and supports each. One by one, as a reader may ask: no sentence helps another."""
    readings = {sentence: read_dated(sentence, published=on.isoformat()) for sentence in sentences}
    good = []
    with book_for(con, readings.values()) as book:
        for sentence, reading in readings.items():
            report = check(con, reading, book=book)
            if report.claims and all(one.verdict == "supported" for one in report.claims):
                good.append(sentence)
    return frozenset(good)


def _own(area: str) -> str:
    return possessive(name_of(area))


def _once(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentences))


def _runs(years: Sequence[int]) -> str:
    """``2009–2012, 2015``."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
