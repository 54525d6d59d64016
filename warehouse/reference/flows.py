"""Flows: what people call them. ``exports``, ``EXPORT`` and ``X`` are all the flow ``export``. Pure."""

from __future__ import annotations

from collections.abc import Collection

from warehouse.reference.areas import fold
from warehouse.schema.errors import NotKnown
from warehouse.schema.travel import FLOWS

NAMES = {name: flow for flow, names in {
    "total": "total, total trade, trade, goods trade, trade in goods, both, turnover, trade volume, exports and imports, "
             "imports and exports, export and import, import and export",
    "balance": "balance, trade balance, balance of trade, net exports, surplus, trade surplus, deficit, trade deficit",
    "re-export": "re exports, reexport, reexports", "re-import": "re imports, reimport, reimports",
    "domestic-export": "domestic exports", "retained-import": "retained imports",
    "export": "exports, x", "import": "imports, m",
}.items() for name in (fold(flow), *names.split(", "))}
"""Names in use, folded. A surplus is a balance seen from one side; X and M are SDMX's codes."""


SPOKEN = {"export": "exports", "import": "imports", "total": "total trade", "domestic-export": "domestic exports",
          "re-export": "re-exports", "re-import": "re-imports", "retained-import": "retained imports"}
"""Flows inside a sentence, a title or a legend; others by their own name."""


def flow(wrote: str, among: Collection[str] = FLOWS) -> str:
    """The flow that a person means, of those that can be asked for here. Raises NotKnown with the nearest where it is none of them."""
    found = NAMES.get(fold(wrote))
    if found in among:
        return str(found)
    from difflib import get_close_matches  # only here: a right word must not pay for a wrong one

    near = list(dict.fromkeys(NAMES[name] for name in get_close_matches(fold(wrote)[:60], list(NAMES), 3, 0.6) if NAMES[name] in among))
    offered = f"; nearest: {', '.join(near)}" if near else f"; write {', '.join(one for one in FLOWS if one in among)}"
    raise NotKnown(f"no flow {wrote[:60]!r}" + (" here" if found else "") + offered, what="flow", typed=wrote, nearest=near)
