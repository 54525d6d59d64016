"""The two forms of BNM's rates, read into one: currency, day, printed rate, for how many units, locator.

The wide CSV files of data.gov.my (one line a day and kind of rate, one column a currency, ringgit per ONE unit) and the JSON answers of
BNM's own API (ringgit per ``unit``, 100 for the yen). Pure. What becomes a row is the connector's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from connectors.formats.delimited import Line, cell_at, cell_locator, header_of, printed_number, raw_of, read_delimited
from connectors.formats.rows import Unread
from warehouse.reference.currencies import CODES
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.travel import Rejected, Value

KEY = ("date", "rate_type")
MIDDLE, SIDES = "middle", ("buying", "selling")
OTHER_CODES = {"SDR": "XDR"}
"""Codes of BNM's own: the special drawing right is XDR in ISO 4217."""
LEAST_YEN, MOST_YEN = 15, 1500
"""Yen for a dollar; per 100 yen it would be about 1.5 (358 at the most since 1970, 76 at the least)."""
_END = 65536
_FIRST = date(1990, 1, 1)
"""The noon file begins on 2 January 1997; what claims to be much older is no day of it."""
_SESSION = re.compile(rb'"session"\s*:\s*"([0-9]{4})"')
_LOCATOR = re.compile(r"([A-Z]{3}) (\S+), middle_rate for ([0-9]{1,6})", re.ASCII)


@dataclass(frozen=True)
class Quote:
    """One printed middle rate: ringgit for so many units of a currency."""

    currency: str
    """ISO 4217."""
    day: str
    printed: str
    """Empty where there is none (a blank cell, null)."""
    units: int
    locator: str


@dataclass
class Reading:
    """All middle rates of a document, and what else is to be known of it."""

    quotes: list[Quote] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    """The header of a file; an answer has none."""
    unread: Unread = field(default_factory=Unread)
    not_asked: Counter[str] = field(default_factory=Counter)
    added: tuple[str, ...] = ()
    """Columns that are no currency."""


def is_file(body: bytes) -> bool:
    """Whether bytes begin like one of the CSV files: date, rate_type and the dollar, in any capitals."""
    return {*KEY, "usd"} <= {name.casefold() for name in header_of(body)}


def is_answer(body: bytes) -> bool:
    """Whether bytes begin like an answer of the API about exchange rates."""
    return body.lstrip()[:1] == b"{" and b'"currency_code"' in body and b'"buying_rate"' in body


def session_said(body: bytes) -> str:
    """The session that an answer of the API names, or an empty text."""
    found = _SESSION.search(body)
    return found[1].decode() if found else ""


def read_quotes(body: bytes, *, session: str, dataset: str = "", url: str = "") -> Reading:
    """Every middle rate of a document of either form.

    Raises SchemaDrift for another layout, session or direction of the quotation, Incomplete for an empty or torn body.
    """
    if body.lstrip()[:1] == b"{":
        return _read_answer(body, session, dataset=dataset, url=url)
    return _read_file(body, dataset=dataset, url=url)


def printed_cell(body: bytes, locator: str) -> str:
    """The printed rate that a locator names. Raises a PublisherError where these bytes have no such cell."""
    if body.lstrip()[:1] != b"{":
        return cell_at(body, locator, KEY)
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable("a locator in an answer of BNM's API reads 'JPY 2026-09-29, middle_rate for 100'")
    for quote in _answered(body).quotes:
        if quote.locator == locator and quote.printed:
            return quote.printed
    raise NotReadable(f"these bytes have no {locator}")


# The files


def _read_file(body: bytes, *, dataset: str, url: str) -> Reading:
    table = read_delimited(body, needs=KEY, dataset=dataset, url=url)
    found = Reading(columns=table.header)
    currencies, added = [], []
    for at, name in enumerate(table.header):
        code = OTHER_CODES.get(name.upper(), name.upper())
        if code in CODES:
            currencies.append((at, name, code))
        elif name and name not in KEY:
            added.append(name)
    found.added = tuple(added)
    if len({code for _, _, code in currencies}) < len(currencies) or not currencies:
        raise SchemaDrift("the header names a currency twice" if currencies else "the header names no currency", dataset=dataset, url=url)
    at_date, at_type = (table.column(name) for name in KEY)
    for line in table.ragged:
        said = f"{len(line.cells)} cells where the header has {len(table.header)}"
        found.unread.add(Rejected(f"line {line.number}", "width", said, raw_of(line)), **_day_of(line, at_date))
    kinds: Counter[str] = Counter()
    for line in table.lines:
        day, kind = line.cells[at_date].strip(), line.cells[at_type].strip()
        kinds[kind] += 1
        if kind == MIDDLE:
            found.quotes += [Quote(code, day, line.cells[at].strip(), 1, cell_locator(line.number, (day, kind), name))
                             for at, name, code in currencies]
        elif kind in SIDES:
            found.not_asked[f"{kind} rate"] += len([at for at, _, _ in currencies if line.cells[at].strip()])
        else:
            said = f"'{kind[:40]}' is none of {MIDDLE}, {', '.join(SIDES)}"
            where = f"line {line.number} ({day[:40]}, {kind[:40]})"
            found.unread.add(Rejected(where, "rate_type", said, raw_of(line)), **_day_of(line, at_date))
    if not kinds[MIDDLE] and any(kinds[side] for side in SIDES):
        raise SchemaDrift(f"{NO_MIDDLE}: take the file of 12:00 (daily_1200.csv)", dataset=dataset, url=url)
    _per_one_unit(found.quotes, dataset=dataset, url=url)
    return found


