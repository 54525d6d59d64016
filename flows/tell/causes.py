"""What failed, by its cause: twelve publishers that cannot be reached from a machine without a network are one line, not twelve.

Pure: names of errors and the sentences that came with them go in. What a person does about each is ``run_report``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

_HOST = re.compile(r"\b(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[:/][^\s,;)]*)?", re.IGNORECASE)
_UNRESOLVED = re.compile(r"the name (\S+) does not resolve")
_AFTER = re.compile(r" \([^()]*://[^()]*\)")
"""The dataset and address that an error carries at its end."""
OFFLINE = "no host resolves: this machine is offline; nothing to do but wait"

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Failure:
    """One dataset that failed: the error's name and what was said of it."""

    dataset: str
    error: str
    said: str


@dataclass(frozen=True)
class Cause:
    """What several failures have in common."""

    error: str
    said: str
    """The one sentence for all of them; of hosts only that they were several."""
    failures: tuple[Failure, ...]
    offline: bool = False

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(failure.dataset for failure in self.failures)


def grouped(failures: Iterable[Failure]) -> list[Cause]:
    """Failures by cause, the most frequent first; where several hosts' names do not resolve, that is one cause and this machine's."""
    found = list(failures)
    unresolved = [failure for failure in found if failure.error == "Unavailable" and _UNRESOLVED.search(failure.said)]
    hosts = {match[1] for failure in unresolved if (match := _UNRESOLVED.search(failure.said))}
    causes = []
    if len(hosts) > 1:
        causes.append(Cause("Unavailable", OFFLINE, tuple(unresolved), offline=True))
        found = [failure for failure in found if failure not in unresolved]
    for same in _by(found, lambda failure: (failure.error, _bare(failure.said))):
        first = same[0]
        alike = len({failure.said for failure in same}) == 1
        causes.append(Cause(first.error, first.said if alike else _bare(first.said), tuple(same)))
    return sorted(causes, key=lambda cause: (not cause.offline, -len(cause.failures)))


def _bare(said: str) -> str:
    """A sentence without the addresses in it, which differ where the cause does not."""
    return _HOST.sub("its host", _AFTER.sub("", said))


def _by(things: Iterable[Thing], key: Callable[[Thing], object]) -> list[list[Thing]]:
    groups: dict[object, list[Thing]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return list(groups.values())
