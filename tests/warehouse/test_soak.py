"""The real writer killed at random moments, in whatever it was doing: loads, maintenance with and without expiry, publishing,
backup, tags, restores, the migration of an old lake.

CI runs a seeded share; ``make soak`` runs five hundred. After each kill what had been acknowledged is there, readers see a
whole state, and the same action, done again without a hand, succeeds.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from flows.home import clock
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import decisions, pipeline
from tests.warehouse.synthetic import lake_of_the_first_migration
from tests.warehouse.synthetic_publisher import URL, use_synthetic_publisher
from warehouse.history import fold
from warehouse.lake.opening import Place, connect, writer
from warehouse.schema.tables import TABLES
from warehouse.upkeep import backup, maintain, publish, verify

KILLS = int(os.environ.get("ENTREPOT_SOAK_KILLS", "10"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261124"))
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.test_soak"])


def document(number: int) -> bytes:
    """Edition ``number`` of the synthetic table: its figures tell which edition they are of."""
    rows = [f"{batch},{partner},2024-{month:02},{1000 + number}" for batch in ("one", "two") for month in range(1, 7)
            for partner in ("MYS", "VNM", "THA")]
    return ("batch,partner,month,value\n" + "\n".join(rows) + "\n").encode()


def _expire(house: House, number: int) -> None:
    """All but the newest third of the loads; the first is tagged, so it stays."""
    con = connect(house.place)
    times = [at for (at,) in con.execute("SELECT recorded_at FROM ops.load ORDER BY snapshot").fetchall()]
    con.close()
    maintain.maintain(house.place, expire_before=times[len(times) * 2 // 3], wait_s=30)


def _old(home: Path) -> Place:
    return Place(home.parent / "old" / "lake")


def _migrate(house: House, number: int) -> None:
    with writer(_old(house.root), "soak"):
        pass


def _load(house: House, number: int) -> None:
    kept = house.archive.keep(document(number), url=URL, dataset="synthetic.one", asked_at=clock.now(), status=200,
                              origin_kind="fetched")
    outcomes = pipeline.load(house, [pipeline.parse(house, kept.fetch_id)])
    assert {outcome.result for outcome in outcomes} <= {"new_data", "no_change"}, outcomes


ACTIONS: dict[str, Callable[[House, int], object]] = {
    "load": _load,
    "maintain": lambda house, number: maintain.maintain(house.place, wait_s=30),
    "publish": lambda house, number: (publish.single_file(house.place, house.root / "published"),
                                      publish.data_package(house.place, house.root / "package")),
    "backup": lambda house, number: backup.create(house.root, house.root.parent / "backup"),
    "tag": lambda house, number: decisions.tag(house, f"turn-{number}", None, "soak"),
    "restore": lambda house, number: decisions.restore(house, "1", None, "soak"),
    "expire": _expire,
    "migrate": _migrate,
}
CHOICES = ("load", "load", *ACTIONS)


def _work(home: Path, action: str, number: int, told: Connection) -> None:
    import warehouse.lake.opening

    faulthandler.enable()
    warehouse.lake.opening.FLUSH_EVERY = 3
    use_synthetic_publisher()
    told.send("begun")
    ACTIONS[action](House(Settings(home=home)), number)
    told.send("done")


def _child(home: Path, action: str, number: int) -> tuple[Any, Connection]:
    mine, its = CONTEXT.Pipe()
    child = CONTEXT.Process(target=_work, args=(home, action, number, its))
    child.start()
    assert mine.recv() == "begun"
    return child, mine


def _loads(house: House) -> list[tuple[int, str]]:
    con = connect(house.place)
    found = con.execute("SELECT snapshot, load_id FROM ops.load ORDER BY snapshot").fetchall()
    con.close()
    return found


def _whole(house: House) -> None:
    """Readers see, of each dataset, one edition's figures and nothing between; every snapshot is still there."""
    con = connect(house.place)
    for dataset, values, rows in con.execute("SELECT dataset, count(DISTINCT value), count(*) FROM stats.trade GROUP BY 1").fetchall():
        assert (values, rows) == (1, 18), f"{dataset}: {values} editions in {rows} rows"
    there = fold.points(con, "lake")
    assert there[0].number == 1, "the tagged snapshot is gone"
    for point in (there[0], there[len(there) // 2], there[-1]):
        (counted,) = con.execute(f"SELECT count(*) FROM stats.trade AT (VERSION => {point.version})").fetchall()[0]
        assert counted in (18, 36)
    con.close()


def _at_the_present_schema(place: Place) -> None:
    con = connect(place)
    assert con.execute("SELECT load_id, snapshot, columns_seen FROM ops.load").fetchall() == [("old", 1, "")]
    assert {f"{schema}.{table}" for schema, table in con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'").fetchall()} == set(TABLES)
    con.close()


@pytest.mark.timeout(7200)
def test_a_writer_killed_at_random_moments_loses_nothing_and_needs_no_hand(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    home = tmp_path / "home"
    house = House(Settings(home=home))
    child, _ = _child(home, "load", 0)
    child.join(60)
    assert child.exitcode == 0
    decisions.tag(house, "kept", "1", "soak")
    lake_of_the_first_migration(Place(tmp_path / "first"))
    usual: dict[str, float] = {}
    edition, killed = 0, 0
    for turn in range(KILLS):
        action = chance.choice(CHOICES)
        edition += action == "load"
        if action == "migrate":
            shutil.rmtree(_old(home).root, ignore_errors=True)
            shutil.copytree(tmp_path / "first", _old(home).root, symlinks=True)
        acknowledged = _loads(house)
        number = edition if action == "load" else turn
        child, told = _child(home, action, number)
        time.sleep(chance.random() * usual.get(action, 1.0))
        child.kill()
        child.join(60)
        try:
            killed += told.recv() != "done"
        except EOFError:
            killed += 1
        assert _loads(house)[:len(acknowledged)] == acknowledged, f"turn {turn}, {action}: a load is gone"
        _whole(house)
        began = time.monotonic()
        child, _ = _child(home, action, number)
        child.join(600)
        assert child.exitcode == 0, f"turn {turn}: {action} did not go on by itself"
        usual[action] = time.monotonic() - began
        _whole(house)
        if action == "migrate":
            _at_the_present_schema(_old(home))
        numbers = [number for number, _ in _loads(house)]
        assert numbers == list(range(1, len(numbers) + 1)), f"turn {turn}, {action}: {numbers}"
    assert killed > KILLS // 3, f"only {killed} of {KILLS} kills came before the end"
    use_synthetic_publisher()
    fresh = House(Settings(home=home))
    verdict = verify.verify(fresh.place, fresh.archive, fresh.journal)
    assert [finding.said for proof in verdict.proofs for finding in proof.findings if finding.level == "wrong"] == []
