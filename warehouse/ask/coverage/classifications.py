"""A classification as a tree: its codes with their names, and which datasets hold figures of them. Printing is the command line's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb

from warehouse.reference.products import EDITIONS, HS, TOTAL, Products
from warehouse.schema.errors import UsageError


@dataclass(frozen=True)
class Node:
    """One code."""

    product: str
    name: str
    """Empty where no list that is held names it."""
    level: int
    """As product_level in stats.trade."""
    children: int
    datasets: tuple[str, ...]
    """Those that hold figures of this very code in this classification."""


@dataclass(frozen=True)
class Tree:
    """The codes next below one code, or at the top."""

    classification: str
    below: Node | None
    nodes: tuple[Node, ...]
    levels: dict[int, tuple[str, ...]]
    """Level → datasets that hold figures at it, of the whole classification."""
    lists: tuple[str, ...]
    """Where the names are from: datasets, or ``entrepot``."""
    of_any_edition: bool
    """No list of this edition of the HS is held: the codes are those of all editions together, with those that ended."""


def tree(con: duckdb.DuckDBPyConnection, wanted: Products) -> Tree:
    """A classification, below ``wanted.code`` where one is named. An edition of the HS of which no list is held has the names of the HS.

    Raises UsageError, naming the classifications that are held, where it is neither named nor used by any figure.
    """
    if not wanted.classification or wanted.level or wanted == TOTAL:
        raise UsageError(f"{wanted} is no classification: entrepot datasets --products HS2022 shows its tree, --products HS2022 85 what "
                         "is below a code")
    own = wanted.classification
    named, of_any_edition = _list(con, own), False
    if not named and own.startswith(HS):
        named, of_any_edition = _list(con, HS), True
    held: dict[str, tuple[int, tuple[str, ...]]] = {
        product: (level, tuple(datasets)) for product, level, datasets in con.execute(
            "SELECT product, any_value(product_level), list(DISTINCT dataset ORDER BY dataset) FROM stats.trade "
            "WHERE classification = ? AND breakdown = '-' GROUP BY product", [own]).fetchall()}
    if not held and (not named or (of_any_edition and own not in EDITIONS)):
        lists = [name for (name,) in con.execute(
            "SELECT classification FROM ref.product UNION SELECT classification FROM stats.trade ORDER BY 1").fetchall() if name != "-"]
        raise UsageError(f"no list of {own} is held, and no figure by it; held: {', '.join(lists) or 'none'}")
    below: defaultdict[str, list[str]] = defaultdict(list)
    # Of a list that is not held the headings and chapters are made up from the codes below them.
    above = {product[:digits] for product in held for digits in (2, 4) if own.startswith(HS) and digits < len(product)}
    known = named.keys() | held.keys() | above
    for product in sorted(known):
        below[_parent(own, product, named)].append(product)

    def node(product: str) -> Node:
        name, _, level, _ = named.get(product, ("", None, held[product][0] if product in held else len(product), ""))
        return Node(product, name, level, len(below[product]), held.get(product, (0, ()))[1])

    if wanted.code and wanted.code not in known:
        raise UsageError(f"{own} has no code {wanted.code!r}, as far as it is held: entrepot datasets --products {own} shows its top")
    levels: defaultdict[int, set[str]] = defaultdict(set)
    for level, datasets in held.values():
        levels[level].update(datasets)
    shown = tuple(node(product) for product in below[wanted.code or TOTAL.code])
    return Tree(own, node(wanted.code) if wanted.code else None, shown, {level: tuple(sorted(levels[level])) for level in sorted(levels)},
                tuple(sorted({named[each.product][3] for each in shown if each.product in named})), of_any_edition)


def _list(con: duckdb.DuckDBPyConnection, classification: str) -> dict[str, tuple[str, str | None, int, str]]:
    """Code → name, parent, level and the list that says so."""
    return {row[0]: row[1:] for row in con.execute(
        "SELECT product, name, parent, level, dataset FROM mart.products WHERE classification = ?", [classification]).fetchall()}


def _parent(classification: str, product: str, named: dict[str, tuple[str, str | None, int, str]]) -> str:
    """The code that one belongs to: as its list says; of a code of the HS without a name, the longer of its beginnings."""
    if product in named:
        return named[product][1] or TOTAL.code
    return product[:-2] if classification.startswith(HS) and len(product) > 2 else TOTAL.code
