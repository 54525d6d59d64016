"""Prefect's server behind a door: ``python -m flows.scheduler.guarded --host HOST --port PORT``, as ``prefect server start`` would run it.

Prefect asks for a password where one is set (``PREFECT_SERVER_API_AUTH_STRING``), but answers any Host, and any page's event streams
(websockets know no CORS). Both are looked at here (``access.Door``) before Prefect sees a request. It does not start without a password.

Prefect's pages have no way from the first one to an artifact in less than four clicks, so each gets a link to ``/morning``, which leads to
the newest page of a night.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flows.home.settings import Settings
from flows.scheduler.access import Door, origins

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


MORNING = "/morning"
_LINK = (f'<a href="{MORNING}" style="position:fixed;right:16px;bottom:16px;z-index:9999;padding:8px 12px;border-radius:6px;'
         'background:#1d4ed8;color:#fff;font:14px sans-serif;text-decoration:none">Last night\'s page</a></body>').encode()


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
        if scope["type"] == "http" and scope.get("method") == "GET" and scope["path"] == MORNING:
            return await self._morning(send)
        if scope["type"] == "http" and scope.get("method") == "GET" and any(b"text/html" in value for name, value in scope["headers"]
                                                                        if name.lower() == b"accept"):
            # A page of the UI: whole and not packed, so that the link can be put in.
            plain = [pair for pair in scope["headers"] if pair[0].lower() not in _NOT_PLAIN]
            return await self.app({**scope, "headers": plain}, receive, _linked(_unframed(send)))
        return await self.app(scope, receive, _unframed(send))

    async def _morning(self, send: Send) -> None:
        """To the newest page of a night, to the first page where there is none yet."""
        where = "/dashboard"
        wanted = {"sort": "CREATED_DESC", "limit": 1, "artifacts": {"key": {"any_": ["morning"]}}}
        found = await self._ask("/api/artifacts/filter", json.dumps(wanted).encode())
        if found:
            where = f"/artifacts/artifact/{found[0]['id']}"
        await send({"type": "http.response.start", "status": 302, "headers": [
            (b"location", where.encode()), (b"cache-control", b"no-store"), (b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _ask(self, path: str, body: bytes) -> Any:
        """What the server itself answers to a question; None for anything but an answer."""
        known = base64.b64encode(os.environ.get("PREFECT_SERVER_API_AUTH_STRING", "").encode()).decode()
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
            "raw_path": path.encode(), "root_path": "", "query_string": b"", "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 0),
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()),
                        (b"authorization", f"Basic {known}".encode())]}
        answered, status = b"", 0

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: MutableMapping[str, Any]) -> None:
            nonlocal answered, status
            status = message.get("status", status)
            answered += message.get("body", b"")
        await self.app(scope, receive, keep)
        return json.loads(answered) if status == 200 else None


_NOT_PLAIN = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


def _linked(send: Send) -> Send:
    """A page with the link before its end; anything else as it comes."""
    start: MutableMapping[str, Any] | None = None
    body = b""

    async def sends(message: MutableMapping[str, Any]) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start" and message["status"] == 200 and any(
                name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message.get("headers", ())):
            start = message
            return
        if start is None or message["type"] != "http.response.body":
            await send(message)
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        page = body.replace(b"</body>", _LINK, 1)
        kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag", b"last-modified")]
        await send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
        await send({"type": "http.response.body", "body": page})
    return sends


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
