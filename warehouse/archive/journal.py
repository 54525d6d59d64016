"""What was decided: every outcome of a load and every decision of a person, append-only, beside the archive.

The log of requests is in ``archive``. ``rebuild`` replays this journal; ``status``, ``held`` and ``quarantine`` read it.
A load that failed or was held is written once per document, batch and parser version, not every night.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from warehouse.archive.store import Log, Store, Timed
from warehouse.schema.errors import UsageError

Kind = Literal["outcome", "held", "accepted", "rejected", "replayed", "restored", "tagged", "reread", "superseded", "announced"]
Result = Literal["new_data", "no_change", "error", "not_readable"]
DECISIONS: tuple[Kind, ...] = ("accepted", "rejected", "superseded")
"""What ends the wait of a held load."""


class Entry(Timed, frozen=True, omit_defaults=True):
    """One line of the journal."""

    kind: Kind
    dataset: str
    fetch_id: str = ""
    document_sha256: str = ""
    url: str = ""
    batch: str = ""
    parser_version: int = 0
    result: Result | None = None
    by: str = ""
    why: str = ""
    """One sentence: what came in, what was wrong, or why a person decided so."""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    """snapshot, load_id, counts, the held load's number, the error's name."""


@dataclass(frozen=True)
class HeldLoad:
    """A load that waits for a person, by its number."""

    number: int
    entry: Entry
    decided: Entry | None
    """accepted or rejected by a person, or superseded by a later release."""


class Journal:
    """The journal in a store. Safe for the threads of one process; processes add objects of their own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.RLock()
        self._log = Log(store, "journal", Entry)
        self._entries: list[Entry] | None = None
        self._outcomes: dict[tuple[str, int], Entry] | None = None
        self._held: list[HeldLoad] | None = None

    def entries(self) -> list[Entry]:
        """All entries in order of time. Read once; what this process adds is added here too."""
        with self._lock:
            if self._entries is None:
                self._entries = list(self._log.records())
            return self._entries

    def refresh(self) -> None:
        """Forget what was read: another process may have written meanwhile."""
        with self._lock:
            self._entries = self._outcomes = self._held = None

    def add(self, *added: Entry) -> None:
        """Write down, in this order; durable when it returns."""
        with self._lock:
            entries = self.entries()
            self._log.append(*added)
            entries.extend(added)
            if self._outcomes is not None:
                self._outcomes.update(_outcomes(added))
            if any(entry.kind in ("held", *DECISIONS) for entry in added):
                self._held = None

    def outcome_of(self, fetch_id: str, parser_version: int) -> Entry | None:
        """What came of a whole document as this parser version reads it, or None while it is not done."""
        with self._lock:
            if self._outcomes is None:
                self._outcomes = _outcomes(self.entries())
            return self._outcomes.get((fetch_id, parser_version))

    def decisions_on(self, url: str, sha256: str) -> list[HeldLoad]:
        """Held loads of one content of an address, however often it was fetched."""
        return [load for load in self.held() if (load.entry.url, load.entry.document_sha256) == (url, sha256)]

    def held(self) -> list[HeldLoad]:
        """Every load that was ever held, numbered from 1, with the decision on it."""
        with self._lock:
            if self._held is None:
                self._held = numbered(self.entries())
            return self._held

    def held_load(self, number: int) -> HeldLoad:
        """One held load; raises UsageError naming the numbers there are."""
        loads = self.held()
        if not 1 <= number <= len(loads):
            waiting = ", ".join(str(load.number) for load in loads if load.decided is None) or "none"
            raise UsageError(f"there is no held load {number}; waiting: {waiting}")
        return loads[number - 1]

    def committed(self) -> list[Entry]:
        """Loads that changed the lake, in order: what a rebuild replays."""
        return [entry for entry in self.entries() if entry.detail.get("load_id")]


def numbered(entries: Sequence[Entry]) -> list[HeldLoad]:
    """Every load that was ever held, by its number, with the decision on it."""
    loads = [entry for entry in entries if entry.kind == "held"]
    decided = {entry.detail.get("held"): entry for entry in entries if entry.kind in DECISIONS}
    return [HeldLoad(number, entry, decided.get(number)) for number, entry in enumerate(loads, 1)]


def _outcomes(entries: Iterable[Entry]) -> dict[tuple[str, int], Entry]:
    """What came of whole documents, the newest entry of each."""
    return {(entry.fetch_id, entry.parser_version): entry for entry in entries if entry.kind == "outcome" and not entry.batch}


def moment(text: str) -> datetime:
    """A time as the journal's details keep it."""
    return datetime.fromisoformat(text)
