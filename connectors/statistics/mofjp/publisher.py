"""Who the Ministry of Finance of Japan is, for everything that speaks of its trade statistics, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Band, Publisher

PUBLISHER = Publisher(
    publisher="mofjp", title="Ministry of Finance of Japan, Trade Statistics of Japan", called="Japan's customs", languages=("en", "ja"),
    tz="Asia/Tokyo", area="JPN", currency="JPY", account_of_area=True,
    licence="Government of Japan Standard Terms of Use, compatible with CC BY 4.0 (as others quote them; not verified by us)",
    attribution="Source: Trade Statistics of Japan, Ministry of Finance",
    names={"en": ("Japan's customs", "Japan Customs", "Trade Statistics of Japan", "Japan's Ministry of Finance",
                  "Japan's finance ministry", "Ministry of Finance of Japan"),
           "ja": ("財務省貿易統計", "日本税関")},
    # Between the provisional and the detailed figures of December 2024: imports from Thailand −0.6 %, most others below 0.1 %.
    bands=(Band(1.0),),
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Short names of the press releases (MALYSIA), names of the series, and the customs' codes of three digits in the files of e-Stat."""
REGIONS = frozenset(("ASIA", "OCEANIA", "NORTH AMERICA", "MIDDLE SOUTH AMERICA", "WESTERN EUROPE", "C&E EURO", "MIDDLE EAST", "AFRICA"))
"""Its own groups of countries, whose members no file of it names: counted, and not stored."""
VALUATIONS = {"export": "FOB", "import": "CIF", "balance": "FOB-CIF"}
