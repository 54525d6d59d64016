"""Ministry of Finance of Japan: what the customs count, from the first ten days of a month to its statistical codes.

``connector`` says what to ask for; ``press`` reads the press releases (XML), ``series`` the long series (CSV), ``estat`` the files by
statistical code (CSV of e-Stat). What is published, when and under which terms is in docs/publishers/mofjp.md.
"""

from connectors.statistics.mofjp.connector import Mofjp

CONNECTOR = Mofjp()

__all__ = ["CONNECTOR", "Mofjp"]
