"""What may be run where somebody else's SQL text is run: one read, told by its parse, on an engine that cannot do more.

Two walls, each enough for what is known. ``checked`` lets pass what DuckDB itself parses as one SELECT (or its EXPLAIN) whose every
function is one that only reads the lake: a statement is walked as ``json_serialize_sql`` gives it, so comments, casing, quoting and
nesting make no difference. ``seal`` takes from the engine what no read needs: other files, other databases, settings. Opening the
lake is ``lake``; how results are printed or written is the caller's.
"""

from __future__ import annotations

import json
import re
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.place import metadata
from warehouse.schema.errors import EntrepotError, UsageError
from warehouse.schema.quoting import as_named, quoted

if TYPE_CHECKING:
    import duckdb

THREADS = 2
"""Threads of one reader."""
SPILLED = 8
"""So many times a reader's memory may go to temporary files: a query without an end fills no disk."""

LOCKED = ("SET enable_external_access = false", "SET lock_configuration = true")
"""The last two settings: from then on nothing is reached but what was named, and no setting changes."""

_TABLE_FUNCTIONS = """
    range generate_series unnest repeat repeat_row json_each json_tree test_all_types icu_calendar_names pg_timezone_names
    duckdb_columns duckdb_constraints duckdb_databases duckdb_dependencies duckdb_extensions duckdb_functions duckdb_indexes
    duckdb_keywords duckdb_memory duckdb_optimizers duckdb_schemas duckdb_sequences duckdb_settings duckdb_tables duckdb_types
    duckdb_views pragma_collations pragma_database_size pragma_platform pragma_show pragma_table_info pragma_user_agent pragma_version
    ducklake_current_snapshot ducklake_last_committed_snapshot ducklake_list_files ducklake_options ducklake_settings ducklake_snapshots
    ducklake_table_changes ducklake_table_deletions ducklake_table_info ducklake_table_insertions
    current_snapshot last_committed_snapshot options settings snapshots table_changes table_deletions table_info table_insertions"""
_OF_CATALOGUE = frozenset(_TABLE_FUNCTIONS.splitlines()[-1].split())
TABLE_FUNCTIONS = frozenset(_TABLE_FUNCTIONS.split())
"""All table functions that may be called. What DuckDB or an extension adds is refused until somebody has looked at it. The last line
are those that every DuckLake catalogue has in its schema (``lake.snapshots()``)."""

REFUSED = frozenset(("nextval", "currval", "setseed", "write_log", "getenv", "getvariable", "sleep_ms", "pg_sleep", "json_serialize_plan",
                     "parse_duckdb_log_message"))
"""Scalar functions that change a state, wait, read what is not the lake, or bind a query that they are given as text. DuckDB calls
most of them volatile; a test holds this list against the volatile functions of the pinned version."""
SCALAR_GROUPS = re.compile(r"(?:sqlite|postgres|mysql|ducklake|http|s3|read|write|copy)_.*|query|query_table|glob|(?:force_)?checkpoint")
"""Names that hardly any scalar of the pinned version has, and that would not be a mere calculation in another."""

