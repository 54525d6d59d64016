"""Dated statements of trade figures by authorities, from a reviewed file: evidence of what was public on a day.

The file beside this module, ``statements.csv``, holds one statement a line: who said which figure when, in the digits
used, with the page it stands on and our own words for what it is (never a quotation). It is data that people review, so
the reader is strict: one line that breaks a rule fails the whole file and names the line. Nothing is fetched here; news
pages are read by ``connectors.news``. Which datasets there are, and what their chains are, stands in
``connectors.statistics.statements.speakers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Packaged, Wanted
from connectors.formats.delimited import Delimited, Line, header_of, printed_number, read_delimited, rounded
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.statements.speakers import DATASETS, PUBLISHER
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document, ReleasedBasis

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("statement", "dataset", "stated_on", "zone", "reporter", "partner", "measure", "group", "period_start",
           "period_end", "unit", "value", "scale", "bound", "yoy_pct", "status", "account", "speaker", "source", "said")
VALUATION: Mapping[str, str] = {"export": "FOB", "import": "CIF", "total": "CIF+FOB", "balance": "FOB-CIF"}
"""A statement does not say how goods are valued; the accounts it draws on count exports FOB and imports CIF."""
INDICATORS: Mapping[str, str] = {
    "rank_of_partner": "rank", "rank_of_partner_in_group": "rank", "rank_as_import_source": "rank",
    "streak_largest_partner_years": "years", "share_of_partner_in_total_trade": "percent",
    "share_of_partner_in_exports": "percent", "share_of_partner_in_imports": "percent",
}
"""Indicators and their unit."""
BOUNDS = ("exact", "about", "less_than", "more_than")
"""How the figure was said. All but exact goes into the row's flags; a bound is never the base of a comparison."""
GROUPS = ("ASEAN",)
ZONES = ("Asia/Kuala_Lumpur", "Asia/Shanghai")
SCALES = ("1", "1000000", "1000000000", "1000000000000")

Precision = Literal["minute", "day", "month", "year"]


@dataclass(frozen=True)
class Statement:
    """One line of the file, checked."""

    line: int
    statement: str
    dataset: Dataset
    stated_on: str
    """As precise as known: ``2024-07-18 12:00``, ``2025-06-20``, ``2025-02``, ``2024``."""
    precision: Precision
    public_at: datetime
    """The minute, else the last second of that day, month or year at the speaker's place: never earlier than it was."""
    reporter: str
    partner: str
    measure: str
    group: str
    period_start: date
    period_end: date
    unit: str
    value: Decimal
    """As written, in units of ``scale``."""
    scale: int
    bound: str
    yoy_pct: Decimal | None
    status: str
    account: str
    """Whose figures the speaker named; ``unnamed`` where nobody's."""
    speaker: str
    source: str
    said: str
    """What was stated, in our own words."""

    @property
    def locator(self) -> str:
        return f"line {self.line} ({self.statement})"

    @property
    def decimals(self) -> int:
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def flags(self) -> str:
        """``bound=about;account=unnamed``: what keeps a row from being taken for more than it is."""
        marks = (("bound", self.bound if self.bound != "exact" else ""),
                 ("account", self.account if self.account == "unnamed" else ""), ("group", self.group))
        return ";".join(f"{name}={value}" for name, value in marks if value)

    @property
    def key(self) -> tuple[object, ...]:
        return (self.dataset.dataset, self.reporter, self.partner, self.measure, self.unit, self.period_start,
                self.period_end)


DOCUMENT = "statements"
"""The dataset of the document; its batches belong to the speakers' datasets."""


class Statements(Connector):
    """Connector of the packaged file, which is archived as imported: there is nobody to ask."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 0
    parser_version = 1
    datasets = DATASETS
    packaged = Packaged(Path(__file__).with_name("statements.csv"), DOCUMENT)

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """Nothing: statements come from the reviewed file, not from a network."""
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the header."""
        return DOCUMENT if set(header_of(head)) >= set(COLUMNS) else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch for each dataset and moment of statement, oldest first, so that a later statement of the same
        figure revises the earlier. Raises SchemaDrift naming the first line that breaks a rule, and Incomplete."""
        groups: dict[tuple[datetime, str, str], list[Statement]] = {}
        for statement in read_statements(document.body, url=document.fetch.url):
            key = (statement.public_at, statement.dataset.dataset, statement.stated_on)
            groups.setdefault(key, []).append(statement)
        for key in sorted(groups):
            out.put(_batch(groups[key]))

    def read_cell(self, document: Document, locator: str) -> str:
        """The figure of a statement as written. Raises a PublisherError where these bytes have no such line."""
        return str(statement_at(document.body, locator).value)

    def source_of(self, document: Document, locator: str) -> str:
        """The speaker, and the page on which the statement stands."""
        stated = statement_at(document.body, locator)
        return f"{stated.speaker}: {stated.source}"


CONNECTOR = Statements()


def statement_at(body: bytes, locator: str) -> Statement:
    """The statement a row's locator names: speaker, source and our words for it. Raises NotReadable where none is."""
    for statement in read_statements(body):
        if statement.locator == locator:
            return statement
    raise NotReadable(f"the file has no statement at {locator[:200]}")


