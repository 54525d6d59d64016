"""What is stored and how it is kept true: archive, journal, lake, contracts, commits and answers.

Nothing here contacts a publisher (``connectors``) or knows a scheduler (``flows``). From Python::

    from warehouse import connect, get, rank, snapshots, revisions

These live in ``warehouse.api`` and are imported when first asked for, so that a command which only reads stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.api import chart, connect, get, rank, revisions, snapshots, units

__all__ = ["chart", "connect", "get", "rank", "revisions", "snapshots", "units"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from warehouse import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
