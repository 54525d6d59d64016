"""Viet Nam's customs: monthly trade by country and main commodity, from tables printed as PDF.

``connector`` says which files are tried on which days; ``printed`` finds a table's cells by where they stand; ``rows`` makes rows of them.
The publisher is described in docs/publishers/vncustoms.md.
"""

from connectors.statistics.vncustoms.connector import VnCustoms

CONNECTOR = VnCustoms()

__all__ = ["CONNECTOR", "VnCustoms"]
