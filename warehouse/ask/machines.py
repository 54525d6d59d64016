"""The one shape of what machines are told: ``--json``, ``/api/``, MCP and Python give figures and refusals with the same keys.

A figure has everything that ``answers`` knows of it, and of ``KEYS`` each: a value in whole units of its ``unit`` is never without its
valuation, vintage, licence and source. A refusal says what was asked, what is nearest and why, and is never an empty list. Pure but for
``known``; who asks and over what is elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from warehouse.schema.errors import EntrepotError, NotKnown
from warehouse.shown import shown

if TYPE_CHECKING:
    import duckdb

KEYS = ("value", "unit", "valuation", "period", "dataset", "publisher", "released_at", "version_id", "licence", "attribution",
        "origin_kind")
"""What every figure has. ``value`` is in whole units of ``unit``, the multiplier of its publisher's table applied; ``released_at`` is the
moment of the vintage; ``version_id`` is what ``trace`` takes; ``origin_kind`` tells a publisher's own bytes from a page that was composed
for the sample."""
Known = Mapping[str, Mapping[str, Any]]


def known(con: duckdb.DuckDBPyConnection) -> Known:
    """What holds for all figures of a dataset: publisher, licence, attribution and whether they may be passed on."""
    return {dataset: {"publisher": publisher, "licence": licence, "attribution": attribution, "may_redistribute": passed_on}
            for dataset, publisher, licence, attribution, passed_on in con.execute(
                "SELECT dataset, publisher, licence, attribution, may_redistribute FROM ref.dataset").fetchall()}


def figures(rows: Iterable[Any], held: Known) -> list[dict[str, Any]]:
    """Several, as ``figure`` gives them."""
    return [figure(row, held) for row in rows]


def figure(row: Any, held: Known) -> dict[str, Any]:
    """One figure: a record of ``answers``, ``ranks`` or ``mirrors``, or a row as a mapping, with all of ``KEYS``."""
    made = dict(row) if isinstance(row, Mapping) else {name: getattr(row, name) for name in row.__dataclass_fields__}
    said = held.get(str(made.get("dataset")), {})
    start, end = made.get("period_start"), made.get("period_end")
    first = {
        "value": made.get("value", made.get("rate")), "unit": made.get("currency") or made.get("unit") or made.get("quote"),
        "valuation": made.get("valuation"), "period": period(start, end) if start and end else made.get("period"),
        "dataset": made.get("dataset"), "publisher": made.get("publisher") or said.get("publisher"),
        "released_at": made.get("released_at") or made.get("realtime_start") or made.get("as_of"),
        "version_id": made.get("version_id") or None, "licence": said.get("licence"),
        "attribution": said.get("attribution") or made.get("attribution"),
        "origin_kind": made.get("origin_kind") or made.get("origin"), "may_redistribute": said.get("may_redistribute")}
    return {**first, **{name: value for name, value in made.items() if name not in first}}


def period(start: date, end: date) -> str:
    """``2024``, ``2024-06``, ``2024-01/2024-06`` (ISO 8601) or a day."""
    if start == end:
        return start.isoformat()
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return f"{start:%Y}" if start.year == end.year else f"{start:%Y}/{end:%Y}"
    return f"{start:%Y-%m}" if (start.year, start.month) == (end.year, end.month) else f"{start:%Y-%m}/{end:%Y-%m}"


_NEAREST = re.compile(r".*(?:nearest|near it|held): ([^;]+)", re.DOTALL)


def refusal(error: EntrepotError, what: str = "") -> dict[str, Any]:
    """``{error, what, nearest, why}``: ``what`` is the question where the error does not name the word that is at fault."""
    why = str(error)
    nearest: list[str] = list(getattr(error, "nearest", ()))
    if isinstance(error, NotKnown) and error.typed:
        what = f"{error.what} {error.typed!r}"
    if not nearest and (found := _NEAREST.match(why)):  # sentences of ours end with what there is
        nearest = [name for name in re.split(r", (?![^()]*\))", found[1].rstrip(".")) if name]
    return {"error": {"name": type(error).__name__, "said": why, "exit_code": error.exit_code},
            "what": what, "nearest": nearest, "why": why}


def plain(value: Any) -> Any:
    """What JSON has no word for: times as ISO 8601, decimals as numbers, records as objects."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def simple(value: Any) -> Any:
    """A whole answer of plain values alone, in which no character commands a terminal and every number is one."""
    if isinstance(value, str):
        return shown(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {shown(str(name)): simple(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [simple(each) for each in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value)
    return simple(plain(value))
