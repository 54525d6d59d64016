"""What a person is shown of a load: its largest revisions, and of one that is on hold the figures to judge it by.

Reads what the diff laid out for this batch (``changed``, ``incoming``, ``present``). Why a load is held is ``gates``'s; how it is
printed, the commands'.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from warehouse.schema.tables import Table

TO_JUDGE = 10
"""So many figures of a load on hold are kept for the person who decides."""
LAST_YEAR = 400
"""Days before the newest period in which the last figure of a series is looked for first; what is older is read where one has none."""


def _measure(table: Table) -> str:
    return "rate" if table.name == "stats.fx_rate" else "value"


def largest(con: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, object]]:
    """The twenty largest revisions by relative change: key, ``old`` and ``new`` as texts, ``pct``."""
    measure = _measure(table)
    return con.execute(f"""
        SELECT {", ".join(f"CAST({n} AS VARCHAR) AS {n}" for n in table.key)}, CAST(o_{measure} AS VARCHAR) AS old,
          CAST(i_{measure} AS VARCHAR) AS new, round(100 * (i_{measure}::DOUBLE / nullif(o_{measure}, 0)::DOUBLE - 1), 2) AS pct
        FROM changed WHERE what = 'revised'
        ORDER BY abs(pct) DESC NULLS LAST, {", ".join(table.key)} LIMIT 20""").pl().to_dicts()


def to_judge(con: duckdb.DuckDBPyConnection, table: Table, *, compared: bool) -> list[dict[str, object]]:
    """What a person has to judge of a load on hold, as texts: figures with ``old``, ``new`` and, where printed in units, ``unit``.

    The revisions that are largest by factor (where the batch was ``compared`` row by row), else the newest figures beside their series'
    last one, whose period is ``old_period``.
    """
    measure = _measure(table)
    key = ", ".join(f"CAST(n.{name} AS VARCHAR) AS {name}" for name in table.key)
    unit = ", CAST(n.i_unit_multiplier AS VARCHAR) AS unit" if "unit_multiplier" in table.columns else ""
    revised = con.execute(f"""
        SELECT {key}, CAST(n.o_{measure} AS VARCHAR) AS old, CAST(n.i_{measure} AS VARCHAR) AS new {unit} FROM changed AS n
        WHERE n.what IN ('revised', 'older')
        ORDER BY abs(ln(abs(nullif(n.i_{measure}, 0) / nullif(n.o_{measure}, 0)))) DESC NULLS FIRST,
          {", ".join(f"n.{name}" for name in table.key)} LIMIT {TO_JUDGE}""").pl().to_dicts() if compared else []
    if revised:
        return revised
    series = [name for name in table.key if name not in ("period_start", "period_end")]
    same = [*series, "period_kind"] if table.name == "stats.trade" else series
    newest = f"""
        SELECT {key}, CAST(p.{measure} AS VARCHAR) AS old, CAST(n.{measure} AS VARCHAR) AS new,
          CAST(p.period_end AS VARCHAR) AS old_period {unit.replace("i_", "")}
        FROM (SELECT * FROM incoming WHERE {measure} IS NOT NULL AND period_end = (SELECT max(period_end) FROM incoming)
              ORDER BY abs({measure}) DESC, {", ".join(table.key)} LIMIT {TO_JUDGE * 100}) AS n
        LEFT JOIN (SELECT * FROM present WHERE {measure} IS NOT NULL AND period_end >= ?) AS p
          ON {" AND ".join(f"p.{name} = n.{name}" for name in same)} AND p.period_end < n.period_end
        QUALIFY row_number() OVER (PARTITION BY {", ".join(f"n.{name}" for name in table.key)} ORDER BY p.period_end DESC) = 1
        ORDER BY p.{measure} IS NULL, abs(n.{measure}) DESC, {", ".join(f"n.{name}" for name in table.key)}
        LIMIT {TO_JUDGE}"""
    (last,) = con.execute(f"SELECT max(period_end) FROM incoming WHERE {measure} IS NOT NULL").fetchall()[0]
    found = con.execute(newest, [(last or date.max) - timedelta(days=LAST_YEAR)]).pl().to_dicts()
    if all(row["old"] is not None for row in found):  # the files of the year before are enough
        return found
    return con.execute(newest, [date.min]).pl().to_dicts()
