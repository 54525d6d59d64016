"""Who may ask the pages and the answers, and how large a question may be; what every answer tells a browser.

Host and Origin are looked at as for Prefect's server (``flows.scheduler.access.Door``); a page of another site may link here and fetch
nothing. The token is compared in constant time and is never repeated.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable

from flows.scheduler.guarded import App, Receive, Scope, Send
from warehouse.pages.site import search

LONGEST = 16_384
"""Bytes of an address with its query; what is longer is a body's affair."""
LARGEST = 1_048_576
"""Bytes of a body."""
HEADERS = (
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
                                 b"script-src 'self' '" + search.fingerprint(search.SCRIPT).encode() + b"'; base-uri 'none'; "
                                 b"form-action 'self'; frame-ancestors 'self'"),
    (b"cross-origin-resource-policy", b"same-origin"), (b"referrer-policy", b"no-referrer"), (b"x-content-type-options", b"nosniff"))


class Guard:
    """An ASGI application that is asked by whoever has the token (anybody where there is none), within bounds."""

    def __init__(self, app: App, token: str | None) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST:
            return await _refuse(send, 414, f"an address of at most {LONGEST:,} bytes is taken")
        if self.token is not None and not _has(headers.get("authorization", ""), self.token):
            return await _refuse(send, 401, "the token of ENTREPOT_WEB_TOKEN is asked for", (
                (b"www-authenticate", b'Basic realm="Entrepot", charset="UTF-8"'),))
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return await _refuse(send, 403, "pages of other sites may not ask this server")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST:
            return await _refuse(send, 413, f"a body of at most {LARGEST:,} bytes is taken")
        return await self.app(scope, _counted(receive), _told(send))


def _has(said: str, token: str) -> bool:
    """Whether an Authorization header brings the token: as a bearer's, or as the password of any user."""
    kind, _, value = said.partition(" ")
    given = value.strip()
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return False
    elif kind.lower() != "bearer":
        return False
    return hmac.compare_digest(given.encode(), token.encode())


def _counted(receive: Receive) -> Receive:
    """A body that does not say its length ends where it is too long: the client is taken to have left."""
    had = 0

    async def receives() -> dict[str, object]:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        return {"type": "http.disconnect"} if had > LARGEST else dict(message)
    return receives


def _told(send: Send) -> Send:
    async def sends(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            had = message.get("headers", ())
            assert isinstance(had, Iterable)
            message = {**message, "headers": [*had, *HEADERS]}
        await send(message)
    return sends  # type: ignore[return-value]  # a mapping that nobody else changes


async def _refuse(send: Send, status: int, why: str, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """The one shape of a refusal (``warehouse.ask.machines``), before anything is loaded to make it."""
    body = json.dumps({"error": {"name": "Refused", "said": why, "exit_code": 2}, "what": "", "nearest": [], "why": why}).encode()
    await send({"type": "http.response.start", "status": status, "headers": [
        (b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close"), *HEADERS, *more]})
    await send({"type": "http.response.body", "body": body})
