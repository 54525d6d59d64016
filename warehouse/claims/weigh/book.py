"""The book that a text's claims are held against: every version of the figures it may speak of, read from the lake once.

What was known at a moment is then read off in Python: a text has many claims, each of which is held against several accounts,
currencies and moments, and one query on the lake costs more than all of that. Verdicts are ``verdicts`` and the modules of the
kinds; the queries are ``warehouse/ask/queries/claim_*.sql``.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import duckdb

from warehouse.ask.answers import WORLD, query, rows
from warehouse.ask.publishers import Publishers, possessive
from warehouse.ask.ranks import Ranking, rank
from warehouse.claims.limits import MOST_DESKS
from warehouse.claims.weigh.facts import Fact, Page, Rate, Stated, fact_of, is_bound, known_since, months_of, together
from warehouse.reference import products as products_
from warehouse.reference.periods import Period
from warehouse.reference.products import OWN
from warehouse.schema.errors import UsageError

_FAR = (date(1900, 1, 1), date(2999, 12, 31))

_LISTED = re.compile(r"((?:HS|SITC)[\d-]*) (?:[a-z]+ )?(\d+)")
"""Goods by code in a text, as ``warehouse.claims.phrases.marks`` finds them."""
_TODAYS_UNION = "EU27_2020"
"""A text says "the EU" of whichever members it has: figures of its present ones answer to both names."""

_OLD = 5 * 365
"""A figure released so many days after its period is of another revision than news of that period."""

_LEARNED = 20
"""So many revised figures make a band of their own; until then the publisher's counts, where none was revised by more."""

_ASIDE = itertools.count(1)
"""Numbers of databases beside a lake, never one twice: what a book that failed left behind is in nobody's way."""


