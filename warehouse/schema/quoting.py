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
