"""Discovery: GACC's index pages, which link one page for each table, currency and month.

Pure. The pages' addresses hold random ids, so the index is read anew every time; it is never a document of its own.
What a linked page says of itself is held against what the index promised (``Link.broken_by``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from connectors.formats.html_tables import parsed
from connectors.months import last_of_month
from connectors.statistics.gacc.pages import read_page
from connectors.statistics.gacc.titles import (
    BULLETIN,
    COMMODITY,
    MONTHS,
    PRELIM,
    REGIME,
    Flow,
    Months,
    currencies_of,
    flow_named,
    months_of,
    squash,
    table_of,
)
from warehouse.schema.errors import NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Document, Window

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

HOST = "english.customs.gov.cn"
BASE = f"http://{HOST}/statics/report/"
"""Plain HTTP on purpose: over HTTPS the host resets or shows a certificate of another name (seen in 2026)."""
FILES = {PRELIM: "preliminary", COMMODITY: "preliminary", BULLETIN: "monthly", REGIME: "monthly"}
_BESIDE = {COMMODITY: PRELIM, REGIME: BULLETIN}
"""The table by country of the same index: an index without its row is none that is known."""
_PAGES = {PRELIM: ("CNY", "USD"), COMMODITY: ("exports CNY", "exports USD", "imports CNY", "imports USD"), BULLETIN: ("USD",),
          REGIME: ("table 17", "table 18", "table 5")}
"""The pages of a month, as the indexes that were seen list them."""
FIRST_YEAR = 2018
"""The English index pages begin here."""


@dataclass(frozen=True)
class Link:
    """What the index promises of one page."""

    dataset: str
    months: Months
    currency: str
    """Empty where the index names none (the bulletin's by-country table has one edition)."""
    url: str
    flow: Flow | None = None
    """Of a table that has one."""

    def broken_by(self, document: Document) -> SchemaDrift | None:
        """What the page's own title contradicts, or None when it keeps the promise or cannot be read (then parsing says
        why). Parsing knows no index, so this is asked where the page was asked for."""
        try:
            titles = [title for title in read_page(document.body).titles if table_of(title)]
        except PublisherError:
            return None
        said = [months for title in titles if (months := months_of(title))]
        money = {code for title in titles for code in currencies_of(title)}
        promised = f"{self.months} {self.currency}".strip()
        for months in said:
            # The page of January and February together stands behind February, in some years behind January too.
            if months.year != self.months.year or not months.first <= self.months.last <= months.last:
                return SchemaDrift(f"the index links this page as {promised}, the page says {months}",
                                   dataset=self.dataset, url=self.url)
        if self.currency and money and self.currency not in money:
            return SchemaDrift(f"the index links this page as {promised}, the page says {', '.join(sorted(money))}",
                               dataset=self.dataset, url=self.url)
        flows = {named for title in titles if (named := flow_named(title))}
        if self.flow and flows and self.flow not in flows:
            return SchemaDrift(f"the index links this page as {self.flow}s, the page says {', '.join(sorted(flows))}s",
                               dataset=self.dataset, url=self.url)
        return None


def index_url(dataset: str, year: int | None = None) -> str:
    """The index of a year; without one, the index that is current."""
    return f"{BASE}{FILES[dataset]}{year or ''}.html"


def current_year(document: Document) -> int:
    """The year of the current index: the first option of its select. Raises SchemaDrift when it has none."""
    for option in _soup(document).select("select option"):
        text = squash(option.get_text())
        if text.isascii() and text.isdigit() and len(text) == 4:
            return int(text)
    raise SchemaDrift("the index page names no year", dataset=document.dataset, url=document.fetch.url)


def links_of(document: Document, dataset: str, year: int) -> list[Link]:
    """The pages of a dataset that an index links, by month; months that are not out yet stand there without a link.

    Raises SchemaDrift when no row of the index describes the table by country, or a link leads away from GACC. Of the others an index that
    has that row may have none: that such a table is late is told by its lag.
    """
    found: dict[str, Link] = {}
    described = False
    for row in _soup(document).find_all("tr"):
        cells = row.find_all("td")
        told = table_of(cells[0].get_text()) if len(cells) > 1 else None
        described |= told is not None and told in (dataset, _BESIDE.get(dataset))
        if told != dataset:
            continue
        money = currencies_of(cells[0].get_text())
        currency = money.pop() if len(money) == 1 else ""
        for anchor in cells[1].find_all("a"):
            month = MONTHS.get(squash(anchor.get_text()).rstrip(".").casefold())
            if month is None:
                continue
            url = _address(anchor, document, dataset)
            found.setdefault(url, Link(dataset, Months(year, month, month), currency, url, flow_named(cells[0].get_text())))
    if not described:
        raise SchemaDrift("no row of the index describes the table by country", dataset=dataset, url=document.fetch.url)
    return sorted(found.values(), key=lambda link: (link.months.last, link.currency))


def years_of(window: Window, current: int) -> list[int]:
    """The years whose index a window needs; without a window, the current one."""
    if window.first is None and window.last is None:
        return [current]
    first = window.first.year if window.first else FIRST_YEAR
    last = window.last.year if window.last else current
    return list(range(max(first, FIRST_YEAR), min(last, current) + 1))


def expected(dataset: str, window: Window, today: date, year: int | None = None) -> tuple[str, ...]:
    """What the current index, or that of a year, leads to in a window, by name and as indexes usually list it; nothing without a window."""
    if window.first is None or window.last is None:
        return ()
    years = years_of(window, today.year) if year is None else [year]
    months = [month for each in years for month in (date(each, number, 1) for number in range(1, 13))
              if window.first <= last_of_month(month) < today and month <= window.last]
    if dataset in (PRELIM, COMMODITY):
        months = [month for month in months if month.month > 1]  # January is on February's page
    indexes = [f"{FILES[dataset]} index {each}" for each in years if each != today.year] if year is None else []
    return (*indexes, *(f"{dataset} {month:%Y-%m} {page}" for month in months for page in _PAGES[dataset]))


def within(links: Sequence[Link], window: Window) -> list[Link]:
    """The links whose month, or the year to it, lies in a window."""
    first, last = window.first or date.min, window.last or date.max
    return [link for link in links if first <= link.months.end and link.months.start("month") <= last]


def _address(anchor: Tag, document: Document, dataset: str) -> str:
    """A link as an address that can be asked: the site writes backslashes and Chinese characters into them."""
    written = str(anchor.get("href") or "").strip().replace("\\", "/")
    parts = urlsplit(urljoin(document.fetch.url, written))
    if parts.hostname != HOST or not parts.path.strip("/"):
        raise SchemaDrift(f"the index links {written!r}, which is no page of {HOST}", dataset=dataset,
                          url=document.fetch.url)
    return f"http://{HOST}{quote(parts.path, safe='/%')}" + (f"?{parts.query}" if parts.query else "")


def _soup(document: Document) -> BeautifulSoup:
    try:
        return parsed(document.body.decode("utf-8", errors="replace"))
    except NotReadable as error:
        raise NotReadable(error.said, dataset=document.dataset, url=document.fetch.url) from error
