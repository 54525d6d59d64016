"""Whose turn it is and what robots.txt says: one limit per host for all threads and processes, Retry-After, rules.

Nothing here contacts a publisher: ``connectors.http.client`` asks for robots.txt and hands the text over.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol

from protego import Protego

from warehouse.schema.errors import RateLimited

DAY = 24 * 3600.0
_POLL = 0.02
"""Seconds between looks at a taken lock: ``flock`` has no time limit of its own."""


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` asks for (a number or an HTTP date), at most a day; None when it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), DAY)
    until = http_date(value)
    if until is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), DAY)


def http_date(value: str) -> datetime | None:
    """A date as headers have it (RFC 9110), in UTC where none is said; None for anything else."""
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Turn(Protocol):
    """One request's turn at a host."""

    def postpone(self, seconds: float) -> None:
        """Nobody asks this host before that many seconds are over: it said so."""
        ...


class HostTurns:
    """One request at a time per host, and a pause between two, for every thread and process with this directory.

    Each host has a file. Its lock (``flock``: it dies with its owner) is held while a request is under way; it holds
    the time of the last request and until when the host asked to be left alone, so that the next run knows too.
    """

    def __init__(self, directory: Path, *, queue_seconds: float = 900.0) -> None:
        self._directory = directory
        self._queue_seconds = queue_seconds
        directory.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def take(self, host: str, *, interval: float, patience: float) -> Iterator[Turn]:
        """Wait for this host's turn and hold it. ``interval`` is the least pause in seconds since the last request.

        Raises RateLimited when the host wants to be left alone for longer than ``patience`` seconds, or when others
        have held its turn for too long.
        """
        with self._path(host).open("a+b", buffering=0) as file:
            self._lock(file.fileno(), host)
            turn = _HeldTurn(file.fileno())
            now = time.time()
            away = turn.away_until - now
            if away > patience:
                until = datetime.fromtimestamp(turn.away_until, UTC)
                raise RateLimited(f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC")
            # A clock set back must not make a pause longer than the pause.
            time.sleep(max(0.0, away, min(interval, turn.last + interval - now)))
            turn.asked()
            try:
                yield turn
            finally:
                turn.asked()

    def _path(self, host: str) -> Path:
        name = re.sub(r"[^a-z0-9._-]", "_", host)
        if name != host or len(name) > 200:
            name = f"{name[:150]}-{hashlib.sha256(host.encode()).hexdigest()[:16]}"
        return self._directory / f"{name}.lock"

    def _lock(self, descriptor: int, host: str) -> None:
        give_up = time.monotonic() + self._queue_seconds
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise RateLimited(f"others have held the turn of {host} for {self._queue_seconds:.0f} s") from None
            time.sleep(_POLL)


class _HeldTurn:
    """The state in a locked host file: two times, ``last`` and ``away_until``, in seconds since 1970."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        text = os.pread(descriptor, 100, 0).split()
        try:
            self.last, self.away_until = (float(each) for each in text) if text else (0.0, 0.0)
        except ValueError:
            # A line torn by a power cut. Somebody was asking just then, so the pause counts from now.
            self.last, self.away_until = time.time(), 0.0
        self.away_until = min(self.away_until, time.time() + DAY)

    def asked(self) -> None:
        self.last = time.time()
        self._write()

    def postpone(self, seconds: float) -> None:
        self.away_until = max(self.away_until, time.time() + min(seconds, DAY))
        self._write()

    def _write(self) -> None:
        # Fixed width and one call: nothing of an older, longer line stays behind.
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{self.last:17.6f} {self.away_until:17.6f}\n".encode(), 0)


class NoTurns:
    """For a client whose answers come from an archive: nobody is asked, so nobody waits."""

    @contextmanager
    def take(self, host: str, *, interval: float, patience: float) -> Iterator[Turn]:
        yield _NobodyAsked()


class _NobodyAsked:
    def postpone(self, seconds: float) -> None:
        """An archive asks nobody to wait."""


@dataclass(frozen=True)
class Rules:
    """What one origin's robots.txt says to us."""

    said: str
    """In words, for the record."""
    status: int
    """What robots.txt itself was answered with."""
    crawl_delay: float = 0.0
    """Least seconds between two requests."""
    parsed: Protego | None = None
    clock: datetime | None = None
    """The host's own clock when it answered, where it said so."""

    def allows(self, url: str, agent: str) -> bool:
        return self.parsed is None or bool(self.parsed.can_fetch(url, agent))


def read_rules(body: bytes, agent: str, *, status: int, delay_cap: float) -> Rules:
    """Read a robots.txt for ``agent`` (a product token). A delay beyond ``delay_cap`` seconds counts as the cap."""
    parsed = Protego.parse(body.decode("utf-8-sig", "replace"))
    rate = parsed.request_rate(agent)
    asked = max(parsed.crawl_delay(agent) or 0.0, rate.seconds / rate.requests if rate and rate.requests else 0.0)
    delay = min(max(asked, 0.0), delay_cap)
    said = "robots.txt read"
    if asked > 0:
        said += f"; it asks for {asked:g} s between requests"
    if asked > delay:
        said += f", {delay:g} s are kept"
    return Rules(said, status, delay, parsed)
