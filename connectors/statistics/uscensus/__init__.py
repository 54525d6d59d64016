"""United States Census Bureau: trade by country and item of the HS, and quantities of saved queries of the USITC's DataWeb.

``connector`` says what to ask for; ``answers`` reads the Census API's, ``dataweb`` those of DataWeb. What is published, when and under
which terms is in docs/publishers/uscensus.md.
"""

from connectors.statistics.uscensus.connector import UsCensus

CONNECTOR = UsCensus()

__all__ = ["CONNECTOR", "UsCensus"]
