"""Eight readers in other processes while a writer commits and does maintenance: no error, and only whole states."""

from __future__ import annotations

import multiprocessing
import os
import time
from datetime import timedelta
from pathlib import Path

from tests.warehouse.synthetic import SYNTHETIC, day, figures, staged
from warehouse import embedded
from warehouse import lake as lakes
from warehouse.commit import commit
from warehouse.diff import Context
from warehouse.lake import Place, connect, writer

SECONDS = float(os.environ.get("ENTREPOT_READER_SECONDS", "60"))
ROWS = 40
PARTNERS = tuple(f"Q{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(ROWS))


def _write(root: Path, scratch: Path, until: float) -> None:
    """Commit k sets every figure to k; every fifth one is followed by a flush; copies are pruned as in a long life."""
    lakes.FLUSH_EVERY, embedded.KEPT_FOR = 5, timedelta(seconds=20)
    place, number = Place(root), 1
    while time.time() < until:
        with writer(place, "test writer") as lake:
            for _ in range(5):
                number += 1
                made = staged(scratch, figures({"2024-01": number}, partners=PARTNERS), day(number), scope={})
                done = commit(lake, made, SYNTHETIC, Context(day(number), day(number), "test=1", None, accepted=True))
                assert done.counts["revised"] == ROWS
                lake.after_commit()
            place.sweep()


def _read(root: Path, until: float, results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """In one transaction, three questions that only one whole state answers alike."""
    reads, seen = 0, set()
    try:
        while time.time() < until:
            con = connect(Place(root))
            for _ in range(5):
                con.execute("BEGIN")
                ((count, total, versions),) = con.execute("SELECT count(*), sum(value), max(version_no) FROM stats.trade").fetchall()
                ((ended, highest),) = con.execute("SELECT count(*), max(old_value) FROM stats.trade_revision").fetchall()
                ((loads, newest),) = con.execute("SELECT count(*), max(snapshot) FROM ops.load").fetchall()
                con.execute("COMMIT")
                state = int(total) // ROWS
                whole = (count == ROWS and total == ROWS * state and versions == state and ended == ROWS * (state - 1)
                         and (highest or 0) == state - 1 and loads == newest == state)
                if not whole:
                    results.put(f"torn: {count} rows, sum {total}, version {versions}; {ended} ended, to {highest}; "
                                f"{loads} loads, to {newest}")
                    return
                reads += 1
                seen.add(state)
            con.close()
        results.put((reads, len(seen)))
    except Exception as error:
        results.put(f"{type(error).__name__}: {error}")


def test_readers_beside_a_writer_see_only_whole_states_and_no_error(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    with writer(Place(root), "test") as lake:
        first = staged(tmp_path, figures({"2024-01": 1}, partners=PARTNERS), day(1), scope={})
        commit(lake, first, SYNTHETIC, Context(day(1), day(1), "test=1", None))
        lake.after_commit()
    context = multiprocessing.get_context("spawn")
    until = time.time() + SECONDS + 5
    results = context.Queue()
    writing = context.Process(target=_write, args=(root, tmp_path, until))
    readers = [context.Process(target=_read, args=(root, until, results)) for _ in range(8)]
    for process in (writing, *readers):
        process.start()
    answers = [results.get(timeout=SECONDS + 90) for _ in readers]
    for process in (writing, *readers):
        process.join(60)
    assert writing.exitcode == 0
    assert not [answer for answer in answers if isinstance(answer, str)]
    assert all(reads > 5 and states > 1 for reads, states in answers), answers
