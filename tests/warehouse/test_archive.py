"""The archive and its log: bytes verified, requests appended, nothing changed in place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.archive.documents import Archive
from warehouse.archive.journal import Entry, Journal
from warehouse.archive.store import Folder, Log
from warehouse.schema.errors import EntrepotError, LakeDamaged, UsageError
from warehouse.schema.travel import Fetch

AT = datetime(2026, 4, 8, 12, tzinfo=UTC)
URL = "http://publisher.invalid/page"


def keep(archive: Archive, body: bytes, hours: int = 0, url: str = URL) -> Fetch:
    return archive.keep(body, url=url, dataset="d", asked_at=AT + timedelta(hours=hours), status=200, origin_kind="fetched",
                        etag='"1"', content_type="text/html")


def test_bytes_come_back_in_another_process_with_their_record(tmp_path: Path) -> None:
    fetch = keep(Archive(Folder(tmp_path)), b"a page")
    again = Archive(Folder(tmp_path))
    assert again.read(fetch.sha256) == b"a page"
    assert again.latest(URL) == again.fetch(fetch.fetch_id) == fetch
    assert fetch.sha256 == hashlib.sha256(b"a page").hexdigest()


def test_the_same_content_is_stored_once_and_noted_each_time(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path))
    first = keep(archive, b"a page")
    assert keep(archive, b"a page", 1) == first
    assert [record.outcome for record in archive.records()] == ["new", "same"]
    assert archive.last_confirmed(URL, AT + timedelta(hours=2)) == AT + timedelta(hours=1)
    assert archive.last_confirmed(URL, AT) is None


def test_content_that_returns_is_a_fetch_of_its_own(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path))
    ids = [keep(archive, body, hour).fetch_id for hour, body in enumerate((b"A", b"B", b"A"))]
    assert len(set(ids)) == 3
    assert len(list((tmp_path / "blobs").rglob("*.zst"))) == 2
    latest = archive.latest(URL)
    assert latest is not None and latest.fetch_id == ids[2]


@settings(max_examples=40, deadline=None)
@given(body=st.binary(min_size=1, max_size=200), place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_and_the_file_named(tmp_path_factory: pytest.TempPathFactory, body: bytes, place: int, bit: int) -> None:
    root = tmp_path_factory.mktemp("archive")
    fetch = keep(Archive(Folder(root)), body)
    (blob,) = root.rglob("*.zst")
    packed = bytearray(blob.read_bytes())
    packed[place % len(packed)] ^= 1 << bit
    blob.write_bytes(bytes(packed))
    try:
        assert Archive(Folder(root)).read(fetch.sha256) == body  # a bit of the frame's header that changes nothing
    except LakeDamaged as error:
        assert str(blob) in str(error) and "backup" in str(error)


def test_a_truncated_or_missing_blob_is_named(tmp_path: Path) -> None:
    fetch = keep(Archive(Folder(tmp_path)), b"x" * 5000)
    (blob,) = tmp_path.rglob("*.zst")
    blob.write_bytes(blob.read_bytes()[:10])
    with pytest.raises(LakeDamaged, match=blob.name):
        Archive(Folder(tmp_path)).read(fetch.sha256)
    blob.unlink()
    with pytest.raises(LakeDamaged, match="missing"):
        Archive(Folder(tmp_path)).read(fetch.sha256)


def test_a_blob_of_other_content_is_refused(tmp_path: Path) -> None:
    fetch = keep(Archive(Folder(tmp_path)), b"a page")
    (blob,) = tmp_path.rglob("*.zst")
    blob.write_bytes(zstandard.compress(b"another page"))
    with pytest.raises(LakeDamaged, match="does not hash"):
        Archive(Folder(tmp_path)).read(fetch.sha256)


def test_two_processes_write_logs_of_their_own_and_both_are_read(tmp_path: Path) -> None:
    one, other = Archive(Folder(tmp_path)), Archive(Folder(tmp_path))
    keep(one, b"1", 1, URL + "1")
    keep(other, b"2", 0, URL + "2")
    assert [record.url for record in Archive(Folder(tmp_path)).records()] == [URL + "2", URL + "1"]
    assert len(list((tmp_path / "log").rglob("*.jsonl"))) == 2


def test_a_long_run_is_written_in_parts(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path))
    for number in range(Log.PART + 5):
        archive.note(url=URL, dataset="d", asked_at=AT + timedelta(seconds=number), status=304, outcome="not_modified")
    assert len(list((tmp_path / "log").rglob("*.jsonl"))) == 2
    assert len(list(Archive(Folder(tmp_path)).records())) == Log.PART + 5


def test_a_damaged_line_of_the_log_is_named(tmp_path: Path) -> None:
    keep(Archive(Folder(tmp_path)), b"a page")
    (log,) = (tmp_path / "log").rglob("*.jsonl")
    log.write_bytes(log.read_bytes() + b'{"half')
    with pytest.raises(LakeDamaged, match=f"{log.name}, line 2"):
        Archive(Folder(tmp_path)).latest(URL)


def test_an_unknown_fetch_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no fetch nothing"):
        Archive(Folder(tmp_path)).fetch("nothing")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file where a folder should be")
    with pytest.raises(EntrepotError, match="cannot write"):
        keep(Archive(Folder(tmp_path)), b"a page")


def test_held_loads_are_numbered_and_their_decisions_found(tmp_path: Path) -> None:
    journal = Journal(Folder(tmp_path))
    for hour, kind, detail in ((0, "held", {}), (1, "held", {}), (2, "rejected", {"held": 1})):
        journal.add(Entry(at=AT + timedelta(hours=hour), kind=kind, dataset="d", why="because", detail=detail))  # type: ignore[arg-type]
    loads = Journal(Folder(tmp_path)).held()
    assert [(load.number, load.decided is None) for load in loads] == [(1, False), (2, True)]
    with pytest.raises(UsageError, match="no held load 7; waiting: 2"):
        journal.held_load(7)


def test_what_is_asked_of_one_address_looks_at_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backfill of ten thousand documents asks this for each of them."""
    archive = Archive(Folder(tmp_path))
    first, second = keep(archive, b"a page"), keep(archive, b"another", 1)
    keep(archive, b"another", 5)
    for number in range(50):
        keep(archive, b"elsewhere", number, f"{URL}/{number}")
    monkeypatch.setattr(archive, "_load", lambda: NotWalked())
    monkeypatch.setattr(archive, "fetches", lambda: NotWalked())
    assert archive.stood(URL, AT + timedelta(hours=1)) == [first]
    assert archive.stood(URL, AT + timedelta(hours=2)) == [first, second]
    assert archive.last_confirmed(URL, AT + timedelta(hours=5)) == AT + timedelta(hours=1)
    assert archive.last_confirmed(URL, AT + timedelta(hours=6)) == AT + timedelta(hours=5)
    assert archive.last_confirmed(URL, AT) is None and archive.stood("http://publisher.invalid/none", AT) == []
    assert archive.brought("d") and not archive.brought("e")


