"""Bodies larger than the client's memory should see: over real HTTP, into a real archive in a folder and on an object store."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.http.client import HttpClient
from connectors.http.transport import TimeLimits
from tests import servers
from tests.publishers import Fault, Publishers, quick_client
from warehouse.archive.documents import Archive
from warehouse.archive.objects import Access, ObjectStore
from warehouse.archive.store import Folder
from warehouse.schema.errors import EntrepotError, Forbidden, Incomplete, LakeDamaged, TooLarge, Unavailable
from warehouse.schema.travel import Document, Request

MIB = 1024 * 1024
URL = "https://bulk.example.org/trade_2024.csv"
ASK = Request(URL, "synthetic.bulk", content_types=("text/csv",), landmarks=("reporter",), max_bytes=256 * MIB)
SECRET = "a-key-of-ours-0123456789"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 MiB of a table."""
    chance = random.Random(3)
    lines = b"".join(b"MYS,CHN,271121,%d\n" % chance.randrange(10**12) for _ in range(40_000))
    file = tmp_path_factory.mktemp("table") / "table.csv"
    with file.open("wb") as out:
        out.write(b"reporter,partner,product,value\n")
        while out.tell() < 48 * MIB:
            out.write(lines)
    return file


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        yield running


@pytest.fixture(params=["folder", "objects"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    store: Folder | ObjectStore = Folder(tmp_path / "archive")
    if request.param == "objects":
        server: servers.ObjectStore = request.getfixturevalue("objects")
        store = ObjectStore(f"s3://{servers.BUCKET}/{tmp_path.name}", Access(server.endpoint, key=servers.KEY, secret=servers.SECRET))
    return Archive(store, scratch=tmp_path / "staging")


@pytest.fixture
def folder_archive(tmp_path: Path) -> Archive:
    return Archive(Folder(tmp_path / "archive"), scratch=tmp_path / "staging")


def client(publishers: Publishers, archive: Archive, tmp_path: Path, secrets: tuple[str, ...] = ()) -> HttpClient:
    """A busy machine packs megabytes slowly: nothing here is about time."""
    return quick_client(publishers, archive, tmp_path / "locks", secrets=secrets, budget=200.0, limits=TimeLimits(30.0, 60.0, 120.0))


def digest(document: Document) -> str:
    with document.open() as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def nothing_left(archive: Archive, tmp_path: Path) -> bool:
    return not archive.store.keys("blobs") and not archive.fetches() and not list((tmp_path / "staging").glob("*"))


def test_a_large_body_is_kept_whole_in_little_memory(publishers, archive, tmp_path, table):
    publishers.serve_file(URL, table, "text/csv")
    asking = client(publishers, archive, tmp_path)
    asking.ask(Request("https://bulk.example.org/warm-up", "synthetic.bulk"))
    tracemalloc.start()
    try:
        document = asking.get(ASK)
        sha256 = digest(document)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    with table.open("rb") as file:
        assert sha256 == document.fetch.sha256 == hashlib.file_digest(file, "sha256").hexdigest()
    assert document.fetch.bytes == table.stat().st_size
    assert peak < 24 * MIB
    assert list((tmp_path / "staging").iterdir()) == []
    assert digest(Archive(archive.store).document(document.fetch.fetch_id)) == sha256


def test_a_body_packed_on_the_way_is_kept_unpacked(publishers, folder_archive, tmp_path, table):
    body = table.read_bytes()[:3 * MIB]
    publishers.serve(URL, body, "text/csv")
    publishers.fault(URL, Fault.gzipped(members=3))
    document = client(publishers, folder_archive, tmp_path).get(ASK)
    assert document.body == body


def broken_blob(archive: Archive) -> None:
    (key,) = archive.store.keys("blobs")
    archive.store.put(key, b"nobody can read this")


@pytest.mark.parametrize("how", ["not modified", "the same bytes", "frozen", "a second caller"])
def test_what_is_unchanged_is_not_unpacked(publishers, archive, tmp_path, table, how):
    publishers.serve_file(URL, table, "text/csv", etag='"v1"' if how == "not modified" else "")
    asking = client(publishers, archive, tmp_path)
    first = asking.get(ASK)
    broken_blob(archive)
    if how != "a second caller":
        asking = client(publishers, archive, tmp_path)
    again = asking.get(Request(URL, ASK.dataset, max_bytes=ASK.max_bytes, frozen=how == "frozen"))
    assert again.fetch == first.fetch
    assert {"not modified": "not_modified", "the same bytes": "same"}.get(how, "new") == list(archive.records())[-1].outcome
    with pytest.raises(LakeDamaged, match="restore it from a backup"):
        again.open().read()


def test_a_body_that_grows_past_its_limit_is_refused_and_leaves_nothing(publishers, archive, tmp_path, table):
    publishers.serve(URL, table.read_bytes()[:3 * MIB], "text/csv")
    publishers.fault(URL, Fault.gzipped())
    error = client(publishers, archive, tmp_path).ask(Request(URL, ASK.dataset, max_bytes=2 * MIB))
    assert isinstance(error, TooLarge)
    assert nothing_left(archive, tmp_path)


def test_a_body_that_breaks_off_leaves_nothing(publishers, folder_archive, tmp_path, table):
    publishers.serve(URL, table.read_bytes()[:6 * MIB], "text/csv")
    publishers.fault(URL, Fault.truncated(5 * MIB))
    assert isinstance(client(publishers, folder_archive, tmp_path).ask(ASK), Unavailable)
    assert nothing_left(folder_archive, tmp_path)


@pytest.mark.parametrize("place", [MIB - 7, 3 * MIB - 12, 6 * MIB - len(SECRET)])
def test_a_secret_anywhere_in_a_large_body_is_seen(publishers, folder_archive, tmp_path, table, place):
    body = bytearray(table.read_bytes()[:6 * MIB])
    body[place:place + len(SECRET)] = SECRET.encode()
    publishers.serve(URL, bytes(body), "text/csv")
    error = client(publishers, folder_archive, tmp_path, secrets=(SECRET,)).ask(ASK)
    assert isinstance(error, Forbidden) and "secret" in error.said
    assert nothing_left(folder_archive, tmp_path)


def test_a_landmark_may_stand_at_the_end_of_a_large_body(publishers, folder_archive, tmp_path):
    body = os.urandom(3 * MIB) + b"END OF TABLE"
    publishers.serve(URL, body, "text/csv")
    asking = client(publishers, folder_archive, tmp_path)
    assert asking.get(Request(URL, ASK.dataset, landmarks=("end of table",))).body == body
    publishers.serve(URL + "x", body[:-1], "text/csv")
    assert isinstance(asking.ask(Request(URL + "x", ASK.dataset, landmarks=("end of table",))), Incomplete)


def test_a_full_disk_is_our_trouble_and_not_the_publishers(publishers, folder_archive, tmp_path, table, monkeypatch):
    def full(dir):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    publishers.serve_file(URL, table, "text/csv")
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(EntrepotError, match="No space left on device") as caught:
        client(publishers, folder_archive, tmp_path).ask(ASK)
    assert not isinstance(caught.value, Unavailable)
    assert len(publishers.asked(URL)) == 1
    assert nothing_left(folder_archive, tmp_path)


def test_a_large_body_of_another_archive_is_copied_as_it_is(folder_archive, tmp_path, table):
    upstream = Archive(Folder(tmp_path / "upstream"))
    body = gzip.compress(table.read_bytes()[:12 * MIB], 1)
    kept = upstream.keep(body, url=URL, dataset="synthetic.bulk", asked_at=datetime(2026, 5, 1, tzinfo=UTC), status=200,
                         origin_kind="reconstructed")
    asking = HttpClient(folder_archive, contact="", version="0", upstream=upstream)
    assert digest(asking.get(Request(URL, "synthetic.bulk"))) == kept.sha256

