"""A table that a person has, loaded by a mapping (docs/importing.md): checked before anything is kept, then like a fetched document."""

from __future__ import annotations

import getpass
import hashlib
from datetime import datetime
from pathlib import Path

from connectors.statistics.mapped import CONNECTOR, proposal
from connectors.statistics.mapped.mapping import LARGEST
from flows.home import clock, registry
from flows.home.house import House
from flows.run import given, pipeline
from flows.run.bookkeeping import Outcome
from warehouse.archive import disk
from warehouse.schema.content import Content
from warehouse.schema.errors import PublisherError, UsageError
from warehouse.schema.travel import Document, Fetch


def text_of(file: Path) -> str:
    """The text of a mapping's file. Raises UsageError for what is no text."""
    body = given.read(file, largest=4 * LARGEST)
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{given.shown(file.name)} is no mapping: a mapping is a small text in TOML (docs/importing.md)") from None


def table(path: Path) -> tuple[Content, str]:
    """A table as a person has it, and in what it was. Raises UsageError for what is no table."""
    content, body, inside = given.document(path)
    kind = given.kind_of(body)
    if kind is not None and kind is not given.WORKBOOK:
        raise given.refuse(path.name, kind)
    return content, inside


@disk.named()
def bring(house: House, path: Path, mapping: str, *, released_at: datetime | None = None) -> list[Outcome]:
    """Load a table by the text of a mapping; both are archived together.

    Raises UsageError where the text is no mapping, or names what the table does not have; then nothing is kept.
    """
    content, inside = table(path)
    # The same file by another mapping is another document.
    url = (f"import:{path.name}#as={hashlib.sha256(mapping.encode()).hexdigest()[:12]}"
           + (f",{released_at:%Y-%m-%d}" if released_at else ""))
    trial = Fetch("", CONNECTOR.publisher, url, clock.now(), 0, "", content.size, "imported", mapping=mapping)
    try:
        said = CONNECTOR.brought(trial)
        CONNECTOR.fits(Document(trial, content))
    except PublisherError as error:
        raise UsageError(f"{path.name}: {error.said}") from error
    if said.publisher is None and said.dataset.publisher not in registry.connectors():
        raise UsageError(f"the mapping has publisher.name = {said.dataset.publisher!r}, and no connector of that name is installed: say "
                         "who it is in publisher.title, and in publisher.called what a sentence calls it")
    kept = house.archive.keep(
        content, url=url, dataset=said.dataset.dataset, asked_at=clock.now(), status=0, origin_kind="imported",
        source_note=f"file {path.name}{f' ({inside})' if inside else ''}, imported by a person, mapped by {said.by or getpass.getuser()}",
        released_at=released_at, mapping=mapping)
    return pipeline.load(house, [pipeline.parse(house, kept.fetch_id)], why=f"entrepot import {path.name}")


def proposed(path: Path) -> proposal.Proposal:
    """A mapping for a table as it seems to be. Raises UsageError for what is no table."""
    content, _ = table(path)
    try:
        return proposal.propose(content, path.name)
    except PublisherError as error:
        raise UsageError(f"{path.name}: {error.said}") from error
