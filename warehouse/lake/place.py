"""What a place of a lake is, whichever form it has: ``embedded`` on one machine, ``served`` on PostgreSQL and an object store.

Only the promises live here. ``lake`` opens either form through them; nothing else asks which form it has before it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from warehouse.archive.store import Store
from warehouse.schema.errors import EntrepotError, LakeDamaged
from warehouse.schema.quoting import quoted

if TYPE_CHECKING:
    import duckdb

FOR_QUESTIONS = "USE lake.mart;"
"""After it a name without a schema is a view for questions."""
RESTORE = "entrepot backup restore FROM --missing puts it back from a backup"
REBUILD = "entrepot rebuild makes the lake anew from the archive"
MAINTAIN = "entrepot maintain puts it right, and so does any load"
PUBLISHES = "the next run publishes it, and so does entrepot maintain"
"""The ways out that findings name; what has the last one is no damage."""


class Held(Protocol):
    """The writer's lock while it is held."""

    @property
    def datasets(self) -> frozenset[str] | None:
        """What may be written under it; None for everything."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """For the moment of a commit no other writer commits, flushes or migrates; may be entered again inside itself."""
        ...

    def check(self) -> None:
        """Raise Unreachable when the lock was lost: what is not committed yet must not be."""
        ...


class Aside(Protocol):
    """A copy of the catalogue that maintenance works on, until it is proved."""

    def writing_to(self, inlined_rows: int) -> str:
        """The statement that attaches it as ``lake``."""
        ...

    def free(self) -> tuple[set[str], int]:
        """Names of files that no snapshot reads and no reader can still open, and how many more must wait for a reader."""
        ...

    def forget(self, names: set[str]) -> None:
        """Take files off the list of those to delete: the sweep removes them then."""
        ...

    def install(self) -> None:
        """Put it in the catalogue's place, at one stroke."""
        ...

    def discard(self) -> None:
        """Throw it away, installed or not."""
        ...


