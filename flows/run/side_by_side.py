"""Work that waits for others, side by side, each part in a thread of its own and all of them cut at one limit.

A part that is cut goes on in its thread until its own time-outs end it, and nobody listens: threads are daemons, so neither
a run nor the end of the process waits for them. What it had given before the cut counts.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from connectors.contract import Client
from warehouse.schema.errors import PublisherError
from warehouse.schema.travel import Document, Request

T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What one part came to."""

    given: tuple[T, ...]
    error: Exception | None = None
    """What ended it early."""
    cut: bool = False
    """It was still at it when the time was over."""


def side_by_side(parts: Sequence[Callable[[], Iterable[T]]], *, within_s: float) -> list[Part[T]]:
    """Run every part to its end, or until the time is over. In the order of the parts."""
    running = [_Running(part) for part in parts]
    give_up = time.monotonic() + within_s
    for each in running:
        each.thread.start()
    for each in running:
        each.thread.join(max(0.0, give_up - time.monotonic()))
    return [each.so_far() for each in running]


class _Running(Generic[T]):
    def __init__(self, part: Callable[[], Iterable[T]]) -> None:
        self._part = part
        self._given: list[T] = []
        self._error: Exception | None = None
        self._over = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._work,), daemon=True)

    def _work(self) -> None:
        try:
            for one in self._part():
                self._given.append(one)
                if self._over:
                    return
        except Exception as error:
            self._error = error

    def so_far(self) -> Part[T]:
        cut = self._over = self.thread.is_alive()
        return Part(tuple(self._given), self._error, cut)


class Watched:
    """A client that remembers what it was asked last: what a part that is cut was waiting for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.request: Request | None = None

    def get(self, request: Request) -> Document:
        self.request = request
        return self._client.get(request)

    def ask(self, request: Request) -> Document | PublisherError:
        self.request = request
        return self._client.ask(request)
