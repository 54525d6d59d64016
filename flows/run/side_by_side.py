"""Work that waits for others, side by side, each part in a thread of its own and all of them cut at one limit.

A part that is cut goes on in its thread until its own time-outs end it, and nobody listens: threads are daemons, so neither
a run nor the end of the process waits for them. What it had given before the cut counts.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
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


ASKING = "asking "
"""How the threads are named, with what they are at."""


def as_they_end(parts: Mapping[str, Callable[[], T]], *, in_order_s: float) -> Iterator[tuple[str, T | Exception]]:
    """Run every part in a thread of its own; each, by its name, when it has come to its end: what it gave, or the error that ended it.
    They come in the order of the parts, as far as none has to wait longer than ``in_order_s`` for one before it."""
    queue: SimpleQueue[tuple[str, T | Exception]] = SimpleQueue()

    def work(name: str, part: Callable[[], T]) -> None:
        try:
            queue.put((name, part()))
        except Exception as error:
            queue.put((name, error))

    for name, part in parts.items():
        threading.Thread(target=contextvars.copy_context().run, args=(work, name, part), name=f"{ASKING}{name}", daemon=True).start()
    running = list(parts)
    ended: dict[str, tuple[T | Exception, float]] = {}
    while running:
        first = next(iter(ended), "")
        wait_s = max(0.0, ended[first][1] + in_order_s - time.monotonic()) if first else None
        if running[0] not in ended:
            with suppress(Empty):
                name, what = queue.get(timeout=wait_s)
                ended[name] = what, time.monotonic()
                continue
        name = running[0] if running[0] in ended else first
        running.remove(name)
        yield name, ended.pop(name)[0]


def still_asking() -> bool:
    """Whether a thread that nobody waits for any more is at work: then a process that ends by itself would pull the ground from under
    it, and is left at once."""
    return any(thread.name.startswith(ASKING) for thread in threading.enumerate())


class _Running(Generic[T]):
    def __init__(self, part: Callable[[], Iterable[T]]) -> None:
        self._part = part
        self._given: list[T] = []
        self._error: Exception | None = None
        self._over = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._work,), name=f"{ASKING}in a lane", daemon=True)

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
