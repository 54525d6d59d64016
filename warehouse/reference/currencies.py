"""Currencies: what people call them, how sums in them are written, and whose account they speak of. Pure; whether figures or rates in
one are held is the lake's to say.

The data are ``currencies.csv`` (the codes of ISO 4217) and ``currency_names.csv`` beside this module, reviewed by people.
"""

from __future__ import annotations

import csv
import unicodedata
from difflib import get_close_matches
from pathlib import Path

from warehouse.schema.errors import NotKnown


def _rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


_CURRENCIES = _rows("currencies.csv")
CODES = frozenset(row["currency"] for row in _CURRENCIES)
HOMES = {row["currency"]: row["home"] for row in _CURRENCIES if row["home"]}
"""Whose own account a sum in a currency speaks of, of currencies that trade is counted in at home alone."""
SYMBOLS = {row["currency"]: row["symbol"] for row in _CURRENCIES if row["symbol"]}
"""Signs that sums are printed with; all others have their code and a blank."""
_NAMED = _rows("currency_names.csv")
NAMES = {row["name"]: row["currency"] for row in _NAMED if row["currency"]}
"""Names in use, in the singular, as a text means them. "Dollars" alone are those of the USD, as in the publishers' tables."""
_SEVERAL = {row["name"]: tuple(sorted({*row["also"].split(), *filter(None, [row["currency"]])})) for row in _NAMED if row["also"]}
"""Names of several currencies, none of which is meant before the others where a person types it."""


def currency(wrote: str) -> str:
    """The code of a currency by code or name. Raises NotKnown with the nearest where it is none, or with those that a name may mean."""
    text = " ".join(unicodedata.normalize("NFKC", wrote).split()).casefold()
    if text.upper() in CODES:
        return text.upper()
    names = dict.fromkeys((text, text.removesuffix("s"), text.replace("dollars", "dollar").replace("pounds", "pound"),
                           text.replace(" ", ""), text.removesuffix("r") if text.endswith("er") else text))
    for name in names:
        if several := _SEVERAL.get(name):
            raise NotKnown(f"{wrote.strip()[:60]!r} may be {' or '.join(several)}: write which", what="currency", typed=wrote,
                           nearest=several)
        if name in NAMES:
            return NAMES[name]
    near = [NAMES.get(name, name.upper()) for name in get_close_matches(
        text[:60], [*NAMES, *(code.casefold() for code in CODES)], 3, 0.6)]
    raise NotKnown(f"no currency {wrote[:60]!r}" + (f"; nearest: {', '.join(dict.fromkeys(near))}" if near else
                   "; write a code such as USD, MYR, CNY or EUR"), what="currency", typed=wrote, nearest=tuple(dict.fromkeys(near)))
