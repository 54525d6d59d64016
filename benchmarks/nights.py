"""Night after night on three synthetic publishers, over real HTTP, through the product's own functions: does a lake stay quick?

One night is what the scheduler does (``flows.scheduler.orchestration``) without Prefect: every publisher asked, what is new parsed and
committed, then the state of the home and what the night changed; on Sundays maintenance. The day is set through ``flows.home.clock``
and each night has a ``House`` of its own, as each run of a served home has a process. What the publishers show on a day is
``synthetic_publishers``; when one of them cannot be reached is drawn here, by a seed.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import synthetic_publishers
from benchmarks.measure import PROGRESS, Work
from connectors.statistics.dosm import CONNECTOR as DOSM
from connectors.statistics.ecb import Ecb
from connectors.statistics.gacc import CONNECTOR as GACC
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import decisions, pipeline
from flows.tell import changes
from flows.tell.status import overview
from tests.publishers.faults import Fault
from tests.publishers.server import Publishers
from warehouse.lake.opening import FLUSH_ROWS, Place
from warehouse.upkeep.maintain import maintain
from warehouse.upkeep.verify import Verdict, verify

FIRST = date(2024, 1, 1)
AT = timedelta(hours=18)
"""02:00 in Kuala Lumpur is 18:00 of the day before in UTC."""
UNREACHABLE, LONGEST_OUTAGE = 0.02, 5
"""Chance that a publisher goes down on a day, and the most nights that it is."""
FAULTS = (Fault.status(503), Fault.reset(), Fault.drip(0.05))
WANTED = {"gacc": ["gacc.prelim.country"], "dosm": ["dosm.headline"], "ecb": ["ecb.exr.day", "ecb.exr.month"]}
SIDE = 100
"""So many committing nights at either end are compared."""


@dataclass(frozen=True)
class Night:
    """What one night took and left."""

    day: date
    commits: int
    down: bool
    """A publisher could not be reached."""
    commit_s: float
    commit_cpu_s: float
    """From staged files to the published copies, the writer's opening in it; zero where there was nothing to load."""
    night_s: float
    night_cpu_s: float
    """Asking, reading and committing; the simulated publishers answer in the same process."""
    status_cpu_s: float
    """On Sundays, what the page to read takes."""
    maintain_s: float
    maintain_cpu_s: float
    files: int
    """Parquet files of the lake."""
    catalogue_bytes: int
    touched: bool
    """Whether anything under the lake's data or published copies is new or gone, maintenance left aside."""


@dataclass
class Nights:
    """A home that lives through them."""

    root: Path
    first: date = FIRST
    seed: int = 1

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.down: dict[str, int] = {}
        self.today, self.begun = self.first, time.monotonic()
        self.place = Place(self.root / "lake")

    def run(self, count: int, say: Callable[[Night], None] = lambda night: None) -> list[Night]:
        """So many nights from the first on. ``say`` is told of each."""
        found = []
        with Publishers() as publishers, self._simulated():
            for number in range(count):
                self.today, self.begun = self.first + timedelta(days=number), time.monotonic()
                found.append(self._night(publishers))
                say(found[-1])
        return found

    def house(self, publishers: Publishers | None = None) -> House:
        return House(Settings(home=self.root, host_map=publishers.host_map if publishers else {}, min_interval_s=0,
                              retry_pause_s=0.002, patience_s=2, answer_within_s=0.5))

    @contextmanager
    def _simulated(self) -> Iterator[None]:
        """The clock says that day; the connectors are the three."""
        def now() -> datetime:
            # Seconds go by as they do, so that no two records have one time.
            return datetime.combine(self.today, datetime.min.time(), UTC) + AT + timedelta(seconds=time.monotonic() - self.begun)

        made: dict[str, Any] = {"gacc": GACC, "dosm": DOSM, "ecb": Ecb()}
        datasets = {each.dataset: each for one in made.values() for each in one.datasets}
        with (patch.object(clock, "now", now), patch.object(registry, "connectors", lambda: made),
              patch.object(registry, "datasets", lambda: datasets)):
            yield

    def _night(self, publishers: Publishers) -> Night:
        down = self._serve(publishers)
        house, before = self.house(publishers), _standing(self.place)
        whole, commit, status, upkeep = _Watch(), _Watch(), _Watch(), _Watch()
        commits, newest = 0, changes.newest(house)
        with whole:
            for publisher, wanted in WANTED.items():
                fetched = pipeline.fetch(house, publisher, wanted)
                parsed = [pipeline.parse(house, fetch_id) for fetch_id in fetched.fetch_ids]
                with commit:
                    outcomes = pipeline.load(house, parsed)
                commits += sum(outcome.result == "new_data" for outcome in outcomes)
                for outcome in outcomes:
                    if outcome.result == "held" and outcome.news and outcome.held is not None:
                        decisions.reject(house, outcome.held, "a slip of units, says the seeded person")
                    elif outcome.result == "error":
                        raise RuntimeError(f"{self.today}: {outcome}")
        touched = _standing(self.place) != before
        if self.today.weekday() == 6:
            with status:
                overview(house)
                changes.since(house, newest)
            with upkeep:
                maintain(self.place, least=FLUSH_ROWS)
        self._age()
        return Night(
            self.today, commits, down, commit.wall if commits else 0.0, commit.cpu if commits else 0.0, whole.wall, whole.cpu,
            status.cpu, upkeep.wall, upkeep.cpu, sum(1 for path in self.place.data.rglob("*.parquet")),
            self.place.catalog.stat().st_size, touched)

    def _serve(self, publishers: Publishers) -> bool:
        """Put up today's pages; whether a publisher is down."""
        down = False
        for page in synthetic_publishers.pages(self.today):
            publishers.serve(page.url, page.body, page.content_type, etag=f'"{zlib.crc32(page.body)}"')
        publishers.recover()
        for host in synthetic_publishers.HOSTS:
            if not self.down.get(host) and self.chance.random() < UNREACHABLE:
                self.down[host] = self.chance.randint(1, LONGEST_OUTAGE)
            if self.down.get(host):
                self.down[host] -= 1
                publishers.fault(host, self.chance.choice(FAULTS))
                down = True
        return down

    def _age(self) -> None:
        """A day goes by for the published copies, which are kept by their age."""
        for copy in self.place.published.glob("catalog-*.sqlite"):
            at = copy.stat().st_mtime - 86_400
            os.utime(copy, (at, at))

    def verify(self) -> Verdict:
        house = self.house()
        return verify(self.place, house.archive, house.journal)


