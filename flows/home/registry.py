"""Which connectors there are, and what a name on the command line means: any prefix of a dataset's name is all under it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules

from connectors import statistics as connectors_of_statistics
from connectors.contract import Connector
from warehouse.reference.areas import Labels
from warehouse.schema.errors import EntrepotError, NotKnown, UsageError
from warehouse.schema.travel import Dataset, Fetch, Publisher

GROUP = "entrepot.connectors"
"""The entry points by which an installed package brings a connector of its own: each leads to a ``Connector``."""


@cache
def connectors() -> dict[str, Connector]:
    """Publisher → connector, in the order in which they are asked: what stands below ``connectors`` and what packages bring.

    Raises EntrepotError where two speak for one publisher, or an entry point leads to no connector.
    """
    folders = [f"{connectors_of_statistics.__name__}.{each.name}" for each in iter_modules(connectors_of_statistics.__path__) if each.ispkg]
    found: list[object] = [import_module(name).CONNECTOR for name in (*folders, "connectors.news.feeds")]
    for brought in entry_points(group=GROUP):
        try:
            found.append(brought.load())
        except Exception as error:
            raise EntrepotError(f"the connector {_whose(brought)} cannot be loaded ({type(error).__name__}: {error}): "
                                "mend or uninstall that package") from error
        if not isinstance(found[-1], Connector):
            raise EntrepotError(f"the entry point {_whose(brought)} is no connectors.contract.Connector: mend or uninstall that package")
    by_name: dict[str, Connector] = {}
    for each in sorted((each for each in found if isinstance(each, Connector)), key=lambda each: (each.order, each.publisher)):
        if each.publisher in by_name:
            raise EntrepotError(f"two connectors read {each.publisher}: {type(by_name[each.publisher]).__module__} and "
                                f"{type(each).__module__}; uninstall one")
        by_name[each.publisher] = each
    return by_name


def _whose(brought: EntryPoint) -> str:
    return f"{brought.value} of {brought.dist.name if brought.dist else 'an installed package'}"


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name."""
    return {dataset.dataset: dataset for connector in connectors().values() for dataset in connector.datasets}


def publishers() -> tuple[Publisher, ...]:
    """Who the publishers are."""
    return tuple(connector.about for connector in connectors().values())


def labels() -> tuple[Labels, ...]:
    """What publishers call areas, of those that have labels of their own."""
    return tuple(connector.areas for connector in connectors().values() if connector.areas is not None)


def _below(connector: Connector, dataset: str) -> bool:
    return dataset.startswith(f"{connector.publisher}.")


def installed(dataset: str) -> bool:
    """Whether a connector reads the documents of a stored dataset."""
    return dataset in datasets() or any(each.mapped and _below(each, dataset) for each in connectors().values())


def datasets_of(fetch: Fetch) -> Mapping[str, Dataset]:
    """Every dataset by name, with the one that a document brings. Raises NotReadable where what it brings cannot be read."""
    brought = publisher_of(fetch.dataset).brought(fetch)
    return datasets() if brought is None else {**datasets(), brought.dataset.dataset: brought.dataset}


class NotInstalled(UsageError):
    """What is stored came of a connector that is not here any more."""


def not_installed(names: Collection[str]) -> str:
    """Why nothing can be read again of these datasets, and what to do; empty where all their connectors are here."""
    gone = sorted({name for name in names if not installed(name)})
    return f"the connector of {', '.join(gone)} is not installed: install the package that brings it" if gone else ""


def publisher_of(dataset: str) -> Connector:
    """The connector of a stored dataset, or of a document's such as ``statements``. Raises NotInstalled."""
    known = datasets().get(dataset)
    if known:
        return connectors()[known.publisher]
    for connector in connectors().values():
        if (connector.packaged and connector.packaged.dataset == dataset) or (connector.mapped and _below(connector, dataset)):
            return connector
    raise NotInstalled(not_installed([dataset]))


def wanted(names: Iterable[str], off: Collection[str] = ()) -> dict[str, list[str]]:
    """Publisher → datasets for names or prefixes of names; all where none is given. Raises UsageError with the nearest.

    What is ``off`` is left out, unless a name means nothing else.
    """
    asked = list(names)
    chosen: dict[str, list[str]] = {}
    every = not asked
    for name in asked or [""]:
        matches = [d for d in datasets().values()
                   if every or d.dataset == name or d.dataset.startswith(name.rstrip(".") + ".")]
        if not matches:
            near = _nearest(name)
            offered = "; nearest: " + ", ".join(near) if near else ""
            raise NotKnown(f"no dataset or publisher {name!r}{offered}. entrepot sources lists them", what="dataset", typed=name,
                           nearest=near)
        on = [dataset for dataset in matches if dataset.dataset not in off]
        for dataset in on or (() if every else matches):
            under = chosen.setdefault(dataset.publisher, [])
            if dataset.dataset not in under:
                under.append(dataset.dataset)
    return chosen


def _nearest(name: str) -> list[str]:
    from rapidfuzz import fuzz, process

    return [match[0] for match in process.extract(name, [*connectors(), *datasets()], scorer=fuzz.ratio, limit=2, score_cutoff=60)]
