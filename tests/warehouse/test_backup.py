"""Backups: whole beside a writer, only what changed is copied, read back before they count, restored into an empty home only."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from flows.run.bookkeeping import heal
from flows.run.rebuild import compare
from tests.warehouse.synthetic_publisher import publish_edition
from warehouse.lake.opening import Place, connect, writer
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, UsageError
from warehouse.upkeep import backup
from warehouse.upkeep.backup import create, restore
from warehouse.upkeep.verify import verify


def restored(source: Path, home: Path) -> House:
    """A home made of a backup, opened as the command does."""
    restore(source, home)
    house = House(Settings(home=home))
    with writer(house.place, "test") as lake:
        heal(house, lake)
    return house


def holds(house: House) -> bool:
    return verify(house.place, House(house.settings).archive, House(house.settings).journal).holds


def test_a_restored_home_is_the_home_row_for_row_and_is_read_and_written(house: House, tmp_path: Path) -> None:
    done = create(house.root, tmp_path / "backup", version="1")
    assert (done.snapshot, done.same) == (4, 0) and done.copied == done.files > 5
    manifest = backup.read_manifest(tmp_path / "backup")
    assert manifest.snapshot == 4 and manifest.versions["entrepot"] == "1" and manifest.versions["duckdb"]
    again = restored(tmp_path / "backup", tmp_path / "new")
    assert compare(house.place, again.place) == {} and holds(again)
    with writer(again.place, "test") as lake, lake.transaction("synthetic") as con:
        con.execute("INSERT INTO ops.snapshot_tag VALUES ('synthetic', 1, 'test', now(), '')")
    assert connect(again.place).execute("SELECT count(*) FROM stats.trade").fetchall()[0][0] > 0


def test_only_what_is_new_is_copied_and_what_is_gone_is_dropped(house: House, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    first = create(house.root, to)
    second = create(house.root, to)
    assert (second.copied, second.bytes_copied, second.same, second.dropped) == (0, 0, first.files, 0)
    with writer(house.place, "test") as lake:
        lake.flush()
        lake.after_commit()
    third = create(house.root, to)
    assert 0 < third.copied < first.files and third.dropped == 1  # the catalogue of before
    assert holds(restored(to, tmp_path / "new"))


def test_damaged_contents_are_mended_by_the_next_backup_and_refused_by_a_restore(house: House, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    create(house.root, to)
    hurt = max((to / "files").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    body = bytearray(hurt.read_bytes())
    body[100] ^= 1
    hurt.write_bytes(body)
    with pytest.raises(LakeDamaged, match=rf"{hurt.name} .* is damaged"):
        restore(to, tmp_path / "new")
    assert not (tmp_path / "new" / "lake").exists() and not (tmp_path / "new" / "archive").exists()
    assert create(house.root, to).copied == 1
    assert holds(restored(to, tmp_path / "new"))


def test_a_missing_file_of_the_lake_stops_it_and_the_last_backup_stays(house: House, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    create(house.root, to)
    manifest = (to / "manifest.json").read_bytes()
    next((house.place.data / "stats" / "trade").glob("*.parquet")).unlink()
    with pytest.raises(LakeDamaged, match="is missing below"):
        create(house.root, to)
    assert (to / "manifest.json").read_bytes() == manifest
    assert holds(restored(to, tmp_path / "new"))


def test_a_load_that_commits_during_a_backup_is_in_it_whole_or_not_at_all(tmp_path: Path, synthetic_publisher: None,
                                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(Settings(home=tmp_path / "home"))
    publish_edition(house, 0)
    keep = backup._Contents.keep

    def beside(self: backup._Contents, file: Path, home: Path, name: str = "") -> backup.Kept:
        kept = keep(self, file, home, name)
        if name == backup.CATALOG:
            publish_edition(house, 1)
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(backup._Contents, "keep", beside)
        assert create(house.root, tmp_path / "backup").snapshot == 2
    again = restored(tmp_path / "backup", tmp_path / "new")
    assert holds(again)
    # What was archived and not loaded is loaded by the next run, as after a crash.
    outcomes = publish_edition(again, 1)
    assert [outcome.result for outcome in outcomes] == ["new_data", "new_data"]
    assert compare(house.place, again.place).keys() <= {"ops.load", "stats.trade", "stats.trade_revision", "ops.fetch"}


def test_a_journal_line_that_came_too_late_is_written_when_the_backup_is_opened(house: House, tmp_path: Path) -> None:
    for path in (house.root / "archive" / "journal").rglob("*.jsonl"):
        path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(keepends=True) if b'"snapshot":4' not in line))
    create(house.root, tmp_path / "backup")
    assert holds(restored(tmp_path / "backup", tmp_path / "new"))


def test_it_is_taken_while_a_writer_has_the_lake_open(house: House, tmp_path: Path) -> None:
    with writer(house.place, "entrepot refresh") as lake:
        lake.con.execute("BEGIN")
        lake.con.execute("DELETE FROM stats.trade")
        create(house.root, tmp_path / "backup")
        lake.con.execute("ROLLBACK")
    assert compare(house.place, restored(tmp_path / "backup", tmp_path / "new").place) == {}


def test_a_backup_killed_on_the_way_leaves_the_last_one_and_goes_on(house: House, tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    to = tmp_path / "backup"
    with monkeypatch.context() as patch:
        patch.setattr(backup, "_write", lambda path, body: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            create(house.root, to)
    with pytest.raises(UsageError, match="one was begun and never finished"):
        restore(to, tmp_path / "new")
    (to / "files" / ".half.1").write_bytes(b"half a file")
    done = create(house.root, to)
    assert done.copied == 0 and not (to / "files" / ".half.1").exists()
    assert holds(restored(to, tmp_path / "new"))


@pytest.mark.parametrize("where", ["_copy", "_write", "rename", "writer"])
def test_a_restore_killed_on_the_way_is_gone_on_with(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    create(house.root, tmp_path / "backup")
    real = Path.rename if where == "rename" else getattr(backup, where)
    calls = 0

    def dying(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == (2 if where == "_copy" else 1):
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "rename") if where == "rename" else (backup, where)), dying)
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "backup", tmp_path / "new")
    again = restored(tmp_path / "backup", tmp_path / "new")
    assert holds(again) and not (tmp_path / "new" / "restoring").exists()


def test_only_an_empty_home_is_restored_into(house: House, tmp_path: Path) -> None:
    create(house.root, tmp_path / "backup")
    with pytest.raises(UsageError, match=r"holds archive/ .* and lake/ .* already"):
        restore(tmp_path / "backup", house.root)
    assert holds(house)
    # A restore that was killed once does not take away what was loaded since.
    new = tmp_path / "new"
    restore(tmp_path / "backup", new)
    shutil.copytree(new, new / "restoring")
    shutil.copy(tmp_path / "backup" / "manifest.json", new / "restoring" / "manifest.json")
    with pytest.raises(UsageError, match="already"):
        restore(tmp_path / "backup", new)
    assert holds(House(Settings(home=new)))


def test_a_folder_that_is_no_place_for_a_backup_is_refused(house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not a backup"):
        create(house.root, tmp_path / "other")
    with pytest.raises(UsageError, match="inside the home"):
        create(house.root, house.root / "lake" / "backup")
    with pytest.raises(UsageError, match="no backup"):
        restore(tmp_path / "other", tmp_path / "new")
    with pytest.raises(EntrepotError, match="nothing to back up"):
        create(tmp_path / "nowhere", tmp_path / "empty")


def test_a_manifest_that_points_out_of_the_home_is_refused(house: House, tmp_path: Path) -> None:
    create(house.root, tmp_path / "backup")
    path = tmp_path / "backup" / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][0]["path"] = "../elsewhere"
    path.write_text(json.dumps(manifest))
    with pytest.raises(LakeDamaged, match="no file of a home"):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "elsewhere").exists()


def test_two_backups_into_one_folder_do_not_meet(house: House, tmp_path: Path) -> None:
    with backup._alone(tmp_path / "backup"), pytest.raises(Busy, match="another backup"):
        create(house.root, tmp_path / "backup")


def test_an_archive_without_a_lake_is_backed_up_too(house: House, tmp_path: Path) -> None:
    shutil.rmtree(house.place.root)
    assert create(house.root, tmp_path / "backup").snapshot == 0
    restore(tmp_path / "backup", tmp_path / "new")
    again = House(replace(house).settings.model_copy(update={"home": tmp_path / "new"}))
    assert len(again.archive.fetches()) == 2 and Place(tmp_path / "new" / "lake").current() is None
