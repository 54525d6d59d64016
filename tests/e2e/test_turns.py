"""Two nights at once, a night beside a backfill, an import and twenty readers: real processes, and all of them end well."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows.home import clock
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import turns
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, gacc_url, headline, revised, serve_gacc
from tests.publishers import Publishers
from warehouse.lake.opening import connect

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["flows.cli", "flows.cli.load", "flows.run.decisions", "warehouse.load.calendars", "connectors.http.client"])
NOW = datetime.fromisoformat("2026-05-11T02:00:00+08:00")


def _types(settings: dict[str, str], words: Sequence[str], said: Path) -> None:
    """A command in a process of its own."""
    import sys

    from flows.cli import main
    from tests.flows.month_publishers import use

    use()  # three publishers, whose hosts lead to the simulator
    os.environ.update(settings)
    sys.argv = ["entrepot", *words]
    with said.open("w", buffering=1) as out, redirect_stdout(out), redirect_stderr(out), clock.at(NOW):
        main()


def _reads(home: Path, until: Path, said: Any) -> None:
    """Ask for one sum again and again: every answer is one of the states that were published, never half of one."""
    place, seen, reads = House(Settings(home=home)).place, set(), 0
    while not until.exists() or not reads:
        con = connect(place)
        seen.add(con.execute("SELECT count(*), count(DISTINCT load_id), (SELECT count(*) FROM ops.load) FROM stats.trade").fetchone())
        con.close()
        reads += 1
        time.sleep(2)
    said.put((reads, seen))


class Processes:
    """Commands that run beside one another on a home."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self.folder = home, folder
        self.begun: dict[str, tuple[Any, Path]] = {}

    def start(self, name: str, *words: str) -> None:
        said = self.folder / f"{name}.txt"
        process = CONTEXT.Process(target=_types, args=(self.home.settings(), words, said))
        process.start()
        self.begun[name] = process, said

    def said(self, name: str) -> str:
        path = self.begun[name][1]
        return path.read_text() if path.exists() else ""

    def wait_for(self, name: str, words: str, seconds: float = 120) -> str:
        give_up = time.monotonic() + seconds
        while words not in self.said(name):
            assert time.monotonic() < give_up, self.said(name)
            time.sleep(0.05)
        return self.said(name)

    def ends(self) -> dict[str, int | None]:
        for process, _ in self.begun.values():
            process.join(120)
        return {name: process.exitcode for name, (process, _) in self.begun.items()}


@pytest.fixture
def processes(filled: Home, publishers: Publishers, tmp_path: Path) -> Iterator[Processes]:
    """A home with figures, and publishers with something new each."""
    serve_gacc(publishers, 3, 4)
    publishers.serve(HEADLINE, headline(121), "text/csv")
    # So many processes share a machine: an answer may take longer than other tests allow it to.
    made = Processes(replace(filled, more={"ENTREPOT_ANSWER_WITHIN_S": "60", "ENTREPOT_WAIT_FOR_WRITER_S": "120"}), tmp_path)
    yield made
    for process, _ in made.begun.values():
        process.kill()


def test_who_waits_for_the_writer_says_for_whom_and_since_when(processes: Processes, filled: Home) -> None:
    with filled.place.locked("entrepot import large.csv"):
        processes.start("refresh", "refresh", "gacc.prelim")
        said = processes.wait_for("refresh", "waiting for")
        assert f"waiting for the writer: entrepot import large.csv, process {os.getpid()}, since 20" in said
    assert processes.ends() == {"refresh": 0}
    assert "1 load" in processes.said("refresh")


def test_a_second_night_waits_for_the_first_and_asks_only_for_what_is_still_due(processes: Processes, filled: Home,
                                                                                publishers: Publishers) -> None:
    with turns.night(House(Settings(home=filled.root))):
        for name in ("one", "two"):
            processes.start(name, "refresh")
        processes.start("backfill", "backfill", "gacc.prelim.country", "--from", "2026-04")
        for name in processes.begun:
            assert f"waiting for the night: entrepot nightly, process {os.getpid()}, since 20" in processes.wait_for(name, "waiting for")
        assert publishers.asked() == []
    # GACC's bulletin and the ECB serve nothing here, which is told by exit code 4.
    assert processes.ends() == {"one": 4, "two": 4, "backfill": 0}
    assert len(publishers.asked(gacc_url(4))) <= 2  # by the first night, and by the backfill where they came together
    assert filled.rows("SELECT count(*) FROM ops.load WHERE batch = 'CNY 2026-04'") == [(1,)]


def test_nights_a_backfill_an_import_and_twenty_readers_beside_one_another(processes: Processes, filled: Home,
                                                                          tmp_path: Path) -> None:
    file = tmp_path / "trade_headline.csv"
    file.write_bytes(revised(headline(), "2024-06", 10**9))
    done, said = tmp_path / "done", CONTEXT.Queue()
    readers = [CONTEXT.Process(target=_reads, args=(filled.root, done, said), daemon=True) for _ in range(20)]
    for reader in readers:
        reader.start()
    words = ("gacc.prelim", "dosm.headline")
    processes.start("one", "refresh", *words)
    processes.start("two", "refresh", *words)
    processes.start("backfill", "backfill", "gacc.prelim.country", "--from", "2026-03", "--to", "2026-04")
    processes.start("import", "import", str(file))
    ends = processes.ends()
    done.touch()
    answers = [said.get(timeout=200) for _ in readers]
    for reader in readers:
        reader.join(60)
    assert ends == dict.fromkeys(ends, 0), {name: processes.said(name) for name in ends}
    assert [reader.exitcode for reader in readers] == [0] * 20
    # Every state that was read is one that a load left: its rows are told by its number of loads.
    states = set[tuple[int, int, int]]().union(*(seen for _, seen in answers))
    assert len(states) == len({loads for _, _, loads in states})
    assert filled.rows("SELECT dataset, batch, count(*) FROM ops.load GROUP BY ALL HAVING count(*) > 1 AND batch LIKE 'CNY%'") == []
    assert filled.run("verify").code == 0
    again = filled.run("rebuild", "--into", tmp_path / "again", "--json")
    assert (again.code, again.json["differences"]) == (0, {})
