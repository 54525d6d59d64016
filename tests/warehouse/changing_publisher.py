"""The synthetic publisher with a parser that changes: it may refuse, rename its batches, not understand a partner, read otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from flows.home import clock, registry
from flows.home.house import House
from flows.run import pipeline
from flows.run.bookkeeping import Outcome
from tests.warehouse.synthetic_publisher import NAMES, URL, SyntheticPublisher
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.sink import InMemory, Sink
from warehouse.schema.travel import Document, Rejected

PARTNERS = ("MYS", "VNM", "THA", "SGP", "IDN")


@dataclass
class Reading:
    """How the parser reads today."""

    version: int = 1
    refuses: bool = False
    renames: bool = False
    blind: frozenset[str] = field(default_factory=frozenset)
    """Rows (``MYS 2024-01``) that it does not understand: they are set aside."""
    adds: int = 0
    """What it adds to every figure that it reads: another understanding of the whole document."""


class ChangingPublisher(SyntheticPublisher):
    """Rows have the places ``line N (partner month)`` whatever it understands."""

    def __init__(self) -> None:
        self.reading = Reading()

    @property
    def parser_version(self) -> int:  # type: ignore[override]
        return self.reading.version

    def parse(self, document: Document, out: Sink) -> None:
        if self.reading.refuses:
            raise SchemaDrift("the parser of today refuses this")
        kept = InMemory()
        super().parse(document, kept)
        for batch in kept.batches:
            (frame,) = batch.frames
            frame = frame.with_columns(
                locator=pl.format("line {} ({} {})", pl.int_range(pl.len()) + 2, "partner", pl.col("period_start").cast(pl.String)),
                value=(pl.col("value") + self.reading.adds).cast(frame.schema["value"]))
            unknown = (pl.col("partner") + " " + pl.col("period_start").dt.strftime("%Y-%m")).is_in(list(self.reading.blind))
            rejected = [Rejected(row["locator"], "unknown", "a synthetic fault", f"{row['partner']},{row['value']}")
                        for row in frame.filter(unknown).to_dicts()]
            seen = frame.filter(~unknown)
            # What was not understood is no withdrawal: the batch is complete for nothing then.
            out.put(replace(batch, name="other" if self.reading.renames else batch.name, frames=[seen], rejected=rejected,
                            scope=None if rejected else {}))


def use_changing_publisher() -> ChangingPublisher:
    """Put it in the place of the real connectors, for this process; quality's share of rows set aside does not matter to it."""
    made = ChangingPublisher()
    registry.connectors = lambda: {"synthetic": made}  # type: ignore[assignment]
    registry.datasets.cache_clear()
    return made


MONTHS = tuple(f"2024-{month:02}" for month in range(1, 8))


def whole(base: float = 100, **changed: float | None) -> bytes:
    """A document of 35 figures; ``MYS_2024_01=99`` says one otherwise, None takes it out."""
    figures: dict[tuple[str, str], float | None] = {
        (partner, month): base + 10 * number + place for place, partner in enumerate(PARTNERS) for number, month in enumerate(MONTHS)}
    for key, value in changed.items():
        partner, _, month = key.partition("_")
        figures[partner, month.replace("_", "-")] = value
    return table({key: value for key, value in figures.items() if value is not None})


def table(figures: dict[tuple[str, str], float], name: str = NAMES[0]) -> bytes:
    """A document: partner and month → figure."""
    return ("batch,partner,month,value\n" + "".join(
        f"{name},{partner},{month},{value}\n" for (partner, month), value in figures.items())).encode()


def bring(house: House, body: bytes, url: str = URL) -> list[Outcome]:
    """Archive a document as if asked for now, and load it."""
    kept = house.archive.keep(body, url=url, dataset="synthetic.one", asked_at=clock.now(), status=200, origin_kind="fetched")
    return pipeline.load(house, [pipeline.parse(house, kept.fetch_id)])
