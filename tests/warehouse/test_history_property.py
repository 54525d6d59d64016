"""Whatever comes in whatever order: our history, DuckLake's time travel, a naive model and a rebuild tell the same story."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from connectors.contract import Ask, Connector, Wanted
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import decisions, pipeline, rebuild
from tests.warehouse.synthetic import CONSTANTS, PUBLISHER, SYNTHETIC, figures
from tests.warehouse.synthetic_publisher import URL, editions, publish_edition
from warehouse.history.past import ducklake_version
from warehouse.lake.opening import Place, connect
from warehouse.schema.errors import PublisherError
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document

PARTNERS, MONTHS = ("MYS", "VNM", "THA"), ("2024-01", "2024-02", "2024-03")
KEYS = [(partner, month) for partner in PARTNERS for month in MONTHS]
START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = int(os.environ.get("ENTREPOT_HISTORY_STEPS", "8"))
EXAMPLES = int(os.environ.get("ENTREPOT_HISTORY_EXAMPLES", "7"))


class SyntheticDocuments(Connector):
    """One dataset from JSON documents that say their rows, their scope and their release. Made up, and named so."""

    publisher = "synthetic"
    about = PUBLISHER
    datasets: Sequence[Dataset] = (replace(SYNTHETIC, dataset="synthetic.one", floor_rows=0),)
    parser_version = 1

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return ()  # the test archives the documents itself

    def recognise(self, head: bytes, name: str) -> str | None:
        return None

    def parse(self, document: Document, out: Sink) -> None:
        said = json.loads(document.body)
        frames = [figures({month: value}, partners=(partner,)) for partner, month, value in said["rows"]]
        released = datetime.fromisoformat(said["released"]) if said["released"] else None
        out.put(Batch("synthetic.one", "all", [pl.concat(frames)] if frames else [figures({})], CONSTANTS,
                      scope={} if said["whole"] else None, released_at=released, released_basis="page" if released else None))

    def read_cell(self, document: Document, locator: str) -> str:
        raise PublisherError("synthetic documents have no cells")


class History(RuleBasedStateMachine):
    """Batches with revisions, withdrawals, returns, back-loads and duplicates, and restores, against a dictionary."""

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="history-"))
        self.now = START
        clock.now = self._tick  # type: ignore[assignment]
        made: dict[str, Any] = {"synthetic": SyntheticDocuments()}
        registry.connectors = lambda: made  # type: ignore[assignment]
        registry.datasets.cache_clear()
        self.house = House(Settings(home=self.root))
        self.model: dict[tuple[str, str], tuple[int, datetime, bool]] = {}
        """Figure, release, and whether the release is only known to lie *between* two sights."""
        self.gone: dict[tuple[str, str], tuple[datetime, bool]] = {}
        self.stamps: dict[tuple[str, str], datetime] = {}
        """The newest stamp of each key that is not ``between``."""
        self.states: dict[int, dict[tuple[str, str], int]] = {}

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def teardown(self) -> None:
        if not hasattr(self, "root"):
            return
        if self.states:
            self._history_is_time_travel()
            self._rebuild_is_equal()
        shutil.rmtree(self.root, ignore_errors=True)

    @rule(chosen=st.sets(st.sampled_from(KEYS), min_size=1), values=st.lists(st.integers(100, 105), min_size=9, max_size=9),
          whole=st.booleans(), released=st.one_of(st.none(), st.integers(1, 40)))
    def a_document_arrives(self, chosen: set[tuple[str, str]], values: list[int], whole: bool, released: int | None) -> None:
        rows = {key: value for key, value in zip(KEYS, values, strict=True) if key in chosen}
        at = START - timedelta(days=released) if released is not None else None
        body = json.dumps({"rows": [[*key, value] for key, value in rows.items()], "whole": whole,
                           "released": at.isoformat() if at else None}).encode()
        known = {fetch.fetch_id for fetch in self.house.archive.fetches()}
        kept = self.house.archive.keep(body, url="http://synthetic.invalid/", dataset="synthetic.one", asked_at=clock.now(),
                                       status=200, origin_kind="fetched")
        for outcome in pipeline.load(self.house, [pipeline.parse(self.house, kept.fetch_id)]):
            assert outcome.result in ("new_data", "no_change", "held"), outcome
            if outcome.result == "held":
                assert outcome.held is not None
                decisions.accept(self.house, outcome.held, "the test wants it")
        if kept.fetch_id not in known:  # what still stands there brings nothing again, and so does not undo a person's restore
            self._model(rows, whole, at, kept.asked_at)
        self._remember()

    def _model(self, rows: dict[tuple[str, str], int], whole: bool, stamp: datetime | None, seen: datetime) -> None:
        released = stamp or seen
        before = dict(self.stamps)
        for key, value in rows.items():
            same_stamp = before.get(key) == released
            held = self.model.get(key)
            if held is None:
                gone_at, gone_between = self.gone.get(key, (released, False))
                if released >= gone_at or (same_stamp and gone_between):
                    silent = same_stamp and gone_between
                    back = key in self.gone
                    self._version(key, value, seen if silent else released, silent or (stamp is None and back))
                    self.gone.pop(key, None)
            elif held[0] != value and (released >= held[1] or (same_stamp and held[2])):
                self._version(key, value, seen if same_stamp else released, same_stamp or stamp is None)
        if whole:
            for key in set(self.model) - set(rows):
                _, at, between = self.model[key]
                if at <= released or (between and before.get(key) == released):
                    del self.model[key]
                    self.gone[key] = (seen, True) if at >= released else (released, stamp is None)

    def _version(self, key: tuple[str, str], value: int, released: datetime, between: bool) -> None:
        self.model[key] = (value, released, between)
        if not between:
            self.stamps[key] = max(released, self.stamps.get(key, released))

    def _remember(self) -> None:
        con = connect(self.house.place)
        ((number,),) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()
        con.close()
        content = {key: value for key, (value, *_) in self.model.items()}
        if number:
            if number in self.states:
                assert self.states[number] == content, "the figures changed without a snapshot"
            self.states[number] = content

    @precondition(lambda self: len(self.states) > 1)
    @rule(data=st.data())
    def a_person_restores(self, data: st.DataObject) -> None:
        to = data.draw(st.sampled_from(sorted(self.states)))
        decisions.restore(self.house, str(to), None, "the test wants it")
        con = connect(self.house.place)
        released = {(p, f"{m:%Y-%m}"): (at, basis == "between") for p, m, at, basis in con.execute(
            "SELECT partner, period_start, released_at, released_basis FROM stats.trade").fetchall()}
        con.close()
        self.model = {key: (value, *released[key]) for key, value in self.states[to].items()}
        self.gone = self._withdrawn()
        self._remember()

    def _withdrawn(self) -> dict[tuple[str, str], tuple[datetime, bool]]:
        """When each absent row was last withdrawn by the publisher: a person's restore is no withdrawal."""
        con = connect(self.house.place)
        found = con.execute("SELECT partner, period_start, max(released_at), max_by(released_basis, (released_at, old_version_no)) "
                            "FROM stats.trade_revision WHERE change_kind = 'withdrawn' GROUP BY ALL").fetchall()
        con.close()
        return {(p, f"{m:%Y-%m}"): (at, basis == "between") for p, m, at, basis in found if (p, f"{m:%Y-%m}") not in self.model}

    @invariant()
    def the_present_is_the_models(self) -> None:
        if getattr(self, "states", None):
            con = connect(self.house.place)
            held = {(p, f"{m:%Y-%m}"): int(v) for p, m, v in con.execute(
                "SELECT partner, period_start, value FROM stats.trade").fetchall()}
            con.close()
            assert held == {key: value for key, (value, *_) in self.model.items()}

    def _history_is_time_travel(self) -> None:
        con = connect(self.house.place)
        for number, content in self.states.items():
            folded = con.execute("""
                SELECT t.version_id, t.partner, t.period_start, t.value FROM stats.trade t JOIN ops.load l USING (load_id)
                WHERE l.snapshot <= $1
                UNION ALL
                SELECT r.old_version_id, r.partner, r.period_start, r.old_value FROM stats.trade_revision r
                JOIN ops.load a ON a.load_id = r.old_load_id JOIN ops.load b ON b.load_id = r.load_id
                WHERE r.old_version_id IS NOT NULL AND a.snapshot <= $1 AND b.snapshot > $1 ORDER BY ALL""", [number]).fetchall()
            travelled = con.execute(f"SELECT version_id, partner, period_start, value FROM stats.trade "
                                    f"AT (VERSION => {ducklake_version(con, number)}) ORDER BY ALL").fetchall()
            assert folded == travelled, f"snapshot {number}"
            assert {(p, f"{m:%Y-%m}"): int(v) for _, p, m, v in travelled} == content, f"snapshot {number}"
        ids = con.execute("SELECT version_id FROM mart.versions").fetchall()
        assert len(ids) == len(set(ids)), "a version number was given twice"
        con.close()

    def _rebuild_is_equal(self) -> None:
        made = Place(self.root / "rebuilt")
        rebuild.replay(self.house, made)
        assert rebuild.compare(self.house.place, made) == {}


