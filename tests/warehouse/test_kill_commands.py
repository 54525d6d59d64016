"""`kill -9` at every named boundary of every command that writes: the next run, without a hand, leaves lake, journal and rebuild equal,
a good backup good, and what is published whole.

CI tries a seeded share of the boundaries, ``make soak`` all of them (ENTREPOT_SOAK_COMMANDS is how many); a kill is named by command
and step, so that each can be had again.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from tests.warehouse.changing_publisher import bring, use_changing_publisher, whole
from warehouse.lake.opening import AnyPlace, Place, connect
from warehouse.schema.errors import UsageError

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.changing_publisher", "flows.run.decisions", "flows.run.replaying", "flows.run.maintenance",
                                "warehouse.upkeep.verify", "flows.run.rebuild", "warehouse.upkeep.backup", "tests.warehouse.synthetic"])
BLIND = frozenset({"MYS 2024-01"})
KILLS = int(os.environ.get("ENTREPOT_SOAK_COMMANDS", "5"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))


@dataclass(frozen=True)
class Command:
    """What is done to a home, and how the next run does it again before a night's load follows."""

    act: Callable[[House], object]
    again: bool = False
    """Whether the same command is given again: it goes on from where it was killed."""
    base: str = "plain"
    """Which home it is done to."""


def _backup(house: House) -> Path:
    return house.root.parent / f"{house.root.name}-backup"


def _moved(house: House) -> Path:
    """Another home, which is made from this one's backup."""
    return house.root.parent / f"{house.root.name}-moved"


def _tag(house: House) -> None:
    from flows.run import decisions

    decisions.tag(house, "second", "1", "for a paper")


def _untag(house: House) -> None:
    from flows.run import decisions

    decisions.untag(house, "first")


def _restore(house: House) -> None:
    from flows.run import decisions

    decisions.restore(house, "1", None, "for a test")


def _accept(house: House) -> None:
    from flows.run import decisions

    decisions.accept(house, 1, "for a reason")


def _reject(house: House) -> None:
    from flows.run import decisions

    decisions.reject(house, 1, "for a reason")


def _replay(house: House) -> None:
    from flows.run import replaying

    replaying.replay(house, None)


def _rebuild(house: House) -> None:
    from flows.run.rebuild import replace_lake

    replace_lake(house)


def _import(house: House) -> None:
    """A file of a later release: what still waits is superseded by it."""
    from flows.run import pipeline

    path = house.root.parent / "later.csv"
    path.write_bytes(whole(SGP_2024_02=121))
    pipeline.bring(house, path, None)


def _maintain(house: House) -> None:
    from flows.run import maintenance

    maintenance.maintain(house)


def _expire(house: House) -> None:
    from flows.home import clock
    from flows.run import maintenance

    maintenance.maintain(house, expire_before=clock.now())


def _publish(house: House) -> None:
    from flows.run import maintenance

    maintenance.publish(house)


def _create(house: House) -> None:
    from warehouse.upkeep import backup

    backup.create(house.root, _backup(house))


def _put_in(house: House) -> None:
    from warehouse.upkeep import backup

    try:
        backup.restore(_backup(house), _moved(house))
    except UsageError:
        if (_moved(house) / "restoring").exists():  # else it was killed with nothing left to do
            raise


def _put_back(house: House) -> None:
    from warehouse.upkeep import backup

    backup.put_back(_backup(house), house.root)


def _migrate(house: House) -> None:
    from warehouse.lake.opening import writer

    with writer(Place(house.root.parent / f"{house.root.name}-old" / "lake"), "a new version"):
        pass


COMMANDS = {
    "tag": Command(_tag), "untag": Command(_untag), "restore": Command(_restore), "accept": Command(_accept),
    "reject": Command(_reject), "replay": Command(_replay, base="blind"), "rebuild": Command(_rebuild),
    "rebuild after a replay": Command(_rebuild, base="replayed"),
    "import": Command(_import, again=True),
    "maintain": Command(_maintain), "expire": Command(_expire), "publish": Command(_publish, again=True, base="published"),
    "backup create": Command(_create, again=True, base="backed up"),
    "backup restore": Command(_put_in, again=True, base="backed up"),
    "backup restore --missing": Command(_put_back, again=True, base="robbed"),
    "migrate": Command(_migrate, again=True, base="old"),
}


