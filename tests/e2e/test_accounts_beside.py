"""Several tables of one reporter: its own office's answers, the others stand beside it with their distance, and nothing is mixed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.publishers import comtrade


@pytest.fixture(scope="module")
def both(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo with a synthetic Comtrade beside it: China's exports 1 per cent above, imports 2 below its customs' at 7 yuan a dollar."""
    root = tmp_path_factory.mktemp("both")
    home = demo_once.copied(root / "home")
    records = [comtrade.record(156, 458, "X", "2024", "TOTAL", 100_000_000_000.0), comtrade.record(156, 458, "M", "2024", "TOTAL",
                                                                                                  110_000_000_000.0)]
    file = root / "synthetic-comtrade.json"
    file.write_text(json.dumps({"elapsedTime": "0.1 secs", "count": 2, "data": records, "error": ""}))
    said = home.run("--demo", "import", file)
    assert said.code == 0, said.text
    return home


def test_the_own_office_answers_and_the_others_stand_beside_it(both: Home) -> None:
    said = both.run("--demo", "get", "China", "Malaysia", "2024").out
    assert "CNY 722.01 bn" in said and "US$ 100" not in said
    (line,) = [line for line in said.splitlines() if "beside it" in line]
    assert "comtrade.hs" in line and "within" in line and "--all" in line
    every = both.run("--demo", "get", "China", "Malaysia", "2024", "--all").out
    assert "US$ 100" in every and every.index("CNY 722.01 bn") < every.index("US$ 100") and "beside it" not in every


def test_what_a_machine_reads_has_all_of_them_the_own_first(both: Home) -> None:
    found = both.run("--demo", "get", "China", "Malaysia", "2024", "--json").json
    chains = [one["chain"] for one in found if one["reporter"] == "CHN"]
    assert set(chains) == {"gacc.country", "comtrade.goods"} and chains[0] == "gacc.country"
    assert chains == sorted(chains, reverse=True), "no table among the rows of another"


def test_a_mirror_and_a_trace_take_the_own_table(both: Home) -> None:
    rows = both.run("--demo", "mirror", "China", "Malaysia", "2024", "--in", "CNY", "--json").json["flows"]
    (export,) = [row for row in rows if row["flow"] == "export"]
    assert export["reported"][0]["dataset"] == "gacc.bulletin.country"
    assert "gacc.bulletin.country" in both.run("--demo", "trace", "China", "Malaysia", "2024", "--flow", "export").out


def test_one_that_nobody_else_has_is_shown_as_before(demo_once: Home) -> None:
    assert "beside it" not in demo_once.run("--demo", "get", "China", "Malaysia", "2024").out


def test_only_a_table_of_others_is_the_first(both: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    file = tmp_path / "synthetic-comtrade.json"
    file.write_text(json.dumps({"elapsedTime": "0.1 secs", "count": 1, "data": [
        comtrade.record(704, 458, "X", "2024", "TOTAL", 5_000_000_000.0)], "error": ""}))
    assert home.run("import", file).code == 0
    said = home.run("get", "Viet Nam", "Malaysia", "2024").out
    assert "US$ 5" in said and "comtrade.hs" in said and "beside it" not in said
