"""What news pages are, beside the publishers of figures: nobody's account, and rights that stay where they are."""

from __future__ import annotations

from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="news", title="News pages, each of its own publisher", called="the news", languages=("en",), tz="UTC",
    licence="rights stay with each page's publisher", attribution="The page's own publisher",
)
