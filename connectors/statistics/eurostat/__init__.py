"""Eurostat's Comext: the trade of the European Union and its members, by partner and product.

``connector`` says what to ask for; ``calendar`` knows when it is rewritten; ``bulk`` reads the monthly files, ``tables`` asks and reads the
SDMX tables; ``products`` tells editions and levels. The interface is described in docs/publishers/eurostat.md.
"""

from connectors.statistics.eurostat.connector import Eurostat

CONNECTOR = Eurostat()

__all__ = ["CONNECTOR", "Eurostat"]
