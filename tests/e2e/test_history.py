"""The sample by both clocks, through the command line and from Python: as of, known on, diff, tags, restore, vintages."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home
from warehouse.history import past
from warehouse.lake.opening import Place
from warehouse.lake.readonly import checked
from warehouse.schema.errors import UsageError

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def demo(demo_once: Home) -> Home:
    """The demo home, filled once for all; those that write take a copy."""
    return demo_once


def ask(home: Home, *words: str) -> str:
    said = home.run("--home", home.root, "--demo", *words)
    assert said.code == 0, said.text
    return said.out


def data(home: Home, *words: str) -> Any:
    return home.run("--home", home.root, "--demo", "--json", *words).json


@pytest.fixture(scope="module")
def july(demo: Home) -> int:
    """The snapshot that MITI's statement of 21 July 2025 brought."""
    return int(data(demo, "sql", "SELECT snapshot FROM ops.load WHERE batch = 'statement.miti 2025-07-21'")[0]["snapshot"])


def test_imports_of_june_2024_as_known_then_and_today(demo: Home) -> None:
    then = ask(demo, "get", "Malaysia", "World", "2024-06", "--known-on", "2024-07-31")
    assert re.search(r"import\s+RM 111\.76 bn .*as stated by MATRADE\s+18 Jul 2024", then)
    assert "Not held as known on 2024-07-31" in then and "re-export" in then
    assert re.search(r"import\s+RM 100\.41 bn", ask(demo, "get", "Malaysia", "World", "2024-06"))


def test_what_was_not_public_is_not_held_and_never_filled_with_todays(demo: Home) -> None:
    before = demo.run("--home", demo.root, "--demo", "get", "Malaysia", "World", "2024-06", "--known-on", "2024-07-17")
    assert before.code == 7 and "nothing is held" in before.err and "as known on 2024-07-17" in before.err


@pytest.mark.parametrize("zone", ["Asia/Kuala_Lumpur", "America/Los_Angeles", "Pacific/Auckland", "UTC"])
def test_a_day_ends_for_each_publisher_where_its_releases_are_dated(demo: Home, zone: str) -> None:
    """Whatever the home's zone: what is printed as released on the 18th is known on the 18th, and not on the 17th."""
    for day, known in (("2025-01-17", False), ("2025-01-18", True)):
        con = past.connect_past(Place(demo.root / "demo" / "lake"), known_on=past.day_end(day, zone), tz=zone)
        found = con.execute("SELECT max(released_on) FROM mart.figures WHERE dataset = 'gacc.bulletin.country'").fetchall()[0][0]
        rates = con.execute("SELECT max(CAST(timezone(d.tz, released_at) AS DATE)) FROM stats.fx_rate JOIN ref.dataset d USING (dataset)")
        assert (found == date(2025, 1, 18)) is known and rates.fetchall()[0][0] <= date.fromisoformat(day)
        con.close()


NOT_PINNED = ("lake.stats.trade", '"NOW".stats.trade', "stats.trade_of_today", "news.article_of_today", "ops.load",
              "(SELECT * FROM ops.fetch)",
              "news.verdict", "mart.claim_report", "ducklake_table_insertions('lake', 'stats', 'trade', 0, 1)", "lake.snapshots()")


def test_sql_that_is_known_on_a_day_is_pinned_or_refused_by_name(demo: Home) -> None:
    con = past.connect_past(Place(demo.root / "demo" / "lake"), known_on=past.day_end("2024-07-31"))
    day = datetime(2024, 8, 1, tzinfo=UTC)
    for table, clock in (("stats.trade", "released_at"), ("stats.trade_revision", "released_at"), ("stats.fx_rate", "released_at"),
                         ("stats.indicator", "released_at"), ("stats.trade_coarser", "released_at"), ("mart.figures", "released_at"),
                         ("mart.versions", "realtime_start"), ("mart.articles", "coalesce(published_at, first_seen)"),
                         ("news.article", "coalesce(published_at, first_seen)"), ("ref.release", "first_seen_at")):
        (newest,) = con.execute(checked(con, f"SELECT max({clock}) FROM {table}")).fetchall()[0]
        assert newest is None or newest < day, table
    assert con.execute(checked(con, "SELECT count(*) FROM news.article_version")).fetchall() == [(1,)]
    for table in NOT_PINNED:
        with pytest.raises(UsageError, match=r"known on a day, .* is not pinned to it"):
            checked(con, f"SELECT * FROM {table}")
    con.close()
    said = demo.run("--home", demo.root, "--demo", "sql", "FROM lake.stats.trade", "--known-on", "2024-07-31")
    assert (said.code, "Write stats.trade" in said.err) == (2, True)


