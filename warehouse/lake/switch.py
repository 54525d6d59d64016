"""Put a lake that was made in a folder in another's place: on one machine, under the writer's lock (``embedded`` holds it).

The two folders change names in one step where the system can, and the one of before then gets a name of its own. Where the lake's folder
is a link, what it leads to is renamed and the link stays; where it is a mount point, which nothing can rename, its contents are changed
inside it. What cannot be changed so is refused before anything moves.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from warehouse.archive.store import sync_folder
from warehouse.schema.errors import EntrepotError, UsageError

_LAST = "catalog.sqlite"
"""Out first and in last: at no moment does a catalogue stand beside another's data."""
_HERE, _EXCHANGE = -100, 2
"""AT_FDCWD and RENAME_EXCHANGE of renameat2(2)."""


def beside(root: Path, name: str, parts: Iterable[Path]) -> Path:
    """Where a lake is made that is to take the place of the one at ``root``: on the same disk. Makes nothing.

    Raises UsageError where parts of the lake lie elsewhere and would be left there, EntrepotError where the disk is not there.
    """
    folder = root.resolve()
    for part in parts:
        if part.is_symlink() or mounted(part):
            raise UsageError(f"{part} is on a disk of its own ({part.resolve()}), and a lake that is replaced would leave it. Put the "
                             f"whole lake there ({root} may be a link or a mount point), then run again; nothing was changed")
    if root.is_symlink() and not folder.parent.is_dir():
        raise EntrepotError(f"{root} leads to {folder}, and {folder.parent} is not there: is a disk not mounted? Nothing was changed")
    return folder / f".{name}" if mounted(folder) else folder.with_name(f"{folder.name}.{name}")


def mounted(folder: Path) -> bool:
    """Whether something is mounted at a folder; on Linux also a folder of the same disk (``mount --bind``, a container's volume)."""
    if os.path.ismount(folder):
        return True
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return False
    points = {re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), line.split()[4]) for line in lines}
    return os.fsencode(folder.resolve()) in points


def take(root: Path, made: Path, lock: str, *, full: bool) -> Path | None:
    """Put ``made`` at ``root``. Returns where the lake of before is, if there was one (``full``) or anything else.

    ``lock`` is the name of a lock that lies in the lakes of old homes: it stays the same file, held and waited for as before.
    """
    folder = root.resolve()
    inside = mounted(folder)
    near = _near(made, folder / ".coming" if inside else folder.with_name(f"{folder.name}.coming"))
    (near / lock).unlink(missing_ok=True)
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    if inside:
        before = _inside(folder, near, folder / f"before-{stamp}" if full else None, lock)
    else:
        before = _renamed(folder, near, folder.with_name(f"{folder.name}.before-{stamp}"), lock, full)
    if near != made:
        shutil.rmtree(made)
    return before


def _renamed(folder: Path, made: Path, before: Path, lock: str, full: bool) -> Path | None:
    with suppress(OSError):  # a disk without hard links, or a home that has no such lock
        os.link(folder / lock, made / lock)
    if not full and not any(path.is_file() and path.name != lock for path in folder.rglob("*")):
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
        sync_folder(folder.parent)
        return None
    if _exchanged(made, folder):
        made.rename(before)
    else:  # killed between the two there is no lake, which everybody sees and ``rebuild`` mends
        folder.rename(before)
        try:
            made.rename(folder)
        except OSError:
            before.rename(folder)
            raise
    sync_folder(folder.parent)
    return before


def _exchanged(one: Path, other: Path) -> bool:
    """Give two folders each other's name in one step, as Linux can on most file systems; False where that cannot be had."""
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return int(swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)) == 0


def _inside(folder: Path, made: Path, before: Path | None, lock: str) -> Path | None:
    """Change what a folder holds. Killed on the way it has no catalogue, which everybody sees and ``rebuild`` mends."""
    if before is not None:
        before.mkdir()
    mine = sorted((path for path in folder.iterdir() if path.name.partition(".sqlite")[0] == "catalog" or path.name in
                   ("data", "published")), key=lambda path: path.name != _LAST)
    for path in mine:
        if before is not None:
            path.rename(before / path.name)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    sync_folder(folder)
    for path in sorted(made.iterdir(), key=lambda path: path.name == _LAST):
        if path.name != lock:
            path.rename(folder / path.name)
    made.rmdir()
    sync_folder(folder)
    return before


def _near(made: Path, coming: Path) -> Path:
    """``made`` itself where it can be renamed to be beside ``coming``; else a copy of it there."""
    probe, there = made.with_name(f".{made.name}.probe"), coming.with_name(f".{made.name}.probe")
    probe.mkdir(exist_ok=True)
    try:
        probe.rename(there)
    except OSError as error:
        probe.rmdir()
        if error.errno != errno.EXDEV:
            raise
        shutil.rmtree(coming, ignore_errors=True)
        shutil.copytree(made, coming, symlinks=True, copy_function=_copied)
        return coming
    there.rmdir()
    return made


def _copied(source: str, target: str) -> str:
    """A file copied and written through to the disk."""
    shutil.copy2(source, target)
    with open(target, "rb") as handle:  # noqa: PTH123  # the name as copytree gives it
        os.fsync(handle.fileno())
    return target
