"""``python -m benchmarks.scale``: years of HS6 for many reporters, by several workers, into a lake on PostgreSQL and an object store.

What is run is the product's own command, ``entrepot backfill comtrade``, in a process and a home for each worker, against a simulated UN
Comtrade over real HTTP that counts what it was asked. Its answers are synthetic and made as they are asked for: every reporter's trade
with its fifteen partners and the world, at all goods, chapters, headings and subheadings that add up. PostgreSQL and the object store are
real ones of their own. ``--reporters 15 --years 10 --products 4850`` is the full size: 300 answers of products, 25 million rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from rich.console import Console

from connectors.statistics.comtrade.questions import AREAS
from flows.home.house import House
from tests import servers
from tests.publishers import comtrade
from tests.publishers.server import Publishers
from warehouse.lake.opening import connect
from warehouse.upkeep.verify import verify

LAST, MOST_PRODUCTS = 2024, 4_850
REPOSITORY = Path(__file__).parents[1]
_PARTNER, _PRODUCT, _VALUE = -987_654, "PRODUCT", 123_456.5


class Office(comtrade.Office):
    """A synthetic Comtrade that has no record in memory: an answer is made of the question."""

    def __init__(self, reporters: list[int], years: list[int], products: int) -> None:
        super().__init__(allowed=10**9, cap=250_000)
        self.products, self.rows = products, 0
        self.released = {(reporter, str(year)): ("2026-02-01T00:00:00", 1) for reporter in reporters for year in years}

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code → subheadings below it: all goods, chapters, headings, subheadings."""
        found: Counter[str] = Counter()
        for number in range(self.products):
            chapter, inside = 1 + number // 50, number % 50
            heading = f"{chapter:02}{1 + inside // 5:02}"
            for code in ("TOTAL", f"{chapter:02}", heading, f"{heading}{10 + inside % 5}"):
                found[code] += 1
        return dict(found)

    def _figures(self, query: Mapping[str, str], frequency: str, cap: int) -> comtrade.Answer:
        made = [line for reporter in query["reporterCode"].split(",") for period in query["period"].split(",")
                if (int(reporter), period) in self.released for line in self._lines(int(reporter), period, query)][:cap]
        self.rows += len(made)
        body = f'{{"elapsedTime": "0.10 secs", "count": {len(made)}, "data": [{",".join(made)}], "error": ""}}'
        return 200, comtrade.JSON, body.encode()

    def _lines(self, reporter: int, period: str, query: Mapping[str, str]) -> Iterator[str]:
        levels = {2: "AG2", 4: "AG4", 6: "AG6"}
        wanted = query["cmdCode"].split(",")
        codes = {code: under for code, under in self.codes.items()
                 if code in wanted or (code.isdigit() and levels[len(code)] in wanted)}
        said = query.get("partnerCode")
        partners = [int(code) for code in (said.split(",") if said else ("0", *AREAS))]
        for flow in (flow for flow in query["flowCode"].split(",") if flow in "MX"):
            template = json.dumps(comtrade.record(reporter, _PARTNER, flow, period, _PRODUCT, _VALUE))
            for partner in partners:
                if partner == reporter:
                    continue
                one = template.replace(str(_PARTNER), str(partner))
                each = 1_000 + partner + int(period) if partner else 100_000
                for code, under in codes.items():
                    yield one.replace(_PRODUCT, code).replace(str(_VALUE), str(float(each * under)))


