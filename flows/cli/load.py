"""Loading: refresh, import, sources. Each prints one line for each thing that came in, stayed or failed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import out_json, say, state, table, worst
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from flows.pipeline import Outcome


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.command(rich_help_panel=panel)(refresh)
    app.command("import", rich_help_panel=panel)(import_)
    app.command(rich_help_panel=panel)(sources)


def refresh(
    names: list[str] | None = typer.Argument(None, help="Publishers or datasets (any prefix); all where none is named."),
    first: str | None = typer.Option(None, "--from", help="Oldest period wanted, such as 2024 or 2024-06."),
    last: str | None = typer.Option(None, "--to", help="Newest period wanted."),
    force: bool = typer.Option(False, "--force", help="Ask again for pages that are held."),
    through_flow: bool = typer.Option(False, "--flow", help="As the nightly does it: through Prefect's flows, side by side."),
) -> int:
    """Fetch what is named, archive it, and load what is new."""
    from flows import pipeline, registry
    from warehouse import periods
    from warehouse.schema.travel import Window

    window = Window(periods.parse(first).start if first else None, periods.parse(last).end if last else None, force)
    chosen = registry.wanted(names or ())
    house = state.house()
    outcomes: list[Outcome] = []
    started = datetime.now(UTC)
    if through_flow:
        from flows.serve import once

        outcomes = once(house, names or (), first=first, last=last, force=force)
        if not state.json:
            _print(outcomes)
        chosen = {}
    for publisher, datasets in chosen.items():
        if not state.json:
            say(f"{publisher} …", err=True)
        mine = pipeline.refresh_publisher(house, publisher, datasets, window)
        outcomes += mine
        if not state.json:
            _print(mine)
    if state.json:
        out_json(outcomes)
    elif house.demo and house.place.current():
        from flows.cli.demo import summary

        summary(house, (datetime.now(UTC) - started).total_seconds())
    return worst(outcome.exit_code for outcome in outcomes)


def _print(outcomes: Iterable[Outcome]) -> None:
    grouped: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        same = outcome.said if outcome.result not in ("new_data", "no_change") or outcome.said.startswith("left out") else ""
        grouped.setdefault((outcome.dataset, outcome.result, same), []).append(outcome)
    table(["", "", ""], [
        [dataset, _WORDS[result] + (f" {found[0].error}" if found[0].error else ""), _line(result, said, found)]
        for (dataset, result, said), found in grouped.items()])


def _line(result: str, said: str, found: list[Outcome]) -> str:
    """What came of the documents or batches that share a line; the address where something is wrong with one."""
    if result == "new_data":
        counts = [(sum(getattr(outcome, f"rows_{kind}") for outcome in found), kind)
                  for kind in ("new", "revised", "annotated", "withdrawn", "quarantined")]
        parts = ", ".join(f"{number:,} {_COUNTED.get(kind, kind)}" for number, kind in counts if number)
        said = f"{len(found)} load{'s' if len(found) > 1 else ''}: {parts} (snapshot {found[-1].snapshot})"
    elif result == "no_change":
        said = said or ("" if len(found) == 1 else f"{len(found)} documents")
    elif found[0].url and result != "held":
        said += f": {found[0].url}" if len(found) == 1 else f" ({len(found)} addresses, such as {found[0].url})"
    drift = list(dict.fromkeys(outcome.drift for outcome in found if outcome.drift))
    return "; ".join(part for part in (said, *drift) if part)


_COUNTED = {"quarantined": "set aside"}
_WORDS = {"new_data": "new data", "no_change": "no change", "held": "HELD", "error": "ERROR", "not_readable": "kept, not read"}


def import_(
    files: list[Path] = typer.Argument(help="Saved pages, workbooks or CSV files of any connector."),
    source: str | None = typer.Option(None, "--source", help="The publisher or dataset, where the content does not tell."),
    released: str | None = typer.Option(None, "--released", help="When the publisher released it (YYYY-MM-DD), if you know."),
) -> int:
    """Load files you have: recognised, archived with their true origin, then like fetched ones."""
    from flows import pipeline

    at = None
    if released:
        try:
            at = datetime.combine(date.fromisoformat(released), datetime.min.time(), UTC)
        except ValueError as error:
            raise UsageError(f"--released takes a day such as 2026-02-20, not {released!r}") from error
    house = state.house()
    outcomes: list[Outcome] = []
    for file in files:
        try:
            outcomes += pipeline.bring(house, file, source, released_at=at)
        except UsageError as error:
            if len(files) == 1:
                raise
            # Of several files each is told apart, and one that nobody knows keeps out no other.
            outcomes.append(pipeline.Outcome(file.name, "error", str(error), error="UsageError"))
    if state.json:
        out_json(outcomes)
    else:
        _print(outcomes)
    return worst(2 if outcome.error == "UsageError" else 1 if outcome.result == "not_readable" else outcome.exit_code
                 for outcome in outcomes)


def sources(name: str | None = typer.Argument(None, help="A publisher or dataset.")) -> None:
    """Publishers and their datasets: what is asked, how often, on which terms."""
    from flows import registry

    found = [registry.datasets()[d] for names in registry.wanted([name] if name else ()).values() for d in names]
    if state.json:
        return out_json(found)
    if name and len(found) == 1:
        one = found[0]
        return table(["", ""], [[k, getattr(one, k)] for k in one.__dataclass_fields__ if getattr(one, k) not in (None, "")])
    return table(["publisher", "dataset", "title", "appears", "mode"],
                 [[d.publisher, d.dataset, d.title, d.cadence[:60], d.revision_mode] for d in found])
