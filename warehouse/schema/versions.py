"""The id of a version, as SQL: the same for the same table, key and number in every lake."""

from __future__ import annotations

from collections.abc import Iterable


def version_id(table: str, key: Iterable[str], number: str) -> str:
    """The expression over the key's columns, in the table's order, and the version's number."""
    return f"md5(concat_ws('|', '{table}', {', '.join(key)}, {number}))"
