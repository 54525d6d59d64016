"""``entrepot sql`` without a query on a terminal: DuckDB's own shell, which reads the lake and can do nothing else."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flows.cli.asking.shell import landlock, prompt
from tests.e2e.house import Home
from tests.e2e.terminal import Terminal
from tests.e2e.test_sql_reads_only import content

if not landlock.available():
    pytest.skip("this kernel has no Landlock: DuckDB's shell is not started here", allow_module_level=True)
if prompt.program() is None:
    pytest.skip("duckdb-cli is not installed", allow_module_level=True)

PROMPT = r"entrepot> $"


@pytest.fixture(scope="module")
def home(filled_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = filled_once.copied(tmp_path_factory.mktemp("shell") / "home")
    left, copy = home.place.data / "let-go.parquet", home.place.current()
    left.write_bytes(b"PAR1, an older reader stands on it")  # what cleans up would delete it
    assert copy is not None
    with closing(sqlite3.connect(copy)) as con, con:
        con.execute("INSERT INTO ducklake_files_scheduled_for_deletion VALUES (999999, ?, 0, '2020-01-01 00:00:00+00')", [str(left)])
    return home


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the user's in which nothing may appear or change."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "mine.csv").write_text("a\n1\n")
    (folder / "script.sql").write_text("SELECT 'READ';\n")
    return folder


@pytest.fixture(scope="module")
def shell(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One shell for all questions of this file."""
    state = tmp_path_factory.mktemp("state")
    with Terminal(["sql"], {**home.settings(), "XDG_STATE_HOME": str(state), "SECRET_OF_MINE": "hunter2"}) as shell:
        shell.read(PROMPT)
        yield shell
        shell.type("\x04")
        shell.read()
        assert shell.end() in (0, 1)
        assert "SHOW TABLES" in (state / "entrepot" / "sql_history").read_text()


def ask(shell: Terminal, line: str) -> str:
    """What a line that is typed comes to."""
    shell.type(line + "\r")
    echoed = re.escape(line[-20:])
    return shell.read(rf"(?s){echoed}.*entrepot> $").partition(line[-20:])[2]


@pytest.mark.parametrize(("line", "said"), [
    ("SELECT count(*) AS n FROM mart.figures;", "978"), ("SELECT count(*) AS n FROM figures;", "978"), ("SHOW TABLES;", "summable"),
    ("DESCRIBE stats.trade;", "published_yoy_pct"), (".tables stats.fx%", "fx_rate"),
    ("SELECT meaning FROM dictionary WHERE table_name = 'mart.summable' AND column_name = 'value';", "May be summed"),
    ("SELECT NULL AS a, '' AS b;", "NULL"), ("SELECT max(snapshot_id) > 0 AS yes FROM lake.snapshots();", "true")])
def test_the_lake_is_read(shell: Terminal, line: str, said: str) -> None:
    assert said in ask(shell, line)


def test_output_has_modes(shell: Terminal) -> None:
    ask(shell, ".mode csv")
    assert "a,b" in ask(shell, "SELECT 1 AS a, 2 AS b;")
    ask(shell, ".mode duckbox")


def test_what_is_half_typed_is_completed(shell: Terminal) -> None:
    for part in ("SELECT count(*) FROM mart.summab", "\t", ";\r"):  # what comes at once is taken for a paste
        shell.type(part)
        time.sleep(0.3)
    assert "count_star" in shell.read(r"(?s)count_star.*entrepot> $")


