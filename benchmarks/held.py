"""``python -m benchmarks.held``: loads of equal size one after another, and whether the later ones cost more for what is held by then.

Each load brings the next year of the same reporters, partners and products, in a process of its own: its processor time and peak memory
stand beside those of the second (the first finds an empty lake). Then 0.1 % of the last load's rows come revised, together, and one
pair is asked for. The documents are ``synthetic_documents``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from benchmarks import documents, ours, synthetic_parsers
from benchmarks.measure import Measured, Sizes, Work, in_child
from benchmarks.synthetic_documents import AREAS, Revised, baci_csv
from warehouse.ask import answers
from warehouse.lake.opening import Place, connect, writer
from warehouse.reference.periods import months

LAST_YEAR = 2024
BOUNDS = {"last_over_second_cpu": 1.3, "largest_peak_mib": 4096, "revision_over_load_cpu": 0.05, "pair_first_s": 1.0}
TIMES = 5
"""The pair is asked for so often."""


def _place(work: Work) -> Place:
    return Place(work.folder / "lake_held")


def _loaded(work: Work) -> int:
    """Loads that the lake has: each brings one year."""
    place = _place(work)
    if place.current() is None:
        return 0
    with connect(place) as con:
        return int(con.execute("SELECT count(*) FROM ops.load WHERE dataset = ? AND rows_revised = 0",
                               [synthetic_parsers.BACI.dataset]).fetchall()[0][0])


def _year(work: Work, number: int) -> int:
    return LAST_YEAR - work.sizes.held_loads + 1 + number


def _document(work: Work) -> Path:
    return work.folder / "synthetic_held.csv"


def write(work: Work) -> None:
    """The document of the next load, or of the revision when all are there."""
    number, rows = _loaded(work), work.sizes.held_rows
    with work.timed(rows):
        body = (baci_csv(rows, year=_year(work, number)) if number < work.sizes.held_loads else
                baci_csv(rows, year=LAST_YEAR, revised=Revised(documents.REVISED_EVERY, 1.1, scattered=False, alone=True)))
        _document(work).write_bytes(body)


def load(work: Work) -> None:
    """From the bytes to the published commit; opening the lake counts too, since what is held could make that dearer."""
    number, rows = _loaded(work), work.sizes.held_rows
    with work.timed(rows), writer(_place(work), "benchmark") as lake:
        done = ours.load(lake, _document(work), synthetic_parsers.baci, synthetic_parsers.BACI, ours.AT + timedelta(days=number))
    ours.expect(done, new=rows)


def revise(work: Work) -> None:
    """0.1 % of the last load's rows with other values, as one exporter's would."""
    revised = -(-work.sizes.held_rows // documents.REVISED_EVERY)
    with work.timed(revised), writer(_place(work), "benchmark") as lake:
        done = ours.load(lake, _document(work), synthetic_parsers.baci_part, synthetic_parsers.BACI,
                         ours.AT + timedelta(days=work.sizes.held_loads))
    ours.expect(done, revised=revised)


def ask(work: Work) -> None:
    """One pair of the last year: seconds of the first answer and of the median one, beyond opening the lake."""
    began = time.perf_counter()
    con = connect(_place(work))
    work.said["open_s"] = time.perf_counter() - began
    took = []
    with work.timed(TIMES):
        for number in range(TIMES):
            began = time.perf_counter()
            found = answers.get(con, AREAS[-1 - number], AREAS[number], months(LAST_YEAR, 1, 12), products="HS2017")
            took.append(time.perf_counter() - began)
            if not found:
                raise RuntimeError(f"nothing is held of {AREAS[-1 - number]} and {AREAS[number]}")
    work.said |= {"first_s": took[0], "median_s": sorted(took)[TIMES // 2]}
    con.close()


def run(folder: Path, sizes: Sizes, say: Callable[[str, Measured], None] = lambda name, found: None) -> dict[str, Measured]:
    """All of it: ``load 1`` and so on, ``revision``, ``pair``. ``say`` is told of each when it is done."""
    cases = {**{f"load {number + 1}": "held:load" for number in range(sizes.held_loads)}, "revision": "held:revise", "pair": "held:ask"}
    found = {}
    for name, case in cases.items():
        if case != "held:ask":
            in_child("held:write", folder, sizes)
        found[name] = in_child(case, folder, sizes)
        say(name, found[name])
    return found


def all_loads(work: Work) -> None:
    """The same as one case among others, with what it comes to as numbers of its own."""
    with suppress(FileNotFoundError):
        shutil.rmtree(_place(work).root)
    with work.timed(work.sizes.held_rows * work.sizes.held_loads):
        found = run(work.folder, work.sizes)
    work.said |= summary(found)


def summary(found: dict[str, Measured]) -> dict[str, float]:
    """What the bounds are on."""
    loads = [each for name, each in found.items() if name.startswith("load")]
    second, last = loads[min(1, len(loads) - 1)], loads[-1]
    return {"last_over_second": last.seconds / second.seconds, "last_over_second_cpu": last.cpu_seconds / second.cpu_seconds,
            "largest_peak_mib": max(each.peak_mib for each in loads), "revision_over_load": found["revision"].seconds / last.seconds,
            "revision_over_load_cpu": found["revision"].cpu_seconds / last.cpu_seconds, "pair_first_s": found["pair"].said["first_s"],
            "pair_median_s": found["pair"].said["median_s"]}


def main() -> int:
    """Run it, a line for each step as it is done; exit 1 beyond a bound with --strict."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.held", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=Sizes.held_rows, help="rows of each load (default %(default)s)")
    parser.add_argument("--loads", type=int, default=Sizes.held_loads, help="loads, at least 2 (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="where documents and the lake go (default: the usual place)")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a bound of docs/benchmarks.md is not met")
    asked = parser.parse_args()
    console = Console()
    before: list[Measured] = []

    def say(name: str, run: Measured) -> None:
        before.append(run)
        line = f"{name}: {run.seconds:.1f} s, processor time {run.cpu_seconds:.1f} s, peak {run.peak_mib:,.0f} MiB"
        if len(before) > 1:
            second = before[1]
            line += f"; of the second's {run.cpu_seconds / second.cpu_seconds:.2f} and {run.peak_mib / second.peak_mib:.2f}"
        console.print(line, soft_wrap=True, highlight=False)

    with tempfile.TemporaryDirectory(prefix="entrepot-held-", dir=asked.folder) as name:
        found = summary(run(Path(name), Sizes(held_rows=asked.rows, held_loads=asked.loads), say))
    for what, number in found.items():
        console.print(f"{what}: {number:.3f}", soft_wrap=True, highlight=False)
    return int(asked.strict and any(found[what] > bound for what, bound in BOUNDS.items()))


if __name__ == "__main__":
    raise SystemExit(main())
