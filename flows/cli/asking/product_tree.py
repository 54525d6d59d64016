"""``datasets --products``: a classification as a tree. What it is made of is ``warehouse.ask.classifications``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cli.common import out_json, say, state, table
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import duckdb

MOST = 70
"""Letters of a name."""


def tree(con: duckdb.DuckDBPyConnection, products: str, code: str | None) -> None:
    """The codes next below a code, or at the top, with who holds figures of them."""
    from warehouse.ask import classifications
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
            [node.product, node.name if len(node.name) <= MOST else node.name[:MOST - 1].rstrip() + "…", node.level, node.children or "",
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
