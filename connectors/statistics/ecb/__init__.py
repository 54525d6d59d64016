"""European Central Bank: reference exchange rates of the euro, by day and as monthly averages.

``connector`` says what to ask for and makes the rows; ``formats`` reads the four forms in which the bank hands the same
rates out. The interface is described in docs/publishers/ecb.md. Cross rates (MYR per USD) are a view, not made here.
"""

from connectors.statistics.ecb.connector import Ecb

CONNECTOR = Ecb()

__all__ = ["CONNECTOR", "Ecb"]
