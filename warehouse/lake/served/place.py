"""A lake that outgrew one machine: DuckLake's catalogue in PostgreSQL, its data on an object store (or a folder all share).

Readers attach PostgreSQL itself, pinned at the newest snapshot, so what they see never changes under them. One writer for each
dataset, by ``pg_advisory_lock`` on a session of its own: PostgreSQL frees it when its owner dies. Writers of different datasets
parse and compare side by side and commit one after another. The same roles on one machine are ``embedded``; who opens either is
``lake``.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from warehouse.archive.objects import Access, ObjectStore
from warehouse.archive.store import Folder, Store
from warehouse.lake.embedded import Place as Embedded
from warehouse.lake.place import REBUILD, RESTORE, Held
from warehouse.lake.served import catalog_rows
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged, Unreachable, UsageError
from warehouse.schema.quoting import quoted

if TYPE_CHECKING:
    import psycopg

KEPT_FOR = timedelta(days=1)
"""Files that no snapshot reads any more stay so long: a reader may be reading one."""
SCHEMA = "entrepot"
"""PostgreSQL's schema with DuckLake's tables: one lake to a database, and room beside it for others' tables."""
KEEPALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
"""A machine that lost its power holds a lock for a minute, not for the two hours that are usual."""
_SECRET = {"host": "HOST", "port": "PORT", "dbname": "DATABASE", "user": "USER", "password": "PASSWORD"}
"""What DuckDB's secret for PostgreSQL holds, by libpq's words."""
_WRITING, _READING = "entrepot_catalog", "entrepot_reader"
"""DuckDB's names for the two secrets: an engine that only reads never has the writer's."""
LONGEST_COMMIT_S = 3600
"""For another's commit, flush or migration to end."""
_LAKE, _COMMIT = 1, 2
"""Numbers of the two locks that are no dataset's."""


