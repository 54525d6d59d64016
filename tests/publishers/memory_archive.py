"""An archive in memory: what ``warehouse.archive.documents`` promises (``travel.Archive``), without a disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from warehouse.schema.content import Content, Spool
from warehouse.schema.errors import LakeDamaged
from warehouse.schema.travel import Fetch, OriginKind


@dataclass(frozen=True)
class Note:
    """One record of a request that brought no new bytes."""

    url: str
    dataset: str
    asked_at: datetime
    status: int
    outcome: str
    said: str
    sha256: str


class MemoryArchive:
    """Keeps bytes by hash and the records of requests in order."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.fetches: list[Fetch] = []
        self.notes: list[Note] = []
        self._present: dict[str, Fetch] = {}
        self._guard = threading.Lock()

    def urls(self) -> Iterator[str]:
        """All addresses held."""
        with self._guard:
            return iter(tuple(self._present))

    def latest(self, url: str) -> Fetch | None:
        with self._guard:
            return self._present.get(url)

    def read(self, sha256: str) -> bytes:
        body = self.bodies.get(sha256)
        if body is None or hashlib.sha256(body).hexdigest() != sha256:
            raise LakeDamaged(f"the bytes of {sha256} are not what was recorded")
        return body

    def content(self, fetch: Fetch) -> Content:
        return Content(lambda: iter((self.read(fetch.sha256),)), size=fetch.bytes, sha256=fetch.sha256)

    def spool(self) -> Spool:
        return Spool()

    def keep(self, body: bytes | Content, *, url: str, dataset: str, asked_at: datetime, status: int, origin_kind: OriginKind,
             content_type: str = "", etag: str = "", last_modified: str = "", final_url: str = "",
             source_note: str = "", released_at: datetime | None = None, part: bool = False, mapping: str = "") -> Fetch:
        body = Content.of(body).body
        sha256 = hashlib.sha256(body).hexdigest()
        with self._guard:
            present = self._present.get(url)
            if present is not None and present.sha256 == sha256:
                return present
            fetch_id = hashlib.sha256(f"{url}\n{asked_at.isoformat()}\n{sha256}".encode()).hexdigest()
            fetch = Fetch(fetch_id=fetch_id, dataset=dataset, url=url, asked_at=asked_at, status=status, sha256=sha256,
                          bytes=len(body), origin_kind=origin_kind, content_type=content_type, etag=etag,
                          last_modified=last_modified, final_url=final_url, source_note=source_note,
                          released_at=released_at, part=part, mapping=mapping)
            self.bodies[sha256] = body
            self.fetches.append(fetch)
            self._present[url] = fetch
            return fetch

    def note(self, *, url: str, dataset: str, asked_at: datetime, status: int, outcome: str, said: str = "",
             sha256: str = "") -> None:
        with self._guard:
            self.notes.append(Note(url, dataset, asked_at, status, outcome, said, sha256))

    def outcomes(self, url: str) -> list[str]:
        """The outcomes noted for an address, in order."""
        return [note.outcome for note in self.notes if note.url == url]
