"""What a night asks for: what is due or late, what failed last time, and a quiet look at the rest now and then.

A frozen publisher's pages are never asked again, a file that is overwritten is asked conditionally, and the connectors ask
for the last periods that may be revised along with the new one; so here it is only decided *whether* a dataset is asked.
``entrepot refresh`` without names does the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from flows.home import clock, registry
from flows.home.house import House
from flows.home.sources import off
from flows.run import plans
from flows.schedule.asked import documents, last_asked, not_out
from flows.schedule.awaited import standings
from warehouse.archive.documents import CONFIRMED
from warehouse.ask.expected import Due
from warehouse.reference.dates import day_at
from warehouse.schema.travel import Dataset


@dataclass(frozen=True)
class Tonight:
    """What is asked for, and what was expected of each dataset before anybody asked."""

    wanted: dict[str, list[str]]
    """Publisher → datasets, as ``registry.wanted`` gives them."""
    why: dict[str, str] = field(default_factory=dict)
    """Dataset → reason, in words."""
    expected: dict[str, Due] = field(default_factory=dict)

    @property
    def next_release(self) -> tuple[str, date] | None:
        """The dataset of the first release that is still to come, and its day at the publisher's place."""
        coming = [(due.release.at, name) for name, due in self.expected.items() if due.release and due.expected == "none_expected"]
        if not coming:
            return None
        at, name = min(coming)
        return name, day_at(at, registry.datasets()[name].tz)


def tonight(house: House, *, everything: bool = False) -> Tonight:
    """Decide for every dataset. ``everything`` asks for all of them; so does a demo, whose sample costs nobody anything."""
    if everything or house.demo:
        return Tonight(registry.wanted((), off(house)))
    now = clock.now()
    known, asked, told, resting = standings(house), last_asked(house), documents(house), off(house)
    zone = ZoneInfo(house.settings.tz)
    expected = {name: standing.due(now) for name, standing in known.items()}
    stopped = plans.stopped(house)
    why: dict[str, str] = {}
    for name, standing in known.items():
        connector = registry.connectors()[standing.dataset.publisher]
        if name in resting or not standing.dataset.page_url or standing.dataset.account == "statement" or (
                connector.packaged and connector.packaged.dataset == name):
            continue  # what people bring, or comes from a reviewed file alone, is never asked for
        last, document = asked.get(name), told.get(name)
        if expected[name].expected != "none_expected":
            why[name] = "overdue" if expected[name].expected == "overdue" else "due"
        elif name in stopped:
            why[name] = "stopped before its end"
        elif last is None:
            why[name] = "never asked"
        elif last.told.outcome not in CONFIRMED:
            why[name] = "not out yet" if not_out(house, last.told.outcome, last.told.url, name) else f"failed: {last.told.outcome}"
        elif document is not None and document.result == "error":
            why[name] = f"failed: {document.detail.get('error', '')}"
        elif (now.astimezone(zone).date() - last.told.at.astimezone(zone).date()).days >= standing.dataset.recheck_days:
            why[name] = f"not asked since {last.told.at.astimezone(zone):%-d %b}"
    _calendars(why, {name: standing.dataset for name, standing in known.items()})
    _reviewed_files(house, why, resting)
    # These alone, and not what else begins with their names; publishers in their usual order: what was stated, then what replaced it.
    chosen = {publisher: [each.dataset for each in connector.datasets if each.dataset in why]
              for publisher, connector in registry.connectors().items()}
    return Tonight({publisher: names for publisher, names in chosen.items() if names}, why, expected)


def _calendars(why: dict[str, str], known: dict[str, Dataset]) -> None:
    """A publisher that is late or due may have moved the day: its calendar is asked along with it."""
    awaited = {known[name].publisher for name, reason in why.items() if reason in ("due", "overdue")}
    for name, dataset in known.items():
        packaged = registry.connectors()[dataset.publisher].packaged
        if dataset.table == "ref.release" and dataset.publisher in awaited and (packaged is None or packaged.dataset != name):
            why.setdefault(name, "calendar of what is due")


def _reviewed_files(house: House, why: dict[str, str], resting: Collection[str]) -> None:
    """A reviewed file that this home has not read yet: a new home, or a new version of Entrepot."""
    for publisher, connector in registry.connectors().items():
        packaged = connector.packaged
        if packaged is None:
            continue
        held = house.archive.latest(packaged.url)
        if held is None or held.sha256 != hashlib.sha256(packaged.file.read_bytes()).hexdigest():
            names = [packaged.dataset] if packaged.dataset in registry.datasets() else registry.wanted([publisher])[publisher]
            why.update(dict.fromkeys((name for name in names if name not in resting), "a reviewed file that is new here"))
