"""The release watch: on the day and from the hour of an announced release, ask every ten minutes until it is new.

Pure but for the looks at clock and home: ``Watching`` says what to do next, and who drives it asks and waits. Only what is
announced to the minute is watched; where the day alone is known, the night after finds it. The requests are conditional, and
robots.txt, the host's limit and its Retry-After hold as for any other (``connectors.http.client``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flows.home import clock, registry
from flows.home.house import House
from flows.run.bookkeeping import Outcome
from flows.schedule.awaited import standings

EVERY = timedelta(minutes=10)
AT_MOST = timedelta(hours=3)
GIVEN_UP_ON = frozenset({"Challenged", "Forbidden", "KeyNotSet", "KeyRefused", "RateLimited", "QuotaUsed"})
"""A wall, robots.txt, a key that nobody set, or a publisher that asks to be left alone: asking again is not what it wants."""


@dataclass(frozen=True)
class Target:
    """One release that is waited for."""

    dataset: str
    period_end: date
    opens: datetime
    """Its hour, and no embargo any more."""

    @property
    def closes(self) -> datetime:
        return self.opens + AT_MOST


def targets(house: House, ahead: timedelta = timedelta(0)) -> list[Target]:
    """Releases announced to the minute that are not held and whose window is open now, or opens within ``ahead``."""
    now = clock.now()
    found = []
    for name, standing in standings(house).items():
        release = standing.due(now).release
        if release is None or (release.source, release.precision) != ("official", "minute"):
            continue
        target = Target(name, release.period_end, release.opens)
        if target.opens <= now + ahead and now < target.closes:
            found.append(target)
    return sorted(found, key=lambda target: (target.opens, target.dataset))


@dataclass(frozen=True)
class Wait:
    """Ask nobody for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Ask:
    """Ask a publisher for these now."""

    publisher: str
    datasets: tuple[str, ...]


@dataclass
class Watching:
    """What was asked for some targets, and what is to be done next."""

    waiting: list[Target]
    over: dict[str, str] = field(default_factory=dict)
    """Dataset → how it ended: out, held, not out yet, or the error that ends it."""
    _asked: dict[str, datetime] = field(default_factory=dict)

    def next(self, now: datetime) -> Ask | Wait | None:
        """What to do at a moment; None when every target is over."""
        for target in [each for each in self.waiting if now >= each.closes]:
            self._end(target, "not out yet")
        if not self.waiting:
            return None
        ripe = [target for target in self.waiting if now >= self._when(target)]
        if not ripe:
            return Wait((min(map(self._when, self.waiting)) - now).total_seconds())
        publisher = registry.datasets()[ripe[0].dataset].publisher
        chosen = [target.dataset for target in ripe if registry.datasets()[target.dataset].publisher == publisher]
        return Ask(publisher, tuple(chosen))

    def told(self, ask: Ask, outcomes: Sequence[Outcome], newest: dict[str, date], now: datetime) -> None:
        """What came of an asking. ``newest`` are the newest periods held now."""
        for target in [each for each in self.waiting if each.dataset in ask.datasets]:
            self._asked[target.dataset] = now
            mine = [outcome for outcome in outcomes if outcome.dataset == target.dataset]
            ended = next((outcome for outcome in mine if outcome.error in GIVEN_UP_ON), None)
            if newest.get(target.dataset, date.min) >= target.period_end:
                self._end(target, "out")
            elif any(outcome.result == "held" for outcome in mine):
                self._end(target, "held")
            elif ended:
                self._end(target, ended.error)

    def _when(self, target: Target) -> datetime:
        before = self._asked.get(target.dataset)
        return max(target.opens, before + EVERY) if before else target.opens

    def _end(self, target: Target, how: str) -> None:
        self.waiting.remove(target)
        self.over[target.dataset] = how


def newest(house: House) -> dict[str, date]:
    """The end of the newest period held of each dataset."""
    return {name: standing.newest.end for name, standing in standings(house).items() if standing.newest}
