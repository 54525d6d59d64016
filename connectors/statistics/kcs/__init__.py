"""Korea Customs Service: flash figures of ten and twenty days by partner, and monthly trade by country and item for a key.

``connector`` says what to ask for; ``flash`` reads the answers of tradedata.go.kr (JSON), ``keyed`` those of data.go.kr (XML). What is
published, when and under which terms is in docs/publishers/kcs.md.
"""

from connectors.statistics.kcs.connector import Kcs

CONNECTOR = Kcs()

__all__ = ["CONNECTOR", "Kcs"]
