"""``python -m benchmarks.news``: a night of synthetic articles, from the bytes in the archive to the lake, fetching aside.

Read (charset, text, time, language), staged against the contract, compared, clustered, committed and published: what a nightly run
does with pages that have arrived, in one process. The budget is a thousand in two minutes on two cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.synthetic_articles import HOST, page
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline
from warehouse.lake.opening import connect

BUDGET_S = 120.0


def night(count: int, folder: Path) -> dict[str, float]:
    """Seconds of each step, and what came of it."""
    house = House(Settings(home=folder, contact="benchmark@example.org"))
    asked = datetime(2026, 11, 24, tzinfo=UTC)
    fetched = [house.archive.keep(page(number), url=f"{HOST}/story/{number}", dataset="news.fmt", status=200, origin_kind="fetched",
                                  asked_at=asked + timedelta(seconds=number), content_type="text/html").fetch_id
               for number in range(count)]
    begun, cpu = time.perf_counter(), time.process_time()
    parsed = [pipeline.parse(house, each) for each in fetched]
    read = time.perf_counter()
    outcomes = pipeline.load(house, parsed)
    done, spent = time.perf_counter(), time.process_time() - cpu
    con = connect(house.place)
    ((held, clusters, snapshots, dated),) = con.execute(
        "SELECT count(*), count(DISTINCT cluster), (SELECT count(DISTINCT snapshot) FROM ops.load), count(published_at) "
        "FROM news.article").fetchall()
    again = time.perf_counter()
    second = pipeline.load(house, [pipeline.parse(house, each) for each in fetched])
    return {"articles": held, "clusters": clusters, "snapshots": snapshots, "dated": dated, "read_s": read - begun, "load_s": done - read,
            "total_s": done - begun, "cpu_s": spent, "again_s": time.perf_counter() - again,
            "not_new": sum(outcome.result != "new_data" for outcome in outcomes), "new_again": sum(o.result == "new_data" for o in second)}


def main() -> int:
    """Run it and print one line a number; exit 1 beyond the budget with --strict."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.news", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, default=1_000)
    parser.add_argument("--strict", action="store_true", help="exit 1 where a thousand would take more than two minutes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entrepot-news-") as folder:
        found = night(asked.articles, Path(folder))
    for name, value in found.items():
        sys.stdout.write(f"{name:10} {value:10,.1f}\n")
    return int(asked.strict and found["total_s"] / asked.articles * 1_000 > BUDGET_S)


if __name__ == "__main__":
    raise SystemExit(main())
