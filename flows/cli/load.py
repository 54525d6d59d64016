"""Loading: refresh, backfill, import, calendar. Each prints one line for each thing that came in, stayed or failed."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs
from flows.cli.common import day, out_json, say, state, table, worst
from warehouse.reference.dates import spelt
from warehouse.reference.periods import Period
from warehouse.schema.errors import UsageError
from warehouse.shown import shown

if TYPE_CHECKING:
    from flows.home.house import House
    from flows.run.bookkeeping import Outcome
    from flows.schedule.backfill import Plan, Whole
    from flows.schedule.calendar import Listed
    from flows.schedule.tonight import Tonight
    from warehouse.schema.travel import Window

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
"""The period of a rate of one day."""


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.command(rich_help_panel=panel)(refresh)
    app.command(rich_help_panel=panel)(backfill)
    app.command("import", rich_help_panel=panel)(import_)
    app.command(rich_help_panel=panel)(calendar)


def refresh(
    names: list[str] | None = typer.Argument(None, help="Publishers or datasets (any prefix); all where none is named."),
    first: str | None = typer.Option(None, "--from", help="Oldest period wanted: 2024, June 2024, \"last 12 months\" (back from today)."),
    last: str | None = typer.Option(None, "--to", help="Newest period wanted; latest is the last month that is over."),
    force: bool = typer.Option(False, "--force", help="Ask again for pages that are held."),
    through_flow: bool = typer.Option(False, "--flow", help="As the nightly does it: through Prefect's flows."),
) -> int:
    """Fetch what is named, or what is due where nothing is named, publishers side by side; archive it, load what is new, and hold the
    articles against it."""
    from flows.home import clock, registry
    from flows.home.sources import off
    from flows.run import turns
    from flows.schedule.tonight import tonight
    from warehouse.reference import periods
    from warehouse.schema.travel import Window

    today = clock.now().date()
    window = Window(periods.parse(first, today).start if first else None, periods.parse(last, today).end if last else None, force)
    if window.first and window.last and window.last < window.first:
        raise UsageError(f"--from {window.first} must not be after --to {window.last}")
    house = state.house()
    chosen = registry.wanted(names or (), off(house))
    outcomes: list[Outcome] = []
    started = datetime.now(UTC)
    due: Tonight | None = None
    with ExitStack() as turn:
        if through_flow:
            from flows.scheduler.serve import once

            outcomes = once(house, names or (), first=first, last=last, force=force)
            if not state.json:
                _print(outcomes)
            chosen = {}
        else:
            as_a_night = not (names or first or last or force or house.demo)
            if as_a_night:
                turn.enter_context(turns.night(house, "entrepot refresh"))
            turns.readable(house, "entrepot refresh")
            if as_a_night:
                due = tonight(house)
                chosen = due.wanted
        outcomes += _asked(house, chosen, window)
    if not (names or through_flow) and (due or any(outcome.result == "new_data" for outcome in outcomes)):
        _hold_articles(house)
    if state.json:
        out_json(outcomes)
    elif due and not chosen:
        following = due.next_release
        say("Nothing is due" + (f"; the next release is {following[0]} on {day(following[1])}" if following else "")
            + ". entrepot refresh NAME asks all the same.")
    elif house.demo and house.place.current():
        from flows.cli.demo import summary

        summary(house, (datetime.now(UTC) - started).total_seconds())
    return worst(outcome.exit_code for outcome in outcomes)


def _asked(house: House, chosen: Mapping[str, Sequence[str]], window: Window) -> list[Outcome]:
    """Publishers side by side; what came of each is printed in the order in which they are named, whichever ends first."""
    from flows.run import pipeline

    if chosen and not state.json:
        say(f"{', '.join(chosen)} …", err=True)
    ended: dict[str, list[Outcome]] = {}
    waiting = list(chosen)
    for publisher, mine in pipeline.refresh_publishers(house, chosen, window):
        ended[publisher] = mine
        if waiting[0] != publisher and not state.json:
            say(f"{publisher} is done; {waiting[0]} is still asked …", err=True)
        while waiting and waiting[0] in ended:
            first = waiting.pop(0)
            if not state.json:
                _print(ended[first])
    return [outcome for publisher in chosen for outcome in ended[publisher]]


def _hold_articles(house: House) -> None:
    """Read the claims of articles and hold them against the figures, as a night does; say what came of it."""
    from flows.run.texts import claims
    from warehouse.claims.say.words import label

    made = claims.safely(house)
    if isinstance(made, str):
        say(f"The claims of the articles were not read: {made}", err=True)
    elif made.texts + made.rechecked and not (state.json or house.demo):
        again = f", {made.rechecked:,} held against the figures again" if made.rechecked else ""
        say(f"Claims: {made.claims:,} of {made.texts:,} articles{again}; mart.claim_report has their verdicts.")
        for flip in made.flips:
            say(f"  {flip.title or flip.url}: {label(flip.was)} → {label(flip.now)}: {flip.sentence}")


def _print(outcomes: Iterable[Outcome]) -> None:
    grouped: dict[tuple[str, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        told = outcome.result not in ("new_data", "no_change") or outcome.left or outcome.said.startswith("left out")
        same = outcome.said if told else ""
        grouped.setdefault((outcome.dataset, outcome.result, same), []).append(outcome)
    table(["", "", ""], [
        [dataset, _word(result, found) + (f" {found[0].error}" if found[0].error else ""), _line(result, said, found)]
        for (dataset, result, said), found in grouped.items()])


def _word(result: str, found: list[Outcome]) -> str:
    return "set aside" if result == "new_data" and not any(outcome.figures for outcome in found) else _WORDS[result]


def _line(result: str, said: str, found: list[Outcome]) -> str:
    """What came of the documents or batches that share a line; the address where something is wrong with one."""
    if result == "new_data":
        counts = [(sum(getattr(outcome, f"rows_{kind}") for outcome in found), kind)
                  for kind in ("new", "revised", "annotated", "finer", "withdrawn", "quarantined")]
        parts = ", ".join(f"{number:,} {_COUNTED.get(kind, kind)}" for number, kind in counts if number)
        said = f"{len(found)} load{'s' if len(found) > 1 else ''}: {parts} (snapshot {found[-1].snapshot})"
        if not any(outcome.figures for outcome in found):
            said += f"; nothing else is new in it: entrepot quarantine show {found[0].dataset}"
    elif result == "no_change":
        said = said or ("" if len(found) == 1 else f"{len(found)} documents")
    elif found[0].url and result != "held":
        said += f": {found[0].url}" if len(found) == 1 else f" ({len(found)} addresses, such as {found[0].url})"
    drift = list(dict.fromkeys(outcome.drift for outcome in found if outcome.drift))
    return "; ".join(part for part in (said, *drift) if part)


_COUNTED = {"quarantined": "set aside", "finer": "the same with more decimals"}
SHOWN = 12
"""Addresses of a plan that are printed."""
_WORDS = {"new_data": "new data", "no_change": "no change", "held": "HELD", "error": "ERROR", "not_readable": "kept, not read"}


def backfill(
    dataset: str | None = typer.Argument(None, help="One dataset, such as gacc.prelim.country; with --dry-run, all where none is named."),
    first: str = typer.Option(..., "--from", help="Oldest period: 2015, June 2015, \"last 12 months\" (back from today)."),
    last: str | None = typer.Option(None, "--to", help="Newest period; what is out today if not said."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be asked and how long it takes; ask nobody."),
    force: bool = typer.Option(False, "--force", help="Ask again for what is held."),
) -> int:
    """Past periods, oldest first; stopped and started again it goes on where it was."""
    from flows.home import clock
    from flows.run import plans
    from flows.schedule import backfill as filling
    from warehouse.reference import periods

    house = state.house()
    today = clock.now().date()
    start, end = periods.parse(first, today).start, periods.parse(last, today).end if last else today
    if dataset is None:
        if not dry_run:
            raise UsageError("a backfill takes one dataset, such as gacc.prelim.country; --dry-run without one says what all would take")
        return _print_all(filling.plan_all(house, start, end, force=force))
    if not dry_run:
        plans.join(house)
    planned = filling.plan(house, dataset, start, end, force=force)
    if dry_run:
        if state.json:
            out_json({"steps": planned.steps, "asks": planned.asks, "linked": planned.linked, "seconds": planned.seconds,
                      "days": planned.days})
        else:
            _print_plan(planned)
        return 0
    return _carry_out(house, planned, force=force)


def _print_all(planned: list[Whole]) -> int:
    """What all of them would take, a line for each publisher; they are asked beside each other."""
    asked = [one for one in planned if one.asks]
    if state.json:
        out_json([{"publisher": one.publisher, "requests": one.requests, "linked": len(one.linked), "calls": one.calls,
                   "seconds": one.seconds, "calls_a_day": one.calls_a_day, "days": one.days, "waiting_for_keys": one.waiting,
                   "off": one.off} for one in planned])
        return 0
    table(["publisher", "requests", "minutes", "a day", "days", ""],
          [[one.publisher, f"{one.requests:,}", f"{math.ceil(one.seconds / 60):,}", f"{one.calls_a_day:,}" if one.calls_a_day else "",
            one.days, "; ".join([*(f"waits for the key {name!r}" for name in one.waiting),
                                 *([f"{len(one.off)} dataset{'s' if len(one.off) > 1 else ''} off"] if one.off else [])])]
           for one in asked], right=(1, 2, 3, 4))
    longest = max(asked, key=lambda one: (one.days, one.seconds), default=None)
    if longest is None:
        say("Nothing to ask: all of it is held, or turned off.")
        return 0
    say(f"\n {sum(one.requests for one in asked):,} requests of {len(asked)} publishers, asked beside each other: "
        f"{longest.days} day{'s' if longest.days > 1 else ''} at least, for {longest.publisher}. "
        f"{sum(len(one.linked) for one in asked):,} of them are pages whose addresses only others name, as many as those usually link.")
    return 0


def _print_plan(planned: Plan) -> None:
    table(["period", "held", "to ask", ""], [[str(step.period), step.held, 0 if step.done else len(step.asks),
                                              "done" if step.done else ""] for step in planned.steps], right=(1, 2))
    for url in planned.asks[:SHOWN]:
        say(f"   {url}")
    if len(planned.asks) > SHOWN:
        say(f"   … {len(planned.asks) - SHOWN:,} more addresses: --json has all")
    minutes, seconds = divmod(round(planned.seconds), 60)
    linked = f", {len(planned.linked)} of them pages that others usually link" if planned.linked else ""
    say(f"\n {len(planned.todo)} of {len(planned.steps)} periods to do: {len(planned.asks) + len(planned.linked)} requests{linked}, "
        f"{minutes} min {seconds} s at {planned.min_interval_s:g} s between two.")
    if planned.calls_a_day:
        say(f" The publisher allows {planned.calls_a_day:,} calls a day: {planned.days} day{'s' if planned.days > 1 else ''} at least, "
            "and the nights take what is new first.")


def _carry_out(house: House, planned: Plan, *, force: bool) -> int:
    """Period by period, with a bar where somebody looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from flows.home import registry
    from flows.run import pipeline, turns
    from warehouse.schema.travel import Window

    dataset = registry.datasets()[planned.dataset]
    client = house.client(force=force)  # one for all, so that an index is asked once
    outcomes: list[Outcome] = []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(planned.dataset, total=len(planned.steps), completed=len(planned.steps) - len(planned.todo))
        for step in planned.todo:
            progress.update(bar, description=f"{planned.dataset} {step.period}")
            turns.after_the_night(house)
            window = Window(step.period.start, step.period.end, force)
            outcomes += pipeline.refresh_publisher(house, dataset.publisher, [dataset.dataset], window, client=client,
                                                   why=f"entrepot backfill {dataset.dataset} {step.period}")
            if any(outcome.left for outcome in outcomes):
                break  # today's calls are used; typed again, it goes on here
            progress.advance(bar)
    if state.json:
        out_json(outcomes)
    elif outcomes:
        _print(outcomes)
    else:
        say(f"All {len(planned.steps)} periods were done before. --force asks again.")
    return worst(outcome.exit_code for outcome in outcomes)


