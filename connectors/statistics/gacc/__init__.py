"""China's customs (GACC): trade by country, by commodity and by customs regime, as first released and in the Monthly Bulletin.

``connector`` says what to ask for and makes the batches. Its parts, in the order in which a page goes through them:
``index`` (discovery), ``pages`` (bytes to printed cells), ``titles`` (the publisher's wording), ``tables`` (header and
lines), ``rows`` (rows and what is set aside). Tables of commodities and customs regimes are read by ``commodities`` and ``regimes``, the
workbook of the HS codes that they mean by ``coverage``. The interface is described in docs/publishers/gacc.md.
"""

from connectors.statistics.gacc.connector import Gacc

CONNECTOR = Gacc()

__all__ = ["CONNECTOR", "Gacc"]
