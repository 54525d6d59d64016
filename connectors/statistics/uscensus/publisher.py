"""Who the Census Bureau is, for everything that speaks of its figures, and what it and DataWeb call areas."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from warehouse.reference import areas
from warehouse.reference.areas import Labels
from warehouse.schema.travel import Band, Publisher

PUBLISHER = Publisher(
    publisher="uscensus", title="United States Census Bureau", called="the US Census Bureau", languages=("en",), tz="America/New_York",
    # No currency of its home: trade of everybody is counted in dollars.
    area="USA", account_of_area=True, licence="public domain (a work of the United States government)",
    attribution="Source: U.S. Census Bureau, USA Trade data", quoted_in="USD",
    names={"en": ("US Census Bureau", "U.S. Census Bureau", "United States Census Bureau", "Census Bureau", "US Commerce Department",
                  "U.S. Commerce Department", "Commerce Department")},
    # Revised with each June's annual revision; no size was seen.
    bands=(Band(2.0),),
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of Schedule C, the Census's list of countries, as answers had them and as two others give the list; and names that are no
English name in use."""


def area_of(code: str, name: str, on: date) -> str | None:
    """The area of a row: by its code, else by its name; None for what is known by neither."""
    return LABELS.area_of(code, on) or LABELS.area_of(name, on) or areas.named(name, on)
