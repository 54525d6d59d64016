"""Who BNM is, for everything that speaks of its rates."""

from __future__ import annotations

from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="bnm", title="Bank Negara Malaysia", called="Bank Negara Malaysia", languages=("en",), tz="Asia/Kuala_Lumpur", currency="MYR",
    licence="Public without a key; terms not verified (https://data.gov.my, https://apikijangportal.bnm.gov.my)",
    attribution="Source: Bank Negara Malaysia, data.gov.my", names={"en": ("Bank Negara Malaysia", "Bank Negara", "BNM")},
)
"""It speaks for no area: the figures of Malaysia's trade are the statistics office's."""
