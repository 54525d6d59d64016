"""What every connector is: datasets, crawl, recognise, parse. No I/O here; the client is ``connectors.http``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from warehouse.schema.errors import PublisherError
from warehouse.schema.travel import Batch, Dataset, Document, Request, Window


class Client(Protocol):
    """The one polite HTTP client, as connectors see it."""

    def get(self, request: Request) -> Document:
        """Ask once, politely; returns the document held under the address now. Raises a PublisherError by name."""
        ...

    def ask(self, request: Request) -> Document | PublisherError:
        """Like ``get``, but hands the error back, so that one broken page never stops the others."""
        ...


class Connector(Protocol):
    """One publisher: what to ask for and how to read the answer.

    ``parse`` is pure: the same bytes give the same rows. Any bytes give batches or a named error, never another
    exception and never a silent empty frame.
    """

    @property
    def publisher(self) -> str:
        """The first part of its datasets' names."""
        ...

    @property
    def datasets(self) -> Sequence[Dataset]:
        """All that it reads."""
        ...

    @property
    def parser_version(self) -> int:
        """Raised whenever the same bytes would give other rows."""
        ...

    def crawl(self, client: Client, wanted: Collection[str], window: Window) -> Iterator[Document | PublisherError]:
        """Ask for the documents of the wanted datasets; discovery pages are asked for but not yielded."""
        ...

    def recognise(self, body: bytes, name: str) -> str | None:
        """The dataset a file belongs to by its content (its name is a hint at most), or None."""
        ...

    def parse(self, document: Document) -> list[Batch]:
        """Batches in order of release. Raises NotReadable, SchemaDrift or Incomplete."""
        ...

    def read_cell(self, body: bytes, locator: str) -> str:
        """The printed text of the cell that a row's locator names. Raises a PublisherError where there is none."""
        ...