class AnyPlace(Protocol):
    """Where a lake is, and how it is locked, attached and put in order there."""

    @property
    def extensions(self) -> tuple[str, ...]:
        """What DuckDB loads besides DuckLake."""
        ...

    @property
    def shared(self) -> bool:
        """Whether others read and write the very catalogue that a writer attaches."""
        ...

    @property
    def where(self) -> str:
        """How a person finds it: a path, or an address without its password."""
        ...

    @property
    def files(self) -> Store:
        """The data as whole objects."""
        ...

    def secrets(self, reading: bool = False) -> tuple[str, ...]:
        """Statements that tell an engine the passwords and keys, of a reader or of a writer. Never printed."""
        ...

    def current(self) -> Path | str | None:
        """What readers attach, as a person would name it; None when nothing was ever published."""
        ...

    def missing(self) -> EntrepotError:
        """Why readers find nothing to attach."""
        ...

    def exists(self) -> bool:
        """Whether a lake, or a part of one, is here."""
        ...

    def attach_line(self, name: str = "lake", *options: str) -> str:
        """What any DuckDB of the pinned version types to read this lake; it holds no password."""
        ...

    def attach_file(self) -> Path | None:
        """A file of SQL that always attaches what readers are to see, with what is loaded before; None where none is kept."""
        ...

    def reading(self, name: str, *options: str) -> str:
        """The statement that a reader of ours attaches with: what it sees never changes under it."""
        ...

    def writing_to(self, inlined_rows: int) -> str:
        """The statement that attaches the writer's catalogue as ``lake``."""
        ...

    def stand_on(self, reader: Any, statement: str) -> None:
        """Keep what a statement of ``reading`` attaches for as long as its reader (a connection) lives."""
        ...

    def writable(self) -> bool:
        """Whether whoever asks may write a lake that is here."""
        ...

    def before_writing(self) -> None:
        """Make what must be there before a lake can be written. Under the lock."""
        ...

    def refuse_half(self) -> None:
        """Raise LakeDamaged where data stands without its catalogue, or a catalogue without its data. Under the lock."""
        ...

    def lost(self) -> LakeDamaged | None:
        """What is the matter where the catalogue names data and nothing at all of it is there; None where all is well."""
        ...

    def wait_for_others(self, wait_s: float) -> None:
        """Wait for programs that are not Entrepot and know nothing of its lock. Under the lock; raises Busy after ``wait_s``."""
        ...

    def locked(self, why: str, wait_s: float = 60, datasets: Collection[str] | None = None) -> AbstractContextManager[Held]:
        """Hold the writer's lock on some datasets, or on everything; it dies with its owner.

        ``why`` is what others are told. Raises Busy after ``wait_s``, naming who writes and since when; PermissionError where
        whoever asks may not write.
        """
        ...

    def writing(self, datasets: Collection[str] | None = None) -> str | None:
        """Who writes and since when, for whom a writer of these datasets (None: of anything) would wait; None when nobody does."""
        ...

    def recover(self, held: Held) -> None:
        """Put right what a killed writer left."""
        ...

    def leave(self) -> None:
        """A writer is done: what it leaves in order need not be looked at by the next one. Under the lock; never raises."""
        ...

    def inlined(self) -> int:
        """The most rows, or deletions of rows in files, that any one table has in the catalogue."""
        ...

    def publish(self) -> object:
        """Let readers see what is committed."""
        ...

    def orphans(self) -> list[str]:
        """Keys of files that nothing names; only under the lock on everything."""
        ...

    def sweep(self) -> list[str]:
        """Remove the orphans; only under the lock on everything. Returns their keys."""
        ...

    def look(self) -> tuple[str, bool, list[tuple[str, str]]]:
        """Look at the catalogue under the lock: what was looked at, whether it can be read, what is wrong with each way out."""
        ...

    def catalogued(self) -> list[tuple[str, int, int | None]]:
        """Name, bytes and (of data) rows of every file that a snapshot reads."""
        ...

    def aside(self) -> Aside:
        """A copy of the catalogue to work on; only under the lock on everything."""
        ...

    def frozen(self, into: Path) -> Path | None:
        """The whole lake's catalogue of this moment as a SQLite file, which never changes; ``into`` is a folder for it. None where
        nothing was ever published.
        """
        ...

    def beside(self, home: Path, name: str) -> Path:
        """The folder in which a lake is made that is to take this one's place; ``name`` tells it from others.

        Raises UsageError or EntrepotError where none could take its place.
        """
        ...

    def take(self, made: Path) -> str | None:
        """Put an embedded lake that stands in a folder in this one's place; only under the lock on everything.

        Returns how a person finds what was there before.
        """
        ...

    def size(self) -> int:
        """Bytes of the lake."""
        ...


def extension(name: str) -> str:
    """The file of an extension in its installed wheel. Raises EntrepotError where it is missing, or of another DuckDB."""
    import duckdb

    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        raise EntrepotError(f"the package duckdb-extension-{name.replace('_', '-')} is not installed: install entrepot again")
    path = Path(next(iter(spec.submodule_search_locations)), "extensions", f"v{duckdb.__version__}", f"{name}.duckdb_extension")
    if not path.is_file():
        raise EntrepotError(f"duckdb {duckdb.__version__} and duckdb-extension-{name.replace('_', '-')} differ: {path} is "
                            "missing. Install the versions of constraints.txt")
    return str(path)


def load_lines(place: AnyPlace) -> list[str]:
    """What any DuckDB of the pinned version loads, without a network, before it attaches a place: extensions of the installed wheels."""
    return [f"LOAD '{quoted(extension(name))}';" for name in ("ducklake", *place.extensions)]


def metadata(con: duckdb.DuckDBPyConnection, name: str = "lake") -> str:
    """How the tables of DuckLake's own catalogue begin, where a lake is attached under a name: ``FROM {metadata(con)}data_file``."""
    (schema,) = con.execute("SELECT coalesce(options['metadata_schema'], 'main') FROM duckdb_databases() "
                            "WHERE database_name = ?", [name]).fetchall()[0]
    return f"__ducklake_metadata_{name}.{schema}.ducklake_"
