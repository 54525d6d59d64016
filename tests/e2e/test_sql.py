"""``entrepot sql``: one read, printed or in a file; nothing that is typed there changes a file of the home."""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from pathlib import Path

import duckdb
import fastexcel
import pytest

from tests.e2e.house import Home
from warehouse.lake import readonly
from warehouse.lake.opening import Place, connect

WRITES = [
    "INSERT INTO stats.trade SELECT * FROM stats.trade", "DELETE FROM stats.trade", "UPDATE stats.trade SET value = 0",
    "CREATE TABLE mine (a INT)", "CREATE TEMP TABLE mine AS SELECT 1", "DROP VIEW mart.best", "ATTACH 'other.db'", "USE memory",
    "COPY stats.trade TO 'out.csv'", "EXPORT DATABASE 'out'", "PRAGMA enable_profiling", "SET threads = 1", "BEGIN", "VACUUM",
    "CHECKPOINT", "INSTALL httpfs", "LOAD httpfs", "CALL ducklake_flush_inlined_data('lake')",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'", "EXPLAIN (ANALYZE) DELETE FROM stats.trade",
    "FROM ducklake_flush_inlined_data('lake')", "FROM ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "FROM \"force_checkpoint\"()", "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM stats.trade", "", "  ", "SELEC 1", "FROM nowhere",
]


@pytest.mark.parametrize("query", WRITES)
def test_what_is_no_single_read_is_refused(filled_once: Home, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = filled_once.files("lake")
    said = filled_once.run("sql", query)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("entrepot: ") and len(said.err.splitlines()) == 1
    assert filled_once.files("lake") == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT 42 AS answer", "42"), ("FROM mart.figures LIMIT 1", "gacc.prelim.country"), ("EXPLAIN SELECT 1", "PROJECTION"),
    ("EXPLAIN ANALYZE SELECT 1", "Total Time"), ("DESCRIBE stats.trade", "published_yoy_pct"), ("VALUES (7)", "7"),
    ("WITH a AS (SELECT 5 AS b) FROM a", "5"), ("SELECT 'Total'  -- with a comment", "Total"),
    ("SELECT count(*) FROM ducklake_snapshots('lake')", "count_star()"),
])
def test_a_read_is_printed(filled_once: Home, query: str, said: str) -> None:
    answer = filled_once.run("sql", query)
    assert (answer.code, said in answer.out) == (0, True), answer.text


def test_a_query_may_come_through_a_pipe(filled_once: Home) -> None:
    assert filled_once.run("sql", "-", typed="SELECT 43 AS x;").out.split() == ["x", "43"]
    assert filled_once.run("sql", typed="SELECT 44 AS x;").out.split() == ["x", "44"]


def test_every_type_survives_in_json(filled_once: Home) -> None:
    (row,) = filled_once.run("--json", "sql", "SELECT 1 AS a, 2 AS a, 1.50::DECIMAL(20, 3) AS d, NULL AS n, 'nan'::DOUBLE AS x, "
                             "[1, 2] AS l, DATE '2024-02-29' AS day, "
                             "TIMESTAMPTZ '2024-01-01 08:00:00+08' AS t, 'x'::BLOB AS b, true AS yes").json
    assert row == {"a": 1, "a_1": 2, "d": 1.5, "n": None, "x": "nan", "l": [1, 2], "day": "2024-02-29",
                   "t": "2024-01-01T00:00:00+00:00", "b": "78", "yes": True}


