"""The site: which pages there are, and each of them made when it is asked for, from one snapshot.

A page's name is its path; all links between pages are relative, so the site works from a folder, a server and any place below one. Twice
the same lake gives twice the same bytes: no page says when it was made, only of which snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import duckdb

from warehouse.ask import sources
from warehouse.charts import page
from warehouse.pages import brief as as_page
from warehouse.pages import making, sections
from warehouse.pages.parts import News
from warehouse.pages.site import feed, held, lists, search
from warehouse.pages.site.held import Country, Pair
from warehouse.reference import areas
from warehouse.schema.errors import NotHeld, UsageError
from warehouse.shown import escape

PAIRS = 30
"""Pairs that have a page where none are asked for, the largest."""
LISTED = 2_000
"""Pairs in a list: more of them nobody reads, and the search finds none of these."""
CLAIMS = 60
ICON = ('<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%27http:%2F%2Fwww.w3.org%2F2000%2Fsvg%27 viewBox=%270 0 16 16%27%3E%3Cpath '
        'fill=%27%230072b2%27 d=%27M1 15V7h4v8zM6 15V1h4v14zM11 15v-5h4v5z%27/%3E%3C/svg%3E">')
"""Three bars, in the page itself."""


@dataclass(frozen=True)
class Release:
    """A release of the calendar as a person reads it."""

    dataset: str
    period: str
    day: date
    """At the publisher's place."""
    source: str
    """official, or formula where the usual lag says it."""
    stands: str


@dataclass(frozen=True)
class Around:
    """What a site is told that its lake does not hold."""

    today: date
    zone: str
    releases: tuple[Release, ...] = ()
    late: tuple[tuple[str, str], ...] = ()
    """Datasets that are late, and since when in words."""
    address: str = ""
    """Where the site will be, with a slash at its end; empty where that is not known."""
    pairs: int = PAIRS
    asked: tuple[tuple[str, str], ...] = ()
    """Pairs that have a page whatever their size."""
    served: bool = False
    """Pages are made when somebody asks, so every pair has one."""


@dataclass
class Site:
    """The pages of one lake. ``con`` is a reader's connection for as long as pages are made."""

    con: duckdb.DuckDBPyConnection
    around: Around
    _made: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def snapshot(self) -> int:
        return held.newest(self.con)[0]

    @cached_property
    def recorded(self) -> datetime | None:
        return held.newest(self.con)[1]

    @cached_property
    def on(self) -> date:
        """The day of the newest snapshot: that of the briefs."""
        return self.recorded.astimezone(ZoneInfo(self.around.zone)).date() if self.recorded else self.around.today

    @cached_property
    def held_pairs(self) -> list[Pair]:
        return held.pairs(self.con)

    @cached_property
    def pairs(self) -> list[Pair]:
        """Those that have a page: asked for, or the largest. Raises NotHeld for one of which no whole year is held."""
        if self.around.served:
            return self.held_pairs[:LISTED]
        known = {(pair.one, pair.other): pair for pair in self.held_pairs}
        asked = []
        for one, other in self.around.asked:
            if (first := known.get((min(one, other), max(one, other)))) is None:
                raise NotHeld(f"no whole year of trade between {areas.name_of(one)} and {areas.name_of(other)} is held: a page has "
                              "nothing to show")
            asked.append(first)
        return list(dict.fromkeys([*asked, *self.held_pairs[:self.around.pairs]]))

    @cached_property
    def countries(self) -> list[Country]:
        return held.countries(self.con)

    @cached_property
    def datasets(self) -> list[dict[str, object]]:
        return held.datasets(self.con)

    @cached_property
    def kept_back(self) -> frozenset[str]:
        return held.kept_back(self.con)

    @cached_property
    def claims(self) -> tuple[News, ...]:
        return sections.claims(self.con, (), CLAIMS)

    @cached_property
    def _lists(self) -> dict[str, Callable[[], list[str]]]:
        return {"index.html": lambda: lists.first(self), "pairs.html": lambda: lists.pairs(self),
                "countries.html": lambda: lists.countries(self), "datasets.html": lambda: lists.datasets(self),
                "calendar.html": lambda: lists.calendar(self), "nights.html": lambda: lists.nights(self),
                "revisions.html": lambda: lists.revisions(self), "claims.html": lambda: lists.claims(self)}

    @cached_property
    def _briefs(self) -> dict[str, Sequence[str]]:
        found: dict[str, Sequence[str]] = {pair.path: (pair.one, pair.other) for pair in self.pairs}
        return found | {country.path: (country.area,) for country in self.countries}

    def paths(self) -> list[str]:
        """Every page, those that others lead to first: briefs, lists, search, feed, and the first page last."""
        names = [name for name in self._lists if name != "index.html"]
        return [*self._briefs, *names, "search.html", "feed.xml", "index.html"]

    def make(self, path: str) -> bytes:
        """One page. Raises KeyError where the site has none of that name, UsageError where nothing of it is held and the site is served."""
        if path in self._lists:
            return self._page(path, lists.TITLES[path], self._lists[path]())
        if path == "search.html":
            script = search.SCRIPT
            return self._page(path, "Search", search.body(self), policy=f"; script-src '{search.fingerprint(script)}'")
        if path == "feed.xml":
            return feed.atom(self).encode()
        return self._brief(path)

    def _brief(self, path: str) -> bytes:
        codes = asked_for(path) if self.around.served else self._briefs.get(path)
        if codes is None:
            raise KeyError(path)
        try:
            made = making.brief(self.con, codes, None, self.on)
        except UsageError as error:
            if self.around.served:
                raise
            return self.refused(path, str(error))  # what is held of it is no whole year of an account that answers
        lines = sources.lines(self.con, sources.Read(made.datasets, made.versions))
        inside = as_page.body(made, self.snapshot, self.on, sources.HEAD, lines, kept_back=self.kept_back)
        return self._page(path, made.title, inside[1:], main=False)

    def refused(self, path: str, why: str) -> bytes:
        """A page that says why there is nothing to show."""
        return self._page(path, "Nothing to show", ["<h1>Nothing to show</h1>", f"<p>{escape(why)}.</p>"])

    @staticmethod
    def alone(why: str) -> bytes:
        """The same where the lake cannot be read."""
        return page.page("Entrepot", ["<main><h1>Nothing to show</h1>", f"<p>{escape(why)}.</p></main>"]).encode()

    def _page(self, path: str, title: str, inside: Sequence[str], *, policy: str = "", main: bool = True) -> bytes:
        up = "../" * path.count("/")
        head = f'{ICON}<link rel="alternate" type="application/atom+xml" title="Releases and large revisions" href="{up}feed.xml">'
        pieces = [lists.menu(path, up, served=self.around.served), "<main>", *inside, *(["</main>"] if main else []), lists.foot(self, up)]
        return page.page(f"{title} – Entrepot" if path != "index.html" else "Entrepot", pieces, policy=f"; img-src data:{policy}",
                         head=head).encode()


def asked_for(path: str) -> Sequence[str] | None:
    """The areas of a brief's path, where they are areas: of a site that is served every pair and country has one."""
    kind, _, name = path.partition("/")
    codes = name.removesuffix(".html").upper().split("-")
    if not name.endswith(".html") or (kind, len(codes)) not in (("pair", 2), ("country", 1)) or len(set(codes)) < len(codes):
        return None
    return codes if all(code in areas.areas() for code in codes) else None
