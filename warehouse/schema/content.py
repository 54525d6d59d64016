"""Bytes at rest: what a document holds, wherever it stands (in memory, in a file, in the archive), read as a stream.

Nothing is read before somebody asks: a document whose content is not wanted costs its record. What bytes mean is the parsers'
business, where they are stored the archive's (``warehouse.archive.documents``).
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO

from warehouse.schema.errors import EntrepotError, TooLarge, UsageError

HEAD_BYTES = 64 * 1024
MOST_WHOLE = 64 * 1024 * 1024
"""Bytes of a content that may be asked for as one (``body``); a larger one is read as a stream."""
IN_MEMORY = 1024 * 1024
"""Bytes on their way in that are held in memory; more go to a file."""
PART = 1024 * 1024


class Content:
    """The bytes of one document. ``parts`` gives them anew at each call, a part at a time, and raises what is wrong with them.

    Of an archived document ``parts`` holds the bytes against their hash when it comes to their end (LakeDamaged, naming the file):
    who stops before has bytes that nobody proved. ``scratch`` is the folder for what libraries need as a file.
    """

    def __init__(self, parts: Callable[[], Iterator[bytes]], *, size: int, sha256: str = "", scratch: Path | None = None) -> None:
        self.parts = parts
        self.size = size
        self._sha256 = sha256
        self._scratch = scratch

    @classmethod
    def of(cls, given: bytes | Content, sha256: str = "") -> Content:
        """Bytes in memory as a content; a content as it is."""
        if isinstance(given, Content):
            return given
        return cls(lambda: iter((given,) if given else ()), size=len(given), sha256=sha256)

    @classmethod
    def of_file(cls, path: Path) -> Content:
        """A person's file where it lies; the archive notices when it changes while it is read."""
        return cls(lambda: _parts_of(path), size=path.stat().st_size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def sha256(self) -> str:
        if self._sha256:
            return self._sha256
        digest = hashlib.sha256()
        for part in self.parts():
            digest.update(part)
        return digest.hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB: enough to know what it is."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def body(self) -> bytes:
        """All bytes as one. Raises TooLarge above 64 MiB: ``open`` reads those."""
        if self.size > MOST_WHOLE:
            raise TooLarge(f"it has {self.size:,} bytes, and whoever reads it takes at most {MOST_WHOLE:,} at once")
        return b"".join(self.parts())

    def open(self) -> BinaryIO:
        """A stream from the first byte to the last, which cannot go back."""
        return stream_of(self.parts())

    @contextmanager
    def path(self) -> Iterator[Path]:
        """A file of these bytes, proved, for a library that opens one by its name; it is gone afterwards."""
        if self._scratch is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
        # In a folder of its own: what a killed run leaves is swept with the other staged folders.
        with tempfile.TemporaryDirectory(prefix="content-", dir=self._scratch) as room:
            file = Path(room) / "content"
            with file.open("wb") as out:
                for part in self.parts():
                    out.write(part)
            yield file

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """The same to read in any order: from memory where it is small, else from a file that is gone afterwards."""
        if self.size <= MOST_WHOLE:
            yield io.BytesIO(self.body)
            return
        with self.path() as path, path.open("rb") as file:
            yield file

    def contains(self, texts: Iterable[bytes], *, any_case: bool = False) -> bool:
        """Whether at least one of these texts stands in the bytes (``any_case``: of ASCII letters)."""
        wanted = tuple({text.lower() if any_case else text for text in texts})
        overlap = max(map(len, wanted), default=1) - 1
        before = b""
        for part in self.parts() if wanted else ():
            seen = before + (part.lower() if any_case else part)
            if any(text in seen for text in wanted):
                return True
            before = seen[len(seen) - overlap:] if overlap < len(seen) else seen
        return False

    def close(self) -> None:
        """What stood in a file on its way in is given up; elsewhere nothing happens."""


class Spool:
    """Bytes on their way in, hashed as they come: in memory while they are few, then in a file without a name.

    The file is gone with its last reader, also when the process is killed. Raises EntrepotError where the disk refuses.
    """

    def __init__(self, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._digest = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)
        if self._file is None and self.size <= IN_MEMORY:
            self._pieces.append(piece)
            return
        try:
            if self._file is None:
                if self._scratch is not None:
                    self._scratch.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115  (whoever has the content closes it)
                self._file.writelines(self._pieces)
                self._pieces = []
            self._file.write(piece)
        except OSError as error:
            raise self._refused(error) from error

    def content(self) -> Content:
        """What has been written, which has the file from now on. Nothing is written after this."""
        sha256 = self._digest.hexdigest()
        if self._file is None:
            return Content.of(b"".join(self._pieces), sha256)
        try:
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error
        file, self._file = self._file, None
        return _Spooled(file, size=self.size, sha256=sha256, scratch=self._scratch)

    def close(self) -> None:
        """Give up what was written, unless a content has it."""
        if self._file is not None:
            self._file.close()

    def _refused(self, error: OSError) -> EntrepotError:
        self.close()
        return EntrepotError(f"cannot write to {self._scratch or tempfile.gettempdir()}: {error.strerror}. Free space or permissions "
                             "there, then run again; nothing stored was lost")


class _Spooled(Content):
    """What stands in a spool's file."""

    def __init__(self, file: IO[bytes], *, size: int, sha256: str, scratch: Path | None) -> None:
        super().__init__(self._read, size=size, sha256=sha256, scratch=scratch)
        self._file = file

    def _read(self) -> Iterator[bytes]:
        place = 0
        while part := os.pread(self._file.fileno(), PART, place):
            yield part
            place += len(part)

    def close(self) -> None:
        self._file.close()


def stream_of(parts: Iterator[bytes]) -> BinaryIO:
    """Parts as a stream."""
    return io.BufferedReader(_Stream(parts), PART)


class _Stream(io.RawIOBase):

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = memoryview(part)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def _parts_of(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while part := file.read(PART):
                yield part
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}") from error
