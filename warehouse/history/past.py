"""The lake as it answered on another day: by our clock (``as_of``) or by the publishers' (``known_on``). MODEL: "Two clocks".

Both give a connection that is read like the present one: the same schemas, tables and views, so every question works
unchanged. By our clock the whole lake is pinned at one load; by the publishers' clock ``stats.*``, ``mart.*``, articles
and calendars hold what was public on the day, as far as it is held, and never today's in its place. Opening the present is ``lake``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb

from warehouse.lake.migrate import views
from warehouse.lake.opening import AnyPlace, attach, engine
from warehouse.schema.errors import UsageError
from warehouse.schema.quoting import quoted

FACTS = ("trade", "fx_rate", "indicator")
WHO = (("ref", "publisher"), ("ref", "publisher_name"), ("ref", "revision_band"))
"""Tables that are the present's on every day: who a publisher is does not depend on what was loaded."""
_LAST = time(23, 59, 59, 999999)
OURS = ("reread", "undone")
"""Kinds of change that are not the publisher's: by its clock they never happened."""


@dataclass(frozen=True)
class Snapshot:
    """One load's place in our history."""

    number: int
    recorded_at: datetime
    load_id: str


def resolve(con: duckdb.DuckDBPyConnection, wrote: str, tz: str = "UTC") -> Snapshot:
    """The snapshot that a person means: its number, a tag, a load id (or its beginning), a day or a time.

    A day means its end in ``tz``, a minute or a second its end too, as it is printed; a time without a zone is in ``tz``. Raises
    UsageError naming what there is.
    """
    text = wrote.strip()
    loads = "SELECT snapshot, recorded_at, load_id FROM ops.load"
    last = "ORDER BY recorded_at DESC, load_id LIMIT 1"  # articles that came together share a snapshot
    found = con.execute(f"{loads} WHERE snapshot = (SELECT snapshot FROM ops.snapshot_tag WHERE tag = ?) {last}", [text]).fetchall()
    if not found and text.isdecimal():
        found = con.execute(f"{loads} WHERE snapshot = ? {last}", [int(text)]).fetchall()
    moment = _moment(text, tz)
    if not found and moment is not None:
        newest = con.execute("SELECT max(recorded_at) FROM ops.load").fetchall()[0][0]
        if newest is not None and moment > max(newest, datetime.now(UTC)) + timedelta(days=1):
            raise UsageError(f"{text} is still to come: the newest load is of {newest.astimezone(ZoneInfo(tz)):%Y-%m-%d %H:%M:%S}")
        # By recorded load times, not DuckLake's: they are the same after a rebuild.
        found = con.execute(f"{loads} WHERE recorded_at <= ? ORDER BY snapshot DESC LIMIT 1", [moment]).fetchall()
        if not found:
            first = con.execute("SELECT min(recorded_at) FROM ops.load").fetchall()[0][0]
            raise UsageError(f"nothing had been loaded by {text} ({tz}); the first load is of "
                             f"{first.astimezone(ZoneInfo(tz)):%Y-%m-%d %H:%M:%S}" if first
                             else "nothing is loaded yet")
    if not found and len(text) >= 4:
        found = con.execute(f"{loads} WHERE starts_with(load_id, ?) LIMIT 2", [text]).fetchall()
    if len(found) != 1:
        newest = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0][0]
        raise UsageError(f"no snapshot {wrote!r}: write a number up to {newest}, a tag, a load id, a day or a time "
                         "(entrepot snapshots list)")
    return Snapshot(*found[0])


def recorded(con: duckdb.DuckDBPyConnection) -> datetime:
    """When the newest load of a connection's lake was recorded."""
    ((at,),) = con.execute("SELECT max(recorded_at) FROM ops.load").fetchall()
    assert isinstance(at, datetime)
    return at


def _moment(text: str, tz: str) -> datetime | None:
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), _LAST, ZoneInfo(tz)).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not moment.microsecond and "." not in text:
        # What is printed to the second was later in it: a time typed as it was printed means that load, not the one before.
        minute = re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})?", text) is not None
        moment += timedelta(seconds=59 if minute else 0, microseconds=999999)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tz))).astimezone(UTC)


