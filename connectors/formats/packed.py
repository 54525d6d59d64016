"""What publishers pack: zip archives and gzip, a member at a time as a stream, within limits. Nothing is unpacked whole, or to a path.

A member's name is looked up and never made a path. Limits are held against what is really read, not against what an archive says of
itself. The packing of an answer on the wire (``Content-Encoding``) is the transport's, which unpacks gzip with the same function.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from warehouse.schema.content import PART, Content, stream_of
from warehouse.schema.errors import NotReadable, TooLarge

_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OSError, ValueError, NotImplementedError, RuntimeError)
"""What the library raises on bytes that are no zip, or a damaged one; also for a member with a password."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The library unpacks these a bounded piece at a time; of bzip2 and LZMA a few bytes may become gigabytes at once. No publisher
that we read uses another."""
_DIRECTORY_BYTES = 4 * 1024 * 1024
"""The list of members is read whole, and each takes a kilobyte in memory."""
_GZIP_MEMBERS = 1_000
"""A body of many tiny gzip members costs time out of proportion; no publisher sends more than one."""
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """How much may come out of a document. What exceeds one is TooLarge."""

    members: int = 10_000
    unpacked: int = 64 * 1024**3
    """Bytes of all members that are read, together."""
    ratio: int = 500
    """Bytes out for a byte in, from ``RATIO_FROM`` on. Wordy XML comes to about 100, and the worst that a zip can do is 1,032."""


RATIO_FROM = 64 * 1024 * 1024
LIMITS = Limits()


@contextmanager
def opened(given: bytes | Content, limits: Limits = LIMITS, *, dataset: str = "", url: str = "") -> Iterator[Zip]:
    """The members of a zip. Raises NotReadable for what is no zip or a broken one, TooLarge beyond the limits."""
    with Content.of(given).seekable() as file:
        yield Zip(file, limits, dataset, url)


def gunzipped(given: bytes | Content, limits: Limits = LIMITS, *, dataset: str = "", url: str = "") -> BinaryIO:
    """What gzip packed, as a stream. Raises NotReadable where it is broken, TooLarge beyond the limits, both while it is read."""

    def parts() -> Iterator[bytes]:
        came = _Counted(Content.of(given).parts())
        budget = _Budget(limits, dataset, url)
        try:
            for piece in gunzip(came):
                budget.spend(len(piece), came.count)
                yield piece
        except (NotReadable, TooLarge) as error:
            raise type(error)(error.said, dataset=dataset, url=url) from None

    return stream_of(parts())


class Zip:
    """An opened zip: its members by name."""

    def __init__(self, file: BinaryIO, limits: Limits, dataset: str, url: str) -> None:
        self._dataset, self._url = dataset, url
        self._file = _Measured(file)
        self._budget = _Budget(limits, dataset, url)
        with self._named():
            self._zip = zipfile.ZipFile(self._file)
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        self.names = tuple(self._entries)
        if len(self._zip.infolist()) > limits.members:
            raise self.too_large(f"the zip has {len(self._zip.infolist()):,} members, more than {limits.members:,}")

    @property
    def said(self) -> int:
        """Bytes that the members unpack to, as the archive says; reading goes by what comes."""
        return sum(entry.file_size for entry in self._zip.infolist())

    def size(self, name: str) -> int:
        """Bytes that one member unpacks to, as the archive says."""
        return self._entry(name).file_size

    def open(self, name: str) -> BinaryIO:
        """One member as a stream, its checksum held at its end. Raises NotReadable where there is none, or it is packed otherwise."""
        entry = self._entry(name)
        if entry.compress_type not in _METHODS:
            raise self.broken(f"{shown(name)} is packed by method {entry.compress_type}, which is not read (deflate is)")
        with self._named():
            return io.BufferedReader(_Member(self, self._zip.open(entry)), PART)

    def read(self, name: str, most: int) -> bytes:
        """A small member as one. Raises TooLarge for one of more than ``most`` bytes."""
        with self.open(name) as member:
            body = member.read(most + 1)
        if len(body) > most:
            raise self.too_large(f"{shown(name)} unpacks to more than {most:,} bytes")
        return body

    def broken(self, said: object) -> NotReadable:
        """The error for a zip that cannot be read, with the document's name on it."""
        return NotReadable(f"the zip is broken: {said}", dataset=self._dataset, url=self._url)

    def too_large(self, said: str) -> TooLarge:
        return TooLarge(said, dataset=self._dataset, url=self._url)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise NotReadable(f"the zip has no member {shown(name)}", dataset=self._dataset, url=self._url)
        return self._entries[name]

    def _next(self, member: IO[bytes], most: int) -> bytes:
        with self._named():
            part = member.read(min(most, _CHUNK))
        self._budget.spend(len(part), self._file.count)
        return part

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Around the library's work, and nobody else's."""
        try:
            yield
        except _BROKEN as error:
            if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
                raise  # our disk, not the publisher's zip
            raise self.broken(error) from error


class _Member(io.RawIOBase):
    def __init__(self, whole: Zip, member: IO[bytes]) -> None:
        self._whole, self._member = whole, member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._whole._next(self._member, len(buffer))
        buffer[:len(part)] = part
        return len(part)


class _Measured:
    """The packed file as the library sees it: what is read of it is counted, and never much at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = file.seek(0, io.SEEK_END)
        self.count = 0
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        wanted = size if size >= 0 else self._end - self._file.tell()
        if wanted > _DIRECTORY_BYTES:
            raise TooLarge(f"the zip's list of members has {wanted:,} bytes, more than {_DIRECTORY_BYTES:,}")
        part = self._file.read(wanted)
        self.count += len(part)
        return part

    def seekable(self) -> bool:
        return True