@pytest.mark.parametrize("line", [
    ".shell touch {out}/a", ".system touch {out}/a", ".sh touch {out}/a", ".output {out}/a", ".once {out}/a", ".excel", ".log {out}/a",
    ".read {out}/script.sql", ".import {out}/mine.csv mine", ".open {out}/a.db", ".cd {out}",
    "COPY (SELECT 1) TO '{out}/a.csv';", "COPY (SELECT 1) TO '{data}' (USE_TMP_FILE false);", "EXPORT DATABASE '{out}/all';",
    "IMPORT DATABASE '{out}';", "ATTACH '{out}/a.db';", "ATTACH 'ducklake:{out}/a.ducklake' AS b;",
    "ATTACH 'postgres:host=127.0.0.1' AS p;",
    "INSTALL httpfs;", "LOAD httpfs;", "LOAD '{out}/a.duckdb_extension';", "SET threads = 1;", "SET enable_external_access = true;",
    "RESET lock_configuration;", "PRAGMA enable_profiling = 'json';", "SET profiling_output = '{out}/a.json';", "SELECT getenv('HOME');",
    "FROM read_text('/etc/passwd');", "FROM read_csv('{out}/mine.csv');", "FROM '{out}/mine.csv';", "FROM glob('/etc/*');",
    "DELETE FROM stats.trade;", "DROP TABLE stats.trade;", "CREATE TABLE lake.stats.mine (a INT);", "UPDATE stats.trade SET value = 0;",
    "CALL ducklake_cleanup_old_files('lake', cleanup_all => true);", "CALL ducklake_expire_snapshots('lake', older_than => now());",
    "CALL ducklake_flush_inlined_data('lake');", "CREATE PERSISTENT SECRET s (TYPE ducklake);",
    "CALL sqlite_attach('{out}/a.sqlite');",
    "FROM sqlite_scan('{writers}', 'ducklake_snapshot');"])
def test_what_is_no_read_is_refused(shell: Terminal, home: Home, outside: Path, line: str) -> None:
    before = content(home.root, outside)
    stored = next(home.place.data.rglob("*.parquet"), home.place.data / "any.parquet")
    said = ask(shell, line.format(out=outside, data=stored, writers=home.place.catalog))
    assert re.search(r"Error|safe mode|unsupported|cannot be used", said), said
    assert content(home.root, outside) == before


@pytest.mark.parametrize("line", ["CALL lake.merge_adjacent_files();", "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true);",
                                  "CALL checkpoint('lake');", ".pager 'touch {out}/a'", "SELECT write_log('x');"])
def test_what_is_answered_changes_nothing(shell: Terminal, home: Home, outside: Path, line: str) -> None:
    before = content(home.root, outside)
    ask(shell, line.format(out=outside))
    ask(shell, "FROM mart.figures;")
    assert content(home.root, outside) == before


def test_no_editor_is_started(shell: Terminal, home: Home) -> None:
    shell.type(".edit\r")
    shell.read(PROMPT)
    assert "978" in ask(shell, "SELECT count(*) AS n FROM mart.figures;")


def test_the_writers_catalogue_cannot_be_opened_as_a_file_of_sqlite(shell: Terminal, home: Home) -> None:
    """The engine's settings do not keep SQLite files closed, and the kernel does."""
    before = content(home.root)
    ask(shell, f"ATTACH '{home.place.catalog}' AS q (TYPE sqlite);")
    assert "unable to open" in ask(shell, "DELETE FROM q.ducklake_snapshot;")
    copy = home.place.current()
    ask(shell, f"ATTACH '{copy}' AS c (TYPE sqlite);")
    assert "Error" in ask(shell, "DELETE FROM c.ducklake_snapshot;")
    assert content(home.root) == before
    assert "978" in ask(shell, "SELECT count(*) AS n FROM mart.figures;")


def test_no_setting_and_no_secret_is_told(shell: Terminal) -> None:
    assert "hunter2" not in ask(shell, "SELECT * FROM duckdb_settings() WHERE value LIKE '%hunter%';")
    assert "0 rows" in ask(shell, "FROM duckdb_secrets();")


def test_a_query_is_stopped_and_the_shell_goes_on(shell: Terminal) -> None:
    shell.type("SELECT count(*) FROM range(100000000000) a, range(100000000) b;\r")
    shell.read("range")
    time.sleep(0.5)
    shell.type("\x03")
    shell.read(r"(?s)\^C.*entrepot> $")
    assert "978" in ask(shell, "SELECT count(*) AS n FROM figures;")


def test_on_another_day_a_plain_prompt_says_that_it_is_one(home: Home) -> None:
    with Terminal(["sql", "--as-of", "1", "--json"], home.settings()) as plain:
        assert "not DuckDB's shell: that one does not take --as-of, --json." in plain.read(PROMPT)
        assert '"snapshot": 1' in ask(plain, "SELECT max(snapshot) AS snapshot FROM ops.load;")
        plain.type("\x04")


def test_a_log_goes_to_no_file(shell: Terminal, outside: Path) -> None:
    """Last: where the log may not be written the engine answers nothing more, which is the asker's own affair."""
    before = content(outside)
    assert "Error" in ask(shell, f"CALL enable_logging(storage = 'file', storage_path = '{outside}');")
    assert content(outside) == before
