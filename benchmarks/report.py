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
    "baci:ours": "a year of BACI, packed → commit: Entrepot's connector",
    "baci:duckdb": "the same file unpacked: DuckDB read_csv, columns of stats.trade",
    "ours:csv_together": "0.1 % revised, rows that stand together",
    "ours:csv_scattered": "0.1 % revised, scattered over the table",
    "ours:csv_whole": "0.1 % revised, the whole file again",
    "ours:csv_next_year": "CSV → commit: a second year beside it",
    "days:as_of": "questions about now and about a day of many snapshots ago",
    "ours:small_commits": "small commits, one after another",
    "held:all_loads": "loads of one size, each beside all before it",
    "nights:thousand": "simulated nights",
    "reading:claims": "claims out of articles (rows are sentences)",
}
"""Cases in the order of a round, with their names for people."""

ONCE = frozenset({"days:as_of", "ours:small_commits", "ours:archive_keep", "held:all_loads", "nights:thousand"})
"""Cases that are not one side of a budget's ratio, or that repeat themselves inside: the first round only."""


@dataclass(frozen=True)
class Ratio:
    """Time of a case over that of another."""

    case: str
    other: str
    per_row: bool = True
    inverse: bool = False
    """How many times as fast, instead of how much of the time."""

    def of(self, by: Mapping[str, Measured], *, cpu: bool = False) -> float:
        a, b = by[self.case], by[self.other]
        ratio = a.cpu_seconds / b.cpu_seconds if cpu else a.seconds / b.seconds
        if self.per_row:
            ratio *= b.rows / a.rows
        return 1 / ratio if self.inverse else ratio


@dataclass(frozen=True)
class Said:
    """A number that cases said of themselves, perhaps over another."""

    number: Callable[[Mapping[str, Measured]], float]
    by_cpu: Callable[[Mapping[str, Measured]], float] | None = None

    def of(self, by: Mapping[str, Measured], *, cpu: bool = False) -> float | None:
        return self.number(by) if not cpu else self.by_cpu(by) if self.by_cpu else None


@dataclass(frozen=True)
class Budget:
    """One line of the design's budgets: a number of this run, and the bound it is held against."""

    what: str
    number: Ratio | Said
    sense: Literal["at least", "at most"]
    bound: float

    def of(self, by: Mapping[str, Measured]) -> float:
        return self.number.of(by) or 0.0

    def met(self, by: Mapping[str, Measured]) -> bool:
        number = self.of(by)
        return number >= self.bound if self.sense == "at least" else number <= self.bound

    def verdict(self, by: Mapping[str, Measured]) -> str:
        number = self.of(by)
        if self.met(by):
            return "met"
        if not self.bound:
            return "not met: there should be none"
        short = self.bound / number if self.sense == "at least" else number / self.bound
        return f"not met, by a factor of {short:.2f}"


def _written(by: Mapping[str, Measured]) -> float:
    return sum(by[case].said[name] for case in ("ours:archive_same", "ours:json_same_figures")
               for name in ("new_snapshots", "new_files", "catalogue_changed"))


def _growth(by: Mapping[str, Measured]) -> float:
    return by["ours:csv_scattered"].said["lake_grew_bytes"] / by["ours:csv_first"].said["lake_bytes"]


def _slower(unit: str) -> Callable[[Mapping[str, Measured]], float]:
    def number(by: Mapping[str, Measured]) -> float:
        said = by["ours:small_commits"].said
        return said[f"last_quarter_{unit}"] / said[f"first_quarter_{unit}"]
    return number


def _past(unit: str) -> Callable[[Mapping[str, Measured]], float]:
    def number(by: Mapping[str, Measured]) -> float:
        said = by["days:as_of"].said
        return max(said[f"{name}_then_{unit}"] / said[f"{name}_now_{unit}"] for name in ("get", "rank", "sum"))
    return number


def _nights(name: str) -> Callable[[Mapping[str, Measured]], float]:
    def number(by: Mapping[str, Measured]) -> float:
        said = by["nights:thousand"].said
        return said[f"last_{name}"] / said[f"first_{name}"]
    return number


def _held(name: str) -> Callable[[Mapping[str, Measured]], float]:
    return lambda by: by["held:all_loads"].said[name]


def _files_a_hundred(by: Mapping[str, Measured]) -> float:
    said = by["nights:thousand"].said
    return 100 * (said["last_files"] - said["first_files"]) / said["nights"]


