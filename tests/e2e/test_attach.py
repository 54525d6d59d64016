"""The lake without our code: DuckDB's own command-line client, and a bare Python with duckdb, attach it by the printed line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.e2e.house import Home
from warehouse.lake.opening import Place, writer

CLIENT = Path(sys.executable).with_name("duckdb")
BARE = """
import json, sys, duckdb
con = duckdb.connect()
con.execute("SET enable_progress_bar = false")
for statement in sys.argv[1:]:
    result = con.execute(statement)
print(json.dumps([dict(zip([column[0] for column in result.description], row)) for row in result.fetchall()], default=str))
"""


def by_the_client(*statements: str) -> str:
    # -no-init: what stands in somebody's ~/.duckdbrc is not part of this.
    words = [word for statement in statements for word in ("-c", statement)]
    return _said([str(CLIENT), "-no-init", "-json", *words])


def by_bare_python(*statements: str) -> str:
    return _said([sys.executable, "-I", "-c", BARE, *statements])


def _said(command: list[str]) -> str:
    # Far from the checkout, so that nothing of it is found.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tempfile.gettempdir())
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def printed(demo_once: Home) -> str:
    """The line as a person reads it."""
    said = demo_once.run("--demo", "datasets")
    (line,) = [line.strip() for line in said.out.splitlines() if line.strip().startswith("ATTACH")]
    return line


@pytest.mark.parametrize("reader", [by_the_client, by_bare_python], ids=["duckdb", "python"])
def test_stats_mart_and_history_are_read_without_our_code(reader: Callable[..., str], printed: str) -> None:
    load = [f"LOAD '{files(f'duckdb_extension_{name}')}/extensions/v{duckdb.__version__}/{name}.duckdb_extension'"
            for name in ("sqlite_scanner", "ducklake")]

    def ask(query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(reader(*load, printed, query))
        return found

    (held,) = ask("SELECT count(*) AS n, count(DISTINCT dataset) AS datasets FROM stats.trade")
    assert held["n"] > 100 and held["datasets"] > 3
    surplus = ("SELECT CAST(value AS DOUBLE) AS value FROM {} WHERE dataset = 'statement.miti' AND partner = 'WLD' AND flow = 'balance' "
               "AND period_start = DATE '2025-05-01' AND period_end = DATE '2025-05-31'")
    assert ask(surplus.format("mart.figures")) == [{"value": 759_900_000.0}]
    assert {row["ended_by"] for row in ask("SELECT ended_by FROM mart.versions WHERE dataset = 'statement.miti' AND flow = 'balance' "
                                           "AND period_start = DATE '2025-05-01'")} == {"present", "revised"}
    (before,) = ask("SELECT max(snapshot_id) AS version FROM lake.snapshots() WHERE CAST(json_extract(commit_extra_info, '$.snapshot') "
                    "AS BIGINT) < (SELECT snapshot FROM ops.load WHERE batch = 'statement.miti 2025-07-21')")
    assert ask(surplus.format(f"stats.trade AT (VERSION => {before['version']})")) == [{"value": 766_300_000.0}]


def test_the_client_is_of_the_pinned_version() -> None:
    assert json.loads(by_the_client("SELECT version() AS version")) == [{"version": f"v{duckdb.__version__}"}]


def test_one_file_always_attaches_the_newest_copy(demo_once: Home, tmp_path: Path) -> None:
    home = demo_once.copied(tmp_path / "home")
    place = Place(home.root / "demo" / "lake")
    with writer(place, "test") as lake:
        lake.after_commit()  # published once more
    file, newest = place.attach_file(), place.current()
    assert file == place.root / "attach.sql" and str(newest) in file.read_text()
    count = "SELECT count(*) AS n FROM figures"  # as docs/sql.md has it
    assert json.loads(_said([str(CLIENT), "-init", str(file), "-json", "-c", count])) == json.loads(by_bare_python(file.read_text(), count))
    assert home.run("--demo", "--json", "datasets").json["attach_file"] == str(file)
