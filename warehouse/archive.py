"""The source of truth: the bytes that publishers gave, content-addressed, and a log of every request.

Outcomes and human decisions are in ``journal``; what was made of the bytes is in the lake, which is derived.
Layout: ``blobs/ab/<sha256>.zst`` and ``log/<year>/<run>-<part>.jsonl``, written through ``store``.
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import zstandard

from warehouse.schema.errors import LakeDamaged, UsageError
from warehouse.schema.travel import Document, Fetch, OriginKind
from warehouse.store import Log, Store, Timed

BROUGHT = "new"
CONFIRMED = frozenset({BROUGHT, "same", "not_modified"})
"""Outcomes of requests that show what an address holds now."""
LARGEST = 4 * 1024**3
"""No blob is larger; a frame that claims to be is damaged."""


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

    def fetch(self) -> Fetch:
        return Fetch(fetch_id=self.fetch_id, dataset=self.dataset, url=self.url, asked_at=self.at, status=self.status,
                     sha256=self.sha256, bytes=self.bytes, origin_kind=self.origin_kind, content_type=self.content_type,
                     etag=self.etag, last_modified=self.last_modified, final_url=self.final_url,
                     source_note=self.source_note, released_at=self.released_at, part=self.part)


def fetch_id(url: str, asked_at: datetime, sha256: str) -> str:
    """Hash of address, time and content (MODEL: content alone would collide on A → B → A)."""
    return hashlib.sha256(f"{url}\n{asked_at.astimezone(UTC).isoformat()}\n{sha256}".encode()).hexdigest()[:24]


def _blob(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}.zst"


class Archive:
    """Bytes and requests in a store. Safe for the threads of one process; processes add objects of their own."""

    def __init__(self, store: Store, run: str | None = None) -> None:
        """``run`` names the log objects of this process; a time and a random part where none is given."""
        self.store = store
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
        """A fetch with its bytes."""
        fetch = self.fetch(wanted)
        return Document(fetch, self.read(fetch.sha256))

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

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash, verified; raises LakeDamaged naming the file."""
        key = _blob(sha256)
        try:
            packed = self.store.get(key)
        except KeyError:
            raise LakeDamaged(f"{self.store.name(key)} is missing: restore it from a backup") from None
        try:
            body = zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise LakeDamaged(f"{self.store.name(key)} is damaged ({error}): restore it from a backup") from error
        if hashlib.sha256(body).hexdigest() != sha256:
            raise LakeDamaged(f"{self.store.name(key)} does not hash to its name: restore it from a backup")
        return body

    def keep(self, body: bytes, *, url: str, dataset: str, asked_at: datetime, status: int, origin_kind: OriginKind,
             content_type: str = "", etag: str = "", last_modified: str = "", final_url: str = "",
             source_note: str = "", released_at: datetime | None = None, part: bool = False) -> Fetch:
        """Store bytes, then the record of the request. The same content again is noted as such and stored once."""
        sha256 = hashlib.sha256(body).hexdigest()
        with self._lock:
            held = self.latest(url)
            if held and held.sha256 == sha256:
                self.note(url=url, dataset=dataset, asked_at=asked_at, status=status, outcome="same", sha256=sha256)
                return held
            if not self.store.exists(_blob(sha256)):
                self.store.put(_blob(sha256), zstandard.ZstdCompressor(level=10).compress(body))
            record = LogRecord(at=asked_at, url=url, dataset=dataset, status=status, outcome=BROUGHT,
                               fetch_id=fetch_id(url, asked_at, sha256), sha256=sha256, bytes=len(body),
                               origin_kind=origin_kind, content_type=content_type, etag=etag, last_modified=last_modified,
                               final_url="" if final_url == url else final_url, source_note=source_note,
                               released_at=released_at, part=part)
            self._log.append(record)
            self._index(record)
            return record.fetch()

    def note(self, *, url: str, dataset: str, asked_at: datetime, status: int, outcome: str, said: str = "",
             sha256: str = "") -> None:
        """Record a request that brought no new bytes."""
        with self._lock:
            self._load()
            record = LogRecord(at=asked_at, url=url, dataset=dataset, status=status, outcome=outcome, said=said, sha256=sha256)
            self._log.append(record)
            self._index(record)
