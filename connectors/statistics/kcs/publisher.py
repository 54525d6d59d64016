"""Who the Korea Customs Service is, for everything that speaks of its figures, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Band, Publisher

PUBLISHER = Publisher(
    publisher="kcs", title="Korea Customs Service", called="Korea's customs", languages=("ko",), tz="Asia/Seoul", area="KOR",
    currency="KRW", account_of_area=True,
    licence="terms not verified (others were still asking in 2026 whether its figures may be mirrored): not passed on",
    attribution="Source: Korea Customs Service", quoted_in="USD",
    names={"en": ("Korea's customs", "South Korea's customs", "Korea Customs Service", "KCS"), "ko": ("관세청",)},
    # Between the first day of September 2026 and three weeks later the total of August moved by 0.03 %, Japan's ten days by 0.6 %.
    bands=(Band(1.0),),
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Names of countries in Korean, as the answers have them. Codes of two letters are ISO 3166-1's, and are looked up as such."""
VALUATIONS = {"export": "FOB", "import": "CIF", "balance": "FOB-CIF"}
