"""A part of a home that is gone (a disk that is not mounted) is damage, said by everything; no load begins before it is mended."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import warehouse
from flows.cli import doctor
from flows.home import clock
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import decisions, maintenance, pipeline, rebuild, turns
from flows.tell import status
from tests.e2e.house import Home
from tests.warehouse.synthetic_publisher import publish_edition
from warehouse.lake.opening import Place, connect, writer
from warehouse.lake.sqlite import open_to_read
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, UsageError
from warehouse.upkeep import backup, whole
from warehouse.upkeep.verify import verify

GONE: dict[str, tuple[Callable[[Path], None], str]] = {
    "lake": (lambda home: shutil.rmtree(home / "lake"), "the lake is gone"),
    "lake, an empty mount point is left": (lambda home: (shutil.rmtree(home / "lake"), (home / "lake").mkdir())[1], "the lake is gone"),
    "data": (lambda home: shutil.rmtree(home / "lake" / "data"), "the lake's data is gone"),
    "journal": (lambda home: shutil.rmtree(home / "archive" / "journal"), "the journal is gone"),
    "archive": (lambda home: shutil.rmtree(home / "archive"), "the archive is gone"),
    "documents": (lambda home: shutil.rmtree(home / "archive" / "blobs"), "the archive is gone"),
}


COMMANDS = (("sql", "SELECT 1"), ("verify",), ("refresh",), ("status", "--check"), ("held", "list"), ("maintain",), ("publish",),
            ("backup", "create", "to"), ("snapshots", "tag", "x"), ("doctor", "--offline"))


def files(home: Path) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in home.rglob("*")
            if path.is_file() and not {"locks", "staging"} & set(path.parts) and not path.name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize("what", GONE)
def test_what_is_gone_is_said_by_commands_and_nothing_is_loaded(house: House, what: str) -> None:
    take_away, said = GONE[what]
    take_away(house.root)
    before = files(house.root)
    typed = Home(house.root)
    for words in COMMANDS if what == "lake" else COMMANDS[:3]:
        answer = typed.run(*words)
        assert answer.code == 6 and said in answer.text.replace("\n", " "), (words, answer)
        assert "entrepot rebuild" in answer.text or "entrepot backup restore" in answer.text
    for load in (lambda: publish_edition(House(house.settings), 0), lambda: decisions.tag(House(house.settings), "x", None, ""),
                 lambda: maintenance.maintain(House(house.settings)), lambda: warehouse.connect(house.root)):
        if what not in ("documents", "archive"):  # a load keeps its document first: then there is an archive again
            with pytest.raises(LakeDamaged, match=said):
                load()
    there = files(house.root)
    assert {path for path in before if "archive" not in path} == {path for path in there if "archive" not in path}


def test_a_lake_that_is_gone_is_there_again_after_a_rebuild(house: House) -> None:
    shutil.copytree(house.place.root, house.root.parent / "was" / "lake", symlinks=True)
    shutil.rmtree(house.place.root)
    rebuild.replace_lake(house)
    fresh = House(house.settings)
    assert verify(fresh.place, fresh.archive, fresh.journal).holds
    assert rebuild.compare(fresh.place, Place(house.root.parent / "was" / "lake")) == {}


def test_a_journal_that_is_gone_is_written_anew_by_a_rebuild_alone(house: House) -> None:
    shutil.rmtree(house.root / "archive" / "journal")
    with pytest.raises(LakeDamaged, match=r"the journal is gone.*backup restore.*rebuild"), turns.writer_of(House(house.settings), "x"):
        pass
    rebuild.replace_lake(House(house.settings))
    fresh = House(house.settings)
    assert len(fresh.journal.committed()) == 4 and verify(fresh.place, fresh.archive, fresh.journal).holds


@pytest.mark.usefixtures("synthetic_publisher")
def test_a_first_load_between_the_look_at_the_journal_and_at_the_lake_is_no_damage(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home")
    with turns.writer_of(House(settings), "the lake is made, and nothing is loaded"):
        pass
    shutil.rmtree(tmp_path / "home" / "archive")
    looking = House(settings)
    holds, asked = looking.journal.store.holds, []

    def holds_before_the_other_loads(part: str) -> bool:
        there = holds(part)
        if not asked:
            asked.append(part)
            publish_edition(House(settings), 0)
        return there

    monkeypatch.setattr(looking.journal.store, "holds", holds_before_the_other_loads)
    assert whole.gone(looking.place, looking.journal) is None
    assert asked == ["journal"] and whole.gone(House(settings).place, House(settings).journal) is None


def test_a_lake_older_than_the_journal_takes_no_load(house: House) -> None:
    shutil.copytree(house.place.root, house.root.parent / "older", symlinks=True)
    kept = house.archive.keep(b"batch,partner,month,value\none,MYS,2024-05,5\n", url="http://synthetic.invalid/more.csv",
                              dataset="synthetic.one", asked_at=now(), status=200, origin_kind="fetched")
    from flows.run import pipeline

    assert pipeline.load(house, [pipeline.parse(house, kept.fetch_id)])[0].result == "new_data"
    shutil.rmtree(house.place.root)
    shutil.move(house.root.parent / "older", house.place.root)
    with pytest.raises(LakeDamaged, match=r"lacks 1 of the 5 loads that the journal records.*entrepot rebuild"):
        publish_edition(House(house.settings), 0)


def now() -> Any:
    from flows.home import clock

    return clock.now()


def test_a_journal_with_a_hole_is_told_from_one_that_a_killed_run_left(house: House) -> None:
    lines = sorted((house.root / "archive" / "journal").rglob("*.jsonl"))
    text = {path: path.read_text().splitlines() for path in lines}
    loads = [(path, line) for path in lines for line in text[path] if '"load_id"' in line]
    path, newest = loads[-1]
    path.write_text("".join(f"{line}\n" for line in text[path] if line != newest))
    with turns.writer_of(House(house.settings), "x"):
        pass  # a run was killed before it wrote its last line: that is healed
    path, first = loads[0]
    path.write_text("".join(f"{line}\n" for line in text[path] if line != first))
    with pytest.raises(LakeDamaged, match="a part of it is gone"), turns.writer_of(House(house.settings), "x"):
        pass


def test_a_home_where_nothing_was_ever_loaded_is_no_damage(tmp_path: Path, synthetic_publisher: None) -> None:
    house = House(Settings(home=tmp_path))
    house.make_sure()
    assert Home(tmp_path).run("status").code == 0
    with pytest.raises(UsageError, match="records no load"):
        rebuild.replace_lake(house)
    assert publish_edition(house, 0)[0].result == "new_data"
    assert not [finding for finding in doctor._lake(House(house.settings)) if finding.level == "wrong"]


@pytest.mark.parametrize("table", ["ducklake_snapshot", "ducklake_column", "ducklake_data_file", "ducklake_metadata"])
def test_a_catalogue_with_an_emptied_table_is_made_anew(house: House, table: str) -> None:
    assert isinstance(house.place, Place)
    with closing(sqlite3.connect(house.place.catalog)) as con, con:
        con.execute(f"DELETE FROM {table}")
    rebuild.replace_lake(house)
    fresh = House(house.settings)
    assert verify(fresh.place, fresh.archive, fresh.journal).holds


@pytest.mark.parametrize("name", ["a#b", "what?", "100%41", "a b'c", "[1]*"])
def test_a_home_may_have_any_path(lived_in: Path, tmp_path: Path, synthetic_publisher: None, name: str) -> None:
    home = tmp_path / name
    shutil.copytree(lived_in, home, symlinks=True)
    house = House(Settings(home=home))
    copies = sorted((home / "lake" / "published").glob("*.sqlite"))
    assert verify(house.place, house.archive, house.journal).holds
    maintenance.maintain(house)
    assert set(copies) <= set((home / "lake" / "published").glob("*.sqlite"))
    publish_edition(house, 0)
    maintenance.publish(house)
    backup.create(home, tmp_path / "backup?" / name)
    backup.restore(tmp_path / "backup?" / name, tmp_path / f"{name}.again")
    assert rebuild.into(house, tmp_path / f"{name}.into")[2] == {}
    assert {path.name for path in tmp_path.iterdir()} == {name, f"{name}.again", f"{name}.into", "backup?"}


def test_a_catalogue_that_another_program_has_locked_is_waited_for_and_then_busy(house: House) -> None:
    assert isinstance(house.place, Place)
    with closing(sqlite3.connect(house.place.catalog, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match="another program has the lake's catalogue locked"), writer(house.place, "test", wait_s=0.2):
            pass
        with pytest.raises(Busy):
            rebuild.replace_lake(House(Settings(home=house.root, wait_for_writer_s=0.2)))
        assert connect(house.place).execute("SELECT count(*) FROM ops.load").fetchall() == [(4,)]  # readers stand on a copy
        other.execute("ROLLBACK")
    with writer(house.place, "test", wait_s=0.2):
        pass


def test_a_lake_behind_a_link_is_rebuilt_where_it_is(house: House, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.move(house.place.root, disk / "lake")
    house.place.root.symlink_to(disk / "lake")
    said = rebuild.replace_lake(house)
    assert house.place.root.is_symlink() and str(disk / "lake.before-") in said
    fresh = House(house.settings)
    assert verify(fresh.place, fresh.archive, fresh.journal).holds
    assert not [path for path in house.root.iterdir() if path.name.startswith("lake.")]


def test_a_lake_whose_data_is_behind_a_link_is_refused_before_anything_moves(house: House, tmp_path: Path) -> None:
    shutil.move(house.place.root / "data", tmp_path / "elsewhere")
    (house.place.root / "data").symlink_to(tmp_path / "elsewhere")
    before = files(house.root)
    with pytest.raises(UsageError, match="is on a disk of its own"):
        rebuild.replace_lake(house)
    assert files(house.root) == before


MOUNTED = """
import subprocess, sys
from pathlib import Path
from flows.run import rebuild
from flows.home.house import House
from flows.home.settings import Settings
from tests.warehouse.synthetic_publisher import use_synthetic_publisher
from warehouse.upkeep.verify import verify
home, disk, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
use_synthetic_publisher()
house = House(Settings(home=home))
if how == "mounted":
    subprocess.run(["mount", "--bind", disk, home / "lake"], check=True)
    print(rebuild.replace_lake(house))
