"""Homes and publishers for the whole road."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.publishers import Publishers


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    """The publishers, simulated: nothing is served yet."""
    with Publishers() as simulated:
        yield simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Home:
    """An empty home that reaches the simulator only."""
    return Home(tmp_path / "home", publishers)
