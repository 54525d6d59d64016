"""Cases through the product's own code: from the bytes of a document to a published commit, and what later nights cost.

Cases of one round run in the order of ``report.CASES``: the later ones find the lake that an earlier one filled.
"""

from __future__ import annotations

import hashlib
import shutil
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl

from benchmarks import documents, synthetic_parsers
from benchmarks.measure import Work
from warehouse.archive.documents import Archive, fetch_id
from warehouse.archive.store import Folder
from warehouse.lake.opening import Place, Writer, writer
from warehouse.load.commit import Committed, commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.reference.periods import Period
from warehouse.schema.travel import Batch, Dataset, Fetch, Value

AT = datetime(2026, 1, 10, tzinfo=UTC)


def _fetch(body: bytes, name: str, at: datetime) -> Fetch:
    """The record of an answer, its bytes hashed as the archive does."""
    url, sha = f"http://synthetic.invalid/{name}", hashlib.sha256(body).hexdigest()
    return Fetch(fetch_id(url, at, sha), f"synthetic.{name}", url, at, 200, sha, len(body), "fetched")


def load(lake: Writer, path: Path, parse: Callable[[bytes], Batch], dataset: Dataset, at: datetime) -> Committed:
    """Bytes → hashed → parsed → held against the contract → compared → committed → published."""
    body = path.read_bytes()
    fetch = _fetch(body, dataset.dataset, at)
    staged = stage(parse(body), fetch, table_name=dataset.table, parser_version=1, into=path.parent / "staging")
    del body
    done = commit(lake, staged, dataset, Context(at, at, "synthetic=1", None))
    if done.changed:
        lake.after_commit()
    return done


def expect(done: Committed, **counts: int) -> None:
    if done.held or {"new": 0, "revised": 0, "annotated": 0, "withdrawn": 0, **counts} != done.counts:
        raise RuntimeError(f"expected {counts}, got {done.counts}, held: {[check.said for check in done.held]}")


def _size(place: Place) -> int:
    """Bytes of data and of the writer's catalogue."""
    held = (*place.data.rglob("*"), *place.root.glob("catalog.sqlite*"))
    return sum(path.stat().st_size for path in held if path.is_file())


def _state(place: Place) -> tuple[frozenset[Path], bytes]:
    """All files of a lake, and the catalogue that readers see."""
    current = place.current()
    assert current is not None
    return frozenset(path for path in place.root.rglob("*") if path.is_file()), current.read_bytes()


def _fresh(work: Work, name: str) -> Place:
    with suppress(FileNotFoundError):
        shutil.rmtree(work.folder / name)
    return Place(work.folder / name)


def json_first(work: Work) -> None:
    """A large JSON answer into an empty lake."""
    rows, place = work.sizes.json_rows, _fresh(work, "lake_json")
    with writer(place, "benchmark") as lake:
        with work.timed(rows):
            done = load(lake, documents.json_answer(work.folder), synthetic_parsers.comtrade,
                         synthetic_parsers.COMTRADE, AT)
        expect(done, new=rows)
    work.said["lake_bytes"] = _size(place)


def json_same_figures(work: Work) -> None:
    """The next night's answer: other bytes, the same figures. Nothing may be written."""
    rows, place = work.sizes.json_rows, Place(work.folder / "lake_json")
    before = _state(place)
    with writer(place, "benchmark") as lake:
        with work.timed(rows):
            done = load(lake, documents.json_answer_again(work.folder), synthetic_parsers.comtrade,
                         synthetic_parsers.COMTRADE, AT + timedelta(days=1))
        expect(done)
        work.said["new_snapshots"] = int(done.changed)
    after = _state(place)
    work.said["new_files"] = len(after[0] - before[0])
    work.said["catalogue_changed"] = int(after[1] != before[1])


def archive_keep(work: Work) -> None:
    """What the archive does with a new document before it is read: hash, zstd, write, log."""
    body = documents.json_answer(work.folder).read_bytes()
    root = work.folder / "archive"
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    with work.timed(work.sizes.json_rows):
        Archive(Folder(root)).keep(body, url="http://synthetic.invalid/comtrade", dataset="synthetic.comtrade",
                                   asked_at=AT, status=200, origin_kind="fetched")


def archive_same(work: Work) -> None:
    """A night where nothing changed: the same bytes come, a hash says so, and the document is not even read."""
    body = documents.json_answer(work.folder).read_bytes()
    place = Place(work.folder / "lake_json")
    before = _state(place)
    with work.timed(work.sizes.json_rows):
        archive = Archive(Folder(work.folder / "archive"))
        held = archive.keep(body, url="http://synthetic.invalid/comtrade", dataset="synthetic.comtrade",
                            asked_at=AT + timedelta(days=1), status=200, origin_kind="fetched")
    if held.asked_at != AT:
        raise RuntimeError("the same bytes were taken for new ones")
    after = _state(place)
    work.said["new_snapshots"] = work.said["catalogue_changed"] = int(after[1] != before[1])
    work.said["new_files"] = len(after[0] - before[0])


