"""Where a connector puts what it reads of a document: batch by batch, rows as they come, so that none is held whole in memory.

The warehouse's own is ``warehouse.load.staging``; ``InMemory`` is for documents that are small.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from warehouse.schema.travel import Batch, Check, Rejected, ReleasedBasis, Value

if TYPE_CHECKING:
    import polars as pl


class OpenBatch(Protocol):
    """One batch while it is written: rows and what is set aside as they come, all else by its end (``Batch`` has the words)."""

    scope: Mapping[str, tuple[Value, ...]] | None
    not_read: list[Mapping[str, Value]]
    released_at: datetime | None
    released_basis: ReleasedBasis | None
    spans: int | None
    not_asked: Counter[str]
    columns_seen: tuple[str, ...]
    checks: list[Check]

    def rows(self, frame: pl.DataFrame) -> None:
        """Rows with columns of the table's contract; every frame of a batch has the same."""
        ...

    def reject(self, *rejected: Rejected) -> None:
        """Rows that should have been understood and were not."""
        ...


class Sink(ABC):
    """Where a connector puts what it reads, one batch after the other. What is put there is not held in memory."""

    @abstractmethod
    def batch(self, dataset: str, name: str, constants: Mapping[str, Value]) -> AbstractContextManager[OpenBatch]:
        """Open a batch, by the words of ``Batch``; it is whole at the end of the ``with``, and nothing where that ends by an error."""

    def put(self, batch: Batch) -> None:
        """A batch that stands in memory already, as that of a small document does."""
        with self.batch(batch.dataset, batch.name, batch.constants) as out:
            write(batch, out)


def write(batch: Batch, out: OpenBatch) -> None:
    """Everything of a batch that stands in memory."""
    out.reject(*batch.rejected)
    for frame in batch.frames:
        out.rows(frame)
    out.scope, out.spans, out.columns_seen = batch.scope, batch.spans, batch.columns_seen
    out.released_at, out.released_basis = batch.released_at, batch.released_basis
    out.not_read += batch.not_read
    out.not_asked.update(batch.not_asked)
    out.checks += batch.checks


@dataclass
class _Collected:
    """A batch in memory while it is written."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    scope: Mapping[str, tuple[Value, ...]] | None = None
    not_read: list[Mapping[str, Value]] = field(default_factory=list)
    released_at: datetime | None = None
    released_basis: ReleasedBasis | None = None
    spans: int | None = None
    not_asked: Counter[str] = field(default_factory=Counter)
    columns_seen: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)

    def rows(self, frame: pl.DataFrame) -> None:
        self.frames.append(frame)

    def reject(self, *rejected: Rejected) -> None:
        self.rejected += rejected


class InMemory(Sink):
    """Keeps what is put: for documents that are small."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []

    @contextmanager
    def batch(self, dataset: str, name: str, constants: Mapping[str, Value]) -> Iterator[OpenBatch]:
        made = _Collected()
        yield made
        self.batches.append(Batch(
            dataset, name, made.frames, constants, made.scope, made.released_at, made.released_basis, tuple(made.not_read), made.spans,
            dict(made.not_asked), tuple(made.rejected), made.columns_seen, tuple(made.checks)))
