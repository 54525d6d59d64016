"""What a connector is: datasets, what to ask for, what an answer leads to, how to read it. No I/O here.

A connector is a class with the methods of ``Connector`` and nothing besides: what it may leave out has its default here.
Who asks in which order is ``connectors.asking``; the one client is ``connectors.http.client``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Protocol

from warehouse.reference.areas import Labels
from warehouse.schema.errors import PublisherError
from warehouse.schema.sink import InMemory, Sink
from warehouse.schema.travel import Batch, Dataset, Document, Fetch, Publisher, Request, Window

RECOGNISED_BY = 16 * 1024 * 1024
"""Bytes of a file by which it is recognised: more than any workbook or page of a publisher that was seen has in all."""


class Client(Protocol):
    """The one polite HTTP client, as those see it who ask."""

    def get(self, request: Request) -> Document:
        """Ask once, politely; returns the document held under the address now. Raises a PublisherError by name."""
        ...

    def ask(self, request: Request) -> Document | PublisherError:
        """Like ``get``, but hands the error back, so that one broken page never stops the others."""
        ...


class Known(Protocol):
    """What is known before anybody is asked."""

    @property
    def now(self) -> datetime:
        """The moment of the run, in UTC."""
        ...

    def latest(self, request: Request) -> Fetch | None:
        """The answer that is held to a request, with its change marks (hash, ETag, Last-Modified); None when never had."""
        ...

    def confirmed(self, request: Request) -> datetime | None:
        """When the publisher last showed what is held of a request."""
        ...


@dataclass(frozen=True)
class NothingKnown:
    """A new home at a moment: nothing is held."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def latest(self, request: Request) -> Fetch | None:
        return None

    def confirmed(self, request: Request) -> datetime | None:
        return None


@dataclass(frozen=True)
class Wanted:
    """What a run wants of a publisher: these datasets, these periods."""

    datasets: Collection[str]
    window: Window = field(default_factory=Window)
    known: Known = field(default_factory=NothingKnown)


@dataclass(frozen=True)
class Ask:
    """One thing to ask a publisher for.

    Asks are carried out by priority, those of one priority in the order in which they were planned; what an answer leads to
    comes next after it.
    """

    request: Request
    discovery: bool = False
    """The answer only leads to others (an index, a list of releases): it is followed, and no document to be read."""
    partition: str = ""
    """Which part of the dataset it is, for people (``exports 2024-03, chapters 01 to 24``); the address where nothing is said."""
    priority: int = 0
    """Smaller ones first: what says *whether* something changed before what it speaks of, what is new before what is old."""
    cost: int = 1
    """Calls that it takes out of the day's budget (``Connector.calls_a_day``); 0 where the publisher does not count it."""
    lane: str = ""
    """Asks of different lanes do not wait for each other: their publishers are different ones."""
    leads_to: tuple[str, ...] = ()
    """What its answer is expected to lead to where it alone has the addresses, a name for each: what a first fill takes is told by them."""
    instead: bool = False
    """It asks for a part of what the answer before it was cut off from: that answer is asked for again in parts, and not read."""
    context: Hashable = None
    """Whatever the connector wants to find again when the answer is there."""

    @property
    def dataset(self) -> str:
        return self.request.dataset


@dataclass(frozen=True)
class Packaged:
    """A reviewed data file that comes with a connector, archived like a file that a person brought."""

    file: Path
    dataset: str
    """Of the document; a dataset of its own (``gacc.calendar``), or a name that only the document has (``statements``)."""

    @property
    def url(self) -> str:
        return f"entrepot:{self.file.name}"


@dataclass(frozen=True)
class Brought:
    """What comes with a document that a person brought with a mapping: its dataset, and its publisher where that is said."""

    dataset: Dataset
    publisher: Publisher | None
    by: str = ""
    """Who wrote the mapping, as it says itself."""


class Connector(ABC):
    """One publisher: what to ask for and how to read the answer.

    ``plan``, ``follow``, ``recognise`` and ``parse`` are pure: they ask nobody, and the same bytes give the same rows. Any bytes
    give batches or a named error, never another exception and never a silent empty frame.
    """

    publisher: ClassVar[str]
    """The first part of its datasets' names."""
    about: ClassVar[Publisher]
    """Who that is, and what texts and answers call it."""
    datasets: Sequence[Dataset]
    """All that it reads."""
    parser_version: ClassVar[int]
    """Raised whenever the same bytes would give other rows."""
    order: ClassVar[int] = 100
    """Publishers are asked in this order, then by name: what was stated before what replaced it, figures before the news."""
    areas: ClassVar[Labels | None] = None
    """What the publisher calls areas, where it has labels or codes of its own: ``areas.csv`` beside it."""
    packaged: ClassVar[Packaged | None] = None
    """A reviewed data file that comes with it."""
    past: ClassVar[str] = ""
    """The dataset that is meant where past periods are asked for by the publisher's name alone."""
    mapped: ClassVar[bool] = False
    """Its documents bring their datasets with them (``brought``), all of names that begin with the publisher's."""
    calls_a_day: ClassVar[int | None] = None
    """Calls that the publisher allows in a day (of UTC); None where it states no limit."""
    a_night: Sequence[tuple[str, int]] = ()
    """Hosts, and the most requests that one night puts to each: where answers lead to further ones. Else it is what the plan has."""

    @abstractmethod
    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """What to ask for first."""

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """What an answer leads to: the next page, the links of an index, the two halves of an answer that was cut at its cap.

        It sees errors too. What it raises is reported as what became of the ask; where it raises nothing, the ask is done. As it
        stands here, an answer leads to nothing and an error is reported.
        """
        if isinstance(answer, PublisherError):
            raise answer
        return ()

    @abstractmethod
    def recognise(self, head: bytes, name: str) -> str | None:
        """The dataset a file belongs to by how it begins (its name is a hint at most), or None where it is nothing of this publisher.

        ``head`` is all of a file up to ``RECOGNISED_BY``, since a workbook or zip is known by its end, and that much of a larger one.
        Raises a PublisherError for what is this publisher's and none of its datasets is made of, saying what it is.
        """

    def brought(self, fetch: Fetch) -> Brought | None:
        """The dataset that a document brings with it; None where its datasets are the connector's own. Raises NotReadable."""
        return None

    @abstractmethod
    def parse(self, document: Document, out: Sink) -> None:
        """Put a document's batches into ``out``, in order of release. Raises NotReadable, SchemaDrift or Incomplete."""

    def read(self, document: Document) -> list[Batch]:
        """The same in memory, for a document that is small."""
        kept = InMemory()
        self.parse(document, kept)
        return kept.batches

    @abstractmethod
    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of the cell that a row's locator names. Raises a PublisherError where there is none.

        A document that may be larger than memory is read as ``parse`` reads it, up to that cell.
        """

    def source_of(self, document: Document, locator: str) -> str:
        """Who gave a figure and where, in words, for a document that passes on what others said; empty where it is the source itself.

        Raises a PublisherError where the document has no such figure.
        """
        return ""
