"""What others take away: a single file that any DuckDB opens, and a data package that Frictionless itself finds valid."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import frictionless
import pytest

from flows.home.house import House
from tests.warehouse.synthetic import SYNTHETIC
from warehouse.lake.opening import connect, writer
from warehouse.load.commit import describe
from warehouse.schema.errors import Busy, EntrepotError
from warehouse.schema.tables import TABLES, TRADE
from warehouse.upkeep import publish
from warehouse.upkeep.publish import data_package, single_file


def allow(house: House) -> None:
    """One of the two synthetic datasets may be passed on."""
    with writer(house.place, "test") as lake:
        describe(lake, [replace(SYNTHETIC, dataset="synthetic.one", title="One of the two, it's synthetic", may_redistribute=True,
                                licence="free, and made up", attribution="Synthetic authority")])
        lake.after_commit()


def test_the_single_file_holds_every_table_and_view_and_needs_no_extension(house: House) -> None:
    made = single_file(house.place, house.root)
    lake = connect(house.place)
    assert made.link.resolve() == made.path and made.snapshot == 4 and made.tables == len(TABLES)
    for path in (made.link, made.path):
        con = duckdb.connect(str(path), read_only=True, config={"autoload_known_extensions": "false"})
        for table in ("stats.trade", "stats.trade_revision", "ref.area", "news.article", "ops.load", "mart.figures", "mart.versions"):
            assert con.execute(f"SELECT count(*) FROM {table}").fetchall() == lake.execute(f"SELECT count(*) FROM {table}").fetchall()
        con.close()
    con = duckdb.connect()
    con.execute(f"ATTACH '{made.path}' AS other_name (READ_ONLY)")
    assert con.execute("SELECT count(*) FROM other_name.mart.figures").fetchall()[0][0] > 0


def test_an_older_file_stays_while_another_program_reads_it(house: House) -> None:
    first = single_file(house.place, house.root)
    reading = subprocess.Popen(
        [sys.executable, "-c", "import duckdb, sys; con = duckdb.connect(sys.argv[1], read_only=True); print(1, flush=True); input()",
         str(first.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert reading.stdout is not None and reading.stdout.readline() == "1\n"
    made = [single_file(house.place, house.root) for _ in range(publish.KEPT + 1)]
    assert first.path.exists() and not made[0].path.exists() and made[-1].link.resolve() == made[-1].path
    reading.communicate("\n", timeout=30)
    single_file(house.place, house.root)
    assert not first.path.exists() and len(list(house.root.glob("current-*.duckdb"))) == publish.KEPT


@pytest.mark.parametrize(("make", "where"), [(single_file, "_checked"), (single_file, "_switch"), (data_package, "_measured"),
                                             (data_package, "_switch")])
def test_a_publish_killed_on_the_way_leaves_the_last_and_the_next_completes(
        house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: object, where: str) -> None:
    allow(house)
    into = tmp_path / "out"
    link = into / ("current.duckdb" if make is single_file else "datapackage")
    assert callable(make)
    make(house.place, into)
    last = link.resolve()

    def dying(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish, where, dying)
        with pytest.raises(KeyboardInterrupt):
            make(house.place, into)
    assert link.resolve() == last and last.exists()
    make(house.place, into)
    assert link.resolve() != last and not list(into.glob(".*.aside*"))


def test_the_data_package_is_valid_and_says_where_everything_comes_from(house: House, tmp_path: Path) -> None:
    allow(house)
    made = data_package(house.place, tmp_path / "a reader's folder")
    report = frictionless.validate(str(made.folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])
    assert [(task.name, task.type) for task in report.tasks] == [
        ("synthetic.one", "table"), ("synthetic.one.parquet", "file"), ("synthetic.one.revisions", "table"),
        ("synthetic.one.revisions.parquet", "file")]
    held = connect(house.place).execute("SELECT count(*) FROM stats.trade WHERE dataset = 'synthetic.one'").fetchall()[0][0]
    assert report.tasks[0].stats["rows"] == held > 0
    descriptor = json.loads((made.folder / "datapackage.json").read_text())
    assert descriptor["entrepot"]["snapshot"] == made.snapshot == 4
    for resource in descriptor["resources"]:
        file = made.folder / resource["path"]
        assert resource["bytes"] == file.stat().st_size
        assert resource["hash"] == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
        assert resource["licenses"] == [{"name": "other", "title": "free, and made up", "path": SYNTHETIC.page_url}]
        assert resource["sources"][0]["path"] == SYNTHETIC.page_url
        assert resource["entrepot"]["attribution"] == "Synthetic authority"
    fields = {field["name"]: field["description"] for field in descriptor["resources"][0]["schema"]["fields"]}
    assert fields == {name: column.description for name, column in TRADE.columns.items()}
    assert duckdb.read_parquet(str(made.folder / "data" / "synthetic.one.parquet")).count("*").fetchall() == [(held,)]


def test_no_text_of_a_package_is_a_formula_to_a_spreadsheet(house: House, tmp_path: Path) -> None:
    with writer(house.place, "test") as lake:
        lake.con.execute("UPDATE stats.trade SET locator = '=1+1', product = '-' WHERE dataset = 'synthetic.one'")
        lake.after_commit()
    allow(house)
    made = data_package(house.place, tmp_path / "out")
    rows = duckdb.read_csv(str(made.folder / "data" / "synthetic.one.csv"), all_varchar=True)
    assert rows.select("locator, product").distinct().fetchall() == [("'=1+1", "-")]


def test_frictionless_finds_a_file_that_was_changed_afterwards(house: House, tmp_path: Path) -> None:
    allow(house)
    made = data_package(house.place, tmp_path / "out")
    with (made.folder / "data" / "synthetic.one.csv").open("a") as out:
        out.write("synthetic.one,CHN\n")
    assert not frictionless.validate(str(made.folder / "datapackage.json")).valid


def test_what_may_not_be_passed_on_is_left_out_and_named(house: House, tmp_path: Path) -> None:
    allow(house)
    made = data_package(house.place, tmp_path / "out")
    assert made.datasets == ("synthetic.one",)
    (left,) = made.left_out
    assert left.dataset == "synthetic.two" and "does not let" in left.why
    descriptor = json.loads((made.folder / "datapackage.json").read_text())
    assert [entry["dataset"] for entry in descriptor["entrepot"]["left_out"]] == ["synthetic.two"]
    assert not [path for path in made.path.rglob("*") if "synthetic.two" in path.name]
    assert "synthetic.two" not in (made.folder / "data" / "synthetic.one.csv").read_text()


def test_the_same_snapshot_gives_the_same_files_and_old_packages_go(house: House, tmp_path: Path) -> None:
    allow(house)
    made = [data_package(house.place, tmp_path / "out") for _ in range(publish.KEPT + 2)]
    kept = [package.path for package in made if package.path.exists()]
    assert len(kept) == publish.KEPT and made[-1].folder.resolve() == made[-1].path
    one, other = ({path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} for folder in kept[:2])
    assert one == other and len(one) == 5


def test_two_publishes_into_one_folder_do_not_meet_and_an_empty_home_has_nothing(house: House, tmp_path: Path) -> None:
    with publish._one_at_a_time(tmp_path / "out"), pytest.raises(Busy, match="another publish"):
        data_package(house.place, tmp_path / "out")
    with pytest.raises(EntrepotError, match="nothing is loaded yet"):
        single_file(replace(house.place, root=tmp_path / "none"), tmp_path / "out")