def _boundaries() -> list[tuple[Any, str]]:
    """Functions between whose calls a run may die: those that write, and every file or folder that takes a name or loses it."""
    import flows.run.pipeline
    import flows.run.replaying
    import warehouse.archive.journal
    import warehouse.archive.store
    import warehouse.lake.embedded
    import warehouse.lake.migrate
    import warehouse.lake.opening
    import warehouse.load.commit
    import warehouse.load.staging
    import warehouse.upkeep.backup
    import warehouse.upkeep.maintain
    import warehouse.upkeep.publish

    return [(warehouse.archive.store.Folder, "put"), (warehouse.archive.store.Folder, "put_file"),
            (warehouse.archive.store.Folder, "delete"),
            (warehouse.load.staging, "stage"), (flows.run.pipeline, "commit"), (flows.run.replaying, "commit"),
            (warehouse.load.commit, "_record"),
            (warehouse.lake.opening.Writer, "after_commit"), (warehouse.lake.opening.Writer, "flush"), (warehouse.lake.migrate, "_apply"),
            (warehouse.lake.embedded.Place, "recover"), (warehouse.lake.embedded.Place, "publish"),
            (warehouse.lake.embedded.Place, "sweep"),
            (warehouse.lake.embedded.Place, "take"), (warehouse.lake.embedded.Aside, "forget"), (warehouse.lake.embedded.Aside, "discard"),
            (warehouse.archive.journal.Journal, "add"), (warehouse.upkeep.maintain, "_call"), (warehouse.upkeep.maintain, "_expire"),
            (warehouse.upkeep.backup, "_check"), (warehouse.upkeep.backup._Contents, "drop_all_but"),
            (warehouse.upkeep.publish, "_two_forms"),
            (Path, "replace"), (Path, "rename"), (Path, "symlink_to"), (Path, "unlink"), (shutil, "rmtree"), (shutil, "move")]


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
    use_changing_publisher()
    house = House(Settings(home=home))
    _die_at(step, told)
    COMMANDS[what].act(house)


def _next_run(home: Path, what: str, told: Any) -> None:
    """What stands right after the kill; then the same command again where a person would give it, a night's load, and what must hold."""
    command = COMMANDS[what]
    use_changing_publisher()
    house = House(Settings(home=home))
    _stands(house, command.base)
    if command.again:
        command.act(house)
        _stands(house, command.base)
    homes = [home, _moved(house)] if command.act is _put_in else [home]
    for each in homes:
        _holds_after_a_load(House(Settings(home=each)), command)
    if command.base == "old":
        _of_this_version(house)
    told.value = 1


def _stands(house: House, base: str) -> None:
    """A backup that was there is whole, and so is what was published."""
    from warehouse.lake.opening import engine
    from warehouse.upkeep import backup

    if base == "backed up":
        kept = backup.read_manifest(_backup(house))
        backup._check(_backup(house), kept.files)
        assert kept.snapshot >= 2
    if base == "published":
        con = engine()
        con.execute("ATTACH '" + str(house.root / "current.duckdb") + "' AS it (READ_ONLY)")
        assert con.execute("SELECT count(*) FROM it.stats.trade").fetchall() == [(35,)]
        con.close()
        package = house.root / "published-data" / "datapackage"
        for each in json.loads((package / "datapackage.json").read_text())["resources"]:
            assert "sha256:" + hashlib.sha256((package / each["path"]).read_bytes()).hexdigest() == each["hash"]


