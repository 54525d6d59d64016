"""Who the IMF is, what it calls areas, which of its codes are groups, and which currency is whose."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="imf", title="International Monetary Fund", called="the IMF", languages=("en",), tz="America/New_York",
    licence="Terms of 2024-10-11 for data: derive and distribute with attribution, changes named, no resale "
            "(https://www.imf.org/en/About/copyright-and-terms)",
    attribution="Source: International Monetary Fund, International Trade in Goods by partner country (IMTS)",
    names={"en": ("International Monetary Fund", "IMF", "Direction of Trade Statistics", "DOTS")},
)
"""It speaks for no area: each reporter's account is its own, filled by the Fund where a reporter gives none."""
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of CL_IMTS_COUNTRY (2026-09): alpha-3 of ISO, and the Fund's own."""


@cache
def groups() -> Mapping[str, str]:
    """Codes that are groups or parts and no area here → their names. By list: GAB, GBR and GHA begin like G001 and are countries."""
    with Path(__file__).with_name("groups.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


class Currency(NamedTuple):
    """Whose domestic currency is which."""

    code: str
    """ISO 4217."""
    since: date
    """First day of its present unit; older observations are of another one, or restated in this by rules that nobody saw."""


@cache
def currencies() -> Mapping[str, Currency]:
    """Code of a country in ER → its currency. A country that is not among them is asked for nothing."""
    with Path(__file__).with_name("currencies.csv").open(encoding="utf-8", newline="") as file:
        return {row["country"]: Currency(row["currency"], date.fromisoformat(row["since"])) for row in csv.DictReader(file)}
