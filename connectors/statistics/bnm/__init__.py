"""Bank Negara Malaysia (BNM): reference exchange rates of the ringgit, by day and session.

``connector`` says what to ask for and makes the rows; ``formats`` reads the two forms in which the rates are handed out. The
interface is described in docs/publishers/bnm.md. Cross rates (CNY per USD) are a view, not made here.
"""

from connectors.statistics.bnm.connector import Bnm

CONNECTOR = Bnm()

__all__ = ["CONNECTOR", "Bnm"]
