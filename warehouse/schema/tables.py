"""The tables: their contracts, what makes a new version of a row, and how all of it becomes SQL.

A revision twin's columns follow from its fact table. MODEL.md gives the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dataframely as dy

from warehouse.schema.contracts import (
    BASES,
    REVISION_KINDS,
    Area,
    AreaCode,
    AreaGroup,
    Article,
    ArticleRead,
    ArticleVersion,
    CheckResult,
    FxRate,
    Indicator,
    Migration,
    NewsClaim,
    NewsClaimSlot,
    NewsEvent,
    NewsEvidence,
    NewsReading,
    NewsVerdict,
    OpsFetch,
    OpsLoad,
    Product,
    ProductMap,
    Provenance,
    Quarantine,
    RefDataset,
    RefPublisher,
    RefPublisherName,
    RefRevisionBand,
    Release,
    SnapshotTag,
    Trade,
    instant,
    string,
)


@dataclass(frozen=True)
class Table:
    """A table with its contract: what the commit, the migrations and the dictionary are driven by."""

    name: str
    contract: type[dy.Schema]
    compared: tuple[str, ...] = ()
    """Columns whose change begins a new version."""
    revisions: bool = False
    """Whether a twin ``…_revision`` keeps every version that ended."""
    replaced: bool = False
    """Of a table without versions: what a batch's scope has and the batch lacks goes. How it was before is told by ``--as-of``."""
    staged: type[dy.Schema] | None = None
    """What a parser gives, where that is more than the table holds."""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.contract.primary_key())

    @property
    def columns(self) -> dict[str, dy.Column]:
        """Own columns first, then provenance."""
        columns: dict[str, dy.Column] = dict(self.contract.columns())
        shared = set(Provenance.columns()) if issubclass(self.contract, Provenance) else set()
        return {**{n: c for n, c in columns.items() if n not in shared}, **{n: columns[n] for n in columns if n in shared}}

    @property
    def doc(self) -> str:
        return (self.contract.__doc__ or "").strip()


TRADE = Table("stats.trade", Trade, ("value", "quantity", "quantity_unit", "net_weight_kg", "status", "flags",
                                     "published_yoy_pct", "published_mom_pct"), revisions=True)
FX_RATE = Table("stats.fx_rate", FxRate, ("rate",), revisions=True)
INDICATOR = Table("stats.indicator", Indicator, ("value", "status", "flags", "base_period"), revisions=True)
FACTS = {table.name: table for table in (TRADE, FX_RATE, INDICATOR)}
"""Tables with versions: every fact in the lake is in one of them."""

FIGURES = frozenset({"value", "quantity", "net_weight_kg", "rate"})
"""Compared columns whose change is a revision; a change of the others alone is an annotation."""


def _revision_contract(fact: Table) -> type[dy.Schema]:
    """Key, kind, every old column whole, the new compared columns, and the two times of the change."""
    columns: dict[str, Any] = {name: fact.columns[name] for name in fact.key}
    columns["change_kind"] = string("revised, annotated, reclassified, withdrawn, restored, reread, backfilled or undone.",
                            key=True, oneof=REVISION_KINDS)

    def like(column: dy.Column, description: str) -> dy.Column:
        made = type(column)(**({"precision": column.precision, "scale": column.scale} if isinstance(column, dy.Decimal) else
                               {"time_zone": column.time_zone} if isinstance(column, dy.Datetime) else {}),
                            nullable=True, description=description)
        return made

    for name, column in fact.columns.items():
        if name not in fact.key:
            columns[f"old_{name}"] = like(column, f"{name} of the version that ended, null where none stood (restored).")
    for name in fact.compared:
        columns[f"new_{name}"] = like(fact.columns[name], f"{name} of the version that replaced it, null where withdrawn.")
    columns["new_version_id"] = string("version_id of the version that replaced it, null where withdrawn; of a reclassified figure it is "
                                      "a version of another key, under the other product edition.", nullable=True)
    columns["load_id"] = string("The load that ended the old version.", key=True)
    columns["recorded_at"] = instant("When that load was committed.")
    columns["released_at"] = instant("When the new version was public, as far as known.")
    columns["released_basis"] = string("As in the fact table.", oneof=BASES)
    columns["last_confirmed_at"] = instant("The last answer that still showed the old version.", nullable=True)
    made = type(fact.contract.__name__ + "Revision", (dy.Schema,), {
        **columns, "__doc__": f"One row for each change of version in {fact.name}; the old version is kept whole."})
    return made


