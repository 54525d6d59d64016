"""Who keeps India's trade statistics, and what its pages call countries."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="tradestat", called="India's commerce ministry",
    title="Directorate General of Commercial Intelligence and Statistics (DGCI&S), Ministry of Commerce and Industry, India",
    languages=("en",), tz="Asia/Kolkata", area="IND", currency="INR", account_of_area=True,
    licence="no licence stated on the pages; cited with attribution, pages not passed on",
    attribution="Source: Department of Commerce, Government of India (TradeStat, figures of DGCI&S)",
    names={"en": ("DGCI&S", "India's commerce ministry", "Indian commerce ministry", "Directorate General of Commercial Intelligence and "
                  "Statistics")},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
