"""The two tables as SDMX messages, in any form, read into rows of ``stats.indicator`` (ITIC) and ``stats.trade`` (BIMTS). Pure.

Only their structures were seen, of 2026, and no file of figures; so whatever is not as the structures say is refused by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from connectors.formats import sdmx
from connectors.formats.delimited import header_of, printed_number, rounded
from connectors.formats.rows import Rows
from connectors.statistics.oecd.publisher import GROUPS, LABELS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Batch, Document, Rejected, Value

ITIC = "oecd.itic"
BIMTS = {"B": "oecd.bimts", "B_ADJ_RX": "oecd.bimts.producers"}
"""By the OECD's adjustment: balanced, and balanced with re-exports given to the countries that produced the goods."""
MARGIN, UNIT = "cif_fob_margin", "percent of CIF"
LAYOUTS = {
    ITIC: ("REF_AREA", "COUNTERPART_AREA", "MEASURE", "PRODUCT_TYPE", "COMM_HS2017", "FREQ", "UNIT_MEASURE"),
    **dict.fromkeys(BIMTS.values(), ("REF_AREA", "COUNTERPART_AREA", "TRADE_FLOW", "PRODUCT_TYPE", "PRODUCT_CPA", "PRODUCT_HS", "FREQ",
                                     "UNIT_MEASURE", "ADJUSTMENT"))}
FIXED: Mapping[str, Mapping[str, str]] = {
    ITIC: {"MEASURE": "C_F", "PRODUCT_TYPE": "C", "FREQ": "A", "UNIT_MEASURE": "PT_IM_CIF"},
    **{dataset: {"TRADE_FLOW": "X", "PRODUCT_TYPE": "C", "PRODUCT_CPA": "_Z", "FREQ": "A", "UNIT_MEASURE": "USD_EXC"}
       for dataset in BIMTS.values()}}
"""What the dimensions have that are not read further. Another code is another table, or another unit."""
STATUSES = {"": "A", "A": "A", "I": "E", "E": "E", "P": "P", "B": "B", "F": "F"}
"""The OECD's "imputed" is a model's estimate; ours would be a figure taken over from the partner's account."""
MARKS = ("METHODOLOGY_TYPE", "OBS_STATUS")
CLASSIFICATION = "HS2017"
FIRST = 1995
_OTHERS = ((b"DSD_BTIGE@", "bilateral trade by end use (BTiGE)"), (b"DSD_IMTS@", "monthly totals (IMTS)"),
           (b"DF_BIMTS_CPA", "balanced trade by CPA: take that by HS 2017"))
_NAMED = ((b"DSD_ITIC@DF_ITIC", ITIC), (b"DF_BIMTS_HS2017", BIMTS["B"]))
_PRODUCT = re.compile(r"HS17_([0-9]{2}|[0-9]{4}|[0-9]{6})", re.ASCII)
_HUNDRED, _LARGEST, _MOST_DECIMALS = Decimal(100), Decimal(10) ** 17, 6


def recognised(head: bytes) -> str | None:
    """The table of which bytes are a message, by the name of its dataflow or its columns. Raises NotReadable for others of the OECD's."""
    form = sdmx.form_of(head)
    if form is None:
        return None
    start = head[:65_536]
    for mark, what in _OTHERS:
        if mark in start:
            raise NotReadable(f"a table of the OECD that is not read: {what}")
    if named := next((dataset for mark, dataset in _NAMED if mark in start), None):
        return named
    header = {name.partition(":")[0].strip() for name in header_of(head)} if form == "csv" else set()
    return next((dataset for dataset, dimensions in LAYOUTS.items() if set(dimensions) <= header), None)


def read(document: Document, asked: Mapping[str, tuple[Value, ...]] | None) -> Iterator[Batch]:
    """The batches of a message: one, or of BIMTS one for each adjustment that it has. ``asked``: what it is complete for, as columns and
    values. Raises SchemaDrift where unit, multiplier or dimensions are others, Incomplete without a figure, NotReadable."""
    layout = _layout(document)
    read = sdmx.read(document.content, layout)
    observations = sdmx.given(read, layout, "ask the OECD for the whole table again")
    if document.dataset == ITIC:
        margins = _Margins(layout)
        margins.all(observations)
        yield margins.batch(ITIC, document, read.columns, asked)
        return
    balanced = {adjustment: _Balanced(layout) for adjustment in BIMTS}
    others: Counter[str] = Counter()
    for one in observations:
        adjustment = one.key[layout.dimensions.index("ADJUSTMENT")]
        if adjustment in balanced:
            balanced[adjustment].take(one)
        else:
            others[f"adjustment {adjustment[:20]}"] += 1
    held = {adjustment: part for adjustment, part in balanced.items() if part.seen}
    if not held:
        raise Incomplete(f"the message holds no balanced value{f' ({next(iter(others))})' if others else ''}", dataset=document.dataset,
                         url=document.fetch.url)
    for adjustment, part in held.items():
        part.not_asked += others
        others.clear()
        yield part.batch(BIMTS[adjustment], document, read.columns, asked if BIMTS[adjustment] == document.dataset else None)