class _Watch:
    """Adds up the time inside it."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._since = time.perf_counter(), time.process_time()

    def __exit__(self, *error: object) -> None:
        self.wall += time.perf_counter() - self._since[0]
        self.cpu += time.process_time() - self._since[1]


def _standing(place: Place) -> frozenset[str]:
    """Names of the lake's files and of the published copies: none is ever written twice."""
    return frozenset(path.name for folder in (place.data, place.published) for path in folder.rglob("*"))


def thousand(work: Work) -> None:
    """All of them on one home; the two ends of its life held against each other, then ``verify``."""
    logging.disable(logging.ERROR)  # what an outage warns of
    nights = Nights(work.folder / "nights")

    def say(night: Night) -> None:
        if night.day.day == 1:
            sys.stderr.write(f"{PROGRESS}{night.day}, {night.files} files\n")
            sys.stderr.flush()

    count = work.sizes.nights
    with work.timed(count):
        lived = nights.run(count, say)
    work.said |= compared(lived)
    verdict = nights.verify()
    if not verdict.holds:
        raise RuntimeError("; ".join(finding.said for proof in verdict.proofs for finding in proof.findings))
    if any(night.touched for night in lived if not night.commits):
        raise RuntimeError("a night without news wrote to the lake")


def compared(lived: Sequence[Night]) -> dict[str, float]:
    """Nights by kind, and the last hundred of those with news over the first hundred (the very first, which fills the home, left
    out); of a short life the halves."""
    news = [night for night in lived[1:] if night.commits]
    side = min(SIDE, len(news) // 2)
    first, last = news[:side], news[-side:]

    def median(name: str, nights: Sequence[Night]) -> float:
        return float(statistics.median(getattr(night, name) for night in nights))

    kept = [night for night in lived if night.maintain_s]
    return {
        "nights": len(lived), "with_news": len(news) + 1, "with_outage": sum(night.down for night in lived),
        "snapshots": sum(night.commits for night in lived), "maintained": len(kept),
        **{f"{end}_{name}": median(name, nights) for end, nights in (("first", first), ("last", last))
           for name in ("commit_s", "commit_cpu_s", "night_s", "night_cpu_s", "files", "catalogue_bytes")},
        "most_files": max(night.files for night in lived), "files": lived[-1].files, "catalogue_bytes": lived[-1].catalogue_bytes,
        "first_maintain_cpu_s": kept[0].maintain_cpu_s if kept else 0.0, "last_maintain_cpu_s": kept[-1].maintain_cpu_s if kept else 0.0}
