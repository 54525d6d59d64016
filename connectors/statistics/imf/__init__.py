"""International Monetary Fund: trade in goods by partner country (IMTS, before 2025 DOTS) and exchange rates (ER).

``connector`` says what to ask for and puts batches together; ``questions`` puts it into calls; ``rows`` makes rows of observations. The
interface is described in docs/publishers/imf.md.
"""

from connectors.statistics.imf.connector import Imf

CONNECTOR = Imf()

__all__ = ["CONNECTOR", "Imf"]