def read_cell(document: Document, locator: str) -> str:
    """The printed value of a locator. Raises a PublisherError where these bytes have no such cell."""
    return sdmx.read_cell(document.content, locator, _layout(document))


def _layout(document: Document) -> sdmx.Layout:
    return sdmx.Layout(LAYOUTS[document.dataset], dataset=document.dataset, url=document.fetch.url)


class _Table:
    """Observations of one table, sorted into rows, not asked for, and set aside."""

    table = ""
    constants: Mapping[str, Value] = {}
    reporter = ""
    """The column of the area that a figure is of."""

    def __init__(self, layout: sdmx.Layout) -> None:
        self.rows = Rows(self.table)
        self.not_asked: Counter[str] = Counter()
        self.seen = 0
        self._layout = layout
        self._fixed = [(layout.dimensions.index(name), name, code) for name, code in FIXED[layout.dataset].items()]

    def all(self, observations: Iterable[sdmx.Observation]) -> None:
        for one in observations:
            self.take(one)

    def take(self, one: sdmx.Observation) -> None:
        self.seen += 1
        for place, name, code in self._fixed:
            if one.key[place] != code:
                raise self._layout.drift(f"{name} is {one.key[place][:40]!r} and not {code!r} at {one.locator[:120]}: another table or "
                                         "unit")
        codes = dict(zip(self._layout.dimensions, one.key, strict=True))
        if not re.fullmatch(r"(19|20)[0-9]{2}", one.period, re.ASCII):
            self._aside(one, "period", f"{one.period[:40]!r} is no year")
            return
        if {codes["REF_AREA"], codes["COUNTERPART_AREA"]} & GROUPS:
            self.not_asked["group of areas"] += 1
            return
        if not one.value:
            self.not_asked["no value"] += 1
            return
        start = date(int(one.period), 1, 1)
        reporter, partner = (LABELS.area_of(codes[name], start) for name in ("REF_AREA", "COUNTERPART_AREA"))
        product = _product(codes.get("COMM_HS2017") or codes.get("PRODUCT_HS") or "")
        if reporter is None or partner is None:
            wrong = codes["REF_AREA" if reporter is None else "COUNTERPART_AREA"]
            # Of an area that nothing was ever stored of, nothing can be missed.
            self.rows.unread.rejected.append(self._rejected(one, "area", f"no area is known by the code {wrong[:20]!r}"))
        elif product is None:
            whose: dict[str, Value] = {self.reporter: reporter, "partner": partner, "period_start": start}
            self._aside(one, "product", "no product of HS 2017", **whose)
        else:
            self._take(one, reporter, partner, product, start)

    def _take(self, one: sdmx.Observation, reporter: str, partner: str, product: str, start: date) -> None:
        raise NotImplementedError

    def _aside(self, one: sdmx.Observation, rule: str, reason: str, **whose: Value) -> None:
        self.rows.unread.add(self._rejected(one, rule, reason), **whose)

    @staticmethod
    def _rejected(one: sdmx.Observation, rule: str, reason: str) -> Rejected:
        return Rejected(one.locator, rule, reason, f"{'.'.join(one.key)} {one.period} {one.value}"[:500])

    def batch(self, dataset: str, document: Document, columns: tuple[str, ...], asked: Mapping[str, tuple[Value, ...]] | None) -> Batch:
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if not len(self.rows):
            if self.rows.unread.rejected:
                raise self._layout.drift(f"not one figure could be read: {self.rows.unread.rejected[0].reason}")
            raise Incomplete("the message holds no figure", **where)
        frame = self.rows.frame(self.reporter, "period_start", "partner", "product")
        years = frame["period_end"].unique().sort().to_list()
        named = sorted(set(frame[self.reporter]))
        return Batch(
            dataset=dataset,
            name=f"{dataset} {', '.join(named[:4])}{' …' * (len(named) > 4)} {years[0].year} to {years[-1].year}",
            frames=(frame,),
            constants={"dataset": dataset, **self.constants},
            scope={**asked, "period_end": tuple(years)} if asked is not None else None,
            not_read=tuple(self.rows.unread.not_read),
            not_asked={reason: count for reason, count in self.not_asked.items() if count},
            rejected=tuple(self.rows.unread.rejected),
            columns_seen=columns,
            checks=tuple(self.rows.unread.checks()),
        )


