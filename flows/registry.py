"""Which connectors there are, and what a name on the command line means: any prefix of a dataset's name is all under it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from connectors.contract import Connector
from flows import clock
from warehouse.schema.errors import UsageError
from warehouse.schema.travel import Dataset


@cache
def connectors() -> dict[str, Connector]:
    """Publisher → connector. Those that ask what day it is ask the clock of records."""
    from connectors.news.feeds import Feeds
    from connectors.statistics.dosm import Dosm
    from connectors.statistics.dosm.calendar import ZONE as kuala_lumpur
    from connectors.statistics.ecb import Ecb
    from connectors.statistics.ecb.connector import ZONE as frankfurt
    from connectors.statistics.gacc import CONNECTOR as gacc
    from connectors.statistics.statements import CONNECTOR as statements

    # In this order they are asked: what was stated first, then what replaced it.
    found: tuple[Connector, ...] = (
        statements, gacc, Dosm(lambda: clock.now().astimezone(kuala_lumpur).date()),
        Ecb(lambda: clock.now().astimezone(frankfurt).date()), Feeds(clock.now))
    return {connector.publisher: connector for connector in found}


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name."""
    return {dataset.dataset: dataset for connector in connectors().values() for dataset in connector.datasets}


@dataclass(frozen=True)
class Packaged:
    """A reviewed data file that comes with a connector, archived like a file that a person brought."""

    file: Path
    dataset: str
    """Of the document; a dataset of its own (``gacc.calendar``), or a name that only the document has (``statements``)."""

    @property
    def url(self) -> str:
        return f"entrepot:{self.file.name}"


def packaged(publisher: str) -> Packaged | None:
    """The data file of a connector, where it has one."""
    connector = connectors()[publisher]
    file: Path | None = getattr(connector, "packaged", None)
    return Packaged(file, str(getattr(connector, "document_dataset", file.stem))) if file else None


def publisher_of(dataset: str) -> Connector:
    """The connector of a dataset, or of a document's dataset such as ``statements``."""
    known = datasets().get(dataset)
    if known:
        return connectors()[known.publisher]
    for publisher, connector in connectors().items():
        if dataset.partition(".")[0] in (publisher, f"{publisher}s"):
            return connector
    raise UsageError(f"no dataset {dataset!r}; there are {', '.join(sorted(datasets()))}")


def wanted(names: Iterable[str], off: Collection[str] = ()) -> dict[str, list[str]]:
    """Publisher → datasets for names or prefixes of names; all where none is given. Raises UsageError with the nearest.

    What is ``off`` is left out, unless a name means nothing else.
    """
    asked = list(names)
    chosen: dict[str, list[str]] = {}
    for name in asked or [""]:
        matches = [d for d in datasets().values()
                   if not name or d.dataset == name or d.dataset.startswith(name.rstrip(".") + ".")]
        if not matches:
            raise UsageError(f"no dataset or publisher {name!r}{_nearest(name)}. entrepot sources lists them")
        on = [dataset for dataset in matches if dataset.dataset not in off]
        for dataset in on or (matches if name else ()):
            under = chosen.setdefault(dataset.publisher, [])
            if dataset.dataset not in under:
                under.append(dataset.dataset)
    return chosen


def _nearest(name: str) -> str:
    from rapidfuzz import fuzz, process

    close = process.extract(name, [*connectors(), *datasets()], scorer=fuzz.ratio, limit=2, score_cutoff=60)
    return "; nearest: " + ", ".join(match[0] for match in close) if close else ""
