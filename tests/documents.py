"""Bytes as the documents that connectors are given."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.contract import Connector
from warehouse.schema.travel import Document, Fetch

ASKED = datetime(2026, 5, 8, 4, 0, tzinfo=UTC)


def document(dataset: str, body: bytes, url: str = "https://publisher.example/file") -> Document:
    """Bytes as a parser gets them."""
    return Document(Fetch("fetch", dataset, url, ASKED, 200, "sha256", len(body), "fetched"), body)


def cell(connector: Connector, body: bytes, locator: str) -> str:
    """What stands at a locator of these bytes."""
    return connector.read_cell(document(connector.datasets[0].dataset, body), locator)