class _Margins(_Table):
    """What freight and insurance are of the CIF value of imports: (CIF − FOB) / CIF, in per cent, of an importer's goods from an
    exporter."""

    table = "stats.indicator"
    constants = {"indicator": MARGIN, "unit": UNIT}  # noqa: RUF012  # never changed
    reporter = "area"

    def _take(self, one: sdmx.Observation, reporter: str, partner: str, product: str, start: date) -> None:
        if _multiplier(one, self._layout, absent=0) != 0:
            raise self._layout.drift(f"UNIT_MULT is {one.attributes.get('UNIT_MULT')!r} at {one.locator[:120]}: margins are plain per cent")
        number = printed_number(one.value)
        if number is None or not -_HUNDRED < number < _HUNDRED:
            self._aside(one, "margin", f"{one.value[:40]!r} is no per cent of a value", area=reporter, partner=partner, product=product,
                        period_start=start)
            return
        self.rows.add(one.value[:200], area=reporter, partner=partner, product=product, period_start=start,
                      period_end=date(start.year, 12, 31), value=rounded(number, 8), status=_status(one), flags=_flags(one),
                      locator=one.locator)


class _Balanced(_Table):
    """Balanced exports of an exporter to an importer, which are the importer's imports as well, and stand once."""

    table = "stats.trade"
    constants = {"flow": "export", "currency": "USD", "decimals": _MOST_DECIMALS}  # noqa: RUF012  # never changed
    reporter = "reporter"

    def _take(self, one: sdmx.Observation, reporter: str, partner: str, product: str, start: date) -> None:
        number, power = printed_number(one.value), _multiplier(one, self._layout, absent=None)
        if power is None:
            raise self._layout.drift(f"no UNIT_MULT stands at {one.locator[:120]}: nobody can tell dollars from millions")
        if number is None or not 0 <= number.scaleb(power) < _LARGEST:
            self._aside(one, "value", f"{one.value[:40]!r} is no value of trade", reporter=reporter, partner=partner, product=product,
                        period_start=start)
            return
        total = product == "TOTAL"
        self.rows.add(one.value[:200], reporter=reporter, partner=partner, classification="-" if total else CLASSIFICATION,
                      product=product, period_start=start, period_end=date(start.year, 12, 31), unit_multiplier=10 ** power,
                      value=rounded(rounded(number, _MOST_DECIMALS) * 10 ** power, 3), status=_status(one), flags=_flags(one),
                      partner_kind="self" if partner == reporter else areas.kind_of(partner), product_level=0 if total else len(product),
                      locator=one.locator)


def _product(code: str) -> str | None:
    if code == "_T":
        return "TOTAL"
    found = _PRODUCT.fullmatch(code)
    return found[1] if found else None


def _multiplier(one: sdmx.Observation, layout: sdmx.Layout, *, absent: int | None) -> int | None:
    """The power of ten by which a printed value is multiplied. Raises SchemaDrift for what is none."""
    printed = one.attributes.get("UNIT_MULT", "")
    if not printed:
        return absent
    if not re.fullmatch(r"[0-9]{1,2}", printed, re.ASCII) or int(printed) > 12:
        raise layout.drift(f"UNIT_MULT is {printed[:20]!r} at {one.locator[:120]}")
    return int(printed)


def _status(one: sdmx.Observation) -> str:
    return STATUSES.get(one.attributes.get("OBS_STATUS", ""), "A")


def _flags(one: sdmx.Observation) -> str:
    """The OECD's own marks: how the figure was made (METHODOLOGY_TYPE, "ME" of a model, "AG" summed up), and its status where not A."""
    told = {name: one.attributes.get(name, "") for name in MARKS}
    return ";".join(f"{name}={code[:40]}" for name, code in told.items() if code and (name, code) != ("OBS_STATUS", "A")).replace("\0", "")
