"""7z archives: a member as a stream, within the limits of ``packed``. py7zr reads them; it gives bytes to a writer and no stream.

So a member that is asked for goes to a file without a name, in pieces, and is read from there: nothing is whole in memory, and no
member's name becomes a path. A solid archive unpacks what stands before a member too; the limits count that.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from connectors.formats.packed import LIMITS, RATIO_FROM, Limits, shown
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, TooLarge

if TYPE_CHECKING:
    from py7zr.io import WriterFactory

MAGIC = b"7z\xbc\xaf\x27\x1c"
_METHODS = frozenset({"LZMA", "LZMA2", "COPY", "BZip2", "DEFLATE", "BCJ"})
"""Unpacked a bounded piece at a time. PPMd takes the memory that an archive asks for at once, and AES needs a password."""


@contextmanager
def opened(given: bytes | Content, limits: Limits = LIMITS, *, dataset: str = "", url: str = "") -> Iterator[SevenZip]:
    """The members of a 7z archive. Raises NotReadable for what is none or a broken one, TooLarge beyond the limits."""
    with Content.of(given).path() as path:
        found = SevenZip(path, limits, dataset, url)
        try:
            yield found
        finally:
            found.close()


class SevenZip:
    """An opened 7z archive: its members by name."""

    def __init__(self, path: Path, limits: Limits, dataset: str, url: str) -> None:
        import py7zr

        self._room, self._limits, self._dataset, self._url = path.parent, limits, dataset, url
        self._packed = path.stat().st_size
        with self._named():
            self._archive = py7zr.SevenZipFile(path, max_extract_size=limits.unpacked)
            members = [entry for entry in self._archive.list() if not entry.is_directory]
            methods = set(self._archive.archiveinfo().method_names) if members else set()
        self._sizes = {str(entry.filename): int(entry.uncompressed or 0) for entry in members}
        self.names = tuple(self._sizes)
        if len(members) > limits.members:
            raise self._too_large(f"the 7z archive has {len(members):,} members, more than {limits.members:,}")
        if self.said > limits.unpacked:
            raise self._too_large(f"it unpacks to more than {limits.unpacked:,} bytes")
        if self.said > max(RATIO_FROM, limits.ratio * self._packed):
            raise self._too_large(f"it unpacks to more than {limits.ratio} times its size, as no table does")
        if other := sorted(methods - _METHODS):
            raise self._broken(f"it is packed by {', '.join(other)}, which is not read (LZMA is)")

    @property
    def said(self) -> int:
        """Bytes that the members unpack to, as the archive says: the library unpacks no more than that of any."""
        return sum(self._sizes.values())

    def size(self, name: str) -> int:
        """Bytes that one member unpacks to, as the archive says."""
        return self._sizes[self._known(name)]

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """One member to read in any order, its checksum proved before. Raises NotReadable where there is none."""
        self._known(name)
        with tempfile.TemporaryFile(dir=self._room) as file:
            with self._named():
                self._archive.reset()
                self._archive.extract(targets=[name], factory=_into(file))
            file.seek(0)
            yield cast(BinaryIO, file)

    def close(self) -> None:
        self._archive.close()

    def _known(self, name: str) -> str:
        if name not in self._sizes:
            raise NotReadable(f"the 7z archive has no member {shown(name)}", dataset=self._dataset, url=self._url)
        return name

    def _broken(self, said: object) -> NotReadable:
        return NotReadable(f"the 7z archive is broken: {said}", dataset=self._dataset, url=self._url)

    def _too_large(self, said: str) -> TooLarge:
        return TooLarge(said, dataset=self._dataset, url=self._url)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Around the library's work: on damaged bytes it raises errors of its own and of all it stands on."""
        try:
            yield
        except OSError as error:
            if error.errno is not None:
                raise  # our disk, not the publisher's archive
            raise self._broken(error) from error
        except MemoryError as error:
            raise self._too_large("it asks for more memory to be unpacked than there is") from error
        except Exception as error:
            raise self._broken(str(error) or type(error).__name__) from error


def _into(file: IO[bytes]) -> WriterFactory:
    """What py7zr asks for a place to write each member to. It is imported where an archive is read: a fifth of a second."""
    from py7zr.io import Py7zIO, WriterFactory

    class Writer(Py7zIO):
        def write(self, s: bytes | bytearray) -> int:
            return file.write(s)

        def read(self, size: int | None = None) -> bytes:
            return file.read(-1 if size is None else size)

        def seek(self, offset: int, whence: int = 0) -> int:
            return file.seek(offset, whence)

        def flush(self) -> None:
            file.flush()

        def size(self) -> int:
            return file.tell()

    class Into(WriterFactory):
        def create(self, filename: str) -> Py7zIO:
            return Writer()

    return Into()
