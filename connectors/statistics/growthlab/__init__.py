"""Growth Lab at Harvard: weights by which figures of one edition of the HS or SITC are put into another.

``connector`` reads its files when a person imports them; nothing is asked. docs/publishers/growthlab.md says what was seen.
"""

from connectors.statistics.growthlab.connector import GrowthLab

CONNECTOR = GrowthLab()

__all__ = ["CONNECTOR", "GrowthLab"]
