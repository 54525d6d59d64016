"""A synthetic ``trade_headline.csv``: DOSM's columns and identities, invented round figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

URL = "https://storage.dosm.gov.my/trade/trade_headline.csv"
COLUMNS = ("series", "date", "exports", "exports_domestic", "re_exports", "imports", "imports_retained", "total",
           "balance")


def last_month() -> date:
    """First day of the newest month that is over: held, nothing is overdue."""
    return (date.today().replace(day=1) - timedelta(days=1)).replace(day=1)


def headline(newest: date, *, months: int = 120, scale: int = 1, exports_of: Mapping[date, int] | None = None,
             more_columns: Mapping[str, str] | None = None) -> bytes:
    """So many months up to the newest. ``exports_of`` sets the domestic exports of single months."""
    more = more_columns or {}
    lines = [",".join((*COLUMNS, *more))]
    for back in reversed(range(months)):
        month = (newest.year * 12 + newest.month - 1) - back
        day = date(month // 12, month % 12 + 1, 1)
        domestic = (exports_of or {}).get(day, 100_000_000_000 + month * 1_000_000) * scale
        again, imports = 20_000_000_000 * scale, 90_000_000_000 * scale
        exports = domestic + again
        figures = (exports, domestic, again, imports, imports - again, exports + imports, exports - imports)
        lines.append(",".join(["abs", day.isoformat(), *map(str, figures), *more.values()]))
    return ("\n".join(lines) + "\n").encode()
