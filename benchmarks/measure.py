"""One case in a process of its own: its wall and processor time, and its peak memory. The cases are in ``report``."""

from __future__ import annotations

import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Sizes:
    """Rows of the documents."""

    json_rows: int = 250_000
    csv_rows: int = 10_000_000
    dlt_rows: int = 20_000
    """dlt's row path gets a part: its rate does not rise with more rows (docs/benchmarks.md)."""
    commits: int = 200
    nights: int = 1000
    held_rows: int = 1_000_000
    """Rows of each load of ``held`` …"""
    held_loads: int = 6
    """… and how many there are."""


@dataclass
class Work:
    """What a case is given, and what it says of itself."""

    folder: Path
    """The documents, and the lake that cases of one round share."""
    sizes: Sizes
    rows: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    said: dict[str, float] = field(default_factory=dict)
    """Further numbers of this case by name."""

    @contextmanager
    def timed(self, rows: int) -> Iterator[None]:
        """The part of a case that counts: opening a lake, importing and checking the result are outside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds, self.cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
        self.rows = rows


@dataclass(frozen=True)
class Measured:
    """One run of one case."""

    case: str
    rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    """Of the whole process: interpreter, libraries and the document's bytes are in it."""
    said: dict[str, float]


PROGRESS = "progress: "
"""How a line on a case's standard error begins that says how far it is."""


def in_child(case: str, folder: Path, sizes: Sizes, say: Callable[[str], None] = lambda said: None) -> Measured:
    """Run ``module:function`` of this package in a fresh process; ``say`` is told how far it is.

    Raises RuntimeError with its words where it fails.
    """
    asked = json.dumps({"case": case, "folder": str(folder), "sizes": asdict(sizes)})
    command = [sys.executable, "-m", "benchmarks.measure", asked]
    with (tempfile.TemporaryFile("w+", encoding="utf-8") as out,
          subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True) as process):
        assert process.stderr is not None
        words = []
        for line in process.stderr:
            if line.startswith(PROGRESS):
                say(line.removeprefix(PROGRESS).strip())
            else:
                words.append(line)
        code = process.wait()
        out.seek(0)
        found = out.read()
    if code:
        raise RuntimeError(f"{case} failed with {code}:\n{found}{''.join(words)}")
    return Measured(**json.loads(found.splitlines()[-1]))


def median_of(runs: list[Measured]) -> Measured:
    """The medians of one case's runs; the largest of its peaks."""
    return Measured(
        runs[0].case, runs[0].rows, statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs), max(run.peak_mib for run in runs),
        {name: statistics.median(run.said[name] for run in runs) for name in runs[0].said})


def main(asked: str) -> None:
    """What the child does."""
    plain = json.loads(asked)
    module, _, function = plain["case"].partition(":")
    work = Work(Path(plain["folder"]), Sizes(**plain["sizes"]))
    getattr(importlib.import_module(f"benchmarks.{module}"), function)(work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measured = Measured(plain["case"], work.rows, work.seconds, work.cpu_seconds, peak, work.said)
    sys.stdout.write("\n" + json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
