"""Random lives of a home whose parser changes: whatever people decide, what is journalled is what became of it.

A model is kept beside the home: which figures stand, which held load was decided how. Seeded; ``make soak`` lives longer
(ENTREPOT_SOAK_HUMAN is the number of steps).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import decisions
from flows.run.rebuild import replace_lake
from flows.run.replaying import replay
from tests.warehouse.changing_publisher import ChangingPublisher, Reading, bring, use_changing_publisher, whole
from warehouse.lake.opening import connect
from warehouse.schema.errors import EntrepotError, UsageError
from warehouse.upkeep.verify import verify

STEPS = int(os.environ.get("ENTREPOT_SOAK_HUMAN", "6"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))
ROWS = ("MYS_2024_01", "VNM_2024_02", "THA_2024_03")


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChangingPublisher]:
    monkeypatch.setattr(registry, "connectors", registry.connectors)  # what it was comes back after the test
    yield use_changing_publisher()
    registry.datasets.cache_clear()


def _figures(house: House) -> dict[tuple[str, str], float]:
    con = connect(house.place)
    try:
        return {(partner, month): float(value) for partner, month, value in con.execute(
            "SELECT partner, strftime(period_start, '%Y-%m'), value FROM stats.trade").fetchall()}
    finally:
        con.close()


class Life:
    """A home, its parser, and what a person would say of it."""

    def __init__(self, house: House, publisher: ChangingPublisher, chance: random.Random) -> None:
        self.house, self.publisher, self.chance = house, publisher, chance
        self.edition = 0
        self.tags = 0

    def fresh(self) -> House:
        self.house = House(self.house.settings)
        return self.house

    def changes_the_parser(self) -> None:
        before = self.publisher.reading
        self.publisher.reading = self.chance.choice([
            Reading(before.version), Reading(before.version, refuses=True), Reading(before.version, renames=True),
            Reading(before.version, blind=frozenset({"MYS 2024-01"})), Reading(before.version + 1, adds=before.adds)])

    def loads(self) -> None:
        self.edition += 1
        bring(self.house, whole(**{self.chance.choice(ROWS): 100 + self.edition}))

    def is_held(self) -> None:
        bring(self.house, whole(100_000 + self.edition))

    def accepts(self) -> None:
        waiting = [load.number for load in self.house.journal.held() if load.decided is None]
        if not waiting:
            return
        number, before = waiting[-1], _figures(self.house)
        try:
            outcomes = decisions.accept(self.house, number, "a test")
        except UsageError:
            outcomes = []
        decided = self.fresh().journal.held_load(number).decided
        came = {outcome.result for outcome in outcomes} & {"new_data", "no_change"}
        assert (decided is not None and decided.kind == "accepted") == bool(came), (outcomes, decided)
        if not came:
            assert _figures(self.house) == before

    def rejects(self) -> None:
        waiting = [load.number for load in self.house.journal.held() if load.decided is None]
        if waiting:
            before = _figures(self.house)
            decisions.reject(self.house, waiting[0], "a test")
            assert _figures(self.fresh()) == before

    def replays(self) -> None:
        con = connect(self.house.place)
        waiting = {f"{partner} {month}" for (locator,) in con.execute(
            "SELECT locator FROM ops.quarantine WHERE replayed_by IS NULL").fetchall()
            for partner, month in [(locator.split("(")[1].split()[0], locator.split("(")[1].split()[1][:7])]}
        con.close()
        before = _figures(self.house)
        replay(self.house, None)
        after = _figures(self.fresh())
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert {f"{partner} {month}" for partner, month in changed} <= waiting

    def restores(self) -> None:
        con = connect(self.house.place)
        (newest,) = con.execute("SELECT max(snapshot) FROM ops.load").fetchall()[0]
        con.close()
        decisions.restore(self.house, str(self.chance.randint(1, newest)), ["synthetic"], "a test")

    def tags_and_frees(self) -> None:
        self.tags += 1
        decisions.tag(self.house, f"turn-{self.tags}", "1", "")
        if self.tags % 2:
            decisions.untag(self.house, f"turn-{self.tags}")

    def rebuilds(self) -> None:
        try:
            replace_lake(self.house)
        except EntrepotError as error:
            assert self.publisher.reading.refuses or "no longer gives" in str(error), error

    def holds(self, step: str) -> None:
        house = self.fresh()
        findings = [f.said for proof in verify(house.place, house.archive, house.journal).proofs for f in proof.findings]
        assert findings == [], f"after {step}: {findings}"


ACTIONS = ("changes_the_parser", "changes_the_parser", "loads", "loads", "is_held", "accepts", "rejects", "replays", "restores",
           "tags_and_frees", "rebuilds")


@pytest.mark.timeout(7200)
def test_what_is_journalled_is_what_became_of_it(publisher: ChangingPublisher, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    life = Life(House(Settings(home=tmp_path / "home")), publisher, chance)
    publisher.reading.blind = frozenset({"MYS 2024-01"})
    life.loads()
    done: list[Any] = ["loads"]
    for _ in range(STEPS):
        done.append(chance.choice(ACTIONS))
        getattr(life, done[-1])()
        life.holds(" > ".join(done))