def _day_of(line: Line, at_date: int) -> dict[str, Value]:
    """The day of a line that cannot be read, where it stands in its place; else nothing is known of it."""
    day = day_of(line.cells[at_date]) if at_date < len(line.cells) else None
    return {"period_start": day} if day else {}


def day_of(text: str) -> date | None:
    """The day that a cell prints, None where it is none."""
    try:
        day = date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None
    return day if day and _FIRST <= day < date(2200, 1, 1) else None


NO_MIDDLE = "only buying and selling rates stand here, as in the session of 11:30, and no middle rate is made of them"


def _per_one_unit(quotes: list[Quote], *, dataset: str, url: str) -> None:
    """Raises SchemaDrift where the newest yen beside a dollar shows that rates are not for one unit of each currency."""
    rates: dict[str, dict[str, Decimal]] = {}
    for quote in quotes:
        if quote.currency in ("USD", "JPY") and (number := printed_number(quote.printed)):
            rates.setdefault(quote.day, {})[quote.currency] = number
    both = [day for day, known in rates.items() if len(known) == 2]
    if both and not LEAST_YEN <= rates[max(both)]["USD"] / rates[max(both)]["JPY"] <= MOST_YEN:
        raise SchemaDrift(f"on {max(both)[:40]} a dollar is {rates[max(both)]['USD']} and a yen {rates[max(both)]['JPY']} ringgit: the "
                          "rates are not for one unit of each currency any more", dataset=dataset, url=url)


def last_day(body: bytes) -> str:
    """The latest day with which a line begins or ends a file, as text; empty where none does."""
    ends = body[:_END] + b"\n" + body[-_END:]
    return max((found[1].decode() for found in re.finditer(rb"^([0-9]{4}-[0-9]{2}-[0-9]{2}),", ends, re.MULTILINE)), default="")


# The API


def _read_answer(body: bytes, session: str, *, dataset: str, url: str) -> Reading:
    found = _answered(body, session, dataset=dataset, url=url)
    if found.quotes and not any(quote.printed for quote in found.quotes):
        raise SchemaDrift(f"{NO_MIDDLE}: ask with session={session}", dataset=dataset, url=url)
    return found


def _answered(body: bytes, session: str = "", *, dataset: str = "", url: str = "") -> Reading:
    """An answer to one currency (an object) or all (a list), for one day (an object) or a month (a list)."""
    def drift(said: str) -> SchemaDrift:
        return SchemaDrift(said, dataset=dataset, url=url)

    try:
        message = msgspec.json.Decoder(float_hook=str).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise drift(f"not JSON: {exc}") from exc
    meta = message.get("meta") if isinstance(message, dict) else None
    if not isinstance(meta, dict) or "data" not in message:
        raise drift("the answer has no data and meta")
    if meta.get("quote") != "rm":
        raise drift(f"the rates are quoted {str(meta.get('quote'))[:20]!r} and not in ringgit ('rm'): ask with quote=rm")
    if session and meta.get("session") != session:
        raise drift(f"the rates are those of session {str(meta.get('session'))[:20]!r}, not of {session!r} (the API answers a question "
                    "without a session by 1130)")
    found = Reading()
    for entry in _each(message["data"]):
        code, units, rate = (entry.get(name) for name in ("currency_code", "unit", "rate"))
        code = OTHER_CODES.get(str(code), str(code))
        if isinstance(units, bool) or not isinstance(units, int) or not 0 < units <= 100_000:
            found.unread.add(Rejected(code[:20], "unit", f"{str(units)[:40]!r} is no number of units", str(entry)[:500]))
            continue
        if code not in CODES:
            found.not_asked["no currency of ISO 4217"] += 1
            continue
        for day in _each(rate):
            printed = day.get("middle_rate")
            found.quotes.append(Quote(code, str(day.get("date")), "" if printed is None else str(printed), units,
                                      f"{code} {str(day.get('date'))[:40]}, middle_rate for {units}"))
    if not found.quotes and not found.unread.rejected:
        raise drift("the answer holds no currency and no rate")
    return found


def _each(value: object) -> Iterator[dict[str, Any]]:
    """One object, or each object of a list; what is neither is passed over."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one