def read_statements(body: bytes, *, url: str = "") -> list[Statement]:
    """Every statement of the file, in its order. Raises SchemaDrift naming the line, Incomplete for an empty file."""
    where = {"dataset": DOCUMENT, "url": url}
    table = read_delimited(body, needs=COLUMNS, **where)
    if table.ragged:
        raise SchemaDrift(f"line {table.ragged[0].number}: not {len(table.header)} cells", **where)
    statements: list[Statement] = []
    seen: dict[tuple[object, ...], int] = {}
    for line in table.lines:
        try:
            statement = _statement(table, line)
        except ValueError as exc:
            raise SchemaDrift(f"line {line.number}: {exc}", **where) from exc
        # Two speakers in one article may give one figure: one line for it, or one batch would hold a key twice.
        for key in ((statement.statement,), (*statement.key, statement.public_at)):
            if key in seen:
                raise SchemaDrift(f"line {line.number}: says again what line {seen[key]} says", **where)
            seen[key] = line.number
        statements.append(statement)
    if not statements:
        raise Incomplete("the file holds no statement", **where)
    return statements


_BY_NAME = {dataset.dataset: dataset for dataset in DATASETS}


def _statement(table: Delimited, line: Line) -> Statement:
    """A line, checked. Raises ValueError saying what is wrong with it."""
    cell = {name: line.cells[table.column(name)].strip() for name in COLUMNS}

    def demand(true: bool, said: str) -> None:
        if not true:
            raise ValueError(said)

    dataset = _BY_NAME.get(cell["dataset"])
    if dataset is None:
        raise ValueError(f"no dataset {cell['dataset'][:60]!r} in connectors.statistics.statements.speakers")
    demand(bool(re.fullmatch(r"[a-z0-9-]{3,80}", cell["statement"])), "the id is not lower-case letters and digits")
    for name in ("reporter", "partner"):
        demand(bool(re.fullmatch(r"[A-Z][A-Z0-9_]{2,11}", cell[name])), f"{name} is no area code: {cell[name][:40]!r}")
    demand(cell["zone"] in ZONES, f"zone {cell['zone'][:40]!r} is none of {', '.join(ZONES)}")
    precision, public_at = _moment(cell["stated_on"], ZoneInfo(cell["zone"]))
    start, end = _date(cell["period_start"], "period_start"), _date(cell["period_end"], "period_end")
    demand(start <= end, "the period ends before it begins")
    demand(public_at.date() >= end, "the figure is stated before its period has ended")
    value = printed_number(cell["value"]) if re.fullmatch(r"-?[0-9.]{1,15}", cell["value"]) else None
    if value is None:
        raise ValueError(f"value {cell['value'][:40]!r} is not a plain number")
    demand(cell["scale"] in SCALES, f"scale {cell['scale'][:40]!r} is none of {', '.join(SCALES)}")
    demand(abs(value * int(cell["scale"])) < Decimal(10) ** 17, "the value is larger than any trade")
    demand(cell["bound"] in BOUNDS, f"bound {cell['bound'][:40]!r} is none of {', '.join(BOUNDS)}")
    demand(cell["status"] in ("A", "P", "E"), "status is none of A, P, E")
    yoy = printed_number(cell["yoy_pct"])
    demand(yoy is not None or not cell["yoy_pct"], f"yoy_pct {cell['yoy_pct'][:40]!r} is not a number")
    demand(yoy is None or (abs(yoy) < 10_000 and yoy == rounded(yoy, 2)), "yoy_pct is no growth in two decimals")
    if dataset.table == "stats.trade":
        demand(cell["measure"] in VALUATION, f"measure {cell['measure'][:40]!r} is no flow of a trade dataset")
        demand(bool(re.fullmatch(r"[A-Z]{3}", cell["unit"])), f"unit {cell['unit'][:40]!r} is no currency")
        demand(value >= 0 or cell["measure"] == "balance", "only a balance can be negative")
        demand(not cell["group"], "a trade figure has no group")
        demand(value * int(cell["scale"]) == rounded(value * int(cell["scale"]), 3), "more digits than a sen")
    else:
        demand(INDICATORS.get(cell["measure"]) == cell["unit"],
               f"no indicator {cell['measure'][:40]!r} in {cell['unit'][:20]!r}")
        demand(cell["scale"] == "1" and value > 0 and yoy is None, "an indicator is a positive number without growth")
        demand(value == rounded(value, 8), "more than eight decimals")
        in_group = cell["measure"] == "rank_of_partner_in_group"
        demand(cell["group"] in (GROUPS if in_group else ("",)), "a rank in a group names it, and nothing else does")
    for name in ("account", "speaker", "source", "said"):
        demand(bool(cell[name]), f"{name} is empty")
    demand(not re.search("[\"“”„«»]", cell["said"]), "said is our own words, never a quotation")
    demand(len(cell["said"]) <= 120, "said is longer than one sentence")
    return Statement(
        line=line.number, statement=cell["statement"], dataset=dataset, stated_on=cell["stated_on"],
        precision=precision, public_at=public_at, reporter=cell["reporter"], partner=cell["partner"],
        measure=cell["measure"], group=cell["group"], period_start=start, period_end=end, unit=cell["unit"],
        value=value, scale=int(cell["scale"]), bound=cell["bound"], yoy_pct=yoy, status=cell["status"],
        account=cell["account"],
        speaker=cell["speaker"], source=cell["source"], said=cell["said"],
    )


