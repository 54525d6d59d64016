"""Who UN Comtrade is, what it calls areas, and the key that it gives."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Credential, Publisher

PUBLISHER = Publisher(
    publisher="comtrade", title="United Nations Comtrade Database (UN Statistics Division)", called="UN Comtrade", languages=("en",),
    tz="UTC",
    licence="UN copyright, for internal use; figures are not passed on without written permission of the UN Statistics Division",
    attribution="Source: UN Comtrade Database, United Nations Statistics Division",
    names={"en": ("UN Comtrade", "United Nations Comtrade", "Comtrade")},
)
"""It speaks for no area: each reporter's account is its own. No zone stands beside its times of release; they are taken as UTC."""
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of M49 as Comtrade uses them. Where an older and a newer code mean one area, the newer is good from its first day on; codes
that it lists and never answers for (250, 578, 756, 840) are left out."""
KEY = Credential("comtrade", "https://comtradeplus.un.org/MyComtrade/APIPortal", header="Ocp-Apim-Subscription-Key")
