"""Keeping: snapshots (list, show, tag, diff, restore) and rebuild."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import typer

from flows.cli.common import ListsAlone, moment, money, out_json, percent, say, state, table
from warehouse.schema.errors import UsageError

snapshots_app = typer.Typer(cls=ListsAlone, help="Loads that changed the lake: list, show, tag, untag, diff, restore.")


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.add_typer(snapshots_app, name="snapshots", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(rebuild)


@snapshots_app.command("list")
def snapshots_list(last: int = typer.Option(30, "--last", min=1, max=1_000_000, help="So many, the newest.")) -> None:
    """What each load brought, newest last."""
    from warehouse.ask import answers

    _, con = state.reading()
    found = answers.rows(con, "SELECT * FROM (SELECT * FROM ops.load ORDER BY snapshot DESC LIMIT ?) ORDER BY snapshot", [last])
    if state.json:
        return out_json(found)
    return table(["", f"recorded ({state.zone})", "dataset", "batch", "new", "revised", "withdrawn", "load"], [
        [r["snapshot"], moment(r["recorded_at"]), r["dataset"], r["batch"], f"{r['rows_new']:,}", r["rows_revised"],
         r["rows_withdrawn"], r["load_id"][:10]] for r in found], right=(0, 4, 5, 6))


@snapshots_app.command("show")
def snapshots_show(number: int) -> None:
    """One load: its document, checks, largest changes."""
    from warehouse.ask import answers

    house, con = state.reading()
    found = answers.rows(con, "SELECT l.*, f.url, f.asked_at, f.origin_kind FROM ops.load l LEFT JOIN ops.fetch f USING (fetch_id) "
                              "WHERE snapshot = ?", [number])
    if not found:
        (newest,) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        raise UsageError(f"there is no snapshot {number}; the newest is {newest}")
    load = {**found[0], "batch": f"{found[0]['batch']} (the first of {len(found)} articles that came together)"} if found[1:] else found[0]
    checks = answers.rows(con, "SELECT * FROM ops.check_result WHERE load_id = ? ORDER BY level, check_name, subject", [load["load_id"]])
    changes = answers.rows(con, "SELECT * FROM stats.trade_revision WHERE load_id = ? ORDER BY abs(new_value / nullif(old_value, 0) "
                                "- 1) DESC NULLS LAST LIMIT 20", [load["load_id"]])
    if state.json:
        return out_json({**load, "checks": checks, "largest_changes": changes})
    table(["", ""], [[k, load[k]] for k in ("snapshot", "dataset", "batch", "recorded_at", "url", "asked_at", "origin_kind",
                                            "rows_read", "rows_new", "rows_revised", "rows_withdrawn", "rows_quarantined", "not_asked",
                                            "parser_version", "versions", "load_id", "document_sha256")])
    for check in checks:
        say(f"  {check['level']}: {check['said']}")
    if changes:
        say()
        table(["", "", "", "", ""], [
            [c["change_kind"], f"{c['reporter']} {c['flow']} {c['partner']} {c['period_start']:%Y-%m}",
             money(c["old_value"], c["currency"]) if c["old_value"] is not None else "–",
             money(c["new_value"], c["currency"]) if c["new_value"] is not None else "–",
             percent((c["new_value"] / c["old_value"] - 1) * 100)
             if c["old_value"] and c["new_value"] is not None and c["change_kind"] != "annotated" else ""]
            for c in changes], right=(2, 3, 4))
    _ = house
    return None


@snapshots_app.command("tag")
def snapshots_tag(
    name: str, snapshot: str | None = typer.Argument(None, help="The newest where none is named."),
    note: str = typer.Option("", "--note", help="What it is for."),
) -> None:
    """Name a snapshot, so that others can open what you cite."""
    from flows.run import decisions

    say(f" {name} is snapshot {decisions.tag(state.house(), name, snapshot, note)}")


@snapshots_app.command("untag")
def snapshots_untag(name: str) -> None:
    """Take a name away; the snapshot stays."""
    from flows.run import decisions

    decisions.untag(state.house(), name)
    say(f" nothing is named {name} any more")


@snapshots_app.command("diff")
def snapshots_diff(
    one: str = typer.Argument(help="A snapshot, tag, load, day or time."), other: str = typer.Argument(help="A later one."),
    dataset: str | None = typer.Option(None, "--dataset", help="Only this dataset, or all under a name."),
    html: Path | None = typer.Option(None, "--html", help="Write a page instead."),
    top: int = typer.Option(40, "--top", min=1, max=1_000_000, help="So many lines; --json has all."),
) -> None:
    """What changed between two snapshots, the largest relative change first."""
    from warehouse.history import past, snapshots
    from warehouse.history.difference_page import changes_page

    house, con = state.reading()
    a, b = (past.resolve(con, wrote, house.settings.tz) for wrote in (one, other))
    changes = snapshots.diff(con, a.number, b.number, dataset)
    if html:
        html.write_text(changes_page(changes, a, b, house.settings.tz), encoding="utf-8")
        return say(f"{len(changes):,} changes in {html}", err=True)
    if state.json:
        return out_json({"from": a, "to": b, "changes": changes})
    counts = {what: sum(c.what == what for c in changes) for what in ("added", "withdrawn", "revised", "annotated", "reclassified")}
    say(f"Snapshot {a.number} to {b.number}: " + (", ".join(f"{n:,} {what}" for what, n in counts.items() if n) or "no figure differs"))
    table(["", "dataset", "", "", "", ""], [
        [c.what, c.dataset, _key(c.key), _amount(c.old, c.unit), _amount(c.new, c.unit),
         percent(c.change_pct) if c.change_pct is not None else c.note or c.why] for c in changes[:top]], right=(3, 4, 5))
    return say(f"\n  {len(changes) - top:,} more: --top, --json or --html" if len(changes) > top else "")


def _key(key: dict[str, str]) -> str:
    from datetime import date

    from warehouse.reference.periods import Period

    period = Period(date.fromisoformat(key["period_start"]), date.fromisoformat(key["period_end"]))
    aside = ("period_start", "period_end", "classification", "breakdown", "valuation", "currency")
    named = [v for n, v in key.items() if n not in aside and v not in ("-", "TOTAL")]
    return f"{' '.join(named)}, {period}"


def _amount(value: Decimal | None, unit: str) -> str:
    return "–" if value is None else money(value, unit) if len(unit) == 3 and unit.isupper() else f"{value.normalize():f} {unit}"


@snapshots_app.command("restore")
def snapshots_restore(
    snapshot: str = typer.Argument(help="A snapshot, tag, load, day or time whose content is to stand again."),
    dataset: list[str] | None = typer.Option(None, "--dataset", help="Only these, or all under a name; all figures where none is named."),
    why: str = typer.Option(..., "--why", help="Why: kept in the journal."),
    yes: bool = typer.Option(False, "--yes", help="Do it without asking."),
) -> int:
    """Undo a bad load: a new snapshot with an old one's content. Nothing is deleted."""
    from flows.run import decisions

    house = state.house()
    plan = decisions.restorable(house, snapshot, dataset or None)
    if not plan.back + plan.changed + plan.out:
        say(" the present has that content already; nothing was written")
        return 0
    say(f" {plan.back:,} rows come back, {plan.changed:,} change back, {plan.out:,} go out; each ended version is kept")
    if not yes and not typer.confirm(" Restore?"):
        say(" nothing was written")
        return 1
    done = decisions.restore(house, snapshot, dataset or None, why)
    say(f" done: snapshot {done.snapshot}")
    return 0


