"""Two accounts of the same goods, side by side: the reporter's and the partner's, their ratio, and what is known to explain it.

They are compared and never merged. One account of a pair is ``warehouse.ask.answers.get``; printing is the command line's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask import answers
from warehouse.ask.accounts import split
from warehouse.ask.answers import Figure
from warehouse.reference import areas
from warehouse.reference import products as products_
from warehouse.reference.periods import Period
from warehouse.schema.travel import FILLED_IN, MIRROR


@dataclass(frozen=True)
class Mirror:
    """One flow as one side reports it, and as the other does."""

    flow: str
    mirror_flow: str
    reported: tuple[Figure, ...]
    mirrored: tuple[Figure, ...]
    reported_in: Decimal | None
    """In the currency asked for: the account's own figure, else converted; None where no rate is held."""
    mirrored_in: Decimal | None
    ratio: Decimal | None
    """The other side's over the first's."""
    compared: str
    """How the two were brought into one currency."""
    gap: Gap | None = None
    """Of exports against imports, what ``mart.mirror_gap`` says of the two; None where it has nothing to compare."""
    via: tuple[Via, ...] = ()
    """Of exports against imports, what third ports re-exported on the way."""


@dataclass(frozen=True)
class Via:
    """What a third port, by its own account, re-exported of the exporter's goods to the importer: beside the two, taken from neither."""

    origin: str
    destination: str
    figure: Figure
    inside: Decimal | None
    """In the currency asked for; None where no rate is held."""


@dataclass(frozen=True)
class Gap:
    """How far the importer's figure is from the exporter's, in dollars, and what the figures show of the difference."""

    reason: str
    """A key of ``REASONS``."""
    gap_pct: float | None
    """The importer's over the exporter's, in per cent of the latter."""
    margin_pct: Decimal | None
    """Freight and insurance, in ``margin_unit``, where a table of margins has the pair and year."""
    margin_unit: str | None
    margin_source: str | None
    residual_pct: float | None
    """What is left of the gap without freight."""
    versions: tuple[str | None, str | None]
    """The exporter's and the importer's version that were compared."""


FLOWS = ("import", "export")
REASONS = {
    "agrees": "the two agree within 1 %",
    "freight": "freight and insurance are the difference",
    "freight_possible": "freight and insurance may be the difference; no margin of this pair is held",
    "estimated": "one of the two is an estimate",
    "importer_more": "the importer counts more: goods that came through a third port may stand in the exporter's account as another's",
    "exporter_more": "the exporter counts more: goods may have gone on, be re-exports, or have arrived later",
    "no_rate": "not compared: no rate of the period is held",
    "one_side_only": "not compared: one side is not held",
}


def mirrors(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period, currency: str) -> list[Mirror]:
    """Every flow of which either side's figure is held, each side by its own account (``accounts``): flow by flow, since a table may have
    imports alone. A balance is that of one table."""
    held = answers.get(con, one, other, period, sums=False)
    figures = [figure for side in (one, other) for flow in dict.fromkeys(f.flow for f in held if f.reporter == side)
               for figure in split(con, [f for f in held if (f.reporter, f.flow) == (side, flow)])[0]]
    inside = answers.in_currency(con, figures, currency)
    gaps = _gaps(con, one, other, period)
    made = []
    for flow, mirrored in MIRROR.items():
        ours, theirs = _of(figures, one, flow), _of(figures, other, mirrored)
        if ours or theirs:
            row = _mirror(flow, mirrored, (ours, theirs), (_of(inside, one, flow), _of(inside, other, mirrored)), currency)
            if exporter := {"export": one, "import": other}.get(flow, ""):
                export, import_ = (ours, theirs) if exporter == one else (theirs, ours)
                gap = gaps.get(exporter)
                # What is said of a gap is of the two that are shown.
                if not (export and import_):
                    gap = None
                elif gap is None or not _shown(gap, export, import_):
                    gap = _of_figures(con, export, import_)
                row = replace(row, gap=gap, via=_via(con, exporter, other if exporter == one else one, period, currency))
            made.append(row)
    # Flows that nest in exports and imports have no mirror: each on a line of its own.
    made += [Mirror(figure.flow if figure.reporter == one else "", figure.flow if figure.reporter == other else "",
                    (figure,) if figure.reporter == one else (), (figure,) if figure.reporter == other else (), None, None, None, "")
             for figure in figures if figure.flow not in MIRROR]
    return made