def import_(
    files: list[str] = typer.Argument(help="Saved pages, workbooks or CSV files of any connector; addresses of articles."),
    source: str | None = typer.Option(None, "--source", help="The publisher or dataset, where the content does not tell."),
    released: str | None = typer.Option(None, "--released", help="When the publisher released it (YYYY-MM-DD), if you know."),
    part: bool = typer.Option(False, "--part", help="The files are excerpts: fewer rows than usual, complete for nothing."),
    mapping: str | None = typer.Option(None, "--as", metavar="MAPPING.toml", help="A table in a layout of its own: the file that says what "
                                       "is what (docs/importing.md); --as - proposes one."),
) -> int:
    """Load files you have, or articles by address: recognised, archived with their true origin, then like fetched ones."""
    from flows.run import bookkeeping, given, pipeline

    at = None
    if released:
        try:
            at = datetime.combine(date.fromisoformat(released), datetime.min.time(), UTC)
        except ValueError as error:
            raise UsageError(f"--released takes a day such as 2026-02-20, not {released!r}") from error
        if at > datetime.now(UTC) + timedelta(days=1):  # it is tomorrow already where the publisher is
            raise UsageError(f"--released must be a day that has come, not {released}")
    house = state.house()
    if mapping is not None:
        return _mapped(house, files, mapping, at, other="--source" if source else "--part" if part else "")
    outcomes: list[Outcome] = []
    for file in files:
        try:
            if given.is_address(file):
                if part:
                    raise UsageError(f"--part is for a file that holds a part of a table, not for an address: {file}")
                outcomes += pipeline.bring_page(house, file, source)
            else:
                outcomes += pipeline.bring(house, Path(file), source, released_at=at, part=part)
        except UsageError as error:
            if len(files) == 1:
                raise
            # Of several files each is told apart, and one that nobody knows keeps out no other.
            outcomes.append(bookkeeping.Outcome(given.shown(Path(file).name), "error", str(error), error="UsageError"))
    if state.json:
        out_json(outcomes)
    else:
        _print(outcomes)
    return worst(2 if outcome.error == "UsageError" else 1 if outcome.result == "not_readable" else outcome.exit_code
                 for outcome in outcomes)


