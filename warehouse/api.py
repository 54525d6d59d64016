"""Entrepot from Python: ``from warehouse import connect, get, rank, snapshots, revisions``. Polars frames out.

    >>> import warehouse
    >>> con = warehouse.connect(demo=True)                     # or as_of="paper-2026", known_on="2024-07-31"
    >>> warehouse.get(con, one, other, "2024").filter(flow="total", currency="USD")["value"].item()   # areas, by code or name

The command line asks the same functions (``answers``, ``ranks``); ``docs/python.md`` has more examples, run as tests.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse.archive.journal import Journal
from warehouse.archive.objects import Access, ObjectStore
from warehouse.archive.store import Folder, Store
from warehouse.ask import answers, machines, questions, ranks, tables
from warehouse.ask.coverage import recent
from warehouse.history import past
from warehouse.home import data_at, default_home, folder
from warehouse.lake import opening as lake
from warehouse.lake.served.place import ServedPlace
from warehouse.reference import flows
from warehouse.reference import products as products_
from warehouse.reference.areas import area
from warehouse.reference.currencies import currency as currency_code
from warehouse.schema.errors import UsageError
from warehouse.upkeep import whole

_MAINTENANCE = ("cleanup_old_files", "delete_orphaned_files", "flush_inlined_data", "merge_adjacent_files", "rewrite_data_files")
_ITS_OPTIONS = ("cleanup_all", "older_than", "dry_run", "table_name", "schema_name")
_SETTINGS = ("catalog", "catalog_reader", "data", "archive", "s3_endpoint", "s3_region", "s3_key", "s3_secret")


def connect(home: str | Path | None = None, *, demo: bool = False, as_of: str | int | None = None,
            known_on: str | None = None, tz: str = "Asia/Kuala_Lumpur", asOf: str | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only DuckDB connection on a home's lake, with ``stats``, ``mart``, ``news``, ``ref`` and ``ops`` as they are now.

    ``as_of`` is a snapshot number, tag, load id, day or time: the whole lake as it answered then. ``known_on`` is a day: what was
    public then, as far as held. ``asOf`` is SDMX's name for ``as_of``. Without a home, ``$ENTREPOT_HOME``
    or the default; a lake on servers is found by the settings that the command has too. Raises UsageError, EntrepotError,
    LakeDamaged, Unreachable.
    """
    as_of = asOf if as_of is None else as_of
    root = folder(home or os.environ.get("ENTREPOT_HOME") or default_home())
    place = lake.Place(root / "demo" / "lake") if demo else _place(root)
    if damage := whole.gone(place, Journal(Folder(root / "demo" / "archive") if demo else _archive(root))):
        raise damage
    if as_of is None and known_on is None:
        con = lake.connect(place)
    else:
        con = past.connect_past(place, as_of=None if as_of is None else str(as_of), tz=tz,
                                known_on=past.day_end(known_on, tz) if known_on is not None else None)
    _without_maintenance(con)
    return con


def _without_maintenance(con: duckdb.DuckDBPyConnection) -> None:
    """Put a refusal before the functions with which DuckLake 1.0 deletes and writes data files of a lake, also of one that is attached
    read-only (seen on 2026-11-29). In both schemas: a cursor has its own temporary one.
    """
    for name in _MAINTENANCE:
        for which in ("TEMP MACRO ", "MACRO memory.main."):
            options = ", ".join(f"{each} := NULL" for each in _ITS_OPTIONS)
            con.execute(f"CREATE {which}ducklake_{name}(catalog, {options}) AS TABLE SELECT error('this connection only reads "
                        f"the lake, and ducklake_{name} changes it: entrepot maintain does what is needed')")


def _place(root: Path) -> lake.AnyPlace:
    """Where a home's lake is, by ``entrepot.toml`` in it and the environment, which wins."""
    said = _said(root)
    if not said.get("catalog"):
        return lake.Place(root / "lake")
    return ServedPlace(said["catalog"], data_at(said.get("data", ""), root), _access(said),
                       said.get("catalog_reader", ""))


def _archive(root: Path) -> Store:
    """Where a home's archive and journal are."""
    said = _said(root)
    elsewhere = said.get("archive", "")
    if elsewhere.startswith("s3://"):
        return ObjectStore(elsewhere, _access(said))
    return Folder(folder(elsewhere) if elsewhere else root / "archive")


def _said(root: Path) -> dict[str, str]:
    """The settings of a home that say where what is."""
    file = root / "entrepot.toml"
    said = {name: str(value) for name, value in (tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}).items()}
    return said | {name: os.environ[f"ENTREPOT_{name.upper()}"] for name in _SETTINGS if os.environ.get(f"ENTREPOT_{name.upper()}")}


def _access(said: dict[str, str]) -> Access:
    return Access(said.get("s3_endpoint", ""), said.get("s3_region", "us-east-1"), said.get("s3_key", ""), said.get("s3_secret", ""))


def get(con: duckdb.DuckDBPyConnection, one: str, other: str, period: str, *, monthly: bool = False, products: str | None = None,
        currency: str | None = None, rates: str = "", includeHistory: bool = False) -> pl.DataFrame:
    """Both accounts of a pair for a period: one row a figure, with value in whole units of ``currency``, growth and share in per
    cent, edition, release, page, cell and licence (``machines.KEYS``, and the fields of ``answers.Figure``). ``currency`` converts, and
    says how; ``rates`` names the table, or publisher, of rates where a third party's are needed. ``includeHistory``, SDMX's
    name, gives every version of each account's figures instead (the columns of ``revisions``), and converts nothing.
    """
    a, b = area(one), area(other)
    when, _ = recent.period(con, period, [(a, b), (b, a)], products=products_.parse(products))
    if includeHistory:
        return _versions(con, [{"reporter": x, "partner": y, **row} for x, y in ((a, b), (b, a))
                               for row in answers.versions(con, x, y, when, product=products or "TOTAL")])
    found = answers.get(con, a, b, when, monthly=monthly, products=products)
    if currency:
        found = answers.in_currency(con, found, currency_code(currency), rates)
    return _frame(machines.figures(found, machines.known(con)), answers.Figure)


