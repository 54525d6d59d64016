"""``python -m benchmarks``: make the documents, run every case in turn, in rounds, and say how the budgets stand."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import report
from benchmarks.measure import Measured, Sizes, in_child, median_of

REPORT = Path(__file__).parent / "report.json"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Rows per second from bytes to commit, as ratios in one run, on synthetic documents.")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the CSV (default %(default)s)")
    parser.add_argument("--json-rows", type=int, default=250_000, help="rows of the JSON answer (default %(default)s)")
    parser.add_argument("--dlt-rows", type=int, default=20_000, help="rows that dlt gets (default %(default)s)")
    parser.add_argument("--commits", type=int, default=200, help="small commits (default %(default)s)")
    parser.add_argument("--nights", type=int, default=1000, help="simulated nights (default %(default)s)")
    parser.add_argument("--held-rows", type=int, default=Sizes.held_rows, help="rows of each load beside others (default %(default)s)")
    parser.add_argument("--held-loads", type=int, default=Sizes.held_loads, help="loads beside others (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, in turn (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="where documents and lakes go (default: the usual place)")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a budget is not met")
    return parser.parse_args()


def main() -> int:
    """Run all; write ``benchmarks/report.json``."""
    asked = _arguments()
    console = Console()
    sizes = Sizes(asked.json_rows, asked.rows, min(asked.dlt_rows, asked.json_rows), asked.commits, asked.nights,
                  asked.held_rows, asked.held_loads)
    runs: dict[str, list[Measured]] = {case: [] for case in report.CASES}

    def run(case: str, said: str) -> None:
        status.update(said)
        runs[case].append(in_child(case, folder, sizes, lambda how_far: status.update(f"{said}: {how_far}")))

    with (tempfile.TemporaryDirectory(prefix="entrepot-bench-", dir=asked.folder) as name,
          console.status("making documents") as status):
        folder = Path(name)
        for maker in ("documents:write", "baci:write"):
            in_child(maker, folder, sizes)
        for number in range(asked.rounds):
            for case, title in report.CASES.items():
                if number == 0 or case not in report.ONCE:
                    run(case, f"round {number + 1} of {asked.rounds}: {title}")
    by = {case: median_of(found) for case, found in runs.items()}
    report.show(console, by)
    report.save(REPORT, runs, by, sizes)
    console.print(f"{REPORT.name} has the same with the machine and the day. docs/benchmarks.md says how to read it.")
    return int(asked.strict and not all(budget.met(by) for budget in report.BUDGETS))


if __name__ == "__main__":
    raise SystemExit(main())
