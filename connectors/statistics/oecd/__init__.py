"""OECD: margins between CIF and FOB values (ITIC), and balanced trade (BIMTS), both estimated and yearly.

``connector`` says what to ask for; ``tables`` reads the SDMX messages. The interface is described in docs/publishers/oecd.md. What the
margins are used for, both accounts of one flow side by side, is a view (``mart.mirror_gap``), not made here.
"""

from connectors.statistics.oecd.connector import Oecd

CONNECTOR = Oecd()

__all__ = ["CONNECTOR", "Oecd"]
