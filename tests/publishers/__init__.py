"""The publishers, simulated over real HTTP on loopback.

``server`` is the simulator, ``faults`` what can go wrong on the wire, ``mutations`` what a publisher may do to a
page's content, ``real`` serves the publishers' real files, ``memory_archive`` an archive for tests of the client, and
``client`` a client that is polite but quick.
"""

from tests.publishers.client import quick_client
from tests.publishers.faults import Fault
from tests.publishers.memory_archive import MemoryArchive
from tests.publishers.server import Asked, Publishers

__all__ = ["Asked", "Fault", "MemoryArchive", "Publishers", "quick_client"]
