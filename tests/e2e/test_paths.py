"""Paths with marks that the engine, an address or a shell would take for something else: each is the file or folder that was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

import warehouse
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline
from tests.publishers import Publishers
from warehouse.home import data_at, default_home, folder
from warehouse.schema.quoting import as_named

COUNTED = ("SELECT count(*), CAST(sum(value) AS VARCHAR) FROM stats.trade", "SELECT count(*) FROM stats.trade_revision")


ROAD = (("refresh", "dosm.headline"), ("import", "saved.csv"), ("publish",), ("backup", "create"), ("verify",))


def lived_in(root: Path, publishers: Publishers, kept: str) -> Home:
    """A home in which everything was done that writes to a path; the current folder has ``saved.csv``."""
    publishers.serve(HEADLINE, headline(), "text/csv")
    home = Home(root, publishers)
    for words in ROAD:
        said = home.run(*words, *([kept] if words[0] == "backup" else []))
        assert said.code == 0, (words, said.text)
    return home


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    with Publishers() as publishers, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("plain"))
        Path("saved.csv").write_bytes(headline(121))
        home = lived_in(Path("home"), publishers, "kept")
        return [home.rows(query) for query in COUNTED]


@pytest.mark.parametrize("name", ["~", "value=5", "h*", "q'u\"o#?%41{1,2}\nx"])
def test_a_home_of_an_odd_name_stores_what_any_other_does(
        tmp_path: Path, publishers: Publishers, monkeypatch: pytest.MonkeyPatch, plain: list[object], name: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    (tmp_path / "saved.csv").write_bytes(headline(121))
    lived_in(Path(name), publishers, f"{name}-kept")
    assert [Home(folder_of(Path(name), tmp_path)).rows(query) for query in COUNTED] == plain
    assert {path.name for path in tmp_path.iterdir()} == {"saved.csv", f"{name}-kept", "user" if name == "~" else name}


def folder_of(root: Path, here: Path) -> Path:
    """``~`` of a setting is the user's own folder."""
    return here / "user" if root == Path("~") else here / root


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_a_file_below_odd_folders_is_written_and_joined_as_it_is(
        filled_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    here = tmp_path / "value=5" / "[a]" / "{a,b}"
    here.mkdir(parents=True)
    (tmp_path / "value=5" / "a" / "{a,b}").mkdir(parents=True)
    monkeypatch.chdir(here)
    for name in (f"~.{kind}", f"*.{kind}", f"a?#%41 'b\".{kind}"):
        assert filled_once.run("sql", "SELECT 1 AS value", "-o", name).code == 0
        assert (here / name).is_file()
        (here / f"other.{kind}").write_text("nothing to read")
        said = filled_once.run("--json", "sql", "FROM mine", "--with", f"mine={name}")
        assert said.code == 0 and said.json == [{"value": 1}], said.text
        (here / name).unlink()


def test_a_folder_that_a_setting_names_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert folder("~") == tmp_path / "user" and folder("~/lake") == tmp_path / "user" / "lake"
    assert folder("~nobody-of-this-name/a") == tmp_path / "~nobody-of-this-name" / "a"
    assert folder("a~") == tmp_path / "a~"
    assert folder(default_home()) == tmp_path / "user" / ".local/share/entrepot"
    assert data_at("s3://bucket/prefix", Path("home")) == "s3://bucket/prefix"
    assert data_at("~/data", Path("home")) == str(tmp_path / "user" / "data")
    assert data_at("", Path("home")) == str(tmp_path / "home" / "lake" / "data")
    assert as_named(Path("a[1]*")) == f"{as_named(tmp_path)}/a[[]1[]][*]"


def test_python_finds_the_home_that_the_command_finds(filled_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled_once.copied(tmp_path / "user" / "home")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("ENTREPOT_HOME", "~/home")
    for said in (None, "~/home"):
        con = warehouse.connect(said)
        assert con.execute("SELECT count(*) FROM ops.load").fetchall() == filled_once.rows("SELECT count(*) FROM ops.load")
        con.close()
