"""The data dictionary, written from the contracts: ``python -m warehouse.schema.dictionary > docs/data-dictionary.md``."""

from __future__ import annotations

import sys

from warehouse.schema.meanings import own_columns, views
from warehouse.schema.tables import TABLES, sql_type


def dictionary() -> str:
    """Markdown: every table with its key, columns, types and meanings."""
    parts = ["# Data dictionary", "",
             "Written from the contracts in `warehouse/schema/contracts.py` by `make docs`; a test holds them together.",
             "`*` marks the key.",
             "The views of `mart` follow, with the columns that are theirs; they are in `warehouse/lake/views/`. A lake has these "
             "meanings as comments (`duckdb_tables()`, `duckdb_views()`, `duckdb_columns()`), and all columns in `mart.dictionary`.", ""]
    for table in TABLES.values():
        parts += [f"## `{table.name}`", "", table.doc, "", "| column | type | null | meaning |", "| --- | --- | --- | --- |"]
        for name, column in table.columns.items():
            mark = "*" if name in table.key else ""
            parts.append(f"| {name}{mark} | {sql_type(column)} | {'yes' if column.nullable else ''} | "
                         f"{(column.description or '').replace('|', chr(92) + '|')} |")
        if table.compared:
            parts += ["", f"A change of {', '.join(table.compared)} begins a new version."]
        parts.append("")
    for name, meaning in views().items():
        parts += [f"## `{name}`", "", meaning[0].upper() + meaning[1:], ""]
        if own := own_columns(name):
            parts += ["| column | meaning |", "| --- | --- |", *(f"| {column} | {text} |" for column, text in own.items()), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(dictionary())