REVISIONS = {name: Table(f"{name}_revision", _revision_contract(table)) for name, table in FACTS.items()}


def _coarser_contract(fact: Table) -> type[dy.Schema]:
    """The row as it stood, and the load that replaced it."""
    columns: dict[str, Any] = dict(fact.columns)
    columns["ended_by"] = string("The load that brought the finer printing, or the one that ended the version where the finer came "
                                  "after that.", key=True)
    return type(fact.contract.__name__ + "Coarser", (dy.Schema,), {
        **columns, "__doc__": f"Printings of versions in {fact.name} that a finer printing of the same version took the place of: "
                              "no revisions, kept so that the lake can be told as it was."})


COARSER = {name: Table(f"{name}_coarser", _coarser_contract(table)) for name, table in FACTS.items()}

TABLES: dict[str, Table] = {table.name: table for table in (
    TRADE, REVISIONS["stats.trade"], FX_RATE, REVISIONS["stats.fx_rate"], INDICATOR, REVISIONS["stats.indicator"],
    Table("ref.publisher", RefPublisher), Table("ref.publisher_name", RefPublisherName), Table("ref.revision_band", RefRevisionBand),
    Table("ref.dataset", RefDataset),
    Table("ref.release", Release, ("scheduled_at", "precision", "source", "embargo_until")),
    Table("ref.area", Area), Table("ref.area_code", AreaCode), Table("ref.area_group", AreaGroup),
    Table("ref.product", Product, ("name", "parent", "level"), replaced=True),
    Table("ref.product_map", ProductMap, ("weight", "basis", "grp"), replaced=True),
    Table("news.article", Article, ("url", "title", "agency", "language", "published_at", "published_precision"),
          staged=ArticleRead),
    Table("news.article_version", ArticleVersion),
    Table("news.reading", NewsReading), Table("news.claim", NewsClaim), Table("news.claim_slot", NewsClaimSlot),
    Table("news.verdict", NewsVerdict), Table("news.evidence", NewsEvidence), Table("news.event", NewsEvent),
    Table("ops.fetch", OpsFetch), Table("ops.load", OpsLoad), Table("ops.quarantine", Quarantine),
    Table("ops.check_result", CheckResult), Table("ops.migration", Migration),
    Table("ops.snapshot_tag", SnapshotTag),
    *COARSER.values(),
)}

DERIVED = frozenset({"news.reading", "news.claim", "news.claim_slot", "news.verdict", "news.evidence", "news.event"})
"""Tables that follow from articles and figures by our own rules: not in the journal, made anew by the next night after a rebuild."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "stats.trade": {"classification": "-", "product": "TOTAL", "breakdown": "-", "valuation": "-", "status": "A", "flags": "",
                    "quantity": None, "quantity_unit": None, "net_weight_kg": None, "published_yoy_pct": None,
                    "published_mom_pct": None, "product_level": 0, "partner_kind": "country"},
    "stats.fx_rate": {},
    "stats.indicator": {"partner": "-", "product": "-", "adjustment": "N", "status": "A", "base_period": "", "flags": ""},
    "ref.release": {"embargo_until": None},
    "ref.product_map": {"weight": None, "grp": ""},
    "news.article": {"agency": "", "language": "", "tz_assumed": ""},
}
"""What a column takes where a parser leaves it out."""


def sql_type(column: dy.Column) -> str:
    """DuckDB's name for a contract column's type."""
    if isinstance(column, dy.Decimal):
        return f"DECIMAL({column.precision},{column.scale})"
    for kind, name in ((dy.String, "VARCHAR"), (dy.Datetime, "TIMESTAMPTZ"), (dy.Date, "DATE"), (dy.Int64, "BIGINT"),
                       (dy.Int16, "SMALLINT"), (dy.Float64, "DOUBLE"), (dy.Bool, "BOOLEAN")):
        if isinstance(column, kind):
            return name
    raise TypeError(f"no SQL type for {column!r}")


def sql_columns(table: Table) -> dict[str, str]:
    """Column names and SQL types of a table, in order."""
    return {name: sql_type(column) for name, column in table.columns.items()}
