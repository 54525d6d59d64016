"""What each table and view means, in a sentence or two: of tables their contracts say it, of views the lines above them in their files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from warehouse.schema.tables import TABLES

VIEWS = Path(__file__).parents[1] / "lake" / "views"
_HEAD = re.compile(r"^-- (mart\.\w+): ((?:.*\n-- )*.*)\nCREATE OR REPLACE VIEW \1\b", re.MULTILINE)


@cache
def views() -> dict[str, str]:
    """View → its meaning, in the order of their files. Raises ValueError for one without."""
    found: dict[str, str] = {}
    for path in sorted(VIEWS.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        heads = list(_HEAD.finditer(text))
        if len(heads) != text.count("CREATE OR REPLACE VIEW"):
            raise ValueError(f"{path.name} has a view without its meaning above it: -- mart.NAME: …")
        found |= {head[1]: head[2].replace("\n-- ", " ") for head in heads}
    return found


def comments() -> str:
    """Statements that put them beside the tables and views of a lake, for whoever asks DuckDB."""
    said = [("TABLE", name, table.doc) for name, table in TABLES.items()] + [("VIEW", name, text) for name, text in views().items()]
    return "\n".join(f"COMMENT ON {kind} {name} IS '{text.replace(chr(39), 2 * chr(39))}';" for kind, name, text in said)
