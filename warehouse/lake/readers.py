"""Turns of readers: how many queries of one user work on this machine at the same time, so that many of them fit into its memory.

A reader that works takes up to a hundred megabytes before its query takes any, and two processors serve eight as fast as two hundred;
one that waits takes twelve. The turns are locks on files in the system's folder for temporary files, never in a home, which a reader
may not be allowed to write; they die with their owner. Which process may *write* a lake is its place's (``place.AnyPlace.locked``).
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AT_ONCE = 8
PATIENCE_S = 600.0
"""For any turn to change hands: then a reader works without one, since those before it may be waiting for a person."""
LOOKS_S = (0.05, 0.5)
"""A reader that waits looks again after the first, then more and more rarely: two hundred that look often keep a processor busy."""

_held = 0
"""Turns of this process: whoever has one needs no other."""


def _folder() -> Path | None:
    """This user's own folder of turns; None where there cannot be one."""
    folder = Path(tempfile.gettempdir(), f"entrepot-turns-{os.getuid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    return folder if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() else None


@contextmanager
def turn(at_once: int = AT_ONCE, patience_s: float = PATIENCE_S) -> Iterator[bool]:
    """Wait for a turn and hold it. Says whether there is one: where turns cannot be kept, nobody waits."""
    global _held
    folder = None if _held else _folder()
    handle = None if folder is None else _taken(folder, at_once, patience_s)
    _held += handle is not None
    try:
        yield _held > 0
    finally:
        if handle is not None:
            os.close(handle)
            _held -= 1


def _taken(folder: Path, at_once: int, patience_s: float) -> int | None:
    came, wait = time.time(), LOOKS_S[0]
    first = os.getpid() % at_once
    while True:
        changed = came
        for number in (*range(first, at_once), *range(first)):
            try:
                handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except OSError:
                return None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.utime(handle)
                return handle
            except OSError:
                changed = max(changed, os.fstat(handle).st_mtime)
                os.close(handle)
        if time.time() - changed >= patience_s:
            return None
        time.sleep(wait)
        wait = min(1.2 * wait, LOOKS_S[1])
