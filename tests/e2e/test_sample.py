"""The shipped sample as a person meets it: the worked example of China and Malaysia."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sums
from tests.e2e.house import Home
from warehouse.archive.documents import Archive
from warehouse.archive.store import Folder
from warehouse.lake.opening import Place, connect


@pytest.fixture
def demo(demo_once: Home) -> Home:
    return demo_once


def test_both_accounts_of_2024_stand_side_by_side(demo: Home) -> None:
    said = demo.run("--demo", "get", "China", "Malaysia", "2024")
    assert said.code == 0
    china, malaysia = said.out.split("Malaysia's account of trade with China")
    assert "CNY 1,508.71 bn" in china and "gacc.bulletin.country" in china
    assert "RM 484.12 bn" in malaysia and "as stated by MATRADE" in malaysia
    assert "never added or averaged" in malaysia
    assert "sample, reconstructed from" in malaysia


def test_a_footnote_names_who_stated_a_figure_once(demo: Home) -> None:
    footnote = demo.run("--demo", "trace", "Malaysia", "China", "2024", "--flow", "total", "--json").json["footnote"]
    assert footnote.startswith("As stated by the Malaysia External Trade Development Corporation, 2024, "), footnote


def test_no_total_is_exceeded_by_its_details(demo: Home) -> None:
    held = sums.against_totals(connect(Place(demo.root / "demo" / "lake")))
    assert {name for name, _ in held} >= {"gacc.prelim.country", "gacc.bulletin.country"}  # excerpts: what is left out is the remainder
    assert not {name: found for name, found in held.items() if found.exceeded}


def test_malaysia_is_second_among_china_s_asean_partners(demo: Home) -> None:
    made = demo.run("--demo", "rank", "China", "2024", "--within", "ASEAN", "--json").json
    places = {place["partner"]: place for place in made["places"]}
    assert [place["partner"] for place in made["places"]][:2] == ["VNM", "MYS"]
    assert (places["MYS"]["lowest"], places["MYS"]["decided"]) == (2, True)
    assert set(made["not_held"]) == {"Brunei", "Cambodia", "Myanmar"}
    assert "Brunei" in demo.run("--demo", "rank", "China", "2024", "--within", "ASEAN").out


def test_malaysia_is_first_in_imports_and_the_implied_figures_are_said(demo: Home) -> None:
    said = demo.run("--demo", "rank", "China", "2024", "--flow", "import", "--within", "ASEAN")
    made = demo.run("--json", "--demo", "rank", "China", "2024", "--flow", "import", "--within", "ASEAN").json
    first = made["places"][0]
    assert (first["partner"], first["lowest"], first["highest"], first["decided"]) == ("MYS", 1, 1, True)
    assert "Indonesia (implied)" in said.out and "implied figures" in said.out
    assert "not held" in said.out.lower()


def test_june_2024_shows_what_was_stated_then_and_what_is_held_now(demo: Home) -> None:
    said = demo.run("--demo", "revisions", "Malaysia", "World", "--flow", "import", "--period", "2024-06")
    lines = [line for line in said.out.splitlines() if " bn " in line]
    assert len(lines) == 2
    assert "18 Jul 2024" in lines[0] and "RM 111.76 bn" in lines[0] and "statement.matrade" in lines[0]
    assert "RM 100.41 bn" in lines[1] and "−10.2 %" in lines[1] and "dosm.headline" in lines[1]


def test_the_surplus_of_may_2025_was_revised(demo: Home) -> None:
    found = demo.run("--demo", "revisions", "Malaysia", "World", "--flow", "balance", "--period", "2025-05", "--json").json
    stated = [(row["value"], row["event"]) for row in found if row["dataset"] == "statement.miti"]
    assert stated == [(766_300_000, "first"), (759_900_000, "revised")]


def test_every_answer_of_the_sample_says_that_its_page_was_composed(demo: Home) -> None:
    traced = demo.run("--demo", "trace", "China", "Malaysia", "2024").out
    assert "reconstructed" in traced and "= the figure" in traced
    assert {row["origin_kind"] for row in demo.run("--demo", "sql", "SELECT DISTINCT origin_kind FROM ops.fetch", "--json").json} == {
        "reconstructed", "imported"}


def test_a_page_of_the_sample_never_enters_a_live_home(demo: Home, home: Home, tmp_path: Path) -> None:
    found = demo.run("--demo", "sql", "SELECT sha256 FROM ops.fetch WHERE dataset = 'gacc.bulletin.country'", "--json").json
    page = tmp_path / "page.html"
    page.write_bytes(Archive(Folder(demo.root / "demo" / "archive")).read(found[0]["sha256"]))
    said = home.run("import", page)
    assert (said.code, "reconstructed sample page" in said.err) == (2, True)


def test_an_empty_live_home_points_to_the_filled_demo(demo: Home) -> None:
    said = demo.run("get", "China", "Malaysia", "2024")
    assert (said.code, "put --demo before the command" in said.err) == (1, True)


def test_loading_the_sample_again_adds_nothing_and_it_can_be_rebuilt(demo: Home, tmp_path: Path) -> None:
    home = demo.copied(tmp_path / "home")
    kept = home.files("demo/lake", "demo/archive/journal", "demo/archive/blobs")
    assert home.run("--demo", "refresh").code == 0
    assert {path: size for path, (size, _) in home.files("demo/lake", "demo/archive/journal", "demo/archive/blobs").items()} == {
        path: size for path, (size, _) in kept.items()}
    said = home.run("--demo", "rebuild", "--into", tmp_path / "again")
    assert (said.code, "row for row" in said.out) == (0, True)


def test_a_demo_is_never_late(demo: Home) -> None:
    assert demo.run("--demo", "status", "--check").code == 0
