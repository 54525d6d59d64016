"""Bytes at rest: streamed, hashed as they come, read when somebody asks, and never half believed."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from warehouse.archive.documents import LARGE, Archive
from warehouse.archive.objects import Access, ObjectStore
from warehouse.archive.store import Folder, Store
from warehouse.schema.content import HEAD_BYTES, IN_MEMORY, MOST_WHOLE, Content, Spool
from warehouse.schema.errors import EntrepotError, LakeDamaged, TooLarge, Unreachable, UsageError
from warehouse.schema.travel import Document, Fetch

AT = datetime(2026, 4, 8, 12, tzinfo=UTC)
MIB = 1024 * 1024
LINE = b"2026-04,MYS,CHN,271121,%012d\n"


def large(size: int) -> bytes:
    """Bytes that zstd makes smaller, but not to nothing."""
    return b"".join(LINE % (number * 7919 % 1_000_003) for number in range(size // len(LINE % 0) + 1))[:size]


def keep(archive: Archive, body: bytes | Content, url: str = "http://synthetic.invalid/") -> Fetch:
    return archive.keep(body, url=url, dataset="synthetic.one", asked_at=AT, status=200, origin_kind="fetched")


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A folder, and a real object store."""
    if request.param == "folder":
        return Folder(tmp_path / "archive")
    server: servers.ObjectStore = request.getfixturevalue("objects")
    return ObjectStore(f"s3://{servers.BUCKET}/{tmp_path.name}", Access(server.endpoint, key=servers.KEY, secret=servers.SECRET))


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, 3 * LARGE + 1])
def test_a_content_of_any_size_comes_back(store: Store, tmp_path: Path, size: int) -> None:
    body = large(size)
    archive = Archive(store, scratch=tmp_path / "staging")
    spool = archive.spool()
    for at in range(0, size, 65_536):
        spool.write(body[at:at + 65_536])
    content = spool.content()
    assert (content.size, content.sha256) == (size, hashlib.sha256(body).hexdigest())
    fetch = keep(archive, content)
    content.close()
    document = Archive(store, scratch=tmp_path / "staging").document(fetch.fetch_id)
    assert document.body == body
    assert document.content.head == body[:HEAD_BYTES]
    with document.open() as stream:
        assert stream.read(100) + stream.read() == body
    with document.content.path() as path:
        assert path.read_bytes() == body
        assert path.is_relative_to(tmp_path / "staging")
    assert not list((tmp_path / "staging").glob("*"))
    assert list(store.sizes()) == [key for key in store.sizes() if key.startswith(("blobs/", "log/"))]
    assert len([key for key in store.sizes() if key.startswith("blobs/")]) == 1


def test_a_large_content_goes_through_in_little_memory(tmp_path: Path) -> None:
    block = os.urandom(MIB // 2) + bytes(MIB // 2)
    archive = Archive(Folder(tmp_path / "archive"), scratch=tmp_path)
    tracemalloc.start()
    try:
        spool = archive.spool()
        for number in range(200):
            spool.write(block[number:] + block[:number])
        content = spool.content()
        assert not content.contains([b"no such text at all"])
        fetch = keep(archive, content)
        with archive.document(fetch.fetch_id).open() as stream:
            assert sum(len(part) for part in iter(lambda: stream.read(MIB), b"")) == 200 * MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 * MIB


def test_nothing_is_unpacked_before_somebody_asks(tmp_path: Path) -> None:
    fetch = keep(Archive(Folder(tmp_path)), b"a page")
    (blob,) = tmp_path.rglob("*.zst")
    blob.write_bytes(b"damaged")
    archive = Archive(Folder(tmp_path))
    document = archive.document(fetch.fetch_id)
    assert (document.content.size, document.content.sha256) == (6, fetch.sha256)
    assert keep(archive, document.content) == fetch  # the same again: its hash says so
    with pytest.raises(LakeDamaged, match=blob.name):
        _ = document.body


@pytest.mark.parametrize("size", [1000, 2 * LARGE])
@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "gone", "other"])
def test_damage_is_named_before_the_stream_ends(store: Store, tmp_path: Path, size: int, damage: str) -> None:
    archive = Archive(store, scratch=tmp_path)
    fetch = keep(archive, os.urandom(size))
    (key,) = store.keys("blobs")
    packed = store.get(key)
    store.delete(key)
    if damage != "gone":
        middle = len(packed) // 2
        store.put(key, {"flip": packed[:middle] + bytes([packed[middle] ^ 1]) + packed[middle + 1:], "cut": packed[:-40],
                        "grow": packed + b"more", "other": store_of(tmp_path, bytes(size))}[damage])
    document = archive.document(fetch.fetch_id)
    for read in (lambda: document.open().read(), lambda: document.body, lambda: archive.prove(fetch.sha256),
                 lambda: archive.read(fetch.sha256),
                 lambda: document.content.path().__enter__()):
        with pytest.raises(LakeDamaged, match=f"{fetch.sha256}.*backup"):
            read()
    assert not list(tmp_path.glob("content-*"))


