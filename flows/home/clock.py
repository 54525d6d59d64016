"""The clock of records and of waiting, in one place, so that a simulated night can set it.

Everything that is written down or decided by the time of day asks ``now``; whatever waits for an hour of the day calls
``sleep``. A night that is run ``at`` another moment begins there, goes on at the pace of the real clock, and waits by
moving on. How long a request or a lock takes is measured by the machine's own clock, not here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass
class Simulated:
    """A clock that was set to a moment and goes on from there."""

    moment: datetime
    _set_at: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        return self.moment + timedelta(seconds=time.monotonic() - self._set_at)

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


_simulated: ContextVar[Simulated | None] = ContextVar("simulated clock", default=None)


def now() -> datetime:
    """This moment, in UTC."""
    simulated = _simulated.get()
    return simulated.now() if simulated else datetime.now(UTC)


def simulated() -> bool:
    """Whether the clock was set."""
    return _simulated.get() is not None


def sleep(seconds: float) -> None:
    """Wait; on a simulated clock, move on."""
    simulated = _simulated.get()
    if simulated:
        simulated.advance(seconds)
    else:
        time.sleep(seconds)


@contextmanager
def at(moment: datetime | None) -> Iterator[None]:
    """Set the clock for what runs inside; None leaves it as it is. The moment needs a time zone."""
    if moment is None:
        yield
        return
    token = _simulated.set(Simulated(moment.astimezone(UTC)))
    try:
        yield
    finally:
        _simulated.reset(token)
