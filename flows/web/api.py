"""``/api/``: the answers of the Ask commands for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

if TYPE_CHECKING:
    from flows.web.app import Site


def router(site: Site) -> APIRouter:
    """The answers of a home."""
    made = APIRouter(prefix="/api")

    @made.get("/health")
    def health() -> dict[str, str]:
        """Whether it answers at all."""
        return {"status": "up"}

    return made