PROPOSE = "-"
"""What stands for a mapping where none is given."""


def _propose(path: Path) -> None:
    """The proposed mapping on standard output, what it would load on the other, so that ``> MAPPING.toml`` keeps the mapping alone."""
    from flows.run import mapped

    found = mapped.proposed(path)
    if state.json:
        return out_json({"mapping": found.text, "to_say": found.to_say, "unknown": found.unknown, "currency": found.currency,
                         "rows": found.rows, "why_no_rows": found.why_no_rows})
    typer.echo(shown(found.text))
    if found.rows:
        say("What it would load first:", err=True)
        table(["", "", "", "", "", found.currency, ""],
              [[Period(row["period_start"], row["period_end"]),  # type: ignore[arg-type]
                *(row[name] for name in ("reporter", "partner", "flow", "product")), f"{row['value']:,.3f}".rstrip("0").rstrip("."),
                "" if row["status"] == "A" else row["status"]] for row in found.rows], right=(5,), err=True)
    else:
        say(f"No row can be shown yet: {found.why_no_rows}.", err=True)
    if found.to_say:
        say(f"To be said by you, where SAY stands: {', '.join(found.to_say)}.", err=True)
    if found.unknown:
        say(f"{len(found.unknown)} labels mean no area that is known; they stand under [areas]. Their rows are set aside until you say.",
            err=True)
    return None


