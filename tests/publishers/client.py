"""The real client with short waits, led to the simulator."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.http.client import HttpClient, Settings
from connectors.http.transport import TimeLimits
from tests.publishers.server import Publishers
from warehouse.schema.travel import Archive

QUICK = Settings(min_interval=0.0, attempts=3, pause=0.005, budget=5.0, limits=TimeLimits(2.0, 2.0, 4.0))


def quick_client(publishers: Publishers, archive: Archive, locks: Path, *, secrets: Collection[str] = (),
                 force: bool = False, now: Callable[[], datetime] = lambda: datetime.now(UTC), doubtful: Collection[str] = (),
                 keys: Mapping[str, str] | None = None, **settings: Any) -> HttpClient:
    """A client that knows the hosts the simulator serves so far; ``settings`` are fields of ``Settings``."""
    return HttpClient(archive, contact="tests@example.org", version="0.0", locks=locks, secrets=secrets, force=force,
                      host_map=publishers.host_map, settings=replace(QUICK, **settings), now=now, doubtful=doubtful, keys=keys)
