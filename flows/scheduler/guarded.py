"""Prefect's server behind a door: ``python -m flows.scheduler.guarded --host HOST --port PORT``, as ``prefect server start`` would run it.

Prefect asks for a password where one is set (``PREFECT_SERVER_API_AUTH_STRING``), but answers any Host, and any page's event streams
(websockets know no CORS). Both are looked at here (``access.Door``) before Prefect sees a request. It does not start without a password.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flows.home.settings import Settings
from flows.scheduler.access import Door, origins

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guarded:
    """An ASGI application that is asked only by whom the door lets in; others get 403 and one sentence."""

    def __init__(self, app: App, door: Door) -> None:
        self.app, self.door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers: dict[str, str] = {}
            for name, value in scope["headers"]:
                key = name.decode("latin-1").lower()
                # Two of one kind are no browser's: together they are no name, so they are refused.
                headers[key] = f"{headers[key]},{value.decode('latin-1')}" if key in headers else value.decode("latin-1")
            if why := self.door.refuses(headers):
                return await _refuse(scope, send, why)
        return await self.app(scope, receive, _unframed(send))


def _unframed(send: Send) -> Send:
    """Answers that no page of another site may show inside itself, where a person would click on what they do not see."""
    async def sends(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"content-security-policy", b"frame-ancestors 'self'")]}
        await send(message)
    return sends


async def _refuse(scope: Scope, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008, "reason": why})  # before accept: 403
    body = f"{why}\n".encode()
    await send({"type": "http.response.start", "status": 403, "headers": [
        (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]})
    return await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m flows.scheduler.guarded")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4200)
    given = parser.parse_args()
    if not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        parser.error("PREFECT_SERVER_API_AUTH_STRING=USER:PASSWORD must be set: whoever reaches this server has commands run by it")
    settings = Settings()
    os.environ.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", ",".join(origins(settings, given.port)))

    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    prefect = get_current_settings().server
    uvicorn.run(Guarded(create_app(final=True), Door.of(settings, given.host, given.port)),
                host=given.host, port=given.port, timeout_keep_alive=prefect.api.keepalive_timeout,
                ws_ping_interval=prefect.api.websocket_ping_interval, ws_ping_timeout=prefect.api.websocket_ping_timeout,
                log_level=prefect.logging_level.lower())


if __name__ == "__main__":
    main()
