"""What is compared with what, the budgets of the design, and the table and file that say how they stand."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Measured, Sizes

CASES: dict[str, str] = {
    "ours:json_first": "JSON → commit: Entrepot",
    "others:duckdb_json": "JSON: DuckDB read_json into a lake table",
    "others:dlt_json": "JSON: dlt, rows into DuckDB",
    "ours:json_same_figures": "other bytes, the same figures",
    "ours:archive_keep": "archiving the JSON (hash, zstd)",
    "ours:archive_same": "the same bytes again: a hash",
    "ours:csv_first": "CSV → commit: Entrepot",
    "others:duckdb_csv": "CSV: DuckDB read_csv, six columns",
    "others:duckdb_csv_as_trade": "CSV: DuckDB read_csv, columns of stats.trade",
    "ours:csv_together": "0.1 % revised, rows that stand together",
    "ours:csv_scattered": "0.1 % revised, scattered over the table",
    "ours:csv_whole": "0.1 % revised, the whole file again",
    "ours:csv_next_year": "CSV → commit: a second year beside it",
    "ours:small_commits": "small commits, one after another",
}
"""Cases in the order of a round, with their names for people."""

ONCE = frozenset({"ours:small_commits", "ours:archive_keep"})
"""Cases that are not one side of a budget's ratio, or that repeat themselves inside: the first round only."""


@dataclass(frozen=True)
class Budget:
    """One line of the design's budgets: a number of this run, and the bound it is held against."""

    what: str
    number: Callable[[Mapping[str, Measured]], float]
    bound: float
    sense: Literal["at least", "at most"]

    def met(self, number: float) -> bool:
        return number >= self.bound if self.sense == "at least" else number <= self.bound

    def verdict(self, number: float) -> str:
        if self.met(number):
            return "met"
        if not self.bound:
            return f"not met: {number:g} where there should be none"
        short = self.bound / number if self.sense == "at least" else number / self.bound
        return f"not met, by a factor of {short:.2f}"


def _times(case: str, other: str, measure: str = "seconds") -> Callable[[Mapping[str, Measured]], float]:
    """Time of a case over that of another, each per row."""
    def number(by: Mapping[str, Measured]) -> float:
        a, b = by[case], by[other]
        return float((getattr(a, measure) / a.rows) / (getattr(b, measure) / b.rows))
    return number


def _whole(case: str, other: str) -> Callable[[Mapping[str, Measured]], float]:
    """Time of a case over that of another, whatever their rows."""
    return lambda by: by[case].seconds / by[other].seconds


def _written(*cases: str) -> Callable[[Mapping[str, Measured]], float]:
    return lambda by: sum(by[case].said[name] for case in cases for name in ("new_snapshots", "new_files", "catalogue_changed"))


BUDGETS = (
    Budget("JSON: times as many rows per second as dlt's row path", lambda by: 1 / _times("ours:json_first", "others:dlt_json")(by),
           30, "at least"),
    Budget("JSON: time over DuckDB read_json", _times("ours:json_first", "others:duckdb_json"), 1, "at most"),
    Budget("CSV: time over DuckDB INSERT FROM read_csv, the same columns", _times("ours:csv_first", "others:duckdb_csv_as_trade"),
           1.5, "at most"),
    Budget("CSV: time over DuckDB INSERT FROM read_csv, only its six columns", _times("ours:csv_first", "others:duckdb_csv"),
           1.5, "at most"),
    Budget("nothing changed: snapshots, files and catalogues written", _written("ours:archive_same", "ours:json_same_figures"),
           0, "at most"),
    Budget("0.1 % revised, together: time over the full load", _whole("ours:csv_together", "ours:csv_first"), 1 / 20, "at most"),
    Budget("0.1 % revised, scattered: time over the full load", _whole("ours:csv_scattered", "ours:csv_first"), 1 / 20, "at most"),
    Budget("0.1 % revised: growth of the lake over its size",
           lambda by: by["ours:csv_scattered"].said["lake_grew_bytes"] / by["ours:csv_first"].said["lake_bytes"], 1 / 20, "at most"),
    Budget("small commits: the last quarter over the first",
           lambda by: by["ours:small_commits"].said["median_last_quarter_s"] / by["ours:small_commits"].said["median_first_quarter_s"],
           1.5, "at most"),
)


def show(console: Console, by: Mapping[str, Measured]) -> None:
    """The two tables: what was measured, and how the budgets stand."""
    measured = Table("what", "rows", "seconds", "rows/s", "CPU s", "peak MiB", title="measured (medians, one run, synthetic documents)")
    for column in measured.columns[1:]:
        column.justify = "right"
    for case, name in CASES.items():
        run = by[case]
        measured.add_row(name, f"{run.rows:,}", f"{run.seconds:.3f}", f"{run.rows / run.seconds:,.0f}", f"{run.cpu_seconds:.3f}",
                         f"{run.peak_mib:,.0f}")
    console.print(measured)
    budgets = Table("budget", "this run", "bound", "", title="budgets")
    for budget in BUDGETS:
        number = budget.number(by)
        budgets.add_row(budget.what, f"{number:.3g}", f"{budget.sense} {budget.bound:g}", budget.verdict(number))
    console.print(budgets)


def save(path: Path, by: Mapping[str, Measured], sizes: Sizes, rounds: int) -> None:
    """All of it as JSON, with the machine and the day."""
    plain = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("duckdb", "polars", "msgspec", "dlt")},
        "sizes": asdict(sizes), "rounds": rounds,
        "measured": {case: {**asdict(run), "name": CASES[case]} for case, run in by.items()},
        "budgets": [{"what": b.what, "number": b.number(by), "sense": b.sense, "bound": b.bound, "met": b.met(b.number(by))}
                    for b in BUDGETS]}
    path.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