def test_the_surplus_of_may_2025_before_and_after_the_july_statement(demo: Home, july: int) -> None:
    before = ask(demo, "get", "Malaysia", "World", "2025-05", "--as-of", str(july - 1))
    after = ask(demo, "get", "Malaysia", "World", "2025-05", "--as-of", str(july))
    assert re.search(r"balance\s+RM 766\.3\s+mn", before) and re.search(r"balance\s+RM 759\.9\s+mn", after)
    told = ask(demo, "snapshots", "diff", str(july - 1), str(july))
    assert re.search(r"revised\s+statement\.miti\s+MYS WLD balance, May 2025\s+RM 766\.3 mn\s+RM 759\.9 mn\s+−0\.8 %", told)


def test_the_whole_past_lake_is_consistent(demo: Home, july: int) -> None:
    count = ask(demo, "sql", "SELECT max(snapshot) AS s, count(*) AS n FROM ops.load", "--as-of", str(july))
    assert re.search(rf"{july}\s+{july}\b", count)
    assert "0" in ask(demo, "sql", "SELECT count(*) AS n FROM stats.trade WHERE dataset = 'dosm.headline'", "--as-of", str(july))


@pytest.mark.parametrize("wrote", ["0", "99999", "nonsense", "1999-01-01"])
def test_a_snapshot_that_is_not_there_is_answered_with_what_is(demo: Home, wrote: str) -> None:
    said = demo.run("--home", demo.root, "--demo", "get", "Malaysia", "World", "2024", "--as-of", wrote)
    assert said.code == 2 and ("no snapshot" in said.err or "nothing had been loaded by" in said.err)


def test_a_time_a_load_and_a_tag_all_name_snapshots(demo: Home, tmp_path: Path, july: int) -> None:
    home = demo.copied(tmp_path / "home")
    loads = data(home, "snapshots", "list", "--last", "200")
    one = next(load for load in loads if load["snapshot"] == july - 1)
    assert "is snapshot" in ask(home, "snapshots", "tag", "before-july", str(july - 1), "--note", "for a paper")
    for wrote in (one["load_id"], one["load_id"][:12], one["recorded_at"], "before-july"):
        assert "766.3" in ask(home, "get", "Malaysia", "World", "2025-05", "--as-of", wrote)
    taken = home.run("--home", home.root, "--demo", "snapshots", "tag", "before-july", str(july))
    assert taken.code == 2 and "names snapshot" in taken.err
    ask(home, "snapshots", "untag", "before-july")
    assert home.run("--home", home.root, "--demo", "get", "Malaysia", "World", "2025-05", "--as-of", "before-july").code == 2