def day_end(wrote: str, tz: str = "UTC") -> datetime:
    """The moment a known-on date means: the end of that day, or the very time. Raises UsageError."""
    moment = _moment(wrote.strip(), tz)
    if moment is None:
        raise UsageError(f"no day {wrote!r}: what was known on a day takes one such as 2024-07-31")
    return moment


def ducklake_version(con: duckdb.DuckDBPyConnection, snapshot: int, catalog: str = "lake") -> int:
    """DuckLake's own id of our snapshot: its ids also count flushes and schema changes."""
    found = con.execute(f"SELECT max(snapshot_id) FROM {catalog}.snapshots() "
                        "WHERE CAST(json_extract(commit_extra_info, '$.snapshot') AS BIGINT) = ?", [snapshot]).fetchall()[0][0]
    if found is None:
        raise UsageError(f"the lake no longer holds snapshot {snapshot}: it was expired by maintain; a later one or a tagged one can be "
                         "travelled to (entrepot snapshots list)")
    return int(found)


def connect_past(place: AnyPlace, *, as_of: str | None = None, known_on: datetime | None = None, tz: str = "UTC",
                 ) -> duckdb.DuckDBPyConnection:
    """A read-only connection on the lake as it was; its current catalogue has today's tables and views over the old rows.

    ``known_on`` at the last moment of a day in ``tz`` (``day_end``) is that day: it ends for each publisher at its own place, as the day of
    a release is printed. Any other moment is the same one for all.
    """
    con = engine(place, reading=True)
    attach(con, place, "now")
    if as_of is not None:
        con.execute("USE now")
        version = ducklake_version(con, resolve(con, as_of, tz).number, "now")
        attach(con, place, "lake", f"SNAPSHOT_VERSION {version}")
    else:
        attach(con, place, "lake")
    con.execute("USE memory")
    _tables(con)
    if known_on is not None:
        until = _until(con, known_on, tz)
        for name in FACTS:
            _known_on(con, name, until)
        _seen_by(con, known_on, until)
    for path in views():
        con.execute(path.read_text(encoding="utf-8"))
    if con.execute("SELECT 1 FROM duckdb_views() WHERE database_name = 'now' AND view_name = 'dictionary'").fetchone():
        con.execute("CREATE VIEW mart.dictionary AS FROM now.mart.dictionary")
    return con


def _tables(con: duckdb.DuckDBPyConnection) -> None:
    """Today's tables as views over the pinned ones: a table or column that came later is empty."""
    held: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in con.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'").fetchall():
        held.setdefault((schema, table), set()).add(column)
    today: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in con.execute(
            "SELECT c.schema_name, c.table_name, c.column_name, c.data_type FROM duckdb_columns() c JOIN duckdb_tables() t "
            "USING (database_name, schema_name, table_name) WHERE c.database_name = 'now' ORDER BY c.column_index").fetchall():
        today.setdefault((schema, table), []).append((column, kind))
    for schema in dict.fromkeys([schema for schema, _ in today] + ["mart"]):
        con.execute(f"CREATE SCHEMA memory.{schema}")
    for (schema, table), columns in today.items():
        if (schema, table) in WHO:
            con.execute(f"CREATE VIEW memory.{schema}.{table} AS FROM now.{schema}.{table}")
            continue
        there = held.get((schema, table), set())
        chosen = ", ".join(name if name in there else f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns)
        source = f"lake.{schema}.{table}" if there else f"now.{schema}.{table} WHERE false"
        con.execute(f"CREATE VIEW memory.{schema}.{table} AS SELECT {chosen} FROM {source}")