def _date(text: str, name: str) -> date:
    if not re.fullmatch(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        raise ValueError(f"{name} {text[:40]!r} is no date")
    return date.fromisoformat(text)


def _moment(text: str, zone: ZoneInfo) -> tuple[Precision, datetime]:
    """Precision and the moment from which the statement counts as public, at the speaker's place."""
    form = r"((?:19|20)[0-9]{2})(?:-([0-9]{2})(?:-([0-9]{2})(?: ([0-9]{2}:[0-9]{2}))?)?)?"
    found = re.fullmatch(form, text, re.ASCII)
    if not found:
        raise ValueError(f"stated_on {text[:40]!r} is none of 2024, 2024-07, 2024-07-18, 2024-07-18 12:00")
    year, month, day, clock = found.groups()
    last = time(23, 59, 59)
    if clock:
        return "minute", datetime.combine(date.fromisoformat(text[:10]), time.fromisoformat(clock), zone)
    if day:
        return "day", datetime.combine(date.fromisoformat(text), last, zone)
    if month:
        return "month", datetime.combine(last_of_month(date(int(year), int(month), 1)), last, zone)
    return "year", datetime.combine(date(int(year), 12, 31), last, zone)


_BASIS: Mapping[Precision, ReleasedBasis] = {"minute": "stamp", "day": "page", "month": "calendar", "year": "calendar"}


def _batch(statements: list[Statement]) -> Batch:
    first = statements[0]
    trade = first.dataset.table == "stats.trade"
    return Batch(
        dataset=first.dataset.dataset,
        name=f"{first.dataset.dataset} {first.stated_on}",
        frames=(_trade(statements) if trade else _indicators(statements),),
        constants={"dataset": first.dataset.dataset},
        scope=None,
        released_at=first.public_at.astimezone(UTC),
        released_basis=_BASIS[first.precision],
        columns_seen=COLUMNS,
    )


def _trade(statements: list[Statement]) -> pl.DataFrame:
    rows = Rows("stats.trade")
    for s in statements:
        rows.add(s.said, reporter=s.reporter, partner=s.partner, flow=s.measure, valuation=VALUATION[s.measure], currency=s.unit,
                 period_start=s.period_start, period_end=s.period_end, value=s.value * s.scale, unit_multiplier=s.scale,
                 decimals=s.decimals, status=s.status, flags=s.flags, published_yoy_pct=s.yoy_pct,
                 partner_kind=_partner_kind(s.partner), locator=s.locator)
    return rows.frame()


def _indicators(statements: list[Statement]) -> pl.DataFrame:
    rows = Rows("stats.indicator")
    for s in statements:
        rows.add(s.said, area=s.reporter, partner=s.partner, indicator=s.measure, period_start=s.period_start, period_end=s.period_end,
                 unit=s.unit, value=s.value, status=s.status, flags=s.flags, locator=s.locator)
    return rows.frame()


def _partner_kind(partner: str) -> str:
    return "world" if partner == "WLD" else "group" if partner in GROUPS else "country"
