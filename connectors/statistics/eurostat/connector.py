"""What to ask Eurostat for, and how its files and tables become rows of ``stats.trade``.

After each release the last 24 months are asked for once, since each release rewrites earlier months without saying which; on other days
nothing is asked but a month that is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from connectors.contract import Ask, Connector, Packaged, Wanted
from connectors.formats import seven_zip
from connectors.months import last_of_month
from connectors.statistics.eurostat import bulk, calendar, tables
from connectors.statistics.eurostat.publisher import LABELS, PUBLISHER
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotFound, PublisherError, SchemaDrift, TooLarge
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document, Refusal, Request

BULK, TABLE, MORE = "eurostat.comext", "eurostat.ds-045409", "eurostat.ds-059341"
FILES = "https://ec.europa.eu/eurostat/api/dissemination/files?file=comext%2FCOMEXT_DATA%2FPRODUCTS%2F"
FIRST_MONTH = date(2002, 1, 1)
REWRITTEN = 24
"""Months that a release may rewrite, the new one among them."""
FIRST_FEW = 3
"""Of these months so many are asked for first, and the older ones where the last of these is there: where the files are gone, not every
one of them is asked for every night."""
TYPES = ("application/octet-stream", "application/x-7z-compressed", "application/7z", "application/download")

_BULK = Dataset(
    dataset=BULK, publisher=PUBLISHER.publisher, title="Comext by member state, partner and product (CN8), bulk files", table="stats.trade",
    account="reported", chain="eurostat.comext", chain_rank=2, revision_mode="overwrite", partner_scope="all", licence=PUBLISHER.licence,
    may_redistribute=True, attribution=PUBLISHER.attribution, page_url="https://ec.europa.eu/eurostat/web/international-trade-in-goods",
    tz=PUBLISHER.tz, release_time="11:00", cadence="monthly at 11:00, about 46 days after the month, by a calendar of the year",
    expected_lag_days=46, grace_days=6, import_partner="origin", export_partner="destination", trade_system="special",
    missing_means="not_observed", recheck_days=45, verified="others fetched its files in 2026; not asked by us",
)
_TABLE = replace(
    _BULK, dataset=TABLE, title="Comext by partner and HS product, the Union (DS-045409)", chain_rank=1,
    verified="others recorded an answer on 2026-10-01; not asked by us")
_MORE = replace(
    _BULK, dataset=MORE, title="Comext with reporters outside of the Union, by HS product (DS-059341)", chain=MORE, chain_rank=1,
    partner_scope="selected", periods="irregular", expected_lag_days=None, verified="others describe it; not asked by us",
    cadence="as the other tables; read where a person imports an answer")
_CALENDAR = replace(
    _BULK, dataset=calendar.DATASET, title="Announced release days", table="ref.release", account="none", chain=calendar.DATASET,
    chain_rank=0, partner_scope="none", periods="irregular", expected_lag_days=None, release_time="", cadence="once a year",
    verified="read off the publisher's PDF by others")


_OLDER = "older months follow"
"""The context of the ask whose answer leads to older months."""


class Eurostat(Connector):
    """Connector of Eurostat's Comext: the monthly bulk files, and the SDMX tables for small questions. No key."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 50
    parser_version = 2
    datasets = (_BULK, _TABLE, _MORE, _CALENDAR)
    areas = LABELS
    packaged = Packaged(calendar.FILE, calendar.DATASET)
    past = BULK
    a_night = (("ec.europa.eu", REWRITTEN + 2),)
    """After a release: the files of the months that it may rewrite, and two questions."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Of a window its months; else the last 24, each unless it was had since the newest release."""
        first, last = _span(wanted)
        if BULK in wanted.datasets:
            files = _files(wanted)
            if not _of_a_window(wanted) and len(files) > FIRST_FEW:
                files[FIRST_FEW - 1:] = [replace(files[FIRST_FEW - 1], context=_OLDER)]
            yield from files
        if TABLE in wanted.datasets and first <= last:
            for question in tables.questions(first, last.replace(day=1)):
                if _stale(request := question.request(TABLE), wanted):
                    yield Ask(request, partition=question.said, context=question)

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """A question that is too large, or that was put into the queue, in two; a month that is not there is told by name."""
        if isinstance(answer, TooLarge) and isinstance(ask.context, tables.Question):
            return [replace(ask, request=request, partition=part.said, context=part) for part in ask.context.parts()
                    if _stale(request := part.request(ask.dataset), wanted)]
        if isinstance(answer, NotFound) and isinstance(ask.context, tables.Question) and ask.context.part:
            return ()  # Eurostat answers 404 where nothing is there
        if isinstance(answer, PublisherError):
            raise answer
        if ask.context is _OLDER:
            return [each for each in _files(wanted) if each.priority > ask.priority]
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content: a bulk file, packed or not, a table in SDMX, the calendar. Raises a PublisherError for the layout before full_v2."""
        if head.startswith(seven_zip.MAGIC):
            return self._packed(head, name)
        if calendar.is_calendar(head):
            return calendar.DATASET
        return BULK if bulk.is_bulk(head) else tables.table_of(head)

    def _packed(self, head: bytes, name: str) -> str | None:
        """A 7z archive is known by its list of members, which stands at its end; of a larger one only its name is at hand."""
        try:
            with seven_zip.opened(Content.of(head)) as archive:
                names = archive.names
        except PublisherError:
            names = (name,)
        return BULK if any(one.rpartition("/")[2].lower().startswith("full") for one in names) else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch: of a bulk file its whole month or year, of a table what was asked."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset == calendar.DATASET:
            out.put(calendar.read_calendar(document))
        elif document.dataset == BULK:
            out.put(_bulk(document, bulk.read(document.content, **where)))
        elif document.dataset in tables.DATASETS:
            batch = _table(document, tables.read(document))
            if batch is not None:
                out.put(batch)
        else:
            raise SchemaDrift("the Eurostat connector reads no such dataset", **where)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell, or of its several cells. Raises a PublisherError where these bytes have no such cell."""
        if calendar.is_calendar(document.content.head):
            return calendar.read_cell(document.body, locator)
        if document.content.head.startswith(seven_zip.MAGIC) or bulk.is_bulk(document.content.head):
            return bulk.cell(document.content, locator)
        return tables.cell(document, locator)


