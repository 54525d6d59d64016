"""Ranks by tables that people brought: whole ones, ones of selected partners beside a whole year, ones that print no total. Synthetic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home

HEAD = """
name = "{name}"
title = "Synthetic"
publisher = {{ name = "synthetic-office", title = "Synthetic Office", called = "the synthetic office" }}
source = {{ cite = "none: synthetic" }}
reporter = {{ is = "Philippines" }}
partner = {{ column = "partner" }}
period = {{ column = "year" }}
table = {{ partners = "{partners}" }}
"""
TOTALS = HEAD + 'flow = {{ is = "total" }}\nvalue = {{ column = "value", unit = "million", currency = "USD" }}\n'
BOTH = HEAD + 'value = {{ columns = {{ exports = "export", imports = "import" }}, unit = "million", currency = "USD" }}\n'
WHOLE = {"Japan": 100, "China": 90, "Malaysia": 60, "Singapore": 20, "Thailand": 10, "Not specified": 1}
SELECTED = {"China": 95, "Japan": 90, "Malaysia": 30}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """2013 by a table that lists every partner, exports and imports; 2012 by one of three partners, totals; 2001 the same, far away."""
    room = tmp_path_factory.mktemp("ranks")
    home = Home(room / "home")
    bring(home, room, "whole", BOTH, "all", "year,partner,exports,imports",
          [f"2013,{partner},{value / 2},{value / 2}" for partner, value in WHOLE.items()])
    bring(home, room, "selected", TOTALS, "selected", "year,partner,value",
          [f"{year},{partner},{value}" for year in (2012, 2001) for partner, value in SELECTED.items()])
    return home


def bring(home: Home, room: Path, name: str, mapping: str, partners: str, header: str, lines: list[str]) -> None:
    (room / f"{name}.csv").write_text("\n".join([header, *lines]) + "\n")
    (room / f"{name}.toml").write_text(mapping.format(name=name, partners=partners))
    said = home.run("import", room / f"{name}.csv", "--as", room / f"{name}.toml")
    assert said.code == 0, said.text


def places(home: Home, year: int) -> dict[str, tuple[int, int]]:
    made = home.run("--json", "rank", "Philippines", str(year)).json
    return {one["partner"]: (one["lowest"], one["highest"]) for one in made["places"]}


def checked(home: Home, text: str) -> dict[str, Any]:
    (found,) = [one for one in home.run("--json", "check", text, "--published", "2026-05-01").json["claims"] if one["kind"] != "level"]
    return dict(found)


def test_a_table_that_lists_every_partner_is_decided_by_what_it_has_as_not_specified(filled: Home) -> None:
    assert places(filled, 2013) == {"JPN": (1, 1), "CHN": (2, 2), "MYS": (3, 3), "SGP": (4, 4), "THA": (5, 5)}
    told = filled.run("rank", "Philippines", "2013").out
    assert "at most US$ 1.0 mn, by what the table, which lists every partner, has as not specified" in told


def test_one_of_selected_partners_is_held_against_the_nearest_whole_year(filled: Home) -> None:
    # Of what the three had in 2013 (250) the others had 20 and 10: at most 34.4 and 17.2 of 215 here.
    assert places(filled, 2012) == {"CHN": (1, 1), "JPN": (2, 2), "MYS": (3, 4)}
    told = filled.run("rank", "Philippines", "2012").out
    assert "no more than twice their share of 2013 (mapped.whole, the largest Singapore with 8.0% of what the listed had)" in told


def test_with_no_whole_year_nearby_nothing_is_decided(filled: Home) -> None:
    assert all(high > 1000 for _, high in places(filled, 2001).values())


def test_what_is_taken_for_granted_decides_for_a_claim_and_never_against_it(filled: Home) -> None:
    good = checked(filled, "China was the Philippines' largest trading partner in 2012.")
    assert (good["verdict"], any("twice their share of 2013" in note for note in good["notes"])) == ("supported", True)
    open_ = checked(filled, "China was the Philippines' second-largest trading partner in 2012.")
    assert open_["verdict"] != "contradicted"
    whole = checked(filled, "China was the Philippines' largest trading partner in 2013.")
    assert whole["verdict"] in ("contradicted", "depends_on_reading") and "rank 2" in whole["said"]
