"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import servers

os.environ.pop("COLUMNS", None)  # else what the tests read would be broken at the width of the terminal that they were begun in

ALONE = ("tests/flows/test_month.py", "tests/flows/test_workers.py")
"""They have servers of their own, and take longest: they come first, each beside all others."""

LONG = (*ALONE, *(f"tests/{name}.py" for name in (
    "test_smoke", "e2e/test_adding_a_publisher", "e2e/test_month_of_all", "e2e/test_old_homes", "e2e/test_slips",
    "e2e/test_third_party", "e2e/test_turns",
    "warehouse/test_damage", "warehouse/test_decisions_random", "warehouse/test_history_property", "warehouse/test_kill",
    "warehouse/test_kill_commands", "warehouse/test_locks", "warehouse/test_locks_served", "warehouse/test_maintain",
    "warehouse/test_outgrown", "warehouse/test_soak")))
"""Kills, random histories, months, old homes, fresh environments, servers of the outgrown form: ``make long``, which CI runs as well."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what is long, so that ``-m "not long"`` leaves it out."""
    if item.nodeid.startswith(LONG):
        item.add_marker("long")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits comes first, so that it waits beside what works."""
    items.sort(key=lambda item: 0 if item.nodeid.startswith(ALONE) else 1 if item.nodeid.startswith("tests/flows/") else 2)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process runs all of a file's tests, so that its fixtures are made once; all that share the Prefect server run in one.

    A scheduler of our own, since xdist 3.8 overlooks its mark ``xdist_group`` with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "tests/flows" if file.startswith("tests/flows/") and file not in ALONE else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The publishers' real files; not part of the repository."""
    root = Path(os.environ.get("ENTREPOT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
    if not root.is_dir():
        pytest.skip("the publishers' real files are not here")
    return root


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A real PostgreSQL, one for the session."""
    if why := servers.missing():
        pytest.skip(f"no PostgreSQL and object store here: {why}")
    server = servers.Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def objects() -> Iterator[servers.ObjectStore]:
    """A real S3-compatible store, one for the session."""
    if why := servers.missing():
        pytest.skip(f"no PostgreSQL and object store here: {why}")
    server = servers.ObjectStore()
    yield server
    server.remove()


CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real one, for no longer than a file's tests: while it is open no other event loop runs in this process."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-background-networking", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(params=servers.FORMS)
def form(request: pytest.FixtureRequest) -> servers.Form:
    """Both forms of a home: all on this machine, and outgrown it. Each test gets a database and a prefix of its own."""
    if request.param == "embedded":
        return servers.Form()
    return servers.served(request.getfixturevalue("postgres"), request.getfixturevalue("objects"))