def csv_first(work: Work) -> None:
    """A large CSV into an empty lake."""
    rows, place = work.sizes.csv_rows, _fresh(work, "lake_csv")
    with writer(place, "benchmark") as lake:
        with work.timed(rows):
            done = load(lake, documents.csv_file(work.folder), synthetic_parsers.baci, synthetic_parsers.BACI, AT)
        expect(done, new=rows)
    work.said["lake_bytes"] = _size(place)


def csv_scattered(work: Work) -> None:
    """0.1 % of the rows held come again with other values, scattered over the whole table."""
    _revised(work, documents.csv_scattered(work.folder), synthetic_parsers.baci_part, 2)


def csv_together(work: Work) -> None:
    """0.1 % of the rows held come again with other values, as one exporter's would."""
    _revised(work, documents.csv_together(work.folder), synthetic_parsers.baci_part, 1)


def csv_whole(work: Work) -> None:
    """The whole file again, complete for its scope, 0.1 % revised: all of it is read and compared."""
    _revised(work, documents.csv_whole(work.folder), synthetic_parsers.baci, 3)


def _revised(work: Work, path: Path, parse: Callable[[bytes], Batch], night: int) -> None:
    revised, place = -(-work.sizes.csv_rows // documents.REVISED_EVERY), Place(work.folder / "lake_csv")
    before = _size(place)
    with writer(place, "benchmark") as lake:
        with work.timed(work.sizes.csv_rows if parse is synthetic_parsers.baci else revised):
            done = load(lake, path, parse, synthetic_parsers.BACI, AT + timedelta(days=night))
        if done.held or done.counts["revised"] < revised or done.counts["new"] or done.counts["withdrawn"]:
            raise RuntimeError(f"expected {revised} revised, got {done}")
    work.said["lake_grew_bytes"] = _size(place) - before


def csv_next_year(work: Work) -> None:
    """A second file of the same dataset beside the first: every row is new, and is held against the year before."""
    rows, place = work.sizes.csv_rows, Place(work.folder / "lake_csv")
    with writer(place, "benchmark") as lake:
        with work.timed(rows):
            done = load(lake, documents.csv_next_year(work.folder), synthetic_parsers.baci, synthetic_parsers.BACI,
                         AT + timedelta(days=4))
        expect(done, new=rows)


PARTNERS = 30


def small_commits(work: Work) -> None:
    """Many small commits: each brings a new month for some partners and revises the month before."""
    place = _fresh(work, "lake_small")
    with writer(place, "benchmark") as lake, work.timed(work.sizes.commits * PARTNERS):
        each = months_one_by_one(lake, range(work.sizes.commits), work.folder)
    quarter = len(each) // 4
    for name, times in zip(("s", "cpu_s"), zip(*each, strict=True), strict=True):
        work.said |= {f"first_quarter_{name}": statistics.median(times[:quarter]),
                      f"last_quarter_{name}": statistics.median(times[-quarter:]), f"longest_{name}": max(times)}


def months_one_by_one(lake: Writer, numbers: range, folder: Path) -> list[tuple[float, float]]:
    """Commit the months with these numbers, each with the one before it revised. Returns wall and processor time of each."""
    constants: dict[str, Value] = {
        "reporter": "XZZ", "flow": "export", "currency": "USD", "unit_multiplier": 1, "decimals": 1}
    each: list[tuple[float, float]] = []
    for number in numbers:
        at = AT + timedelta(days=number)
        batch = Batch("synthetic.comtrade", str(number), [_two_months(number)], constants)
        begun = time.perf_counter(), time.process_time()
        fetch = _fetch(str(number).encode(), "small", at)
        staged = stage(batch, fetch, table_name="stats.trade", parser_version=1, into=folder / "staging")
        done = commit(lake, staged, synthetic_parsers.COMTRADE, Context(at, at, "synthetic=1", None))
        lake.after_commit()
        each.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
        expect(done, new=PARTNERS, **({"revised": PARTNERS} if number else {}))
    return each


def month_of(number: int) -> Period:
    """The month with a number."""
    start = date(2000 + number // 12, number % 12 + 1, 1)
    return Period(start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _two_months(number: int) -> pl.DataFrame:
    """The month with this number and, from the second on, the one before with figures 1 % higher."""
    rows = []
    for month, factor in ((number, "1"), (number - 1, "1.01")):
        if month >= 0:
            rows += [{"partner": f"XA{partner:02}", "period_start": month_of(month).start, "period_end": month_of(month).end,
                      "value": Decimal(1000 + partner) * Decimal(factor), "locator": f"row {month}, {partner}"}
                     for partner in range(PARTNERS)]
    return pl.DataFrame(rows, schema={"partner": pl.String, "period_start": pl.Date, "period_end": pl.Date,
                                      "value": pl.Decimal(20, 3), "locator": pl.String})