def test_a_bad_load_is_undone_and_the_rebuild_knows_it(demo: Home, tmp_path: Path, july: int) -> None:
    home = demo.copied(tmp_path / "home")
    done = ask(home, "snapshots", "restore", str(july - 1), "--dataset", "statement.miti", "--why", "wrong paper", "--yes")
    assert "1 change back" in done and "done: snapshot" in done
    rows = data(home, "sql", "SELECT change_kind, count(*) AS n FROM stats.trade_revision GROUP BY 1")
    kinds = {row["change_kind"]: row["n"] for row in rows}
    assert kinds["undone"] >= 3 and kinds["revised"] == 1
    ask(home, "snapshots", "tag", "after")
    assert "Equal to the lake here, row for row." in ask(home, "rebuild", "--into", str(tmp_path / "again"))
    again = ask(home, "snapshots", "restore", str(july - 1), "--dataset", "statement.miti", "--why", "again", "--yes")
    assert "nothing was written" in again
    # By the publisher's clock the undone version never happened, and the one brought back stands once.
    known = ask(home, "sql", "SELECT value FROM stats.trade WHERE dataset = 'statement.miti' AND flow = 'balance' AND "
                "period_end = '2025-05-31'", "--known-on", "2025-12-31")
    assert known.count("766300000") == 1 and "759900000" not in known


def test_the_diff_of_two_days_as_a_page_and_as_data(demo: Home, tmp_path: Path, july: int) -> None:
    page = tmp_path / "changes.html"
    ask(demo, "snapshots", "diff", str(july - 1), str(july), "--html", str(page))
    assert "MYS WLD balance" in page.read_text() and "<script" not in page.read_text()
    said = data(demo, "snapshots", "diff", str(july - 1), str(july))
    assert said["changes"][0]["what"] == "revised" and said["changes"][0]["change_pct"] == -0.84
    assert data(demo, "snapshots", "diff", str(july), str(july))["changes"] == []


def test_every_version_of_a_figure_and_how_reliable_first_releases_are(demo: Home) -> None:
    told = ask(demo, "revisions", "Malaysia", "World", "--flow", "import", "--period", "2024-06")
    assert re.search(r"18 Jul 2024\s+RM 111\.76 bn\s+first\s+statement\.matrade", told)
    assert re.search(r"RM 100\.41 bn\s+edition\s+−10\.2 %\s+dosm\.headline", told)
    across = ask(demo, "revisions", "Malaysia", "World", "--flow", "import", "--triangle", "2024-05..2024-07")
    assert re.search(r"Jun 2024\s+RM 111\.76 bn \(18 Jul 2024\)\s+RM 100\.41 bn −10\.2 %", across)
    assert re.search(r"dosm\.headline\s+import\s+M\s+over a year\s+2\s", ask(demo, "revisions"))


def test_next_years_growth_says_that_singapores_base_moved(demo: Home) -> None:
    # National accounts: exports to Singapore grew +4.94 % by the levels of 2024 and 2025, +5.2 % as printed.
    rows = data(demo, "sql", "SELECT printed, computed FROM mart.implied_revision WHERE partner = 'SGP' AND flow = 'export' "
                "AND basis = 'next_year_growth'")
    assert rows == [{"printed": 5.2, "computed": 4.94}]


def test_the_examples_of_the_python_page_hold(demo: Home) -> None:
    source = "\n".join(re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL))
    with demo.environment(ENTREPOT_HOME=str(demo.root)):
        exec(compile(source, "docs/python.md", "exec"), {})


def test_the_cells_of_the_notebook_run_in_their_order(demo: Home) -> None:
    """Each as Python runs it; what a cell ends with is shown as a notebook would: as SVG, or as a table of HTML."""
    book = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
    assert (book["nbformat"], all(not cell.get("outputs") for cell in book["cells"])) == (4, True), "no outputs are kept"
    names: dict[str, Any] = {}
    shown = []
    with demo.environment(ENTREPOT_HOME=str(demo.root)):
        for number, cell in enumerate(one for one in book["cells"] if one["cell_type"] == "code"):
            tree = ast.parse("".join(cell["source"]), f"cell {number}")
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, f"cell {number}", "exec"), names)
            if isinstance(last, ast.Expr):
                shown.append(eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names))
    drawn = [one._repr_svg_() for one in shown if hasattr(one, "_repr_svg_")]
    assert len(drawn) == 3 and all("<svg" in one for one in drawn)
    values = {int(value) for one in shown if "value" in getattr(one, "columns", ()) for value in one["value"]}
    assert {1_508_707_656_311, 111_760_000_000, 100_413_753_072} <= values
