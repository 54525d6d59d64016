"""What others take away: ``current.duckdb`` for tools that open one file, and a data package of what may be passed on.

Both are made from the published lake, aside, checked, and switched to by a symlink, so a reader never meets half of one and a
kill leaves the last whole. The single file has everything, texts of articles included, and stays in the home; the data
package leaves out every dataset whose publisher does not let its rows be passed on, and says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dataframely as dy
import duckdb

from warehouse.archive.store import sync_folder
from warehouse.lake.migrate import views
from warehouse.lake.opening import AnyPlace, attach, engine
from warehouse.schema import meanings
from warehouse.schema.errors import Busy, EntrepotError, LakeDamaged
from warehouse.schema.quoting import as_cell
from warehouse.schema.tables import FACTS, REVISIONS, Table

KEPT = 3
"""Older single files and packages stay that long, and longer while somebody reads them."""


@dataclass(frozen=True)
class SingleFile:
    """A single file that was made."""

    path: Path
    link: Path
    snapshot: int
    tables: int
    rows: int


@dataclass(frozen=True)
class LeftOut:
    """A dataset that is not in the package, and why."""

    dataset: str
    title: str
    licence: str
    why: str


@dataclass(frozen=True)
class DataPackage:
    """A data package that was made."""

    folder: Path
    """Its name by the symlink."""
    path: Path
    snapshot: int
    datasets: tuple[str, ...]
    resources: int
    left_out: tuple[LeftOut, ...]


def single_file(place: AnyPlace, into: Path) -> SingleFile:
    """Make ``current-NNNNNN.duckdb`` of the published lake and switch ``current.duckdb`` to it.

    Raises EntrepotError when nothing is loaded, LakeDamaged when the file does not hold what the lake holds, Busy beside another.
    """
    with _one_at_a_time(into), _lake(place) as con, TemporaryDirectory() as elsewhere:
        path = into / f"current-{_next(into, 'current-*.duckdb'):06}.duckdb"
        aside = into / ".current.duckdb.aside"
        _clear(into, ".current.duckdb.aside*")
        if "?" in str(into):  # DuckDB takes it for the beginning of options and puts ".wal" before it (duckdb 1.5.5)
            aside = Path(elsewhere) / aside.name
        con.execute(f"ATTACH {_quoted(aside)} AS current")
        con.execute("USE current")
        rows = 0
        tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake' ORDER BY ALL").fetchall()
        for schema in sorted({schema for schema, _ in tables} | {"mart"}):
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for schema, table in tables:
            con.execute(f"CREATE TABLE {schema}.{table} AS FROM lake.{schema}.{table}")
            rows += _checked(con, f"{schema}.{table}", aside)
        for view in views():
            con.execute(view.read_text(encoding="utf-8"))
        meanings.dictionary_view(con, "current")
        con.execute(meanings.comments())
        meanings.on_views(con, "current")
        for schema, view_name in con.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'current' "
                                             "AND NOT internal").fetchall():
            con.execute(f"SELECT * FROM {schema}.{view_name} LIMIT 0")
        ((snapshot,),) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()
        con.execute("USE memory")
        con.execute("DETACH current")
        if aside.parent != into:
            aside = Path(shutil.copy(aside, into / aside.name))
        _sync(aside)
        aside.replace(path)
        link = into / "current.duckdb"
        _switch(link, path)
        for old in sorted(into.glob("current-*.duckdb"))[:-KEPT]:
            if not _being_read(old):
                old.unlink()
    return SingleFile(path, link, int(snapshot), len(tables), rows)


def _checked(con: duckdb.DuckDBPyConnection, table: str, aside: Path) -> int:
    """Rows of a table that was copied: as many as in the lake."""
    ((there, here),) = con.execute(f"SELECT (SELECT count(*) FROM lake.{table}), (SELECT count(*) FROM {table})").fetchall()
    if there != here:
        raise LakeDamaged(f"{table} has {there} rows in the lake and {here} in {aside}: entrepot verify says what is wrong")
    return int(here)


def data_package(place: AnyPlace, into: Path) -> DataPackage:
    """Make a Frictionless data package of the published lake below ``into`` and switch ``into/datapackage`` to it.

    For each dataset that may be passed on: its figures and its ended versions, each as CSV and Parquet, with bytes and sha256.
    The same snapshot gives the same files. Raises EntrepotError when nothing is loaded or the folder cannot be written, Busy
    beside another.
    """
    into = into.resolve()
    with _one_at_a_time(into), _lake(place) as con:
        path = into / f"datapackage-{_next(into, 'datapackage-*'):06}"
        aside = into / ".datapackage.aside"
        shutil.rmtree(aside, ignore_errors=True)
        (aside / "data").mkdir(parents=True)
        con.execute("USE lake")
        resources, names, left_out = _resources(con, aside)
        ((snapshot, recorded_at),) = con.execute("SELECT coalesce(max(snapshot), 0), max(recorded_at) FROM ops.load").fetchall()
        descriptor = {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": "entrepot",
            "title": "Official trade figures, each with its page, its revisions and its mirror",
            "version": str(snapshot), **({"created": f"{recorded_at:%Y-%m-%dT%H:%M:%SZ}"} if recorded_at else {}),
            "description": f"Snapshot {snapshot} of an Entrepot lake. Each figure cites the publisher's answer it was read from "
                           "(fetch_id) and the cell (locator); a version that ended is kept whole in the resource of revisions.",
            "resources": resources,
            "entrepot": {"snapshot": snapshot, "left_out": [vars(left) for left in left_out]}}
        (aside / "datapackage.json").write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for file in aside.rglob("*"):
            if file.is_file():
                _sync(file)
        aside.rename(path)
        link = into / "datapackage"
        _switch(link, path)
        for old in sorted(into.glob("datapackage-*"))[:-KEPT]:
            shutil.rmtree(old)
    return DataPackage(link, path, int(snapshot), tuple(names), len(resources), tuple(left_out))


def _resources(con: duckdb.DuckDBPyConnection, folder: Path) -> tuple[list[dict[str, Any]], list[str], list[LeftOut]]:
    """Write every dataset that may be passed on; returns the descriptor's resources, the datasets' names, what was left out."""
    result = con.execute("SELECT * FROM ref.dataset ORDER BY dataset")
    columns = [column[0] for column in result.description or ()]
    found = result.fetchall()
    loaded = {row[0] for row in con.execute("SELECT DISTINCT dataset FROM ops.load").fetchall()}
    resources: list[dict[str, Any]] = []
    names: list[str] = []
    left_out: list[LeftOut] = []
    for row in found:
        about = dict(zip(columns, row, strict=True))
        name = about["dataset"]
        table = FACTS.get(about["table_name"])
        if table is None:
            if about["table_name"].startswith("news.") and name in loaded:
                left_out.append(LeftOut(name, about["title"], about["licence"], "rights in the texts stay with their publishers"))
            continue
        written = [(part, suffix) for part, suffix in ((table, ""), (REVISIONS[table.name], ".revisions"))
                   if con.execute(f"SELECT 1 FROM {part.name} WHERE dataset = ? LIMIT 1", [name]).fetchone()]
        if not written:
            continue
        if not about["may_redistribute"]:
            left_out.append(LeftOut(name, about["title"], about["licence"], "its publisher does not let the rows be passed on"))
            continue
        names.append(name)
        for part, suffix in written:
            resources += _two_forms(con, folder, part, about, suffix)
    return resources, names, left_out


def _two_forms(con: duckdb.DuckDBPyConnection, folder: Path, table: Table, about: dict[str, Any], suffix: str) -> list[dict[str, Any]]:
    """One table of one dataset as CSV, with its schema, and as Parquet."""
    name = about["dataset"]
    order = ", ".join(table.key)
    texts = ", ".join(f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%fZ') AS {column}" if isinstance(kind, dy.Datetime) else
                      f"{as_cell(column)} AS {column}" if isinstance(kind, dy.String) else column for column, kind in table.columns.items())
    where = f"FROM {table.name} WHERE dataset = {_quoted(name)} ORDER BY {order}"
    base = (name + suffix).lower()
    csv, parquet = folder / "data" / f"{base}.csv", folder / "data" / f"{base}.parquet"
    con.execute(f"COPY (SELECT {texts} {where}) TO {_quoted(csv)} (FORMAT csv, HEADER)")
    con.execute(f"COPY (SELECT {', '.join(table.columns)} {where}) TO {_quoted(parquet)} (FORMAT parquet, COMPRESSION zstd)")
    what = f"{about['title']}: versions that ended" if suffix else about["title"]
    page = {"path": about["page_url"]} if about["page_url"] else {}
    shared = {
        "title": what, "description": table.doc, "licenses": [{"name": "other", "title": about["licence"], **page}],
        "sources": [{"title": f"{about['publisher']}: {about['title']}", **page}],
        "entrepot": {key: about[key] for key in ("dataset", "publisher", "attribution", "citation", "account", "revision_mode")}}
    return [
        {"name": base, "type": "table", "path": f"data/{csv.name}", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
         **_measured(csv), **shared, "schema": {"fields": [_field(column, kind) for column, kind in table.columns.items()],
                                                "primaryKey": list(table.key), "missingValues": [""]}},
        {"name": f"{base}.parquet", "type": "file", "path": f"data/{parquet.name}", "format": "parquet",
         "mediatype": "application/vnd.apache.parquet", **_measured(parquet), **shared}]


def _field(name: str, column: dy.Column) -> dict[str, Any]:
    """A column as Table Schema has it, its words from the contract."""
    for kind, word in ((dy.Datetime, "datetime"), (dy.Date, "date"), (dy.Int64, "integer"), (dy.Int16, "integer"),
                       (dy.Decimal, "number"), (dy.Float64, "number"), (dy.Bool, "boolean"), (dy.String, "string")):
        if isinstance(column, kind):
            form = {"format": "%Y-%m-%dT%H:%M:%S.%fZ"} if word == "datetime" else {}
            return {"name": name, "type": word, **form, "description": column.description or ""}
    raise TypeError(f"no Table Schema type for {column!r}")


def _quoted(text: object) -> str:
    """An SQL literal where no parameter can stand."""
    return "'" + str(text).replace("'", "''") + "'"


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as handle:
        return {"bytes": path.stat().st_size, "hash": f"sha256:{hashlib.file_digest(handle, 'sha256').hexdigest()}"}


@contextmanager
def _lake(place: AnyPlace) -> Iterator[duckdb.DuckDBPyConnection]:
    con = engine(place)
    try:
        attach(con, place, "lake")
        con.execute("USE memory")
        yield con
    finally:
        con.close()


@contextmanager
def _one_at_a_time(into: Path) -> Iterator[None]:
    try:
        into.mkdir(parents=True, exist_ok=True)
        handle = (into / ".publish.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise EntrepotError(f"cannot write {into}: {error.strerror}. Choose another folder or mend the permissions") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another publish into {into} is at work. Run again when it is done") from None
        yield


def _next(into: Path, pattern: str) -> int:
    numbers = [int(path.stem.rpartition("-")[2]) for path in into.glob(pattern)]
    return max(numbers, default=0) + 1


def _clear(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        path.unlink()


def _switch(link: Path, to: Path) -> None:
    """Point a symlink elsewhere in one step."""
    aside = link.with_name(f".{link.name}.link")
    aside.unlink(missing_ok=True)
    aside.symlink_to(to.name)
    aside.replace(link)
    sync_folder(link.parent)


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _being_read(path: Path) -> bool:
    """Whether a DuckDB of another process has the file open: it holds a POSIX lock on it."""
    with path.open("r+b") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
