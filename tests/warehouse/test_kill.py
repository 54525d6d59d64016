"""`kill -9` at every step boundary of a load: nothing committed is lost, nothing is doubled, the next run goes on by itself."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from tests.warehouse.synthetic_publisher import editions, publish_edition, use_synthetic_publisher
from warehouse.lake.opening import connect

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.synthetic_publisher", "flows.run.decisions", "warehouse.load.calendars"])


def _boundaries() -> list[tuple[Any, str]]:
    """The functions between whose calls a run may die."""
    import flows.run.pipeline
    import warehouse.archive.journal
    import warehouse.archive.store
    import warehouse.lake.embedded
    import warehouse.lake.opening
    import warehouse.load.commit

    return [(warehouse.archive.store.Folder, "put"), (flows.run.pipeline.staging, "stage"), (flows.run.pipeline, "commit"),
            (warehouse.load.commit, "_record"), (warehouse.lake.opening.Writer, "after_commit"), (warehouse.lake.opening.Writer, "flush"),
            (warehouse.lake.embedded.Place, "publish"), (warehouse.lake.embedded.Place, "_prune"),
            (warehouse.archive.journal.Journal, "add")]


def _die_at(step: int) -> None:
    """Count every entry into and return from a boundary; at the given count, kill this process."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        def outer(*args: Any, **kwargs: Any) -> Any:
            tick()
            result = inner(*args, **kwargs)
            tick()
            return result
        return outer

    for owner, name in _boundaries():
        setattr(owner, name, around(getattr(owner, name)))


def _run(home: Path, edition: int, die_at: int | None) -> None:
    import warehouse.lake.opening

    faulthandler.enable()
    warehouse.lake.opening.FLUSH_EVERY = 2
    use_synthetic_publisher()
    if die_at is not None:
        _die_at(die_at)
    house = House(Settings(home=home))
    publish_edition(house, edition)


def _in_child(home: Path, edition: int, die_at: int | None = None) -> int:
    child = CONTEXT.Process(target=_run, args=(home, edition, die_at))
    child.start()
    child.join(120)
    assert child.exitcode is not None
    return child.exitcode


def _state(home: Path) -> dict[str, Any]:
    con = connect(House(Settings(home=home)).place)
    state = {
        "present": con.execute("SELECT partner, period_start, value, version_no FROM stats.trade ORDER BY ALL").fetchall(),
        "ended": con.execute("SELECT partner, period_start, change_kind, old_value, new_value, old_version_no "
                             "FROM stats.trade_revision ORDER BY ALL").fetchall(),
        "loads": con.execute("SELECT snapshot, dataset, batch, rows_new, rows_revised FROM ops.load ORDER BY ALL").fetchall(),
        "fetches": con.execute("SELECT sha256 FROM ops.fetch ORDER BY ALL").fetchall()}
    con.close()
    return state


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("base")
    assert _in_child(home, 0) == 0
    return home


@pytest.mark.timeout(600)
def test_a_run_killed_at_any_step_is_finished_by_the_next_one(base: Path, tmp_path: Path) -> None:
    assert len(editions()) == 2
    whole = tmp_path / "whole"
    shutil.copytree(base, whole, symlinks=True)
    assert _in_child(whole, 1) == 0
    expected = _state(whole)
    assert expected["ended"] and len(expected["loads"]) == 4
    step, killed = 0, 0
    while True:
        step += 1
        home = tmp_path / f"step{step}"
        shutil.copytree(base, home, symlinks=True)
        code = _in_child(home, 1, die_at=step)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
        readable = _state(home)
        assert readable["present"], f"step {step}: readers see nothing"
        assert _in_child(home, 1) == 0, f"step {step}: the next run failed"
        assert _state(home) == expected, f"step {step}"
        house = House(Settings(home=home))
        journaled = [entry.detail["load_id"] for entry in house.journal.committed()]
        assert len(journaled) == len(set(journaled)) == 4, f"step {step}: {journaled}"
        con = connect(house.place)
        named = {Path(path).name for (path,) in con.execute(
            "SELECT data_file FROM ducklake_list_files('lake', 'trade', schema => 'stats')").fetchall()}
        con.close()
        on_disk = {path.name for path in (house.place.data / "stats" / "trade").rglob("*.parquet")}
        assert named <= on_disk
        shutil.rmtree(home)
    assert killed >= 25, f"only {killed} boundaries were met"
