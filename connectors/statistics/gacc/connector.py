"""GACC's connector: which pages to ask for, and from a document to batches.

How a page's parts are read is in the modules beside this one; what GACC publishes, when and under which terms, is in
docs/publishers/gacc.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Literal, TypeVar

from connectors.contract import Ask, Connector, Packaged, Wanted
from connectors.formats.grids import Grid
from connectors.statistics.gacc import calendar, commodities, coverage, index, pages, regimes, rows
from connectors.statistics.gacc.pages import Page, read_page
from connectors.statistics.gacc.publisher import LABELS, PUBLISHER
from connectors.statistics.gacc.tables import Header, composition, european_union, header_of, lines_of
from connectors.statistics.gacc.titles import (
    BULLETIN,
    COMMODITY,
    COVERAGE,
    KNOWN_UNITS,
    PRELIM,
    REGIME,
    Months,
    Unit,
    currencies_of,
    flow_named,
    months_of,
    squash,
    table_of,
    unit_of,
)
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Check, Dataset, Document, Request


def _dataset(dataset: str, title: str, cadence: str, *, rank: int, lag: int, quarter_lag: int | None = None, least_rows: int,
             least_partners: int, scope: Literal["all", "selected"], grace: int = 4) -> Dataset:
    """``least_rows`` for each span of a page: a month, or the year to date."""
    return Dataset(
        dataset=dataset, publisher=PUBLISHER.publisher, title=title, table="stats.trade", account="reported", chain="gacc.country",
        chain_rank=rank, revision_mode="frozen", partner_scope=scope, licence=PUBLISHER.licence, may_redistribute=False,
        attribution=PUBLISHER.attribution, page_url=index.index_url(dataset), tz=PUBLISHER.tz, cadence=cadence,
        import_partner="origin", export_partner="destination", trade_system="general",
        # Nil is printed as "-"; a partner without a row of its own is inside a residual or a group.
        missing_means="not_observed", expected_lag_days=lag, quarter_lag_days=quarter_lag, january_with_february=True,
        # From one year's pages to the next year's printed growth, bases moved by 0.25 % (exports to Singapore) to 1.6 % (re-imports).
        revision_band_pct=2.0, grace_days=grace, floor_rows=least_rows,
        floor_partners=least_partners, floor_periods=1, citation=f"{PUBLISHER.attribution}, {title}")


_PRELIM, _BULLETIN = (
    _dataset(PRELIM, "China's Total Export & Import Values by Country/Region (preliminary release)",
             "monthly, 7th to 14th of the next month (after a quarter 13th or 14th); January with February, in March",
             rank=1, lag=8, quarter_lag=13, least_rows=50, least_partners=20, scope="selected"),
    _dataset(BULLETIN, "Imports and Exports by Country (Region) of Origin/Destination (Monthly Bulletin, table 2)",
             # The 18th is the Chinese edition's. English pages were dated 22 July (June 2026) and 8 April (January 2026).
             "monthly, on the 18th of the next month, in English up to three weeks later; January with February, in March",
             rank=2, lag=18, least_rows=300, least_partners=150, grace=21, scope="all"),
)
_CALENDAR = replace(
    _PRELIM, dataset=calendar.DATASET, title="Announced release days", table="ref.release", account="none",
    chain=calendar.DATASET, chain_rank=0, revision_mode="overwrite", partner_scope="none",
    page_url=f"http://{index.HOST}/statistics/Statistics?ColumnId=4",
    cadence="once a year, between December and March; comes with Entrepot as a reviewed file", expected_lag_days=None,
    quarter_lag_days=None, january_with_february=False, floor_rows=1, floor_partners=0, citation=PUBLISHER.attribution)
_COMMODITY = replace(
    _PRELIM, dataset=COMMODITY, title="Major exports and imports by quantity and value (preliminary release, tables 5 and 6)",
    chain="gacc.commodity", partner_scope="world", floor_rows=10, floor_partners=1, page_url=index.index_url(COMMODITY),
    citation=f"{PUBLISHER.attribution}, major exports and imports by quantity and value",
    verified="real pages of table 5 (February and June 2026) were seen, none of table 6; not asked by us")
_REGIME = replace(
    _BULLETIN, dataset=REGIME, title="Selected commodities, and all goods, by customs regime (Monthly Bulletin, tables 17, 18 and 5)",
    chain="gacc.regime", chain_rank=1, partner_scope="world", floor_rows=10, floor_partners=1, page_url=index.index_url(REGIME),
    citation=f"{PUBLISHER.attribution}, tables by customs regime",
    verified="a real page of table 17 (June 2026) and an excerpt of table 5 were seen, none of table 18; not asked by us")
_COVERAGE = replace(
    _CALENDAR, dataset=COVERAGE, title="Which HS codes the major exports and imports mean", table="ref.product_map", chain=COVERAGE,
    page_url=f"http://{index.HOST}/statistics/Statistics?ColumnId=6", cadence="about once a year; imported by a person",
    periods="irregular", enabled=False, verified="the workbook of exports of 2024 was seen")
DATASETS = (_PRELIM, _BULLETIN, _COMMODITY, _REGIME, _CALENDAR, _COVERAGE)
STATUS = {PRELIM: "P", BULLETIN: "A", COMMODITY: "P", REGIME: "A"}
BY_COUNTRY = (PRELIM, BULLETIN)

_Value = TypeVar("_Value")


class Gacc(Connector):
    """Connector of english.customs.gov.cn: indexes by year and one page for each table, currency and month, which never changes."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 10
    datasets = DATASETS
    areas = LABELS
    parser_version = 4
    packaged = Packaged(calendar.FILE, calendar.DATASET)
    a_night = ((index.HOST, 12),)
    """Two indexes, and a month's pages: three tables in two currencies, the bulletin's four. A first night asks all that they link."""

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """The current index of each wanted table."""
        return [Ask(_index_request(dataset), discovery=True, leads_to=index.expected(dataset, wanted.window, wanted.known.now.date()))
                for dataset in index.FILES if dataset in wanted.datasets]

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """From the current index to those of the window's years, and from each to its pages, oldest month first.

        Without a window these are all that the current index links: pages never change, so those held already cost no
        request. A page that is not the one its index promised is a SchemaDrift.
        """
        if isinstance(answer, PublisherError):
            raise answer
        if isinstance(ask.context, index.Link):
            if broken := ask.context.broken_by(answer):
                raise broken
            return []
        if isinstance(ask.context, int):
            return self._year(ask.dataset, ask.context, answer, wanted)
        current = index.current_year(answer)
        return [each for year in index.years_of(wanted.window, current)
                for each in self._year(ask.dataset, year, answer if year == current else None, wanted)]

    def _year(self, dataset: str, year: int, listing: Document | None, wanted: Wanted) -> Iterator[Ask]:
        """The pages that a year's index links; the index itself where it is not at hand."""
        if listing is None:
            yield Ask(_index_request(dataset, year), discovery=True, context=year,
                      leads_to=index.expected(dataset, wanted.window, wanted.known.now.date(), year))
            return
        for link in index.within(index.links_of(listing, dataset, year), wanted.window):
            yield Ask(_page_request(link, frozen=not wanted.window.force), partition=f"{link.currency} {link.months}".strip(), context=link)

    def recognise(self, head: bytes, name: str) -> str | None:
        """The dataset of a by-country page or workbook of GACC, also of one that is known to be unreadable; its calendar.

        Raises SchemaDrift or NotReadable for another page or workbook of GACC, saying which.
        """
        if calendar.is_calendar(head):
            return calendar.DATASET
        try:
            page = read_page(head)
        except Incomplete:
            if b"customs.gov.cn" in head:
                raise
            return None
        except PublisherError:
            return None
        if not (page.gacc or page.workbook):
            return None
        table = _by_country(page)
        titles = _titles(page, table)
        told = {found for title in titles if (found := table_of(title))}
        of_the_world = bool(page.gacc and page.grids) and told.isdisjoint(BY_COUNTRY)
        if len(told) == 1 and (table is not None or page.picture or page.viewer or of_the_world):
            return told.pop()
        if page.workbook and coverage.titled(page.grids):
            return COVERAGE
        # A newspaper's page names the customs too: GACC's own has its host's name, or is a table.
        if not (page.gacc and (page.grids or b"customs.gov.cn" in head)):
            return None
        if any(title == "Month" for title in titles):
            raise NotReadable("an index of GACC's tables, which has no figures: save the page that it links")
        raise _not_ours(page, titles)

    def parse(self, document: Document, out: Sink) -> None:
        """One page or workbook as one batch, complete for its currency and its periods; what a table prints of the year before is a second.

        Raises NotReadable for pages whose table is an image or a viewer and for what is no page of GACC, SchemaDrift
        where title, unit, header and numbers do not agree, Incomplete for a page that was cut off or has no rows.
        """
        try:
            for batch in self._parse(document):
                out.put(batch)
        except PublisherError as error:
            raise type(error)(error.said, dataset=document.dataset, url=document.fetch.url) from error

    def _parse(self, document: Document) -> list[Batch]:
        if document.dataset == calendar.DATASET:
            return [calendar.read_calendar(document)]
        page = read_page(document.body)
        if document.dataset == COVERAGE:
            return [coverage.read(document, page.grids)]
        found = _by_country(page)
        titles = _titles(page, found)
        dataset = _agreed({table for title in titles if (table := table_of(title))}, "tables")
        if dataset is None:
            raise _not_ours(page, titles)
        if document.dataset in STATUS and document.dataset != dataset:
            raise SchemaDrift(f"this is the table of {dataset}, asked for was {document.dataset}")
        ours = [title for title in titles if table_of(title)]
        months = _agreed({named for title in ours if (named := months_of(title))}, "months")
        if dataset not in BY_COUNTRY:
            return _world(document, page, dataset, ours, months)
        if found is None:
            raise _without_table(page)
        grid, header = found
        if months is None:
            raise SchemaDrift(f"no title names year and month: {' | '.join(ours)}")
        if header.month != months.last:
            raise SchemaDrift(f"the title is of {months}, the header ends in month {header.month}")
        unit = _unit(dataset, _above(grid, header), ours)
        reading = rows.read(rows.Table(
            dataset=dataset, months=months, unit=unit, header=header, lines=tuple(lines_of(grid, header)),
            european_union=european_union(grid), composition=composition(grid), whole=document.fetch.whole))
        if reading.frame.is_empty() and reading.rejected:
            raise SchemaDrift(f"not one figure of the table could be read: {reading.rejected[0].reason}")
        if reading.frame.is_empty():
            raise Incomplete("the table has a header and no rows")
        released, dated = _released(page, months)
        starts = tuple(months.start(span) for span in sorted(header.spans))
        return [Batch(
            dataset=dataset, name=f"{unit.currency} {months}", frames=[reading.frame],
            constants={"reporter": "CHN", "classification": "-", "product": "TOTAL", "breakdown": "-",
                       "currency": unit.currency, "unit_multiplier": unit.multiplier, "status": STATUS[dataset],
                       "product_level": 0},
            # By both ends: the page of January and February together is not complete for February alone.
            scope={"currency": (unit.currency,), "period_start": starts, "period_end": (months.end,)},
            not_read=reading.not_read, spans=len(set(starts)),
            released_at=released, released_basis="page" if released else None, rejected=reading.rejected,
            columns_seen=_columns_seen(header),
            checks=(*reading.checks, *dated))]

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of the cell that a locator of these rows names. Raises NotReadable when it names none."""
        if calendar.is_calendar(document.body):
            return calendar.read_cell(document.body, locator)
        return pages.read_cell(document.body, locator)


def _index_request(dataset: str, year: int | None = None) -> Request:
    return Request(url=index.index_url(dataset, year), dataset=dataset, hosts=(index.HOST,),
                   content_types=("text/html",), landmarks=("preliminarysel", "monthlysel", "m-report-title"),
                   max_bytes=4 * 1024 * 1024)


def _page_request(link: index.Link, *, frozen: bool) -> Request:
    return Request(url=link.url, dataset=link.dataset, hosts=(index.HOST,), content_types=("text/html",),
                   landmarks=("atcl-cnt", "atcl-ttl"), max_bytes=8 * 1024 * 1024, frozen=frozen)


def _by_country(page: Page) -> tuple[Grid, Header] | None:
    """The one table of a page that has the header of a by-country table, or None. Raises SchemaDrift for two."""
    found = [(grid, header) for grid in page.grids if (header := header_of(grid))]
    if len(found) > 1:
        raise SchemaDrift(f"the page has {len(found)} tables with total, export and import columns: which one is meant "
                          "cannot be told")
    return found[0] if found else None


def _above(grid: Grid, header: Header) -> tuple[str, ...]:
    """What is printed in the rows above a header: title and unit."""
    cells = (squash(cell) for row in grid.rows[:header.first] for cell in row)
    return tuple(dict.fromkeys(cell for cell in cells if cell))


def _titles(page: Page, found: tuple[Grid, Header] | None) -> tuple[str, ...]:
    """Every text that may name the table: the page's, and those above the header or, without one, in the first rows."""
    above = _above(*found) if found else [squash(cell) for grid in page.grids for row in grid.rows[:3] for cell in row]
    return tuple(dict.fromkeys((*page.titles, *(text for text in above if text))))


