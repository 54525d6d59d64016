"""Who the Ministry of Finance of Taiwan is, for everything that speaks of its figures, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="moftw", title="Ministry of Finance of Taiwan, Department of Statistics", called="Taiwan's customs", languages=("zh",),
    tz="Asia/Taipei", area="TWN", currency="TWD", account_of_area=True,
    licence="terms not verified (data set 15392 of data.gov.tw): not passed on",
    attribution="Source: Ministry of Finance of Taiwan", quoted_in="USD",
    names={"en": ("Taiwan's Ministry of Finance", "Taiwan's finance ministry", "Taiwan's customs", "Ministry of Finance of Taiwan"),
           "zh": ("財政部統計處",)},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Names in traditional Chinese, as the columns have them."""
REGIONS = frozenset(("亞洲", "中東", "歐洲", "北美洲", "中美洲", "南美洲", "大洋洲", "非洲"))
"""Its own parts of the world (Asia without the Middle East, the Maldives in Oceania), whose columns stand before their countries'."""
VALUATIONS = {"export": "FOB", "import": "CIF"}
