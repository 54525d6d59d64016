"""Answers as tables of named columns, one row a figure, as a file or a chart takes them: value, unit, period, vintage, origin.

Pure: from what ``answers``, ``ranks`` and ``mirrors`` give. Drawing is ``warehouse.charts``, files are the command line's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period

if TYPE_CHECKING:
    import polars as pl

    from warehouse.ask.answers import Figure
    from warehouse.ask.mirrors import Mirror
    from warehouse.ask.ranks import Ranking

Shape = Literal["bars", "lines", "accounts", "growth", "places", "shares", "products", "vintages", "none"]

COLUMNS: dict[str, type] = {
    "reporter": str, "reporter_name": str, "partner": str, "partner_name": str, "rank_lowest": int, "rank_highest": int, "flow": str,
    "mirror_flow": str, "product": str, "period": str, "period_start": date, "period_end": date, "vintage": int, "value": Decimal,
    "currency": str, "printed_in": int, "compared_value": Decimal, "compared_currency": str, "ratio_to_first": Decimal, "valuation": str,
    "growth_pct": float, "growth_how": str, "share_pct": float, "event": str, "change_pct": float, "change_from_first_pct": float,
    "how": str, "status": str, "released_on": date, "released_basis": str, "ended_by": str, "dataset": str, "chain": str, "publisher": str,
    "origin_kind": str, "source_note": str, "url": str, "locator": str, "version_id": str, "fetch_id": str}
"""Every column that a table of figures may have, in order. ``value`` is in whole units of ``currency``; ``printed_in`` is the unit in which
its publisher prints, such as 10,000. ``released_on`` is the day of the vintage at its publisher's place."""


@dataclass(frozen=True)
class Table:
    """An answer: what it is, its rows, and what kind of chart shows them."""

    title: str
    asked: str
    """The command that gives it."""
    records: list[dict[str, Any]]
    columns: dict[str, type]
    shape: Shape
    notes: tuple[str, ...] = field(default=())
    ends: str = ""
    """With which period it ends and why, in a sentence; empty where nothing follows."""

    def frame(self) -> pl.DataFrame:
        """The rows with the types of their columns."""
        import polars as pl

        kinds: dict[type, Any] = {str: pl.String, int: pl.Int64, float: pl.Float64, Decimal: pl.Decimal(38, 4), date: pl.Date,
                                  datetime: pl.Datetime("us", "UTC")}
        # A growth comes as a Decimal or a float; both are per cent.
        rows = [{name: None if row[name] is None else float(row[name]) if kind is float else row[name]
                 for name, kind in self.columns.items()} for row in self.records]
        return pl.DataFrame(rows, schema={name: kinds[kind] for name, kind in self.columns.items()})


def _table(title: str, asked: str, records: list[dict[str, Any]], shape: Shape, notes: Iterable[str] = ()) -> Table:
    held = {name for row in records for name in row}
    columns = {name: kind for name, kind in COLUMNS.items() if name in held}
    return Table(title, asked, [{name: row.get(name) for name in columns} for row in records], columns, shape, tuple(notes))


def of_figures(figures: Sequence[Figure], title: str, asked: str, notes: Iterable[str] = ()) -> Table:
    """What ``answers.get`` gives."""
    records = [{**vars(f), "period": str(Period(f.period_start, f.period_end)), "printed_in": f.unit_multiplier} for f in figures]
    several = len({(row["period_start"], row["period_end"]) for row in records}) > 1
    return _table(title, asked, records, "lines" if several else "bars", notes)


def of_ranking(made: Ranking, top: int, title: str, asked: str, sources: dict[str, dict[str, Any]], notes: Iterable[str] = ()) -> Table:
    """What ``ranks.rank`` gives, its first ``top`` places. ``sources`` has origin, page and release of each version."""
    records = [{"reporter": made.reporter, "reporter_name": name_of(made.reporter), "partner": place.partner, "partner_name": place.name,
                "rank_lowest": place.lowest, "rank_highest": place.highest, "flow": made.flow, "period": str(made.period),
                "period_start": made.period.start, "period_end": made.period.end, "value": place.value, "currency": made.currency,
                "printed_in": None, "growth_pct": place.growth_pct, "share_pct": place.share_pct,
                "how": "implied by next year's level and growth" if place.implied else "printed", "released_on": None,
                "released_basis": None, "dataset": made.dataset, "publisher": made.publisher, "origin_kind": None, "source_note": None,
                "url": None, "locator": place.locator, "version_id": place.version_id, "fetch_id": place.fetch_id,
                **sources.get(place.version_id, {})} for place in made.places[:top]]
    return _table(title, asked, records, "places", notes)


