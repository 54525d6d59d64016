"""Which articles are copies of one another: syndicated texts, told twice with another dateline, shortened, or with "USD" for "US$".

Pure: texts and times in, clusters out; ``articles`` asks when articles are committed. A sketch is the ``SIZE`` smallest hashes of a
text's three-word shingles: of two sketches the share of common ones among the smallest of both estimates how much of the texts is
the same (bottom-k MinHash; one hash a shingle). Two texts that are equal but for case, spaces and punctuation have one sketch. The
same agency's text with another dateline and currency sign shares .66 to .70 of its shingles, two texts on one subject under .2.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from heapq import nsmallest

SIZE = 128
"""Hashes kept of a text: the estimate of a share near ``ALIKE`` is off by .04 on average."""
ALIKE = 0.6
NEAR = timedelta(days=3)
"""A monthly release repeats its own wording a month later; a copy comes within days."""
_DIGITS = 12
_FEWEST = 20
"""Shingles below which a text is too short to be told from another: a teaser is a copy of nothing."""

_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0e00-\u0e7f]|[^\W_]+")
"""A word, or one character of a script that sets no spaces."""


@dataclass(frozen=True)
class Seen:
    """An article as the clustering sees it."""

    article: str
    cluster: str
    at: datetime
    sketch: str


def sketch(text: str) -> str:
    """The fingerprint of a text: up to ``SIZE`` hashes of 12 hex digits, smallest first; empty for a text too short for one."""
    words = _WORDS.findall(text.casefold())
    shingles = {" ".join(words[at:at + 3]) for at in range(len(words) - 2)}
    if len(shingles) < _FEWEST:
        return ""
    return "".join(nsmallest(SIZE, (blake2b(shingle.encode(), digest_size=_DIGITS // 2).hexdigest() for shingle in shingles)))


def alike(one: str, other: str) -> float:
    """The estimated share of shingles that two sketched texts have in common, of all that either has."""
    a, b = set(_hashes(one)), set(_hashes(other))
    smallest = nsmallest(SIZE, a | b)
    return sum(each in a and each in b for each in smallest) / len(smallest) if smallest else 0.0


def clusters(new: Sequence[Seen], held: Sequence[Seen]) -> dict[str, str]:
    """The cluster of each new article: that of the likest one held (or new before it) within ``NEAR``, else its own.

    In the order given, so that one by one gives what all together give; no article that is held ever changes its cluster.
    """
    known = [*held]
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(known):
        for found in _hashes(each.sketch):
            having[found].append(number)
    given: dict[str, str] = {}
    for each in new:
        hashes = _hashes(each.sketch)
        shared = Counter(number for found in hashes for number in having[found])
        # Of two texts that are ALIKE at least a third of the smaller sketch stands in the other.
        rivals = [known[number] for number, count in shared.items()
                  if 3 * count >= min(len(hashes), len(known[number].sketch) // _DIGITS) and abs(known[number].at - each.at) <= NEAR]
        scored = [(alike(each.sketch, rival.sketch), rival) for rival in rivals]
        close = [(score, rival) for score, rival in scored if score >= ALIKE]
        _, best = min(close, key=lambda pair: (-pair[0], pair[1].at, pair[1].article), default=(0.0, each))
        given[each.article] = best.cluster
        for found in hashes:
            having[found].append(len(known))
        known.append(Seen(each.article, best.cluster, each.at, each.sketch))
    return given


def _hashes(sketched: str) -> list[str]:
    return [sketched[at:at + _DIGITS] for at in range(0, len(sketched), _DIGITS)]