@dataclass(frozen=True)
class ServedPlace:
    """Where a lake on servers is."""

    url: str = field(repr=False)
    """``postgresql://user:password@host:port/database``; the password may instead come from PGPASSWORD or ``~/.pgpass``."""
    data: str
    """``s3://bucket/prefix``, or a folder that every worker and reader sees under the same path."""
    access: Access
    reader: str = field(default="", repr=False)
    """The same address with a user who can only read, for all that readers attach; the writer's own where there is none."""

    shared = True
    extensions = ("postgres_scanner", "httpfs")

    def __post_init__(self) -> None:
        for setting, url in (("ENTREPOT_CATALOG", self.url), ("ENTREPOT_CATALOG_READER", self.reader)):
            parts = urlsplit(url)
            if (url or setting == "ENTREPOT_CATALOG") and (
                    parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not parts.path.strip("/")):
                raise UsageError(f"{setting} is an address such as postgresql://user:password@host:5432/database")

    @cached_property
    def _parts(self) -> dict[str, str]:
        """What the address says, in libpq's words."""
        return _said(self.url)

    @cached_property
    def _reader(self) -> dict[str, str]:
        """The same of whom readers attach as."""
        return _said(self.reader) if self.reader else self._parts

    @property
    def server(self) -> str:
        return f"PostgreSQL at {self._parts['host']}:{self._parts['port']}"

    @property
    def where(self) -> str:
        return f"postgresql://{self._parts['host']}:{self._parts['port']}/{self._parts['dbname']}"

    @property
    def data_path(self) -> str:
        return self.data.rstrip("/") + "/"

    @cached_property
    def files(self) -> Store:
        return ObjectStore(self.data, self.access) if self.data.startswith("s3://") else Folder(Path(self.data))

    def secrets(self, reading: bool = False) -> tuple[str, ...]:
        parts, name = (self._reader, _READING) if reading else (self._parts, _WRITING)
        said = ", ".join(f"{word} '{quoted(parts[part])}'" for part, word in _SECRET.items() if part in parts)
        catalog = f"CREATE OR REPLACE SECRET {name} (TYPE postgres, {said})"
        return (catalog, self.access.duckdb_secret(self.data_path)) if self.data.startswith("s3://") else (catalog,)

    def session(self, why: str = "entrepot") -> psycopg.Connection[tuple[Any, ...]]:
        """A session of PostgreSQL in which each statement stands for itself. Raises Unreachable, or EntrepotError when refused."""
        import psycopg

        with self.asked():
            return psycopg.connect(psycopg.conninfo.make_conninfo(**self._parts, options=KEEPALIVE, application_name=why[:63]),
                                   autocommit=True, connect_timeout=10)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Around every question to PostgreSQL: that it does not answer is said in one sentence, without its password."""
        import psycopg

        try:
            yield
        except psycopg.OperationalError as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            said = first.rpartition("failed: ")[2]
            if re.search(r"password|authentication|does not exist|pg_hba|permission denied", first):
                raise EntrepotError(f"{self.server} refuses: {said}. Look at ENTREPOT_CATALOG") from error
            raise Unreachable(f"{self.server} does not answer ({said}). Nothing stored is lost; run again when it does") from error

    def readers_may_write(self) -> bool:
        """Whether those who only ask could change the catalogue, going by their user's rights."""
        import psycopg

        with self.asked():
            session = psycopg.connect(psycopg.conninfo.make_conninfo(**self._reader), autocommit=True, connect_timeout=10)
        with session, self.asked():
            row = session.execute(
                f"SELECT has_schema_privilege('{SCHEMA}', 'CREATE') OR has_database_privilege(current_database(), 'CREATE') OR "
                "EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = %s AND has_table_privilege(quote_ident(schemaname) || '.' || "
                "quote_ident(tablename), 'INSERT, UPDATE, DELETE, TRUNCATE'))", [SCHEMA]).fetchone()
        return bool(row and row[0])

    def _ask(self, query: str) -> Any:
        with self.session() as session, self.asked():
            row = session.execute(query.replace("{schema}", SCHEMA)).fetchone()
            return row[0] if row else None

    def current(self) -> str | None:
        return self.where if self.exists() else None

    def exists(self) -> bool:
        return bool(self._ask("SELECT to_regclass('{schema}.ducklake_snapshot') IS NOT NULL"))

    def missing(self) -> EntrepotError:
        return EntrepotError(f"nothing is loaded yet in {self.where}: entrepot refresh asks the publishers, entrepot backup restore "
                             "brings a lake here")

    def attach_line(self, name: str = "lake", *options: str) -> str:
        said = " ".join(f"{word}={self._parts[word]}" for word in ("host", "port", "dbname", "user") if word in self._parts)
        return (f"ATTACH 'ducklake:postgres:{quoted(said)}' AS {name} (READ_ONLY, METADATA_SCHEMA '{SCHEMA}'"
                f"{''.join(f', {option}' for option in options)}); USE {name};  -- password in PGPASSWORD"
                + ("; first CREATE SECRET (TYPE s3, KEY_ID …, SECRET …, ENDPOINT …)" if self.data.startswith("s3:") else ""))

    def attach_file(self) -> None:
        return None

    def reading(self, name: str, *options: str) -> str:
        if not any(option.startswith("SNAPSHOT") for option in options):
            newest = self._ask("SELECT max(snapshot_id) FROM {schema}.ducklake_snapshot")
            options = (*options, f"SNAPSHOT_VERSION {newest}")
        # Whoever they are, the server is told that they only read.
        more = [f"{part}={value}" for part, value in self._reader.items() if part not in (*_SECRET, "options")]
        asked = f"{self._reader.get('options', '')} -c default_transaction_read_only=on".strip()
        told = quoted(" ".join([*more, f"options='{asked}'"]))
        return (f"ATTACH 'ducklake:postgres:{told}' AS {name} (READ_ONLY, {self._attached_to(secret=_READING)}"
                f"{''.join(f', {o}' for o in options)}); USE {name};")

    def writing_to(self, inlined_rows: int) -> str:
        return f"ATTACH '{self._dsn}' AS lake ({self._attached_to()}, DATA_INLINING_ROW_LIMIT {inlined_rows})"

    @property
    def _dsn(self) -> str:
        """What DuckDB's secret has no word for, such as ``sslmode``."""
        more = " ".join(f"{name}={value}" for name, value in self._parts.items() if name not in _SECRET)
        return f"ducklake:postgres:{quoted(more)}"

    def _attached_to(self, schema: str = SCHEMA, secret: str = _WRITING) -> str:
        return (f"META_SECRET '{secret}', METADATA_SCHEMA '{schema}', DATA_PATH '{quoted(self.data_path)}', "
                "OVERRIDE_DATA_PATH true")

    def stand_on(self, reader: Any, statement: str) -> None:
        """Nothing: a file that no snapshot reads any more is kept for a day."""

    def wait_for_others(self, wait_s: float) -> None:
        """Nothing: PostgreSQL lets everybody wait."""

    def writable(self) -> bool:
        return bool(self._ask("SELECT has_schema_privilege('{schema}', 'USAGE') AND has_table_privilege("
                              "'{schema}.ducklake_snapshot', 'INSERT')"))

    def before_writing(self) -> None:
        """Nothing: who makes the database gives it to Entrepot empty."""

    def refuse_half(self) -> None:
        if not self.exists() and self.files.keys(""):
            raise LakeDamaged(f"{self.where} holds no lake, while {self.data} holds data: entrepot rebuild makes the lake anew from "
                              "the archive, or entrepot backup restore brings it back")
        if lost := self.lost():
            raise lost

    def lost(self) -> LakeDamaged | None:
        if not self.exists() or not self._ask("SELECT EXISTS (SELECT 1 FROM {schema}.ducklake_data_file)") or self.files.holds(""):
            return None
        return LakeDamaged(f"the lake's data is gone: {self.where} names files, and none is in {self.data}. Is a disk not mounted, or a "
                           f"bucket another's? Else {REBUILD}, or {RESTORE}; nothing is loaded before that")

    @contextmanager
    def locked(self, why: str, wait_s: float = 60, datasets: Collection[str] | None = None) -> Iterator[Held]:
        """Hold the writer's lock on some datasets, or (None) on the whole lake. Raises Busy, Unreachable."""
        give_up = time.monotonic() + wait_s
        with self.session(f"{why}, process {os.getpid()} on {socket.gethostname()}") as session:
            lock = _Lock(self, session, None if datasets is None else frozenset(datasets))
            if datasets is None:
                lock.take(_LAKE, give_up)
            else:
                lock.take(_LAKE, give_up, shared=True)
                for key in sorted({number_of(dataset) for dataset in datasets}):
                    lock.take(key, give_up)
            yield lock

    def writing(self, datasets: Collection[str] | None = None) -> str | None:
        with self.session() as session, self.asked():
            return _holders(session, None if datasets is None else [number_of(dataset) for dataset in datasets])

    def recover(self, held: Held) -> None:
        """Sweep what a killed writer left, where nobody else writes: another's files are not named by any snapshot either."""
        assert isinstance(held, _Lock)
        if held.datasets is None:
            self.sweep()
        elif held.alone_in_the_lake():
            try:
                self.sweep()
            finally:
                held.give_back()

    def leave(self) -> None:
        """Nothing: a server looks after its own files."""

    def inlined(self) -> int:
        with self.session() as session, self.asked():
            return max(catalog_rows.inlined(session, SCHEMA).values(), default=0)

    def publish(self) -> None:
        """Nothing: a commit is what readers that come after it see."""

    def orphans(self) -> list[str]:
        there = self.files.keys("")
        if not there:
            return []
        with self.session() as session, self.asked():
            # A lake that was replaced is kept with its files until a person drops its schema.
            schemas = [row[0] for row in session.execute(
                "SELECT table_schema FROM information_schema.tables WHERE table_name = 'ducklake_data_file' "
                "AND (table_schema = %s OR table_schema LIKE %s)", [SCHEMA, f"{SCHEMA}_before_%"])]
            wanted = {name for schema in schemas for name in (*_names(session, schema, "ducklake_data_file"), *_names(
                session, schema, "ducklake_delete_file"), *_names(session, schema, "ducklake_files_scheduled_for_deletion"))}
        return [key for key in there if key.rpartition("/")[2] not in wanted]

    def sweep(self) -> list[str]:
        left = self.orphans()
        for key in left:
            self.files.delete(key)
        return left

    def look(self) -> tuple[str, bool, list[tuple[str, str]]]:
        if not self.exists():
            return self.where, False, [(f"{self.where} holds no lake, while {self.data} holds data", f"{REBUILD}, or {RESTORE}")]
        return self.where, True, []

    def catalogued(self) -> list[tuple[str, int, int | None]]:
        with self.session() as session, self.asked():
            return [(str(path).rpartition("/")[2], size, count) for path, size, count in session.execute(
                f"SELECT path, file_size_bytes, record_count FROM {SCHEMA}.ducklake_data_file "
                f"UNION ALL SELECT path, file_size_bytes, NULL FROM {SCHEMA}.ducklake_delete_file")]

    def aside(self) -> ServedAside:
        return ServedAside(self)

    def frozen(self, into: Path) -> Path | None:
        """Flushed and copied while nobody commits; files that it names stay for a day even when maintenance lets them go."""
        from warehouse.lake.opening import make_empty, writer

        if not self.exists():
            return None
        with writer(self, "entrepot backup", datasets=()) as lake, lake.held.alone(), self.session() as session, self.asked():
            lake.flush()
            made = Embedded(into, apart=True)
            make_empty(made, made.writing_to(0))
            catalog_rows.to_sqlite(session, SCHEMA, made.catalog, "data/")
            return made.catalog

    def beside(self, home: Path, name: str) -> Path:
        return home / f"lake.{name}"

    def take(self, made: Path) -> str | None:
        """Upload the data, which nobody names yet, then change the catalogue. Readers that were attached must attach again."""
        from warehouse.lake.opening import make_empty, writer

        other = Embedded(made, apart=True)
        with writer(other, "entrepot: to servers") as lake:
            lake.flush()
        with self.session() as session, self.asked():
            there = self.files.sizes()
            for key, size in other.files.sizes().items():
                if there.get(key) != size:
                    self.files.put_file(key, other.data / key)
            coming = f"{SCHEMA}_coming"
            session.execute(f"DROP SCHEMA IF EXISTS {coming} CASCADE")
            make_empty(self, f"ATTACH '{self._dsn}' AS lake ({self._attached_to(coming)})")
            catalog_rows.from_sqlite(session, coming, other.catalog, self.data_path)
            before = f"{SCHEMA}_before_{datetime.now(UTC):%Y%m%dT%H%M%S}".lower() if self.exists() else None
            with session.transaction():
                if before:
                    session.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {before}")
                session.execute(f"ALTER SCHEMA {coming} RENAME TO {SCHEMA}")
        return f"the schema {before} of {self.where}" if before else None

    def size(self) -> int:
        return sum(self.files.sizes().values()) + int(self._ask(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = '{schema}' AND c.relkind = 'r'"))


class ServedAside:
    """A copy of the catalogue in a schema of its own."""

    schema = f"{SCHEMA}_aside"

    def __init__(self, place: ServedPlace) -> None:
        self.place = place
        with place.session() as session, place.asked():
            catalog_rows.copy_schema(session, SCHEMA, self.schema)

    def writing_to(self, inlined_rows: int) -> str:
        return (f"ATTACH '{self.place._dsn}' AS lake ({self.place._attached_to(self.schema)}, "
                f"DATA_INLINING_ROW_LIMIT {inlined_rows})")

    def free(self) -> tuple[set[str], int]:
        with self.place.session() as session, self.place.asked():
            listed = f"SELECT path, schedule_start < now() - interval '{KEPT_FOR}' FROM {self.schema}.ducklake_files_scheduled_for_deletion"
            due = {str(path).rpartition("/")[2]: bool(old) for path, old in session.execute(listed)}
            read = {*_names(session, self.schema, "ducklake_data_file"), *_names(session, self.schema, "ducklake_delete_file")}
        free = {name for name, old in due.items() if old and name not in read}
        return free, len(due) - len(free)

    def forget(self, names: set[str]) -> None:
        with self.place.session() as session, self.place.asked():
            session.execute(f"DELETE FROM {self.schema}.ducklake_files_scheduled_for_deletion "
                            "WHERE regexp_replace(path, '.*/', '') = ANY(%s)", [list(names)])

    def install(self) -> None:
        with self.place.session() as session, self.place.asked():
            catalog_rows.replace_rows(session, SCHEMA, self.schema)

    def discard(self) -> None:
        with self.place.session() as session, self.place.asked():
            session.execute(f"DROP SCHEMA IF EXISTS {self.schema} CASCADE")


def _said(url: str) -> dict[str, str]:
    """What an address of PostgreSQL says, in libpq's words."""
    parts = urlsplit(url)
    said = {"host": parts.hostname or "", "port": str(parts.port or 5432), "dbname": unquote(parts.path.strip("/")),
            "user": unquote(parts.username or ""), "password": unquote(parts.password or ""), **dict(parse_qsl(parts.query))}
    return {name: value for name, value in said.items() if value}


def _names(session: psycopg.Connection[tuple[Any, ...]], schema: str, table: str) -> set[str]:
    """File names of one of DuckLake's tables."""
    return {str(row[0]).rpartition("/")[2] for row in session.execute(f"SELECT path FROM {schema}.{table}")}


class _Lock:
    """Advisory locks on one session, which is kept for nothing else."""

    def __init__(self, place: ServedPlace, session: psycopg.Connection[tuple[Any, ...]], datasets: frozenset[str] | None) -> None:
        self.place, self.session, self.datasets = place, session, datasets
        self._depth = 0
        self._guard = threading.RLock()

    def take(self, key: int, give_up: float, *, shared: bool = False) -> None:
        import psycopg

        left = max(1, int((give_up - time.monotonic()) * 1000))
        with self.place.asked():
            self.session.execute(f"SET lock_timeout = {left}")
            try:
                self.session.execute(f"SELECT pg_advisory_lock{'_shared' if shared else ''}(%s, %s)", [_FAMILY, key])
            except psycopg.errors.LockNotAvailable:
                raise Busy(f"another writer is at work: {_holders(self.session, [key]) or 'unknown'}. Run again when it is done") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._guard:
            if not self._depth:
                self.take(_COMMIT, time.monotonic() + LONGEST_COMMIT_S)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if not self._depth:
                    self._unlock(_COMMIT)

    def check(self) -> None:
        with self.place.asked():
            self.session.execute("SELECT 1")

    def alone_in_the_lake(self) -> bool:
        """Take the lock on everything if nobody else holds a part of it; our own part is no hindrance."""
        with self.place.asked():
            row = self.session.execute("SELECT pg_try_advisory_lock(%s, %s)", [_FAMILY, _LAKE]).fetchone()
        return bool(row and row[0])

    def give_back(self) -> None:
        self._unlock(_LAKE)

    def _unlock(self, key: int) -> None:
        # A session that died gave its locks back already.
        if not self.session.closed and not self.session.broken:
            with self.place.asked():
                self.session.execute("SELECT pg_advisory_unlock(%s, %s)", [_FAMILY, key])


def number_of(text: str) -> int:
    """A lock's number for a dataset, above those of the lake. Two datasets with the same number would only wait for each other."""
    return 16 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) % (2**31 - 16)


_FAMILY = number_of("entrepot")


def _holders(session: psycopg.Connection[tuple[Any, ...]], keys: list[int] | None) -> str | None:
    """Who holds any of these locks (None: any at all), or everything, and since when; other than this session."""
    found = session.execute("""
        SELECT DISTINCT a.application_name, a.backend_start AT TIME ZONE 'UTC' FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.classid::bigint = %s AND l.granted AND l.pid <> pg_backend_pid()
          AND (%s::bigint[] IS NULL OR l.objid::bigint = ANY(%s) OR (l.objid::bigint = %s AND l.mode = 'ExclusiveLock'))
        ORDER BY 2""", [_FAMILY, keys, keys, _LAKE]).fetchall()
    return "; ".join(f"{name}, since {since:%Y-%m-%d %H:%M:%SZ}" for name, since in found) or None
