"""Is a catalogue's file whole? SQLite's own check, its length against its header, and a checksum beside each published copy.

A published copy never changes, so its checksum finds any byte that did; the writer's own changes with each commit and is held against
the copy of the same snapshot. Where the files are is ``embedded``'s business.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from warehouse.lake.sqlite import busy, open_to_read


def _seal_of(copy: Path, name: str = "") -> Path:
    """Where a copy's checksum stands: beside it, hidden."""
    return copy.with_name(f".{name or copy.name}.sha256")


def seal(copy: Path, name: str) -> None:
    """Write down the checksum of a copy that is about to take a name; forget those whose copy is gone."""
    for other in copy.parent.glob(".catalog-*.sha256"):
        if not other.with_name(other.name[1:].removesuffix(".sha256")).exists():
            other.unlink(missing_ok=True)
    aside = copy.with_name(f".{name}.sha256.aside")
    with aside.open("w", encoding="utf-8") as out:
        out.write(_digest(copy))
        out.flush()
        os.fsync(out.fileno())
    aside.replace(_seal_of(copy, name))


def wrong(path: Path) -> str:
    """What is the matter with a catalogue's file, or nothing."""
    sealed = _seal_of(path)
    try:
        if sealed.exists():
            # It was checked before it was published.
            return "" if sealed.read_text(encoding="utf-8").strip() == _digest(path) else "its bytes are not those that were published"
        if said := _length(path):
            return said
        with closing(open_to_read(path)) as con:
            con.execute("SELECT count(*) FROM ducklake_snapshot")
            said = str(con.execute("PRAGMA integrity_check").fetchone()[0])
            return "" if said == "ok" else said.splitlines()[-1]
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        if waited := busy(error):
            raise waited from error
        return str(error)


def state(path: Path) -> tuple[int, ...]:
    """What tells one commit, or one maintenance, from another."""
    with closing(open_to_read(path)) as con:
        return tuple(con.execute("SELECT max(snapshot_id), count(*), (SELECT count(*) FROM ducklake_files_scheduled_for_deletion) "
                                 "FROM ducklake_snapshot").fetchone())


def counts(path: Path) -> dict[str, int]:
    """Rows of each table: two catalogues of one state have the same."""
    with closing(open_to_read(path)) as con:
        names = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def leave(catalog: Path, copy: Path, mark: Path) -> None:
    """Write down in ``mark`` that a catalogue and its published copy are left in order, if they are: one state, and no log waits."""
    if not _waits(catalog) and state(catalog) == state(copy):
        mark.write_bytes(_seen(catalog, copy))


def undisturbed(catalog: Path, copy: Path, mark: Path) -> bool:
    """Whether neither file was touched since a writer left them in order. A byte that changed under an unchanged time is ``verify``'s
    to find: to read both files at each opening cost more the more was held.
    """
    return mark.exists() and not _waits(catalog) and mark.read_bytes() == _seen(catalog, copy)


def _seen(catalog: Path, copy: Path) -> bytes:
    return "".join(f"{path.name} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns}\n" for path in (catalog, copy)
                   for seen in [path.stat()]).encode()


def _waits(catalog: Path) -> bool:
    """Whether a log beside a catalogue has what is not in it yet."""
    log = catalog.with_name(catalog.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _length(path: Path) -> str:
    """A file that lost or won bytes, by what its own header says; while a log stands beside it the header need not be true yet."""
    if _waits(path):
        return ""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        return "it is no SQLite database any more"
    if head[24:28] != head[92:96]:
        return ""  # the header says that its count is not to be used
    page = int.from_bytes(head[16:18], "big")
    should = (65536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
    there = path.stat().st_size
    return f"it has {there:,} bytes, and its header says {should:,}" if there != should else ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
