"""What a claim speaks of, in words: whose trade with whom, and when. Pure."""

from __future__ import annotations

import re

from warehouse.ask.answers import WORLD
from warehouse.claims.model import Claim
from warehouse.claims.weigh.candidates import period_of
from warehouse.reference import areas

FLOWS = {"total": "trade", "export": "exports", "import": "imports", "balance": "balance"}
_TOWARDS = {"total": "with", "export": "to", "import": "from", "balance": "with"}


def name(area: str | None) -> str:
    """An area as a sentence calls it."""
    if area == "ASEAN":
        return "ASEAN"
    return areas.areas()[area].name if area and area in areas.areas() else area or "?"


_WITH_ARTICLE = re.compile(r"United .*|(?!Saint ).*(?:es|ds)|.*\b(?:Union|Republic)\b.*")
"""Names of several, of a union or republic: inside a sentence they have an article."""


def called(area: str | None) -> str:
    """An area inside a sentence: ``the United …``."""
    return f"the {name(area)}" if _WITH_ARTICLE.fullmatch(name(area)) else name(area)


def own(area: str | None) -> str:
    """Whose: the possessive of an area's name, of one that ends in s with the apostrophe alone."""
    return called(area) + ("'" if name(area).endswith("s") else "'s")


def subject(claim: Claim) -> str:
    """What a claim speaks of: ``A–B trade, 2024``."""
    when = period_of(claim.period)
    period = f", {when}" if when else ""
    what = f" of {claim.commodity}" if claim.commodity else ""
    flow = FLOWS.get(claim.flow or "total", claim.flow or "")
    if not claim.reporter:
        return f"{flow}{what}{period}"
    if claim.partner == WORLD or not claim.partner:
        return f"{own(claim.reporter)} {'total trade' if flow == 'trade' else flow}{what}{period}"
    if not claim.reporter_certain:
        return f"{name(claim.reporter)}–{name(claim.partner)} {flow}{what}{period}"
    return f"{own(claim.reporter)} {flow}{what} {_TOWARDS.get(claim.flow or 'total', 'with')} {called(claim.partner)}{period}"
