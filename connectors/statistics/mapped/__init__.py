"""Tables that people bring, in whatever layout they have them: a mapping says what is what (docs/importing.md).

The publisher, the dataset and the meaning of each column come with the file; what is here reads them by the mapping, and proposes one.
"""

from connectors.statistics.mapped.connector import Mapped

CONNECTOR = Mapped()

__all__ = ["CONNECTOR"]
