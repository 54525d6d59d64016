"""A zip that is never whole in memory: asked for, imported, refused where it is a bomb. The benchmark takes the same road at full size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks import large
from connectors.contract import RECOGNISED_BY
from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.home.tracing import Steps, walk
from flows.run import given, pipeline
from flows.schedule.backfill import Rehearsal
from warehouse.ask import answers
from warehouse.lake.opening import connect
from warehouse.schema.content import Content
from warehouse.schema.errors import LakeDamaged, UsageError
from warehouse.schema.travel import Request

ROWS = 30_000
LIMIT = 300_000


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A home with the one connector, which takes more than 300,000 bytes for much."""
    monkeypatch.setattr(registry, "connectors", lambda: {"synthetic": large.Large()})
    monkeypatch.setattr(given, "LARGEST", LIMIT)
    monkeypatch.setattr("warehouse.schema.content.MOST_WHOLE", LIMIT)
    registry.datasets.cache_clear()
    yield House(Settings(home=tmp_path / "home", contact="test@example.org"))
    registry.datasets.cache_clear()


def test_the_road_of_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warehouse.schema.content.MOST_WHOLE", LIMIT)
    found = large.run(ROWS, tmp_path, bomb_bytes=400_000)
    assert found["zip_bytes"] > LIMIT and found["bomb_bytes"] > LIMIT
    assert found["archive_bytes"] < 1.1 * (found["zip_bytes"] + found["bomb_bytes"])


@pytest.mark.parametrize("limit", [LIMIT, RECOGNISED_BY])
def test_a_file_is_recognised_by_its_beginning(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    seen: list[int] = []

    def recognise(connector: large.Large, head: bytes, name: str) -> str:
        seen.append(len(head))
        return "synthetic.large"

    monkeypatch.setattr(given, "LARGEST", limit)
    monkeypatch.setattr(pipeline, "RECOGNISED_BY", 1000)
    monkeypatch.setattr(large.Large, "recognise", recognise)
    file = tmp_path / "download.zip"
    large.make(file, ROWS)
    assert ([each.result for each in pipeline.bring(house, file, None)], seen) == (["new_data"], [1000])


def test_a_large_file_is_imported_without_reading_it_whole(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "download.zip"
    large.make(file, ROWS)
    monkeypatch.setattr(given, "read", lambda *whole, **further: pytest.fail("it was read whole"))
    (outcome,) = pipeline.bring(house, file, None)
    assert (outcome.result, outcome.dataset) == ("new_data", "synthetic.large")
    assert connect(house.place).execute("SELECT count(*), count(DISTINCT fetch_id) FROM stats.trade").fetchall() == [(ROWS, 1)]
    (fetch,) = house.archive.fetches()
    assert (fetch.origin_kind, fetch.bytes, fetch.sha256) == ("imported", file.stat().st_size, Content.of_file(file).sha256)
    assert [each.result for each in pipeline.bring(house, file, None)] == ["no_change"]
    assert list(house.staging.iterdir()) == []


@pytest.mark.parametrize(("start", "said"), [
    (b"PK\x03\x04 of something else", "a zip archive and could not be read"), (b"%PDF-1.7", "a PDF document but not a document that"),
    (b"\x1f\x8b\x08", "packed with gzip but not a document that"), (b"a,b\n1,2\n", "not a document that synthetic would have issued")])
def test_a_large_file_that_nobody_knows_is_refused_by_its_kind(house: House, tmp_path: Path, start: bytes, said: str) -> None:
    file = tmp_path / "something"
    file.write_bytes(start + b"1,2\n" * LIMIT)
    with pytest.raises(UsageError, match=f"something is {said}") as refused:
        pipeline.bring(house, file, None)
    assert ("--as - proposes" in str(refused.value)) == ("not a document" in said)
    assert house.archive.fetches() == []


def test_a_reconstructed_page_is_known_wherever_it_says_so(house: House, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(b"<html>" + b"<p>text</p>" * LIMIT + b'<meta name="entrepot-origin">')
    with pytest.raises(UsageError, match="reconstructed sample page"):
        pipeline.bring(house, file, None)


def test_a_bomb_that_a_person_gives_is_refused_while_it_is_read(house: House, tmp_path: Path) -> None:
    file = tmp_path / "bomb.zip"
    large.make_bomb(file, 2 * LIMIT)
    (outcome,) = pipeline.bring(house, file, None)
    assert (outcome.result, outcome.error) == ("error", "TooLarge")
    assert "500 times its size" in outcome.said
    assert list(house.staging.iterdir()) == []


def test_a_rehearsal_reads_no_document(house: House, tmp_path: Path) -> None:
    file = tmp_path / "download.zip"
    large.make(file, ROWS)
    kept = house.archive.keep(Content.of_file(file), url=large.URL, dataset="synthetic.large", status=200, origin_kind="fetched",
                              asked_at=datetime(2026, 5, 1, tzinfo=UTC))
    (key,) = house.archive.store.keys("blobs")
    house.archive.store.delete(key)
    document = Rehearsal(house).get(Request(large.URL, "synthetic.large", frozen=True))
    assert (document.fetch, document.content.size) == (kept, file.stat().st_size)


def test_a_figure_of_a_large_document_is_traced_to_its_cell(house: House, tmp_path: Path) -> None:
    file = tmp_path / "download.zip"
    large.make(file, ROWS)
    pipeline.bring(house, file, None)
    con = connect(house.place)
    version, value = con.execute("SELECT version_id, value FROM stats.trade ORDER BY value DESC LIMIT 1").fetchall()[0]
    row = answers.figure_by_id(con, version)
    (key,) = house.archive.store.keys("blobs")
    found = walk(house, row)
    assert (found.file, found.agrees, Decimal(found.printed or "0") * 1000) == (house.archive.store.name(key), True, value)
    assert walk(house, {**row, "locator": f"line {ROWS + 2}"}) == Steps(found.file, None, False)


def test_a_document_that_its_connector_reads_whole_is_traced_to_its_bytes_and_no_further(
        house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "download.zip"
    large.make(file, ROWS)
    pipeline.bring(house, file, None)
    monkeypatch.setattr(large.Large, "read_cell", lambda connector, document, locator: document.body.decode())
    con = connect(house.place)
    (version,) = con.execute("SELECT version_id FROM stats.trade ORDER BY value DESC LIMIT 1").fetchall()[0]
    row = answers.figure_by_id(con, version)
    (key,) = house.archive.store.keys("blobs")
    assert walk(house, row) == Steps(house.archive.store.name(key), None, False)
    house.archive.store.put(key, b"damaged")
    with pytest.raises(LakeDamaged, match=row["sha256"]):
        walk(house, row)
