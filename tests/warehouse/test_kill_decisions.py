"""`kill -9` at every named boundary of what people decide: the next run, without a hand, leaves lake, journal and rebuild equal.

CI tries a seeded share of the boundaries, ``make soak`` more of them (ENTREPOT_SOAK_DECISIONS); a kill is named by command and step, so
that each can be had again.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.house import House
from flows.settings import Settings
from tests.warehouse.changing_publisher import bring, use_changing_publisher, whole

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.changing_publisher", "flows.decisions", "flows.replaying", "flows.keeping",
                                "warehouse.verify", "flows.rebuild"])
BLIND = frozenset({"MYS 2024-01"})
KILLS = int(os.environ.get("ENTREPOT_SOAK_DECISIONS", "3"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))


def _decide(house: House, what: str) -> object:
    from flows import decisions, replaying
    from flows.rebuild import replace_lake

    actions: dict[str, Callable[[], object]] = {
        "tag": lambda: decisions.tag(house, "second", "1", "for a paper"),
        "untag": lambda: decisions.untag(house, "first"),
        "restore": lambda: decisions.restore(house, "1", None, "for a test"),
        "accept": lambda: decisions.accept(house, 1, "for a reason"),
        "reject": lambda: decisions.reject(house, 1, "for a reason"),
        "replay": lambda: replaying.replay(house, None),
        "rebuild": lambda: replace_lake(house),
    }
    return actions[what]()


COMMANDS = ("tag", "untag", "restore", "accept", "reject", "replay", "rebuild")


def _boundaries() -> list[tuple[Any, str]]:
    import flows.pipeline
    import flows.replaying
    import warehouse.commit
    import warehouse.embedded
    import warehouse.journal
    import warehouse.lake
    import warehouse.store

    return [(warehouse.store.Folder, "put"), (flows.pipeline, "commit"), (flows.replaying, "commit"), (warehouse.commit, "_record"),
            (warehouse.lake.Writer, "after_commit"), (warehouse.embedded.Place, "publish"), (warehouse.embedded.Place, "sweep"),
            (warehouse.embedded.Place, "take"), (warehouse.journal.Journal, "add")]


def _die_at(step: int, told: Any) -> None:
    """Count entries into and returns from the boundaries; at a step this process dies. Without one it tells how many there were."""
    count = 0

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        def outer(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            for turn in range(2):
                count += 1
                told.value = count
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                if turn == 0:
                    result = inner(*args, **kwargs)
            return result
        return outer

    for owner, name in _boundaries():
        setattr(owner, name, around(getattr(owner, name)))


def _killed(home: Path, what: str, step: int, told: Any) -> None:
    publisher = use_changing_publisher()
    if what == "rebuild":
        publisher.reading.version = 2
    _die_at(step, told)
    _decide(House(Settings(home=home)), what)


def _next_run(home: Path, what: str, told: Any) -> None:
    """A night's load, then what must hold."""
    from flows import rebuild
    from warehouse.lake import Place
    from warehouse.verify import verify

    publisher = use_changing_publisher()
    if what == "rebuild":
        publisher.reading.version = 2
    house = House(Settings(home=home))
    bring(house, whole(THA_2024_05=143), "http://synthetic.invalid/next.csv")
    fresh = House(Settings(home=home))
    found = [f.said for proof in verify(fresh.place, fresh.archive, fresh.journal).proofs for f in proof.findings]
    assert found == [], found
    if what == "replay":  # a parser that understands every row reads the first load otherwise: there is no equal rebuild of it
        told.value = 1
        return
    made = Place(home.parent / f"{home.name}-rebuilt")
    rebuild.replay(fresh, made)
    assert rebuild.compare(fresh.place, made) == {}
    told.value = 1


def _base(home: Path, blind: frozenset[str], told: Any) -> None:
    from flows import decisions

    publisher = use_changing_publisher()
    publisher.reading.blind = blind
    house = House(Settings(home=home))
    bring(house, whole())
    bring(house, whole(VNM_2024_03=131))
    decisions.tag(house, "first", "1", "")
    bring(house, whole(100_000))
    told.value = 1


def _in_child(work: Callable[..., None], *args: Any) -> tuple[int, int]:
    told = CONTEXT.Value("i", 0)
    child = CONTEXT.Process(target=work, args=(*args, told))
    child.start()
    child.join(300)
    assert child.exitcode is not None
    return child.exitcode, int(told.value)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The home before a decision: with a row set aside where that is what is decided on."""
    made: dict[bool, Path] = {}

    def base(what: str) -> Path:
        blind = what == "replay"
        if blind not in made:
            made[blind] = tmp_path_factory.mktemp("decisions") / "home"
            assert _in_child(_base, made[blind], BLIND if blind else frozenset()) == (0, 1)
        return made[blind]

    return base


@pytest.mark.timeout(7200)
def test_a_decision_killed_at_any_boundary_is_ended_by_the_next_run(bases: Callable[[str], Path], tmp_path: Path) -> None:
    chance = random.Random(SEED)
    steps: dict[str, int] = {}
    for number in range(KILLS):
        what, home = COMMANDS[(SEED + number) % len(COMMANDS)], tmp_path / f"{number}"
        if what not in steps:
            shutil.copytree(bases(what), home, symlinks=True)
            code, steps[what] = _in_child(_killed, home, what, 0)
            assert code == 0 and steps[what], what
            shutil.rmtree(home)
        step = chance.randint(1, steps[what])
        shutil.copytree(bases(what), home, symlinks=True)
        code, _ = _in_child(_killed, home, what, step)
        assert code == -signal.SIGKILL, f"{what} at step {step} of {steps[what]}"
        assert _in_child(_next_run, home, what) == (0, 1), f"{what} killed at step {step} of {steps[what]}: the next run left a difference"
        shutil.rmtree(home)
