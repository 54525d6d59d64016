"""The writer's lock, the published copies, the sweep, and the line that any DuckDB attaches the lake with."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import duckdb
import pytest

from tests.servers import Form
from tests.warehouse.synthetic import day, figures, load, present
from warehouse.lake import embedded, switch
from warehouse.lake import opening as lakes
from warehouse.lake.opening import AnyPlace, Place, connect, engine, writer, writing
from warehouse.lake.place import extension, metadata
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / "lake")
    load(place, tmp_path, figures({"2024-01": 100}), day(1))
    return place


@pytest.fixture
def either(form: Form, tmp_path: Path) -> AnyPlace:
    """The same on one machine and on servers."""
    place = form.place(tmp_path)
    load(place, tmp_path, figures({"2024-01": 100}), day(1))
    return place


def test_a_second_writer_is_told_who_writes_and_since_when(either: AnyPlace) -> None:
    with writer(either, "entrepot refresh gacc"):
        told = writing(either) or ""
        assert told.startswith(f"entrepot refresh gacc, process {os.getpid()}") and ", since 20" in told
        with pytest.raises(Busy, match="entrepot refresh gacc, process") as caught, writer(either, "other", wait_s=0.2):
            pass
        assert caught.value.exit_code == 5
    assert writing(either) is None


def test_a_reader_that_has_begun_keeps_its_state_while_others_see_the_new_one(either: AnyPlace, tmp_path: Path) -> None:
    early = connect(either)
    assert early.execute("SELECT sum(value) FROM stats.trade").fetchall()[0][0] == 100
    load(either, tmp_path, figures({"2024-01": 90}), day(2))
    assert early.execute("SELECT sum(value) FROM stats.trade").fetchall()[0][0] == 100
    assert float(present(either)[0]["value"]) == 90


def test_readers_cannot_write(either: AnyPlace) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        connect(either).execute("DELETE FROM stats.trade")


def test_a_reader_of_a_small_lake_has_one_thread_and_of_a_large_one_all(either: AnyPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    with duckdb.connect() as every:
        ((all_,),) = every.execute("SELECT current_setting('threads')").fetchall()
    for many, threads in ((lakes.MANY_ROWS, 1), (1, all_)):
        monkeypatch.setattr(lakes, "MANY_ROWS", many)
        with connect(either) as con:
            assert con.execute("SELECT current_setting('threads')").fetchall() == [(threads,)]


def test_what_was_committed_and_not_published_is_published_by_the_next_writer(place: Place, tmp_path: Path,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Place, "publish", lambda place: place.catalog)
        load(place, tmp_path, figures({"2024-01": 90}), day(2))
    assert float(present(place)[0]["value"]) == 100
    with writer(place, "next"):
        pass
    assert float(present(place)[0]["value"]) == 90


def test_orphans_are_swept_and_named_files_never(either: AnyPlace, tmp_path: Path) -> None:
    partners = tuple(f"{a}{b}{c}" for a in "ABCDEFGHIJK" for b in "ABCDEFGHIJK" for c in "ABCDEFGHIJK")
    load(either, tmp_path, figures({"2024-02": 1}, partners=partners), day(2))
    named = either.files.keys("")
    either.files.put("stats/trade/ducklake-orphan.parquet", b"left by a killed writer")
    assert named and either.sweep() == ["stats/trade/ducklake-orphan.parquet"]
    either.files.put("stats/trade/ducklake-orphan.parquet", b"left by a killed writer")
    with writer(either, "next", datasets=["any"]):
        assert either.files.keys("") == named


def test_old_copies_go_and_the_newest_and_todays_stay(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(embedded.KEPT_COPIES + 4):
        place.publish()
    assert len(list(place.published.glob("catalog-*"))) > embedded.KEPT_COPIES
    old = time.time() - 2 * embedded.KEPT_FOR.total_seconds()
    for copy in place.published.glob("catalog-*"):
        os.utime(copy, (old, old))
    place.publish()
    assert len(list(place.published.glob("catalog-*"))) == embedded.KEPT_COPIES
    assert present(place)


def test_a_moved_home_is_read_and_written(place: Place, tmp_path: Path) -> None:
    moved = Place(tmp_path / "elsewhere" / "lake")
    moved.root.parent.mkdir()
    place.root.rename(moved.root)
    assert float(present(moved)[0]["value"]) == 100
    load(moved, tmp_path, figures({"2024-01": 80}), day(3))
    assert float(present(moved)[0]["value"]) == 80


def test_any_duckdb_with_the_extensions_attaches_the_lake_by_the_printed_line(place: Place) -> None:
    con = engine(place)
    con.execute(place.attach_line())
    assert con.execute("SELECT count(*) FROM stats.trade").fetchall() == [(1,)]
    assert con.execute("SELECT count(*) FROM mart.figures").fetchall() == [(1,)]


def test_an_empty_place_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(EntrepotError, match=r"entrepot refresh loads it .with --demo from the shipped sample"):
        connect(Place(tmp_path / "none"))


def test_a_damaged_catalogue_is_named_with_the_way_out(place: Place) -> None:
    copy = place.current()
    assert copy is not None
    copy.write_bytes(b"SQLite format 3\0" + b"x" * 4000)
    with pytest.raises(LakeDamaged, match="entrepot rebuild"):
        connect(place)


def test_flush_moves_inlined_rows_to_parquet_and_readers_see_the_same(either: AnyPlace, tmp_path: Path) -> None:
    assert not either.files.keys("stats/trade")
    with writer(either, "flush") as lake:
        lake.flush()
        either.publish()
    assert either.files.keys("stats/trade")
    assert float(present(either)[0]["value"]) == 100
    load(either, tmp_path, figures({"2024-01": 70}), day(4))
    assert float(present(either)[0]["value"]) == 70


def test_a_writer_flushes_with_one_thread_even_after_a_large_load(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    flush = lakes.Writer.flush

    def seen(lake: lakes.Writer) -> None:
        threads.append(lake.con.execute("SELECT current_setting('threads')").fetchone())
        flush(lake)

    monkeypatch.setattr(lakes.Writer, "flush", seen)
    monkeypatch.setattr(lakes, "FLUSH_ROWS", 1)
    for rows_that_are_many, value in ((10**9, 90), (1, 80)):
        monkeypatch.setattr("warehouse.load.commit.LARGE", rows_that_are_many)
        assert load(place, tmp_path, figures({"2024-01": value}), day(5)).changed
    assert threads == [(1,), (1,)]


def test_the_writers_catalogue_has_a_write_ahead_log(place: Place) -> None:
    with sqlite3.connect(place.catalog) as catalog:
        assert catalog.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_extension_that_is_no_longer_the_signed_one_is_refused_once_the_engine_stands(place: AnyPlace, tmp_path: Path) -> None:
    signed = Path(extension("sqlite_scanner")).read_bytes()
    changed = tmp_path / "other.duckdb_extension"
    changed.write_bytes(signed[:5000] + bytes([signed[5000] ^ 1]) + signed[5001:])
    con = engine(place)
    with pytest.raises(duckdb.Error, match="signature"):
        con.execute(f"LOAD '{changed}'")
    with pytest.raises(duckdb.Error):
        con.execute("SET allow_unsigned_extensions = true")
    con.close()


def test_a_table_that_never_had_a_row_has_statistics_and_rows_that_come_widen_them(either: AnyPlace) -> None:
    """Without, DuckLake asks its catalogue again for each column of it at every statement."""
    with writer(either, "test") as lake:
        at = metadata(lake.con)
        tables = f"{at}table t LEFT JOIN {at}table_stats s USING (table_id) WHERE t.end_snapshot IS NULL"
        assert lake.con.execute(f"SELECT t.table_name FROM {tables} AND s.table_id IS NULL").fetchall() == []
        empty = "t.table_name = 'trade_coarser'"
        assert lake.con.execute(f"SELECT s.record_count FROM {tables} AND {empty}").fetchall() == [(0,)]
        lake.con.execute("INSERT INTO lake.stats.trade_coarser (dataset, value) VALUES ('b', 2), ('a', 1)")
        assert lake.con.execute(f"SELECT s.record_count FROM {tables} AND {empty}").fetchall() == [(2,)]
        widened = lake.con.execute(f"""
            SELECT c.column_name, s.min_value, s.max_value FROM {at}table t JOIN {at}column c USING (table_id)
            JOIN {at}table_column_stats s USING (table_id, column_id)
            WHERE {empty} AND c.end_snapshot IS NULL AND s.min_value IS NOT NULL ORDER BY ALL""").fetchall()
        assert widened == [("dataset", "a", "b"), ("value", "1.000", "2.000")]


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_lake_that_takes_the_place_of_another_leaves_it_beside(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool) -> None:
    if not in_one_step:
        monkeypatch.setattr(switch, "_exchanged", lambda one, other: False)
    root, made = tmp_path / "lake", tmp_path / "lake.rebuilt"
    for folder, text in ((root, "old"), (made, "new")):
        folder.mkdir()
        (folder / "catalog.sqlite").write_text(text)
    before = switch.take(root, made, "writer.lock", full=True)
    assert before is not None and (before / "catalog.sqlite").read_text() == "old"
    assert (root / "catalog.sqlite").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(("lake", before.name))
