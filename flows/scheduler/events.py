"""What a run tells Prefect's event log, under names that anybody's automation can wait for.

===============================  ==========================================================================
``entrepot.night.finished``      once a night, however it ended
``entrepot.snapshot.committed``  each load that changed the lake
``entrepot.revision.large``      a dataset was revised by more than is usual for it
``entrepot.load.held``           when it is announced (``notices``): once for each load
``entrepot.dataset.late``        when it is announced: at the end of its grace, after 3 days, then weekly
``entrepot.dataset.failed``      when it is announced: an error that a person has to mend
===============================  ==========================================================================

Each payload has ``said``, a sentence, and ``do``, the command. Inside a run Prefect adds run, flow and deployment.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from prefect.events import emit_event

from flows.home import registry
from flows.run.bookkeeping import Outcome
from flows.tell.notices import Notice
from flows.tell.run_report import Verdict, command, figure

NIGHT_FINISHED = "entrepot.night.finished"
USUAL_PCT = 10.0
"""What counts as large where a dataset says nothing of its own (``revision_band_pct``)."""


def night_finished(day: date, verdict: Verdict) -> None:
    """A night came to its end, good or red."""
    emit_event(NIGHT_FINISHED, {"prefect.resource.id": f"entrepot.night.{day}", "prefect.resource.name": f"the night of {day}"},
               payload={"state": verdict.name, "said": verdict.said, "do": verdict.do, "good": verdict.good})


def loaded(outcomes: Iterable[Outcome], *, demo: bool) -> None:
    """What each load of a run brought, and the revisions in it that are larger than usual."""
    for outcome in outcomes:
        if outcome.snapshot is None:
            continue
        show = f"{command(demo=demo)} snapshots show {outcome.snapshot}"
        emit_event("entrepot.snapshot.committed", _dataset(outcome.dataset), payload={
            "snapshot": outcome.snapshot, "said": outcome.said, "do": show, "url": outcome.url, "new": outcome.rows_new,
            "revised": outcome.rows_revised, "withdrawn": outcome.rows_withdrawn, "quarantined": outcome.rows_quarantined})
        if large := [row for row in outcome.largest if _pct(row) > _usual(outcome.dataset)]:
            first = max(large, key=_pct)
            emit_event("entrepot.revision.large", _dataset(outcome.dataset), payload={
                "snapshot": outcome.snapshot, "said": f"{figure(first)}: {first.get('old')} → {first.get('new')}", "do": show,
                "url": outcome.url, "pct": first.get("pct"), "usual_pct": _usual(outcome.dataset), "figures": len(large)})


def announced(notices: Iterable[Notice]) -> None:
    """What a person was told."""
    names = {"held": "entrepot.load.held", "late": "entrepot.dataset.late", "error": "entrepot.dataset.failed"}
    for notice in notices:
        need = notice.need
        emit_event(names[need.kind], _dataset(need.dataset), payload={
            "said": f"{need.dataset} {need.what}: {need.said}", "do": need.do, "error": need.error, "held": need.held,
            "reminder": notice.step})


def _dataset(name: str) -> dict[str, str]:
    return {"prefect.resource.id": f"entrepot.dataset.{name}", "prefect.resource.name": name}


def _usual(dataset: str) -> float:
    known = registry.datasets().get(dataset)
    return known.revision_band_pct if known is not None and known.revision_band_pct is not None else USUAL_PCT


def _pct(row: dict[str, object]) -> float:
    pct = row.get("pct")
    return abs(pct) if isinstance(pct, int | float) else float("inf")
