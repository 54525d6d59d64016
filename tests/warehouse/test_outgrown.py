"""The lake on a real PostgreSQL and a real object store: several workers, moves there and back, servers that fall away in mid-run.

What holds for both forms alike is tested on both in ``test_lake`` and its neighbours; here is what only the outgrown form has.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.run import bookkeeping, pipeline, rebuild
from tests import servers
from tests.servers import Form
from tests.warehouse.synthetic_publisher import use_synthetic_publisher
from warehouse.lake.opening import connect, writer, writing
from warehouse.schema.errors import Busy, EntrepotError, Unreachable
from warehouse.upkeep import backup
from warehouse.upkeep.maintain import maintain
from warehouse.upkeep.verify import verify

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warehouse.synthetic_publisher", "tests.servers", "warehouse.lake.served.place",
                              "warehouse.archive.objects"])
PARTNERS = ("MYS", "VNM", "THA")
EDITIONS = 3
pytestmark = pytest.mark.usefixtures("synthetic_publisher")


@pytest.fixture
def outgrown(postgres: servers.Postgres, objects: servers.ObjectStore) -> Form:
    return servers.served(postgres, objects)


def document(datasets: tuple[str, ...], edition: int) -> bytes:
    """Synthetic figures: each edition revises the one before and adds a month."""
    rows = [(name, partner, f"2024-{month:02}", 100 * month + 10 * edition + number) for name in datasets
            for month in range(1, edition + 3) for number, partner in enumerate(PARTNERS)]
    text = io.StringIO()
    csv.writer(text).writerows([("batch", "partner", "month", "value"), *rows])
    return text.getvalue().encode()


def bring(house: House, datasets: tuple[str, ...], edition: int) -> list[bookkeeping.Outcome]:
    """Archive a document as if asked for at a time of its own, and load it."""
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=edition, minutes=len(datasets))
    kept = house.archive.keep(document(datasets, edition), url=f"http://synthetic.invalid/{'-'.join(datasets)}.csv",
                              dataset="synthetic.one", asked_at=at, status=200, origin_kind="fetched")
    outcomes = pipeline.load(house, [pipeline.parse(house, kept.fetch_id)])
    assert {outcome.result for outcome in outcomes} <= {"new_data", "no_change"}, outcomes
    return outcomes


def work(form: Form, home: Path, own: str, ready: Any, die_at: int | None = None) -> None:
    """A worker: its own dataset edition by edition, then the document of a dataset that the other brings too."""
    import warehouse.lake.opening

    warehouse.lake.opening.FLUSH_EVERY = 3
    use_synthetic_publisher()
    house = form.house(home, wait_for_writer_s=240)
    if die_at is not None:
        _die_at(die_at)
    if ready is not None:
        ready.wait(120)
    for edition in range(EDITIONS):
        bring(house, (own,), edition)
    for _ in range(2):
        bring(house, ("shared",), 0)


def _die_at(step: int) -> None:
    """Kill this process at the given entry into, or return from, a step of a load."""
    import flows.run.pipeline
    import warehouse.archive.journal
    import warehouse.archive.objects
    import warehouse.lake.opening
    import warehouse.lake.served.place
    import warehouse.load.commit

    count = 0

    def around(inner: Callable[..., Any]) -> Callable[..., Any]:
        def outer(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            for turn in range(2):
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                if turn == 0:
                    result = inner(*args, **kwargs)
            return result
        return outer

    for owner, name in ((warehouse.archive.objects.ObjectStore, "put"), (flows.run.pipeline, "commit"), (warehouse.load.commit, "_record"),
                        (warehouse.lake.opening.Writer, "after_commit"), (warehouse.lake.opening.Writer, "flush"),
                        (warehouse.archive.journal.Journal, "add"),
                        (warehouse.lake.served.place._Lock, "check"), (warehouse.lake.served.place.ServedPlace, "recover")):
        setattr(owner, name, around(getattr(owner, name)))


def facts(house: House) -> dict[str, list[Any]]:
    """Every figure and every version that ended, without the clock of the load."""
    con = connect(house.place)
    return {
        "present": con.execute("SELECT * EXCLUDE (fetch_id, load_id, locator) FROM stats.trade ORDER BY ALL").fetchall(),
        "ended": con.execute("SELECT dataset, partner, period_start, change_kind, old_value, new_value, old_version_no, released_at, "
                             "old_version_id, new_version_id FROM stats.trade_revision ORDER BY ALL").fetchall(),
        "loads": con.execute("SELECT dataset, batch, rows_new, rows_revised, rows_withdrawn FROM ops.load ORDER BY ALL").fetchall()}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The same documents loaded by one worker on the embedded default."""
    home = tmp_path_factory.mktemp("alone")
    for own in ("one", "two"):
        child = CONTEXT.Process(target=work, args=(Form(), home, own, None))
        child.start()
        child.join(600)
        assert child.exitcode == 0
    return facts(Form().house(home))


