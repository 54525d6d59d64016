"""CEPII's BACI: one reconciled figure for each flow of goods between two countries, by HS product and year.

``connector`` says what to ask for; ``versions`` names the versions and editions, each a dataset of its own; ``countries`` reads the list of
codes that a version ships; ``rows`` makes rows of its files. The files are described in docs/publishers/cepii.md.
"""

from connectors.statistics.cepii.connector import Cepii

CONNECTOR = Cepii()

__all__ = ["CONNECTOR", "Cepii"]