def _mapped(house: House, files: list[str], mapping: str, at: datetime | None, *, other: str) -> int:
    """Tables by a mapping; where none is given, one is proposed and nothing is loaded."""
    from flows.run import mapped

    if other:
        raise UsageError(f"{other} is not for a table with a mapping (--as): leave it out, the mapping says whose it is and what "
                         "it is complete for")
    if mapping == PROPOSE:
        for file in files:
            _propose(Path(file))
        return 0
    text = mapped.text_of(Path(mapping))
    outcomes = [outcome for file in files for outcome in mapped.bring(house, Path(file), text, released_at=at)]
    if state.json:
        out_json(outcomes)
    else:
        _print(outcomes)
    return worst(1 if outcome.result == "not_readable" else outcome.exit_code for outcome in outcomes)


def calendar(
    name: str | None = typer.Argument(None, metavar="[DATASET]", help="A publisher or dataset (any prefix); all where none is named."),
    first: str | None = typer.Option(None, "--from", help="First day or period: 2026-11-24, November 2026, \"last 3 months\"; a month "
                                                               "back if not said."),
    last: str | None = typer.Option(None, "--to", help="Last day or period; two months ahead if not said."),
    as_of: str | None = typer.Option(None, "--as-of", help="As it stood here then: a snapshot, tag, load, day or time."),
    output: Path | None = typer.Option(None, "-o", help="FILE.html, .xlsx, .csv, .parquet or .json"),
) -> None:
    """Releases: past, due, coming; as announced (official), or by the usual lag (formula)."""
    from zoneinfo import ZoneInfo

    from flows.home import clock
    from flows.schedule.calendar import listed
    from warehouse.history import past
    from warehouse.reference import periods

    outputs.check(output)
    house, con = (state.house(), None) if as_of is None else state.reading(as_of)
    then = clock.now() if con is None else past.recorded(con)
    now = then.astimezone(ZoneInfo(house.settings.tz))
    start = periods.parse(first, now.date()).start if first else now.date() - timedelta(days=31)
    end = periods.parse(last, now.date()).end if last else max(now.date(), start) + timedelta(days=61)
    if end < start:
        raise UsageError(f"--from {start} must not be after --to {end}")
    found = listed(house, [] if name is None else [name], start, end, now, con)
    if output:
        asked = outputs.asked("calendar", name, from_=start, to=end, as_of=as_of)
        return _calendar_in(house, found, output, asked, f"Releases, {start} to {end}")
    if state.json:
        return out_json(found)
    if not found:
        return say(f"No release is known between {start} and {end}.")
    lines = [(one, one.period, one.stands) for one in found] if name is not None else _days_together(found)
    table([f"when ({house.settings.tz})", "dataset", "period", "", "told by"],
          [[_moment(one.at, now) if one.precision == "minute" else f"{one.day:%a %-d %b %Y}", one.dataset, spelt(period_), stands,
            one.source + (f", embargo until {_moment(one.embargo_until, now)}"
                          if one.embargo_until and one.embargo_until != one.at else "")] for one, period_, stands in lines])
    if len(lines) < len(found):
        say()
        say("What comes every day has one line, at its next release: entrepot calendar NAME shows each day; -o FILE and --json hold all.")
    return None