def holds(house: House) -> None:
    fresh = House(house.settings)
    verdict = verify(fresh.place, fresh.archive, fresh.journal)
    assert verdict.holds, [finding for proof in verdict.proofs for finding in proof.findings]
    written = [entry.detail["load_id"] for entry in fresh.journal.committed()]
    assert len(written) == len(set(written))


def test_the_documents_make_versions(alone: dict[str, list[Any]]) -> None:
    assert {name: len(rows) for name, rows in alone.items()} == {"present": 30, "ended": 30, "loads": 7}


def test_two_workers_at_once_make_the_same_facts_as_one_on_the_embedded_default(
        outgrown: Form, tmp_path: Path, alone: dict[str, list[Any]]) -> None:
    ready = CONTEXT.Barrier(2)
    workers = [CONTEXT.Process(target=work, args=(outgrown, tmp_path / own, own, ready)) for own in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
        assert worker.exitcode == 0
    house = outgrown.house(tmp_path / "reader")
    assert facts(house) == alone
    holds(house)


def test_workers_killed_at_random_are_followed_by_others_who_finish(
        outgrown: Form, tmp_path: Path, alone: dict[str, list[Any]]) -> None:
    chance = random.Random(os.environ.get("ENTREPOT_SEED", "4"))
    killed = 0
    for round_ in range(int(os.environ.get("ENTREPOT_OUTGROWN_KILLS", "6")) // 2):
        workers = [CONTEXT.Process(target=work, args=(outgrown, tmp_path / f"{own}{round_}", own, None, chance.randint(1, 60)))
                   for own in ("one", "two")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(600)
            assert worker.exitcode in (0, -signal.SIGKILL)
            killed += worker.exitcode != 0
    assert killed
    for own in ("one", "two"):
        last = CONTEXT.Process(target=work, args=(outgrown, tmp_path / own, own, None))
        last.start()
        last.join(600)
        assert last.exitcode == 0
    house = outgrown.house(tmp_path / "reader")
    assert facts(house) == alone
    holds(house)


def test_writers_of_different_datasets_do_not_wait_and_who_takes_everything_waits_for_both(outgrown: Form, tmp_path: Path) -> None:
    place = outgrown.place(tmp_path)
    with writer(place, "one", datasets=["one"]), writer(place, "two", datasets=["two"], wait_s=1):
        told = writing(place) or ""
        assert "one, process" in told and "two, process" in told
        with pytest.raises(Busy, match=r"one, process \d+ on .*, since 20"), place.locked("again", 0.2, ["one", "three"]):
            pass
        with pytest.raises(Busy, match=r"one, process .*two, process"), place.locked("everything", 0.2):
            pass
    assert writing(place) is None
    with place.locked("everything", 0.2), pytest.raises(Busy, match="everything, process"), place.locked("one", 0.2, ["one"]):
        pass


def test_a_writer_that_lost_its_lock_commits_nothing(outgrown: Form, tmp_path: Path, postgres: servers.Postgres) -> None:
    import psycopg

    place = outgrown.place(tmp_path)
    with pytest.raises(Unreachable, match=r"PostgreSQL at 127\.0\.0\.1"), writer(place, "victim", datasets=["one"]) as lake, \
            lake.transaction("synthetic") as con:
        con.execute("INSERT INTO ops.snapshot_tag VALUES ('synthetic', 1, 'test', now(), '')")
        with psycopg.connect(dict(outgrown.settings)["catalog"], autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'victim%'")
    assert connect(place).execute("SELECT count(*) FROM ops.snapshot_tag").fetchall() == [(0,)]
    with writer(place, "next", datasets=["one"], wait_s=5):
        pass


@pytest.fixture
def fallible(postgres: servers.Postgres, objects: servers.ObjectStore) -> Iterator[dict[str, Any]]:
    """The servers, to be stopped; they are up again afterwards."""
    both = {"PostgreSQL": postgres, "the object store": objects}
    yield both
    for server in both.values():
        if server.process is None:
            server.start()


@pytest.mark.parametrize("falls", ["PostgreSQL", "the object store"])
@pytest.mark.parametrize(("module", "where"), [(pipeline, "commit"), (bookkeeping, "committed_entry")], ids=["commit", "journal"])
def test_a_server_that_falls_away_in_mid_run_loses_nothing(
        outgrown: Form, tmp_path: Path, fallible: dict[str, Any], falls: str, module: Any, where: str,
        monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the commit, and between the commit and the journal."""
    house = outgrown.house(tmp_path)
    bring(house, ("one",), 0)
    real = getattr(module, where)

    def falling(*args: Any, **kwargs: Any) -> Any:
        fallible[falls].kill()
        return real(*args, **kwargs)

    if falls == "the object store":
        # A commit this small writes no file: the flush after it does.
        monkeypatch.setattr("warehouse.lake.opening.FLUSH_EVERY", 1)
    with monkeypatch.context() as patch:
        patch.setattr(module, where, falling)
        with pytest.raises(Unreachable) as caught:
            bring(house, ("one", "two"), 1)
    assert caught.value.exit_code == 4 and falls in str(caught.value)
    assert servers.PASSWORD not in str(caught.value) and servers.SECRET not in str(caught.value)
    said = subprocess.run([sys.executable, "-m", "flows", "--home", str(tmp_path), "status"], capture_output=True, text=True, check=False,
                          env={**os.environ, **outgrown.environment})
    assert said.returncode == 4 and falls in said.stderr and "Traceback" not in said.stderr, said.stderr
    fallible[falls].start()
    again = outgrown.house(tmp_path)
    bring(again, ("one", "two"), 1)
    expected = Form().house(tmp_path / "embedded")
    bring(expected, ("one",), 0)
    bring(expected, ("one", "two"), 1)
    assert facts(again)["present"] == facts(expected)["present"]
    holds(again)


def test_a_home_moves_to_servers_and_back_row_for_row(outgrown: Form, tmp_path: Path) -> None:
    home = Form().house(tmp_path / "home")
    bring(home, ("one",), 0)
    bring(home, ("one", "two"), 1)
    backup.create(home.root, tmp_path / "backup")
    moved = outgrown.house(tmp_path / "moved")
    done = backup.restore(tmp_path / "backup", moved.root, place=moved.place, archive=moved.store)
    assert done.snapshot == 3 and not (moved.root / "restoring").exists()
    assert rebuild.compare(home.place, moved.place) == {}
    holds(moved)
    with pytest.raises(EntrepotError, match="already"):
        backup.restore(tmp_path / "backup", moved.root, place=moved.place, archive=moved.store)
    moved = House(moved.settings)
    bring(moved, ("one", "two"), 2)
    bring(home, ("one", "two"), 2)
    assert facts(moved) == facts(home)
    backup.create(moved.root, tmp_path / "backup of servers", place=moved.place, archive=moved.store)
    back = Form().house(tmp_path / "back")
    backup.restore(tmp_path / "backup of servers", back.root)
    assert rebuild.compare(back.place, moved.place) == {}
    holds(back)


def test_maintenance_and_rebuild_on_servers_leave_history_and_facts_as_they_were(outgrown: Form, tmp_path: Path) -> None:
    house = outgrown.house(tmp_path)
    for edition in range(EDITIONS):
        bring(house, ("one", "two"), edition)
    before, early = facts(house), connect(house.place)
    done = maintain(house.place)
    assert done.flushed and done.proved == (1, 2, 3, 4, 5, 6) and not maintain(house.place).flushed
    assert early.execute("SELECT count(*) FROM stats.trade").fetchall() == [(24,)]
    holds(house)
    assert "6 loads replayed" in rebuild.replace_lake(house)
    assert facts(house) == before
    holds(house)


def test_python_finds_the_lake_by_the_same_settings(outgrown: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import warehouse

    bring(outgrown.house(tmp_path), ("one",), 0)
    (tmp_path / "entrepot.toml").write_text("".join(f"{name} = '{value}'\n" for name, value in outgrown.settings if name != "s3_secret"))
    monkeypatch.setenv("ENTREPOT_S3_SECRET", servers.SECRET)
    assert warehouse.connect(tmp_path).execute("SELECT count(*) FROM stats.trade").fetchall() == [(6,)]


def test_no_password_stands_where_a_person_or_a_log_reads(outgrown: Form, tmp_path: Path) -> None:
    house = outgrown.house(tmp_path)
    bring(house, ("one",), 0)
    con = connect(house.place)
    said = [repr(house), str(house.settings), repr(house.place), house.place.where, house.place.attach_line(), str(house.place.current()),
            str(con.execute("FROM duckdb_secrets()").fetchall()), str(con.execute("FROM duckdb_databases()").fetchall())]
    said += [house.store.get(key).decode(errors="replace") for key in house.store.keys("")]
    for text in (*said, *(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())):
        assert servers.PASSWORD not in text and servers.SECRET not in text and servers.KEY not in text.replace("key_id=entrepot-key", "")
