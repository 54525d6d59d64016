"""Who the OECD is, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="oecd", title="Organisation for Economic Co-operation and Development", called="the OECD", languages=("en",),
    tz="Europe/Paris", licence="OECD terms of 1 July 2024: free reuse with the source named (https://www.oecd.org/termsandconditions, not "
    "verified by us)",
    attribution="Source: OECD", names={"en": ("Organisation for Economic Co-operation and Development", "OECD")},
)
"""It speaks for no area: it estimates, out of what national offices report."""
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of its list CL_AREA: those of ISO 3166-1, and some of its own for what is no country any more."""
GROUPS = frozenset(("OECD", "A", "E", "F", "O", "S", "WXD", "WXOECD"))
"""Groups of areas and rests: counted, and not stored."""
