"""Trouble with the disk, in one sentence: full, a quota, no permission, read-only. Who met it hardly matters to a person.

Python, SQLite, DuckDB and Polars each say it in their own way, some only in words. Everything is written aside and renamed,
or in a transaction, so what was stored stays as it was.
"""

from __future__ import annotations

import errno
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.schema.errors import EntrepotError, NoRoom

_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ENOENT,
           errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EEXIST, errno.ELOOP, errno.EBUSY, errno.ESTALE, errno.ENODEV,
           errno.ENOTCONN, errno.EMFILE, errno.ENFILE}
_WORDS = re.compile(
    r"no space left on device|disk quota exceeded|file too large|read-only file system|permission denied|input/output error"
    r"|disk i/o error|database or disk is full|readonly database|unable to open database file|unable to open the database",
    re.IGNORECASE)


CATALOGUE_COPIES = 3
"""A run needs room for that many copies of the catalogue: the one it publishes, one more after a flush, and its journal."""


def needed(catalogue: Path, least: int) -> int:
    """Bytes that must be free before a run begins: ``least``, and what the copies of the catalogue take."""
    return least + CATALOGUE_COPIES * (catalogue.stat().st_size if catalogue.exists() else 0)


def free(folder: Path) -> int:
    """Bytes free on the disk of a folder, or of the first above it that is there."""
    return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists())).free


def make_sure(folder: Path, need: int) -> None:
    """Raises NoRoom where less than ``need`` bytes are free: refused before it begins, not in the middle."""
    there = free(folder)
    if there < need:
        raise NoRoom(f"only {there / 1e6:,.0f} MB are free at {folder}, and {need / 1e6:,.0f} MB are needed to begin. Free "
                     f"{(need - there) / 1e6:,.0f} MB there, then run again; nothing was asked and nothing stored was lost")


def trouble(error: BaseException) -> str | None:
    """What the disk refused, in words, or None where an error is about something else."""
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return f"cannot use {error.filename}: {why(error)}" if error.filename else f"the disk refuses: {error.strerror}"
    if isinstance(error, (OSError, sqlite3.Error, duckdb.Error)):
        said = _WORDS.search(str(error))
        return f"the disk refuses: {said[0].lower()}" if said else None
    return None


def why(error: OSError) -> str:
    """What the system says of a path, or more plainly what stands in its way: a link that leads nowhere, a file where a folder belongs."""
    path = Path(error.filename) if isinstance(error.filename, str) else Path()
    for each in (path, *path.parents):
        if each.is_symlink() and not each.exists():
            return f"{each} is a link to {each.readlink()}, where nothing is (a disk that is not mounted?)"
    if error.errno == errno.EEXIST:
        return "a file is there where a folder belongs"
    return str(error.strerror)


def refusal(error: BaseException) -> EntrepotError | None:
    """Trouble with the disk as an error with the way out, or None where an error is about something else."""
    said = trouble(error)
    return EntrepotError(f"{said}. Free space or mend the permissions there, then run again; nothing stored was lost") if said else None


@contextmanager
def named() -> Iterator[None]:
    """Around whatever writes: trouble with the disk becomes an EntrepotError with the way out. Serves as a decorator too."""
    try:
        yield
    except EntrepotError:
        raise
    except Exception as error:
        said = refusal(error)
        if said is None:
            raise
        raise said from error
