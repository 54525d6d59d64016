"""BPS-Statistics Indonesia: exports and imports by code and country, behind a key. Kept and described: no answer of it was seen.

``connector`` says what to ask for. The interface is described in docs/publishers/bps.md.
"""

from connectors.statistics.bps.connector import Bps

CONNECTOR = Bps()

__all__ = ["CONNECTOR", "Bps"]
