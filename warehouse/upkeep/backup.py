"""Backups: one folder from which a home can be made anew, taken beside readers and a writer, and read back before it counts.

``files/ab/<sha256>`` holds contents by their hash, ``manifest.json`` says which of them makes which file of the home. A new
manifest takes the old one's place only when all it names is there and hashed, so a backup that is killed leaves the last one
whole, and the next run goes on from what was copied. Settings are not copied: they may hold keys.

What makes it consistent is the order: the journal first, then a published copy (which never changes) with the files it names,
the archive last. So the lake may know a load that the journal does not, as after a crash, and whoever opens it next writes that
down; the journal never speaks of a load that the lake lacks, and the archive holds every document that either cites.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import msgspec

from warehouse.archive.store import Folder, Store, sync_folder
from warehouse.lake.embedded import Place, named
from warehouse.lake.opening import AnyPlace, locked, writer
from warehouse.lake.sqlite import open_to_read
from warehouse.lake.switch import mounted
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, UsageError

FORMAT = 1
CATALOG = "lake/catalog.sqlite"
LOCK = ".lock"
PARTS = ("archive", "lake")
"""What a home is made of, as far as a backup goes."""


class Kept(msgspec.Struct, frozen=True):
    """One file of the home."""

    path: str
    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds."""

    format: int
    made_at: datetime
    snapshot: int
    """Our number of the newest load; 0 where the home has an archive and no lake yet."""
    versions: dict[str, str]
    """Of Entrepot and of the packages that wrote the lake."""
    files: list[Kept]


@dataclass(frozen=True)
class Created:
    """What a backup came to."""

    folder: Path
    snapshot: int
    files: int
    copied: int
    bytes_copied: int
    same: int
    dropped: int


@dataclass(frozen=True)
class Restored:
    """What a restore came to."""

    home: Path
    snapshot: int
    made_at: str
    files: int