def _gaps(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period) -> dict[str, Gap]:
    """Exporter → what is said of the gap."""
    found = {}
    for row in answers.rows(con, "SELECT exporter, reason, gap_pct, margin_pct, margin_unit, margin_source, residual_pct, "
                            "exporter_version_id, importer_version_id FROM mart.mirror_gap WHERE exporter IN ($1, $2) "
                            "AND importer IN ($1, $2) AND product = 'TOTAL' AND period_start = $3 AND period_end = $4",
                            [one, other, period.start, period.end]):
        exporter, versions = row.pop("exporter"), (row.pop("exporter_version_id"), row.pop("importer_version_id"))
        found[exporter] = Gap(**row, versions=versions)
    return found


def _shown(gap: Gap, export: Sequence[Figure], import_: Sequence[Figure]) -> bool:
    """Whether a gap is that of figures of these two sides."""
    return all(version in {figure.version_id for figure in side} for version, side in zip(gap.versions, (export, import_), strict=True))


def _of_figures(con: duckdb.DuckDBPyConnection, export: Sequence[Figure], import_: Sequence[Figure]) -> Gap:
    """The gap of two figures by the rule of ``mart.mirror_gap``, where one of them is a sum of months, which that view does not have."""
    return _gap(con, *(_first(answers.in_currency(con, list(side), "USD")) for side in (export, import_)))


def _first(figures: Iterable[Figure]) -> Figure | None:
    return next((figure for figure in figures if figure.value is not None), None)


def _gap(con: duckdb.DuckDBPyConnection, one: Figure | None, other: Figure | None) -> Gap:
    """Of the exporter's figure and the importer's in one currency."""
    if one is None or other is None or not one.value or other.value is None:
        return Gap("no_rate", None, None, None, None, None, (None, None))
    margin: dict[str, Any] = next(iter(answers.rows(con, """
        SELECT arg_max(value, released_at) AS pct, arg_max(unit, released_at) AS unit, arg_max(dataset, released_at) AS source
        FROM stats.indicator WHERE indicator = 'cif_fob_margin' AND area = ? AND partner = ? AND product = 'TOTAL' AND period_start <= ?
        AND period_end >= ? HAVING count(*) > 0""", [other.reporter, one.reporter, one.period_start, one.period_end])), {})
    if (other.valuation, one.valuation) != ("CIF", "FOB"):
        margin = {}
    pct = float(margin.get("pct") or 0)
    left = {"percent of CIF": 1 - pct / 100, "percent of FOB": 1 / (1 + pct / 100)}.get(str(margin.get("unit")), 1.0)
    gap, residual = ((float(other.value) * share / float(one.value) - 1) * 100 for share in (1.0, left))
    reason = ("estimated" if {one.status, other.status} & set(FILLED_IN) else "agrees" if abs(gap) <= 1
              else "freight" if margin and abs(residual) <= 1
              else "freight_possible" if not margin and (one.valuation, other.valuation) == ("FOB", "CIF") and 1 <= gap <= 15
              else "importer_more" if residual > 0 else "exporter_more")
    return Gap(reason, round(gap, 2), margin.get("pct"), margin.get("unit"), margin.get("source"), round(residual, 2),
               (one.version_id, other.version_id))


def of_years(con: duckdb.DuckDBPyConnection, exporter: str, importer: str,
             by_year: Mapping[int, Sequence[Figure]]) -> dict[int, dict[str, Any]]:
    """Of each year that both sides have, where one may be a sum of months, the gap in the columns of ``mart.mirror_gap``."""
    sides = {year: (_of(figures, exporter, "export"), _of(figures, importer, "import")) for year, figures in by_year.items()}
    sides = {year: both for year, both in sides.items() if all(both)}
    inside = answers.in_currency(con, [figure for both in sides.values() for side in both for figure in side], "USD")
    found = {}
    for year, (export, import_) in sides.items():
        then = [f for f in inside if f.period_start.year == year]
        one, other = _first(_of(then, exporter, "export")), _first(_of(then, importer, "import"))
        gap = _gap(con, one, other)
        found[year] = {
            "exporter": exporter, "importer": importer, "year": year,
            "exporter_usd": one and one.value, "importer_usd": other and other.value,
            "gap_pct": gap.gap_pct, "margin_pct": gap.margin_pct, "margin_unit": gap.margin_unit, "margin_source": gap.margin_source,
            "reason": gap.reason, "exporter_dataset": export[0].dataset, "importer_dataset": import_[0].dataset}
    return found


