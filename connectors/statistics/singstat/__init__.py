"""Singapore Department of Statistics (SingStat): merchandise trade by market and by commodity, out of its Table Builder.

``connector`` says what to ask for; ``tables`` reads the forms in which Table Builder hands a table out; ``rows`` makes rows of those on
trade. The interface is described in docs/publishers/singstat.md.
"""

from connectors.statistics.singstat.connector import SingStat

CONNECTOR = SingStat()

__all__ = ["CONNECTOR", "SingStat"]
