"""The day of a text where its page gives one, and the year that a ratio is measured from.

Pure. What a text's own words say of its day is ``warehouse.claims.read.dated``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import files

from warehouse.claims.model import Claim, Reading
from warehouse.claims.read.reader import read_text

_RELATIONS = re.compile(r"diplomatic (?:relations?|ties)|ties were (?:first )?established|relations began", re.IGNORECASE)


def read_dated(text: str, *, published: str | None = None, by_page: str | None = None, context: str | None = None,
               source: str | None = None) -> Reading:
    """Read a text with its day: an option before the page's own before what the text itself lets infer.

    Raises ValueError for a ``published`` that is no day.
    """
    reading = read_text(text, published=published or by_page, context=context, source=source)
    if published is None and by_page:
        return replace(reading, published=replace(reading.published, basis="metadata"))
    return reading


@cache
def _relations() -> Mapping[frozenset[str], date]:
    lines = files("warehouse.reference").joinpath("relations.csv").read_text(encoding="utf-8").splitlines()
    return {frozenset((row["one"], row["other"])): date.fromisoformat(row["date"]) for row in csv.DictReader(lines)}


def with_base(claim: Claim, others: Sequence[Claim]) -> Claim:
    """A ratio with its base where the slot holds none: the beginning of diplomatic relations, with its date, or the year named after it.

    "That is 1,000 times the value of 1974": 1974 is the base, and the period that of the level told before.
    """
    if claim.kind != "ratio" or not claim.reporter or not claim.partner or re.search(r"(?:18|19|20)\d\d", claim.basis or ""):
        return claim
    pair = frozenset((claim.reporter, claim.partner))
    after = claim.sentence.partition(claim.written.text)[2]
    named = re.search(r"\b(?:18|19|20)\d\d\b", after)
    if named and (claim.period is None or claim.period == named[0]):
        told = [c.period for c in others if c.kind == "level" and {c.reporter, c.partner} == pair
                and c.flow == claim.flow and c.period and c.period[:4] > named[0] and c.start < claim.start]
        claim = replace(claim, period=told[-1] if told else None)
    began = _relations().get(pair)
    if began and _RELATIONS.search(f"{claim.basis or ''} {claim.sentence}"):
        return replace(claim, basis=f"diplomatic relations ({began.isoformat()})")
    return replace(claim, basis=named[0]) if named and named[0] < (claim.period or "0")[:4] else claim
