"""What tests of several connectors need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from tests.publishers import Publishers


class Office(Protocol):
    """A simulated publisher with figures of its own."""

    def open(self, publishers: Publishers) -> None: ...


@pytest.fixture
def publishers(office: Office) -> Iterator[Publishers]:
    """The simulator, with the module's ``office`` open in it."""
    with Publishers() as simulated:
        office.open(simulated)
        yield simulated
