"""``python -m benchmarks.quiet``: a night on which nothing changed, with every installed publisher asked. Where does its time go?

Every connector that is installed is asked over real HTTP. The customs of China, Malaysia's office, the ECB and UN Comtrade answer with
synthetic figures that stay the same; every other host answers 404, which is the dearest kind of quiet, since what failed is asked again
each night. The first night fills the home, without pauses; then a night that asks for what is due, and one that asks for everything, by the
clock: publishers are asked side by side, as the scheduler does, and each host with the pauses that a home keeps.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from benchmarks import synthetic_publishers
from connectors import asking
from connectors.contract import NothingKnown, Wanted
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline
from flows.schedule.tonight import tonight
from flows.tell import changes
from flows.tell.status import overview
from tests.publishers import comtrade
from tests.publishers.server import Publishers
from warehouse.schema.travel import Window

FIRST = datetime(2026, 11, 3, 18, tzinfo=UTC)
LIMIT_S = 60.0
PAUSE_S = Settings.model_fields["min_interval_s"].default
REPORTERS, PARTNERS = (156, 458, 702), (0, 156, 458, 344, 702)
WHOLE = "the whole night"
Spent = dict[str, list[float]]
"""Step → wall and processor seconds. Asking is side by side, so its processor time is of all together."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quiet", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--strict", action="store_true", help=f"exit 1 where a quiet night takes more than {LIMIT_S:g} s")
    asked = parser.parse_args()
    logging.disable(logging.ERROR)
    console, worst = Console(), 0.0
    with tempfile.TemporaryDirectory(prefix="entrepot-quiet-") as folder, Publishers() as publishers:
        _serve(publishers)
        for number, everything in ((0, True), (1, False), (2, True)):
            spent, loads = _night(Path(folder), publishers, FIRST + timedelta(days=number), everything=everything, quiet=number > 0)
            wall = spent.pop(WHOLE)[0]
            hosts = Counter(each.host for each in publishers.asked())
            publishers.log.clear()
            busiest, calls = hosts.most_common(1)[0] if hosts else ("no host", 0)
            title = "the first night" if not number else "a quiet night, everything asked" if everything else "a quiet night, what is due"
            _show(console, f"{title}: {wall:.1f} s, {loads} loads, {hosts.total()} requests", spent)
            pauses = f", with pauses of {PAUSE_S:g} s" if number else ", without pauses"
            console.print(f"   by the clock, publishers side by side{pauses}: {busiest} was asked most, {calls} times\n")
            if number:
                worst = max(worst, wall)
                if loads:
                    raise RuntimeError(f"{loads} loads on a quiet night")
    console.print(f"the longer quiet night took {worst:.1f} s of {LIMIT_S:g}")
    return int(asked.strict and worst > LIMIT_S)


def _serve(publishers: Publishers) -> None:
    """Put up what is answered, and the hosts of all others, which know no page."""
    for page in synthetic_publishers.pages(FIRST.date()):
        publishers.serve(page.url, page.body, page.content_type, etag=f'"{hash(page.body)}"')
    office = comtrade.Office()
    for reporter in REPORTERS:
        for year in ("2025",):
            office.put(*(comtrade.record(reporter, partner, flow, year, product, 1000.0 if partner else 9000.0) for partner in PARTNERS
                         if partner != reporter for flow in ("M", "X") for product in ("TOTAL", "85", "8542", "854231")))
    office.open(publishers)
    for connector in registry.connectors().values():
        wanted = Wanted([each.dataset for each in connector.datasets if each.enabled], Window(), NothingKnown(FIRST))
        for plan in asking.lanes(connector, wanted).values():
            for ask in plan.waiting:
                for host in {urlsplit(ask.request.url).hostname, *ask.request.hosts} - {None}:
                    publishers.serve(f"https://{host}/robots.txt", b"", "text/plain")


def _night(root: Path, publishers: Publishers, at: datetime, *, everything: bool, quiet: bool) -> tuple[Spent, int]:
    """One night as the scheduler lives it: every publisher asked at once, then read and loaded one after the other."""
    spent: Spent = defaultdict(lambda: [0.0, 0.0])

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        spent[step][0] += time.perf_counter() - wall
        spent[step][1] += time.process_time() - cpu

    loads = 0
    with clock.at(at), timed(WHOLE):
        house = House(Settings(home=root, host_map=publishers.host_map, min_interval_s=PAUSE_S if quiet else 0, retry_pause_s=0.01,
                               patience_s=60, api_keys={"comtrade": comtrade.KEY}))
        with timed("deciding what to ask"):
            plan = tonight(house, everything=everything)
        before = changes.newest(house)

        def asked(publisher: str, names: Sequence[str]) -> pipeline.Fetched:
            begun = time.perf_counter()
            found = pipeline.fetch(house, publisher, names)
            spent[f"{publisher}: asking"] = [time.perf_counter() - begun, 0.0]
            return found

        with timed("asking all"), ThreadPoolExecutor(max(len(plan.wanted), 1)) as pool:
            # The moment of the night is a context variable: each thread has a copy.
            asking_ = {publisher: pool.submit(copy_context().run, asked, publisher, names) for publisher, names in plan.wanted.items()}
        for publisher, found in asking_.items():
            with timed(f"{publisher}: reading"):
                parsed = [pipeline.parse(house, each) for each in found.result().fetch_ids]
            with timed(f"{publisher}: loading"):
                loads += sum(outcome.result == "new_data" for outcome in pipeline.load(house, parsed))
        with timed("status of all, what changed"):
            overview(house)
            changes.since(house, before)
    return dict(spent), loads


def _show(console: Console, title: str, spent: Spent) -> None:
    table = Table(title=title, title_justify="left", box=None)
    for name, right in (("step", False), ("wall s", True), ("processor s", True)):
        table.add_column(name, justify="right" if right else "left")
    for step, (wall, cpu) in sorted(spent.items(), key=lambda each: -each[1][0]):
        if wall >= 0.05:
            table.add_row(step, f"{wall:.2f}", f"{cpu:.2f}")
    console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
