"""Past periods of one dataset, one after the other, apart from what the nights do.

A backfill keeps no state of its own: a period is done when every document that its connector asks for is in the archive and
has its outcome in the journal, so one that was stopped goes on where it was, on any machine with the same home. What it
would ask is found by the connector itself, with a client that asks nobody (``Rehearsal``). Here it is only planned; who
carries the plan out lets the writer's lock go between two periods and steps back for a night (``turns``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from connectors import asking
from connectors.contract import Ask, Wanted
from flows.home import clock, registry
from flows.home.house import House
from flows.home.keys import lacking
from flows.home.sources import off
from flows.run.plans import Knowledge, days, recorded
from warehouse.ask.expected import following
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotFound, PublisherError, UsageError
from warehouse.schema.travel import Dataset, Document, Request, Window

ANSWER_S = 1.0
"""What an answer takes beside the pause before the next request; a page of GACC and a file of DOSM took less."""


@dataclass(frozen=True)
class Step:
    """One period: what would be asked for it, as far as the pages at hand tell."""

    period: Period
    asks: tuple[str, ...]
    """Addresses that would be asked now."""
    held: int
    """Documents that are in the archive already."""
    done: bool
    """All that is known of the period is held and read."""
    linked: tuple[str, ...] = ()
    """Names of what the pages that are asked for usually link: no address of it is known yet."""
    uncounted: tuple[str, ...] = ()
    """Addresses that are asked and that the publisher does not count among a day's calls."""


@dataclass(frozen=True)
class Plan:
    """What a backfill would do."""

    dataset: str
    steps: tuple[Step, ...]
    min_interval_s: float
    calls_a_day: int | None = None
    """What the publisher allows in a day."""

    @property
    def todo(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.done)

    @property
    def asks(self) -> tuple[str, ...]:
        """Every address once, in order. Pages that only an index yet to be read will name are not among them (``linked``)."""
        return tuple(dict.fromkeys(url for step in self.todo for url in step.asks))

    @property
    def linked(self) -> tuple[str, ...]:
        """Names of the pages that an index yet to be read will name, as it usually does."""
        return tuple(dict.fromkeys(name for step in self.todo for name in step.linked))

    @property
    def uncounted(self) -> frozenset[str]:
        return frozenset(url for step in self.todo for url in step.uncounted)

    @property
    def days(self) -> int:
        """Days that the publisher's daily calls make it take; nights take what is new out of them first."""
        return _days(sum(url not in self.uncounted for url in self.asks) + len(self.linked), self.calls_a_day)

    @property
    def seconds(self) -> float:
        """At the least pause between two requests, and as long as an answer takes."""
        return (len(self.asks) + len(self.linked)) * (self.min_interval_s + ANSWER_S)


@dataclass(frozen=True)
class Whole:
    """What past periods of all datasets of one publisher would take, each address asked once."""

    publisher: str
    plans: tuple[Plan, ...]
    waiting: tuple[str, ...]
    """Names of keys that are not set: what waits for one is counted."""
    off: tuple[str, ...]
    """Datasets that are turned off, which are not."""

    @property
    def asks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(url for plan in self.plans for url in plan.asks))

    @property
    def linked(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for plan in self.plans for name in plan.linked))

    @property
    def requests(self) -> int:
        """Addresses that are known, and what they usually link."""
        return len(self.asks) + len(self.linked)

    @property
    def calls_a_day(self) -> int | None:
        return self.plans[0].calls_a_day if self.plans else None

    @property
    def calls(self) -> int:
        """Those of the requests that the publisher counts."""
        uncounted = frozenset(url for plan in self.plans for url in plan.uncounted)
        return sum(url not in uncounted for url in self.asks) + len(self.linked)

    @property
    def days(self) -> int:
        """Days at least, by the calls that the publisher allows in one; none where nobody is asked."""
        return _days(self.calls, self.calls_a_day) if self.asks else 0

    @property
    def seconds(self) -> float:
        return self.requests * (self.plans[0].min_interval_s + ANSWER_S) if self.plans else 0.0


def _days(calls: int, allowed: int | None) -> int:
    """Days that so many calls take, one at least."""
    return max(1, days(calls, allowed)) if allowed else 1