BUDGETS = (
    Budget("JSON: rows/s, as a multiple of dlt's row path",
           Ratio("ours:json_first", "others:dlt_json", inverse=True), "at least", 30),
    Budget("JSON: time over DuckDB read_json", Ratio("ours:json_first", "others:duckdb_json"), "at most", 1),
    Budget("CSV: time over DuckDB read_csv into the same columns",
           Ratio("ours:csv_first", "others:duckdb_csv_as_trade"), "at most", 1.5),
    Budget("CSV: time over DuckDB read_csv into its six columns",
           Ratio("ours:csv_first", "others:duckdb_csv"), "at most", 1.5),
    Budget("BACI's archive through its connector: time over DuckDB read_csv of the unpacked file into the same columns",
           Ratio("baci:ours", "baci:duckdb"), "at most", 1.5),
    Budget("BACI's archive through its connector: peak, MiB", Said(lambda by: by["baci:ours"].peak_mib), "at most", 4096),
    Budget("nothing changed: snapshots, files, catalogues written", Said(_written), "at most", 0),
    Budget("0.1 % revised, together: time over the full load",
           Ratio("ours:csv_together", "ours:csv_first", per_row=False), "at most", 0.05),
    Budget("0.1 % revised, scattered: time over the full load",
           Ratio("ours:csv_scattered", "ours:csv_first", per_row=False), "at most", 0.05),
    Budget("0.1 % revised: growth of the lake over its size", Said(_growth), "at most", 0.05),
    Budget("small commits: last quarter over the first", Said(_slower("s"), _slower("cpu_s")), "at most", 1.5),
    Budget("a past day over the present, the worst of get, rank and sum", Said(_past("s"), _past("cpu_s")), "at most", 1.3),
    Budget("loads beside all before them: the last over the second", Said(_held("last_over_second"), _held("last_over_second_cpu")),
           "at most", 1.3),
    Budget("loads beside all before them: largest peak, MiB", Said(_held("largest_peak_mib")), "at most", 4096),
    Budget("one pair beside all loads: seconds over opening the lake", Said(_held("pair_first_s")), "at most", 1),
    Budget("simulated nights: commit, the last hundred over the first", Said(_nights("commit_s"), _nights("commit_cpu_s")),
           "at most", 1.5),
    Budget("simulated nights: Parquet files that come with a hundred of them", Said(_files_a_hundred), "at most", 3),
    Budget("claims: processor time a sentence, ms", Said(lambda by: by["reading:claims"].said["cpu_ms_a_sentence"]), "at most", 2),
)
"""DESIGN's budgets that concern loading and past days. The bounds on growth and those on small commits and nights are ours: the
design says "with the change, not the table" and "flat"."""


def show(console: Console, by: Mapping[str, Measured]) -> None:
    """The two tables: what was measured, and how the budgets stand."""
    measured = Table("what", "rows", "seconds", "rows/s", "CPU s", "peak MiB",
                     title="measured (medians of one run; every document is synthetic)")
    for column in measured.columns[1:]:
        column.justify = "right"
    for case, name in CASES.items():
        run = by[case]
        measured.add_row(name, f"{run.rows:,}", f"{run.seconds:.3f}", f"{run.rows / run.seconds:,.0f}",
                         f"{run.cpu_seconds:.3f}", f"{run.peak_mib:,.0f}")
    console.print(measured)
    budgets = Table("budget", "bound", "this run", "by CPU time", "", title="budgets")
    for budget in BUDGETS:
        cpu = budget.number.of(by, cpu=True)
        budgets.add_row(budget.what, f"{budget.sense} {budget.bound:g}", f"{budget.of(by):.3g}",
                        "" if cpu is None else f"{cpu:.3g}", budget.verdict(by))
    console.print(budgets)


def save(path: Path, runs: Mapping[str, list[Measured]], by: Mapping[str, Measured], sizes: Sizes) -> None:
    """All of it as JSON, every single run too, with the machine and the day."""
    plain = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "load": os.getloadavg(), "system": platform.platform(),
                    "python": platform.python_version()},
        "versions": {name: version(name) for name in ("duckdb", "polars", "msgspec", "dlt")},
        "sizes": asdict(sizes),
        "measured": {case: {**asdict(run), "name": CASES[case], "seconds_each": [one.seconds for one in runs[case]],
                            "cpu_seconds_each": [one.cpu_seconds for one in runs[case]]} for case, run in by.items()},
        "budgets": [{"what": budget.what, "sense": budget.sense, "bound": budget.bound, "number": budget.of(by),
                     "by_cpu_time": budget.number.of(by, cpu=True), "verdict": budget.verdict(by)}
                    for budget in BUDGETS]}
    path.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
