"""Running: serve, status, held, quarantine, doctor."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.common import ListsAlone, as_typed, day, out_json, say, state, table, worst
from warehouse.reference.dates import spelt
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from warehouse.archive.journal import HeldLoad

held_app = typer.Typer(cls=ListsAlone, help="Loads that wait for a person: list, show, accept, reject.")
quarantine_app = typer.Typer(cls=ListsAlone, help="Rows set aside: list, show, replay after a fix.")


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.command(rich_help_panel=panel)(serve)
    app.command(rich_help_panel=panel)(mcp)
    app.command(rich_help_panel=panel)(status)
    app.add_typer(held_app, name="held", rich_help_panel=panel)
    app.add_typer(quarantine_app, name="quarantine", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(doctor)


def serve(port: int | None = typer.Option(None, "--port", help="Port of server and UI on 127.0.0.1.")) -> int:
    """Scheduler, UI and worker on this machine, until stopped with Ctrl-C."""
    from flows.scheduler.serve import serve as run

    return run(state.house(), port)


def mcp() -> None:
    """Answer an assistant (MCP) over standard input and output: get, rank, mirror, revisions, trace, check, sql, datasets, search."""
    from flows.web.assistant import over_stdio

    over_stdio(state.house())


NOTE = 120
"""Characters of a note that a line has room for; --json has all of it."""
_NAMED = 6
"""So many datasets of one cause are named."""


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")


def status(
    check: bool = typer.Option(False, "--check", help="For a watchdog: exit 3 when something is late, held or failed."),
    everything: bool = typer.Option(False, "--all", help="Each dataset of statements in a line of its own."),
) -> int:
    """Each dataset: newest period, what is expected, what came; what failed first, by its cause."""
    from flows.tell.status import overview, together

    house = state.house()
    found = overview(house)
    if state.json:
        out_json(found)
    else:
        say(found.headline)
        say()
        for cause in found.causes:
            more = f" {len(cause.datasets):,} datasets: {_some(cause.datasets)}." if len(cause.datasets) > 1 else ""
            who = "" if len(cause.datasets) > 1 else f"{cause.datasets[0]}: "
            said = cause.said if len(cause.said) <= NOTE else f"{cause.said[:NOTE]} …"
            say(f" {cause.error}: {who}{as_typed(said).rstrip('.')}.{more}")
        if found.causes:
            say()
        of_all = None if everything else together(found.lines)
        shown = [line for line in found.lines if of_all is None or not line.statement or line.place < 3]
        if found.lines:
            table(["dataset", "newest period", "last new data", "next release", "expected", "result", "note"],
                  [[line.dataset, spelt(line.newest or "–"), day(line.last_new), line.next_release, line.expected, line.result,
                    as_typed(line.note if len(line.note) <= NOTE else f"{line.note[:NOTE]} …")]
                   for line in [*shown, *([of_all] if of_all else [])]])
            say()
        if found.not_installed:
            say(f" Answered as ever, and never renewed: {found.not_installed}.")
        for line in found.keys:
            say(f" {line}.")
        if found.clock:
            say(f" {found.clock}.")
        say(f" {found.late} late, {found.held} held, {found.errors} in error, {found.quarantined} rows in quarantine."
            f"     For a watchdog: entrepot status --check (exit {3 if found.needs_attention else 0} now)")
    return 3 if check and found.needs_attention else 0


@held_app.command("list")
def held_list(everything: bool = typer.Option(False, "--all", help="Decided ones too.")) -> None:
    """Loads that wait for a person."""
    found = [load for load in state.house().journal.held() if everything or load.decided is None]
    if state.json:
        return out_json([_told(load) for load in found])
    if not found:
        return say("Nothing is held.")
    table(["", "dataset", "batch", "since", "why", ""], [
        [load.number, load.entry.dataset, load.entry.batch, day(load.entry.at), load.entry.why,
         f"{load.decided.kind} by {load.decided.by}" if load.decided else ""] for load in found])
    return say("\n  entrepot held show N · entrepot held accept N --why … · entrepot held reject N --why …")


def _told(load: HeldLoad) -> dict[str, Any]:
    """A held load for machines."""
    return {"held": load.number, "dataset": load.entry.dataset, "batch": load.entry.batch, "at": load.entry.at, "why": load.entry.why,
            "decided": load.decided.kind if load.decided else None}


@held_app.command("show")
def held_show(number: int) -> None:
    """The evidence on one held load."""
    house = state.house()
    load = house.journal.held_load(number)
    fetched = house.archive.fetch(load.entry.fetch_id)
    evidence = load.entry.detail.get("evidence", [])
    if state.json:
        return out_json({"held": number, "entry": {f: getattr(load.entry, f) for f in load.entry.__struct_fields__},
                         "url": fetched.page, "sha256": fetched.sha256, "decided": load.decided.kind if load.decided else None})
    table(["", ""], [["held", number], ["dataset", load.entry.dataset], ["batch", load.entry.batch], ["page", fetched.page],
                     ["asked", f"{fetched.asked_at:%Y-%m-%d %H:%M}Z"],
                     ["bytes", house.archive.store.name(f"blobs/{fetched.sha256[:2]}/{fetched.sha256}.zst")],
                     ["would be", ", ".join(f"{n:,} {what}" for what, n in load.entry.detail["counts"].items() if n)]])
    say()
    for name, observed, expected, said in load.entry.detail["checks"]:
        say(f"  {name}: {said}\n     seen {observed}; expected {expected}")
    if evidence:
        say()
        table(["figure", "held now", "would be", "factor", "unit"], [_judged(row) for row in evidence], right=(1, 2, 3))
        more = sum(load.entry.detail["counts"].values()) - len(evidence)
        say(f"  {more:,} more are in it; of these the factors are largest." if more > 0 and "old_period" not in evidence[0] else
            f"  {more:,} more are in it; the largest of the newest period are shown, beside the last one that is held." if more > 0 else "")
    if load.decided:
        return say(f"\n  {load.decided.kind} by {load.decided.by} on {day(load.decided.at)}: {load.decided.why}")
    say("\n  Look at the page and decide:")
    say(f"    entrepot held accept {number} --why \"the publisher says so: …\"    loads it as it is")
    return say(f"    entrepot held reject {number} --why \"a slip of units: …\"          leaves it out for good")


def _judged(row: dict[str, str | None]) -> list[str]:
    """A figure of a held load: what it is, old, new, factor and unit."""
    from flows.tell.run_report import figure

    old, new, unit = row["old"], row["new"], row.get("unit")
    factor = ""
    if old and new and Decimal(old):
        times = Decimal(new) / Decimal(old)
        factor = f"×{times:,.2f}" if abs(times) >= Decimal("0.01") else f"1/{1 / times:,.0f}" if times else "×0"
    counted = {name: value for name, value in row.items() if name not in ("dataset", "unit", "old_period", "currency", "breakdown")}
    before = f" ({row['old_period']})" if row.get("old_period") else ""
    whole = row.get("currency") or " per ".join(str(row[name]) for name in ("quote", "base") if name in row)
    printed = f", printed in {int(unit):,}" if unit and unit != "1" else ""
    return [figure(counted), _amount(old) + before, _amount(new), factor.replace("-", "−"), f"{whole}{printed}"]


def _amount(value: str | None) -> str:
    return "–" if value is None else f"{Decimal(value).normalize():,f}".replace("-", "−")


WHY = typer.Option(..., "--why", help="Why: kept in the journal.")


@held_app.command("accept")
def held_accept(number: int, why: str = WHY) -> int:
    """Load it after all: its gates are waived, the decision is kept."""
    from flows.run import decisions

    house = state.house()
    outcomes = decisions.accept(house, number, why)
    if state.json:
        out_json({**_told(house.journal.held_load(number)), "outcomes": outcomes})
    for outcome in () if state.json else outcomes:
        say(f" {outcome.dataset} {outcome.batch}: {outcome.said}")
    return max((outcome.exit_code for outcome in outcomes), default=0)


@held_app.command("reject")
def held_reject(number: int, why: str = WHY) -> None:
    """Leave it out for good: the same bytes are not tried again."""
    from flows.run import decisions

    house = state.house()
    decisions.reject(house, number, why)
    if state.json:
        return out_json({**_told(house.journal.held_load(number)), "outcomes": []})
    return say(f" held load {number} is rejected; the archive keeps its bytes.")


@quarantine_app.command("list")
def quarantine_list() -> None:
    """Rows set aside, by dataset and rule."""
    from warehouse.ask import answers

    _, con = state.reading()
    found = answers.rows(con, "SELECT dataset, rule, count(*) AS n, count(*) FILTER (replayed_by IS NULL) AS waiting, "
                              "min(load_id) AS load_id, any_value(reason) AS reason FROM ops.quarantine GROUP BY 1, 2 ORDER BY 1, 2")
    if state.json:
        return out_json(found)
    if not found:
        return say("No row is in quarantine.")
    return table(["dataset", "rule", "rows", "waiting", "such as"],
                 [[r["dataset"], r["rule"], r["n"], r["waiting"], r["reason"]] for r in found], right=(2, 3))


@quarantine_app.command("show")
def quarantine_show(dataset: str = typer.Argument(help="A dataset, or a load id.")) -> None:
    """Each row with rule, reason, raw text and where it stood."""
    from warehouse.ask import answers

    _, con = state.reading()
    found = answers.rows(con, "SELECT q.*, f.url FROM ops.quarantine q LEFT JOIN ops.fetch f USING (fetch_id) WHERE q.dataset = ? "
                              "OR starts_with(q.load_id, ?) ORDER BY q.load_id, q.locator LIMIT 200", [dataset, dataset])
    if not found:
        raise UsageError(f"no row of {dataset!r} is in quarantine: entrepot quarantine list names what is")
    if state.json:
        return out_json(found)
    for row in found:
        say(f" {row['locator']}   {row['rule']}: {row['reason']}" + (f"   (read by load {row['replayed_by'][:10]})"
                                                                    if row["replayed_by"] else ""))
        say(f"    {row['raw']}\n    {row['url']}")
    return None


@quarantine_app.command("replay")
def quarantine_replay(dataset: str | None = typer.Argument(None, help="A dataset, or all under a name; all where none is named."),
                      ) -> int:
    """Read rows set aside again, after a parser was mended: those rows alone, and none over a newer document."""
    from flows.run.replaying import replay

    done = replay(state.house(), dataset)
    if state.json:
        out_json([{"dataset": each.outcome.dataset, "batch": each.outcome.batch, "result": each.outcome.result, "said": each.outcome.said,
                   "snapshot": each.outcome.snapshot, "rows_waiting": each.waiting, "rows_read": each.read,
                   "rows_new": each.outcome.rows_new, "rows_revised": each.outcome.rows_revised + each.outcome.rows_annotated,
                   "rows_outdone": each.outdone} for each in done])
    elif done:
        table(["dataset", "batch", "outcome"], [[each.outcome.dataset, each.outcome.batch, each.said] for each in done])
    else:
        say("No row waits in quarantine.")
    return worst(each.outcome.exit_code for each in done)


def doctor(
    offline: bool = typer.Option(False, "--offline", help="Ask no publisher whether it can be reached."),
    send_test: bool = typer.Option(False, "--send-test", help="Send a message on the channel of ENTREPOT_NOTIFY, and nothing else."),
) -> int:
    """Is everything here in order? Where is what, which setting came from where."""
    from flows.cli import doctor as looks

    house = state.house(whole=False)
    found = [looks.send_test(house)] if send_test else looks.examine(house, offline=offline)
    if state.json:
        out_json(found)
    else:
        words = {"ok": "ok", "look": "look", "wrong": "NO"}
        table(["", "", ""], [[words[f.level], f.what, as_typed(f.said)] for f in found])
    return 0 if all(f.ok for f in found) else 6 if any(f.what == "lake" and not f.ok for f in found) else 1