def of_mirrors(found: Iterable[Mirror], currency: str, title: str, asked: str, notes: Iterable[str] = ()) -> Table:
    """What ``mirrors.mirrors`` gives: one row for each figure of either account, and what it is in the currency of the comparison."""
    records = []
    for row in found:
        for figures, inside, ratio in ((row.reported, row.reported_in, None), (row.mirrored, row.mirrored_in, row.ratio)):
            for place, f in enumerate(figures):
                compared = f.value if f.currency == currency else inside if place == 0 else None
                records.append({**vars(f), "mirror_flow": row.mirror_flow if figures is row.reported else row.flow,
                                "period": str(Period(f.period_start, f.period_end)), "printed_in": f.unit_multiplier,
                                "compared_value": compared, "compared_currency": currency, "ratio_to_first": ratio if place == 0 else None})
        records += [{**vars(via.figure), "mirror_flow": "", "period": str(Period(via.figure.period_start, via.figure.period_end)),
                     "printed_in": via.figure.unit_multiplier, "compared_value": via.inside, "compared_currency": currency,
                     "how": f"re-exports of goods of {name_of(via.origin)}", "ratio_to_first": None} for via in row.via]
    return _table(title, asked, records, "bars", notes)


def of_versions(rows: Sequence[dict[str, Any]], reporter: str, partner: str, title: str, asked: str, notes: Iterable[str] = ()) -> Table:
    """What ``answers.versions`` gives."""
    records = [{**row, **_pair(reporter, partner, row), "printed_in": row["unit_multiplier"], "growth_pct": row["published_yoy_pct"]}
               for row in rows]
    return _table(title, asked, records, "vintages", notes)


def of_triangle(rows: Sequence[dict[str, Any]], reporter: str, partner: str, flow: str, title: str, asked: str) -> Table:
    """What ``answers.triangle`` gives."""
    records = [{**row, **_pair(reporter, partner, row), "flow": flow, "printed_in": row["unit_multiplier"]} for row in rows]
    return _table(title, asked, records, "lines")


def _pair(reporter: str, partner: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"reporter": reporter, "reporter_name": name_of(reporter), "partner": partner, "partner_name": name_of(partner),
            "period": str(Period(row["period_start"], row["period_end"]))}


def of_reliability(rows: Sequence[dict[str, Any]], asked: str) -> Table:
    """What ``answers.reliability`` gives: per cent of the first release."""
    columns: dict[str, type] = {"dataset": str, "flow": str, "period_kind": str, "lag": str, "figures": int, "bias_pct": float,
                                "mean_abs_pct": float, "band_pct": float, "largest_pct": float}
    return Table("How far first releases were from later ones", asked, [{name: row[name] for name in columns} for row in rows], columns,
                 "none")


def of_rows(rows: Sequence[dict[str, Any]], title: str) -> Table:
    """The rows of a frame that was made of any of these answers: what they are their columns say. Names are filled in."""
    records = [{**row, "reporter_name": row.get("reporter_name") or name_of(row["reporter"]),
                "partner_name": row.get("partner_name") or row.get("name") or name_of(row["partner"]),
                "period": str(Period(row["period_start"], row["period_end"])), "printed_in": row.get("unit_multiplier"),
                **({"rank_lowest": row["lowest"], "rank_highest": row["highest"],
                    "how": "implied by next year's level and growth" if row["implied"] else "printed"} if "lowest" in row else {}),
                **({"growth_pct": row["published_yoy_pct"]} if "published_yoy_pct" in row else {})} for row in rows]
    ranked, versions = any("rank_lowest" in row for row in records), any("event" in row for row in records)
    several = len({(row["period_start"], row["period_end"]) for row in records}) > 1
    shape: Shape = "places" if ranked else "vintages" if versions else "lines" if several else "bars"
    pair = ", ".join(dict.fromkeys(f"{row['reporter_name']} and {row['partner_name']}" for row in records[:1])) if not ranked else ""
    return _table(title or pair or "Partners in order", "", records, shape)
