"""How often, how fast and for how much each publisher is asked, in the one sentence that its page has of it: said of what its connector
declares, so that page, nights and declaration cannot come apart. Pure.

When a night asks is decided in ``flows.schedule.tonight``; ``tests/e2e/test_month_of_all.py`` holds thirty nights against what is
said here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from urllib.parse import urlsplit

from connectors.asking import MOST_FOLLOWED
from connectors.contract import Ask, Connector, NothingKnown, Wanted
from connectors.http.client import Settings
from warehouse.schema.travel import Dataset, Window

AT = datetime(2026, 4, 20, 6, tzinfo=UTC)
"""Some day: what a night asks for at most does not hang on it."""
YEAR = Window(date(2024, 1, 1), date(2024, 12, 31))
MOST_NAMED = 12


@dataclass(frozen=True)
class Rhythm:
    """When a dataset is asked for by a night."""

    days: int
    """At least so often where nothing is due; 1 is every night."""
    due: bool
    """Each night too as long as a release is due and not there."""

    def __str__(self) -> str:
        every = "every night" if self.days == 1 else f"every {self.days} days"
        return every if not self.due or self.days == 1 else f"each night while a release is due or the last asking failed, else {every}"


def rhythm(connector: Connector, dataset: Dataset) -> Rhythm | None:
    """When nights ask for a dataset; None where none does, unless a person turns it on."""
    if not dataset.enabled or not asks(connector, [dataset.dataset]):
        return None
    announced = any(each.table == "ref.release" for each in connector.datasets)
    due = dataset.periods != "irregular" and (dataset.expected_lag_days is not None or announced)
    return Rhythm(dataset.recheck_days, due)


def asks(connector: Connector, names: Sequence[str], window: Window | None = None) -> list[Ask]:
    """What a plan begins with in a home that holds nothing. Reviewed files and statements are nobody's to be asked for."""
    packaged = connector.packaged.dataset if connector.packaged else ""
    known = {each.dataset: each for each in connector.datasets}
    names = [name for name in names if name != packaged and known[name].account != "statement" and known[name].page_url]
    return list(islice(connector.plan(Wanted(names, window or Window(), NothingKnown(AT))), MOST_FOLLOWED)) if names else []


def most(connector: Connector) -> Mapping[str, int]:
    """Host → the most requests that one night puts to it: as declared where answers lead further, else what the plan has."""
    if connector.a_night:
        return dict(connector.a_night)
    found: dict[str, int] = {}
    for ask in asks(connector, [each.dataset for each in connector.datasets if each.enabled]):
        host = urlsplit(ask.request.url).hostname or ""
        found[host] = found.get(host, 0) + 1
    return found


def stated(connector: Connector) -> str:
    """The sentence of a publisher's page, in Markdown."""
    groups: dict[str, list[Dataset]] = {}
    for each in connector.datasets:
        groups.setdefault(_when(connector, each), []).append(each)
    # What nights ask first, in the order of the datasets.
    parts = [f"{when}: {_named(groups[when])}" for when in sorted(groups, key=lambda when: _ORDER.index(when) if when in _ORDER else -1)]
    hosts = ", ".join(f"{number} to {host}" for host, number in most(connector).items())
    a_day = f", and a day at most {connector.calls_a_day} calls" if connector.calls_a_day else ""
    pace = f" Requests of a night, at most: {hosts}{a_day}; {Settings.min_interval:g} seconds between two to a host." if hosts else ""
    return f"**Asked** {'; '.join(parts) or 'never'}.{pace}"


_WINDOW, _OFF, _NEVER = "for periods that are named alone", "once it is turned on or named", "never (brought by a person, or with Entrepot)"
_ORDER = (_WINDOW, _OFF, _NEVER)


def _when(connector: Connector, dataset: Dataset) -> str:
    found = rhythm(connector, dataset)
    if found:
        return str(found)
    if asks(connector, [dataset.dataset]):
        return _OFF
    return _WINDOW if asks(connector, [dataset.dataset], YEAR) else _NEVER


def _named(datasets: Sequence[Dataset]) -> str:
    if len(datasets) > MOST_NAMED:
        return f"{len(datasets)} datasets"
    return ", ".join(f"`{each.dataset}`{' (with its key)' if each.credential else ''}" for each in datasets)
