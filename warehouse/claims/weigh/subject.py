"""What a claim speaks of, in words: whose trade with whom, and when. Pure."""

from __future__ import annotations

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


def subject(claim: Claim) -> str:
    """What a claim speaks of: ``A–B trade, 2024``."""
    when = period_of(claim.period)
    period = f", {when}" if when else ""
    what = f" of {claim.commodity}" if claim.commodity else ""
    flow = FLOWS.get(claim.flow or "total", claim.flow or "")
    if not claim.reporter:
        return f"{flow}{what}{period}"
    if claim.partner == WORLD or not claim.partner:
        return f"{name(claim.reporter)}'s {'total trade' if flow == 'trade' else flow}{what}{period}"
    if not claim.reporter_certain:
        return f"{name(claim.reporter)}–{name(claim.partner)} {flow}{what}{period}"
    return f"{name(claim.reporter)}'s {flow}{what} {_TOWARDS.get(claim.flow or 'total', 'with')} {name(claim.partner)}{period}"
