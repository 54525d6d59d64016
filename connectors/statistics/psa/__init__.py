"""Philippine Statistics Authority (PSA): monthly totals of trade out of OpenSTAT, its PX-Web.

``connector`` says what to ask for and reads the tables. The interface is described in docs/publishers/psa.md.
"""

from connectors.statistics.psa.connector import Psa

CONNECTOR = Psa()

__all__ = ["CONNECTOR", "Psa"]
