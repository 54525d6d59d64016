"""Which connectors there are, and what a name on the command line means: any prefix of a dataset's name is all under it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from connectors.contract import Connector
from warehouse.schema.errors import UsageError
from warehouse.schema.travel import Dataset


@cache
def connectors() -> dict[str, Connector]:
    """Publisher → connector."""
    from connectors.news.feeds import CONNECTOR as feeds
    from connectors.statistics.dosm import CONNECTOR as dosm
    from connectors.statistics.ecb import CONNECTOR as ecb
    from connectors.statistics.gacc import CONNECTOR as gacc
    from connectors.statistics.statements import CONNECTOR as statements

    # In this order they are asked: what was stated first, then what replaced it.
    found: tuple[Connector, ...] = (statements, gacc, dosm, ecb, feeds)
    return {connector.publisher: connector for connector in found}


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name."""
    return {dataset.dataset: dataset for connector in connectors().values() for dataset in connector.datasets}


def publisher_of(dataset: str) -> Connector:
    """The connector of a dataset, or of a document's dataset such as ``statements``."""
    known = datasets().get(dataset)
    if known:
        return connectors()[known.publisher]
    for publisher, connector in connectors().items():
        if dataset.partition(".")[0] in (publisher, f"{publisher}s"):
            return connector
    raise UsageError(f"no dataset {dataset!r}; there are {', '.join(sorted(datasets()))}")


def wanted(names: Iterable[str]) -> dict[str, list[str]]:
    """Publisher → datasets for names or prefixes of names; all where none is given. Raises UsageError with the nearest."""
    asked = list(names)
    chosen: dict[str, list[str]] = {}
    for name in asked or [""]:
        matches = [d for d in datasets().values()
                   if not name or d.dataset == name or d.dataset.startswith(name.rstrip(".") + ".")]
        if not matches:
            raise UsageError(f"no dataset or publisher {name!r}{_nearest(name)}. entrepot sources lists them")
        for dataset in matches:
            under = chosen.setdefault(dataset.publisher, [])
            if dataset.dataset not in under:
                under.append(dataset.dataset)
    return chosen


def _nearest(name: str) -> str:
    from rapidfuzz import fuzz, process

    close = process.extract(name, [*connectors(), *datasets()], scorer=fuzz.ratio, limit=2, score_cutoff=60)
    return "; nearest: " + ", ".join(match[0] for match in close) if close else ""
