"""The web application: what is mounted where. ``/`` pages, ``/api/`` answers for machines, ``/mcp`` assistants where a setting says so.

What is mounted gets a ``Site`` and gives a router; who may ask is ``guard``; how it is started is ``python -m flows.web``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from flows.home.house import House, entrepot_version
from flows.scheduler.access import Door, refuse_open
from flows.scheduler.guarded import App, Guarded
from flows.web.asked import Asked
from flows.web.guard import LARGEST, Guard

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


@dataclass(frozen=True)
class Site:
    """What routers work with."""

    house: House
    asked: Asked
    """Every question within its bounds; ``with site.asked.reading() as con`` gives a connection of one's own."""


def application(house: House, port: int) -> App:
    """What answers at ``port`` of ``settings.web_host``. Raises UsageError where whoever reaches it could read from it."""
    refuse_open(house.settings)
    settings = house.settings
    site = Site(house, Asked(house))
    token = settings.web_token.get_secret_value() if settings.web_token else None
    return Guarded(Guard(_mounted(site), token), Door.of(settings, settings.web_host, port))


def _mounted(site: Site) -> FastAPI:
    """Every router at its place."""
    from flows.web import api, pages

    assistants = _assistants(site) if site.house.settings.web_mcp else None

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        async with assistants.session_manager.run() if assistants else nullcontext():
            yield
        site.asked.close()

    app = FastAPI(title="Entrepot", version=entrepot_version(), description=api.ABOUT, docs_url=None, redoc_url=None, openapi_url=None,
                  redirect_slashes=False, lifespan=living)
    for part in (api, pages):
        app.include_router(part.router(site))
    api.handle_refusals(app, partial(pages.missing, site))
    if assistants is not None:
        from mcp.server.transport_security import TransportSecuritySettings

        app.router.routes.extend(assistants.streamable_http_app(
            stateless_http=True, json_response=True, max_request_body_size=LARGEST,
            # Host and Origin were looked at before.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)).routes)
    return app


def _assistants(site: Site) -> MCPServer[Any]:
    from flows.web.assistant import server

    return server(site.asked)
