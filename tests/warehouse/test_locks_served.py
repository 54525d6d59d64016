"""The lock on everything, on a real PostgreSQL: a rebuild holds it from its first look at the journal to the switch."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.run import rebuild
from tests import servers
from tests.servers import Form
from tests.warehouse.test_outgrown import bring, holds
from warehouse.lake import migrate
from warehouse.lake.opening import writing
from warehouse.schema.errors import LakeDamaged

pytestmark = pytest.mark.usefixtures("synthetic_publisher")


@pytest.fixture
def served(postgres: servers.Postgres, objects: servers.ObjectStore) -> Form:
    return servers.served(postgres, objects)


def test_a_lake_that_another_run_is_making_is_no_lake_whose_journal_is_gone(
        served: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, applied, seen = served.house(tmp_path / "a"), migrate._apply, []

    def beside(*arguments: Any) -> None:
        applied(*arguments)
        served.house(tmp_path / "b").make_sure()
        seen.append(arguments[1])

    monkeypatch.setattr(migrate, "_apply", beside)
    bring(house, ("one",), 0)
    assert len(seen) > 2 and house.journal.committed()


def test_a_load_beside_a_rebuild_waits_and_a_lake_that_is_gone_is_no_empty_one(
        served: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, other = served.house(tmp_path / "a"), served.house(tmp_path / "b")
    bring(house, ("one", "two"), 0)
    made, loaded = rebuild._made, []
    thread = threading.Thread(target=lambda: loaded.extend(bring(other, ("one",), 1)))

    def beside(*arguments: Any) -> Any:
        thread.start()
        found = made(*arguments)
        assert not loaded and "entrepot rebuild" in (writing(house.place) or "")
        return found

    monkeypatch.setattr(rebuild, "_made", beside)
    assert "2 loads replayed" in rebuild.replace_lake(house)
    thread.join()
    monkeypatch.setattr(rebuild, "_made", made)
    assert [outcome.result for outcome in loaded] == ["new_data"]
    fresh = House(house.settings)
    assert len(fresh.journal.committed()) == 3
    holds(fresh)

    with fresh.place.session() as session:  # type: ignore[union-attr]
        session.execute("DROP SCHEMA entrepot CASCADE")
    for load in (lambda: bring(House(house.settings), ("one",), 2), lambda: House(house.settings).make_sure()):
        with pytest.raises(LakeDamaged, match=r"the lake is gone.*3 loads.*entrepot rebuild"):
            load()
    assert not House(house.settings).place.exists()
    assert "3 loads replayed" in rebuild.replace_lake(House(house.settings))
    bring(House(house.settings), ("one",), 2)  # sweeps the files of the lake whose catalogue was dropped
    holds(House(house.settings))
