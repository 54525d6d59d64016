"""``datasets``: what is held, a dataset with its columns, a classification as a tree, and the line to attach the lake elsewhere."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import typer

from flows.cli import tables
from flows.cli.asking.outputs import AS_OF, KNOWN_ON
from flows.cli.common import day, out_json, say, state, table
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from flows.home.house import House


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(datasets)


_NAME = 70
"""Letters of a name."""


def datasets(
    name: str | None = typer.Argument(None, help="A dataset; with --products, a code of the classification."),
    products: str | None = typer.Option(None, "--products", help="The tree of a classification (HS2022), below a code where one is named."),
    everything: bool = typer.Option(False, "--all", help="Each dataset of statements in a line of its own."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON,
) -> None:
    """What is here; with a name, its columns, units, licence, coverage and a line to ATTACH it from any DuckDB."""
    from warehouse.ask import answers
    from warehouse.ask.coverage import refusals

    house, con = state.reading(as_of, known_on)
    attach = {} if as_of or known_on else _attach(house)
    if products is not None:
        return _tree(con, products, name)
    every = answers.rows(con, answers.query("datasets"))
    if name is None:
        if state.json:
            return out_json({**attach, "datasets": every})
        held = [d for d in every if d["n"]]
        stated = [] if everything else [d for d in held if d["account"] == "statement"]
        lines = [[d["dataset"], d["title"], f"{d['n']:,}", day(d["first"]), day(d["last"]), tables.cut(d["licence"], 40)] for d in held
                 if d not in stated]
        if stated:
            lines.append(["statement", f"{len(stated)} datasets of what officials stated: --all shows each",
                          f"{sum(d['n'] for d in stated):,}", day(min(d["first"] for d in stated)),
                          day(max(d["last"] for d in stated)), ""])
        table(["dataset", "title", "rows", "from", "to", "licence"], lines, right=(2,))
        say()
        say(f"  {sum(1 for d in every if not d['n'])} more are known and hold nothing here; entrepot sources lists them.")
        return _say_attach(house) if attach else None
    chosen = [d for d in every if d["dataset"] == name]
    if not chosen:
        raise refusals.no_dataset(name, (d["dataset"] for d in every))
    one = chosen[0]
    columns = answers.rows(con, "SELECT column_name, data_type, comment AS meaning FROM duckdb_columns() WHERE database_name = 'lake' AND "
                                "schema_name || '.' || table_name = ? ORDER BY column_index", [one["table_name"]])
    if state.json:
        return out_json({**one, "columns": columns, **attach})
    table(["", ""], [[k, one[k] if one[k] is not None else "–"] for k in (
        "dataset", "title", "publisher", "account", "chain", "chain_rank", "revision_mode", "partner_scope", "n", "first", "last",
        "units", "cadence", "licence", "may_redistribute", "attribution", "page_url")])
    say()
    table([one["table_name"], "", ""], [[c["column_name"], c["data_type"], c["meaning"] or ""] for c in columns])
    say()
    if one["table_name"] == "stats.trade":
        say("  Rows overlap (totals beside partners and products, groups beside members, flows in flows): sum mart.summable, not these.")
    return _say_attach(house) if attach else None


def _attach(house: House) -> dict[str, Any]:
    from warehouse.lake.place import load_lines

    return {"attach": house.place.attach_line(), "load": load_lines(house.place), "attach_file": house.place.attach_file()}


def _say_attach(house: House) -> None:
    """How any DuckDB reads the lake: by the file that always names the newest copy, or by what is in it now."""
    from warehouse.lake.place import FOR_QUESTIONS, load_lines

    if (file := house.place.attach_file()) is not None:
        say("  From any DuckDB, always the newest copy, without a network:")
        say(f"  duckdb -init {shlex.quote(str(file))}")
        say("  What it runs now:")
    else:
        say("  From any DuckDB:")
    for line in load_lines(house.place):
        say(f"  {line}")
    say(f"  {house.place.attach_line()}")
    say(f"  {FOR_QUESTIONS}")


def _tree(con: duckdb.DuckDBPyConnection, products: str, code: str | None) -> None:
    """The codes next below a code, or at the top, with who holds figures of them."""
    from warehouse.ask.coverage import classifications
    from warehouse.reference.products import OWN, parse

    wanted = parse(products)
    if code is not None:
        if wanted.code:
            raise UsageError(f"{products!r} has a code, and {code!r} is another: name one")
        wanted = parse(f"{products} {code}")
    found = classifications.tree(con, wanted)
    if state.json:
        return out_json(found)
    below = f" below {found.below.product}, {found.below.name or 'without a name'}" if found.below else ""
    say(f"{found.classification}{below}")
    if found.nodes:
        table(["code", "name", "level", "children", "figures in"], [
            [node.product, node.name if len(node.name) <= _NAME else node.name[:_NAME - 1].rstrip() + "…", node.level, node.children or "",
             ", ".join(node.datasets) or "–"] for node in found.nodes], right=(2, 3))
    else:
        say("  Nothing is below it.")
    say()
    for level, datasets in found.levels.items():
        say(f"  At level {level} figures are held in {', '.join(datasets)}.")
    if not found.levels:
        say(f"  No figure by {found.classification} is held.")
    if found.of_any_edition:
        say(f"  No list of {found.classification} is held: these are codes of all editions of the HS together.")
    if OWN in found.lists:
        say("  Names are short ones of our own; a publisher's list of codes (Comtrade's H6.json) brings its own: entrepot import.")
    elif found.lists:
        say(f"  Names by {', '.join(found.lists)}.")
    return None
