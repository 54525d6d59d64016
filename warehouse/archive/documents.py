"""The source of truth: the bytes that publishers gave, content-addressed, and a log of every request.

Outcomes and human decisions are in ``journal``; what was made of the bytes is in the lake, which is derived.
Layout: ``blobs/ab/<sha256>.zst`` and ``log/<year>/<run>-<part>.jsonl``, written through ``store``.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import zstandard

from warehouse.archive.store import Log, Store, Timed
from warehouse.schema.content import MOST_WHOLE, PART, Content, Spool, stream_of
from warehouse.schema.errors import EntrepotError, LakeDamaged, TooLarge, UsageError
from warehouse.schema.travel import Document, Fetch, OriginKind

BROUGHT = "new"
CONFIRMED = frozenset({BROUGHT, "same", "not_modified"})
"""Outcomes of requests that show what an address holds now."""
LARGEST = 64 * 1024**3
"""No blob unpacks to more; a frame that does is damaged."""
LARGE = 8 * 1024**2
"""Bytes from which packing well takes longer than it is worth: a gigabyte of CSV took 8 s of processor time at level 3 and 71 s at
level 10, for a tenth less (2026-11-29)."""
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd", b"%PDF", b"\x89PNG",
           b"\xff\xd8\xff", b"PAR1")
"""How bytes begin that do not get smaller."""


class LogRecord(Timed, frozen=True, omit_defaults=True):
    """One request, or one file a person brought."""

    url: str
    dataset: str
    status: int
    outcome: str
    """new, same, not_modified, robots:…, or the name of an error."""
    said: str = ""
    fetch_id: str = ""
    sha256: str = ""
    bytes: int = 0
    origin_kind: OriginKind = "fetched"
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    final_url: str = ""
    source_note: str = ""
    released_at: datetime | None = None
    part: bool = False
    mapping: str = ""

    def fetch(self) -> Fetch:
        return Fetch(fetch_id=self.fetch_id, dataset=self.dataset, url=self.url, asked_at=self.at, status=self.status,
                     sha256=self.sha256, bytes=self.bytes, origin_kind=self.origin_kind, content_type=self.content_type,
                     etag=self.etag, last_modified=self.last_modified, final_url=self.final_url,
                     source_note=self.source_note, released_at=self.released_at, part=self.part, mapping=self.mapping)


def fetch_id(url: str, asked_at: datetime, sha256: str) -> str:
    """Hash of address, time and content (MODEL: content alone would collide on A → B → A)."""
    return hashlib.sha256(f"{url}\n{asked_at.astimezone(UTC).isoformat()}\n{sha256}".encode()).hexdigest()[:24]


def _blob(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}.zst"


class Archive:
    """Bytes and requests in a store. Safe for the threads of one process; processes add objects of their own."""

    def __init__(self, store: Store, run: str | None = None, scratch: Path | None = None) -> None:
        """``run`` names the log objects of this process; a time and a random part where none is given.

        ``scratch`` is the folder for bytes on their way in and for documents that a library needs as a file; the system's own where
        none is given.
        """
        self.store = store
        self._scratch = scratch
        self._log = Log(store, "log", LogRecord, run)
        self._lock = threading.RLock()
        self._records: list[LogRecord] | None = None
        self._latest: dict[str, Fetch] = {}
        self._fetches: dict[str, Fetch] = {}
        self._last: dict[str, LogRecord] = {}
        self._stood: defaultdict[str, dict[str, Fetch]] = defaultdict(dict)
        self._confirmed: defaultdict[str, set[datetime]] = defaultdict(set)
        self._datasets: set[str] = set()

    def _load(self) -> list[LogRecord]:
        with self._lock:
            if self._records is None:
                self._records = []
                for record in self._log.records():
                    self._index(record)
            return self._records

    def look_again(self) -> None:
        """Take in what other processes noted and kept since."""
        with self._lock:
            if self._records is None:
                self._load()
                return
            for record in self._log.newer():
                self._index(record)

    def _index(self, record: LogRecord) -> None:
        assert self._records is not None
        self._records.append(record)
        self._last[record.url] = record
        if record.outcome == BROUGHT:
            fetch = record.fetch()
            self._latest[record.url] = self._fetches[record.fetch_id] = fetch
            self._stood[record.url][record.fetch_id] = fetch
            self._datasets.add(record.dataset)
        if record.outcome in CONFIRMED:
            self._confirmed[record.url].add(record.at)

    def records(self) -> Iterable[LogRecord]:
        """Every request, in order of time."""
        return tuple(self._load())

    def urls(self) -> list[str]:
        """Addresses that are held, sorted."""
        self._load()
        return sorted(self._latest)

    def latest(self, url: str) -> Fetch | None:
        """The first answer of the content an address has now, or None."""
        self._load()
        return self._latest.get(url)

    def last(self, url: str) -> LogRecord | None:
        """The newest request for an address, whatever came of it."""
        self._load()
        return self._last.get(url)

    def fetch(self, wanted: str) -> Fetch:
        """The record of a fetch id; raises UsageError when the archive has none."""
        self._load()
        if wanted not in self._fetches:
            with self._lock:
                self._records = None  # another process may have kept it since
                self._load()
        try:
            return self._fetches[wanted]
        except KeyError:
            raise UsageError(f"the archive has no fetch {wanted}") from None

    def document(self, wanted: str) -> Document:
        """A fetch with its bytes, which are read when they are asked for."""
        fetch = self.fetch(wanted)
        return Document(fetch, self.content(fetch))

    def fetches(self) -> list[Fetch]:
        """Every answer that brought bytes, in order of time."""
        self._load()
        return sorted(self._fetches.values(), key=lambda fetch: (fetch.asked_at, fetch.fetch_id))

    def stood(self, url: str, before: datetime) -> list[Fetch]:
        """Every answer that brought bytes of an address before a moment, in order of time. Of no other address is anything looked at."""
        self._load()
        return sorted((fetch for fetch in self._stood.get(url, {}).values() if fetch.asked_at < before),
                      key=lambda fetch: (fetch.asked_at, fetch.fetch_id))

    def brought(self, dataset: str) -> bool:
        """Whether any answer ever brought bytes for a dataset."""
        self._load()
        return dataset in self._datasets

    def last_confirmed(self, url: str, before: datetime) -> datetime | None:
        """The last answer of an address before a moment: until then, what stood there was still what we held."""
        self._load()
        return max((at for at in self._confirmed.get(url, ()) if at < before), default=None)

    def content(self, fetch: Fetch) -> Content:
        """The bytes of a fetch, read and proved when they are asked for."""
        return Content(partial(self.parts, fetch.sha256), size=fetch.bytes, sha256=fetch.sha256, scratch=self._scratch)

    def parts(self, sha256: str) -> Iterator[bytes]:
        """The bytes of a hash, a part at a time, verified at their end; raises LakeDamaged naming the file."""
        key = _blob(sha256)
        name, mend = self.store.name(key), "restore it from a backup"
        digest, size = hashlib.sha256(), 0
        try:
            unpacking = zstandard.ZstdDecompressor().stream_reader(stream_of(self.store.chunks(key)))
            while part := unpacking.read(PART):
                digest.update(part)
                size += len(part)
                if size > LARGEST:
                    raise LakeDamaged(f"{name} is damaged (it unpacks to more than {LARGEST:,} bytes): {mend}")
                yield part
        except KeyError:
            raise LakeDamaged(f"{name} is missing: {mend}") from None
        except zstandard.ZstdError as error:
            raise LakeDamaged(f"{name} is damaged ({error}): {mend}") from error
        if digest.hexdigest() != sha256:
            raise LakeDamaged(f"{name} does not hash to its name: {mend}")

    def read(self, sha256: str) -> bytes:
        """The same as one. Raises TooLarge above 64 MiB."""
        with stream_of(self.parts(sha256)) as stream:
            body = stream.read(MOST_WHOLE + 1)
        if len(body) > MOST_WHOLE:
            raise TooLarge(f"{self.store.name(_blob(sha256))} unpacks to more than the {MOST_WHOLE:,} bytes that are taken at once")
        return body

    def prove(self, sha256: str) -> int:
        """Read the bytes of a hash to their end; how many there are. Raises LakeDamaged naming the file."""
        return sum(map(len, self.parts(sha256)))

    def spool(self) -> Spool:
        """Where bytes on their way in are written before they are kept."""
        return Spool(self._scratch)

    def keep(self, body: bytes | Content, *, url: str, dataset: str, asked_at: datetime, status: int, origin_kind: OriginKind,
             content_type: str = "", etag: str = "", last_modified: str = "", final_url: str = "",
             source_note: str = "", released_at: datetime | None = None, part: bool = False, mapping: str = "") -> Fetch:
        """Store bytes, then the record of the request. The same content again is noted as such and stored once."""
        content = Content.of(body)
        sha256 = content.sha256
        held = self.latest(url)
        # Outside the lock: other threads note their answers while a large one is packed.
        if not (held and held.sha256 == sha256) and not self.store.exists(_blob(sha256)):
            self._store(content)
        with self._lock:
            held = self.latest(url)
            if held and held.sha256 == sha256:
                self.note(url=url, dataset=dataset, asked_at=asked_at, status=status, outcome="same", sha256=sha256)
                return held
            record = LogRecord(at=asked_at, url=url, dataset=dataset, status=status, outcome=BROUGHT,
                               fetch_id=fetch_id(url, asked_at, sha256), sha256=sha256, bytes=content.size,
                               origin_kind=origin_kind, content_type=content_type, etag=etag, last_modified=last_modified,
                               final_url="" if final_url == url else final_url, source_note=source_note,
                               released_at=released_at, part=part, mapping=mapping)
            self._log.append(record)
            self._index(record)
            return record.fetch()

    def _store(self, content: Content) -> None:
        if content.size < LARGE:
            self.store.put(_blob(content.sha256), b"".join(_packed(content)))
        else:
            self.store.put_parts(_blob(content.sha256), _packed(content))

    def note(self, *, url: str, dataset: str, asked_at: datetime, status: int, outcome: str, said: str = "",
             sha256: str = "") -> None:
        """Record a request that brought no new bytes."""
        with self._lock:
            self._load()
            record = LogRecord(at=asked_at, url=url, dataset=dataset, status=status, outcome=outcome, said=said, sha256=sha256)
            self._log.append(record)
            self._index(record)


def _packed(content: Content) -> Iterator[bytes]:
    """A content as a zstd frame, a part at a time. Raises EntrepotError where it is no longer what it was named for."""
    level = 1 if content.head.startswith(_PACKED) else 3 if content.size >= LARGE else 10
    packing = zstandard.ZstdCompressor(level=level).compressobj(size=content.size)
    digest, size = hashlib.sha256(), 0
    for part in content.parts():
        digest.update(part)
        size += len(part)
        if size > content.size:
            break
        if packed := packing.compress(part):
            yield packed
    if size != content.size or digest.hexdigest() != content.sha256:
        raise EntrepotError("the file changed while it was read, and nothing of it is kept: give it again when it is whole")
    yield packing.flush()