def create(home: Path, to: Path, *, place: AnyPlace | None = None, archive: Store | None = None, version: str = "",
           smaller: bool = False) -> Created:
    """Back a home up to a folder: new, or holding an earlier backup, of which what is equal stays.

    ``place`` and ``archive`` are where lake and archive are when they are not in the home; the backup is the same. Raises UsageError
    for a folder that holds something else, Busy beside another backup to it, LakeDamaged when a file of the home is missing, or does
    not read back from the backup as it was written, or where the home has less than the earlier backup (unless ``smaller``).
    """
    home, to = home.resolve(), to.resolve()
    place, archive = place or Place(home / "lake"), archive or Folder(home / "archive")
    if to == home or any(to.is_relative_to(home / part) for part in PARTS):
        raise UsageError(f"{to} is inside the home: a backup belongs on another disk")
    if to.exists() and not (to / "files").is_dir() and any(path.name != LOCK for path in to.iterdir()):
        raise UsageError(f"{to} holds something that is not a backup: choose an empty folder")
    with _alone(to), TemporaryDirectory() as scratch:
        store = _Contents(to)
        kept: list[Kept] = []
        snapshot = 0
        for key in archive.keys("journal"):
            kept.append(store.keep(archive, key, f"archive/{key}"))
        copy = place.frozen(Path(scratch))
        if copy is None and place.exists():
            raise LakeDamaged(f"{place.missing()}. Nothing was backed up, and what {to} holds is as it was")
        if copy is not None:
            kept.append(store.keep(Folder(copy.parent), copy.name, CATALOG))
            snapshot = _snapshot_of(store.path(kept[-1].sha256))
            wanted = named(store.path(kept[-1].sha256))
            there = {key.rpartition("/")[2]: key for key in place.files.keys("")}
            missing = sorted(wanted - set(there))
            if missing:
                raise LakeDamaged(f"{missing[0]} is missing below {place.files.name('')}: entrepot verify says what else is wrong. The "
                                  f"last backup in {to} is as it was")
            kept += [store.keep(place.files, there[name], f"lake/data/{there[name]}") for name in sorted(wanted)]
        for part in ("log", "blobs"):
            kept += [store.keep(archive, key, f"archive/{key}") for key in archive.keys(part)]
        if not kept:
            raise EntrepotError(f"nothing is loaded yet in {home}: there is nothing to back up")
        manifest = Manifest(FORMAT, datetime.now(UTC), snapshot, _versions(version), kept)
        if not smaller:
            _refuse_smaller(to, manifest)
        _check(to, store.fresh)
        _write(to / "manifest.json", msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        dropped = store.drop_all_but({entry.sha256 for entry in kept})
    return Created(to, snapshot, len(kept), store.copied, store.bytes_copied, store.same, dropped)


def _refuse_smaller(to: Path, made: Manifest) -> None:
    """A backup never loses unasked what it holds: an older snapshot, or documents and journal that the home has no longer, are a
    disk that is not mounted or another home, and not what its owner wants in its place.
    """
    try:
        before = read_manifest(to)
    except UsageError:
        if (to / "manifest.json").exists():
            raise
        return
    except LakeDamaged:
        return  # a backup that nobody can read is not worth keeping
    there = {entry.path for entry in made.files}
    lost = [entry.path for entry in before.files if entry.path.startswith("archive/") and entry.path not in there]
    less = (f"its newest snapshot is {made.snapshot}, that of the backup {before.snapshot}" if made.snapshot < before.snapshot else
            f"it has no {lost[0]}" + (f", nor {len(lost) - 1:,} more files that the backup has" if lost[1:] else "") if lost else "")
    if less:
        raise LakeDamaged(f"the home holds less than the backup in {to}: {less}. The backup is as it was. entrepot verify says what is "
                          "wrong with the home; a backup that is to be smaller goes into another folder, or is asked for with --smaller")


def restore(source: Path, home: Path, *, place: AnyPlace | None = None, archive: Store | None = None) -> Restored:
    """Make archive and lake of an empty home from a backup, which is checked whole before anything is written.

    Where the home's settings put lake or archive elsewhere (``place``, ``archive``), they are made there: this is how a home moves.
    Killed on the way, it is gone on with by the same call. Raises UsageError where the home holds an archive or a lake, or the
    folder no backup; LakeDamaged where the backup is not whole; Busy where somebody else is at work there.
    """
    source, home = source.resolve(), home.resolve()
    place, archive = place or Place(home / "lake"), archive or Folder(home / "archive")
    manifest = read_manifest(source)
    place.beside(home, "restoring")
    # From the first look at the home to the lake that stands in it nobody else begins one there.
    with locked(place, "entrepot backup restore"):
        _put_in(source, home, place, archive, manifest)
    if manifest.snapshot:
        # To open it is to publish it, and to bring it to this version.
        with writer(place, "entrepot backup restore"):
            pass
    shutil.rmtree(home / "restoring", ignore_errors=True)
    return Restored(home, manifest.snapshot, f"{manifest.made_at:%Y-%m-%d %H:%M}Z", len(manifest.files))


def _put_in(source: Path, home: Path, place: AnyPlace, archive: Store, manifest: Manifest) -> None:
    aside = home / "restoring"
    ready = aside / "manifest.json"
    whole = (source / "manifest.json").read_bytes()
    if not (ready.exists() and ready.read_bytes() == whole):
        _refuse_full(home, place, archive, ())
        _check(source, manifest.files)
        shutil.rmtree(aside, ignore_errors=True)
        for entry in manifest.files:
            _copy(_Contents(source).path(entry.sha256), _inside(aside, entry.path))
        for part in PARTS:
            (aside / part).mkdir(parents=True, exist_ok=True)
        _write(ready, whole)
    if (aside / "archive").exists():
        _refuse_full(home, None, archive, manifest.files)
        _move_in(archive, aside / "archive")
    if (aside / "lake").exists():
        _refuse_full(home, place, None, ())
        if manifest.snapshot:
            place.take(aside / "lake")
        shutil.rmtree(aside / "lake", ignore_errors=True)
    sync_folder(home)


@dataclass(frozen=True)
class PutBack:
    """What was put back into a home from a backup."""

    made_at: str
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    """Replaced; what stood there is in ``aside``."""
    aside: Path


def put_back(source: Path, home: Path, *, place: AnyPlace | None = None, archive: Store | None = None) -> PutBack:
    """Put back from a backup what of a home's archive, journal and data files is missing or damaged; nothing that is whole is touched.

    Documents and data files never change, so any that differs is damaged. Logs grow: one that cannot be read, or does not begin with
    what the backup has of it, is replaced. The catalogue is ``rebuild``'s. Raises LakeDamaged where the backup lacks what is needed.
    """
    source, home = source.resolve(), home.resolve()
    place, archive = place or Place(home / "lake"), archive or Folder(home / "archive")
    manifest, contents = read_manifest(source), _Contents(source)
    aside = home / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    done: dict[bool, list[str]] = {True: [], False: []}
    wanted = None if place.current() is None else {name: size for name, size, _ in _named_now(place)}
    for entry in manifest.files:
        part, _, key = entry.path.partition("/")
        if entry.path == CATALOG:
            continue
        store: Store = archive if part == "archive" else place.files
        key = key if part == "archive" else key.removeprefix("data/")
        if part == "lake" and wanted is not None and key.rpartition("/")[2] not in wanted:
            continue  # merged or let go since
        there = store.exists(key)
        if there and _whole(store, key, entry, contents.path(entry.sha256)):
            continue
        _check(source, [entry])
        if there:
            target = _inside(aside, entry.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                _measured(store.chunks(key), out)
        store.put_file(key, contents.path(entry.sha256))
        done[there].append(store.name(key))
    return PutBack(f"{manifest.made_at:%Y-%m-%d %H:%M}Z", tuple(done[False]), tuple(done[True]), aside)


def _named_now(place: AnyPlace) -> list[tuple[str, int, int | None]]:
    try:
        return place.catalogued()
    except sqlite3.Error:
        return []


def _whole(store: Store, key: str, entry: Kept, kept: Path) -> bool:
    """Whether what stands in the home needs nothing of the backup."""
    sha256, size = _measured(store.chunks(key))
    if sha256 == entry.sha256:
        return True
    if not key.endswith(".jsonl") or size < entry.bytes:
        return False
    lines = store.get(key)
    return lines.startswith(kept.read_bytes()) and all(_is_json(line) for line in lines.splitlines())


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _move_in(archive: Store, made: Path) -> None:
    """Put an archive that was made in a folder where it belongs. Killed on the way, it is gone on with."""
    # A folder that is a link or a mount point stays one, and is filled.
    if isinstance(archive, Folder) and not archive.root.is_symlink() and not mounted(archive.root) and not archive.holds(""):
        shutil.rmtree(archive.root, ignore_errors=True)
        archive.root.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, archive.root)
        return
    # What is cited before what cites it: documents without a record do no harm, records without a document would.
    for part in ("blobs", "log", "journal"):
        for path in sorted((made / part).rglob("*")):
            if path.is_file():
                archive.put_file(path.relative_to(made).as_posix(), path)
    shutil.rmtree(made)


def read_manifest(source: Path) -> Manifest:
    """What a backup holds. Raises UsageError where there is none, LakeDamaged where it cannot be read."""
    path = source / "manifest.json"
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        begun = " (one was begun and never finished: run backup create again)" if (source / "files").is_dir() else ""
        raise UsageError(f"{source} holds no backup: there is no manifest.json{begun}") from None
    except msgspec.DecodeError as error:
        raise LakeDamaged(f"{path} cannot be read ({error}): use another backup") from error
    if manifest.format != FORMAT:
        raise UsageError(f"{path} is of format {manifest.format}, this Entrepot knows {FORMAT}: update Entrepot")
    return manifest


def _refuse_full(home: Path, place: AnyPlace | None, archive: Store | None, ours: Iterable[Kept]) -> None:
    """Raise UsageError for a lake or an archive that is there, but for what an interrupted restore put there itself."""
    put = {entry.path.removeprefix("archive/") for entry in ours}
    held = [f"archive/ ({archive.name('')})" for _ in [0] if archive is not None and set(archive.keys("")) - put]
    held += [f"lake/ ({place.where})" for _ in [0] if place is not None and place.exists()]
    if held:
        raise UsageError(f"{home} holds {' and '.join(held)} already: restore goes into an empty home (--home DIR), or move these "
                         "away; --missing puts back into this home what it has lost")


def _check(folder: Path, files: Iterable[Kept]) -> None:
    """Every file is there and hashes to what its line of the manifest says."""
    contents = _Contents(folder)
    for sha256, entry in {entry.sha256: entry for entry in files}.items():
        path = contents.path(sha256)
        if not path.exists():
            raise LakeDamaged(f"{path} ({entry.path}) is missing from the backup: use another backup, or run backup create again")
        if _hash(path) != sha256:
            raise LakeDamaged(f"{path} ({entry.path}) is damaged: use another backup, or run backup create again, which mends it from "
                              "a whole home")


class _Contents:
    """Contents by their hash."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "files"
        self.copied = self.bytes_copied = self.same = 0
        self.fresh: list[Kept] = []
        """What this run copied, and must read back."""

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def keep(self, store: Store, key: str, name: str) -> Kept:
        """Copy an object unless its content is here, whole. Returns its line of the manifest."""
        try:
            sha256, size = _measured(store.chunks(key))
            target = self.path(sha256)
            if target.exists() and _hash(target) == sha256:
                self.same += 1
                return Kept(name, sha256, size)
            # A log may have grown meanwhile: its line says what was copied.
            kept = Kept(name, *self._copy_in(store, key))
        except (KeyError, FileNotFoundError) as error:
            raise EntrepotError(f"{store.name(key)} went away while it was copied: run backup create again. The last backup is as it "
                                "was") from error
        except OSError as error:
            raise EntrepotError(f"cannot copy {store.name(key)} to {self.root}: {error.strerror}. Free space or permissions, then run "
                                "again; the last backup is as it was") from error
        self.fresh.append(kept)
        self.copied += 1
        self.bytes_copied += kept.bytes
        return kept

    def _copy_in(self, store: Store, key: str) -> tuple[str, int]:
        """Copy an object under the hash of what was copied."""
        self.root.mkdir(parents=True, exist_ok=True)
        aside = self.root / f".{key.rpartition('/')[2]}.{os.getpid()}"
        with aside.open("wb") as out:
            sha256, size = _measured(store.chunks(key), out)
            out.flush()
            os.fsync(out.fileno())
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        aside.replace(target)
        sync_folder(target.parent)
        return sha256, size

    def drop_all_but(self, wanted: set[str]) -> int:
        """Remove contents that the new manifest does not name. Only after it has taken the old one's place."""
        gone = [path for path in self.root.rglob("*") if path.is_file() and path.name not in wanted]
        for path in gone:
            path.unlink()
        return sum(not path.name.startswith(".") for path in gone)


def _measured(parts: Iterable[bytes], out: BinaryIO | None = None) -> tuple[str, int]:
    """Hash and length of what passes, which is written out where wanted."""
    digest, size = hashlib.sha256(), 0
    for part in parts:
        digest.update(part)
        size += len(part)
        if out is not None:
            out.write(part)
    return digest.hexdigest(), size


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb") as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())


def _inside(folder: Path, path: str) -> Path:
    """A manifest's path below a folder; a manifest that points out of it is not one of ours."""
    target = (folder / path).resolve()
    if not target.is_relative_to(folder.resolve()) or target.relative_to(folder.resolve()).parts[0] not in PARTS:
        raise LakeDamaged(f"the backup's manifest names {path}, which is no file of a home: it was not made by backup create")
    return target


def _hash(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _write(path: Path, body: bytes) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    sync_folder(path.parent)


def _snapshot_of(catalog: Path) -> int:
    """Our number of the newest load in a catalogue, from the commits' own notes."""
    con = open_to_read(catalog)
    try:
        notes: list[dict[str, Any]] = [json.loads(row[0]) for row in con.execute(
            "SELECT commit_extra_info FROM ducklake_snapshot_changes WHERE commit_extra_info IS NOT NULL")]
    finally:
        con.close()
    return max((note["snapshot"] for note in notes if note.get("snapshot")), default=0)


def _versions(entrepot: str) -> dict[str, str]:
    names = ("duckdb", "duckdb-extension-ducklake", "polars", "zstandard")
    return ({"entrepot": entrepot} if entrepot else {}) | {name: package_version(name) for name in names}


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One backup at a time into a folder."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        handle = (to / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise EntrepotError(f"cannot write {to}: {error.strerror}. Choose another folder or mend the permissions") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another backup into {to} is at work. Run again when it is done") from None
        yield