def _days_together(found: Iterable[Listed]) -> list[tuple[Listed, str, str]]:
    """Releases with period and standing; of a dataset whose periods are days one, the next to come, or else the newest."""
    of_days: dict[str, list[Listed]] = {}
    lines: list[tuple[Listed, str, str]] = []
    for one in found:
        if _DAY.fullmatch(one.period):
            of_days.setdefault(one.dataset, []).append(one)
        else:
            lines.append((one, one.period, one.stands))
    for days in of_days.values():
        counts = Counter(one.stands for one in days)
        shown_ = next((one for one in days if one.stands == "coming"), days[-1])
        lines.append((shown_, f"{shown_.period}, daily", ", ".join(f"{count} {stands}" for stands, count in counts.items())))
    return sorted(lines, key=lambda line: (line[0].at, line[0].dataset, line[0].period))


def _calendar_in(house: House, found: list[Listed], output: Path, asked: str, title: str) -> None:
    """The calendar in a file; it needs no lake, and names the licence of a dataset where there is one."""
    import duckdb

    from warehouse.ask.tables import Table
    from warehouse.lake.opening import connect

    columns: dict[str, type] = {"dataset": str, "period": str, "day": date, "released_at": datetime, "precision": str, "stands": str,
                                "source": str, "embargo_until": datetime}
    rows = [{**vars(one), "released_at": one.at.astimezone(UTC) if one.precision == "minute" else None,
             "embargo_until": one.embargo_until.astimezone(UTC) if one.embargo_until else None} for one in found]
    con = connect(house.place) if house.place.current() is not None else duckdb.connect()
    outputs.write_table(con, Table(title, asked, [{name: row[name] for name in columns} for row in rows], columns, "none"), output,
                        house.settings.home)


def _moment(at: datetime, now: datetime) -> str:
    return f"{at.astimezone(now.tzinfo):%a %-d %b %Y %H:%M}"
