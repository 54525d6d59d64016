"""Currencies: what people call them, how sums in them are written, and whose account they speak of. Pure; whether figures or rates in
one are held is the lake's to say.

The data are ``currencies.csv`` (the codes of ISO 4217) and ``currency_names.csv`` beside this module, reviewed by people.
"""

from __future__ import annotations

import csv
from difflib import get_close_matches
from pathlib import Path

from warehouse.schema.errors import UsageError


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_CURRENCIES = _rows("currencies.csv")
CODES = frozenset(row["currency"] for row in _CURRENCIES)
HOMES = {row["currency"]: row["home"] for row in _CURRENCIES if row["home"]}
"""Whose own account a sum in a currency speaks of, of currencies that trade is counted in at home alone."""
SYMBOLS = {row["currency"]: row["symbol"] for row in _CURRENCIES if row["symbol"]}
"""Signs that sums are printed with; all others have their code and a blank."""
NAMES = {row["name"]: row["currency"] for row in _rows("currency_names.csv")}
"""Names in use, in the singular. "Dollars" alone are those of the USD, as in the publishers' tables."""


def currency(wrote: str) -> str:
    """The code of a currency by code or name. Raises UsageError with the nearest where it is none."""
    text = " ".join(wrote.split()).casefold()
    if text.upper() in CODES:
        return text.upper()
    for name in (text, text.removesuffix("s"), text.replace("dollars", "dollar").replace("pounds", "pound")):
        if name in NAMES:
            return NAMES[name]
    near = [NAMES.get(name, name.upper()) for name in get_close_matches(
        text, [*NAMES, *(code.casefold() for code in CODES)], 3, 0.6)]
    raise UsageError(f"no currency {wrote[:60]!r}" + (f"; near it: {', '.join(dict.fromkeys(near))}" if near else
                     "; write a code such as USD, MYR, CNY or EUR"))
