"""The writer's lock, the published copies, the sweep, and the line that any DuckDB attaches the lake with."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.synthetic import day, figures, load, present
from warehouse import lake as lakes
from warehouse.lake import Place, connect, engine, publish, sweep, writer, writing
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "lake")
    load(place, tmp_path, figures({"2024-01": 100}), day(1))
    return place


def test_a_second_writer_is_told_who_writes_and_since_when(place: Place) -> None:
    with writer(place, "entrepot refresh gacc"):
        assert (writing(place) or "").startswith(f"entrepot refresh gacc, process {os.getpid()}, since ")
        with pytest.raises(Busy, match="entrepot refresh gacc, process") as caught, writer(place, "other", wait_s=0.2):
            pass
        assert caught.value.exit_code == 5
    assert writing(place) is None


def test_a_reader_that_has_begun_keeps_its_state_while_others_see_the_new_one(place: Place, tmp_path: Path) -> None:
    early = connect(place)
    assert early.execute("SELECT sum(value) FROM stats.trade").fetchall()[0][0] == 100
    load(place, tmp_path, figures({"2024-01": 90}), day(2))
    assert early.execute("SELECT sum(value) FROM stats.trade").fetchall()[0][0] == 100
    assert float(present(place)[0]["value"]) == 90


def test_readers_cannot_write(place: Place) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        connect(place).execute("DELETE FROM stats.trade")


def test_what_was_committed_and_not_published_is_published_by_the_next_writer(place: Place, tmp_path: Path,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(lakes, "publish", lambda place: place.catalog)
        load(place, tmp_path, figures({"2024-01": 90}), day(2))
    assert float(present(place)[0]["value"]) == 100
    with writer(place, "next"):
        pass
    assert float(present(place)[0]["value"]) == 90


def test_orphans_are_swept_and_named_files_never(place: Place, tmp_path: Path) -> None:
    partners = tuple(f"{a}{b}{c}" for a in "ABCDEFGHIJK" for b in "ABCDEFGHIJK" for c in "ABCDEFGHIJK")
    load(place, tmp_path, figures({"2024-02": 1}, partners=partners), day(2))
    named = {path for path in place.data.rglob("*.parquet")}
    orphan = place.data / "stats" / "trade" / "ducklake-orphan.parquet"
    orphan.write_bytes(b"left by a killed writer")
    assert named and sweep(place) == [orphan]
    assert {path for path in place.data.rglob("*.parquet")} == named


def test_old_copies_go_and_the_newest_and_todays_stay(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(lakes.KEPT_COPIES + 4):
        publish(place)
    assert len(list(place.published.glob("catalog-*"))) > lakes.KEPT_COPIES
    old = time.time() - 2 * lakes.KEPT_FOR.total_seconds()
    for copy in place.published.glob("catalog-*"):
        os.utime(copy, (old, old))
    publish(place)
    assert len(list(place.published.glob("catalog-*"))) == lakes.KEPT_COPIES
    assert present(place)


def test_a_moved_home_is_read_and_written(place: Place, tmp_path: Path) -> None:
    moved = Place(tmp_path / "elsewhere" / "lake")
    moved.root.parent.mkdir()
    place.root.rename(moved.root)
    assert float(present(moved)[0]["value"]) == 100
    load(moved, tmp_path, figures({"2024-01": 80}), day(3))
    assert float(present(moved)[0]["value"]) == 80


def test_any_duckdb_with_the_extensions_attaches_the_lake_by_the_printed_line(place: Place) -> None:
    con = engine()
    con.execute(place.attach_line())
    assert con.execute("SELECT count(*) FROM stats.trade").fetchall() == [(1,)]
    assert con.execute("SELECT count(*) FROM mart.figures").fetchall() == [(1,)]


def test_an_empty_place_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(EntrepotError, match="entrepot --demo refresh loads the sample"):
        connect(Place(tmp_path / "none"))


def test_a_damaged_catalogue_is_named_with_the_way_out(place: Place) -> None:
    copy = place.current()
    assert copy is not None
    copy.write_bytes(b"SQLite format 3\0" + b"x" * 4000)
    with pytest.raises(LakeDamaged, match="entrepot rebuild"):
        connect(place)


def test_flush_moves_inlined_rows_to_parquet_and_readers_see_the_same(place: Place, tmp_path: Path) -> None:
    assert not list(place.data.rglob("trade/*.parquet"))
    with writer(place, "flush") as lake:
        lake.flush()
        publish(place)
    assert list(place.data.rglob("trade/*.parquet"))
    assert float(present(place)[0]["value"]) == 100
    load(place, tmp_path, figures({"2024-01": 70}), day(4))
    assert float(present(place)[0]["value"]) == 70
    with sqlite3.connect(place.catalog) as catalog:
        assert catalog.execute("PRAGMA journal_mode").fetchone() == ("wal",)
