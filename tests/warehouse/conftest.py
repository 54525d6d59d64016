"""A synthetic home that was lived in: loads, a flush between them, revisions and a withdrawal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from tests.warehouse.synthetic_publisher import publish_edition, use_synthetic_publisher
from warehouse.lake.opening import writer


@pytest.fixture
def synthetic_publisher() -> Iterator[None]:
    """The synthetic publisher in the place of the real ones, for one test."""
    were = registry.connectors
    use_synthetic_publisher()
    yield
    registry.connectors = were
    registry.datasets.cache_clear()


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two editions of two datasets; the first is in files, the second still in the catalogue."""
    home = tmp_path_factory.mktemp("synthetic-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "connectors", registry.connectors)
        use_synthetic_publisher()
        house = House(Settings(home=home))
        publish_edition(house, 0)
        with writer(house.place, "test") as lake:
            lake.flush()
            house.place.publish()
        publish_edition(house, 1)
        registry.datasets.cache_clear()
    return home


@pytest.fixture
def house(lived_in: Path, tmp_path: Path, synthetic_publisher: None) -> House:
    """That home, one's own copy of it."""
    shutil.copytree(lived_in, tmp_path / "home", symlinks=True)
    return House(Settings(home=tmp_path / "home"))
