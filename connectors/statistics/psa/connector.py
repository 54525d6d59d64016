"""Monthly totals of the Philippines' trade: a PX table, read by its own labels.

No table of OpenSTAT was seen. A PX file says itself what its dimensions, values and unit are: what is read is what these words say without
doubt, and a table that says it in others is kept, and described in the error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats import px
from connectors.formats.cubes import Cell
from connectors.formats.delimited import printed_number, rounded
from connectors.formats.px import Px
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document, Post, Publisher, Rejected, Request

TOTALS = "psa.totals"
TABLE = "https://openstat.psa.gov.ph/PXWeb/api/v1/en/DB/2L/IMT/SUM/0012L4DFTS0.px"
QUESTION = {"query": [], "response": {"format": "px"}}
"""Every cell, as a PX file: the form that brings labels and unit with it (as ``json-stat2`` others had a stub)."""
FLOWS = {"exports": "export", "total exports": "export", "imports": "import", "total imports": "import", "total trade": "total",
         "balance of trade": "balance", "balance of trade in goods": "balance", "trade balance": "balance"}
VALUATION = {"export": "FOB", "import": "-", "total": "-", "balance": "-"}
"""Exports are FOB (others); of imports nobody wrote it down."""
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_UNIT = re.compile(r"\b(?:(thousand|million|billion)s?\b.{0,30}?)?\b(?:us\s?\$|us dollars?|usd|u\.s\. dollars?)"
                   r"(?:\W{1,3}(thousand|million|billion))?", re.IGNORECASE)
_SIZES = {"": 1, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_LARGEST = Decimal(10) ** 17

PUBLISHER = Publisher(
    publisher="psa", title="Philippine Statistics Authority", called="the Philippines' statistics", languages=("en",), tz="Asia/Manila",
    area="PHL", currency="PHP", account_of_area=True, licence="not verified: the terms of OpenSTAT were not seen",
    attribution="Source: Philippine Statistics Authority (PSA), OpenSTAT",
    names={"en": ("Philippine Statistics Authority", "Philippines' statistics")},
)
ZONE = ZoneInfo(PUBLISHER.tz)
_TOTALS = Dataset(
    dataset=TOTALS, publisher=PUBLISHER.publisher, title="Total exports, imports and balance of trade by month", table="stats.trade",
    account="reported", chain=TOTALS, chain_rank=1, revision_mode="overwrite", partner_scope="world", licence=PUBLISHER.licence,
    may_redistribute=False, attribution=PUBLISHER.attribution, page_url="https://openstat.psa.gov.ph/", tz=PUBLISHER.tz,
    cadence="monthly (not verified when)", expected_lag_days=45, missing_means="not_observed",
    verified="others' code of 2026 alone: no table was seen, and none asked for by us",
)


@dataclass(frozen=True)
class _Roles:
    """Which dimension is the flow, the year and the month, with the names of each."""

    flow: str
    year: str
    month: str


class Psa(Connector):
    """Connector of OpenSTAT, without a key."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 61
    parser_version = 1
    datasets = (_TOTALS,)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """One question: the whole table, whatever the window says."""
        if TOTALS in wanted.datasets:
            yield Ask(Request(url=TABLE, dataset=TOTALS, post=Post.json(QUESTION), landmarks=("DATA=", "DATA ="),
                              max_bytes=16 * 1024 * 1024))

    def recognise(self, head: bytes, name: str) -> str | None:
        """A PX file that names the office, or OpenSTAT's number for the table."""
        said = head[:65_536].lower()
        if not re.search(rb"^\s*(?:\xef\xbb\xbf)?(?:charset|axis-version|codepage|language|creation-date|matrix|decimals)\b", said):
            return None
        return TOTALS if b"philippine statistics" in said or b"0012l4dfts0" in said else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch, complete for the months of the table. Raises NotReadable, describing it, for a table that says other things."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset != TOTALS:
            raise SchemaDrift("the PSA connector reads no such dataset", **where)
        table = Px(document.content, **where)
        roles, size = _roles(table, where), _size(table, where)
        rows, not_asked = Rows("stats.trade"), Counter[str]()
        today = document.fetch.asked_at.astimezone(ZONE).date()
        for cell in table:
            _take(cell, table, roles, size, today, rows, not_asked)
        if not len(rows):
            raise Incomplete("the table holds no figure", **where)
        frame = rows.frame("period_start", "flow")
        months = tuple(dict.fromkeys(frame["period_start"].to_list()))
        released = _updated(table)
        out.put(Batch(
            dataset=TOTALS, name=f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}", frames=(frame,),
            constants={"dataset": TOTALS, "reporter": PUBLISHER.area, "partner": "WLD", "partner_kind": "world", "currency": "USD",
                       "classification": "-", "product": "TOTAL", "product_level": 0, "unit_multiplier": size},
            scope={"period_start": months, "flow": tuple(dict.fromkeys(frame["flow"].to_list()))},
            released_at=released, released_basis="page" if released else None, not_read=tuple(rows.unread.not_read),
            rejected=tuple(rows.unread.rejected), not_asked=dict(not_asked), columns_seen=tuple(table.dimensions),
            checks=tuple(rows.unread.checks())))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return px.read_cell(document.content, locator)


