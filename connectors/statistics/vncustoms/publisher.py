"""Who Viet Nam's customs are, and what they call areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="vncustoms", title="Viet Nam Customs (Ministry of Finance)", called="Viet Nam's customs", languages=("en", "vi"),
    tz="Asia/Ho_Chi_Minh", area="VNM", currency="VND", account_of_area=True,
    licence="no licence stated; official statistics, cited with attribution, files not passed on",
    attribution="Source: Viet Nam Customs", quoted_in="USD",
    names={"en": ("Vietnam Customs", "Viet Nam Customs", "General Department of Vietnam Customs",
                  "General Department of Customs of Vietnam", "Vietnamese customs"),
           "vi": ("Tổng cục Hải quan", "Cục Hải quan Việt Nam")},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Its English names were seen in the table of June 2026; of the Vietnamese ones only LÀO was, in a description by others: the rest are the
usual names, in the spellings in use, and a label that is missing is set aside."""
