"""Answers as JSON, CSV or a plain value, and refusals in the one shape with the status that fits. Who asked and what is ``api``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from flows.web.words import reworded
from warehouse.ask import machines
from warehouse.schema.errors import (
    Busy,
    EntrepotError,
    LakeDamaged,
    NotHeld,
    TookTooLong,
    TooMany,
    TooMuch,
    Unreachable,
    UsageError,
)

STATUS: tuple[tuple[type[EntrepotError], int], ...] = (
    (NotHeld, 404), (TooMuch, 413), (UsageError, 400), (TookTooLong, 504), (TooMany, 503), (Unreachable, 503), (Busy, 503),
    (LakeDamaged, 500), (EntrepotError, 503))
"""The first that an error is of; what is not ready yet (nothing is loaded, another version wrote it) is 503."""
AGAIN_S = "5"
FIRST = (*machines.KEYS, "may_redistribute")


def as_json(answer: Any, status: int = 200) -> Response:
    """An answer of plain values."""
    return _response(json.dumps(answer, ensure_ascii=False, allow_nan=False), "application/json", status)


def as_csv(rows: Sequence[dict[str, Any]], left_out: int = 0) -> Response:
    """Rows with the columns of all of them, what every figure has first. Raises TooMuch where some were left out: a part of a table
    looks like the whole.
    """
    if left_out:
        raise TooMuch(f"{left_out:,} rows more than the {len(rows):,} that one answer takes: ask for less at once, or set "
                      "ENTREPOT_WEB_ROWS higher; JSON gives the first ones and says so")
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [*(name for name in FIRST if name in names), *(name for name in names if name not in FIRST)]
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(map(_cell, columns))
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return _response(made.getvalue(), "text/csv; header=present")


def as_value(value: Any) -> Response:
    """One number or text, as ``=WEBSERVICE()`` puts it into a cell."""
    return _response(str(_cell(value)), "text/plain")


def refusal(error: EntrepotError, what: str, *, text: bool = False, status: int | None = None) -> Response:
    """What is refused, as JSON, or as a sentence where a cell or a table was asked for."""
    status = status or next(number for kind, number in STATUS if isinstance(error, kind))
    told = machines.simple(machines.refusal(reworded(error), what))
    made = _response(f"{told['why']}\n", "text/plain", status) if text else as_json(told, status)
    if status == 503:
        made.headers["retry-after"] = AGAIN_S
    return made


def _cell(value: Any) -> Any:
    """A cell: nothing stays empty, lists and objects are JSON, and a text that a spreadsheet would take for a formula stays a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and len(value) > 1 and value[0] in "=+-@\t\r\n＝＋－＠":
        return f"'{value}"
    return value


def _response(body: str, kind: str, status: int = 200) -> Response:
    # Lone surrogates have no bytes.
    return Response(body.encode("utf-8", "replace"), status, {"cache-control": "no-store", "content-type": f"{kind}; charset=utf-8"})