def main() -> int:
    """Run it; exit 1 where something was asked twice or not at all, or rows are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=(__doc__ or "").splitlines()[0])
    for name, default, said in (("reporters", 4, "reporters, fifteen at most"), ("years", 2, f"years up to {LAST}"),
                                ("products", 300, f"subheadings of each pair, {MOST_PRODUCTS:,} at most"), ("workers", 2, "processes")):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{said} (default %(default)s)")
    asked = parser.parse_args()
    reporters, years = [int(code) for code in AREAS[:asked.reporters]], list(range(LAST - asked.years + 1, LAST + 1))
    office, console = Office(reporters, years, min(asked.products, MOST_PRODUCTS)), Console()
    with ExitStack() as end, Publishers() as publishers:
        folder = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-scale-")))
        postgres, objects = servers.Postgres(), servers.ObjectStore()
        end.callback(postgres.remove)
        end.callback(objects.remove)
        form = servers.served(postgres, objects)
        office.open(publishers)
        started = time.perf_counter()
        ended = [_ended(each) for each in [_worker(form, folder / f"home {number}", publishers, years) for number in range(asked.workers)]]
        seconds = time.perf_counter() - started
        house = form.house(folder / "home 0")
        problems = _asked(publishers, len(reporters) * len(years), len(years)) + [said for code, said, _, _ in ended if code]
        expected = len(reporters) * len(years) * 2 * len(AREAS) * len(office.codes)  # with the world, and not with themselves
        rows = _rows(house)
        if rows != expected:
            problems.append(f"{rows:,} rows where {expected:,} were given")
        console.print(f"{rows:,} rows of {len(reporters)} reporters and {len(years)} years by {asked.workers} workers: {seconds:.0f} s, "
                      f"{rows / seconds:,.0f} rows a second; {len(publishers.asked(comtrade.HOST))} requests, {office.rows:,} records sent")
        for number, (_, _, cpu, peak) in enumerate(ended):
            had = sum(1 for key in house.store.keys("log"))
            console.print(f"   worker {number}: processor time {cpu:.0f} s, peak {peak:,.0f} MiB ({had} objects in the log of all)")
        started = time.perf_counter()
        verdict = verify(house.place, house.archive, house.journal, wait_s=300)
        console.print(f"   verify: {'holds' if verdict.holds else 'does not hold'}, {time.perf_counter() - started:.0f} s; the lake has "
                      f"{house.place.size() / 1e6:,.0f} MB")
        if not verdict.holds:
            problems += [finding.said for proof in verdict.proofs for finding in proof.findings]
    for problem in problems:
        console.print(f"   [red]{problem}[/red]")
    return int(bool(problems))


def _worker(form: servers.Form, home: Path, publishers: Publishers, years: list[int]) -> subprocess.Popen[str]:
    env = {**{name: value for name, value in os.environ.items() if not name.startswith(("ENTREPOT_", "PREFECT_"))}, **form.environment,
           "ENTREPOT_HOME": str(home), "ENTREPOT_HOST_MAP": json.dumps(publishers.host_map), "ENTREPOT_MIN_INTERVAL_S": "0",
           "ENTREPOT_API_KEYS": json.dumps({"comtrade": comtrade.KEY}), "ENTREPOT_WAIT_FOR_WRITER_S": "3600"}
    return subprocess.Popen([sys.executable, "-m", "flows", "backfill", "comtrade", "--from", str(years[0]), "--to", str(years[-1])],
                            env=env, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _ended(worker: subprocess.Popen[str]) -> tuple[int, str, float, float]:
    """Exit code, last words, processor seconds and peak MiB of a worker."""
    assert worker.stderr is not None
    said = worker.stderr.read()
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    return worker.returncode, said[-500:], used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _asked(publishers: Publishers, pairs: int, years: int) -> list[str]:
    """What is wrong with how often the office was asked."""
    sent = Counter(each.path for each in publishers.asked(comtrade.HOST))
    twice = [path for path, number in sent.items() if number > 1]
    made = [f"{len(twice)} addresses were asked more than once, such as {twice[0]}"] if twice else []
    if len(sent) < 3 * pairs + years:
        made.append(f"only {len(sent)} of {3 * pairs + years} questions were asked")
    return made


def _rows(house: House) -> int:
    return int(connect(house.place).execute("SELECT count(*) FROM stats.trade WHERE dataset = 'comtrade.hs'").fetchall()[0][0])


if __name__ == "__main__":
    raise SystemExit(main())
