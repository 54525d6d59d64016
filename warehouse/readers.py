"""Turns of readers: how many queries of one user work on this machine at the same time, so that many of them fit into its memory.

A reader that works takes some fifty megabytes before its query takes any, and two processors serve sixteen as fast as two hundred. The
turns are locks on files in the system's folder for temporary files, never in a home, which a reader may not be allowed to write;
they die with their owner. Which process may *write* a lake is its place's (``place.AnyPlace.locked``).
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

AT_ONCE = 16
PATIENCE_S = 600.0
"""For a turn: then a reader works without one, since those before it may be waiting for a person."""


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
    folder = _folder()
    held = None if folder is None else _taken(folder, at_once, patience_s)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


def _taken(folder: Path, at_once: int, patience_s: float) -> int | None:
    give_up = time.monotonic() + patience_s
    first = os.getpid() % at_once
    while True:
        for number in (*range(first, at_once), *range(first)):
            try:
                handle = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            except OSError:
                return None
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except OSError:
                os.close(handle)
        if time.monotonic() >= give_up:
            return None
        time.sleep(0.05)
