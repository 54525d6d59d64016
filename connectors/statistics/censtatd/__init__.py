"""Hong Kong's Census and Statistics Department (C&SD): trade by partner, and re-exports by origin and destination, out of Trade-IDDS.

``questions`` says what to ask for; ``records`` reads answers; ``rows`` makes rows of them. The interface is described in
docs/publishers/censtatd.md. What re-exports say of two other countries' accounts is a view (``mart.via``), not made here.
"""

from connectors.statistics.censtatd.connector import Censtatd

CONNECTOR = Censtatd()

__all__ = ["CONNECTOR", "Censtatd"]
