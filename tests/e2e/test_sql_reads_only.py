"""Nothing that is typed at ``sql`` changes a byte: every function and kind of statement that DuckDB lists, written in many ways."""

from __future__ import annotations

import csv
import hashlib
import itertools
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import duckdb
import fastexcel
import polars as pl
import pytest

import warehouse
from tests.e2e.house import Home
from warehouse.lake import readonly
from warehouse.lake.opening import connect
from warehouse.lake.place import extension
from warehouse.schema.errors import UsageError

SOAK = bool(os.environ.get("ENTREPOT_SOAK_SQL"))


def content(*rooms: Path) -> dict[str, str]:
    """The sha256 of each file below some folders."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for room in rooms for path in sorted(room.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def bait(filled_once: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Path]:
    """A home with a data file that its catalogue lets go of, as after a merge: what cleans up would delete it."""
    home = filled_once.copied(tmp_path_factory.mktemp("bait") / "home")
    left = home.place.data / "let-go.parquet"
    left.write_bytes(b"PAR1, an older reader stands on it")
    copy = home.place.current()
    assert copy is not None
    with closing(sqlite3.connect(copy)) as con, con:
        con.execute("INSERT INTO ducklake_files_scheduled_for_deletion VALUES (999999, ?, 0, '2020-01-01 00:00:00+00')", [str(left)])
    return home, left


@pytest.fixture(scope="module")
def listed(bait: tuple[Home, Path]) -> dict[str, list[str]]:
    """Every function that DuckDB lists with all the extensions that Entrepot ever loads, by its type."""
    con = connect(bait[0].place)
    try:
        con.execute("SELECT 1")
        other = duckdb.connect(config={"allow_unsigned_extensions": "true"})
        for name in ("ducklake", "sqlite_scanner", "postgres_scanner", "httpfs"):
            other.execute(f"LOAD '{extension(name)}'")
        rows = other.execute("SELECT DISTINCT function_type, function_name FROM duckdb_functions() ORDER BY ALL").fetchall()
        other.close()
    finally:
        con.close()
    found: dict[str, list[str]] = {}
    for kind, name in rows:
        found.setdefault(kind, []).append(name)
    return found


SPELLED = (
    "FROM {name}({given})", "SELECT * FROM {upper}/* a comment */({given})", 'FROM "{name}"({given})', "FROM {name} -- so\n ({given})",
    "FROM system.main.{name}({given})", 'FROM "system"."main"."{upper}"({given})', "FROM lake.{name}({given})",
    "WITH a AS MATERIALIZED (FROM {name}({given})) FROM a", "SELECT (SELECT count(*) FROM {mixed}({given}))",
    "SELECT 1 WHERE EXISTS (FROM (FROM (FROM {name}({given}))))", "SELECT 1 UNION ALL BY NAME (FROM {name}({given}))",
    "SELECT * FROM range(1) r, LATERAL (FROM {name}({given}))", "EXPLAIN ANALYZE FROM {name}({given})",
    "/**/EXPLAIN /**/ ANALYZE /**/ SELECT * FROM {name}({given})", "DESCRIBE FROM {name}({given})", "SUMMARIZE FROM {name}({given})",
    "SELECT {name}({given})", "CALL {name}({given})", "PRAGMA {name}({given})", "PRAGMA {name}", "PREPARE v AS FROM {name}({given})",
    "FROM query('FROM {name}({doubled})')", "FROM query('FROM ' || '{name}' || '({doubled})')",
    "SELECT list_transform([1], lambda x: {name}({given}))", "SELECT * FROM range(2) ORDER BY (SELECT 1 FROM {name}({given}))",
    "PIVOT (FROM {name}({given})) ON a IN (1)", "FROM range(3) LIMIT (SELECT 1 FROM {name}({given}))",
    "FROM json_execute_serialized_sql(json_serialize_sql('FROM {name}({doubled})'))",
    "SELECT json_serialize_plan('FROM {name}({doubled})')")


def given(home: Home, left: Path, out: Path) -> list[str]:
    """Arguments with which some function or other would do harm."""
    metadata = "__ducklake_metadata_lake"
    return ["", "1, 3", "'lake'", "'lake', cleanup_all => true", "'lake', older_than => now()", f"'{left}'", f"'{home.place.catalog}'",
            f"'{home.place.catalog}', 'ducklake_snapshot'", f"'{home.place.catalog}', 'DELETE FROM ducklake_snapshot'",
            f"'{metadata}', 'COMMIT; DELETE FROM ducklake_snapshot; BEGIN'", f"'{out / 'new.db'}'", "'/etc/passwd'",
            f"'lake', 'trade', '{left}', schema => 'stats'", "'DROP TABLE stats.trade'"]


@pytest.mark.timeout(20_000 if SOAK else 300)
def test_every_function_in_every_spelling_leaves_every_byte(
        bait: tuple[Home, Path], listed: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, left = bait
    monkeypatch.chdir(tmp_path)
    con = connect(home.place)
    readonly.seal(con, memory_mb=256)
    before = content(home.root, tmp_path)
    names = sorted({*listed["table"], *listed["pragma"], *listed["table_macro"], *readonly.REFUSED, "cleanup_old_files",
                    "delete_orphaned_files", "expire_snapshots", "flush_inlined_data", "merge_adjacent_files", "set_option", "getenv"})
    assert len(names) > 150
    ran: set[str] = set()
    texts = given(home, left, tmp_path)
    for at, name in enumerate(names):
        for number, spelled in enumerate(SPELLED):
            # Each function in some spellings, by turns, with arguments by turns; in a soak each with each.
            if not SOAK and (at + number) % 5:
                continue
            for argument in texts if SOAK else (texts[(at + number // 5) % len(texts)],):
                query = spelled.format(name=name, upper=name.upper(), mixed=name.title(), given=argument,
                                       doubled=argument.replace("'", "''"))
                with suppress(UsageError, duckdb.Error, RecursionError):
                    con.execute(readonly.checked(con, query)).fetchmany(10)
                    ran.add(name)
    for name in ("duckdb_tables", "duckdb_views"):  # what only reads is let through, whichever arguments came by turns
        assert con.execute(readonly.checked(con, f"SELECT count(*) FROM {name}()")).fetchall()
        ran.add(name)
    con.close()
    assert content(home.root, tmp_path) == before
    assert {"duckdb_tables", "duckdb_views"} <= ran <= {*readonly.TABLE_FUNCTIONS, *listed["scalar"], *listed["aggregate"]}


def test_without_the_walls_the_same_would_delete(bait: tuple[Home, Path], tmp_path: Path) -> None:
    home = bait[0].copied(tmp_path / "home")
    left = home.place.data / "let-go.parquet"
    copy = home.place.current()
    assert copy is not None
    with closing(sqlite3.connect(copy)) as con, con:
        con.execute("UPDATE ducklake_files_scheduled_for_deletion SET path = ?", [str(left)])
    query = "FROM ducklake_cleanup_old_files('lake', cleanup_all => true)"
    sealed = connect(home.place)
    readonly.seal(sealed)
    with pytest.raises(duckdb.PermissionException):  # the engine alone, whatever was let through
        sealed.execute(query)
    sealed.close()
    assert left.exists()
    bare = connect(home.place)
    with suppress(duckdb.Error):
        bare.execute(query).fetchall()
    bare.close()
    assert not left.exists()


@pytest.mark.parametrize("then", [{}, {"as_of": 1}, {"known_on": "2030-01-01"}], ids=str)
def test_from_python_nothing_stored_is_deleted_or_changed(bait: tuple[Home, Path], tmp_path: Path, then: dict[str, object]) -> None:
    home = bait[0].copied(tmp_path / "home")
    left = home.place.data / "let-go.parquet"
    copy = home.place.current()
    assert copy is not None
    with closing(sqlite3.connect(copy)) as con, con:
        con.execute("UPDATE ducklake_files_scheduled_for_deletion SET path = ?", [str(left)])
    before = content(home.root)
    (tmp_path / "mine.csv").write_text("area,weight\nCHN,2\n")
    lake = warehouse.connect(home.root, **then)  # type: ignore[arg-type]
    for one in (lake, lake.cursor()):
        for call in ("ducklake_cleanup_old_files('lake', cleanup_all => true)",
                     "ducklake_delete_orphaned_files('lake', cleanup_all => true)", "ducklake_cleanup_old_files('lake')",
                     "DUCKLAKE_FLUSH_INLINED_DATA('lake')", "ducklake_merge_adjacent_files('lake')"):
            for how in ("CALL", "FROM"):
                with pytest.raises(duckdb.Error, match="only reads the lake"):
                    one.execute(f"{how} {call}").fetchall()
    for statement in ("DELETE FROM lake.stats.trade", "DROP TABLE lake.stats.trade", "CREATE TABLE lake.stats.mine (a INT)",
                      "DELETE FROM __ducklake_metadata_lake.ducklake_snapshot",
                      "CALL ducklake_expire_snapshots('lake', older_than => now())"):
        with pytest.raises(duckdb.Error):
            lake.execute(statement).fetchall()
    assert content(home.root) == before
    mine = pl.DataFrame({"area": ["CHN"], "more": [3]})
    assert mine.height and lake.execute(f"SELECT DISTINCT weight + more FROM stats.trade JOIN '{tmp_path}/mine.csv' f ON reporter = f.area "
                                        "JOIN mine USING (area)").fetchall() == [(5,)]
    lake.close()


STATEMENTS = (
    "ALTER TABLE stats.trade ADD COLUMN a INT", "ANALYZE", "ATTACH '{out}/new.db'", "ATTACH ':memory:' AS m", "BEGIN", "CALL range(1)",
    "CHECKPOINT", "COMMENT ON TABLE stats.trade IS 'mine'", "COMMIT", "COPY stats.trade TO '{out}/a.csv'", "COPY (SELECT 1) TO '{left}'",
    "COPY FROM DATABASE lake TO memory", "CREATE TABLE a (b INT)", "CREATE TEMP VIEW v AS SELECT 1", "CREATE SECRET (TYPE s3)",
    "CREATE MACRO m() AS TABLE FROM ducklake_cleanup_old_files('lake', cleanup_all => true)", "DEALLOCATE v", "DELETE FROM stats.trade",
    "DETACH lake", "DROP TABLE stats.trade", "EXECUTE v", "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{out}'", "INSERT INTO ops.load SELECT 1",
    "INSTALL httpfs", "LOAD httpfs", "LOAD '{out}/x.duckdb_extension'",
    "MERGE INTO stats.trade USING stats.trade s ON true WHEN MATCHED THEN DELETE",
    "PRAGMA database_list", "PREPARE v AS SELECT 1", "RESET threads", "ROLLBACK", "SET threads = 1", "SET VARIABLE a = 1",
    "TRUNCATE stats.trade", "UPDATE stats.trade SET value = 0", "UPDATE EXTENSIONS", "USE memory", "VACUUM", "DELETE FROM "
    "__ducklake_metadata_lake.ducklake_snapshot", "SELECT * FROM '{left}'", "FROM '/etc/passwd'", "FROM \"{out}/a.csv\"", "FROM 'https://x/a.csv'",
    "DESCRIBE '/etc/passwd'", "SUMMARIZE '{left}'", "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM stats.trade", "SELECT 1\0")
WRAPPED = ("{}", "/* a */ {} -- b", "EXPLAIN {}", "EXPLAIN ANALYZE {}", "explain/**/analyze/**/{}", "EXPLAIN (FORMAT JSON) {}",
           "EXPLAIN (ANALYZE) {}", "\n\t{};", "PREPARE q AS {}")


@pytest.mark.parametrize("sealed", [True, False], ids=["both walls", "the parse alone"])
def test_every_kind_of_statement_is_refused(bait: tuple[Home, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: bool) -> None:
    home, left = bait
    monkeypatch.chdir(tmp_path)
    con = connect(home.place)
    if sealed:
        readonly.seal(con)
    before = content(home.root, tmp_path)
    for statement, around in itertools.product(STATEMENTS, WRAPPED):
        with pytest.raises(UsageError):
            readonly.checked(con, around.format(statement.replace("{out}", str(tmp_path)).replace("{left}", str(left))))
    con.close()
    assert content(home.root, tmp_path) == before


def test_every_scalar_with_an_effect_was_looked_at(listed: dict[str, list[str]]) -> None:
    """A newer DuckDB with one more volatile function fails here until somebody has decided about it."""
    harmless = {"current_connection_id", "current_query", "current_query_id", "current_transaction_id", "error", "gen_random_uuid",
                "random", "stats", "uuid", "uuidv4", "uuidv7"}
    volatile = {name for (name,) in duckdb.sql(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') "
        "AND (stability = 'VOLATILE' OR has_side_effects)").fetchall()}
    assert volatile - harmless <= readonly.REFUSED
    assert {name for name in listed["scalar"] if readonly.SCALAR_GROUPS.fullmatch(name)} == {
        "postgres_hstore_get", "postgres_hstore_to_json", "write_log"}


@pytest.mark.parametrize("query", [
    "EXPLAIN SELECT 1", "/* why */ EXPLAIN /* so */ ANALYZE SELECT 1", "EXPLAIN (FORMAT json) FROM mart.figures", "SHOW TABLES",
    "SUMMARIZE stats.trade", "PIVOT mart.figures ON flow IN ('import') USING count(*)", "FROM lake.snapshots()",
    "SELECT 'read_text(1); DROP'",
    "WITH RECURSIVE q AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM q WHERE a < 3) FROM q", "FROM range(3)", "SELECT 'é' AS \"ü\" -- ö",
    "EXPLAIN SELECT 'é' /* 马 */", "SELECT [x + 1 for x in [1, 2]], {'a': 1}.a", "SELECT * FROM duckdb_columns() LIMIT 1"])
def test_reads_are_reads(filled_once: Home, query: str) -> None:
    said = filled_once.run("sql", query)
    assert said.code == 0, said.text


def test_a_file_of_ones_own_is_joined_by_a_name(filled_once: Home, tmp_path: Path) -> None:
    rows = pl.DataFrame({"area": ["MYS", "SGP"], "weight": [2, 3]})
    rows.write_csv(tmp_path / "odd [name]*'s.csv")
    rows.write_parquet(tmp_path / "mine.parquet")
    rows.write_excel(tmp_path / "mine.xlsx")
    (tmp_path / "mine.jsonl").write_text(rows.write_ndjson())
    for kind in ("odd [name]*'s.csv", "mine.parquet", "mine.xlsx", "mine.jsonl"):
        said = filled_once.run("--json", "sql", "SELECT CAST(sum(DISTINCT m.weight) AS INT) AS n FROM stats.trade t "
                               "JOIN Mine m ON t.partner = m.area", "--with", f"mine={tmp_path / kind}")
        assert said.code == 0 and said.json == [{"n": 5}], (kind, said.text)


@pytest.mark.parametrize("named", ["mine", "=a.csv", "mine=", "1a=a.csv", 'a"b=a.csv', "a;b=a.csv", "a=/dev/zero", "a=/etc",
                                   "a=nowhere.csv",
                                   "a=https://example.org/a.csv", "a=/etc/passwd", "a=broken.parquet", "a=broken.xlsx", "a=x\0.csv"])
def test_what_is_no_file_to_join_is_refused_by_name(filled_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("broken.parquet", "broken.xlsx"):
        (tmp_path / name).write_bytes(b"no such thing")
    said = filled_once.run("sql", "SELECT 1", "--with", named)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("entrepot: --with") and len(said.err.splitlines()) == 1


def test_a_result_never_takes_the_place_of_what_is_stored(filled_once: Home, tmp_path: Path) -> None:
    home = filled_once.copied(tmp_path / "home")
    (stored, *_) = [path for path in home.place.data.rglob("*.parquet")] or [home.place.data / "any.parquet"]
    (tmp_path / "by-link").symlink_to(home.root / "archive")
    before = content(home.root)
    for target in (stored, home.root / "archive" / "a.csv", tmp_path / "by-link" / "a.json", home.root / "demo" / "a.xlsx"):
        said = home.run("sql", "SELECT 1", "-o", target)
        assert said.code == 2 and "holds what is stored" in said.err, said.text
    assert content(home.root) == before
    assert home.run("sql", "SELECT 1", "-o", tmp_path / "fine.csv").code == 0


def test_a_formula_stays_text_in_every_kind_of_file(filled_once: Home, tmp_path: Path) -> None:
    query = ("SELECT * FROM (VALUES ('=cmd|x!A1', '-5.25', -5, '=1'::BLOB), ('+1 (0) 2', '-', 2, 'b'::BLOB), ('@sum(A1)', 'a=b', 3, NULL), "
             "(chr(9) || '=2', NULL, NULL, NULL)) t(text, \"=also(a)\", number, bytes)")
    for kind in ("csv", "xlsx"):
        assert filled_once.run("sql", query, "-o", tmp_path / f"a.{kind}").code == 0
    rows = list(csv.reader((tmp_path / "a.csv").open(encoding="utf-8", newline="")))
    assert rows == [["text", "'=also(a)", "number", "bytes"], ["'=cmd|x!A1", "-5.25", "-5", "'=1"], ["'+1 (0) 2", "-", "2", "b"],
                    ["'@sum(A1)", "a=b", "3", ""], ["'\t=2", "", "", ""]]
    sheet = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet("data").to_polars()
    assert sheet["text"][0] == "=cmd|x!A1" and sheet["number"][0] == -5


def test_a_query_beyond_a_readers_memory_is_one_clear_error(filled_once: Home) -> None:
    said = filled_once.run("sql", "SELECT list(repeat('x', 1000) || a) FROM range(1000000) t(a)", ENTREPOT_SQL_MEMORY_MB="64")
    assert said.code == 1 and "ENTREPOT_SQL_MEMORY_MB" in said.err and len(said.err.splitlines()) == 1


def test_a_result_without_an_end_is_bounded(filled_once: Home, tmp_path: Path) -> None:
    """Memory of what is taken from the engine, and room on the disk for what does not fit into its own."""
    large = "SELECT a, repeat('x', 400) AS b FROM range(600000) t(a)"
    took = []
    for words in (("sql", "SELECT 1"), ("sql", large), ("--json", "sql", large)):
        code = ("import resource, sys; from flows.cli import main\ntry:\n    main()\nfinally:\n"
                "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)")
        with (tmp_path / "out").open("wb") as out:
            said = subprocess.run([sys.executable, "-c", code, *words], stdout=out, stderr=subprocess.PIPE, text=True, check=True,
                                  env={**os.environ, **filled_once.settings()})
        took.append(int(said.stderr.split()[-1]))
    assert max(took) < took[0] + 200, took
    with (tmp_path / "out").open() as written:
        assert sum('"a":' in line for line in written) == 600_000
    said_ = filled_once.run("--json", "sql", "SELECT value FROM duckdb_settings() WHERE name = 'max_temp_directory_size'",
                            ENTREPOT_SQL_MEMORY_MB="125")
    assert said_.json == [{"value": "953.6 MiB"}], "eight times as much"


def test_json_of_a_query_that_fails_late_has_no_row(filled_once: Home) -> None:
    said = filled_once.run("--json", "sql", "SELECT CAST(if(a = 5000, 'x', '1') AS INT) AS n FROM range(9000) t(a)")
    assert said.code == 2 and "Conversion Error" in said.json["error"]["said"]
