"""The same questions about the present and about an earlier day, of one lake that has both many rows and many snapshots."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date

import duckdb

from benchmarks.measure import Work
from benchmarks.ours import month_of, months_one_by_one
from benchmarks.synthetic_parsers import BACI, COMTRADE
from warehouse.ask import answers, ranks
from warehouse.history.past import connect_past
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference.periods import Period

TIMES = 7
"""Each question is asked so often, the present and the past in turn."""


def _get(con: duckdb.DuckDBPyConnection, month: Period) -> object:
    return answers.get(con, "XZZ", "XA07", month)


def _rank(con: duckdb.DuckDBPyConnection, month: Period) -> object:
    return ranks.rank(con, "XZZ", month, flow="export").places


def _sum(con: duckdb.DuckDBPyConnection, month: Period) -> object:
    return con.execute("SELECT reporter, sum(value) FROM mart.summable WHERE dataset = ? AND period_end = ? GROUP BY reporter "
                       "ORDER BY ALL", [BACI.dataset, date(2024, 12, 31)]).fetchall()


QUESTIONS: dict[str, Callable[[duckdb.DuckDBPyConnection, Period], object]] = {"get": _get, "rank": _rank, "sum": _sum}


def as_of(work: Work) -> None:
    """The lake of the large CSV, with half of ``commits`` small loads on top of it, then the other half: the day between."""
    place, half = Place(work.folder / "lake_csv"), max(2, work.sizes.commits // 2)
    with writer(place, "benchmark") as lake:
        describe(lake, (BACI, COMTRADE))
        months_one_by_one(lake, range(half), work.folder)
        (number,) = lake.con.execute("SELECT max(snapshot) FROM ops.load").fetchall()[0]
        months_one_by_one(lake, range(half, 2 * half), work.folder)
    # A month that no load after the day between touched: both days must answer alike.
    month = month_of(half // 2)
    now, then = connect(place), connect_past(place, as_of=str(number))
    with work.timed(TIMES * len(QUESTIONS) * 2):
        for name, ask in QUESTIONS.items():
            took: dict[str, list[tuple[float, float]]] = {"now": [], "then": []}
            said = {}
            for _ in range(TIMES):
                for day, con in (("now", now), ("then", then)):
                    wall, cpu = time.perf_counter(), time.process_time()
                    said[day] = ask(con, month)
                    took[day].append((time.perf_counter() - wall, time.process_time() - cpu))
            if not said["now"] or said["now"] != said["then"]:
                raise RuntimeError(f"{name}: other answers on the two days, or none")
            for day, times in took.items():
                for unit, each in zip(("s", "cpu_s"), zip(*times, strict=True), strict=True):
                    work.said[f"{name}_{day}_{unit}"] = statistics.median(each)
    now.close()
    then.close()
