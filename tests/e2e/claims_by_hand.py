"""Claims built by hand, as the reader would give them, for tests of the check."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.claims.model import Claim, Event, Published, Reading, Written

SIZES = {"trillion": 10**12, "billion": 10**9, "million": 10**6, "": 1}


def written(text: str) -> Written:
    """A number as a text writes it: "212.04 billion", "1,000", "12.7"."""
    found = re.match(r"(-?[\d,]*\.?\d+)\s*(trillion|billion|million|)", text)
    assert found, text
    mantissa = found[1].replace(",", "")
    size = SIZES[found[2]]
    decimals = len(mantissa.partition(".")[2])
    return Written(text, abs(Decimal(mantissa)) * size, decimals, size)


def claim(kind: Any, text: str, unit: str, **slots: Any) -> Claim:
    """A claim with a figure as written; ``value`` follows from it."""
    number = written(text)
    value = -number.value if text.startswith("-") else number.value
    slots.setdefault("flow", "total")
    return Claim(kind=kind, sentence=slots.pop("sentence", f"{text} {unit}"), start=slots.pop("start", 0), end=0, written=number,
                 value=value, unit=unit, **slots)


def reading(*claims: Claim, day: str | None = None, text: str = "", events: tuple[Event, ...] = (), basis: Any = "option") -> Reading:
    """A reading of these claims, dated where a day is given."""
    published = Published(date.fromisoformat(day), "day", basis) if day else Published(None)
    return Reading(text or " ".join(c.sentence for c in claims), "en", published,
                   tuple(replace(c, start=n) for n, c in enumerate(claims)), events)
