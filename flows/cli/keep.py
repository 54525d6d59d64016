"""Keeping: snapshots and rebuild."""

from __future__ import annotations

from pathlib import Path

import typer

from flows.cli.common import money, out_json, percent, say, state, table
from warehouse.schema.errors import UsageError

snapshots_app = typer.Typer(no_args_is_help=True, help="Loads that changed the lake: list, show.")


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.add_typer(snapshots_app, name="snapshots", rich_help_panel=panel)
    app.command(rich_help_panel=panel)(rebuild)


@snapshots_app.command("list")
def snapshots_list(last: int = typer.Option(30, "--last", help="So many, the newest.")) -> None:
    """What each load brought, newest last."""
    from warehouse import answers

    _, con = state.reading()
    found = answers.rows(con, "SELECT * FROM (SELECT * FROM ops.load ORDER BY snapshot DESC LIMIT ?) ORDER BY snapshot", [last])
    if state.json:
        return out_json(found)
    return table(["", "recorded", "dataset", "batch", "new", "revised", "withdrawn", "load"], [
        [r["snapshot"], f"{r['recorded_at']:%Y-%m-%d %H:%M}Z", r["dataset"], r["batch"], f"{r['rows_new']:,}", r["rows_revised"],
         r["rows_withdrawn"], r["load_id"][:10]] for r in found], right=(0, 4, 5, 6))


@snapshots_app.command("show")
def snapshots_show(number: int) -> None:
    """One load: its document, checks, largest changes."""
    from warehouse import answers

    house, con = state.reading()
    found = answers.rows(con, "SELECT l.*, f.url, f.asked_at, f.origin_kind FROM ops.load l LEFT JOIN ops.fetch f USING (fetch_id) "
                              "WHERE snapshot = ?", [number])
    if not found:
        (newest,) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        raise UsageError(f"there is no snapshot {number}; the newest is {newest}")
    load = found[0]
    checks = answers.rows(con, "SELECT * FROM ops.check_result WHERE load_id = ? ORDER BY level, check_name", [load["load_id"]])
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
             percent((c["new_value"] / c["old_value"] - 1) * 100) if c["old_value"] and c["new_value"] is not None else ""]
            for c in changes], right=(2, 3, 4))
    _ = house
    return None


def rebuild(into: Path | None = typer.Option(None, "--into", help="An empty folder to rebuild into; compared with the lake here."),
            ) -> int:
    """The lake from the archive: log and journal replayed in order, with no network."""
    from flows.rebuild import compare, replace_lake, replay
    from warehouse.lake import Place

    house = state.house()
    if into is None:
        said = replace_lake(house)
        say(said)
        return 0
    if into.exists() and any(into.iterdir()):
        raise UsageError(f"{into} is not empty")
    count = replay(house, Place(into))
    differences = compare(house.place, Place(into))
    if state.json:
        out_json({"loads": count, "differences": differences})
    else:
        say(f"{count} loads replayed into {into}.")
        say("Equal to the lake here, row for row." if not differences else
            "\n".join(f"{name}: {here} rows only here, {there} only in the rebuilt one" for name, (here, there) in differences.items()))
    return 6 if differences else 0