def _holds_after_a_load(house: House, command: Command) -> None:
    from flows.run import rebuild
    from warehouse.upkeep.verify import verify

    bring(house, whole(THA_2024_05=143), "http://synthetic.invalid/next.csv")
    fresh = House(house.settings)
    found = [f.said for proof in verify(fresh.place, fresh.archive, fresh.journal).proofs for f in proof.findings]
    assert found == [], found
    made = Place(house.root.parent / f"{house.root.name}-rebuilt")
    _, differently = rebuild.replay(fresh, made)
    # Where a parser understands now what it did not, the first load is read otherwise: it is listed, and the same figures stand.
    anew = bool(differently) and command.base in ("blind", "replayed")
    assert anew or rebuild.compare(fresh.place, made) == {}
    assert _figures(fresh.place) == _figures(made)


def _figures(place: AnyPlace) -> list[tuple[Any, ...]]:
    con = connect(place)
    try:
        return con.execute("SELECT partner, period_start, value FROM stats.trade ORDER BY ALL").fetchall()
    finally:
        con.close()


def _of_this_version(house: House) -> None:
    from warehouse.schema.tables import TABLES

    con = connect(Place(house.root.parent / f"{house.root.name}-old" / "lake"))
    assert con.execute("SELECT load_id, snapshot, columns_seen FROM ops.load").fetchall() == [("old", 1, "")]
    assert {f"{schema}.{table}" for schema, table in con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'").fetchall()} == set(TABLES)
    con.close()


def _base(home: Path, base: str, told: Any) -> None:
    from flows.run import decisions
    from tests.warehouse.synthetic import lake_of_the_first_migration

    publisher = use_changing_publisher()
    publisher.reading.blind = BLIND if base in ("blind", "replayed") else frozenset()
    house = House(Settings(home=home))
    bring(house, whole())
    bring(house, whole(VNM_2024_03=131))
    if base == "replayed":
        publisher.reading.blind = frozenset()
        _replay(house)
    decisions.tag(house, "first", "1", "")
    if base == "backed up":
        _create(house)
    if base == "published":
        _publish(house)
    if base == "old":
        lake_of_the_first_migration(Place(home.parent / f"{home.name}-old" / "lake"))
    bring(house, whole(100_000))
    if base == "backed up":
        bring(house, whole(VNM_2024_03=132))
    if base == "robbed":
        _create(house)
        for folder in ("log", "blobs"):
            next((home / "archive" / folder).rglob("*.*")).unlink()
    told.value = 1


def _in_child(work: Callable[..., None], *args: Any) -> tuple[int, int]:
    told = CONTEXT.Value("i", 0)
    child = CONTEXT.Process(target=work, args=(*args, told))
    child.start()
    child.join(1200)
    assert child.exitcode is not None
    return child.exitcode, int(told.value)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder with the home before a command, and with what it needs beside it."""
    made: dict[str, Path] = {}

    def base(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("commands") / "there"
            made[name].mkdir()
            assert _in_child(_base, made[name] / "home", name) == (0, 1)
        return made[name]

    return base


def _chosen() -> list[tuple[str, int]]:
    """The commands of this run in an order by seed, and how many kills of each."""
    names = sorted(COMMANDS)
    random.Random(SEED).shuffle(names)
    return [(name, KILLS // len(names) + (number < KILLS % len(names))) for number, name in enumerate(names)]


@pytest.mark.timeout(14400)
def test_a_command_killed_at_any_boundary_is_ended_by_the_next_run(bases: Callable[[str], Path], tmp_path: Path) -> None:
    left = []
    for what, kills in _chosen():
        if not kills:
            continue
        there, base = tmp_path / "there", bases(COMMANDS[what].base)
        shutil.copytree(base, there, symlinks=True)
        code, steps = _in_child(_killed, there / "home", what, 0)
        assert code == 0 and steps, what
        shutil.rmtree(there)
        for step in sorted(random.Random(f"{SEED} {what}").sample(range(1, steps + 1), min(kills, steps))):
            shutil.copytree(base, there, symlinks=True)
            code, _ = _in_child(_killed, there / "home", what, step)
            assert code == -signal.SIGKILL, f"{what} at step {step} of {steps}"
            if _in_child(_next_run, there / "home", what) != (0, 1):
                left.append(f"{what} killed at step {step} of {steps}")
            shutil.rmtree(there)
    assert not left, f"the next run left a difference: {'; '.join(left)}"