_REFS = {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT", "SHOW_REF", "COLUMN_DATA"}
_FILE = re.compile(r"[/\\]|://|\.(?:csv|tsv|parquet|json|jsonl|ndjson|xlsx?|txt|gz|zst|db|duckdb|sqlite)$", re.IGNORECASE)


def checked(con: duckdb.DuckDBPyConnection, query: str, *, files: bool = True) -> str:
    """The text to run of a query that is one read. Raises UsageError for none, several, or what is not a read.

    ``files``: whether who asks may bring and be given some (``--with``, ``-o``), as the refusal then says.
    """
    import duckdb

    if "\0" in query:
        raise UsageError("the statement has a NUL character in it")
    try:
        statements = con.extract_statements(query)
        before, inner = "", query
        if len(statements) == 1 and statements[0].type == duckdb.StatementType.EXPLAIN:
            before, inner = _explained(query)
            statements = con.extract_statements(inner)
    except (duckdb.Error, UnicodeError) as error:
        raise UsageError(f"{first_line(error)}, in the query {query[:60]!r}") from error
    if len(statements) != 1:
        pivot = [str(one.type).rpartition(".")[2] for one in statements] == ["CREATE", "SELECT"]
        raise UsageError("PIVOT needs its columns named: PIVOT … ON column IN (…)" if pivot else
                         "one statement at a time" if statements else
                         f"no statement in the query {query[:60]!r}: type one such as FROM mart.figures LIMIT 10")
    kind = str(statements[0].type).rpartition(".")[2]
    if kind != "SELECT":
        if kind == "LOAD" and inner.split(maxsplit=1)[0].upper() in ("INSTALL", "FORCE", "UPDATE"):
            kind = "INSTALL"
        raise UsageError(f"sql only reads; {kind} is not a read. " + (
            "Results go to a file with -o FILE.csv|.xlsx|.parquet|.json" if files else "Ask with SELECT or FROM; its rows are the answer"))
    parsed = _parsed(con, inner)
    _walk(parsed, files)
    if con.execute("SELECT 1 FROM duckdb_views() WHERE database_name = 'memory' AND view_name = 'known_on'").fetchone():
        _pinned(parsed)
    return before + inner


_OURS = frozenset(("claim", "claim_slot", "reading", "verdict", "evidence", "event", "claim_report"))
"""Tables and views of what this home found in texts, and when."""


def _pinned(statement: Any) -> None:
    """Raise UsageError for a table that is not as it was on the day that a connection is known on (``warehouse.history.past``)."""
    left = [statement]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(node)
        if not isinstance(node, dict):
            continue
        left.extend(node.values())
        if node.get("type") == "TABLE_FUNCTION" and isinstance(function := node.get("function"), dict):
            name = str(function.get("function_name")).lower()
            if name.startswith("ducklake_") or name in _OF_CATALOGUE:
                raise UsageError(f"known on a day, {name} is not pinned to it: it answers as of today. Leave --known-on out, or ask "
                                 "stats.*, mart.*, news.article or ref.*")
        if node.get("type") != "BASE_TABLE" or not isinstance(node.get("table_name"), str):
            continue
        catalogue, schema, table = (str(node.get(part) or "").lower() for part in ("catalog_name", "schema_name", "table_name"))
        whole = ".".join(part for part in (catalogue, schema, table) if part)
        if {catalogue, schema} & {"lake", "now"} or table.endswith("_of_today"):
            plain = table.removesuffix("_of_today")
            raise UsageError(f"known on a day, {whole} is not pinned to it: it is today's. "
                             f"Write {f'{schema}.{plain}' if schema and schema not in ('lake', 'now') else plain}")
        if schema == "ops" or (schema in ("news", "mart", "") and table in _OURS):
            raise UsageError(f"known on a day, {whole} is not pinned to it: it has this home's clock, not the publishers'. --as-of pins "
                             "all of the lake by that clock")


def _explained(query: str) -> tuple[str, str]:
    """What stands before the statement that an EXPLAIN explains, written anew, and that statement's text."""
    import duckdb

    marks = [(at, kind) for at, kind in duckdb.tokenize(query) if kind != duckdb.token_type.comment]
    # Offsets are bytes of UTF-8.
    raw = query.encode()
    words = [raw[at:end].decode(errors="replace") for (at, _), (end, _) in zip(marks, [*marks[1:], (len(raw), None)], strict=True)]
    firsts = [(re.match(r"\w+|\S", word) or [""])[0].upper() for word in words]
    if not firsts or firsts[0] != "EXPLAIN":
        raise UsageError("EXPLAIN stands before the one statement that it explains")
    at, before = 1, "EXPLAIN "
    if firsts[at:at + 1] in (["ANALYZE"], ["ANALYSE"]):
        at, before = at + 1, "EXPLAIN ANALYZE "
    if firsts[at:at + 2] == ["(", "FORMAT"] and firsts[at + 3:at + 4] == [")"]:
        before += f"(FORMAT {'json' if firsts[at + 2] == 'JSON' else 'text'}) "
        at += 4
    elif firsts[at:at + 3] == ["(", "ANALYZE", ")"]:
        at, before = at + 3, "EXPLAIN ANALYZE "
    if at >= len(marks):
        raise UsageError("EXPLAIN stands before the one statement that it explains")
    return before, raw[marks[at][0]:].decode()


def _parsed(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The one SELECT as DuckDB parsed it."""
    (text,) = con.execute("SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", [query]).fetchall()[0]
    try:
        said = json.loads(text)
    except RecursionError:
        raise UsageError("the statement is nested too deep") from None
    if said.get("error"):
        raise UsageError(f"sql only reads, and this is not told to be a read ({said.get('error_message', 'not parsed')})")
    if len(said["statements"]) != 1:
        raise UsageError("one statement at a time")
    return said["statements"][0]


def _walk(statement: Any, files: bool) -> None:
    """Raise UsageError for a function, a file or a kind of table that a read of the lake has no need of."""
    left: list[tuple[Any, bool]] = [(statement, False)]
    while left:
        node, of_table = left.pop()
        if isinstance(node, list):
            left.extend((one, False) for one in node)
        if not isinstance(node, dict):
            continue
        kind = node.get("type")
        if "class" not in node and {"alias", "sample"} <= node.keys() and kind not in _REFS:
            raise UsageError(f"sql only reads tables of the lake; {kind} is none")
        name = node.get("function_name")
        if isinstance(name, str):
            _function(name.lower(), of_table, files)
        if kind in ("BASE_TABLE", "SHOW_REF") and isinstance(node.get("table_name"), str) and _FILE.search(node["table_name"]):
            raise UsageError((
                "sql reads the lake, and files that are named for it: --with NAME=FILE, then FROM NAME. " if files else
                "sql reads the lake alone, and SHOW TABLES names what is in it. ") + f"{node['table_name']!r} is no table of the lake")
        left.extend((one, key == "function" and kind == "TABLE_FUNCTION") for key, one in node.items())


def _function(name: str, of_table: bool, files: bool) -> None:
    if of_table and name not in TABLE_FUNCTIONS:
        of_files = files and name.startswith(("read_", "parquet_", "glob", "sniff"))
        more = ". A file of yours is named with --with NAME=FILE" if of_files else ""
        raise UsageError(f"sql only reads the lake; {name} is not a function for that{more}")
    if not of_table and (name in REFUSED or SCALAR_GROUPS.fullmatch(name)):
        raise UsageError(f"sql only reads the lake; {name} is not a function for that")


def seal(con: duckdb.DuckDBPyConnection, *, files: Iterable[Path] = (), memory_mb: int | None = None) -> None:
    """Take from an attached engine all that no read of the lake needs, for good: its settings are locked afterwards.

    It reaches the lake's data, file by file (so that none can be made, and what the catalogue no longer names cannot be touched),
    and the ``files`` that the caller is about to write. ``memory_mb`` bounds memory, threads and what does not fit and goes to a
    folder of the system's for temporary files, which goes with the connection.
    """
    spill = Path(tempfile.gettempdir(), f"entrepot-reading-{secrets.token_hex(8)}")
    con.execute("SET python_enable_replacements = false")
    for statement in settings(con, files=files, spill=spill, memory_mb=memory_mb):
        con.execute(statement)


def settings(con: duckdb.DuckDBPyConnection, *, files: Iterable[Path] = (), spill: Path, memory_mb: int | None = None) -> list[str]:
    """The statements of ``seal``, in their order, for an engine that has attached what ``con`` has; what does not fit into memory
    goes to the folder ``spill``.
    """
    paths = ", ".join(f"'{quoted(path)}'" for path in (*_data_files(con), *(path.absolute() for path in files)))
    bounds = [f"SET memory_limit = '{memory_mb}MB'", f"SET max_temp_directory_size = '{SPILLED * memory_mb}MB'",
              f"SET threads = {THREADS}"] if memory_mb is not None else []
    return [f"SET allowed_paths = [{paths}]", f"SET temp_directory = '{quoted(spill)}'", *bounds,
            *LOCKED]


def _data_files(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Every file that the attached catalogue names, as the engine opens it."""
    (root,) = con.execute("SELECT tags['data_path'] FROM duckdb_databases() WHERE database_name = 'lake'").fetchall()[0]
    at = metadata(con)
    return [path for (path,) in con.execute(f"""
        WITH schemas AS (SELECT DISTINCT schema_id, if(path_is_relative, ? || path, path) AS path FROM {at}schema),
        tables AS (SELECT DISTINCT t.table_id, if(t.path_is_relative, s.path || t.path, t.path) AS path
                   FROM {at}table t JOIN schemas s USING (schema_id))
        SELECT if(f.path_is_relative, t.path || f.path, f.path)
        FROM (SELECT table_id, path, path_is_relative FROM {at}data_file
              UNION SELECT table_id, path, path_is_relative FROM {at}delete_file) f
        JOIN tables t USING (table_id)""", [root]).fetchall()]


def first_line(error: Exception) -> str:
    """An engine's error in one line."""
    return " ".join(line for line in str(error).splitlines()[:2] if line).replace("  ", " ")


def distinct(columns: Iterable[str]) -> list[str]:
    """Names of a result's columns, none twice: ``a, a`` as ``a, a_1``, as DuckDB itself does in a file."""
    made: list[str] = []
    for name in columns:
        number, given = 0, name
        while given in made:
            number += 1
            given = f"{name}_{number}"
        made.append(given)
    return made


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_READERS = {".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet",
            ".json": "read_json", ".jsonl": "read_json", ".ndjson": "read_json"}
_SHEETS = (".xlsx", ".xls", ".xlsb", ".ods")


def bring(con: duckdb.DuckDBPyConnection, named: Iterable[str]) -> None:
    """Load files of the caller's, each ``NAME=FILE``, into tables of this connection alone. Before ``seal``.

    Raises UsageError for what is no name, no file, no kind that is read, or cannot be read as what it is.
    """
    made: set[str] = set()
    for one in named:
        name, equals, typed = one.partition("=")
        path = Path(typed)
        if not equals or not _NAME.fullmatch(name) or not typed:
            raise UsageError(f"--with takes NAME=FILE, a name of letters, digits and _: --with mine=mine.csv, not {one!r}")
        if name.lower() in made:
            raise UsageError(f"--with names {name} twice")
        made.add(name.lower())
        _load(con, name, path)


def _load(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    import duckdb

    kinds = [suffix.lower() for suffix in path.suffixes]
    kind = kinds[-2] if len(kinds) > 1 and kinds[-1] in (".gz", ".zst") and kinds[-2] != ".parquet" else kinds[-1] if kinds else ""
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise UsageError(f"--with {name}: {str(path)!r} is not a file")
    if kind not in _READERS and kind not in _SHEETS:
        raise UsageError(f"--with {name}: {path.name!r} is not of a kind that is read: .csv, .tsv, .parquet, .json, .jsonl, .xlsx, .xls")
    try:
        if kind in _SHEETS:
            _sheet(con, name, path)
        else:
            con.execute(f'CREATE TEMP TABLE "{name}" AS FROM {_READERS[kind]}(?, hive_partitioning = false)', [as_named(path)])
    except duckdb.Error as error:
        raise UsageError(f"--with {name}: {path.name!r} cannot be read: {first_line(error)}") from error


def _sheet(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """The first sheet of a workbook, its first row as names."""
    import fastexcel

    try:
        frame = fastexcel.read_excel(path).load_sheet(0).to_polars()
    except (fastexcel.FastExcelError, OSError, ValueError) as error:
        raise UsageError(f"--with {name}: {path.name!r} cannot be read: {str(error).splitlines()[0]}") from error
    con.register("__sheet", frame)
    con.execute(f'CREATE TEMP TABLE "{name}" AS FROM __sheet')
    con.unregister("__sheet")


def out_of_memory(error: Exception, setting: str) -> EntrepotError | None:
    """What an engine's error says of a query that needs more than a reader may take, or None."""
    import duckdb

    if not isinstance(error, duckdb.OutOfMemoryException):
        return None
    return EntrepotError(f"the query needs more memory than a reader takes: set {setting} higher, or ask for less at once "
                         f"({first_line(error)[:120]})")

