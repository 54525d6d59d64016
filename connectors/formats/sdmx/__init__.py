"""SDMX data messages: CSV 1.0 and 2.0, JSON 1.0 and 2.0, ML generic and structure specific (2.0 compact, 2.1, 3.0).

``read`` tells the form by content and gives observations as they stand, in one shape, from any of them. What dimensions mean and
what becomes a row is the publishers' business; which version of a history is in force is ``in_force``.
"""

from connectors.formats.sdmx.message import Action, Layout, Observation, TakenBack, given, in_force
from connectors.formats.sdmx.reading import form_of, read, read_cell

__all__ = ["Action", "Layout", "Observation", "TakenBack", "form_of", "given", "in_force", "read", "read_cell"]
