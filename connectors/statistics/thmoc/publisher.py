"""Who Thailand's Ministry of Commerce is, and what it calls areas."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="thmoc", title="Ministry of Commerce of Thailand, Information and Communication Technology Center", languages=("en", "th"),
    called="Thailand's Ministry of Commerce", tz="Asia/Bangkok", area="THA", currency="THB", account_of_area=True,
    licence="open data without a key; no licence text was seen, so it is not passed on", quoted_in="USD",
    attribution="Source: Ministry of Commerce of Thailand, with cooperation of the Thai Customs Department",
    names={"en": ("Thailand's Ministry of Commerce", "Ministry of Commerce of Thailand", "Thai Commerce Ministry",
                  "Commerce Ministry of Thailand", "Thai customs", "Thai Customs Department"),
           "th": ("กระทรวงพาณิชย์", "กรมศุลกากร")},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Its own ids, letters and names, English and Thai, by its list of 2024."""


@cache
def groups() -> frozenset[str]:
    """Ids, letters and names that are groups and parts of the world, by its list: counted and not stored. Thailand itself is in none."""
    with Path(__file__).with_name("groups.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(text for row in csv.DictReader(file) for text in row.values())
