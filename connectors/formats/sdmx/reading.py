"""Which form of SDMX a document is, and reading it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from connectors.formats.delimited import header_of
from connectors.formats.sdmx import csv
from connectors.formats.sdmx.csv import CsvMessage
from connectors.formats.sdmx.json import JsonMessage
from connectors.formats.sdmx.message import LOCATOR, Layout, Observation, in_force
from connectors.formats.sdmx.ml import MlMessage
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable

Form = Literal["csv", "json", "ml"]
_BLANK = b"\xef\xbb\xbf \t\r\n"


class Message(Protocol):
    """A message: its header, and its observations as they stand, read when they are asked for."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of CSV, else the dimensions."""
        ...

    def __iter__(self) -> Iterator[Observation]: ...


def form_of(head: bytes) -> Form | None:
    """The form of a message by its first bytes, or None for what is none. Whether JSON is a message is known when it is read."""
    start = head.lstrip(_BLANK)
    if start[:1] == b"{":
        return "json"
    if start[:1] == b"<":
        return "ml" if b"sdmx.org" in start[:4096].lower() else None
    header = header_of(head)
    return "csv" if {"TIME_PERIOD", "OBS_VALUE"} <= {name.partition(":")[0] for name in header} or header[:1] == ("STRUCTURE",) else None


def read(given: bytes | Content, layout: Layout) -> Message:
    """A message in any form. Raises NotReadable for what is no message, SchemaDrift for other JSON and dimensions, Incomplete, TooLarge.

    CSV and ML are read as they are iterated, so those errors may come then. Nothing is done about actions, histories and doubles.
    """
    content = Content.of(given)
    form = form_of(content.head)
    if form == "json":
        return JsonMessage(content, layout)
    if form == "ml":
        return MlMessage(content, layout)
    if form == "csv":
        return CsvMessage(content, layout)
    raise NotReadable("it is no SDMX message", dataset=layout.dataset, url=layout.url)


def read_cell(given: bytes | Content, locator: str, layout: Layout) -> str:
    """The printed value that a locator names. Raises NotReadable where these bytes have no such observation."""
    content = Content.of(given)
    if form_of(content.head) == "csv":
        return csv.read_cell(content, locator, header_of(content.head), layout)
    if not LOCATOR.fullmatch(locator):
        raise NotReadable("a locator in SDMX-JSON and SDMX-ML reads 'series M.CNY.EUR.SP00.A, period 2025-10'")
    values = [one.value for one in in_force(one for one in read(content, layout) if one.locator == locator)]
    if values:
        return values[-1]
    raise NotReadable(f"these bytes have no {locator}")
