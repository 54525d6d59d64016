"""What Prefect's server notices by itself: the automations that `serve` installed, on the real server and to a real webhook."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows.home.settings import Settings
from tests.flows.conftest import HOOK_PATH, Served

pytestmark = pytest.mark.server


@pytest.fixture
def settings(served: Served, prefect_here: None) -> Settings:
    return Settings(home=served.home, notify=SecretStr(f"http://127.0.0.1:{served.hook.port}{HOOK_PATH}"))


def there(served: Served) -> dict[str, dict[str, Any]]:
    found = {each["name"]: each for each in served.call("POST", "/automations/filter", {})}
    return {name: each for name, each in found.items() if name.startswith("Entrepot")}


def with_client(work: Callable[[Any], Awaitable[Any]]) -> Any:
    from prefect import get_client

    async def run() -> Any:
        async with get_client() as client:
            return await work(client)

    return asyncio.run(run())


def install(settings: Settings) -> None:
    from flows.scheduler import automations, channel

    async def work(client: Any) -> None:
        await automations.install(client, await channel.installed(settings, client))

    with_client(work)


def test_serve_installed_them_with_what_to_do_and_installing_again_changes_nothing(served: Served, settings: Settings) -> None:
    before = there(served)
    assert set(before) == {"Entrepot: the night is not finished", "Entrepot: upkeep failed"}
    assert all(each["enabled"] and "entrepot" in each["tags"] and len(each["description"]) > 40 for each in before.values())
    assert {each["actions"][0]["type"] for each in before.values()} == {"call-webhook"}

    install(settings)

    assert there(served) == before


def test_one_that_a_person_changed_is_mended_and_one_switched_off_stays_off(served: Served, settings: Settings) -> None:
    name = "Entrepot: upkeep failed"
    before = there(served)[name]
    served.call("PATCH", f"/automations/{before['id']}", {"enabled": False})
    served.call("PUT", f"/automations/{before['id']}", {
        **{part: before[part] for part in ("name", "tags", "trigger", "actions")}, "description": "another", "enabled": False})

    install(settings)

    after = there(served)[name]
    assert (after["id"], after["enabled"], after["description"]) == (before["id"], False, before["description"])
    served.call("PATCH", f"/automations/{before['id']}", {"enabled": True})


def test_without_a_channel_they_do_nothing_and_the_old_address_is_forgotten(
        served: Served, settings: Settings) -> None:
    blocks = {"block_documents": {"name": {"any_": ["entrepot"]}}}
    assert served.call("POST", "/block_documents/filter", blocks)

    install(Settings(home=served.home, notify=None))

    assert not served.call("POST", "/block_documents/filter", blocks)
    assert {each["actions"][0]["type"] for each in there(served).values()} == {"do-nothing"}
    install(settings)
    assert {each["actions"][0]["type"] for each in there(served).values()} == {"call-webhook"}


def test_a_night_that_does_not_finish_is_told_and_one_that_does_is_not(served: Served, settings: Settings) -> None:
    """As shipped but for its name and its 90 minutes; the run stands still from its start, as one that hangs."""
    from prefect.events import emit_event

    from flows.scheduler import automations, channel
    from flows.scheduler.events import NIGHT_FINISHED

    async def short(client: Any) -> None:
        action = await channel.installed(settings, client)
        wanted = automations.night_not_finished(timedelta(seconds=10)).automation(action)
        await automations.put(client, wanted.model_copy(update={"name": "synthetic short night"}))

    with_client(short)
    night = served.call("GET", "/deployments/name/nightly/kl-0200")
    before = len(served.hook.posts)

    def begin() -> str:
        run = served.call("POST", f"/deployments/{night['id']}/create_flow_run", {"state": {"type": "PENDING"}})
        return str(run["id"])

    def buckets() -> int:
        """Nights that are waited for."""
        import sqlite3

        with sqlite3.connect(f"file:{served.home / 'prefect' / 'prefect.db'}?mode=ro", uri=True) as con:
            return int(con.execute("SELECT count(*) FROM automation_bucket b JOIN automation a ON a.id = b.automation_id "
                                   "WHERE a.name = 'synthetic short night'").fetchone()[0])

    good = begin()
    served.wait(buckets, 30)
    emit_event(NIGHT_FINISHED, {"prefect.resource.id": "entrepot.night.synthetic"}, related=[
        {"prefect.resource.id": f"prefect.deployment.{night['id']}", "prefect.resource.role": "deployment",
         "prefect.resource.name": "kl-0200"}])
    served.wait(lambda: not buckets(), 60)
    assert len(served.hook.posts) == before

    hangs = begin()
    said = served.hook.wait_for("the night is not finished")

    assert "`entrepot status`" in said and len(served.hook.posts) == before + 1
    for run in (good, hangs):
        served.call("DELETE", f"/flow_runs/{run}")
    short_one = next(each for each in served.call("POST", "/automations/filter", {}) if each["name"] == "synthetic short night")
    served.call("DELETE", f"/automations/{short_one['id']}")


def test_upkeep_that_fails_is_told_with_its_reason(served: Served, settings: Settings, tmp_path: Path) -> None:
    from flows.scheduler.maintenance_flows import maintain

    state = asyncio.run(_state(maintain(home=str(tmp_path), return_state=True)))

    assert state.name == "EntrepotError" and state.message.startswith("nothing is loaded yet in")
    said = served.hook.wait_for("EntrepotError: nothing is loaded yet")
    assert said.startswith("Entrepot: maintain 20")


async def _state(run: Any) -> Any:
    return await run