def test_what_another_process_kept_is_found_and_nothing_stands_twice(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path))
    first = keep(archive, b"a page")
    theirs = keep(Archive(Folder(tmp_path)), b"another", 1)
    assert archive.fetch(theirs.fetch_id) == theirs
    assert archive.stood(URL, AT + timedelta(hours=2)) == [first, theirs]
    assert archive.last_confirmed(URL, AT + timedelta(hours=2)) == AT + timedelta(hours=1)


class NotWalked:
    """Stands for every record: whoever walks through them all fails."""

    def __iter__(self) -> Iterator[Fetch]:
        raise AssertionError("every record was looked at")


def test_held_loads_are_counted_anew_when_one_comes_or_is_decided_and_not_for_each_document(tmp_path: Path) -> None:
    journal = Journal(Folder(tmp_path))
    journal.add(Entry(at=AT, kind="held", dataset="d", why="odd"))
    (one,) = before = journal.held()
    assert one.number == 1 and one.decided is None
    journal.add(Entry(at=AT + timedelta(hours=1), kind="outcome", dataset="d", result="no_change"))
    assert journal.held() is before
    journal.add(Entry(at=AT + timedelta(hours=2), kind="rejected", dataset="d", by="a person", detail={"held": 1}))
    journal.add(Entry(at=AT + timedelta(hours=3), kind="held", dataset="d", why="odd again"))
    assert [(load.number, load.decided and load.decided.kind) for load in journal.held()] == [(1, "rejected"), (2, None)]
    assert journal.held() == Journal(Folder(tmp_path)).held()
