"""What people decide: only what is meant changes, nothing before it is asked, and what is journalled is what became of it."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import bookkeeping, decisions, pipeline, rebuild
from flows.run.replaying import replay
from tests.warehouse.changing_publisher import ChangingPublisher, bring, use_changing_publisher, whole
from warehouse.history import snapshots
from warehouse.lake.opening import Place, connect, writer
from warehouse.schema.errors import UsageError
from warehouse.schema.tables import TABLES
from warehouse.upkeep.verify import verify


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChangingPublisher]:
    monkeypatch.setattr(registry, "connectors", registry.connectors)  # what it was comes back after the test
    yield use_changing_publisher()
    registry.datasets.cache_clear()


@pytest.fixture(scope="module")
def lived_in_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A row set aside, a figure revised, a snapshot named, a load held: to be copied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "connectors", registry.connectors)
        publisher = use_changing_publisher()
        house = House(Settings(home=tmp_path_factory.mktemp("decided")))
        publisher.reading.blind = BLIND
        bring(house, whole())
        bring(house, whole(VNM_2024_03=131))
        decisions.tag(house, "first", "1", "")
        (outcome,) = bring(house, whole(100_000))
        assert outcome.held == 1
        registry.datasets.cache_clear()
    return house.root


@pytest.fixture
def home(lived_in_once: Path, publisher: ChangingPublisher, tmp_path: Path) -> House:
    """A copy of that home; its parser understands every row by now."""
    shutil.copytree(lived_in_once, tmp_path / "home", symlinks=True)
    return House(Settings(home=tmp_path / "home"))


@pytest.fixture
def empty(publisher: ChangingPublisher, tmp_path: Path) -> House:
    return House(Settings(home=tmp_path / "home"))


BLIND = frozenset({"MYS 2024-01"})


def stored(house: House) -> dict[str, list[Any]]:
    con = connect(house.place)
    try:
        return {name: con.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
    finally:
        con.close()


def figure(house: House, partner: str, month: str) -> float | None:
    con = connect(house.place)
    try:
        found = con.execute("SELECT value FROM stats.trade WHERE partner = ? AND strftime(period_start, '%Y-%m') = ?",
                            [partner, month]).fetchone()
        return None if found is None else float(found[0])
    finally:
        con.close()


def verifies(house: House) -> None:
    """Nothing is wrong, nor left for the next run to write down."""
    fresh = House(house.settings)
    assert [f for proof in verify(fresh.place, fresh.archive, fresh.journal).proofs for f in proof.findings] == []


def of_one_piece(house: House, tmp_path: Path) -> None:
    """It verifies, and a rebuild is equal to it."""
    verifies(house)
    made = Place(tmp_path / "rebuilt")
    rebuild.replay(House(house.settings), made)
    assert rebuild.compare(house.place, made) == {}


HOSTILE = ("x') OR ('1'='1", "x'); DELETE FROM lake.stats.trade; --", "synthetic.one' --", "synthetic.%", "*", " ", ".", "syn", '"', "\0")


def test_what_is_no_dataset_is_refused_by_name_and_nothing_is_touched(home: House) -> None:
    before = stored(home)
    for name in HOSTILE:
        for ask in (lambda name=name: decisions.restorable(home, "1", [name]), lambda name=name: replay(home, name)):
            with pytest.raises(UsageError, match="no dataset"):
                ask()
    with pytest.raises(UsageError, match="no dataset"):
        decisions.restore(home, "1", ["synthetic.one", HOSTILE[0]], "a test")
    with pytest.raises(UsageError, match=r"no dataset 'synthetic.on' holds figures here; nearest: synthetic\.one"):
        decisions.restorable(home, "1", ["synthetic.on"])
    assert stored(home) == before


def test_a_restore_by_the_beginning_of_a_name_restores_all_under_it(home: House, publisher: ChangingPublisher, tmp_path: Path) -> None:
    assert decisions.restorable(home, "1", ["synthetic"]).changed == 1
    assert figure(home, "VNM", "2024-03") == 131
    assert decisions.restore(home, "1", ["synthetic"], "a test").snapshot == 3
    assert figure(home, "VNM", "2024-03") == 121
    publisher.reading.blind = BLIND
    of_one_piece(home, tmp_path)


@pytest.mark.parametrize("name", ["2024-01-01", "2024-01", "2024Q1", "2024", "20240101", "1e3", "+5", "2024-W01-1", "٢٠٢٤", " paper", "",
                                  "2024-01-01T10:00", "a\nb", "2024-01..2024-06"])
def test_a_tag_that_reads_as_a_number_or_a_day_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a snapshot"):
        snapshots.check_tag(name)


def test_any_other_word_is_a_tag_and_only_that(home: House, publisher: ChangingPublisher, tmp_path: Path) -> None:
    names = ["paper-2026", "x'); DROP TABLE ops.load; --", "报告"]
    for name in names:
        decisions.tag(home, name, "1", "'; DELETE FROM ops.load; --")
    decisions.untag(home, names[1])
    assert {row[0] for row in stored(home)["ops.snapshot_tag"]} == {"first", names[0], names[2]}
    publisher.reading.blind = BLIND
    of_one_piece(home, tmp_path)


def test_a_replay_takes_no_newer_figure_back_and_brings_none_that_the_newest_has_not(empty: House, publisher: ChangingPublisher) -> None:
    publisher.reading.blind = BLIND
    bring(empty, whole())
    publisher.reading.blind = frozenset()
    bring(empty, whole(VNM_2024_02=118, MYS_2024_01=None))
    before = stored(empty)["stats.trade_revision"]
    publisher.reading.adds = 1  # it reads the rest otherwise too: not the replay's business
    (done,) = replay(empty, None)
    assert (done.waiting, done.read, done.outdone, done.outcome.rows_new, done.outcome.rows_revised) == (1, 1, 1, 0, 0)
    assert (figure(empty, "VNM", "2024-02"), figure(empty, "MYS", "2024-01")) == (118, None)
    assert stored(empty)["stats.trade_revision"] == before


def test_a_row_that_was_set_aside_comes_in_alone_however_the_rest_reads_now(home: House, publisher: ChangingPublisher) -> None:
    publisher.reading.adds = 1
    (done,) = replay(home, "synthetic")
    assert (done.waiting, done.read, done.outcome.result, done.outcome.rows_new, done.outcome.rows_revised) == (1, 1, "new_data", 1, 0)
    assert (figure(home, "MYS", "2024-01"), figure(home, "MYS", "2024-02")) == (101, 110)
    assert replay(home, None) == []
    verifies(home)


@pytest.mark.parametrize("newer", [150, 100])
def test_a_newer_document_of_the_same_cell_stands_whatever_the_replay_reads(empty: House, publisher: ChangingPublisher, tmp_path: Path,
                                                                            newer: float) -> None:
    publisher.reading.blind = BLIND
    bring(empty, whole())
    publisher.reading.blind = frozenset()
    bring(empty, whole(MYS_2024_01=newer, VNM_2024_01=140))
    revisions = stored(empty)["stats.trade_revision"]
    (done,) = replay(empty, None)
    assert (done.read, done.outcome.result) == (1, "no_change")
    assert figure(empty, "MYS", "2024-01") == newer and stored(empty)["stats.trade_revision"] == revisions
    assert replay(empty, None) == []
    verifies(empty)


def test_a_row_that_is_still_not_understood_or_whose_document_is_refused_waits_on(home: House, publisher: ChangingPublisher) -> None:
    publisher.reading.blind = BLIND
    (done,) = replay(home, None)
    assert (done.waiting, done.read) == (1, 0)
    publisher.reading.refuses = True
    (done,) = replay(home, None)
    assert (done.outcome.result, done.read) == ("error", 0)
    assert [row[-1] for row in stored(home)["ops.quarantine"]] == [None]


@pytest.mark.parametrize("change", ["refuses", "renames"])
def test_an_acceptance_that_loads_nothing_stays_open(home: House, publisher: ChangingPublisher, change: str) -> None:
    setattr(publisher.reading, change, True)
    if change == "renames":
        with pytest.raises(UsageError, match="stays open and nothing was changed"):
            decisions.accept(home, 1, "a test")
    else:
        (outcome,) = decisions.accept(home, 1, "a test")
        assert outcome.result == "error" and "stays open" in outcome.said and outcome.exit_code != 0
    assert House(home.settings).journal.held_load(1).decided is None
    setattr(publisher.reading, change, False)
    (outcome,) = decisions.accept(home, 1, "a test")
    assert outcome.result == "new_data"
    decided = House(home.settings).journal.held_load(1).decided
    assert decided is not None and (decided.kind, decided.why) == ("accepted", "a test")
    verifies(home)


@pytest.mark.parametrize("crashed", [False, True])
def test_what_another_accepts_meanwhile_is_not_rejected_as_well(
        home: House, monkeypatch: pytest.MonkeyPatch, crashed: bool) -> None:
    real = decisions.writer_of

    def late(house: House, why: str, *rest: Any) -> Any:
        monkeypatch.setattr(decisions, "writer_of", real)
        other = House(home.settings)
        if crashed:
            with monkeypatch.context() as crashing, pytest.raises(ZeroDivisionError):
                crashing.setattr("warehouse.archive.journal.Journal.add", lambda *args: 1 / 0)
                decisions.accept(other, 1, "by another")
        else:
            decisions.accept(other, 1, "by another")
        return real(house, why, *rest)

    monkeypatch.setattr(decisions, "writer_of", late)
    with pytest.raises(UsageError, match="was accepted by"):
        decisions.reject(home, 1, "too late")
    decided = House(home.settings).journal.held_load(1).decided
    assert decided is not None and (decided.kind, decided.why) == ("accepted", "by another")
    assert figure(home, "MYS", "2024-01") == 100_000
    verifies(home)


def test_newer_figures_that_come_in_while_an_acceptance_waits_for_its_turn_stand(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = pipeline.writer_of

    def late(house: House, why: str, *rest: Any) -> Any:
        monkeypatch.setattr(pipeline, "writer_of", real)
        bring(House(home.settings), whole(MYS_2024_01=101), "http://synthetic.invalid/elsewhere.csv")
        return real(house, why, *rest)

    monkeypatch.setattr(pipeline, "writer_of", late)
    monkeypatch.setattr(pipeline, "supersede", lambda *_: None)  # nothing has closed it by its batch
    with pytest.raises(UsageError, match="held load 1 is older than what was loaded since"):
        decisions.accept(home, 1, "too late")
    decided = House(home.settings).journal.held_load(1).decided
    assert decided is not None and decided.kind == "superseded"
    assert figure(home, "MYS", "2024-01") == 101
    verifies(home)


def test_a_superseded_file_brought_again_is_told_as_what_it_is(home: House) -> None:
    bring(home, whole(MYS_2024_01=101), "http://synthetic.invalid/elsewhere.csv")
    (outcome,) = pipeline.load(home, [pipeline.parse(home, home.journal.held_load(1).entry.fetch_id)])
    assert "left out: held as 1 and never loaded, since the release of" in outcome.said and outcome.result == "no_change"


CRASHES: dict[str, tuple[Callable[[House], object], str, str]] = {
    "tag": (lambda house: decisions.tag(house, "second", "1", "for a paper"), "tagged", "for a paper"),
    "untag": (lambda house: decisions.untag(house, "first"), "tagged", ""),
    "restore": (lambda house: decisions.restore(house, "1", None, "for a test"), "restored", "for a test"),
    "accept": (lambda house: decisions.accept(house, 1, "for a reason"), "accepted", "for a reason"),
    "replay": (lambda house: replay(house, None), "replayed", "1 rows understood after a fix"),
}


@pytest.mark.parametrize("decision", CRASHES)
def test_a_decision_that_a_crash_parted_from_the_journal_is_healed_with_who_and_why(
        home: House, publisher: ChangingPublisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decision: str) -> None:
    decide, kind, why = CRASHES[decision]
    with monkeypatch.context() as crashing:
        crashing.setattr("warehouse.archive.journal.Journal.add", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            decide(home)
    crashed = House(home.settings)
    verdict = verify(crashed.place, crashed.archive, crashed.journal)
    assert verdict.holds and any(finding.way_out for proof in verdict.proofs for finding in proof.findings)
    with writer(crashed.place, "test") as lake:
        bookkeeping.heal(crashed, lake)
    entry = [each for each in House(home.settings).journal.entries() if each.kind == kind][-1]
    assert (entry.by, entry.why) == (getpass.getuser(), why)
    verifies(home)


def test_a_rebuild_after_a_replay_without_a_new_parser_version_is_written_down_though_a_crash_parted_it_from_the_journal(
        home: House, publisher: ChangingPublisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replay(home, None)
    before = [row[:12] for row in stored(home)["stats.trade"]]
    with monkeypatch.context() as crashing:
        crashing.setattr("warehouse.archive.journal.Journal.add", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rebuild.replace_lake(House(home.settings))
    crashed = House(home.settings)
    said = [finding.said for proof in verify(crashed.place, crashed.archive, crashed.journal).proofs for finding in proof.findings]
    assert said and all("was read anew by parser 1 in the lake, and the journal does not say so" in each for each in said), said
    with writer(crashed.place, "test") as lake:
        bookkeeping.heal(crashed, lake)
    fresh = House(home.settings)
    assert len([entry for entry in fresh.journal.entries() if entry.kind == "reread"]) == len(said)
    verifies(home)
    assert [row[:12] for row in stored(home)["stats.trade"]] == before
    rebuild.replay(fresh, Place(tmp_path / "again"))
    assert rebuild.compare(fresh.place, Place(tmp_path / "again")) == {}


def test_what_another_process_held_meanwhile_is_superseded_by_one_whose_archive_was_read_before(home: House) -> None:
    other = House(home.settings)
    assert other.archive.fetches()
    (held,) = bring(home, whole(200_000), "http://synthetic.invalid/elsewhere.csv")
    assert held.held == 2
    (outcome,) = bring(other, whole(MYS_2024_01=101), "http://synthetic.invalid/elsewhere.csv")
    assert outcome.result == "new_data"
    assert [load.decided and load.decided.kind for load in House(home.settings).journal.held()] == ["superseded", "superseded"]
