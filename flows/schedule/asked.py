"""How the last asking of each dataset went, from the log of requests and the journal. Needs neither lake nor network.

What the home holds and what is expected of it is ``awaited``; the words for people are ``status``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.home.house import House
from warehouse.archive.documents import CONFIRMED, LogRecord
from warehouse.archive.journal import Entry

ONE_ASKING = timedelta(hours=1)
"""Requests for one dataset that are no further apart belong to one run."""


@dataclass(frozen=True)
class Asking:
    """The last run that asked for a dataset."""

    since: datetime
    told: LogRecord
    """The request that tells how it went: the newest of the most serious kind."""


def last_asked(house: House) -> dict[str, Asking]:
    """How the last asking for each dataset went. An address that failed and was asked again since counts by its last answer.

    A question of which more than one dataset comes is asked for each of them, whichever it was put for.
    """
    along = _came_along(house)
    asking: dict[str, dict[str, LogRecord]] = {}
    newest: dict[str, datetime] = {}
    for record in house.archive.records():
        if record.outcome.startswith("robots:") or record.url.endswith("/robots.txt"):
            continue
        for dataset in {record.dataset} | along.get(record.url, set()):
            if record.at - newest.get(dataset, record.at) > ONE_ASKING:
                asking[dataset] = {}
            newest[dataset] = record.at
            same = asking.setdefault(dataset, {})
            same.pop(record.url, None)
            same[record.url] = record
    return {dataset: Asking(min(record.at for record in records.values()),
                            max(records.values(), key=lambda record: (_seriousness(record), record.at)))
            for dataset, records in asking.items()}


def _came_along(house: House) -> dict[str, set[str]]:
    """Address → all datasets of its document, where there are several."""
    return {entry.url: set(entry.detail["datasets"]) for entry in house.journal.entries() if "datasets" in entry.detail}


def _seriousness(record: LogRecord) -> int:
    """A page that is not there says less than a publisher that does not answer."""
    return 0 if record.outcome in CONFIRMED else 1 if record.outcome == "NotFound" else 2


def documents(house: House) -> dict[str, Entry]:
    """For each dataset what came of its documents: an error of the run that last brought something, else the newest outcome.

    What a person tried to import, and what was replaced at its address since, says nothing about a publisher.
    """
    by_address = {entry.url: entry for entry in house.journal.entries() if entry.kind == "outcome" and not entry.batch
                  and not (entry.url.startswith("import:") and entry.result in ("error", "not_readable"))}
    standing: dict[str, list[Entry]] = {}
    for url, entry in by_address.items():
        present = house.archive.latest(url)
        if present is None or present.fetch_id == entry.fetch_id:
            standing.setdefault(entry.dataset, []).append(entry)
    told = {}
    for dataset, entries in standing.items():
        newest = max(entries, key=lambda entry: entry.at)
        told[dataset] = next((entry for entry in entries if entry.result == "error" and newest.at - entry.at <= ONE_ASKING), newest)
    return told


def not_out(house: House, error: str, url: str, dataset: str) -> bool:
    """A 404 where nothing ever stood, for a dataset that other pages are held of: the next page is not out yet.

    Where a page was held, or nothing of the dataset ever was, a 404 is an error: it has moved, or was never there. Only
    a sample need not hold all that is asked of it.
    """
    if error != "NotFound" or house.demo:
        return error == "NotFound"
    return house.archive.latest(url) is None and house.archive.brought(dataset)