class Book:
    """All versions of the figures between some areas, with what else a check asks the lake for.

    It attaches small databases beside the lake as it is asked; ``close`` (or a ``with``) lets go of them however a check ended.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, areas: Iterable[str], products: Iterable[str] = ()) -> None:
        self.con = con
        named = {*areas, WORLD}
        self.areas = sorted(named | ({_TODAYS_UNION} if "EU" in named else set()))
        self._facts: dict[tuple[str, str, str, str], list[Fact]] = defaultdict(list)
        self._products: set[str] = set()
        for product in ("TOTAL", *products):
            self.add_product(product)
        self._vintages: dict[tuple[Any, ...], list[Fact]] = {}
        self._rates: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
        self._currencies: dict[tuple[str, str, Period], bool] = {}
        self._averages: dict[tuple[str, str, Period], list[Rate]] = {}
        self._desks: dict[tuple[str, datetime | None], duckdb.DuckDBPyConnection] = {}
        self._rankings: dict[tuple[Any, ...], Ranking | None] = {}
        self._pages: dict[str, Page] = {}
        self._tables: dict[tuple[str, datetime | None], set[tuple[Period, str]]] = {}
        self._copies: dict[str, str] = {}
        self._beside: dict[duckdb.DuckDBPyConnection, str] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every database that was attached beside the lake. The book can be asked again, and attaches what it needs anew."""
        self._desks.clear()
        self._copies.clear()
        for con in list(self._beside):
            self._let_go(con)

    def _let_go(self, con: duckdb.DuckDBPyConnection) -> None:
        name = self._beside.pop(con)
        con.close()
        with suppress(duckdb.Error):  # an engine that is gone has let go of all
            self.con.execute(f"DETACH DATABASE IF EXISTS {name}")

    def add_product(self, product: str) -> None:
        """Read the figures of one product, once: all goods, or a code with its list, by which its facts are found."""
        if product in self._products:
            return
        self._products.add(product)
        wanted = products_.parse(product)
        for row in rows(self.con, query("claim_figures"), {"reporters": self.areas, "partners": self.areas, "products": [wanted.code],
                                                           "start": _FAR[0], "end": _FAR[1]}):
            if wanted != products_.TOTAL and not wanted.of(row["classification"]):
                continue
            row["product"] = product
            by = self.publishers.called(row["chain"].split(".")[0]) or self.publishers.account_of(row["reporter"])
            fact = fact_of(row, by, frozen=row["dataset"] in self._frozen)
            self._facts[fact.reporter, fact.partner, fact.product, fact.flow].append(fact)
            if _TODAYS_UNION in (fact.reporter, fact.partner):
                sides = ("EU" if area == _TODAYS_UNION else area for area in (fact.reporter, fact.partner))
                self._facts[*sides, fact.product, fact.flow].append(fact)  # type: ignore[index]

    @cached_property
    def publishers(self) -> Publishers:
        """Who the publishers of the lake are."""
        return Publishers(self.con)

    @cached_property
    def _frozen(self) -> set[str]:
        """Datasets whose pages are never overwritten."""
        return {name for name, in self.con.execute("SELECT dataset FROM ref.dataset WHERE revision_mode = 'frozen'").fetchall()}

    # ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def versions(self, reporter: str, partner: str, flow: str, period: Period, product: str = "TOTAL") -> list[Fact]:
        """Every version of a printed figure in every edition, stated bounds apart, in order of release."""
        return [fact for fact in self._facts.get((reporter, partner, product, flow), ()) if fact.period == period and not is_bound(fact)]

    def bounds(self, reporter: str, partner: str, flow: str, period: Period) -> list[Fact]:
        """What was only stated as a bound ("less than", "more than")."""
        return [fact for fact in self._facts.get((reporter, partner, "TOTAL", flow), ()) if fact.period == period and is_bound(fact)]

    def periods(self, reporter: str, partner: str, flow: str) -> list[Period]:
        """Periods of which any version is held."""
        return sorted({fact.period for fact in self._facts.get((reporter, partner, "TOTAL", flow), ())}, key=lambda p: (p.end, p.start))

    def vintage(self, reporter: str, partner: str, flow: str, period: Period, moment: datetime | None,
                product: str = "TOTAL") -> list[Fact]:
        """The figures known at a moment (None: now), best first: of each chain and currency the highest edition held.

        Where nobody printed a period, the sum of its months; where nobody printed a total or balance, what its parts give.
        """
        key = (reporter, partner, flow, period, moment, product)
        if key not in self._vintages:
            found = self._printed(reporter, partner, flow, period, moment, product)
            found += [fact for fact in self._summed(reporter, partner, flow, period, moment, product)
                      if not any(f.currency == fact.currency and not f.stated for f in found)]
            held = {(f.chain, f.currency) for f in found}
            found += [fact for fact in self._computed(reporter, partner, flow, period, moment, product)
                      if (fact.chain, fact.currency) not in held]
            best: dict[tuple[str, str], Fact] = {}
            for fact in sorted(found, key=lambda f: (-f.chain_rank, "bound=" in f.flags, -known_since(f), f.dataset)):
                best.setdefault((fact.chain, fact.currency), fact)
            self._vintages[key] = list(best.values())
        return self._vintages[key]

    def _printed(self, reporter: str, partner: str, flow: str, period: Period, moment: datetime | None, product: str) -> list[Fact]:
        return [fact for fact in self.versions(reporter, partner, flow, period, product) if fact.known(moment)]

    def _summed(self, reporter: str, partner: str, flow: str, period: Period, moment: datetime | None, product: str) -> list[Fact]:
        wanted = months_of(period)
        if wanted < 2:
            return []
        parts: dict[tuple[str, str], dict[Period, Fact]] = defaultdict(dict)
        for fact in self._facts.get((reporter, partner, product, flow), ()):
            if (not fact.stated and months_of(fact.period) == 1 and period.start <= fact.period.start and fact.period.end <= period.end
                    and fact.known(moment) and not is_bound(fact)):
                parts[fact.dataset, fact.currency][fact.period] = fact
        return [together(list(months.values()), [1] * wanted, period, flow, f"sum of {wanted} months")
                for months in parts.values() if len(months) == wanted]

    def _computed(self, reporter: str, partner: str, flow: str, period: Period, moment: datetime | None, product: str) -> list[Fact]:
        """A flow that nobody prints, from two others of the same table, currency and moment."""
        found: list[Fact] = []
        for one, sign, other, how in _SUMS.get(flow, ()):
            left, right = (self._printed(reporter, partner, name, period, moment, product)
                           + self._summed(reporter, partner, name, period, moment, product) for name in (one, other))
            for a in left:
                found += [together([a, b], [1, sign], period, flow, how) for b in right
                          if (a.dataset, a.currency) == (b.dataset, b.currency)]
        return found

    # ── rates ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def rates(self, fact: Fact, currency: str, moment: datetime | None) -> list[Rate]:
        """Rates from a figure's currency into another: its account's own implied one, else a third party's; none is a guess."""
        key = (fact.reporter, fact.currency, currency, fact.period, moment)
        if key not in self._rates:
            self._rates[key] = []
            if self._gives(fact.reporter, currency, fact.period):
                self._rates[key] = self.desk(fact.reporter, moment).execute(query("claim_own_rates"), {
                    "reporter": fact.reporter, "from": fact.currency, "to": currency, "start": fact.period.start,
                    "end": fact.period.end}).fetchall()
        for chain, partner, flow, rate in self._rates[key]:
            if chain == fact.chain and (partner, flow) != (fact.partner, fact.flow):
                value = Decimal(str(rate))
                shown = value if value >= 1 else 1 / value
                pair = f"{currency} per {fact.currency}" if value >= 1 else f"{fact.currency} per {currency}"
                # Of two printed figures the coarser decides how well the rate is known; a thousandth covers both.
                return [Rate(value * Decimal("0.999"), value * Decimal("1.001"), value, True,
                             f"at the account's own implied rate of {shown:.4g} {pair}")]
        return self.average(fact.currency, currency, fact.period)

    def _gives(self, reporter: str, currency: str, period: Period) -> bool:
        """Whether an account has figures of a period in a currency: a desk is set up, at some cost, only where it may have its own rate."""
        key = (reporter, currency, period)
        if key not in self._currencies:
            ((self._currencies[key],),) = self.con.execute(query("claim_own_currency"), {
                "reporter": reporter, "currency": currency, "start": period.start, "end": period.end}).fetchall()
        return self._currencies[key]

    def average(self, base: str, quote: str, period: Period) -> list[Rate]:
        """A third party's rates over a period, the mean and the last; none where a month is missing."""
        key = (base, quote, period)
        if key not in self._averages:
            self._averages[key] = []
            for row in rows(self.con, query("claim_average_rates"), {"from": base, "to": quote, "start": period.start, "end": period.end}):
                if row["months"] == months_of(period):
                    tried = sorted((Decimal(str(row["mean"])), Decimal(str(row["last"]))))
                    mean = Decimal(str(row["mean"]))
                    shown = f"{mean:.4g} {quote} per {base}" if mean >= 1 else f"{1 / mean:.4g} {base} per {quote}"
                    whose = possessive(self.publishers.called(row["publisher"]) or row["dataset"])
                    self._averages[key] = [Rate(tried[0], tried[1], mean, False, f"converted at {whose} average of {shown}")]
                    break
        return self._averages[key]

    # ── what else is asked ─────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def stated(self) -> list[Stated]:
        return [Stated(
            row["dataset"], row["title"].split(":")[0], row["reporter"], row["partner"], row["indicator"],
            Period(row["period_start"], row["period_end"]), Decimal(row["value"]).normalize(), row["unit"],
            dict(part.split("=", 1) for part in row["flags"].split(";") if "=" in part), row["released_at"], row["version_id"],
            row["fetch_id"], row["locator"], row["url"] or "", row["origin_kind"] or "", row["source_note"] or "", row["released_on"],
            self.publishers.account_of(row["reporter"]))
            for row in rows(self.con, query("claim_stated"), {"reporters": self.areas, "partners": self.areas})]

    @cached_property
    def _learned(self) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
        """How many figures were revised, and by how much at most."""
        return {(chain, flow, kind): (int(figures), Decimal(str(largest))) for chain, flow, kind, figures, largest in self.con.execute(
            "SELECT chain, flow, period_kind, sum(figures), max(largest_pct) FROM mart.revision_stats GROUP BY ALL").fetchall()}

    def band(self, fact: Fact) -> Decimal:
        """How far, in money, later versions of a figure may be from it: learned, else by default; a balance takes both its sides'."""
        if fact.flow == "balance":
            sides = [self.vintage(fact.reporter, fact.partner, flow, fact.period, None) for flow in ("export", "import")]
            return sum((max((self.band(f) for f in side if f.currency == fact.currency), default=abs(fact.value)) for side in sides),
                       Decimal(0))
        return abs(fact.value) * self.band_pct(fact) / 100

    def band_pct(self, fact: Fact) -> Decimal:
        month = months_of(fact.period) == 1
        figures, largest = self._learned.get((fact.chain, fact.flow, "M" if month else "A"), (0, Decimal(0)))
        if figures < _LEARNED:
            largest = max(largest, self.publishers.band(fact.chain.split(".")[0], fact.flow, "month" if month else "longer"))
        # What is held of a time long past was revised as a whole too, by new sources and definitions.
        old = fact.released_on is not None and (fact.released_on - fact.period.end).days > _OLD
        return 2 * largest if old else largest

    @cached_property
    def snapshot(self) -> int:
        """The newest load that the book was read from."""
        (number,) = self.con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        return int(number)

    @cached_property
    def _named_products(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name, product in self.con.execute(
                "SELECT DISTINCT lower(p.name), p.classification || ' ' || p.product FROM ref.product p "
                "WHERE coalesce(p.dataset, $1) = $1 AND p.product <> 'TOTAL' "
                "AND EXISTS (SELECT 1 FROM stats.trade t WHERE t.classification = p.classification AND t.product = p.product)",
                [OWN]).fetchall():
            found[name].append(product)
        return found

    def product(self, wording: str) -> str | None:
        """The list and code of a commodity, where its wording is a code with its list, or one product's name, and figures of it are held.

        A name that people use of goods ("copper") is none of a list's: what a text counts by it is not what a chapter holds.
        """
        if listed := _LISTED.fullmatch(wording.strip()):
            wanted = products_.one(f"{listed[1]} {listed[2]}")
            held = self.con.execute("SELECT DISTINCT classification FROM stats.trade WHERE product = $1", [wanted.code]).fetchall()
            return str(wanted) if any(wanted.of(each) for each, in held) else None
        found = self._named_products.get(wording.strip().lower(), [])
        return found[0] if len(found) == 1 else None

    def ranking(self, reporter: str, period: Period, flow: str, within: str | None, moment: datetime | None) -> Ranking | None:
        """A reporter's partners in order by what was known at a moment; None where no table of that period is held."""
        key = (reporter, period, flow, within, moment)
        if key not in self._rankings:
            self._rankings[key] = None
            if (period, flow) in self._tables_held(reporter, moment):
                with suppress(UsageError):  # no member of the group in that table
                    self._rankings[key] = rank(self.desk(reporter, moment), reporter, period, flow=flow, within=within)
        return self._rankings[key]

    def _tables_held(self, reporter: str, moment: datetime | None) -> set[tuple[Period, str]]:
        key = (reporter, moment)
        if key not in self._tables:
            # A table that prints exports and imports has their totals too (``rank_rows``).
            self._tables[key] = {(Period(start, end), flow) for start, end, flows in self.desk(reporter, moment).execute(
                "SELECT period_start, period_end, list(DISTINCT flow) FROM stats.trade JOIN ref.dataset USING (dataset) "
                "WHERE reporter = ? AND partner_kind = 'country' AND account <> 'statement' "
                "GROUP BY dataset, currency, period_start, period_end", [reporter]).fetchall()
                for flow in (*flows, *(["total"] if {"export", "import"} <= set(flows) else []))}
        return self._tables[key]

    def page(self, fetch_id: str) -> Page:
        """The page that an answer is."""
        if fetch_id not in self._pages:
            found = self.con.execute("SELECT url, origin_kind, source_note FROM ops.fetch WHERE fetch_id = ?", [fetch_id]).fetchone()
            self._pages[fetch_id] = Page(*found) if found else Page("", "", "")
        return self._pages[fetch_id]

    def released(self, reporter: str, version_id: str) -> tuple[datetime | None, date | None]:
        """When a version of a ranked figure was public, and which day that was at its publisher's place."""
        found = self.desk(reporter, None).execute(
            "SELECT released_at, CAST(timezone(d.tz, released_at) AS DATE) FROM stats.trade t JOIN ref.dataset d USING (dataset) "
            "WHERE version_id = ?", [version_id]).fetchone()
        return found or (None, None)

    def years_ranked(self, reporter: str, flow: str) -> list[Period]:
        """Whole years of which a table of a reporter's partners is held."""
        return sorted((p for p, held in self._tables_held(reporter, None) if held == flow and p.start.year == p.end.year
                       and months_of(p) == 12), key=lambda p: p.start)

    def desk(self, reporter: str, moment: datetime | None) -> duckdb.DuckDBPyConnection:
        """A small lake in memory with one reporter's figures as they were known: everything that ranks asks is asked of it."""
        key = (reporter, moment)
        if key not in self._desks:
            versions = self._versions_of(reporter)
            con = self._aside(f"desk_{next(_ASIDE)}")
            zone = f"(SELECT d.tz FROM {versions}.ref.dataset d WHERE d.dataset = v.dataset)"
            known = "known_to IS NULL" if moment is None else (
                f"CAST(timezone({zone}, released_at) AS DATE) <= $day AND "
                f"(known_to IS NULL OR CAST(timezone({zone}, known_to) AS DATE) > $day)")
            con.execute(f"CREATE TABLE stats.trade AS SELECT * EXCLUDE (known_to) FROM {versions}.stats.versions v WHERE {known} "
                        "QUALIFY row_number() OVER (PARTITION BY dataset, partner, flow, classification, valuation, currency, "
                        "period_start, period_end ORDER BY released_at DESC, version_no DESC) = 1",
                        {"day": moment.date()} if moment else {})
            for table in ("ref.dataset", "ref.area", "ref.area_group"):
                con.execute(f"CREATE VIEW {table} AS FROM {versions}.{table}")
            self._desks[key] = con
            while len(self._desks) > MOST_DESKS:
                self._let_go(self._desks.pop(next(iter(self._desks))))
        return self._desks[key]

    def _versions_of(self, reporter: str) -> str:
        """Every version of a reporter's figures of all goods, copied out of the lake once. Returns the name of that database."""
        if reporter not in self._copies:
            (lake,) = self.con.execute("SELECT current_database()").fetchall()[0]
            name = f"versions_{next(_ASIDE)}"
            con = self._aside(name)
            con.execute(f"CREATE TABLE stats.versions AS {_VERSIONS.replace('lake.', f'{lake}.')}", {"reporter": reporter})
            for table in ("ref.dataset", "ref.area", "ref.area_group"):
                con.execute(f"CREATE TABLE {table} AS FROM {lake}.{table}")
            self._copies[reporter] = name
        return self._copies[reporter]

    def _aside(self, name: str) -> duckdb.DuckDBPyConnection:
        """A connection on a new database in memory, beside the lake."""
        con = self.con.cursor()
        self._beside[con] = name
        con.execute(f"ATTACH ':memory:' AS {name}")
        for schema in ("stats", "ref"):
            con.execute(f"CREATE SCHEMA {name}.{schema}")
        con.execute(f"USE {name}")
        return con


_SUMS: Mapping[str, Sequence[tuple[str, int, str, str]]] = {
    "balance": (("export", -1, "import", "exports − imports"),), "total": (("export", 1, "import", "exports + imports"),),
    "import": (("total", -1, "export", "total − exports"),), "export": (("total", -1, "import", "total − imports"),)}

_VERSIONS = """
SELECT *, CAST(NULL AS TIMESTAMPTZ) AS known_to FROM lake.stats.trade
WHERE reporter = $reporter AND product = 'TOTAL' AND breakdown = '-'
UNION ALL BY NAME
SELECT dataset, reporter, partner, flow, classification, product, breakdown, valuation, currency, period_start, period_end,
  old_period_kind AS period_kind, old_value AS value, old_unit_multiplier AS unit_multiplier, old_decimals AS decimals,
  old_status AS status, old_flags AS flags, old_published_yoy_pct AS published_yoy_pct,
  old_published_mom_pct AS published_mom_pct, old_partner_kind AS partner_kind, old_product_level AS product_level,
  old_released_at AS released_at, old_released_basis AS released_basis, old_first_seen_at AS first_seen_at,
  old_version_no AS version_no, old_version_id AS version_id, old_fetch_id AS fetch_id, old_locator AS locator,
  old_load_id AS load_id, released_at AS known_to
FROM lake.stats.trade_revision
WHERE reporter = $reporter AND product = 'TOTAL' AND breakdown = '-' AND old_version_id IS NOT NULL
  AND change_kind NOT IN ('reread', 'undone')"""