else:
    subprocess.run(["mount", "--bind", home, home], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
fresh = House(Settings(home=home))
assert verify(fresh.place, fresh.archive, fresh.journal).holds
"""


def _in_a_mount_namespace(*words: object) -> str:
    command = ["unshare", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*command, "mount", "--bind", "/tmp", "/tmp"], check=False,
                                                         capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount in a namespace of its own")
    done = subprocess.run([*command, sys.executable, "-c", MOUNTED, *map(str, words)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_lake_on_a_mount_point_is_rebuilt_inside_it(house: House, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    shutil.move(house.place.root, disk)
    house.place.root.mkdir()
    said = _in_a_mount_namespace(house.root, disk, "mounted")
    assert "lake/before-" in said
    assert {path.name.partition("-")[0] for path in disk.iterdir()} == {
        "attach.sql", "catalog.sqlite", "data", "published", "before"}
    assert not list(house.place.root.iterdir()) and not [path for path in house.root.iterdir() if path.name.startswith("lake.")]


def test_a_home_on_a_read_only_disk_verifies(house: House, tmp_path: Path) -> None:
    _in_a_mount_namespace(house.root, tmp_path, "read-only")


def test_a_database_is_never_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        open_to_read(tmp_path / "a#b?mode=rwc")
    assert list(tmp_path.iterdir()) == []


def test_what_stands_in_the_way_of_a_path_is_said_plainly(house: House, tmp_path: Path) -> None:
    """A link to a disk that is not mounted and a file where a folder belongs are no faults of Entrepot, and none of free space."""
    kept = tmp_path / "kept"
    shutil.move(house.root / "archive", kept)
    (house.root / "archive").symlink_to(tmp_path / "unmounted")
    with pytest.raises(EntrepotError, match=r"archive is a link to .*unmounted, where nothing is"):
        house.archive.store.put("blobs/x", b"x")
    (house.root / "archive").unlink()
    shutil.move(kept, house.root / "archive")
    shutil.rmtree(house.staging, ignore_errors=True)
    house.staging.touch()
    with pytest.raises(EntrepotError, match="staging: a file is there where a folder belongs"):
        pipeline.parse(house, house.archive.fetches()[0].fetch_id, again=True)


def test_a_load_of_a_time_that_is_still_to_come_is_told(house: House) -> None:
    """This machine's clock is a year behind, or was a year ahead when the newest load was written down."""
    assert not status.overview(house).clock
    with clock.at(datetime.now(UTC) - timedelta(days=365)):
        seen = status.overview(house)
    assert "which is still to come" in seen.clock and seen.needs_attention
