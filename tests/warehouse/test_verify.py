"""What ``entrepot verify`` proves, and what it and other commands say of a damaged lake: one clear message, file and way out."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import cli
from flows.home.house import House
from flows.run.rebuild import replace_lake
from tests.warehouse.synthetic import day, figures, lake_of_the_first_migration, load
from tests.warehouse.synthetic_publisher import publish_edition
from warehouse.history import fold
from warehouse.lake import catalog_file, migrate
from warehouse.lake.opening import Place, attach, connect, engine, writer
from warehouse.schema.errors import EntrepotError, LakeDamaged
from warehouse.upkeep.maintain import maintain
from warehouse.upkeep.verify import Finding, Verdict, verify


def prove(house: House) -> Verdict:
    return verify(house.place, House(house.settings).archive, house.journal)


def wrong(house: House) -> list[Finding]:
    return [finding for proof in prove(house).proofs for finding in proof.findings if finding.level == "wrong"]


def told(house: House) -> list[Finding]:
    """What is said and is no damage: the next run puts it right."""
    verdict = prove(house)
    assert verdict.holds
    return [finding for proof in verdict.proofs for finding in proof.findings]


def run(house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    """One command as typed: its exit code and all it printed."""
    monkeypatch.setenv("ENTREPOT_HOME", str(house.root))
    monkeypatch.setattr(sys, "argv", ["entrepot", *words])
    with pytest.raises(SystemExit) as done:
        cli.main()
    printed = capsys.readouterr()
    assert isinstance(done.value.code, int)
    return done.value.code, printed.out + printed.err


def a_data_file(house: House, table: str = "trade") -> Path:
    return next((house.place.data / "stats" / table).glob("*.parquet"))


def test_a_whole_home_verifies_and_says_what_was_looked_at(house: House, capsys: pytest.CaptureFixture[str],
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run(house, capsys, monkeypatch, "verify")
    assert code == 0 and "The lake verifies." in said
    for name in ("catalogue", "orphans", "archive: 2 documents", "data files", "fetch records: 2", "loads and journal: 4 loads",
                 "version numbers", "history: every snapshot (4)"):
        assert f" ok     {name}" in said


def test_an_empty_home_has_nothing_to_verify(tmp_path: Path, synthetic_publisher: None) -> None:
    from flows.home.settings import Settings

    with pytest.raises(EntrepotError, match="nothing is loaded yet"):
        prove(House(Settings(home=tmp_path / "empty")))


def test_a_flipped_bit_in_the_archive_names_the_file_and_the_backup(house: House, capsys: pytest.CaptureFixture[str],
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    blob = sorted((house.root / "archive" / "blobs").rglob("*.zst"))[0]
    body = bytearray(blob.read_bytes())
    body[len(body) // 2] ^= 1
    blob.write_bytes(body)
    code, said = run(house, capsys, monkeypatch, "verify", "--json")
    (finding,) = [f for proof in json.loads(said)["proofs"] for f in proof["findings"]]
    assert code == 6 and str(blob) in finding["said"] and "backup restore" in finding["way_out"]


def test_blobs_that_no_log_names_are_told_and_harm_nothing(house: House) -> None:
    house.archive.store.put(f"blobs/aa/{'a' * 64}.zst", b"left by a killed fetch")
    verdict = prove(house)
    assert verdict.holds
    assert [f.level for proof in verdict.proofs for f in proof.findings] == ["info"]


def test_a_truncated_file_is_named_by_verify_by_a_question_and_by_a_load(house: House, capsys: pytest.CaptureFixture[str],
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_data_file(house)
    file.write_bytes(file.read_bytes()[:-40])
    assert any(str(file) in finding.said and "entrepot rebuild" in finding.way_out for finding in wrong(house))
    code, said = run(house, capsys, monkeypatch, "sql", "SELECT sum(value), max(locator) FROM stats.trade")
    assert code == 6 and str(file) in said and "entrepot rebuild" in said
    code, said = run(house, capsys, monkeypatch, "get", "China", "Malaysia", "2024")
    assert code == 6 and str(file) in said and "entrepot rebuild" in said
    with pytest.raises(LakeDamaged, match=r"\.parquet is missing or damaged .*entrepot rebuild"):
        publish_edition(house, 0)


def test_a_missing_file_is_named(house: House) -> None:
    file = a_data_file(house)
    file.unlink()
    assert any(file.name in finding.said and "missing" in finding.said for finding in wrong(house))


def test_a_damaged_lake_is_rebuilt_from_the_archive(house: House) -> None:
    file = next((house.place.data / "ops" / "load").glob("*.parquet"))
    file.write_bytes(b"PAR1")
    replace_lake(house)
    assert wrong(house) == []


def test_a_deleted_catalogue_is_never_made_anew_beside_its_data(house: House, capsys: pytest.CaptureFixture[str],
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    house.place.catalog.unlink()
    with pytest.raises(LakeDamaged, match=r"catalog\.sqlite is missing or empty.*entrepot rebuild.*backup restore"):
        publish_edition(house, 0)
    assert not house.place.catalog.exists()
    code, said = run(house, capsys, monkeypatch, "verify")
    assert code == 6 and f"{house.place.catalog} is missing" in said and "entrepot rebuild" in said
    code, said = run(house, capsys, monkeypatch, "maintain")
    assert code == 6 and str(house.place.catalog) in said
    replace_lake(house)
    assert wrong(house) == []


def test_an_emptied_catalogue_is_a_missing_one(house: House) -> None:
    house.place.catalog.write_bytes(b"")
    with pytest.raises(LakeDamaged, match="missing or empty"), writer(house.place, "test"):
        pass
    assert any(str(house.place.catalog) in finding.said for finding in wrong(house))


def test_a_damaged_or_missing_published_copy_is_published_anew_by_maintain(house: House) -> None:
    copy = house.place.current()
    assert copy is not None
    copy.write_bytes(b"SQLite format 3\0" + b"x" * 4000)
    assert any(str(copy) in finding.said and "entrepot maintain" in finding.way_out for finding in wrong(house))
    maintain(house.place)
    assert wrong(house) == []
    (house.place.published / "current").unlink()
    with pytest.raises(LakeDamaged, match="entrepot maintain publishes it again"):
        connect(house.place)
    assert any("current is missing" in finding.said for finding in wrong(house))
    maintain(house.place)
    assert wrong(house) == []


def test_a_lake_from_an_older_version_says_so_and_is_brought_to_this_one(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    lake_of_the_first_migration(place)
    place.publish()
    with pytest.raises(EntrepotError, match=rf"older Entrepot \(it lacks {migrate.migrations()[1].stem}\): entrepot maintain brings"):
        connect(place)
    maintain(place)
    assert connect(place).execute("SELECT count(*) FROM ops.snapshot_tag").fetchall() == [(0,)]


def test_a_lake_from_a_newer_version_says_so(house: House) -> None:
    with writer(house.place, "test") as lake:
        with lake.transaction("synthetic") as con:
            con.execute("INSERT INTO ops.migration VALUES ('9999_later', '', now())")
        house.place.publish()
    with pytest.raises(EntrepotError, match=r"newer Entrepot \(it has 9999_later\): update Entrepot"):
        connect(house.place)
    with pytest.raises(EntrepotError, match="newer Entrepot"), writer(house.place, "test"):
        pass


def test_what_a_killed_writer_left_is_told_with_its_way_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = house.place.data / "stats" / "trade" / "ducklake-orphan.parquet"
    orphan.write_bytes(b"left by a killed writer")
    with monkeypatch.context() as patch:
        patch.setattr(Place, "publish", lambda place: place.catalog)
        with writer(house.place, "test") as lake, lake.transaction("synthetic") as con:
            orphan.write_bytes(b"left by a killed writer")
            con.execute("INSERT INTO ops.snapshot_tag VALUES ('synthetic', 1, 'test', now(), '')")
    said = {finding.said: finding.way_out for finding in told(house)}
    assert any(str(orphan) in text for text in said) and any("is not what" in text for text in said)
    assert all("entrepot maintain" in way_out for text, way_out in said.items() if "tag" not in text)
    maintain(house.place)
    assert wrong(house) == []


def test_a_load_that_only_one_of_lake_and_journal_knows_is_told(house: House, capsys: pytest.CaptureFixture[str],
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    journal = sorted((house.root / "archive" / "journal").rglob("*.jsonl"))
    whole = {path: path.read_bytes() for path in journal}
    for path in journal:
        path.write_bytes(b"".join(line for line in whole[path].splitlines(keepends=True) if b'"snapshot":4' not in line))
    assert ["snapshot 4) is in the lake and not in the journal" in finding.said for finding in told(house)] == [True]
    assert run(house, capsys, monkeypatch, "maintain")[0] == 0
    assert told(house) == []
    path = journal[-1]
    path.write_bytes(path.read_bytes() + b'{"at":"2026-01-01T00:00:00Z","kind":"outcome","dataset":"synthetic.one",'
                                         b'"detail":{"load_id":"nowhere","snapshot":9}}\n')
    (finding,) = wrong(house)
    assert "load nowhere of synthetic.one (2026-01-01) is in the journal and not in the lake" in finding.said


@pytest.mark.parametrize(("change", "said"), [
    ("UPDATE ops.fetch SET bytes = bytes + 1", "differ in bytes"),
    ("DELETE FROM ops.fetch WHERE asked_at = (SELECT min(asked_at) FROM ops.fetch)", "cite"),
    ("UPDATE stats.trade SET value = value + 1 WHERE partner = 'THA'", "stats.trade at snapshot 4"),
    ("UPDATE stats.trade SET version_no = 1, version_id = 'x' WHERE version_no = 2", "version number more than once"),
    ("INSERT INTO stats.trade SELECT * FROM stats.trade LIMIT 1", "stands more than once in the present"),
    ("UPDATE ops.load SET snapshot = 7 WHERE snapshot = 4", "snapshot 7 in the lake and 4 in the journal")])
def test_rows_that_were_changed_by_hand_are_found(house: House, change: str, said: str) -> None:
    with writer(house.place, "test") as lake:
        with lake.transaction("by hand") as con:
            con.execute(change)
        house.place.publish()
    assert any(said in finding.said for finding in wrong(house)), [finding.said for finding in wrong(house)]


def test_every_kind_of_change_folds_to_what_time_travel_gives(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    load(place, tmp_path, figures({"2024-01": 100, "2024-02": 5}), day(10), released_at=day(10))
    load(place, tmp_path, figures({"2024-01": 90, "2024-02": 5}), day(11), released_at=day(11))
    load(place, tmp_path, figures({"2024-01": 90, "2024-02": 5}, status="P"), day(12), released_at=day(12))
    with writer(place, "test") as lake:
        lake.flush()
        place.publish()
    load(place, tmp_path, figures({"2024-02": 5}, status="P"), day(13), scope={}, released_at=day(13))
    load(place, tmp_path, figures({"2024-01": 80, "2024-02": 5}, status="P"), day(14), released_at=day(14))
    load(place, tmp_path, figures({"2024-01": 200}), day(15), released_at=day(9))
    load(place, tmp_path, figures({"2024-02": 6}, status="P"), day(14), released_at=day(14), parser_version=2, accepted=True)
    con = engine()
    attach(con, place)
    kinds = {row[0] for row in con.execute("SELECT DISTINCT change_kind FROM stats.trade_revision").fetchall()}
    assert kinds >= {"revised", "annotated", "withdrawn", "restored", "backfilled"}
    con.execute("USE memory")
    points = fold.points(con, "lake")
    assert len(points) == 7
    assert fold.differences(con, "lake", points) == []


@given(st.integers(0, 400), st.sets(st.integers(1, 400), max_size=5), st.integers(2, 60))
def test_a_sample_of_a_history_has_its_ends_and_its_tags(length: int, tags: set[int], most: int) -> None:
    points = [fold.Point(number, number + 3) for number in range(1, length + 1)]
    chosen = fold.sample(points, tags, most)
    assert chosen == sorted(set(chosen), key=lambda point: point.number)
    if length <= most:
        assert chosen == points
    else:
        assert chosen[0] == points[0] and chosen[-1] == points[-1] and len(chosen) <= most + len(tags)
        assert {point.number for point in chosen} >= {tag for tag in tags if tag <= length}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_one_who_may_not_write_can_still_verify(house: House) -> None:
    house.place.lock.chmod(0o444)
    assert prove(house).holds


def test_a_writer_reads_a_catalogue_whole_only_where_it_was_touched_since_the_last_one_left(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []
    counts = catalog_file.counts
    monkeypatch.setattr(catalog_file, "counts", lambda path: (looked.append(path), counts(path))[1])
    for _ in range(2):
        with writer(house.place, "test"):
            pass
    looked.clear()
    with writer(house.place, "test"):
        pass
    assert looked == []
    os.utime(house.place.catalog)
    with writer(house.place, "test"):
        pass
    assert looked
    copy = house.place.current()
    assert copy is not None
    copy.write_bytes(copy.read_bytes()[:-4096])
    with writer(house.place, "test"):
        pass
    assert house.place.current() != copy and prove(house).holds


def test_a_commit_that_was_never_published_is_published_by_the_next_writer(house: House) -> None:
    before = house.place.current()
    with writer(house.place, "test") as lake:
        lake.flush()
    with writer(house.place, "test"):
        pass
    assert house.place.current() != before and told(house) == []
