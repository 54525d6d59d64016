"""Paths and words inside an SQL text of our own making, where a statement takes no parameter. Pure."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def as_named(path: Path) -> str:
    """A file as DuckDB's readers take it for that very file, whatever marks of patterns are in its path. They guess columns from a
    path with ``=`` too: read with ``hive_partitioning = false``.
    """
    return re.sub(r"([*?\[\]\\{}])", r"[\1]", str(path.absolute())) if re.search(r"[*?\[{]", str(path.absolute())) else str(path.absolute())


def quoted(text: Any) -> str:
    """A path or word inside an SQL text: an apostrophe is doubled."""
    return str(text).replace("'", "''")


def as_cell(text: str) -> str:
    """The SQL expression of a text as a spreadsheet may open it in a CSV: an apostrophe stands before what it would take for a formula.
    A number stays as it is, and a mark alone, such as the ``-`` of what is not divided.
    """
    return (f"CASE WHEN regexp_matches({text}, '^[=+@\\t\\r\\n＝＋＠－-].', 's') AND try_cast({text} AS DOUBLE) IS NULL "
            f"THEN '''' || {text} ELSE {text} END")