def store_of(tmp_path: Path, body: bytes) -> bytes:
    """Another document's blob."""
    other = Archive(Folder(tmp_path / "other"))
    keep(other, body)
    return next((tmp_path / "other").rglob("*.zst")).read_bytes()


def test_parts_that_end_in_an_error_leave_nothing(store: Store) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(20):
            yield os.urandom(MIB)
        raise LakeDamaged("the source is damaged")

    with pytest.raises(LakeDamaged, match="the source is damaged"):
        store.put_parts("blobs/ab/abc.zst", parts())
    assert not store.exists("blobs/ab/abc.zst")
    if isinstance(store, Folder):
        assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_store_that_does_not_answer_is_named_and_not_the_parts() -> None:
    nowhere = ObjectStore("s3://bucket/prefix", Access(f"http://127.0.0.1:{servers.free_port()}", key="k", secret="s"))
    with pytest.raises(Unreachable, match="does not answer"):
        nowhere.put_parts("blobs/ab/abc.zst", iter([bytes(MIB)] * 20))


def test_a_file_that_changes_while_it_is_kept_is_not_kept(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "growing.csv"
    for change in (lambda: file.write_bytes(large(2 * LARGE) + b"more"), lambda: file.write_bytes(large(2 * LARGE - 9)),
                   lambda: file.write_bytes(large(2 * LARGE)[::-1])):
        file.write_bytes(large(2 * LARGE))
        content = Content.of_file(file)
        assert content.sha256
        change()
        archive = Archive(store)
        with pytest.raises(EntrepotError, match="changed while it was read"):
            keep(archive, content)
        assert store.keys("blobs") == [] and list(archive.records()) == []
    file.unlink()
    with pytest.raises(UsageError, match=r"growing\.csv cannot be read"):
        keep(Archive(store), content)


def test_a_large_document_is_refused_as_one_and_read_as_a_stream() -> None:
    def parts() -> Iterator[bytes]:
        yield from (bytes(MIB) for _ in range(65))

    document = Document(Fetch("f", "synthetic.one", "http://x/", AT, 200, "s", 65 * MIB, "fetched"), Content(parts, size=65 * MIB))
    with pytest.raises(TooLarge, match=f"{65 * MIB:,} bytes.*{MOST_WHOLE:,}"):
        _ = document.body
    with document.open() as stream:
        assert sum(len(part) for part in iter(lambda: stream.read(MIB), b"")) == 65 * MIB
    with document.content.seekable() as file:
        file.seek(-3, io.SEEK_END)
        assert file.read() == b"\0\0\0"


@given(st.lists(st.binary(max_size=12), max_size=8), st.lists(st.binary(min_size=1, max_size=6), max_size=3), st.booleans())
def test_a_text_is_found_across_parts(parts: list[bytes], texts: list[bytes], any_case: bool) -> None:
    body = b"".join(parts)
    seen = Content(lambda: iter(parts), size=len(body)).contains(texts, any_case=any_case)
    assert seen == any((text.lower() in body.lower()) if any_case else (text in body) for text in texts)


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(1, 20))
def test_a_stream_is_its_parts(parts: list[bytes], step: int) -> None:
    body = b"".join(parts)
    with Content(lambda: iter(parts), size=len(body)).open() as stream:
        assert b"".join(iter(lambda: stream.read(step), b"")) == body


def test_a_spools_file_has_no_name_and_is_gone_with_its_content(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "staging")
    spool.write(bytes(IN_MEMORY))
    assert not (tmp_path / "staging").exists()
    spool.write(b"more")
    assert list((tmp_path / "staging").iterdir()) == []  # so nothing is left of it whatever happens
    content = spool.content()
    spool.close()
    assert content.body == bytes(IN_MEMORY) + b"more" == b"".join(content.parts())


def test_a_full_disk_is_said_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", lambda dir: Full())
    spool = Spool(tmp_path)
    with pytest.raises(EntrepotError, match=rf"cannot write to {tmp_path}: No space left on device\. Free space"):
        for _ in range(4):
            spool.write(bytes(IN_MEMORY))


def test_what_killed_writers_left_half_written_is_swept_after_a_day(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    archive = Archive(store)
    fetch = keep(archive, b"a page")
    (blob,) = tmp_path.rglob("*.zst")
    old, new, foreign = (blob.with_name(name) for name in (f".{blob.name}.0123abcd", f".{blob.name}.89ab0123", ".hidden"))
    for path in (old, new, foreign, blob):
        path.write_bytes(path.read_bytes() if path == blob else b"half")
        if path != new:
            os.utime(path, (0, 0))
    store.sweep()
    assert (old.exists(), new.exists(), foreign.exists()) == (False, True, True)
    assert archive.document(fetch.fetch_id).body == b"a page"
