"""Where the rows of a file come from: one line for each dataset that was read, with unit, vintage, origin and licence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

HEAD = ("dataset", "publisher", "page", "unit", "printed in", "vintage", "newest release", "origin", "origin note", "licence",
        "may be passed on", "attribution")


@dataclass(frozen=True)
class Read:
    """What an answer read: datasets, and of these the versions; None where its rows do not say, so that all of them may be."""

    datasets: frozenset[str]
    versions: frozenset[str] | None


def has_lake(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a lake is attached; a calendar is known without one."""
    return con.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = 'lake'").fetchone() is not None


def read_by_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Read | None:
    """What the rows themselves name; None where they have no column ``dataset``."""
    if "dataset" not in names:
        return None
    at, version = names.index("dataset"), names.index("version_id") if "version_id" in names else None
    versions = None if version is None else frozenset(row[version] for row in rows if row[version])
    return Read(frozenset(str(row[at]) for row in rows if row[at] is not None), versions or None)


def read_by_query(con: duckdb.DuckDBPyConnection, query: str) -> Read:
    """Every dataset that is held in a table that the query reads, by the engine's own plan, through views; where each of the plan's
    scans of a table names its datasets, those alone.
    """
    import duckdb

    from warehouse.ask.answers import rows

    if not has_lake(con):
        return Read(frozenset(), None)
    known = rows(con, "SELECT dataset, table_name FROM ref.dataset")
    try:
        (plan,) = (row[1] for row in con.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchall() if row[0] == "physical_plan")
        scanned: dict[str, set[str] | None] = {}
        for table, chosen in _scanned(json.loads(plan)):
            before = scanned.get(table, set())
            scanned[table] = None if chosen is None or before is None else before | chosen
    except (duckdb.Error, ValueError):
        # No plan: as it is written.
        scanned = {row["table_name"].partition(".")[2]: None for row in known if row["table_name"] in query}
    return Read(frozenset(row["dataset"] for row in known if (table := row["table_name"].partition(".")[2]) in scanned
                          and ((only := scanned[table]) is None or row["dataset"] in only)), None)


_CHOSEN = re.compile(r"(?:optional: )?dataset(?:=('(?:[^']|'')*')| IN \(('(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\))")
"""A filter of a scan that names datasets."""


def _scanned(plan: Any) -> Iterator[tuple[str, set[str] | None]]:
    """Each scan of a table, with the datasets that its filter names; None for any."""
    if isinstance(plan, list):
        for node in plan:
            yield from _scanned(node)
    elif isinstance(plan, Mapping):
        about = plan.get("extra_info", {})
        table, filters = about.get("Table"), about.get("Filters", [])
        if isinstance(table, str):
            found = [match for one in ([filters] if isinstance(filters, str) else filters) if (match := _CHOSEN.fullmatch(one))]
            yield table.rpartition(".")[2], {name.replace("''", "'") for match in found
                                             for name in re.findall(r"'((?:[^']|'')*)'", match[1] or match[2])} if found else None
        yield from _scanned(plan.get("children", []))


def lines(con: duckdb.DuckDBPyConnection, read: Read) -> list[list[str]]:
    """One line a dataset in the order of ``HEAD``; only of datasets that hold something."""
    from warehouse.ask.answers import rows

    made: list[list[str]] = []
    if not has_lake(con):
        return made
    for one in rows(con, """
            WITH mine AS (SELECT dataset, max(snapshot) AS newest FROM ops.load GROUP BY dataset),
            versions AS (
              SELECT dataset, currency, unit_multiplier, realtime_start AS released_at, fetch_id FROM mart.versions
              WHERE list_contains($versions, version_id)
              UNION ALL SELECT dataset, currency, unit_multiplier, released_at, fetch_id FROM stats.trade WHERE $versions IS NULL),
            fetches AS (
              SELECT DISTINCT dataset, fetch_id FROM versions
              UNION SELECT dataset, fetch_id FROM ops.fetch WHERE dataset NOT IN (SELECT dataset FROM versions)),
            origins AS (
              SELECT used.dataset, string_agg(DISTINCT f.origin_kind, ', ' ORDER BY f.origin_kind) AS kinds,
                string_agg(DISTINCT nullif(f.source_note, ''), ' | ' ORDER BY nullif(f.source_note, '')) AS notes
              FROM fetches AS used JOIN ops.fetch AS f USING (fetch_id) GROUP BY used.dataset),
            printed AS (
              SELECT dataset, string_agg(DISTINCT currency, ', ' ORDER BY currency) AS units,
                string_agg(DISTINCT currency || ' ×' || format('{:,}', unit_multiplier), ', '
                  ORDER BY currency || ' ×' || format('{:,}', unit_multiplier)) AS printed_in,
                CAST(max(timezone(coalesce(tz, 'UTC'), released_at)) AS DATE) AS released
              FROM versions JOIN ref.dataset USING (dataset) GROUP BY dataset)
            SELECT d.*, newest, kinds, notes, units, printed_in, released
            FROM ref.dataset AS d JOIN mine USING (dataset) LEFT JOIN origins USING (dataset) LEFT JOIN printed USING (dataset)
            WHERE list_contains($datasets, d.dataset) ORDER BY d.dataset""",
            {"datasets": sorted(read.datasets), "versions": sorted(read.versions) if read.versions is not None else None}):
        made.append([one["dataset"], one["publisher"], one["page_url"], one["units"] or "", one["printed_in"] or "",
                     f"snapshot {one['newest']}", str(one["released"] or ""), one["kinds"] or "", one["notes"] or "", one["licence"],
                     "yes" if one["may_redistribute"] else "no", one["attribution"]])
    return [[cell or "" for cell in line] for line in made]
