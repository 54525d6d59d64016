"""A night by the schedule of the real deployment, on the wall clock: what it tells whom, and that no secret is read anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import zstandard

from flows.home.house import House
from flows.home.settings import Settings
from tests.flows.conftest import SECRETS, Served
from warehouse.archive.journal import Journal
from warehouse.archive.store import Folder
from warehouse.lake.opening import connect

pytestmark = pytest.mark.server


def events(served: Served, name: str, resource: str = "") -> list[dict[str, Any]]:
    """Events of a name, newest first, perhaps of one resource: the server gives fifty at most."""
    wanted: dict[str, Any] = {"event": {"name": [name]}} | ({"resource": {"id": [resource]}} if resource else {})
    found: list[dict[str, Any]] = served.call("POST", "/events/filter", {"filter": wanted, "limit": 50})["events"]
    return found


def run(served: Served, deployment: str, **parameters: Any) -> dict[str, Any]:
    """A run of a deployment by hand, to its end."""
    known = served.call("GET", f"/deployments/name/{deployment}")
    asked = served.call("POST", f"/deployments/{known['id']}/create_flow_run", {"parameters": parameters, "state": {"type": "SCHEDULED"}})
    found: dict[str, Any] = served.wait(lambda: (now := served.call("GET", f"/flow_runs/{asked['id']}"))["state_type"] in (
        "COMPLETED", "FAILED", "CRASHED", "CANCELLED") and now)
    return found


def test_the_schedule_begins_a_night_by_itself(scheduled_night: dict[str, Any]) -> None:
    assert scheduled_night["auto_scheduled"] and "why:nightly" in scheduled_night["tags"]
    assert (scheduled_night["state_type"], scheduled_night["state_name"]) == ("FAILED", "Needs attention")


def test_a_wall_is_told_with_the_command_that_mends_it(served: Served, scheduled_night: dict[str, Any]) -> None:
    said = served.hook.wait_for("Challenged")

    assert re.search(r"^\d\. gacc\S* Challenged: .*`entrepot import FILE --source gacc", said, re.MULTILINE), said
    assert len([text for text in served.hook.texts() if "Challenged" in text]) == 1


def test_the_night_and_what_it_loaded_are_events(served: Served, scheduled_night: dict[str, Any]) -> None:
    def of_this_night(name: str) -> list[dict[str, Any]]:
        mine = f"prefect.deployment.{scheduled_night['deployment_id']}"
        return [each for each in events(served, name) if mine in {one["prefect.resource.id"] for one in each["related"]}]

    (night,) = served.wait(lambda: [each for each in of_this_night("entrepot.night.finished") if "state" in each["payload"]], 30)
    assert (night["payload"]["state"], night["payload"]["do"]) == ("Needs attention", "entrepot status")
    failed = served.wait(lambda: of_this_night("entrepot.dataset.failed"), 30)
    assert {each["payload"]["error"] for each in failed} >= {"Challenged"}
    # Loads are told by the run of their publisher, which has no deployment of its own: here those of the hour of this night.
    begun, ended = (datetime.fromisoformat(scheduled_night[name]) for name in ("start_time", "end_time"))
    (dosm,) = served.wait(lambda: [each for each in events(served, "entrepot.snapshot.committed", "entrepot.dataset.dosm.headline")
                                   if begun <= datetime.fromisoformat(each["occurred"]) <= ended], 60)
    assert re.fullmatch(r"entrepot snapshots show \d+", dosm["payload"]["do"]) and dosm["payload"]["new"] == 840


def test_upkeep_runs_as_deployments(served: Served, scheduled_night: dict[str, Any]) -> None:
    assert run(served, "maintain/sunday")["state_type"] == "COMPLETED"
    done = run(served, "publish/on-demand")
    assert done["state_type"] == "COMPLETED" and "current.duckdb" in done["state"]["message"]
    assert (served.home / "current.duckdb").exists()


def test_no_secret_is_read_anywhere(served: Served, scheduled_night: dict[str, Any]) -> None:
    looked_at = 0
    for name, body in _everything(served.home):
        looked_at += 1
        assert not [secret for secret in SECRETS if secret.encode() in body], name
    said = served.said.read_bytes()
    assert looked_at > 20 and not [secret for secret in SECRETS if secret.encode() in said]
    assert {each.kind for each in Journal(Folder(served.home / "archive")).entries()} >= {"announced", "outcome"}


def _everything(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a home as it is; what is packed, unpacked; every table of the lake and of what was exported, as text."""
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            body = path.read_bytes()
            yield str(path), body
            if path.suffix == ".zst":
                yield f"{path}, unpacked", zstandard.ZstdDecompressor().stream_reader(body).read()
    lake = connect(House(Settings(home=home)).place)
    yield from _tables(lake, "the lake")
    yield from _tables(duckdb.connect(str(home / "current.duckdb"), read_only=True), "current.duckdb")


def _tables(con: duckdb.DuckDBPyConnection, where: str) -> Iterator[tuple[str, bytes]]:
    found = con.execute("SELECT DISTINCT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
                        "AND table_schema IN ('stats', 'ops', 'ref', 'news')").fetchall()
    assert found
    for schema, table in found:
        yield f"{where}: {schema}.{table}", repr(con.execute(f'FROM "{schema}"."{table}"').fetchall()).encode()
