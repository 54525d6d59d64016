"""Upkeep as the command line and Prefect's flows share it: maintenance of the lake, and what is published for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.home.house import House
from flows.run.bookkeeping import heal
from flows.run.turns import writer_of
from warehouse.schema.errors import EntrepotError
from warehouse.upkeep.maintain import Maintained, listed
from warehouse.upkeep.maintain import maintain as tidy
from warehouse.upkeep.publish import DataPackage, SingleFile, data_package, single_file


@dataclass(frozen=True)
class Published:
    """What others can take away."""

    single: SingleFile
    package: DataPackage


def maintain(house: House, *, expire_before: datetime | None = None, dry_run: bool = False, least: int = 0,
             wait_s: float = 0) -> Maintained:
    """Fewer and larger files (``warehouse.upkeep.maintain``), after what a crash left is healed.

    Raises EntrepotError where nothing is loaded.
    """
    house.make_sure()
    if not house.place.exists():
        raise EntrepotError(f"nothing is loaded yet in {house.place.where}: there is nothing to maintain")
    with writer_of(house, "entrepot maintain", wait_s=wait_s) as lake:
        heal(house, lake)
    if not dry_run:
        house.store.sweep()
    return tidy(house.place, expire_before=expire_before, dry_run=dry_run, least=least, wait_s=wait_s)


def publish(house: House, to: Path | None = None) -> Published:
    """``current.duckdb`` and the data package of what may be passed on (``warehouse.upkeep.publish``)."""
    house.make_sure()
    return Published(single_file(house.place, house.root), data_package(house.place, to or house.root / "published-data"))


def maintained(done: Maintained) -> list[str]:
    """What maintenance did, in lines."""
    would = "would be " if done.dry_run else ""
    lines = [f"{table}: {so_many(rows, 'row')} {would}moved from the catalogue to a file"
             for table, rows in done.flushed.items()]
    lines += [f"{table}: {so_many(files, 'file')} of which most rows are deleted {would}written anew"
              for table, files in done.rewritten.items()]
    lines += [f"{table}: {so_many(many, 'file')} {would}merged into {few}"
              for table, (many, few) in done.merged.items()]
    if done.expired:
        lines.append(f"snapshots {would}expired: {listed(done.expired)}. They can no longer be travelled to with --as-of; every version "
                     "of every figure stays")
    if done.kept:
        lines.append(f"snapshots of that time that stay, being tagged or the newest: {listed(done.kept)}")
    if done.removed:
        lines.append(f"{so_many(len(done.removed), 'file')} that nothing reads {would}removed: {', '.join(done.removed)}")
    if done.waiting:
        lines.append(f"{so_many(done.waiting, 'file')} kept until no published copy names them")
    if not done.changed:
        lines.append("Nothing to do.")
    elif done.proved:
        lines.append(f"Compared before and after, and the same: snapshots {listed(done.proved)}."
                     + (" Nothing was changed." if done.dry_run else ""))
    return lines


def published(done: Published) -> list[str]:
    """What was published, in lines."""
    single, package = done.single, done.package
    return [f"{single.link} → {single.path.name}: snapshot {single.snapshot}, {single.rows:,} rows. It holds everything, texts of "
            "articles included: keep it to yourself.",
            f"{package.folder}: {package.resources} files of {len(package.datasets)} datasets, snapshot {package.snapshot}.",
            *(f"  left out: {left.dataset} ({left.why})" for left in package.left_out)]


def so_many(number: int, what: str) -> str:
    """``1 file``, ``2,000 files``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