class Rehearsal:
    """A client that asks nobody: what is held is answered from the archive, the rest is said to be missing."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.asks: dict[str, None] = {}
        """Addresses that would be asked: what is not held, and what is held and may have changed."""
        self.uncounted: dict[str, None] = {}
        """Those of them that the publisher does not count."""
        self.linked: dict[str, None] = {}
        """What those of them that are not held are expected to lead to."""
        self.missing = False

    def get(self, request: Request) -> Document:
        """As ``connectors.contract.Client``. Raises NotFound for what is not held."""
        url = recorded(request)
        held = self._house.archive.latest(url)
        if held is None or not request.frozen:
            self.asks[url] = None
        if held is None:
            self.missing = True
            raise NotFound("not held", dataset=request.dataset, url=url)
        return self._house.archive.document(held.fetch_id)

    def put(self, ask: Ask) -> Document | PublisherError:
        """What is held for an ask, or that it is missing."""
        if not ask.cost:
            self.uncounted[recorded(ask.request)] = None
        try:
            return self.get(ask.request)
        except NotFound as error:
            self.linked.update(dict.fromkeys(ask.leads_to))
            return error


def plan(house: House, name: str, first: date, last: date, *, force: bool = False) -> Plan:
    """What a backfill of one dataset would ask for, oldest period first, without asking anybody.

    Raises UsageError for a name that is not one dataset, or one that nobody can be asked for.
    """
    dataset = _one(name)
    if last < first:
        raise UsageError(f"--from {first} must not be after --to {last}")
    today = clock.now().date()
    steps = [_rehearse(house, dataset, period, force=force) for period in _periods(dataset, first, min(last, today))]
    if not steps:
        raise UsageError(f"nothing of {name} can be out between {first} and {last}")
    return Plan(dataset.dataset, tuple(steps), house.settings.min_interval_s, registry.connectors()[dataset.publisher].calls_a_day)


def plan_all(house: House, first: date, last: date, *, force: bool = False) -> list[Whole]:
    """What a backfill of every dataset that is not turned off would take, without asking anybody: publishers in the order in which
    they are asked. What comes with Entrepot as a reviewed file takes nothing."""
    lack, resting = lacking(house), off(house)
    found = []
    for publisher, names in registry.wanted(()).items():
        asked = [name for name in names if name in lack or name not in resting]
        plans = []
        for name in asked:
            with suppress(UsageError):  # nobody is asked for it, or nothing of it can be out
                plans.append(plan(house, name, first, last, force=force))
        waiting = dict.fromkeys(lack[name].name for name in asked if name in lack)
        found.append(Whole(publisher, tuple(plans), tuple(waiting), tuple(name for name in names if name not in asked)))
    return found


def _one(name: str) -> Dataset:
    connector = registry.connectors().get(name)
    dataset = registry.datasets().get(connector.past if connector else name)
    under = [] if dataset else [found for names in registry.wanted([name]).values() for found in names]
    if len(under) == 1:
        dataset = registry.datasets()[under[0]]
    if dataset is None:
        raise UsageError(f"a backfill takes one dataset; under {name} there are {', '.join(under)}")
    packaged = registry.connectors()[dataset.publisher].packaged
    if dataset.account == "statement" or (packaged and packaged.dataset == name):
        raise UsageError(f"{name} comes with Entrepot as a reviewed file: nobody is asked for it")
    return dataset


def _periods(dataset: Dataset, first: date, last: date) -> Iterator[Period]:
    """The dataset's own periods where each has pages of its own; years where a document spans as much as is asked for."""
    while first <= last:
        own = following(first - timedelta(days=1), dataset) if dataset.revision_mode == "frozen" else None
        end = min(own or date(first.year, 12, 31), last)
        yield Period(first, end)
        first = end + timedelta(days=1)


def _rehearse(house: House, dataset: Dataset, period: Period, *, force: bool) -> Step:
    connector, client = registry.connectors()[dataset.publisher], Rehearsal(house)
    wanted = Wanted([dataset.dataset], Window(period.start, period.end, force), Knowledge(house))
    documents = {answered.answer.fetch.fetch_id for lane in asking.lanes(connector, wanted).values()
                 for answered in lane.carry_out(client.put) if isinstance(answered.answer, Document)}
    read = all(house.journal.outcome_of(fetch_id, connector.parser_version) for fetch_id in documents)
    return Step(period, tuple(client.asks), len(documents), done=bool(documents) and read and not client.missing and not force,
                linked=tuple(client.linked), uncounted=tuple(client.uncounted))
