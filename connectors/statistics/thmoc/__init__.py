"""Thailand's Ministry of Commerce: trade by country, and by country and HS code, as its portal and its open data answer.

``connector`` says what to ask for; ``answers`` tells which answer a document is; ``rows`` makes rows. docs/publishers/thmoc.md says what
was seen.
"""

from connectors.statistics.thmoc.connector import Thmoc

CONNECTOR = Thmoc()

__all__ = ["CONNECTOR", "Thmoc"]