def rank(con: duckdb.DuckDBPyConnection, reporter: str, period: str, *, flow: str = "total", within: str | None = None,
         currency: str | None = None, product: str | None = None) -> pl.DataFrame:
    """A reporter's partners in order: one row a partner with value, share and growth in per cent, and ``lowest`` and ``highest``,
    the bounds of its rank (equal where it is decided). ``product`` is one code (``8542``, ``HS2022 8542``); all goods without.
    Raises UsageError where no such table is held.
    """
    flow = flows.flow(flow, ("total", "export", "import"))
    when, _ = recent.period(con, period, [(area(reporter), "")], flow=flow, products=products_.one(product))
    made = ranks.rank(con, area(reporter), when, flow=flow, within=area(within) if within else None,
                      currency=currency_code(currency) if currency else None, product=product)
    shared = {"reporter": made.reporter, "period_start": made.period.start, "period_end": made.period.end, "dataset": made.dataset,
              "product": made.product, "currency": made.currency, "flow": made.flow, "universe": made.universe,
              "bounded_by": made.bounded_by}
    figures = questions.ranking(con, made, len(made.places))["places"]
    return _frame([{**figure, **shared} for figure in figures], ranks.Place)


def snapshots(con: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every load that changed the lake: snapshot, dataset, batch, recorded_at, counts of rows, and its tags as a list."""
    return con.execute("SELECT l.*, (SELECT list(t.tag ORDER BY t.tag) FROM ops.snapshot_tag t WHERE t.snapshot = l.snapshot) AS tags "
                       "FROM ops.load l ORDER BY l.snapshot").pl()


def revisions(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, period: str, *, flow: str = "",
              product: str = "TOTAL") -> pl.DataFrame:
    """Every version of a figure in every edition, in order of release: value, event, change in per cent, realtime_start and
    realtime_end (ALFRED's terms), and which page and cell.
    """
    flow = flows.flow(flow) if flow else ""
    when, _ = recent.period(con, period, [(area(reporter), area(partner))], flow=flow, products=products_.parse(product))
    found = answers.versions(con, area(reporter), area(partner), when, flow=flow, product=product)
    return _versions(con, [{"reporter": area(reporter), "partner": area(partner), **row} for row in found])


def _versions(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(machines.figures(rows, machines.known(con)), infer_schema_length=None)


_UNITS = {"value": "whole units of currency", "value_before": "whole units of currency", "value_first": "whole units of currency",
          "unit_multiplier": "units of currency in one printed unit", "lag_days": "days", "decimals": "digits printed after the point"}


def units(frame: pl.DataFrame) -> dict[str, str]:
    """The unit of each column with numbers, from frames of ours: ``value`` in whole units of the currencies that its rows name. As
    metadata of a file: ``frame.write_parquet(path, metadata=units(frame))``.
    """
    named = ", ".join(sorted(frame["currency"].drop_nulls().unique())) if "currency" in frame.columns else ""
    found = {name: "per cent" if name.endswith("_pct") else text for name in frame.columns
             if (text := _UNITS.get(name, "")) or name.endswith("_pct")}
    return {name: f"{text} ({named})" if named and text == _UNITS["value"] else text for name, text in found.items()}


class Chart:
    """A chart of a frame: a notebook shows it, ``svg`` and ``png`` give it, ``save`` writes it (.svg or .png)."""

    def __init__(self, table: tables.Table) -> None:
        self.table = table

    def svg(self) -> str:
        """As SVG; light or dark as its reader has it."""
        from warehouse.charts import draw

        return draw.svg(self.table)

    def png(self, scale: float = 2.0) -> bytes:
        """As PNG, on white."""
        from warehouse.charts import draw

        return draw.png(self.table, scale)

    def save(self, path: str | Path) -> Path:
        """Write it as its name says. Raises UsageError for another kind than .svg and .png."""
        file = Path(path)
        kinds = {".svg": lambda: self.svg().encode(), ".png": self.png}
        if file.suffix.lower() not in kinds:
            raise UsageError(f"a chart is saved as .svg or .png, not as {file.name}")
        file.write_bytes(kinds[file.suffix.lower()]())
        return file

    def _repr_svg_(self) -> str:
        return self.svg()


def chart(frame: pl.DataFrame, title: str = "") -> Chart:
    """The chart of a frame from ``get``, ``rank`` or ``revisions``, filtered or not: bars of one period, lines over several, places in
    order, versions by release. One currency is never on the axis of another, and a period that is not held is a gap. Raises UsageError
    where no row has a value, or the frame is of something else.
    """
    if missing := [name for name in ("reporter", "partner", "flow", "period_start", "period_end", "value", "currency", "dataset")
                   if name not in frame.columns]:
        raise UsageError(f"a chart is of a frame from get, rank or revisions; this one has no column {', '.join(missing)}")
    made = Chart(tables.of_rows(frame.to_dicts(), title))
    from warehouse.charts import draw

    draw.check(made.table)
    return made


def _frame(found: list[dict[str, Any]], kind: Any) -> pl.DataFrame:
    """A frame; of no rows, with the columns it would have had."""
    return pl.DataFrame(found, infer_schema_length=None) if found else pl.DataFrame(
        schema=dict.fromkeys((*machines.KEYS, *kind.__dataclass_fields__), pl.String))
