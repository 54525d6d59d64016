"""``python -m benchmarks.large``: a zip with a CSV that may be larger than memory, from a publisher over HTTP to the lake.

Asked for, streamed into the archive, read in chunks, staged, committed and published by the pipeline of a run, with the peak memory
of that process; then the same again, which must write nothing, and a zip of the same size that unpacks to a thousand times as much,
which must be refused while it is read. The documents are made in a process of their own, and their figures are made up.
"""

from __future__ import annotations

import argparse
import io
import itertools
import multiprocessing
import resource
import shutil
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from benchmarks.synthetic_documents import AREAS, baci_with_references
from benchmarks.synthetic_parsers import BACI
from connectors.contract import Ask, Connector, Wanted
from connectors.formats import packed
from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline
from flows.run.bookkeeping import Outcome
from tests.publishers.server import Publishers
from tests.warehouse.synthetic import PUBLISHER
from warehouse.lake.opening import connect
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Document, Request

URL = "https://large.example.org/synthetic_2024.zip"
MEMBER = "synthetic_2024.csv"
COLUMNS = {"t": pl.Int32, "i": pl.Int32, "j": pl.Int32, "k": pl.String, "v": pl.Float64, "q": pl.String, "ref": pl.String}
BLOCK = 96 * 1024 * 1024
"""Bytes of the CSV that are read into one frame: about half a million rows."""
PART = 1_000_000
MIB = 1024 * 1024
BUDGET_MIB = 4096
T = TypeVar("T")

LARGE = replace(BACI, dataset="synthetic.large", chain="synthetic.large", title="Synthetic figures in a zip that is larger than memory")


class Large(Connector):
    """A connector of the one document, which is never whole in memory."""

    publisher = "synthetic"
    about = PUBLISHER
    datasets = (LARGE,)
    parser_version = 1

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return [Ask(Request(URL, LARGE.dataset, content_types=("application/zip",), max_bytes=4 * 1024 * MIB))]

    def recognise(self, head: bytes, name: str) -> str | None:
        return LARGE.dataset if head.startswith(b"PK") and MEMBER.encode() in head[:200] else None

    def parse(self, document: Document, out: Sink) -> None:
        with out.batch(LARGE.dataset, "2024", {
                "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "currency": "USD", "product_level": 6,
                "flow": "export", "classification": "HS2017", "valuation": "FOB", "unit_multiplier": 1000, "decimals": 3}) as batch:
            for frame in _frames(document.content):
                batch.rows(frame)
            batch.scope, batch.columns_seen = {"period_end": (date(2024, 12, 31),)}, tuple(COLUMNS)

    def read_cell(self, document: Document, locator: str) -> str:
        number = locator.removeprefix("line ")
        with packed.opened(document.content, dataset=LARGE.dataset) as found, found.open(MEMBER) as member:
            line = next(itertools.islice(member, int(number) - 1, None), b"") if number.isdigit() and 1 < int(number) < 10**9 else b""
        if not line:
            raise NotReadable(f"the CSV in the zip has no {locator}")
        return line.split(b",")[4].decode("ascii", "replace")


def _frames(content: Content) -> Iterator[pl.DataFrame]:
    areas = {100 + place: area for place, area in enumerate(AREAS)}
    weight, line = pl.col("q").str.strip_chars(" "), 2
    with packed.opened(content, dataset=LARGE.dataset) as found, found.open(MEMBER) as member:
        if tuple(member.readline(200).decode(errors="replace").strip().split(",")) != tuple(COLUMNS):
            raise SchemaDrift("the CSV in the zip has other columns", dataset=LARGE.dataset)
        while block := member.read(BLOCK):
            block += member.readline()
            try:
                read = pl.read_csv(io.BytesIO(block), has_header=False, schema=COLUMNS)
            except pl.exceptions.PolarsError as error:
                raise SchemaDrift(f"not a BACI file from line {line:,} on: {error}", dataset=LARGE.dataset) from error
            yield read.select(
                reporter=pl.col("i").replace_strict(areas, return_dtype=pl.String),
                partner=pl.col("j").replace_strict(areas, return_dtype=pl.String), product=pl.col("k").str.zfill(6),
                value=(pl.col("v") * 1000).round(0).cast(pl.Decimal(20, 3)),
                net_weight_kg=pl.when(weight != "NA").then(weight).cast(pl.Float64) * 1000,
                locator=pl.format("line {}", pl.int_range(line, line + read.height)))
            line += read.height


def make(path: Path, rows: int) -> None:
    """The zip, a part of its CSV at a time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out, out.open(MEMBER, "w", force_zip64=True) as member:
        member.write(",".join(COLUMNS).encode() + b"\n")
        for first in range(0, rows, PART):
            text = io.BytesIO()
            baci_with_references(first, min(first + PART, rows), rows=rows).write_csv(text, include_header=False, quote_style="never")
            member.write(text.getvalue())


def make_bomb(path: Path, size: int) -> None:
    """A zip of about ``size`` bytes whose member is a thousand times as large: one packed piece of zeros, again and again."""
    deflate = zlib.compressobj(9, wbits=-15)
    first = deflate.compress(b",".join(name.encode() for name in COLUMNS) + b"\n") + deflate.flush(zlib.Z_FULL_FLUSH)
    piece = deflate.compress(bytes(64 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    times = max(1, size // len(piece))
    sizes = (0, len(first) + times * len(piece), 2**32 - 2)
    name = MEMBER.encode()
    with path.open("wb") as out:
        out.write(struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *sizes, len(name), 0) + name + first)
        for _ in range(times):
            out.write(piece)
        there = out.tell()
        out.write(struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0) + name)
        out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, out.tell() - there, there, 0))


def aside(work: Callable[..., None], *given: object) -> None:
    """In a process of its own, so that what it takes is not this one's."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"making the document ended with {process.exitcode}")


