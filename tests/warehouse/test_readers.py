"""Turns of readers: so many at once, in whatever order, and nobody waits for ever or twice."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import pytest

from warehouse.lake import readers

CONTEXT = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(readers.tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"entrepot-turns-{os.getuid()}"


def _works(log: Any, seconds: float) -> None:
    with readers.turn(at_once=3) as mine:
        log.put((time.monotonic(), 1 if mine else 100))
        time.sleep(seconds)
        log.put((time.monotonic(), -1))


def test_no_more_than_so_many_work_at_once_and_all_get_their_turn() -> None:
    log = CONTEXT.Queue()
    working = [CONTEXT.Process(target=_works, args=(log, 0.1)) for _ in range(20)]
    for process in working:
        process.start()
    events = sorted(log.get(timeout=60) for _ in range(40))
    for process in working:
        process.join(60)
    inside = [sum(step for _, step in events[:upto]) for upto in range(1, 41)]
    assert max(inside) in range(1, 4) and inside[-1] == 0


def test_who_has_a_turn_needs_no_other() -> None:
    with readers.turn(at_once=1) as mine, readers.turn(at_once=1, patience_s=0.2) as again:
        assert mine and again
    assert readers._held == 0


def _holds(begun: Any) -> None:
    with readers.turn(at_once=1):
        begun.set()
        time.sleep(60)


def test_a_reader_behind_one_that_waits_for_a_person_works_without_a_turn_and_not_while_turns_change_hands(folder: Path) -> None:
    begun = CONTEXT.Event()
    person = CONTEXT.Process(target=_holds, args=(begun,), daemon=True)
    person.start()
    assert begun.wait(30)
    came = time.monotonic()
    with readers.turn(at_once=1, patience_s=0.5) as mine:
        assert not mine and time.monotonic() - came >= 0.5
    # Somebody got a turn a moment ago: the queue moves, and nobody gives up.
    later = time.time() + 1
    os.utime(folder / "0", (later, later))
    came = time.monotonic()
    with readers.turn(at_once=1, patience_s=0.5) as mine:
        assert not mine and time.monotonic() - came >= 1.2
    person.kill()
    person.join()
    with readers.turn(at_once=1) as mine:
        assert mine
