"""Homes and publishers for the whole road."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline, serve_gacc
from tests.publishers import Publishers

ALL = ("gacc.prelim", "dosm.headline")


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    """The publishers, simulated: nothing is served yet."""
    with Publishers() as simulated:
        yield simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Home:
    """An empty home that reaches the simulator only."""
    return Home(tmp_path / "home", publishers)


def serve_all(publishers: Publishers) -> None:
    """Synthetic: a page of GACC for March 2026, DOSM's headline file."""
    serve_gacc(publishers, 3)
    publishers.serve(HEADLINE, headline(), "text/csv")


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that has loaded what ``serve_all`` serves: to be copied, never to be written to."""
    with Publishers() as publishers:
        serve_all(publishers)
        home = Home(tmp_path_factory.mktemp("filled") / "home", publishers)
        said = home.run("refresh", *ALL)
    assert said.code == 0, said.text
    return home


@pytest.fixture
def filled(filled_once: Home, tmp_path: Path, publishers: Publishers) -> Home:
    """A home of its own with synthetic figures in it, and publishers that serve the same once more."""
    serve_all(publishers)
    return filled_once.copied(tmp_path / "home", publishers)


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose demo was loaded from the shipped sample: to be read, or copied."""
    home = Home(tmp_path_factory.mktemp("demo") / "home")
    said = home.run("--demo", "refresh")
    assert said.code == 0, said.text
    return home
