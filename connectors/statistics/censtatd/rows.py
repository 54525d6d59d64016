"""Records of Trade-IDDS as rows: values to ``stats.trade``, quantities beside their value or, without one, to ``stats.indicator``. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.formats.delimited import grouped_number, rounded
from connectors.formats.json_records import Record
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.censtatd.publisher import LABELS, PUBLISHER
from connectors.statistics.censtatd.questions import EDITIONS, GOODS, QUANTITY, TRADE, VIA, asked, months
from connectors.statistics.censtatd.records import Answer, locator_of
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected, Value

ZONE = ZoneInfo(PUBLISHER.tz)
FLOWS = {"1": "import", "2": "domestic-export", "3": "re-export", "4": "export"}
"""By ``ttype``. 4 has 2 and 3 in it."""
BY_CONSIGNMENT = "partner=consignment"
"""Imports by the country that they were consigned from, beside those by origin."""
_UNIT = re.compile(r"HK\$\s*(?:['’]?\s*(?P<thousand>000)|(?P<word>thousand|million|billion))?s?", re.IGNORECASE)
_SIZES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_CODES = re.compile(r"HKHS([2468])", re.ASCII)
_ALL = frozenset(("", "ALL", "TOTAL"))
_LARGEST = Decimal(10) ** 17
_MARKS = frozenset(("", "-", "n.a.", "na", "nil"))


@dataclass(frozen=True)
class _Figure:
    dataset: str
    key: tuple[tuple[str, Value], ...]
    """Columns of ``stats.trade`` but for value and quantity."""
    number: Decimal
    unit: str
    locator: str
    printed: str


def batches(document: Document) -> Iterator[Batch]:
    """Of each dataset and flow that an answer has, the rows. None where Trade-IDDS says that it has no record for a question of ours.

    Raises SchemaDrift where the unit of a value cannot be told or no record can be read, Incomplete, NotReadable for a message.
    """
    where = {"dataset": document.dataset, "url": document.fetch.url}
    answer = Answer(document.content, **where)
    if not len(answer):
        if asked(document.fetch.url):
            return
        raise Incomplete("the answer holds no record", **where)
    read = _Read(document)
    for record in answer:
        read.take(record)
    yield from read.batches()


class _Read:
    """Records on their way to rows."""

    def __init__(self, document: Document) -> None:
        self.where = {"dataset": document.dataset, "url": document.fetch.url}
        self.today = document.fetch.asked_at.astimezone(ZONE).date()
        self.asked = asked(document.fetch.url) if document.fetch.whole else {}
        self.values: list[_Figure] = []
        self.quantities: dict[tuple[object, ...], list[_Figure]] = {}
        self.rejected: list[tuple[Rejected, Mapping[str, Value]]] = []
        self.not_asked: Counter[str] = Counter()

    def take(self, record: Record) -> None:
        cells = {name: text.strip() for name, text in record.cells.items()}
        locator, printed = locator_of(record), cells.get("figure", "")
        flow = FLOWS.get(cells.get("ttype", ""))
        if flow is None:
            self._aside(locator, "ttype", f"no type of trade is known by {cells.get('ttype', '')[:20]!r}", cells)
            return
        what = re.fullmatch(r"([VQ])C([my])", cells.get("sv", ""), re.IGNORECASE)
        if what is None:
            self._aside(locator, "sv", f"no statistic is known by {cells.get('sv', '')[:20]!r}", cells)
            return
        period = _period(cells, to_date=what[2].casefold() == "y")
        if period is None or period[1] >= self.today:
            self._aside(locator, "period", f"{cells.get('period', '')[:20]!r} is no period that was over on the day of the fetch", cells)
            return
        whose = self._whose(cells, flow, period[0], locator)
        goods = _goods(cells, period[0])
        if whose is None:
            return
        if goods is None:
            listed, code = cells.get("codeclass", ""), cells.get("code", "")
            self._aside(locator, "code", f"no product is known by {listed[:20]!r} {code[:20]!r}", cells)
            return
        (partner, breakdown), (classification, product) = whose, goods
        key: dict[str, Value] = {
            "flow": flow, "partner": partner, "breakdown": breakdown, "classification": classification, "product": product,
            "period_start": period[0], "period_end": period[1]}
        if printed.casefold() in _MARKS:
            self.not_asked["blank"] += 1
            return
        number = grouped_number(printed)
        if number is None or number < 0:
            self._aside(locator, "figure", f"{printed[:40]!r} is no figure", cells, key)
            return
        dataset = VIA if breakdown.startswith("origin=") else TRADE if product == "TOTAL" else GOODS
        figure = _Figure(dataset, tuple(key.items()), number, cells.get("unitEN", ""), locator, printed)
        if what[1].upper() == "V":
            self.values.append(figure)
        else:
            self.quantities.setdefault(figure.key, []).append(figure)

    def _whose(self, cells: Mapping[str, str], flow: str, on: date, locator: str) -> tuple[str, str] | None:
        """Partner and breakdown: imports are by origin, exports by destination, re-exports by both where both are there."""
        found = {}
        for name in ("co", "cc"):
            code = cells.get(name, "")
            found[name] = "WLD" if code.upper() in _ALL else LABELS.area_of(code, on)
            if found[name] is None:
                self._aside(locator, "area", f"no area is known by the code {code[:20]!r} ({cells.get(name + 'DescEN', '')[:60]})", cells)
                return None
        origin, other = str(found["co"]), str(found["cc"])
        if flow == "import":
            if origin == "WLD" and other != "WLD":
                return other, BY_CONSIGNMENT
            return origin, "-" if other == "WLD" else f"consignment={other}"
        return other, "-" if origin == "WLD" else f"origin={origin}"

    def _aside(self, locator: str, rule: str, reason: str, cells: Mapping[str, str], whose: Mapping[str, Value] | None = None) -> None:
        raw = ", ".join(f"{name} {text}" for name, text in cells.items() if not name.endswith("DescEN"))
        self.rejected.append((Rejected(locator, rule, reason, raw[:500]), whose or {}))

    def batches(self) -> Iterator[Batch]:
        # Chapters are held against each other by flow, so each dataset and flow is a batch.
        trade: dict[tuple[str, str, bool], Rows] = {}
        contradicted = _contradicted(self.values)
        for figure in self.values:
            key = dict(figure.key)
            if figure.locator in contradicted:
                self.rejected.append((Rejected(figure.locator, "sum", contradicted[figure.locator], figure.printed[:200]), key))
                continue
            multiplier = _size(figure, self.where)
            if figure.number * multiplier >= _LARGEST:
                self.rejected.append((Rejected(figure.locator, "figure", "larger than any trade", figure.printed[:200]), key))
                continue
            beside = self.quantities.pop(figure.key, [])
            quantity = beside[0] if len({(one.number, one.unit) for one in beside}) == 1 else None
            named = (figure.dataset, str(key["flow"]), key["breakdown"] == BY_CONSIGNMENT)
            partner, product = str(key["partner"]), str(key["product"])
            trade.setdefault(named, Rows("stats.trade")).add(
                figure.printed[:200], **key, valuation="CIF" if key["flow"] == "import" else "FOB",
                value=rounded(figure.number * multiplier, 3), unit_multiplier=multiplier,
                quantity=float(quantity.number) if quantity else None, quantity_unit=quantity.unit if quantity else None,
                partner_kind="self" if partner == PUBLISHER.area else areas.kind_of(partner),
                product_level=0 if product == "TOTAL" else len(product), locator=figure.locator)
        quantities = Rows("stats.indicator")
        for held in self.quantities.values():
            for figure in held:
                self._quantity(figure, quantities)
        if not trade and not len(quantities):
            if self.rejected:
                raise SchemaDrift(f"not one record could be read: {self.rejected[0][0].reason}", **self.where)
            raise NotReadable(f"no figure of the kind that is stored ({', '.join(self.not_asked) or 'no record'})", **self.where)
        made = [self._batch(*named, rows) for named, rows in trade.items()]
        if len(quantities):
            made.append(self._batch(QUANTITY, "", False, quantities))
        for place, batch in enumerate(made):
            # What was set aside is told once, and narrows every batch, since nobody knows whose it was.
            yield batch if place else replace(batch, rejected=(*batch.rejected, *(one for one, _ in self.rejected)),
                                              not_asked=dict(self.not_asked))

    def _quantity(self, figure: _Figure, into: Rows) -> None:
        key = dict(figure.key)
        if key["breakdown"] != "-":
            self.not_asked["quantity by origin and destination, or by consignment"] += 1
        elif not figure.unit:
            self.rejected.append((Rejected(figure.locator, "unit", "a quantity without a unit", figure.printed[:200]), {}))
        else:
            into.add(figure.printed[:200], area=PUBLISHER.area, partner=key["partner"], product=key["product"],
                     indicator=f"{str(key['flow']).replace('-', '_')}_quantity", period_start=key["period_start"],
                     period_end=key["period_end"], unit=figure.unit.casefold(), value=rounded(figure.number, 8),
                     flags=f"classification={key['classification']}", locator=figure.locator)

    def _batch(self, dataset: str, flow: str, consigned: bool, rows: Rows) -> Batch:
        frame = rows.frame("period_start", "period_end", "partner", "product")
        first, last = frame["period_start"][0], max(frame["period_end"].to_list())
        said = " ".join(part for part in (flow, "by consignment" if consigned else "", f"{first} to {last}") if part)
        return Batch(
            dataset=dataset, name=f"{dataset} {said}", frames=(frame,),
            constants={"dataset": dataset, "adjustment": "N"} if dataset == QUANTITY else
            {"dataset": dataset, "reporter": PUBLISHER.area, "currency": PUBLISHER.currency, "decimals": 0},
            scope=self._scope(dataset, flow, consigned),
            not_read=(*rows.unread.not_read, *(whose or {} for _, whose in self.rejected)),
            rejected=tuple(rows.unread.rejected),
            columns_seen=("freq", "period", "ttype", "co", "cc", "code", "sv", "unitEN", "figure"),
            checks=tuple(rows.unread.checks()),
        )

    def _scope(self, dataset: str, flow: str, consigned: bool) -> Mapping[str, tuple[Value, ...]] | None:
        """What an answer to a question of ours is complete for: its months, its goods, its partner where it asked for one alone."""
        question = self.asked
        if not question or dataset == QUANTITY or question.get("freq") != "M":
            return None
        codes = tuple(question["code"].split(",")) if question.get("code") else ("TOTAL",)
        starts = months(question["period"])
        on = starts[0]
        origin, other = ((None if code.upper() in _ALL else LABELS.area_of(code, on)) for code in (
            question.get("co", ""), question.get("cc", "")))
        scope: dict[str, tuple[Value, ...]] = {
            "flow": (flow,), "product": codes, "period_start": starts, "period_end": tuple(last_of_month(start) for start in starts),
            "breakdown": (BY_CONSIGNMENT if consigned else f"origin={origin}" if dataset == VIA else "-",)}
        partner = origin if flow == "import" and not consigned else other
        return scope | ({"partner": (partner,)} if partner else {})


def _contradicted(figures: Iterable[_Figure]) -> dict[str, str]:
    """By locator, why a figure cannot stand: total exports that are not domestic exports and re-exports together, to the rounding of each,
    and partners that are more than the world."""
    found: dict[str, str] = {}
    by_flow: dict[tuple[object, ...], dict[str, _Figure]] = {}
    worlds: dict[tuple[object, ...], _Figure] = {}
    partners: dict[tuple[object, ...], list[_Figure]] = {}
    for figure in figures:
        key = dict(figure.key)
        flow, partner = str(key.pop("flow")), key.pop("partner")
        by_flow.setdefault((*key.values(), partner, figure.unit), {})[flow] = figure
        if partner == "WLD":
            worlds[*key.values(), flow, figure.unit] = figure
        elif areas.kind_of(str(partner)) == "country":
            partners.setdefault((*key.values(), flow, figure.unit), []).append(figure)
    for told in by_flow.values():
        if {"domestic-export", "re-export", "export"} <= set(told):
            domestic, again, whole = (told[flow].number for flow in ("domestic-export", "re-export", "export"))
            if abs(domestic + again - whole) > 2:
                said = f"domestic exports of {domestic} and re-exports of {again} are not the total exports of {whole}"
                found.update({told[flow].locator: said for flow in ("domestic-export", "re-export", "export")})
    for group, listed in partners.items():
        added = sum((figure.number for figure in listed), Decimal(0))
        if group in worlds and added > worlds[group].number + len(listed):
            said = f"its partners add up to {added}, more than the {worlds[group].number} of all"
            found.update({figure.locator: said for figure in (worlds[group], *listed)})
    return found


def _size(figure: _Figure, where: Mapping[str, str]) -> int:
    found = _UNIT.fullmatch(figure.unit.strip())
    if found is None:
        raise SchemaDrift(f"the value at {figure.locator} is in {figure.unit[:40]!r}, and not in HK$ '000", **where)
    return _SIZES["thousand"] if found["thousand"] else _SIZES.get((found["word"] or "").casefold(), 1)


def _period(cells: Mapping[str, str], *, to_date: bool) -> tuple[date, date] | None:
    """``202401`` as a month, or the months of its year to its end; ``2025`` as a year."""
    found = re.fullmatch(r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])?", cells.get("period", ""), re.ASCII)
    if found is None or (cells.get("freq", ""), bool(found[2])) not in (("M", True), ("A", False)):
        return None
    year = int(found[1])
    if not found[2]:
        return date(year, 1, 1), date(year, 12, 31)
    month = date(year, int(found[2]), 1)
    return (month.replace(month=1) if to_date else month), last_of_month(month)


def _goods(cells: Mapping[str, str], on: date) -> tuple[str, str] | None:
    """Classification and code. The first six digits of the HKHS are those of the HS, in the edition of the period."""
    code, listed = cells.get("code", ""), _CODES.fullmatch(cells.get("codeclass", ""))
    if code.upper() in _ALL and (code or listed is None):  # a blank beside a list of codes is a code that is lost
        return "-", "TOTAL"
    if listed is None or not re.fullmatch(r"[0-9]+", code, re.ASCII) or len(code) != int(listed[1]):
        return None
    edition = next((year for year in EDITIONS if on.year >= year), None)
    if edition is None:
        return None
    return (f"HKHS{on.year}" if len(code) == 8 else f"HS{edition}"), code