def _via(con: duckdb.DuckDBPyConnection, exporter: str, importer: str, period: Period, currency: str) -> tuple[Via, ...]:
    figures = answers.passed_on(con, exporter, importer, period)
    inside = {(f.reporter, f.dataset): f.value for f in answers.in_currency(con, figures, currency)}
    return tuple(Via(exporter, importer, f, inside.get((f.reporter, f.dataset))) for f in figures)


@dataclass(frozen=True)
class ProductMirror:
    """The exporter's exports of one product and the importer's imports of it, in dollars: a row of ``mart.mirror_gap``."""

    exporter: str
    importer: str
    classification: str
    product: str
    product_name: str
    exporter_usd: float | None
    """None where the exporter's figure is not held, or no rate of the period is."""
    exporter_valuation: str | None
    exporter_dataset: str | None
    exporter_version_id: str | None
    importer_usd: float | None
    importer_valuation: str | None
    importer_dataset: str | None
    importer_version_id: str | None
    gap_pct: float | None
    margin_pct: Decimal | None
    margin_unit: str | None
    margin_source: str | None
    residual_pct: float | None
    weight_implausible: bool
    """The two prices by weight are more than ten times apart: one of the weights is of something else."""
    reason: str
    """A key of ``REASONS``."""


def by_product(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period, products: str) -> list[ProductMirror]:
    """Both ways of a pair by product, the largest first: goods that ``one`` exports, then those that ``other`` does.

    ``products`` is a level, code or classification (``warehouse.reference.products``; raises UsageError). The same code of two editions
    of the HS may mean other goods, so each edition is a row of its own and is compared with itself alone.
    """
    found: list[dict[str, Any]] = []
    for exporter, importer in ((one, other), (other, one)):
        found += answers.rows(con, answers.query("mirror_products"), {
            "exporter": exporter, "importer": importer, "start": period.start, "end": period.end, **products_.parse(products).asked})
    called = answers.product_names(con, {(row["classification"], row["product"]) for row in found})
    return [ProductMirror(**row, product_name=called.get((row["classification"], row["product"]), "")) for row in found]


def _of(figures: Iterable[Figure], reporter: str, flow: str) -> tuple[Figure, ...]:
    return tuple(f for f in figures if f.reporter == reporter and f.flow == flow)


def _mirror(flow: str, mirrored: str, sides: tuple[tuple[Figure, ...], tuple[Figure, ...]],
            inside: tuple[tuple[Figure, ...], tuple[Figure, ...]], currency: str) -> Mirror:
    ours, theirs = (_first(side) for side in inside)
    a, b = (None if f is None else f.value for f in (ours, theirs))
    held = [any(figure.value is not None for figure in side) for side in sides]
    ratio, how = None, ("not compared: no rate of the period is held" if all(held) else "not compared: one side is not held" if any(held)
                        else "not compared: neither side is held")
    if ours is not None and theirs is not None and a and b is not None:
        ratio = _ratio(a, b, flow)
        printed = [next(f for f in side if (f.reporter, f.flow, f.dataset) == (used.reporter, used.flow, used.dataset))
                   for side, used in zip(sides, (ours, theirs), strict=True)]
        how = "; ".join(dict.fromkeys(f.how for f in (*printed, ours, theirs) if f.how != "printed")) or f"both printed in {currency}"
    elif pair := next(((x, y) for x in sides[0] for y in sides[1] if x.currency == y.currency and x.value and y.value is not None), None):
        # No rate is needed between two that are printed in one currency.
        (x, y), said = pair, f"both printed in {pair[0].currency}; no rate to {currency} of the period is held"
        ratio = _ratio(x.value or Decimal(1), y.value or Decimal(0), flow)
        how = "; ".join(dict.fromkeys([*(f.how for f in pair if f.how != "printed"), said]))
    return Mirror(flow, mirrored, *sides, a, b, ratio, how)


def _ratio(ours: Decimal, theirs: Decimal, flow: str) -> Decimal:
    """The other's over one's; a balance is the other's turned round."""
    return (theirs / ours * (-1 if flow == "balance" else 1)).quantize(Decimal("0.0001"))


