"""The web application: what is mounted where. ``/`` pages, ``/api/`` answers for machines, ``/mcp`` assistants where a setting says so.

What is mounted gets a ``Site`` and gives a router; who may ask is ``guard``; how it is started is ``python -m flows.web``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from flows.home.house import House, entrepot_version
from flows.scheduler.access import Door, refuse_open
from flows.scheduler.guarded import App, Guarded
from flows.web.guard import Guard
from flows.web.readers import Readers


@dataclass(frozen=True)
class Site:
    """What routers work with: the home, and its readers (``site.readers.reading(site.within_s)`` gives a connection)."""

    house: House
    readers: Readers
    others: Readers
    """Of what somebody else's SQL or another day asks: apart, so that it never keeps the usual questions waiting."""

    @property
    def within_s(self) -> float:
        return self.house.settings.web_within_s

    @property
    def rows(self) -> int:
        return self.house.settings.web_rows


def application(house: House, port: int) -> App:
    """What answers at ``port`` of ``settings.web_host``. Raises UsageError where whoever reaches it could read from it."""
    refuse_open(house.settings)
    settings = house.settings
    site = Site(house, Readers(house, memory_mb=settings.sql_memory_mb),
                Readers(house, memory_mb=settings.sql_memory_mb, at_once=2, patience_s=settings.web_within_s))
    token = settings.web_token.get_secret_value() if settings.web_token else None
    return Guarded(Guard(_mounted(site), token), Door.of(settings, settings.web_host, port))


def _mounted(site: Site) -> FastAPI:
    """Every router at its place."""
    from flows.web import api, pages

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        yield
        site.readers.close()
        site.others.close()

    app: Any = FastAPI(title="Entrepot", version=entrepot_version(), docs_url=None, redoc_url=None, openapi_url=None, lifespan=living)
    for part in (api, pages):
        app.include_router(part.router(site))
    return app  # type: ignore[no-any-return]
