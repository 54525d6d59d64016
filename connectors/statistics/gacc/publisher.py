"""Who GACC is, for everything that speaks of it or reads who is quoted."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Band, Publisher

PUBLISHER = Publisher(
    publisher="gacc", title="General Administration of Customs of the People's Republic of China", called="China's customs",
    languages=("en", "zh"), tz="Asia/Shanghai", area="CHN", currency="CNY", account_of_area=True,
    licence="no licence stated; official statistics, cited with attribution, pages not passed on",
    attribution="Source: General Administration of Customs of the People's Republic of China (GACC)",
    # Its English tables are in dollars too, and news quotes these of any pair that China is in.
    quoted_in="USD",
    names={"en": ("China's customs", "Chinese customs", "General Administration of Customs", "GACC", "GAC", "customs data of China",
                  "customs statistics of China"),
           "zh": ("海关总署", "中国海关")},
    # Between the first release and the bulletin.
    bands=(Band(0.5),),
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
