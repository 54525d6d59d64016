"""Years that do not begin in January: "FY25", "2024-25", "fiscal 2024", "this fiscal", "the first half of fiscal 2025".

Whose year it is comes from the sentence, else from whom the text speaks for; ``vocabulary/fiscal_years.csv`` has each one's first month,
whether it is named by its first or its last year, and whether "2024-25" means it. Where nobody's is known the words date nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from warehouse.claims.vocabulary import rows, vocabulary


@dataclass(frozen=True)
class FiscalYear:
    """How one economy counts its years."""

    first_month: int
    by_last: bool
    split: bool
    """"2024-25" means one of them, and not two calendar years."""

    def first(self, named: int) -> int:
        """Its first month, counted from year 0, of the one named by this year."""
        return (named - (self.by_last and self.first_month > 1)) * 12 + self.first_month - 1

    def current(self, month: int) -> int:
        """First month of the one that a month is in."""
        return month - (month - (self.first_month - 1)) % 12


@cache
def fiscal_years() -> Mapping[str, FiscalYear]:
    return {area: FiscalYear(int(month), named == "last", split == "yes") for area, month, named, split in rows("fiscal_years.csv")}


_BESIDE = re.compile(r"\b(?:to|from|with|than|into) (?:the )?$")
"""Before an economy that is only traded with."""


@cache
def _named() -> tuple[re.Pattern[str], Mapping[str, str]]:
    forms = {entry.cased: entry.value for held in vocabulary().lexicon.values() for entry in held
             if entry.kind in ("economy", "agency") and entry.cased and entry.value in fiscal_years()}
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, forms), key=len, reverse=True))})(?![\w$])"), forms


def whose_year(plain: str, home: str | None) -> FiscalYear | None:
    """The calendar that a sentence goes by: of whom it names first, of those who have one; else of whom the text speaks for."""
    if re.search(r"fiscal|financial|FY|\d\d-\d\d", plain) is None:
        return None
    pattern, forms = _named()
    named = [(forms[found[0]], found) for found in pattern.finditer(plain) if not _BESIDE.search(plain[:found.start()])]
    owners = [area for area, found in named if plain.startswith(("'s", "'"), found.end())]
    areas = [home] if home in [area for area, _ in named] else [*owners, *(area for area, _ in named), home]
    return next((fiscal_years()[area] for area in areas if area is not None and area in fiscal_years()), None)
