"""India: pages of the Department of Commerce's TradeStat (figures of DGCI&S), one commodity with all countries.

``connector`` says what they are; ``pages`` reads them. The interface is described in docs/publishers/tradestat.md.
"""

from connectors.statistics.tradestat.connector import TradeStat

CONNECTOR = TradeStat()

__all__ = ["CONNECTOR", "TradeStat"]
