"""What a person sees at ``/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

if TYPE_CHECKING:
    from flows.web.app import Site


def router(site: Site) -> APIRouter:
    """The pages of a home."""
    made = APIRouter(include_in_schema=False)

    @made.get("/", response_class=HTMLResponse)
    def first() -> str:
        return ('<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Entrepot</title><h1>Entrepot</h1>'
                '<p><a href="/api/">Answers for machines</a></p></html>')

    return made
