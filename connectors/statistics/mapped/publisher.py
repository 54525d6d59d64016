"""Who stands for tables that people bring: nobody's account; each table names its own publisher."""

from __future__ import annotations

from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="mapped", title="Tables that people brought, each with a mapping", called="a table that somebody brought", languages=("en",),
    tz="UTC", licence="each table's own, as its mapping says", attribution="as each table's mapping says",
)