@pytest.mark.timeout(300 + 4 * EXAMPLES * STEPS)
def test_any_sequence_of_batches_and_restores_keeps_its_history(monkeypatch: pytest.MonkeyPatch) -> None:
    # Put back by monkeypatch when the test ends: the machine replaces them for each of its runs.
    monkeypatch.setattr(clock, "now", clock.now)
    monkeypatch.setattr(registry, "connectors", registry.connectors)
    run_state_machine_as_test(History, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a history of commits and rebuilds takes longer than to read it
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]))
    registry.datasets.cache_clear()


def test_an_older_copy_that_a_person_accepted_is_rebuilt_with_its_check(house: House, tmp_path: Path) -> None:
    held = [outcome.held for outcome in publish_edition(house, 0) if outcome.held is not None]  # the second edition stood there
    assert held
    for number in held:
        decisions.accept(house, number, "the test wants it")
    _rebuilt_with_its_stale_check(house, tmp_path)


def test_an_older_copy_whose_load_a_crash_kept_from_the_journal_is_rebuilt_with_its_check(house: House, tmp_path: Path,
                                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    held = [outcome.held for outcome in publish_edition(house, 0) if outcome.held is not None]
    with monkeypatch.context() as crashing:
        crashing.setattr("flows.run.bookkeeping.committed_entry", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            decisions.accept(house, held[0], "the test wants it")
    _rebuilt_with_its_stale_check(house, tmp_path)


def _rebuilt_with_its_stale_check(house: House, tmp_path: Path) -> None:
    made = Place(tmp_path / "rebuilt")
    rebuild.replay(house, made)
    con = connect(made)
    assert con.execute("SELECT count(*) FROM ops.check_result WHERE check_name = 'stale'").fetchall() != [(0,)]
    con.close()
    assert rebuild.compare(house.place, made) == {}


def test_the_same_new_bytes_brought_by_two_who_asked_at_once_are_no_older_copy(house: House, tmp_path: Path) -> None:
    other = House(Settings(home=house.root))
    assert len(other.archive.fetches()) == 2  # it does not see what the first keeps from here on
    body = editions()[1].replace(b"301", b"300")
    asked = [each.archive.keep(body, url=URL, dataset="synthetic.one", asked_at=clock.now(), status=200, origin_kind="fetched")
             for each in (house, other)]
    assert asked[0].fetch_id != asked[1].fetch_id
    late = House(Settings(home=house.root))  # it knows both, and loads the later one first
    for fetch in reversed(asked):
        found = pipeline.load(late, [pipeline.parse(late, fetch.fetch_id)])
        assert not [outcome for outcome in found if outcome.result == "held"]
    made = Place(tmp_path / "rebuilt")
    rebuild.replay(late, made)
    assert rebuild.compare(late.place, made) == {}
