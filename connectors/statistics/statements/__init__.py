"""Dated statements of trade figures by authorities: whose they are (``speakers``), and the reviewed file that holds them (``connector``).

docs/publishers/statements.md says what is taken up and how.
"""

from connectors.statistics.statements.connector import CONNECTOR, Statements

__all__ = ["CONNECTOR", "Statements"]
