"""What a person sees at seven in the morning: Prefect's page of a night in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import REPOSITORY, Served
from tests.flows.nights import Run

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.server, pytest.mark.browser]


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"there is no browser at {CHROMIUM}")
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-background-networking", "--disable-gpu"])
        opened = browser.new_page(viewport={"width": 1400, "height": 1000})
        opened.set_default_timeout(30_000)
        yield opened
        browser.close()


def test_the_page_of_a_night_shows_its_verdict_runs_and_artifacts(served: Served, broken_night: Run, page: Any) -> None:
    shots = REPOSITORY / "artifacts"
    shots.mkdir(exist_ok=True)
    page.goto(f"http://127.0.0.1:{served.port}/runs/flow-run/{broken_night.id}")
    page.get_by_text(broken_night.name).first.wait_for()
    page.get_by_text("Needs attention").first.wait_for()
    page.wait_for_timeout(2_000)  # the timeline is drawn on a canvas: there is no text to wait for
    page.screenshot(path=shots / "prefect-nightly.png")

    page.get_by_text("Subflow Runs", exact=True).click()
    for child in broken_night.children:
        page.get_by_text(child.name, exact=True).first.wait_for()
        page.get_by_text(child.state_name, exact=True).first.wait_for()

    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text("morning", exact=True).first.wait_for()
    page.get_by_text("changes", exact=True).first.wait_for()


def test_the_page_of_one_publisher_shows_its_four_tasks(served: Served, broken_night: Run, page: Any) -> None:
    broken = broken_night.children[1]
    page.goto(f"http://127.0.0.1:{served.port}/runs/flow-run/{broken.id}")

    page.get_by_text("Task Runs", exact=True).click()

    for task in ("fetch ecb", "parse ecb", "commit ecb", "report ecb"):
        page.get_by_text(task, exact=True).first.wait_for()
    page.get_by_text("Unavailable", exact=True).first.wait_for()


def test_the_morning_page_is_readable(served: Served, broken_night: Run, page: Any) -> None:
    found = served.call("POST", "/artifacts/filter",
                        {"artifacts": {"flow_run_id": {"any_": [broken_night.id]}, "key": {"any_": ["morning"]}}})
    page.goto(f"http://127.0.0.1:{served.port}/artifacts/artifact/{found[0]['id']}")

    page.get_by_role("heading", name="To do").wait_for()
    page.get_by_role("cell", name="dosm.headline").first.wait_for()
    page.screenshot(path=REPOSITORY / "artifacts" / "prefect-morning.png", full_page=True)
