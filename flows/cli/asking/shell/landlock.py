"""Hold a process that is about to start to reading, by Linux's Landlock: no file is written, made or removed but those that are named.

The rules are the kernel's and hold for whatever the process runs; no setting of its own takes them back. Landlock came with Linux 5.13;
where it is not, ``available`` says so. Source: https://docs.kernel.org/userspace-api/landlock.html (structures, rights by ABI).
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""Numbers of the system calls, equal on all architectures."""
_ABI = 1
"""Flag with which the first answers what it knows."""
_NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE, READ, LIST, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights to files there are, from an ABI on; TRUNCATE from 3."""
_TO_A_FILE = EXECUTE | WRITE | READ | TRUNCATE
"""Rights that a rule on a file may name; one on a folder may name all."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6


def _call(number: int, *words: int | bytes | None) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_long(number)]
    return int(libc.syscall(*given, *(ctypes.c_long(word) if isinstance(word, int) else word for word in words)))


def available() -> int:
    """Which version of Landlock this kernel has; 0 for none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(_call(_CREATE, None, 0, _ABI), 0)


def _handled(abi: int) -> int:
    return int((1 << next(count for since, count in reversed(_RIGHTS.items()) if abi >= since)) - 1)


@contextmanager
def holding(read: Iterable[Path], run: Iterable[Path], write: Iterable[Path], folders: Iterable[Path]) -> Iterator[Callable[[], None]]:
    """What a new process calls before it starts its program (``preexec_fn``).

    ``read`` may be read, with all that is below a folder; ``run`` also be run; files of ``write`` also be written; in ``folders``
    files may be made and removed. All other files, TCP where the kernel knows to (6.7), signals and abstract sockets (6.12) are
    refused. Paths that are not there are left out. Raises OSError where Landlock is not available.
    """
    abi = available()
    if not abi:
        raise OSError("no Landlock")
    handled = _handled(abi)
    attributes = struct.pack("=QQQ", handled, 3 if abi >= _NETWORK_SINCE else 0, 3 if abi >= _SCOPES_SINCE else 0)
    rules = _call(_CREATE, attributes, 24 if abi >= _SCOPES_SINCE else 16 if abi >= _NETWORK_SINCE else 8, 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "Landlock refuses the rules")
    every = [(READ | LIST, read), (READ | LIST | EXECUTE, run), (READ | WRITE | TRUNCATE, write), (handled & ~EXECUTE, folders)]
    for rights, paths in every:
        for path in paths:
            _allow(rules, path, rights & handled)

    def hold() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or _call(_RESTRICT, rules, 0):
            raise OSError(ctypes.get_errno(), "Landlock refuses")

    yield hold
    os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _TO_A_FILE
        if _call(_ADD, rules, 1, struct.pack("=Qi", rights, handle), 0):
            raise OSError(ctypes.get_errno(), f"Landlock refuses a rule for {path}")
    finally:
        os.close(handle)