class _Counted:
    """Parts in small pieces, and how many bytes of them have been taken."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            for at in range(0, len(part), _CHUNK):
                piece = part[at:at + _CHUNK]
                self.count += len(piece)
                yield piece


class _Budget:
    """What may still come out of one document."""

    def __init__(self, limits: Limits, dataset: str, url: str) -> None:
        self._limits, self._dataset, self._url = limits, dataset, url
        self._spent = 0

    def spend(self, count: int, came: int) -> None:
        """``count`` more bytes came out, of ``came`` that went in so far. Raises TooLarge."""
        self._spent += count
        if self._spent > self._limits.unpacked:
            raise TooLarge(f"it unpacks to more than {self._limits.unpacked:,} bytes", dataset=self._dataset, url=self._url)
        if self._spent > RATIO_FROM and self._spent > self._limits.ratio * came:
            raise TooLarge(f"it unpacks to more than {self._limits.ratio} times its size, as no table does",
                           dataset=self._dataset, url=self._url)


def gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip packed, in pieces of at most 64 KiB, so that a bomb is seen before it is in memory. No bytes are no pieces.

    Raises NotReadable for what does not unpack or breaks off, TooLarge for more members than any publisher sends.
    """
    unpacker, members = _gunzip(), 1
    begun = False
    for chunk in chunks:
        while chunk:
            if unpacker.eof:
                if not chunk.strip(b"\0"):
                    break  # padding after the last member
                unpacker, members = _gunzip(), members + 1
                if members > _GZIP_MEMBERS:
                    raise TooLarge(f"it is packed in more than {_GZIP_MEMBERS:,} gzip members")
            begun = True
            try:
                piece = unpacker.decompress(chunk, _CHUNK)
            except zlib.error:
                raise NotReadable("it is said to be gzip and does not unpack") from None
            if piece:
                yield piece
            chunk = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    # With no input left, zlib may still hold output back.
    while begun and not unpacker.eof and (piece := unpacker.decompress(b"", _CHUNK)):
        yield piece
    if begun and not unpacker.eof:
        raise NotReadable("what gzip packed breaks off")


def _gunzip() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def shown(name: str) -> str:
    """A member's name as a message has it: quoted, and not longer than a line."""
    return repr(name[:80])