class Road:
    """One home and one publisher; every step is timed and said, with the peak memory of the process by then."""

    def __init__(self, folder: Path, publishers: Publishers) -> None:
        self.publishers = publishers
        self.house = House(Settings(home=folder / "home", host_map=publishers.host_map, min_interval_s=0, retry_pause_s=0.01,
                                    answer_within_s=3600, contact="benchmark@example.org"))
        self.found: dict[str, float] = {}

    def step(self, name: str, work: Callable[[], T]) -> T:
        begun, cpu = time.perf_counter(), time.process_time()
        try:
            return work()
        finally:
            spent = time.perf_counter() - begun, time.process_time() - cpu
            self.found |= {f"{name}_s": spent[0], f"{name}_cpu_s": spent[1], f"{name}_peak_mib": peak_mib()}
            sys.stdout.write(f"{name:16} {spent[0]:8.1f} s {spent[1]:8.1f} s of processor time, peak {peak_mib():7,.0f} MiB\n")
            sys.stdout.flush()

    def night(self, name: str) -> list[Outcome]:
        """Ask, read and load, as a run does."""
        fetched = self.step(f"{name}fetch", lambda: pipeline.fetch(self.house, "synthetic", [LARGE.dataset]))
        parsed = self.step(f"{name}read", lambda: [pipeline.parse(self.house, fetch_id) for fetch_id in fetched.fetch_ids])
        return [*fetched.failures, *self.step(f"{name}load", lambda: pipeline.load(self.house, parsed))]

    def serve(self, file: Path, mark: str) -> None:
        self.publishers.serve_file(URL, file, "application/zip", etag=f'"{mark}"')
        self.house.settings.host_map.update(self.publishers.host_map)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(rows: int, folder: Path, *, bomb_bytes: int | None = None) -> dict[str, float]:
    """All of it below a folder; raises RuntimeError where what should hold does not. The bomb is as large as the zip."""
    made: dict[str, Any] = {"synthetic": Large()}
    held, registry.connectors = registry.connectors, lambda: made  # type: ignore[assignment]
    registry.datasets.cache_clear()
    try:
        with Publishers() as publishers:
            return _run(rows, folder, publishers, bomb_bytes)
    finally:
        registry.connectors = held
        registry.datasets.cache_clear()


def _run(rows: int, folder: Path, publishers: Publishers, bomb_bytes: int | None) -> dict[str, float]:
    road, file = Road(folder, publishers), folder / "document.zip"
    road.step("making", lambda: aside(make, file, rows))
    size = file.stat().st_size
    with zipfile.ZipFile(file) as made:
        road.found |= {"rows": rows, "zip_bytes": size, "csv_bytes": made.infolist()[0].file_size}
    road.serve(file, "first")
    (outcome,) = road.night("")
    ((stored,),) = connect(road.house.place).execute("SELECT count(*) FROM stats.trade").fetchall()
    if (outcome.result, stored) != ("new_data", rows):
        raise RuntimeError(f"expected {rows} rows of new data, got {stored}: {outcome}")
    file.unlink()

    road.serve(file, "first")  # the same mark: not even asked for its bytes, the file is gone
    (again,) = road.night("again_")
    if again.result != "no_change":
        raise RuntimeError(f"the same document again is no change, not {again}")

    road.step("making_bomb", lambda: aside(make_bomb, file, bomb_bytes or size))
    road.found["bomb_bytes"] = file.stat().st_size
    road.serve(file, "second")
    (refused,) = road.night("bomb_")
    if refused.error != "TooLarge":
        raise RuntimeError(f"a bomb was not refused: {refused}")
    sys.stdout.write(f"{'':16} {refused.said}\n")
    left = [path.name for path in road.house.staging.iterdir()]
    if left:
        raise RuntimeError(f"left in the staging folder: {left}")
    archived = sum(path.stat().st_size for path in (folder / "home" / "archive").rglob("*.zst"))
    road.found |= {"archive_bytes": archived, "peak_mib": peak_mib()}
    return road.found


def main() -> int:
    """Run it and print one line a step; exit 1 beyond the budget with --strict."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=1_000_000,
                        help="rows of the CSV; 30000000 make a zip of some 2 GB, and need 25 GB of disk (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="where the documents and the home go (default: the usual place)")
    parser.add_argument("--strict", action="store_true", help="exit 1 where the process took more than 4 GiB")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="entrepot-large-", dir=asked.folder))
    try:
        found = run(asked.rows, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name in ("rows", "zip_bytes", "csv_bytes", "bomb_bytes", "archive_bytes", "peak_mib"):
        sys.stdout.write(f"{name:16} {found[name]:18,.0f}\n")
    return int(asked.strict and found["peak_mib"] > BUDGET_MIB)


if __name__ == "__main__":
    raise SystemExit(main())
