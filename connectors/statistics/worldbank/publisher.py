"""Who the World Bank is, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="worldbank", title="World Bank", called="the World Bank", languages=("en",), tz="America/New_York",
    licence="CC BY 4.0 for the World Development Indicators (not verified by us); trade out of WITS is under the terms of UN Comtrade",
    attribution="Source: World Bank", names={"en": ("World Bank",)},
)
"""It speaks for no area: its figures are put together from those of national offices."""
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of ISO 3166-1 as the Indicators API and WITS have them, and names as WITS's tables print them (``Other Asia, nes`` is Taiwan)."""
GROUPS = frozenset((
    "AFE", "AFW", "ARB", "CEB", "CSS", "EAP", "EAR", "EAS", "ECA", "ECS", "EMU", "EUU", "FCS", "HIC", "HPC", "IBD", "IBT", "IDA", "IDB",
    "IDX", "LAC", "LCN", "LDC", "LIC", "LMC", "LMY", "LTE", "MEA", "MIC", "MNA", "NAC", "OED", "OSS", "PRE", "PSS", "PST", "SAS", "SSA",
    "SSF", "SST", "TEA", "TEC", "TLA", "TMN", "TSA", "TSS", "UMC"))
"""Codes of its own groups of countries, whose members change with every revision of incomes: counted, and not stored."""
