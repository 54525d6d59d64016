"""Who the ECB is, for everything that speaks of its rates."""

from __future__ import annotations

from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="ecb", title="European Central Bank", called="the ECB", languages=("en",), tz="Europe/Berlin", currency="EUR",
    licence="Free reuse with the source named (https://www.ecb.europa.eu/services/using-our-site/disclaimer)",
    attribution="Source: ECB", names={"en": ("European Central Bank", "ECB")},
)
