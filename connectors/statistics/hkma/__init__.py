"""Hong Kong Monetary Authority (HKMA): monthly average rates of the Hong Kong dollar.

``connector`` says what to ask for and reads the answers. The interface is described in docs/publishers/hkma.md.
"""

from connectors.statistics.hkma.connector import Hkma

CONNECTOR = Hkma()

__all__ = ["CONNECTOR", "Hkma"]