def explanations(con: duckdb.DuckDBPyConnection, shown: Iterable[Mirror], one: str, other: str) -> list[str]:
    """What is known to drive two accounts of the same goods apart, and what is not known of the tables that are shown."""
    shown = list(shown)
    figures = [figure for row in shown for figure in (*row.reported, *row.mirrored)]
    told = {row.pop("dataset"): row for row in answers.rows(
        con, "SELECT dataset, import_partner, export_partner, trade_system FROM ref.dataset WHERE list_contains(?, dataset)",
        [sorted({figure.dataset for figure in figures})])}
    found = [*_partners(figures, told, (one, other)), *_valuations(figures), *_trade_systems(figures, told), *_accounts(figures)]
    for via in (via for row in shown for via in row.via):
        port = areas.name_of(via.figure.reporter)
        found.append(f"{port}'s re-exports of goods of {areas.name_of(via.origin)} to {areas.name_of(via.destination)} may stand in the "
                     f"exporter's account as trade with {port}; they are valued there, with what was added on the "
                     "way: beside the gap, and taken from neither side.")
    found += [f"{areas.name_of(area)} is apart and never added to {areas.name_of(whole)}." for area, whole in areas.apart_from(one, other)]
    found.append("Re-exports, time of recording and revisions differ. The two are never added or averaged.")
    return found


def _partners(figures: Sequence[Figure], told: Mapping[str, Mapping[str, str]], pair: Collection[str]) -> Iterator[str]:
    """Who counts as the partner, by the tables that are shown: as they say, or that they do not."""
    by: dict[str, list[Figure]] = {}
    for figure in figures:
        for flow in ("import", "export") if figure.flow in ("total", "balance") else (figure.flow,) if figure.flow in FLOWS else ():
            by.setdefault(told.get(figure.dataset, {}).get(f"{flow}_partner") or "unknown", []).append(figure)
    ports = ", ".join(areas.name_of(area) for area in areas.entrepots() if area not in pair)
    if {figure.reporter for way in ("origin", "destination") for figure in by.get(way, [])} >= set(pair):
        yield ("The importer counts goods by the country of origin, the exporter by the destination it knows of: goods that pass through "
               f"a third port ({ports}) stand in one account and not in the other.")
    else:
        for way, what in (("origin", "imports by the country of origin"), ("destination", "exports by the destination that is known")):
            if way in by:
                yield f"{_whose(by[way])}: {what}."
        yield f"Goods that pass through a third port ({ports}) may stand in one account and not in the other."
    if "consignment" in by:
        yield f"{_whose(by['consignment'])}: by the country from which goods came, or to which they went, last before they changed hands."
    if "unknown" in by:
        yield f"{_whose(by['unknown'])}: whether the partner is that of origin, of destination or of consignment is not known."


def _valuations(figures: Sequence[Figure]) -> Iterator[str]:
    valuations = {figure.valuation for figure in figures}
    if valuations & {"CIF", "CIF+FOB"}:
        yield ("Imports are valued with freight and insurance (CIF), exports without (FOB): the same goods are some per cent more "
               "as an import.")
    if valuations & {"FAS", "CUSTOMS"}:
        yield ("Exports valued alongside ship (FAS) leave out the loading, imports at their customs value (CUSTOMS) freight and "
               "insurance: beside FOB and CIF the same goods are some per cent less.")
    if unknown := [figure for figure in figures if figure.valuation == "-" and figure.flow in ("import", "export")]:
        yield f"{_whose(unknown)}: whether freight and insurance are in the value is not known."


def _trade_systems(figures: Sequence[Figure], told: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    by: dict[str, list[Figure]] = {}
    for figure in figures:
        by.setdefault(told.get(figure.dataset, {}).get("trade_system") or "unknown", []).append(figure)
    if {"general", "special"} <= set(by):
        yield (f"{_whose(by['general'])}: general trade, {_whose(by['special'])}: special trade. Goods that stay in free zones and customs "
               "warehouses are in the one alone.")
    if "unknown" in by:
        yield f"{_whose(by['unknown'])}: whether goods in free zones and customs warehouses count (general or special trade) is not known."


def _accounts(figures: Sequence[Figure]) -> Iterator[str]:
    """Of figures that are not simply what their reporter counted: whose they are; and which are preliminary."""
    for account, what in (("reconciled", "made of both accounts by somebody else, nobody's own"),
                          ("mixed", "reported figures with what somebody else filled in or made of them"),
                          ("statement", "stated, and in no table")):
        if mine := [figure for figure in figures if figure.account == account]:
            yield f"{_whose(mine)}: {what}."
    if preliminary := [figure for figure in figures if figure.status == "P"]:
        yield f"{_whose(preliminary)}: preliminary."


def _whose(figures: Sequence[Figure]) -> str:
    """Whose figures of which tables: the reporter's name, its tables in brackets."""
    by: dict[str, dict[str, None]] = {}
    for figure in figures:
        by.setdefault(figure.reporter_name, {})[figure.dataset] = None
    return ", ".join(f"{name}'s ({', '.join(datasets)})" for name, datasets in by.items())
