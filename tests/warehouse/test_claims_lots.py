"""Our own lots of sentences, read as articles: how many come out right in every slot, held above a floor by lot.

The rules were since mended where these were read wrongly; what fresh text gives stands behind each lot's name in the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from warehouse.claims.read.reader import read_lines

LOTS = Path(__file__).with_name("claims_lots.txt")
FLOOR = 0.90
"""Share of a lot's sentences that are right in every slot."""
LEAST = 0.96
"""Of all lots together."""


@dataclass(frozen=True)
class Told:
    """A claim as a lot gives it, or as it was read."""

    sides: tuple[str | None, str | None]
    pair_only: bool
    slots: tuple[object, ...]


@dataclass
class Lot:
    name: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    wanted: list[list[Told]] = field(default_factory=list)


def _lots() -> Iterator[Lot]:
    lot: Lot | None = None
    article: dict[str, str | None] = {}
    number = 0
    for line in LOTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("# Lot "):
            if lot is not None:
                yield lot
            lot = Lot(line[2:])
        elif line.startswith("@"):
            number += 1
            day, context, source = (part.strip() for part in line[1:].split("|"))
            article = {"published": day, "context": None if context == "-" else context, "source": f"{source} {number}"}
        elif line.startswith("S ") and lot is not None:
            lot.rows.append({"id": len(lot.rows), "text": line[2:], **article})
            lot.wanted.append([])
        elif line and not line.startswith("#") and lot is not None:
            lot.wanted[-1].append(_wanted(line))
    if lot is not None:
        yield lot


def _wanted(line: str) -> Told:
    kind, reporter, partner, flow, period, value, unit, *rest = line.split()
    if unit == "percentage":
        unit = "percentage " + rest.pop(0)
    direction = next((word for word in rest if word in ("up", "down")), None)
    group = next((word[2:] for word in rest if word.startswith("g=")), None) if kind in ("rank", "share") else None
    return Told((reporter, partner), "u" in rest, (
        kind, flow, None if period == "-" else period, float(value), unit, direction, "~" in rest, "c" in rest, "q" in rest, group))


def _read(claim: dict[str, Any]) -> Told:
    return Told((claim["reporter"], claim["partner"]), not claim["reporter_certain"], (
        claim["kind"], claim["flow"], claim["period"], float(claim["value"]), claim["unit"], claim["direction"], claim["approx"],
        bool(claim["commodity"]), "qualifier" in claim, claim["group"] if claim["kind"] in ("rank", "share") else None))


def _right(wanted: list[Told], found: list[Told]) -> bool:
    """Each wanted claim once and nothing else; a pair without its order where nothing but the pair is named."""
    left = list(found)
    for one in wanted:
        same = next((other for other in left if other.slots == one.slots and (
            other.sides == one.sides or (one.pair_only and set(other.sides) == set(one.sides)))), None)
        if same is None:
            return False
        left.remove(same)
    return not left


@pytest.fixture(scope="module")
def scores() -> dict[str, tuple[int, int]]:
    made = {}
    for lot in _lots():
        read = [row["claims"] for row in read_lines(lot.rows)]
        right = sum(_right(wanted, list(map(_read, found))) for wanted, found in zip(lot.wanted, read, strict=True))
        made[lot.name] = (right, len(lot.rows))
    return made


def test_the_lots_stay_read(scores: dict[str, tuple[int, int]], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(f"claims, {name} then, {right} of {count} now" for name, (right, count) in scores.items()) + "\n")
    assert len(scores) >= 13
    assert not {name: score for name, score in scores.items() if score[0] < FLOOR * score[1] - 1}
    assert sum(right for right, _ in scores.values()) >= LEAST * sum(count for _, count in scores.values())
