"""A synthetic publisher for tests of the whole road: a CSV with two batches, in two editions. Made up, and named so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from connectors.contract import Ask, Connector, Wanted
from flows.home import clock, registry
from flows.home.house import House
from flows.run import bookkeeping, pipeline
from tests.warehouse.synthetic import CONSTANTS, PUBLISHER, SYNTHETIC, figures
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document

URL = "http://synthetic.invalid/table.csv"


def editions() -> list[bytes]:
    """The first edition, and one with a revised figure, a new month and a withdrawn partner."""
    first = "batch,partner,month,value\n" + "".join(
        f"{batch},{partner},2024-0{month},{100 * month + number}\n"
        for batch in ("one", "two") for month in (1, 2) for number, partner in enumerate(("MYS", "VNM", "THA")))
    second = first.replace("one,MYS,2024-01,100", "one,MYS,2024-01,99") + "one,MYS,2024-03,301\ntwo,VNM,2024-03,302\n"
    return [first.encode(), second.encode()]


NAMES = ("one", "two", "shared")


class SyntheticPublisher(Connector):
    """A dataset for each batch that a CSV names."""

    publisher = "synthetic"
    about = PUBLISHER
    datasets: Sequence[Dataset] = tuple(replace(SYNTHETIC, dataset=f"synthetic.{name}") for name in NAMES)
    parser_version = 1

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return ()  # the test archives the documents itself

    def recognise(self, head: bytes, name: str) -> str | None:
        return "synthetic.one" if head.startswith(b"batch,partner") else None

    def parse(self, document: Document, out: Sink) -> None:
        rows = list(csv.DictReader(io.StringIO(document.body.decode())))
        if not rows or "batch" not in rows[0]:
            raise SchemaDrift("not the synthetic table")
        for name in NAMES:
            frames = [figures({row["month"]: float(row["value"])}, partners=(row["partner"],)) for row in rows if row["batch"] == name]
            if not frames:
                continue
            out.put(Batch(f"synthetic.{name}", "all", [pl.concat(frames)], CONSTANTS, scope={}, columns_seen=tuple(rows[0])))

    def read_cell(self, document: Document, locator: str) -> str:
        _, month, partner = locator.split()
        return next(row["value"] for row in csv.DictReader(io.StringIO(document.body.decode()))
                    if (row["month"], row["partner"]) == (month, partner))


def use_synthetic_publisher() -> None:
    """Put it in the place of the real connectors, for this process."""
    made: dict[str, Any] = {"synthetic": SyntheticPublisher()}
    registry.connectors = lambda: made  # type: ignore[assignment]
    registry.datasets.cache_clear()


def publish_edition(house: House, number: int) -> list[bookkeeping.Outcome]:
    """Archive an edition as if it had been asked for, and load it."""
    kept = house.archive.keep(editions()[number], url=URL, dataset="synthetic.one", asked_at=clock.now(),
                              status=200, origin_kind="fetched")
    return pipeline.load(house, [pipeline.parse(house, kept.fetch_id)])