def described(table: Px) -> str:
    """A table in words: title, unit, dimensions with their first names."""
    title, unit = (" ".join(table.about.get(name, ()))[:120] for name in ("TITLE", "UNITS"))
    return f"{title!r}, unit {unit!r}, " + "; ".join(
        f"{name} ({len(codes)}): {', '.join(table.labels[name][code][:30] for code in codes[:6])}" for name, codes in
        list(table.dimensions.items())[:6])


def _roles(table: Px, where: Mapping[str, str]) -> _Roles:
    """Raises NotReadable where the dimensions are not a flow, a year and a month by the names of their values."""
    found: dict[str, str] = {}
    for name, labels in table.labels.items():
        values = [label.strip().casefold() for label in labels.values()]
        role = ("month" if set(values) & set(_MONTHS) and all(value in _MONTHS or value in ("annual", "total") for value in values) else
                "year" if all(re.fullmatch(r"(19|20)[0-9]{2}(p|r)?", value) for value in values) else
                "flow" if set(values) & set(FLOWS) else "")
        if not role or role in found:
            break
        found[role] = name
    if set(found) != {"flow", "year", "month"} or len(table.dimensions) != 3:
        raise NotReadable(f"kept; no table of flows by year and month as it is known: {described(table)}", **where)
    return _Roles(**found)


def _size(table: Px, where: Mapping[str, str]) -> int:
    said = " ".join((*table.about.get("UNITS", ()), *table.about.get("TITLE", ())))
    found = [_UNIT.search(text) for text in (" ".join(table.about.get("UNITS", ())), " ".join(table.about.get("TITLE", ())))]
    sizes = {_SIZES[(one[1] or one[2] or "").casefold()] for one in found if one and (one[1] or one[2])}
    if not any(found) or len(sizes) != 1:
        raise NotReadable(f"kept; the unit cannot be told of {said[:160]!r}: {described(table)}", **where)
    return sizes.pop()


def _take(cell: Cell, table: Px, roles: _Roles, size: int, today: date, rows: Rows, not_asked: Counter[str]) -> None:
    flow_said, year, month = (table.labels[name][cell.codes[name]].strip() for name in (roles.flow, roles.year, roles.month))
    flow = FLOWS.get(flow_said.casefold())
    if month.casefold() not in _MONTHS:
        not_asked["year"] += 1
        return
    start = date(int(year[:4]), _MONTHS.index(month.casefold()) + 1, 1)
    if flow is None:
        not_asked[f"series {flow_said[:40]}"] += 1
    elif not cell.value:
        not_asked[f"mark {cell.status}"] += 1
    elif last_of_month(start) >= today:
        rows.unread.rejected.append(Rejected(cell.locator, "period", "a month that was not over on the day of the fetch", cell.value))
    elif (number := printed_number(cell.value)) is None or abs(number * size) >= _LARGEST or (number < 0 and flow != "balance"):
        rows.unread.add(Rejected(cell.locator, "value", f"{cell.value[:40]!r} is no value of trade", cell.value[:200]),
                        flow=flow, period_start=start)
    else:
        rows.add(cell.value[:200], flow=flow, valuation=VALUATION[flow], period_start=start, period_end=last_of_month(start),
                 value=rounded(number * size, 3), decimals=max(0, -int(str(number.as_tuple().exponent))),
                 status="P" if year.casefold().endswith("p") else "A", locator=cell.locator)


def _updated(table: Px) -> datetime | None:
    """``LAST-UPDATED`` of the table, ``20260715 09:00``."""
    said = next(iter(table.about.get("LAST-UPDATED", ())), "")
    try:
        return datetime.strptime(said.strip(), "%Y%m%d %H:%M").replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        return None


