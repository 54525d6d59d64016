"""The writer's lock: one path for ever, proved after it is taken, held by a rebuild from its first look to the switch."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from flows.run import rebuild
from tests.warehouse.synthetic import lake_of_the_first_migration
from tests.warehouse.synthetic_publisher import editions, publish_edition, use_synthetic_publisher
from warehouse.lake import embedded
from warehouse.lake.embedded import Place
from warehouse.lake.opening import connect, locked, writer
from warehouse.schema.errors import Busy, EntrepotError
from warehouse.upkeep import backup
from warehouse.upkeep.verify import verify

TURNS = int(os.environ.get("ENTREPOT_SOAK_TURNS", "12"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261124"))
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.test_locks"])


def test_the_lock_is_outside_of_the_lake_and_names_its_holder(house: House) -> None:
    with locked(house.place, "entrepot import large.csv"):
        assert house.place.lock.parent == house.root / "locks" and not (house.place.root / "writer.lock").exists()
        assert f"entrepot import large.csv, process {os.getpid()}" in (house.place.writing() or "")
        with pytest.raises(Busy, match=r"entrepot import large\.csv"), locked(house.place, "second", 0):
            pass
    assert house.place.writing() is None


@pytest.mark.parametrize("gone", [lambda path: path.unlink(), lambda path: path.rename(path.with_name("moved")),
                                  lambda path: path.parent.rename(path.parent.with_name("locks.moved"))])
def test_one_who_waited_for_a_file_that_was_moved_waits_for_the_one_at_the_path(house: House, gone: Any) -> None:
    inside, order = threading.Semaphore(1), []

    def turn(name: str, started: threading.Event | None = None) -> None:
        if started:
            started.set()
        with locked(house.place, name, 30):
            assert inside.acquire(blocking=False), "two were inside"
            order.append(name)
            time.sleep(0.1)
            inside.release()

    begun = threading.Event()
    waiter = threading.Thread(target=turn, args=("waiter", begun))
    with locked(house.place, "first") as held:
        waiter.start()
        begun.wait()
        gone(house.place.lock)
        with pytest.raises(Busy, match=r"was moved or deleted meanwhile"):
            held.check()
        with pytest.raises(Busy), writer(house.place, "never commits", wait_s=0, first=held.check):
            pass
    newcomer = threading.Thread(target=turn, args=("newcomer",))
    newcomer.start()
    waiter.join()
    newcomer.join()
    assert sorted(order) == ["newcomer", "waiter"]


def test_in_a_home_of_an_older_version_its_lock_is_held_too_and_stays_one_file_through_a_rebuild(house: House) -> None:
    old = house.place.root / "writer.lock"
    old.touch()
    with old.open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # what a process of that version does
        with pytest.raises(Busy), locked(house.place, "new", 0):
            pass
    inode = old.stat().st_ino
    rebuild.replace_lake(house)
    assert old.stat().st_ino == inode
    with locked(house.place, "new"), old.open("a+") as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_load_beside_a_rebuild_waits_and_is_in_the_lake_and_in_the_journal(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before, made, loaded = len(house.journal.committed()), rebuild._made, []
    other = House(house.settings)

    def load() -> None:
        kept = other.archive.keep(editions()[1].replace(b"99", b"97"), url="http://synthetic.invalid/late.csv", dataset="synthetic.one",
                                  asked_at=pipeline_now(), status=200, origin_kind="fetched")
        from flows.run import pipeline

        loaded.extend(pipeline.load(other, [pipeline.parse(other, kept.fetch_id)]))

    thread = threading.Thread(target=load)

    def beside(*arguments: Any) -> Any:
        thread.start()
        found = made(*arguments)
        assert not loaded and "entrepot rebuild" in (house.place.writing() or "")
        return found

    monkeypatch.setattr(rebuild, "_made", beside)
    rebuild.replace_lake(house)
    thread.join()
    assert [outcome.result for outcome in loaded if outcome.dataset == "synthetic.one"] == ["new_data"]
    monkeypatch.setattr(rebuild, "_made", made)
    fresh = House(house.settings)
    assert len(fresh.journal.committed()) == before + 1
    assert verify(fresh.place, fresh.archive, fresh.journal).holds
    assert rebuild.into(fresh, house.root.parent / "again")[2] == {}


def pipeline_now() -> Any:
    from flows.home import clock

    return clock.now()


def _rebuild(home: Path, other: Path) -> None:
    rebuild.replace_lake(House(Settings(home=home)))
    for left in home.glob("lake.before-*"):
        shutil.rmtree(left, ignore_errors=True)


def _restore(home: Path, other: Path) -> None:
    """Another home made anew from a backup of this one, beside others who do the same."""
    to = other.with_name(f"backup-{os.getpid()}")
    backup.create(home, to)
    with locked(Place(other / "lake"), "the disk is taken away"):
        for part in ("lake", "archive", "restoring"):
            shutil.rmtree(other / part, ignore_errors=True)
    backup.restore(to, other)


def _migrate(home: Path, other: Path) -> None:
    with locked(Place(home.parent / "old" / "lake"), "an old disk"):
        shutil.rmtree(home.parent / "old" / "lake", ignore_errors=True)
        shutil.copytree(home.parent / "first", home.parent / "old" / "lake", symlinks=True)
    with writer(Place(home.parent / "old" / "lake"), "migration"):
        pass


def _load(home: Path, other: Path) -> None:
    publish_edition(House(Settings(home=home)), random.randrange(2))


def _look(home: Path, other: Path) -> None:
    for root in (home, other):
        with locked(Place(root / "lake"), "a look"):
            time.sleep(0.01)


ACTIONS = {"rebuild": _rebuild, "restore": _restore, "migrate": _migrate, "load": _load, "look": _look}


def _at_work(home: Path, seed: int, turns: int, told: Any) -> None:
    """Turns of one process. Each lock, once held, makes a file that only one can make."""
    use_synthetic_publisher()
    real = embedded.Place.locked

    @contextmanager
    def watched(self: Place, *arguments: Any, **more: Any) -> Iterator[Any]:
        with real(self, *arguments, **more) as held:
            inside = home.parent / f"inside-{str(self.lock).replace('/', '-')}"
            os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
            try:
                yield held
            finally:
                inside.unlink()

    embedded.Place.locked = watched  # type: ignore[method-assign]
    chance, done = random.Random(seed), 0
    random.seed(seed)
    for _ in range(turns):
        action = chance.choice(list(ACTIONS))
        try:
            ACTIONS[action](home, home.parent / "other")
            done += 1
        except FileExistsError as error:
            told.send(f"two were inside during {action}: {error}")
            return
        except (Busy, EntrepotError) as error:
            if not isinstance(error, Busy) and "already" not in str(error):
                told.send(f"{action}: {type(error).__name__} {error}")
                return
    told.send(done)


@pytest.mark.timeout(7200)
def test_of_four_processes_never_two_are_inside_through_rebuild_restore_and_migration(house: House) -> None:
    lake_of_the_first_migration(Place(house.root.parent / "first"))
    shutil.rmtree(house.root.parent / "locks", ignore_errors=True)
    children, pipes = [], []
    for number in range(4):
        mine, its = CONTEXT.Pipe()
        child = CONTEXT.Process(target=_at_work, args=(house.root, SEED + number, -(-TURNS // 4), its))
        child.start()
        children.append(child)
        pipes.append(mine)
    said = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
    assert all(isinstance(each, int) for each in said), said
    assert sum(said) > TURNS // 2
    fresh = House(house.settings)
    assert verify(fresh.place, fresh.archive, fresh.journal).holds


def test_copies_are_bounded_by_their_size_and_one_that_a_reader_stands_on_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = connect(house.place)
    stood_on = house.place.current()
    assert stood_on is not None
    size = stood_on.stat().st_size
    monkeypatch.setattr(embedded, "KEPT_BYTES", 10 * size)
    for _ in range(20):
        house.place.publish()
    copies = house.place._copies()
    assert stood_on in copies and embedded.KEPT_COPIES < len(copies) <= 11
    assert reader.execute("SELECT count(*) FROM stats.trade").fetchall()
    del reader
    for _ in range(3):
        house.place.publish()
    assert stood_on not in house.place._copies() and sum(copy.stat().st_size for copy in house.place._copies()) <= 10 * size
