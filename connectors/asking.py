"""Carrying out a connector's plan: its asks by priority, what an answer leads to next after it. Decides order, and nothing else.

Politeness is the client's (``connectors.http.client``); days' budgets and going on with an unfinished plan are the runs' (``flows``), which
put their own way of asking in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connectors.contract import Ask, Client, Connector, Wanted
from warehouse.schema.errors import PublisherError
from warehouse.schema.travel import Document

Answer = Document | PublisherError


@dataclass(frozen=True)
class Elsewhere:
    """Another run has this ask, so nothing is given of it here."""

    answer: Answer | None = None
    """What that run was answered, where it leads to further asks: they are followed here as well."""
    open: bool = False
    """It is not known yet what comes of it."""


Asking = Callable[[Ask], Answer | Elsewhere]
"""How one ask is put to the publisher. May raise what stops the whole plan."""
MOST_FOLLOWED = 100_000
"""Asks that one plan leads to; beyond, the connector is led in a circle."""


@dataclass(frozen=True)
class Answered:
    """What became of one ask that was not only discovery, or that failed."""

    ask: Ask
    answer: Answer
    refused: Document | None = None
    """What the publisher answered with, where the error is the connector's word on it (``Connector.follow``)."""


class Plan:
    """The asks of a plan, or of one of its lanes, as they are carried out."""

    def __init__(self, connector: Connector, wanted: Wanted, asks: Sequence[Ask]) -> None:
        self._connector = connector
        self._wanted = wanted
        self._by_priority: dict[int, list[Ask]] = {}
        """The next ask of a priority is the last of its list."""
        self.elsewhere: list[Ask] = []
        """What other runs were at when it was this plan's turn."""
        self.settled: list[Ask] = []
        """What other runs had asked then."""
        self._put(asks)

    def _put(self, asks: Sequence[Ask]) -> None:
        """These come next of their priorities, in this order."""
        for ask in reversed(asks):
            self._by_priority.setdefault(ask.priority, []).append(ask)

    @property
    def waiting(self) -> list[Ask]:
        """What was not asked yet, as far as it is known: what an answer will lead to is not among it."""
        return [ask for priority in sorted(self._by_priority) for ask in reversed(self._by_priority[priority])]

    def look_again(self, lost: Sequence[Ask] = ()) -> None:
        """What other runs were at is to be looked at once more, and what is ``lost`` of what they had asked."""
        self._put([*self.elsewhere, *lost])
        self.elsewhere = []

    def put_last(self, asked: Callable[[Ask], bool]) -> None:
        """Of one priority, those asks come last of which this is true."""
        for asks in self._by_priority.values():
            asks.sort(key=asked, reverse=True)

    def carry_out(self, asking: Asking, done: Callable[[Ask, bool], None] = lambda ask, leads: None) -> Iterator[Answered]:
        """Ask one after the other. Yields documents and errors; goes on after an error, ends where ``asking`` raises.

        ``done`` is told of each ask that was carried out here, and whether it leads to others.
        """
        followed = 0
        while any(self._by_priority.values()):
            asks = self._by_priority[min(priority for priority, asks in self._by_priority.items() if asks)]
            ask = asks[-1]
            given = asking(ask)  # where this raises, the ask waits on
            asks.pop()
            here, answer = not isinstance(given, Elsewhere), given.answer if isinstance(given, Elsewhere) else given
            if isinstance(given, Elsewhere):
                (self.elsewhere if given.open else self.settled).append(ask)
            if answer is None:
                continue
            try:
                leads_to = list(self._connector.follow(ask, answer, self._wanted))
            except PublisherError as error:
                if here:
                    done(ask, False)
                    yield Answered(ask, error, answer if isinstance(answer, Document) else None)
                continue
            followed += len(leads_to)
            if followed > MOST_FOLLOWED:
                raise RuntimeError(f"the plan of {self._connector.publisher} led to more than {MOST_FOLLOWED:,} asks")
            self._put(leads_to)
            if here:
                done(ask, bool(leads_to))
            if here and isinstance(answer, Document) and not ask.discovery and not any(each.instead for each in leads_to):
                yield Answered(ask, answer)


def lanes(connector: Connector, wanted: Wanted) -> dict[str, Plan]:
    """A connector's plan, parted into what need not wait for each other, in the order of their first asks."""
    parted: dict[str, list[Ask]] = {}
    for ask in connector.plan(wanted):
        parted.setdefault(ask.lane, []).append(ask)
    return {lane: Plan(connector, wanted, asks) for lane, asks in parted.items()}


def answers(connector: Connector, client: Client, wanted: Wanted) -> Iterator[Answer]:
    """Everything that a client answers to a plan, lane after lane: documents to be read, and errors."""
    for plan in lanes(connector, wanted).values():
        for answered in plan.carry_out(lambda ask: client.ask(ask.request)):
            yield answered.answer