def _until(con: duckdb.DuckDBPyConnection, known_on: datetime, tz: str) -> str:
    """Up to when a dataset's releases count, as an expression of its name."""
    usual = f"TIMESTAMPTZ '{known_on.isoformat()}'"
    local = known_on.astimezone(ZoneInfo(tz))
    if local.time() != _LAST:
        return usual
    elsewhere: dict[str, list[str]] = {}
    for name, zone in con.execute("SELECT dataset, coalesce(tz, 'UTC') FROM now.ref.dataset ORDER BY dataset").fetchall():
        ends = datetime.combine(local.date(), _LAST, ZoneInfo(zone))
        if ends != known_on:
            elsewhere.setdefault(ends.astimezone(UTC).isoformat(), []).append(f"'{quoted(name)}'")
    cases = [f"WHEN dataset IN ({', '.join(names)}) THEN TIMESTAMPTZ '{at}'" for at, names in elsewhere.items()]
    return f"CASE {' '.join(cases)} ELSE {usual} END" if cases else usual


def _seen_by(con: duckdb.DuckDBPyConnection, day: datetime, until: str) -> None:
    """What else has a publisher's clock, as it was: coarser printings, articles with their texts, the calendar as far as it was seen.

    What has the clock of this home alone (``ops.*``, claims and verdicts) is not pinned: ``warehouse.lake.readonly`` refuses it by name,
    and knows by ``memory.main.known_on`` that it has to.
    """
    moment = f"TIMESTAMPTZ '{day.isoformat()}'"
    first = "row_number() OVER (PARTITION BY article ORDER BY fetched_at) = 1"
    there = f"SELECT article FROM news.article_of_today WHERE coalesce(published_at, first_seen) <= {moment}"
    pinned = {f"stats.{name}_coarser": f"WHERE released_at <= {until}" for name in FACTS} | {
        "news.article": f"WHERE coalesce(published_at, first_seen) <= {moment}",
        "news.article_version": f"WHERE article IN ({there}) QUALIFY fetched_at <= {moment} OR {first}",
        "ref.release": f"WHERE first_seen_at <= {moment}"}
    for name, only in pinned.items():
        schema, _, table = name.partition(".")
        con.execute(f"ALTER VIEW memory.{name} RENAME TO {table}_of_today")
        con.execute(f"CREATE VIEW memory.{name} AS SELECT * FROM memory.{schema}.{table}_of_today {only}")
    con.execute(f"CREATE VIEW memory.main.known_on AS SELECT {moment} AS moment")


def _known_on(con: duckdb.DuckDBPyConnection, name: str, moment: str) -> None:
    """Replace a fact table and its twin by what was public by a moment, which is an expression (``_until``).

    A version was public from its release until the next one's. Where its release is only known as the time we first saw it, and
    that is later, it is *not held* for the day, and so is not there.
    """
    ours = ", ".join(f"'{kind}'" for kind in OURS)
    columns = [row[0] for row in con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'now' AND schema_name = 'stats' AND table_name = ? "
        "ORDER BY column_index", [name]).fetchall()]
    twin = [row[0] for row in con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'now' AND schema_name = 'stats' AND table_name = ? "
        "ORDER BY column_index", [f"{name}_revision"]).fetchall()]
    old = ", ".join(f"old_{column} AS {column}" if f"old_{column}" in twin else column for column in columns)
    key = ", ".join(column for column in columns if f"old_{column}" not in twin)
    con.execute(f"ALTER VIEW memory.stats.{name} RENAME TO {name}_of_today")
    con.execute(f"ALTER VIEW memory.stats.{name}_revision RENAME TO {name}_revision_of_today")
    con.execute(f"""
        CREATE VIEW memory.stats.{name} AS
        SELECT * FROM (
          SELECT {", ".join(columns)} FROM memory.stats.{name}_of_today WHERE released_at <= {moment}
          UNION ALL
          SELECT {old} FROM memory.stats.{name}_revision_of_today
          WHERE old_version_id IS NOT NULL AND old_released_at <= {moment} AND released_at > {moment} AND change_kind NOT IN ({ours}))
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY released_at DESC, version_no DESC) = 1""")
    con.execute(f"CREATE VIEW memory.stats.{name}_revision AS SELECT * FROM memory.stats.{name}_revision_of_today "
                f"WHERE released_at <= {moment}")
