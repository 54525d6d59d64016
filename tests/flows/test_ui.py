"""What a person sees at seven in the morning: Prefect's page of a night in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.flows.conftest import PASSWORD, Served, break_a_night
from tests.flows.nights import Run
from tests.screens import keep

pytestmark = [pytest.mark.server, pytest.mark.browser]


@pytest.fixture(scope="module")
def broken_night(served: Served, prefect_here: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The newest of all: what a person finds on top in the morning."""
    return break_a_night(served, tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="module")
def page(browser: Any) -> Any:
    """Of a person who has typed the password before."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened.set_default_timeout(90_000)
    opened.add_init_script(f"localStorage.setItem('prefect-password', btoa('{PASSWORD}'))")
    return opened


def shot(page: Any, name: str) -> None:
    """A picture for whoever looks at CI."""
    keep(page, f"prefect-{name}", whole=False)


def test_the_ui_asks_for_the_password_and_takes_it(served: Served, broken_night: Run, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(90_000)
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.locator("input").first.wait_for()
    shot(page, "login")
    assert not page.get_by_text("nightly", exact=True).count()

    page.locator("input").first.fill(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("button", name="nightly").first.wait_for()
    page.close()


def test_from_the_first_page_two_clicks_say_what_went_wrong_and_what_to_type(
        served: Served, broken_night: Run, page: Any) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.get_by_role("button", name="nightly").first.wait_for()
    shot(page, "click-0-first-page")

    page.get_by_role("button", name="nightly").first.click()
    page.get_by_text(broken_night.name, exact=True).first.wait_for()
    shot(page, "click-1-red-nights")
    page.get_by_text(broken_night.name, exact=True).first.click()

    page.get_by_text("Needs attention").first.wait_for()
    to_do = page.get_by_text(re.compile(r"to do 1: \S+ .*`entrepot [a-z]+[ `]")).first
    to_do.wait_for()
    to_do.scroll_into_view_if_needed()
    shot(page, "click-2-what-to-type")
    page.get_by_text("Artifacts", exact=True).click()
    page.get_by_text("morning", exact=True).first.wait_for()
    shot(page, "click-3-artifacts")


def test_from_the_first_page_one_click_shows_the_newest_morning_page(served: Served, broken_night: Run, page: Any) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.get_by_role("link", name="Last night's page").click()

    page.get_by_role("heading", name="To do").wait_for()
    found = served.call("POST", "/artifacts/filter", {"sort": "CREATED_DESC", "limit": 1, "artifacts": {"key": {"any_": ["morning"]}}})
    assert page.url.endswith(f"/artifacts/artifact/{found[0]['id']}")
    shot(page, "one-click-to-the-morning")


def test_the_page_of_a_night_shows_its_verdict_runs_and_artifacts(served: Served, broken_night: Run, page: Any) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/runs/flow-run/{broken_night.id}")
    page.get_by_text(broken_night.name).first.wait_for()
    page.get_by_text("Needs attention").first.wait_for()
    page.wait_for_timeout(2_000)  # the timeline is drawn on a canvas: there is no text to wait for
    shot(page, "nightly")

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
    shot(page, "morning")
