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
"""Codes of ISO 3166-1 as the Indicators API and WITS have them, WITS's own (``ROM``, ``OAS``: "Other Asia, nes", which is Taiwan), and
names as its tables print them. ``SER`` is left out before Serbia was alone, ``ETF`` and ``YUG`` altogether: what they covered nobody
says."""
GROUPS = frozenset((
    "AFE", "AFW", "ARB", "CEB", "CSS", "EAP", "EAR", "EAS", "ECA", "ECS", "EMU", "EUU", "FCS", "HIC", "HPC", "IBD", "IBT", "IDA", "IDB",
    "IDX", "LAC", "LCN", "LDC", "LIC", "LMC", "LMY", "LTE", "MEA", "MIC", "MNA", "NAC", "OED", "OSS", "PRE", "PSS", "PST", "SAS", "SSA",
    "SSF", "SST", "TEA", "TEC", "TLA", "TMN", "TSA", "TSS", "UMC",
    "East Asia & Pacific", "Europe & Central Asia", "European Union", "Latin America & Caribbean", "Middle East & North Africa",
    "North America", "South Asia", "Sub-Saharan Africa"))
"""Its own groups of countries, by code and as WITS's tables print them. Their members change: counted, and not stored."""
