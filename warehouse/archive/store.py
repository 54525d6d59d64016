"""Where bytes are kept: put whole objects, read them, list them. A folder here; the same calls on an object store are ``objects``.

Objects are never changed in place. An append-only log is kept as objects of its own, one per run and part, so that a
folder and an object store work alike (``Log``). What the bytes mean lives in ``archive`` and ``journal``.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec

from warehouse.archive import disk
from warehouse.schema.errors import EntrepotError, LakeDamaged

_ASIDE = re.compile(r"\..+\.[0-9a-f]{8}")
ABANDONED_AFTER_S = 86_400.0
"""Age of a half-written file that nobody can be about to finish."""


class Timed(msgspec.Struct, frozen=True):
    """A record with the time that orders it."""

    at: datetime


Record = TypeVar("Record", bound=Timed)


class Store(Protocol):
    """Whole objects under keys such as ``blobs/ab/abcd.zst``."""

    def put(self, key: str, body: bytes) -> None:
        """Store durably: after this returns, a crash loses nothing of it, and no reader ever sees half of it."""
        ...

    def get(self, key: str) -> bytes:
        """The bytes; raises KeyError."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self, prefix: str) -> list[str]:
        """Keys below a prefix, sorted."""
        ...

    def holds(self, prefix: str) -> bool:
        """Whether there is anything below a prefix."""
        ...

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Bytes of every object below a prefix by its key."""
        ...

    def chunks(self, key: str) -> Iterator[bytes]:
        """The bytes, a part at a time; raises KeyError."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Store a file, as ``put`` does, without reading it whole."""
        ...

    def put_parts(self, key: str, parts: Iterator[bytes]) -> None:
        """Store what comes a part at a time, as ``put`` does. Where the parts end in an error, it is raised and nothing is stored."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is gone is gone."""
        ...

    def sweep(self) -> None:
        """Remove what killed writers left half written, which nobody ever sees."""
        ...

    def name(self, key: str) -> str:
        """How a person finds the object: a path or an address."""
        ...


class Folder:
    """A store in a folder: write aside, fsync, rename, fsync the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, body: bytes) -> None:
        self.put_parts(key, iter((body,)))

    def put_file(self, key: str, path: Path) -> None:
        self.put_parts(key, _parts(path))

    def put_parts(self, key: str, parts: Iterator[bytes]) -> None:
        path = self.root / key
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with aside.open("wb") as out:
                for part in parts:
                    out.write(part)
                out.flush()
                os.fsync(out.fileno())
            aside.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            raise EntrepotError(f"cannot write {path}: {disk.why(error)}. Free space or permissions there, then run again; "
                                "nothing stored was changed.") from error
        finally:
            with suppress(OSError):
                aside.unlink()  # it is there only where it was not finished

    def get(self, key: str) -> bytes:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def exists(self, key: str) -> bool:
        return (self.root / key).exists()

    def keys(self, prefix: str) -> list[str]:
        base = self.root / prefix
        if not base.is_dir():
            return []
        return sorted(str(path.relative_to(self.root)) for path in base.rglob("*")
                      if path.is_file() and not path.name.startswith("."))

    def holds(self, prefix: str) -> bool:
        return any(path.is_file() and not path.name.startswith(".") for path in (self.root / prefix).rglob("*"))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        return {key: (self.root / key).stat().st_size for key in self.keys(prefix)}

    def chunks(self, key: str) -> Iterator[bytes]:
        try:
            yield from _parts(self.root / key)
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def delete(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)

    def sweep(self) -> None:
        for path in self.root.rglob(".*"):
            if _ASIDE.fullmatch(path.name):
                with suppress(OSError):  # finished meanwhile
                    if time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
                        path.unlink()

    def name(self, key: str) -> str:
        return str(self.root / key)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while part := source.read(1 << 20):
            yield part


def sync_folder(folder: Path) -> None:
    """Make a rename inside a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Log(Generic[Record]):
    """An append-only log of records in a store, ordered by their time ``at``.

    A run writes objects of its own, at most ``PART`` records each; the last is written anew, whole, at every append.
    """

    PART = 200

    def __init__(self, store: Store, prefix: str, kind: type[Record], run: str | None = None) -> None:
        self._store, self._prefix, self._kind = store, prefix, kind
        self._run = run or f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}"
        self._part: list[bytes] = []
        self._parts = 0
        self._lock = threading.Lock()
        self._read: dict[str, tuple[int, int]] = {}
        """Bytes and lines of every object that was read, or written here, when that was done last."""

    def append(self, *records: Record) -> None:
        """Durable when it returns. Several are written at once, part by part; a few, all or none."""
        with self._lock:
            waiting = [msgspec.json.encode(record) for record in records]
            if len(waiting) <= self.PART < len(self._part) + len(waiting):
                self._part, self._parts = [], self._parts + 1
            while waiting:
                if len(self._part) == self.PART:
                    self._part, self._parts = [], self._parts + 1
                room = self.PART - len(self._part)
                lines, waiting = [*self._part, *waiting[:room]], waiting[room:]
                key, body = f"{self._prefix}/{self._run[:4]}/{self._run}-{self._parts:04}.jsonl", b"\n".join(lines) + b"\n"
                self._store.put(key, body)
                self._part, self._read[key] = lines, (len(body), len(lines))

    def records(self) -> Iterator[Record]:
        """Every record ever appended by any run, in order of time.

        Raises LakeDamaged naming the object with a line that is not a record.
        """
        with self._lock:
            self._read.clear()
        return self.newer()

    def newer(self) -> Iterator[Record]:
        """What other runs appended since the last look, in order of time; at the first look, all there is. Only objects that grew are
        read. Raises as ``records``."""
        decode = msgspec.json.Decoder(self._kind).decode
        found: list[tuple[datetime, str, int, Record]] = []
        with self._lock:
            for key, size in self._store.sizes(self._prefix).items():
                before, lines = self._read.get(key, (-1, 0))
                if size == before:
                    continue
                number = 0
                for number, line in enumerate(self._store.get(key).splitlines(), 1):
                    if number <= lines:
                        continue
                    try:
                        record = decode(line)
                    except (msgspec.DecodeError, UnicodeDecodeError) as error:
                        raise LakeDamaged(f"{self._store.name(key)}, line {number}, is damaged: {error}. "
                                          "Restore that file from a backup; the archive is the source of truth.") from error
                    found.append((record.at, key, number, record))
                self._read[key] = (size, number)
        found.sort(key=lambda entry: entry[:3])
        return (entry[3] for entry in found)
