"""A site in a folder: each file whole or not at all, none that is not ours touched, and at no moment a link that leads nowhere.

The folder's mark lists the files that are ours. A folder with anything in it and without a mark is refused. New files come first, then
those that change, the first page last of them, then what the new site has no more is taken away: whoever comes in by the first page, at
any moment and after a kill at any moment, finds what is linked. The next run takes up what a killed one left.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse.archive.store import sync_folder
from warehouse.schema.errors import Busy, EntrepotError, UsageError

MARK = ".entrepot-pages.json"
_LOCK = ".entrepot-pages.lock"
_PART = ".entrepot-pages.part"
_OURS = re.compile(r"(?:(?:pair|country)/)?[a-z0-9][a-z0-9-]*\.(?:html|xml)")
"""Names that a site's files may have: a mark that names others is not believed."""


@dataclass(frozen=True)
class Written:
    """A site that was written."""

    folder: Path
    pages: int
    changed: int
    """Files that are new or have other bytes than before."""
    removed: int
    size: int


def write(to: Path, pages: Iterable[tuple[str, bytes]]) -> Written:
    """Write the pages; their last is the first page. All are made before the first is written.

    Raises UsageError for a folder that is not ours or cannot be used, Busy beside another run, EntrepotError where the disk refuses.
    """
    to = refuse(to)
    made = dict(pages)
    for name in made:
        if not _OURS.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a page")
    try:
        to.mkdir(parents=True, exist_ok=True)
        with _alone(to):
            return _written(to, made)
    except OSError as error:
        raise EntrepotError(f"cannot write {to}: {error.strerror or error}. What was there is whole; run again when that is mended"
                            ) from error


def refuse(to: Path) -> Path:
    """The folder, links on the way to it followed. Raises UsageError where it is not ours, and is not empty."""
    to = to.absolute()
    if to.is_symlink():
        raise UsageError(f"{to} is a link: name the folder that it leads to ({to.resolve()})")
    if to.exists() and not to.is_dir():
        raise UsageError(f"{to} is a file: pages go into a folder")
    if to.is_dir() and not (to / MARK).is_file():
        there = sorted(path.name for path in to.iterdir() if path.name not in (_LOCK, _PART))
        if there:
            more = f" and {len(there) - 1} more" if len(there) > 1 else ""
            raise UsageError(f"{to} holds {there[0][:80]}{more}, which no site of ours left there: "
                             "pages go into a folder of their own, a new or an empty one")
    for inner in ("pair", "country"):
        if (to / inner).is_symlink() or ((to / inner).exists() and not (to / inner).is_dir()):
            raise UsageError(f"{to / inner} is a link or a file where a folder of pages is to be: take it away, or choose another folder")
    return to


def _written(to: Path, made: dict[str, bytes]) -> Written:
    before = _marked(to)
    _mark(to, {*before, *made})  # what a killed run leaves is ours
    new = [name for name in made if not (to / name).is_file()]
    changed = [name for name in made if name not in new and (to / name).read_bytes() != made[name]]
    foreign = [name for name in new if (to / name).is_dir()] + [name for name in changed if name not in before]
    if foreign:
        _mark(to, before)
        raise UsageError(f"{to / foreign[0]} is not of our making: take it away, or choose another folder")
    for name in (*new, *changed):  # of both the first page comes last, since it is last of all
        file = to / name
        file.parent.mkdir(exist_ok=True)
        _put(to, file, made[name])
    gone = sorted(before - set(made))
    for name in gone:
        (to / name).unlink(missing_ok=True)
    for inner in ("pair", "country"):
        if (to / inner).is_dir():
            sync_folder(to / inner)
    _mark(to, set(made))
    return Written(to, len(made), len(new) + len(changed), len(gone), sum(map(len, made.values())))


def _marked(to: Path) -> set[str]:
    try:
        names = json.loads((to / MARK).read_text(encoding="utf-8"))["files"]
        return {name for name in names if isinstance(name, str) and _OURS.fullmatch(name)}
    except FileNotFoundError:
        return set()
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{to / MARK} cannot be read ({error}): take the folder away, or choose another one") from error


def _mark(to: Path, names: set[str]) -> None:
    text = json.dumps({"entrepot": "pages", "files": sorted(names)}, indent=0)
    file = to / MARK
    if file.is_symlink() or not file.is_file() or file.read_text(encoding="utf-8") != text:
        _put(to, file, text.encode())
        sync_folder(to)


def _put(to: Path, file: Path, content: bytes) -> None:
    """A file whole or not at all. Where a link stands at its place, or at that of its part, the link goes and what it leads to stays."""
    part = to / _PART
    part.unlink(missing_ok=True)
    with part.open("xb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(file)


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    with os.fdopen(os.open(to / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644), "r+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another run writes pages into {to}. Run again when it is done") from None
        yield