def _columns_seen(header: Header) -> tuple[str, ...]:
    """The header for the drift report, with N for the months: they change with every page."""
    columns = sorted((*header.values, *header.growth), key=lambda column: column.at)
    return tuple(re.sub(r"[0-9]+", "N", column.header) for column in columns)


def _agreed(told: set[_Value], what: str) -> _Value | None:
    if len(told) > 1:
        raise SchemaDrift(f"the titles name different {what}: {' and '.join(sorted(map(str, told)))}")
    return next(iter(told), None)


def _not_ours(page: Page, titles: tuple[str, ...]) -> PublisherError:
    named = " | ".join(titles[:3])[:200]
    if page.gacc and (page.grids or page.picture):
        return SchemaDrift(f"this is GACC's {named!r}, not the table by country")
    return NotReadable(f"no page or workbook of GACC's table by country: {named!r}")


def _without_table(page: Page) -> PublisherError:
    if page.picture:
        return NotReadable(f"the table is an image page ({page.picture}): kept, and not read")
    if page.viewer:
        return NotReadable("the page is only a frame with a document viewer: export the file by hand and import it")
    if not page.grids:
        return NotReadable("the page has a title and no table")
    first = " / ".join(" | ".join(squash(cell) for cell in row) for row in page.grids[0].rows[:5])
    return SchemaDrift("no header with total, export and import for the same months: " + first[:300])


