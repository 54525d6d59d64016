"""Ministry of Finance of Taiwan: trade by country and month since 2001.

``connector`` says what to ask for; ``table`` reads the two files (CSV, Big5). What is published, when and under which terms is in
docs/publishers/moftw.md.
"""

from connectors.statistics.moftw.connector import Moftw

CONNECTOR = Moftw()

__all__ = ["CONNECTOR", "Moftw"]
