"""World Bank: development indicators (GDP, deflators, exchange rates, unit values), and trade by partner out of WITS.

``connector`` says what to ask for; ``indicators`` reads answers of the Indicators API, ``wits`` those of WITS and its table of a country's
partners. The interface is described in docs/publishers/worldbank.md. What is made of GDP and deflators are views, not made here.
"""

from connectors.statistics.worldbank.connector import WorldBank

CONNECTOR = WorldBank()

__all__ = ["CONNECTOR", "WorldBank"]