def _unit(dataset: str, above: Sequence[str], titles: list[str]) -> Unit:
    """The unit declared above the table. Raises SchemaDrift when there is none, when its currency is not the title's
    (the page of June 2025 was titled in CNY and printed millions of dollars), or when it is not the one known."""
    declared = [unit for cell in above if (unit := unit_of(cell))]
    money = {code for title in titles for code in currencies_of(title)}
    if not declared or len({(unit.currency, unit.multiplier) for unit in declared}) > 1:
        raise SchemaDrift("no one unit is declared above the table: " + " | ".join(above)[:200])
    unit = declared[0]
    if money - {unit.currency}:
        raise SchemaDrift(f"the title says {', '.join(sorted(money))}, the unit says {unit.currency} ({unit.printed})")
    known = KNOWN_UNITS[dataset][unit.currency]
    if unit.multiplier != known:
        raise SchemaDrift(f"the unit is {unit.printed!r}, known for {dataset} in {unit.currency} is {known:,}")
    return unit


def _world(document: Document, page: Page, dataset: str, titles: list[str], months: Months | None) -> list[Batch]:
    """The batches of a table of commodities or customs regimes, China with the world: its own months, and those of the year before."""
    if not page.grids:
        raise _without_table(page)
    if months is None:
        raise SchemaDrift(f"no title names year and month: {' | '.join(titles)}")
    flow = _agreed({flow_named(title) for title in titles}, "flows")
    grids = [grid for grid in page.grids if len(grid.rows) > 2 and max(map(len, grid.rows)) > 3]
    if len(grids) != 1:
        raise SchemaDrift(f"the page has {len(grids)} tables with rows and columns, and one is expected")
    (grid,) = grids
    above = tuple(dict.fromkeys(squash(cell) for row in grid.rows[:3] for cell in row if cell.strip()))
    unit = _unit(dataset, above, titles)
    if dataset == COMMODITY:
        if flow is None:
            raise SchemaDrift("the title names neither exports nor imports")
        read, checks = commodities.read(grid, months, unit, flow, whole=document.fetch.whole)
    else:
        read, checks = regimes.read(grid, months, unit, flow, whole=document.fetch.whole)
    released, dated = _released(page, months)
    frame = read.frame()
    now, before = frame.filter(frame["period_end"] == months.end), frame.filter(frame["period_end"] != months.end)
    if now.is_empty():
        raise Incomplete(f"no figure of {months} could be read")
    starts = tuple(sorted(set(now["period_start"].to_list())))
    own = Batch(
        dataset=dataset, name=f"{flow or 'both flows'} {unit.currency} {months}", frames=[now],
        constants={"dataset": dataset, "reporter": "CHN", "partner": "WLD", "partner_kind": "world", "currency": unit.currency,
                   "unit_multiplier": unit.multiplier, "status": STATUS[dataset],
                   **({"breakdown": "-"} if dataset == COMMODITY else {})},
        scope={"currency": (unit.currency,), "flow": (flow,) if flow else ("export", "import"),
               "classification": (commodities.LISTS[flow],) if flow else ("-",), "period_start": starts, "period_end": (months.end,)},
        not_read=tuple(read.unread.not_read), spans=len(starts), released_at=released, released_basis="page" if released else None,
        rejected=tuple(read.unread.rejected), checks=(*checks, *dated, *read.unread.checks()))
    if before.is_empty():
        return [own]
    # Of the year before only what this year's list has is printed: it is complete for nothing.
    return [own, replace(own, name=f"{own.name}, the year before", frames=[before], scope=None, not_read=(), rejected=(), spans=1,
                         checks=())]


def _released(page: Page, months: Months) -> tuple[datetime | None, list[Check]]:
    if not page.dated.strip():
        return None, []
    ended = datetime.combine(months.end, time.min, pages.SHANGHAI) + timedelta(hours=23, minutes=59)
    moment = pages.released(page.dated, ended)
    said = "the printed date, as the day of release (GACC has printed dates up to five days before a page appeared)"
    return moment, [Check("printed_date", "info" if moment else "warn", observed=squash(page.dated),
                          expected=f"one date after {months.end}", said=said)]
