"""UN Comtrade: what reporters tell the United Nations of their trade, by partner and product, both sides of every flow.

``connector`` says what to ask for; ``questions`` puts it into calls below the publisher's cap and reads its lists of releases;
``answers`` says what an answer is before it is believed; ``tables`` finds records and their cells in JSON and in delimited files; ``rows``
makes rows of them; ``codes`` reads lists of codes and conversions. The interface is described in docs/publishers/comtrade.md.
"""

from connectors.statistics.comtrade.connector import Comtrade

CONNECTOR = Comtrade()

__all__ = ["CONNECTOR", "Comtrade"]
