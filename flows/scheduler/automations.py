"""The automations that ``serve`` installs in Prefect's server: for what has to be noticed when nothing of ours runs.

What a run itself can see (a load that is held, a release that is late) it tells on its own (``notices``), so that a message
is told again until it arrives. Here is what only a bystander sees, as data. Installing twice changes nothing; whether one
is switched on is up to the person at the UI.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from flows.scheduler.events import NIGHT_FINISHED

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.events.actions import ActionTypes

log = logging.getLogger("entrepot")


@dataclass(frozen=True)
class Shipped:
    """One automation; ``channel`` makes its action of title and text."""

    name: str
    description: str
    trigger: EventTrigger
    title: str
    text: str

    def automation(self, action: Callable[[str, str], ActionTypes]) -> AutomationCore:
        return AutomationCore(name=self.name, description=self.description, trigger=self.trigger, tags=["entrepot"],
                              actions=[action(self.title, self.text)])


NIGHT_WITHIN = timedelta(minutes=90)


def night_not_finished(within: timedelta = NIGHT_WITHIN) -> Shipped:
    """From 02:00, when the night's run is taken up or found late, to 03:30."""
    return Shipped(
        "Entrepot: the night is not finished",
        "A night that began at 02:00, or should have, has not ended by 03:30: it hangs, was cut off, or nobody carried it out. "
        "Open its run; `entrepot status` says how the data stand. Nothing stored is lost, and the next night makes up for it.",
        EventTrigger(
            posture=Posture.Proactive, after={"prefect.flow-run.Pending", "prefect.flow-run.Late"}, expect={NIGHT_FINISHED},
            match_related=[{"prefect.resource.role": "deployment", "prefect.resource.name": "kl-0200"}],
            threshold=1, within=within),
        "Entrepot: the night is not finished",
        f"No {NIGHT_FINISHED} within {within.total_seconds() / 60:.0f} minutes of its start. Open the run in the UI; how the data "
        "stand: `entrepot status`; what is wrong here: `entrepot doctor`")


def upkeep_failed() -> Shipped:
    """Maintenance and publishing have no morning page."""
    return Shipped(
        "Entrepot: upkeep failed",
        "A run of maintain or publish ended red. Its message says why, with the command to type; the figures are not touched.",
        EventTrigger(
            posture=Posture.Reactive, expect={"prefect.flow-run.*"}, threshold=1, within=timedelta(0),
            match={"prefect.resource.id": "prefect.flow-run.*", "prefect.state-type": ["FAILED", "CRASHED"]},
            match_related=[{"prefect.resource.role": "flow", "prefect.resource.name": ["maintain", "publish"]}]),
        "Entrepot: {{ flow_run.name }} failed",
        "{{ flow_run.state.name }}: {{ flow_run.state.message }}")


def shipped() -> tuple[Shipped, ...]:
    """All of them."""
    return night_not_finished(), upkeep_failed()


async def install(client: PrefectClient, action: Callable[[str, str], Any]) -> None:
    """Create what is missing, update what differs, remove doubles."""
    for each in shipped():
        await put(client, each.automation(action))


async def put(client: PrefectClient, wanted: AutomationCore) -> None:
    """One automation as wanted, under its name; switched off stays switched off."""
    there = await client.read_automations_by_name(wanted.name)
    for double in there[1:]:
        await client.delete_automation(double.id)
    if not there:
        await client.create_automation(wanted)
    elif _content(there[0]) != _content(wanted):
        await client.update_automation(there[0].id, wanted.model_copy(update={"enabled": there[0].enabled}))


def _content(automation: AutomationCore) -> dict[str, Any]:
    """What makes two automations the same, as the server's JSON has it (sets have no order)."""
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if name != "id"}
        return sorted(map(plain, value), key=str) if isinstance(value, list) else value

    found: dict[str, Any] = plain(AutomationCore.model_validate(automation.model_dump(mode="json")).model_dump(
        mode="json", include={"name", "description", "trigger", "actions", "tags"}))
    return found
