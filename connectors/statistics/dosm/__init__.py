"""Department of Statistics Malaysia (DOSM): headline trade, trade by SITC section, workbook, release calendar.

``connector`` says what to ask for; one module for each file says how to read it. The interface is described in
docs/publishers/dosm.md.
"""

from connectors.statistics.dosm.connector import Dosm

CONNECTOR = Dosm()

__all__ = ["CONNECTOR", "Dosm"]