ODD = ("SELECT TIMESTAMPTZ '2024-01-01 08:00:00+08' AS t, 1234567890123.5::DECIMAL(20, 3) AS d, DATE '2024-02-29' AS day, "
       "DATE '1850-01-01' AS long_ago, TIME '12:30' AS clock, INTERVAL 1 DAY AS span, {'a': 1} AS nested, [1, 2] AS list, NULL AS nothing, "
       "'-' AS mark, '-5' AS number, '-1+2' AS sum, "
       "'=1+1' AS formula, '马来西亚, \"quoted\"' AS words, 'inf'::DOUBLE AS inf, 'x'::BLOB AS bytes, true AS yes, "
       "repeat('x', 40000) AS long, dataset FROM stats.trade WHERE dataset = 'dosm.headline' LIMIT 3")


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "json"])
def test_every_type_can_be_written(filled_once: Home, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"out's.{kind}"
    said = filled_once.run("sql", ODD, "-o", target)
    assert (said.code, said.out, "3 rows in" in said.err) == (0, "", True)
    if kind == "csv":
        row = next(csv.DictReader(target.open(encoding="utf-8")))
        assert (row["t"], row["d"], row["formula"]) == ("2024-01-01 00:00:00+00", "1234567890123.500", "'=1+1")
        assert (row["mark"], row["number"], row["sum"]) == ("-", "-5", "'-1+2")
    elif kind == "json":
        assert "1234567890123.500" in target.read_text()
    elif kind == "parquet":
        assert duckdb.sql(f"SELECT t, d, day, nested.a FROM '{tmp_path}/*.parquet' LIMIT 1").fetchall()[0][1:] == (
            duckdb.sql("SELECT 1234567890123.5::DECIMAL(20, 3), DATE '2024-02-29', 1").fetchall()[0])
    else:
        sheet = fastexcel.read_excel(target).load_sheet("data").to_polars().to_dicts()[0]
        assert (sheet["t"], sheet["d"], sheet["formula"]) == (datetime(2024, 1, 1), 1234567890123.5, "=1+1")
        assert (sheet["long_ago"], sheet["words"], sheet["yes"], sheet["nothing"]) == ("1850-01-01", '马来西亚, "quoted"', True, None)
        sources = "".join(str(row) for row in fastexcel.read_excel(target).load_sheet("sources", header_row=None).to_polars().rows())
        assert "CC BY 4.0" in sources and "MYR ×1" in sources and "snapshot" in sources and "gacc" not in sources


def test_a_workbook_of_a_whole_table_has_its_rows(filled_once: Home, tmp_path: Path) -> None:
    assert filled_once.run("sql", "FROM mart.figures", "-o", tmp_path / "all.xlsx").code == 0
    assert fastexcel.read_excel(tmp_path / "all.xlsx").load_sheet("data").height == 978


@pytest.mark.parametrize(("name", "said"), [
    ("out.txt", "-o takes .csv, .xlsx, .parquet or .json"), ("out", "-o takes"), ("nowhere/out.csv", "there is no folder"),
    ("nowhere/out.xlsx", "there is no folder"), ("folder.json", "it is a folder")])
def test_a_file_that_cannot_be_written_is_said(filled_once: Home, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.json").mkdir()
    answer = filled_once.run("sql", "FROM stats.trade", "-o", tmp_path / name)
    assert (answer.code, said in answer.err) == (2, True), answer.err


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "json"])
def test_a_query_that_fails_leaves_no_file_and_keeps_the_old_one(filled_once: Home, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"out.{kind}"
    target.write_text("as it was")
    said = filled_once.run("sql", "SELECT CAST(dataset AS INTEGER) FROM stats.trade", "-o", target)
    assert (said.code, "Conversion Error" in said.err) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.read_text() == "as it was"


def test_the_prompt_runs_statements_and_survives_mistakes(filled_once: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["SELECT 40 +", "2 AS x;", "DELETE FROM stats.trade;", "SELECT 'still here' AS y;"])

    def line(_: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", line)
    said = filled_once.run("sql")
    assert said.code == 0
    assert "42" in said.out and "still here" in said.out and "DELETE is not a read" in said.err


def test_the_line_that_is_printed_attaches_the_lake_from_any_duckdb(filled_once: Home) -> None:
    from warehouse.lake.opening import engine

    attach = filled_once.run("datasets", "--json").json["attach"]
    con = engine(filled_once.place)
    con.execute(attach)
    assert con.execute("SELECT count(*) FROM mart.figures").fetchall() == [(978,)]
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("DELETE FROM stats.trade")


def test_json_of_an_empty_result_is_an_empty_list(filled_once: Home) -> None:
    assert json.loads(filled_once.run("--json", "sql", "FROM stats.trade WHERE false").out) == []


PAGE = (Path(__file__).parents[2] / "docs/sql.md").read_text(encoding="utf-8")
TWENTY = re.findall(r"^### ([^\n]+)\n\n```sql\n(.+?)\n```\n\n```text\n(.+?)\n```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_twenty_questions_of_the_page_have_its_answers(demo_once: Home) -> None:
    assert len(TWENTY) == 20
    con = connect(Place(demo_once.root / "demo" / "lake"))
    con.execute("USE lake.mart")
    readonly.seal(con)
    for question, query, answer in TWENTY:
        result = con.execute(readonly.checked(con, query))
        rows = [[column[0] for column in result.description or ()], *result.fetchall()]
        assert "\n".join(" · ".join("NULL" if cell is None else str(cell) for cell in row) for row in rows) == answer, question
    con.close()


@pytest.mark.parametrize(("columns", "shown"), [(40, 3), (80, 5), (200, 12)])
def test_a_table_is_as_wide_as_the_terminal(filled_once: Home, columns: int, shown: int) -> None:
    said = filled_once.run("sql", "FROM figures LIMIT 2", COLUMNS=str(columns))
    assert max(map(len, said.out.splitlines())) <= columns
    assert len(said.out.splitlines()[0].split()) >= shown and "of 44 columns shown: -o FILE.csv has all" in " ".join(said.err.split())


def test_a_null_is_told_from_an_empty_text(filled_once: Home) -> None:
    assert filled_once.run("sql", "SELECT NULL AS a, '' AS b, 'x' AS c").out.splitlines()[1] == " NULL     x"


def test_tables_and_columns_say_what_they_mean(filled_once: Home) -> None:
    said = {row["name"]: row["meaning"] for row in filled_once.run("--json", "sql", "SHOW TABLES").json}
    assert "may be summed" in said["summable"] and all(said.values())
    told = {row["column_name"]: row["meaning"] for row in filled_once.run("--json", "sql", "DESCRIBE figures").json}
    assert "Not to be summed" in told["value"] and all(told.values())
    every = filled_once.rows("SELECT count(*), count(nullif(meaning, '')) FROM mart.dictionary")
    assert every == filled_once.rows("SELECT count(*), count(*) FROM duckdb_columns() WHERE database_name = 'lake' "
                                     "AND schema_name IN ('stats', 'mart', 'news', 'ref', 'ops')")
    ((tables,),) = filled_once.rows("SELECT count(*) FROM duckdb_columns() WHERE database_name = 'lake' AND schema_name IN "
                                    "('stats', 'news', 'ref', 'ops') AND coalesce(comment, '') = ''")
    assert tables == 0


@pytest.mark.parametrize("query", [
    "SELECT getenv('HOME')", "FROM glob('/etc/*')", "FROM read_text('/etc/passwd')", "FROM read_blob('/etc/passwd')", "PRAGMA version",
    "PRAGMA database_list", "CALL pragma_version()", "CREATE SECRET s (TYPE s3, KEY_ID 'a')",
    "CREATE PERSISTENT SECRET s (TYPE s3)",
    "FROM duckdb_secrets()", "FROM which_secret('s3://a', 's3')", "CHECKPOINT", "IMPORT DATABASE 'x'", "EXPORT DATABASE 'x'", "LOAD httpfs",
    "SET s3_access_key_id = 'a'", "FROM duckdb_logs()", "CALL enable_logging()", "FROM sqlite_scan('x', 'y')",
    "FROM postgres_query('x', 'y')"])
def test_what_tells_of_the_machine_is_refused(filled_once: Home, query: str) -> None:
    said = filled_once.run("sql", query)
    assert (said.code, said.out) == (2, "") and len(said.err.splitlines()) == 1


def test_a_refusal_names_the_statement_that_was_typed(filled_once: Home) -> None:
    for query, named in (("INSTALL httpfs", "INSTALL"), ("FORCE INSTALL httpfs", "INSTALL"), ("LOAD httpfs", "LOAD")):
        assert f"{named} is not a read" in filled_once.run("sql", query).err


def test_settings_tell_no_secret(filled_once: Home) -> None:
    said = filled_once.run("--json", "sql", "SELECT name, value FROM duckdb_settings() WHERE name LIKE '%secret%' OR value LIKE '%hunt%'",
                           ENTREPOT_S3_SECRET="hunter2", ENTREPOT_COMTRADE_KEY="hunter2")
    assert said.code == 0 and "hunter2" not in said.text


@pytest.mark.parametrize(("query", "warned"), [
    ("SELECT sum(value) FROM mart.figures", True), ("SELECT reporter, AVG (value) FROM best GROUP BY 1", True),
    ("SELECT sum(value) FROM summable WHERE dataset = 'none'", False), ("SELECT sum(x) FROM range(5) t(x)", False),
])
def test_a_sum_of_rows_that_overlap_is_made_and_warned_about(filled_once: Home, query: str, warned: bool) -> None:
    said = filled_once.run("sql", query)
    assert (said.code, "Careful: " in said.err, "mart.summable" in said.err) == (0, warned, warned), said.text
