"""A lock on one file of the disk, for one process at a time: ``flock``, so it dies with its owner.

A lock file lies outside of what it protects and stays at one path for ever. Whoever has locked a file proves that it is still the
one at the path: a file that was moved or deleted meanwhile protects nothing, and another may already hold the new one.
Which file that is for a lake is ``embedded``'s.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from warehouse.schema.errors import Busy

_POLL_S = 0.1


@dataclass(frozen=True)
class Locked:
    """One lock file while it is held."""

    path: Path
    handle: IO[str]

    def ours(self) -> bool:
        """Whether the file that is locked is the one at the path."""
        try:
            there = self.path.stat()
        except OSError:
            return False
        mine = os.fstat(self.handle.fileno())
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


@contextmanager
def locked(path: Path, why: str, give_up: float) -> Iterator[Locked]:
    """Hold the lock at a path. ``why`` is what others are told; ``give_up`` is on ``time.monotonic``.

    Raises Busy then, naming who holds it and since when; PermissionError where the file may not be written, the disk being
    read-only included.
    """
    handle = _taken(path, give_up)
    with handle:
        handle.seek(0)
        handle.truncate()
        handle.write(f"{why}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}")
        handle.flush()
        yield Locked(path, handle)


def _taken(path: Path, give_up: float) -> IO[str]:
    """The file at the path, locked. It is opened anew at each look: the one of before may not be there any more."""
    while True:
        handle = _opened(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if Locked(path, handle).ours():
                return handle
            handle.close()
        except BlockingIOError:
            with handle:
                if time.monotonic() >= give_up:
                    handle.seek(0)
                    raise Busy(f"another writer is at work: {handle.read() or 'unknown'}. Run again when it is done") from None
            time.sleep(_POLL_S)
        except BaseException:
            handle.close()
            raise


def _opened(path: Path) -> IO[str]:
    try:
        with suppress(FileExistsError):
            path.parent.mkdir(parents=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise PermissionError(error.errno, error.strerror, error.filename or str(path)) from error
        raise


def holder(path: Path) -> str | None:
    """Who holds the lock at a path and since when, or None when nobody does."""
    try:
        with path.open("r", encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return handle.read() or "unknown"
    except (FileNotFoundError, PermissionError):
        return None
    return None