def _of_a_window(wanted: Wanted) -> bool:
    return wanted.window.first is not None or wanted.window.last is not None


def _span(wanted: Wanted) -> tuple[date, date]:
    """The first day and the last of what is wanted."""
    newest, window = calendar.newest(wanted.known.now), wanted.window
    if not _of_a_window(wanted):
        months = newest.year * 12 + newest.month - REWRITTEN
        return date(months // 12, months % 12 + 1, 1), newest
    first = max(FIRST_MONTH, window.first.replace(day=1)) if window.first else FIRST_MONTH
    return first, min(newest, window.last) if window.last else newest


def _files(wanted: Wanted) -> list[Ask]:
    """The bulk files to be asked for, the newest first."""
    first, last = _span(wanted)
    found: list[Ask] = []
    end, age = calendar.newest(wanted.known.now), 0
    while end >= first:
        if end <= last and _stale(request := _file(end), wanted):
            found.append(Ask(request, partition=f"{end:%Y-%m}", priority=age))
        end, age = calendar.before(end), age + 1
    return found


def _stale(request: Request, wanted: Wanted) -> bool:
    """Whether a request is to be put: always for a window, else where its answer was not had since the newest release."""
    window, confirmed = wanted.window, wanted.known.confirmed(request)
    if window.first or window.last or window.force or confirmed is None:
        return True
    return confirmed < calendar.released(calendar.newest(wanted.known.now))


def _file(end: date) -> Request:
    month = f"{end:%Y%m}"
    not_yet = f"the month {end:%Y-%m} is not published yet, or no more: a page stands where the file would be"
    return Request(
        f"{FILES}full_v2_{month}.7z", BULK, content_types=TYPES, max_bytes=2 * 1024**3,
        refusals=(Refusal(200, "<html", NotFound, not_yet), Refusal(200, "<!doctype html", NotFound, not_yet)))


def _bulk(document: Document, found: bulk.Reading) -> Batch:
    chunk = 1_000_000
    period = f"{found.start:%Y-%m}" if found.start.month == found.end.month else f"{found.start:%Y}"
    # First seen between its own release and the next, it was public at its own.
    asked, own = document.fetch.asked_at, calendar.released(found.end)
    at_once = document.fetch.origin_kind == "fetched" and own <= asked < calendar.released(_next(found.end))
    return Batch(
        dataset=BULK, name=period, frames=tuple(found.frame.slice(at, chunk) for at in range(0, found.frame.height, chunk)),
        constants={"dataset": BULK, "currency": "EUR", "unit_multiplier": 1, "period_start": found.start, "period_end": found.end},
        scope={"period_start": (found.start,), "period_end": (found.end,)}, released_at=own if at_once else None,
        released_basis="calendar" if at_once else None, not_read=tuple(found.unread.not_read), not_asked=dict(found.not_asked),
        rejected=tuple(found.unread.rejected), columns_seen=found.header, checks=(*found.checks, *found.unread.checks()))


def _next(end: date) -> date:
    return last_of_month(date(end.year + end.month // 12, end.month % 12 + 1, 1))


def _table(document: Document, found: tables.Reading) -> Batch | None:
    where = {"dataset": document.dataset, "url": document.fetch.url}
    if not len(found.rows):
        if found.rows.unread.rejected:
            raise SchemaDrift(f"not one observation could be read: {found.rows.unread.rejected[0].reason}", **where)
        raise Incomplete("the message holds no value of trade" + "".join(
            f", {count:,} {what}" for what, count in sorted(found.not_asked.items())), **where)
    frame = found.rows.frame("period_start", "reporter", "partner", "flow", "product")
    spans = frame["period_start"].to_list()
    scope = tables.scope_of(document.fetch.url)
    return Batch(
        dataset=document.dataset, name=f"{min(spans):%Y-%m} to {max(spans):%Y-%m}", frames=(frame,),
        constants={"dataset": document.dataset, "currency": "EUR", "unit_multiplier": 1}, scope=scope,
        not_read=tuple(found.rows.unread.not_read), not_asked=dict(found.not_asked), rejected=tuple(found.rows.unread.rejected),
        columns_seen=found.columns, checks=tuple(found.rows.unread.checks()))
