"""A home that an old version made, in another folder: opened, migrated, proved, rebuilt, decided upon; and a new one of its backup.

``tests/old_homes`` has the home, and what the old version itself wrote down of it.
"""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline
from tests.publishers import Publishers
from warehouse import connect

OLD = Path(__file__).parents[1] / "old_homes" / "2e91d53.tar.xz"
SABA = "gacc.prelim.country CNY 2026-06"
"""The batch with a label that was set aside then and is known by now."""


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``home``, ``backup`` and ``written``, at another path than where they were made: to be copied, never to be written to."""
    folder = tmp_path_factory.mktemp("old")
    with tarfile.open(OLD) as tar:
        tar.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="session")
def migrated_once(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home after a command that writes, and had nothing to write: to be read, or copied."""
    home = Home(unpacked / "home").copied(tmp_path_factory.mktemp("migrated") / "home")
    said = home.run("quarantine", "replay", "dosm.headline")
    assert (said.code, said.out) == (0, "No row waits in quarantine.\n"), said.text
    return home


@pytest.fixture
def old(unpacked: Path, tmp_path: Path, publishers: Publishers) -> Home:
    return Home(unpacked / "home").copied(tmp_path / "home", publishers)


@pytest.fixture
def migrated(migrated_once: Home, tmp_path: Path, publishers: Publishers) -> Home:
    return migrated_once.copied(tmp_path / "home", publishers)


def written(folder: Path) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Each table as the old version gave it: name, columns, rows as texts."""
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            columns, *rows = csv.reader(lines)
        yield file.stem, columns, rows


def as_written(home: Path, folder: Path, aside: Path) -> None:
    """Today's answer is the old version's, row for row, in every column that it had."""
    con = connect(home)
    con.execute("SET TimeZone = 'UTC'")
    seen = 0
    for table, columns, rows in written(folder):
        named = ", ".join(f'"{column}"' for column in columns)
        con.execute(f"COPY (SELECT {named} FROM {table} ORDER BY ALL) TO '{aside / 'now.csv'}' (HEADER)")
        with (aside / "now.csv").open(encoding="utf-8", newline="") as lines:
            assert list(csv.reader(lines)) == [columns, *rows], table
        seen += len(rows)
    con.close()
    assert seen > 10


def test_a_reader_says_what_brings_it_to_this_version_and_nothing_is_called_damaged(old: Home) -> None:
    before = old.files("lake/data", "lake/published", "archive")
    for words in (("status",), ("sql", "SELECT 1"), ("get", "China", "Malaysia", "2026-04"), ("verify",)):
        said = old.run(*words)
        assert (said.code, "was written by an older Entrepot" in said.err, "entrepot maintain brings" in said.err) == (1, True, True), words
        assert "rebuild" not in said.text
    looked = old.run("doctor", "--offline")
    assert (looked.code, "entrepot maintain brings" in looked.out, "entrepot rebuild" in looked.out) == (1, True, False), looked.out
    assert old.files("lake/data", "lake/published", "archive") == before


def test_facts_versions_vintages_and_loads_are_what_the_old_version_wrote_down(migrated_once: Home, unpacked: Path, tmp_path: Path) -> None:
    as_written(migrated_once.root, unpacked / "written", tmp_path)


def test_it_verifies_and_decisions_and_settings_are_there(migrated_once: Home, unpacked: Path) -> None:
    said = migrated_once.run("verify")
    assert (said.code, "1 accepted, 1 rejected, 1 superseded, 1 restored, 3 tagged" in said.out) == (0, True), said.text
    listed = {one["held"]: one for one in migrated_once.run("--json", "held", "list", "--all").json}
    then = json.loads((unpacked / "written" / "held.json").read_text())
    assert [{name: listed[one["held"]][name] for name in one} for one in then] == then
    status = migrated_once.run("status")
    assert "clock Asia/Shanghai" in status.out and "1 held" in status.out and "2 rows in quarantine" in status.out
    assert not next(one for one in migrated_once.run("--json", "sources", "list").json if one["dataset"] == "news.fmt")["enabled"]
    at_first = migrated_once.run("--json", "sql", "SELECT count(*) AS figures FROM stats.trade", "--as-of", "as-first-loaded")
    assert at_first.json == [{"figures": 978}]


def test_a_rebuild_gives_the_same_but_for_what_is_understood_by_now(migrated_once: Home, tmp_path: Path) -> None:
    said = migrated_once.run("rebuild", "--into", tmp_path / "again", "--json").json
    (differently,) = said["reread"]
    assert SABA in differently and "144 new, 1 quarantined now" in differently
    assert said["differences"]["stats.trade"] == [0, 6]
    assert said["differences"] == {"stats.trade": [0, 6], "ops.load": [1, 1], "ops.quarantine": [2, 1], "ops.check_result": [3, 4]}


def test_decisions_that_were_left_open_are_made_and_then_a_rebuild_is_equal(old: Home, tmp_path: Path) -> None:
    accepted = old.run("held", "accept", "4", "--why", "as published")
    assert (accepted.code, "138 new" in accepted.out) == (0, True), accepted.text
    replayed = old.run("quarantine", "replay")
    assert (replayed.code, "1 of 2 rows understood now: 6 new" in replayed.out) == (0, True), replayed.text
    assert old.run("get", "China", "BQ-SA", "2026-06").code == 0
    assert old.run("rebuild").code == 0
    again = old.run("rebuild", "--into", tmp_path / "again", "--json")
    assert (again.code, again.json["differences"]) == (0, {}), again.text
    assert old.run("verify").code == 0


@pytest.mark.parametrize("words", [
    ("refresh",), ("quarantine", "replay"), ("snapshots", "restore", "before-june", "--why", "a try", "--yes"),
], ids=lambda words: words[0])
def test_whatever_writes_brings_it_to_this_version(old: Home, words: tuple[str, ...]) -> None:
    """``refresh`` without a name looks first at what is due; here every publisher is away."""
    old.run("sources", "disable", "statement")
    said = old.run(*words)
    assert "older Entrepot" not in said.text and said.code in (0, 3, 4), said.text
    assert old.rows("SELECT count(*) FROM ops.migration WHERE name = '0008_publishers'") == [(1,)]


def test_the_next_release_comes_in_beside_it(migrated: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(122), "text/csv")
    said = migrated.run("refresh", "dosm.headline")
    assert (said.code, "7 new" in said.out) == (0, True), said.text


def test_its_demo_opens_too(unpacked: Path, tmp_path: Path) -> None:
    home = Home(unpacked / "home").copied(tmp_path / "home")
    assert home.run("--demo", "maintain").code == 0
    as_written(home.root / "demo", unpacked / "written" / "demo", tmp_path)
    assert home.run("--demo", "verify").code == 0


def test_a_backup_of_it_makes_a_new_home(unpacked: Path, tmp_path: Path, publishers: Publishers) -> None:
    home = Home(tmp_path / "new", publishers)
    said = home.run("backup", "restore", unpacked / "backup")
    assert said.code == 0, said.text
    as_written(home.root, unpacked / "written", tmp_path)
    accepted = home.run("held", "accept", "4", "--why", "as published")
    assert (accepted.code, "138 new" in accepted.out) == (0, True), accepted.text
