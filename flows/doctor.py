"""Is everything here in order? Each finding says what was looked at, what was seen, and the way out where it is not."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from flows.house import House, entrepot_version, sample_folder
from warehouse.lake import connect, engine, writing
from warehouse.schema.errors import EntrepotError

LEAST_FREE = 500 * 10**6


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    ok: bool
    what: str
    said: str


def examine(house: House) -> list[Finding]:
    """Look at versions, extensions, home, disk, archive, lake, settings."""
    found = [Finding(True, "version", f"entrepot {entrepot_version()}, duckdb {duckdb.__version__}, prefect {_version('prefect')}, "
                                      f"fastapi {_version('fastapi')}")]
    if _version("fastapi") >= "0.159":
        found.append(Finding(False, "fastapi", "Prefect's server does not start with fastapi 0.159 or newer: install the versions of "
                                               "constraints.txt"))
    if not _version("sqlalchemy").startswith("2.0."):
        found.append(Finding(False, "sqlalchemy", "Prefect's scheduler does not work with SQLAlchemy 2.1: install the versions of "
                                                  "constraints.txt"))
    try:
        engine().close()
        found.append(Finding(True, "extensions", "ducklake and sqlite load from the installed packages"))
    except (EntrepotError, duckdb.Error) as error:
        found.append(Finding(False, "extensions", str(error).splitlines()[0]))
    found.append(_folder(house.root))
    probe = next(p for p in (house.root, *house.root.parents) if p.exists())
    free = shutil.disk_usage(probe).free
    found.append(Finding(free > LEAST_FREE, "disk", f"{free / 1e9:.1f} GB free at {probe}"))
    try:
        ZoneInfo(house.settings.tz)
        found.append(Finding(True, "time zone", house.settings.tz))
    except (ZoneInfoNotFoundError, ValueError):
        found.append(Finding(False, "time zone", f"{house.settings.tz} is not a zone: set ENTREPOT_TZ such as Asia/Kuala_Lumpur"))
    found.append(_archive(house))
    found.append(_lake(house))
    busy = writing(house.place)
    found.append(Finding(True, "writer", busy or "nobody writes"))
    try:
        found.append(Finding(True, "sample", str(sample_folder())))
    except EntrepotError as error:
        found.append(Finding(False, "sample", str(error)))
    file = house.settings.home / "entrepot.toml"
    for name in type(house.settings).model_fields:
        where = f"ENTREPOT_{name.upper()}" if f"ENTREPOT_{name.upper()}" in os.environ else (
            str(file) if name in house.settings.model_fields_set and file.exists() else
            "command line" if name in house.settings.model_fields_set else "default")
        found.append(Finding(True, f"setting {name}", f"{getattr(house.settings, name)}   ({where})"))
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _folder(root: Path) -> Finding:
    probe = next(p for p in (root, *root.parents) if p.exists())
    if os.access(probe, os.W_OK):
        return Finding(True, "home", f"{root}" + ("" if root.exists() else " (will be made)"))
    return Finding(False, "home", f"{probe} cannot be written: mend its permissions, or choose another --home")


def _archive(house: House) -> Finding:
    try:
        fetches = house.archive.fetches()
        for fetch in fetches[-20:]:
            house.archive.read(fetch.sha256)
    except EntrepotError as error:
        return Finding(False, "archive", str(error))
    return Finding(True, "archive", f"{len(fetches)} documents; the newest {min(20, len(fetches))} hash to their names")


def _lake(house: House) -> Finding:
    if house.place.current() is None:
        return Finding(True, "lake", "nothing loaded yet")
    try:
        con = connect(house.place)
        rows, steps = con.execute("SELECT (SELECT count(*) FROM stats.trade), (SELECT max(name) FILTER "
                                  "(regexp_matches(name, '^[0-9]')) FROM ops.migration)").fetchall()[0]
        con.close()
    except (EntrepotError, duckdb.Error) as error:
        return Finding(False, "lake", f"{str(error).splitlines()[0]}; entrepot rebuild makes it anew from the archive")
    return Finding(True, "lake", f"{rows:,} figures on trade, schema {steps}, readers attach {house.place.current()}")