def rebuild(into: Path | None = typer.Option(None, "--into", help="An empty folder to rebuild into; compared with the lake here."),
            ) -> int:
    """The lake from the archive: log and journal replayed in order, with no network."""
    from flows.run import rebuild as again
    from flows.run.rebuild import reread

    house = state.house(whole=False)
    if into is None:
        said = again.replace_lake(house)
        say(said)
        return 0
    if into.is_file() or (into.is_dir() and any(into.iterdir())):
        raise UsageError(f"{into} is {'a file' if into.is_file() else 'not empty'}: rebuild goes into an empty folder")
    if "\\" in str(into):
        raise UsageError(f"the engine cannot write into {into}: choose a folder without a backslash in its name")
    # Absolute: to the engine, a path that begins with ~ is another folder.
    count, differently, differences = again.into(house, into.absolute())
    if gone := again.left_out(house):
        say(f"Left out: {gone}.", err=True)
    if differences is None:
        say(f"{count} loads replayed into {into}. There is no lake in {house.place.where} to compare it with.{reread(differently)}")
        return 0
    if state.json:
        out_json({"loads": count, "differences": differences, "reread": [each.said for each in differently]})
    else:
        say(f"{count} loads replayed into {into}.{reread(differently)}")
        say("Equal to the lake here, row for row." if not differences else
            "\n".join(f"{name}: {here} rows only here, {there} only in the rebuilt one" for name, (here, there) in differences.items()))
    return 6 if differences else 0
