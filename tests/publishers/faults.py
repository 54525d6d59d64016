"""What can go wrong on the wire, one constructor per fault. Faults in a page's *content* are ``mutations``."""

from __future__ import annotations

import gzip
import socket
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BOT_WALL = (
    b"<!DOCTYPE html><html><head><meta charset='utf-8'>"
    b"<script>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;</script></head><body></body></html>"
)
"""Synthetic: the marks of a wall such as the one before www.customs.gov.cn, and nothing to read."""

ERROR_PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
"""Synthetic: an error page that comes with status 200."""


@dataclass(frozen=True)
class Page:
    """What an address answers when nothing is wrong with it."""

    body: bytes
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    file: Path | None = None
    """In place of a body that is larger than memory."""


class Line(Protocol):
    """The server's side of one connection, as a fault may use it."""

    connection: socket.socket
    close_connection: bool

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
        """A whole answer; ``length`` lies about the body's."""
        ...

    def raw(self, data: bytes) -> None:
        """Bytes on the line, unframed."""
        ...


@dataclass(frozen=True)
class Fault:
    """One way of answering badly: what happens in place of ``page`` (None when the address has none)."""

    name: str
    act: Callable[[Line, Page | None], None]

    @classmethod
    def status(cls, status: int, body: bytes = b"", **headers: str) -> Fault:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(f"status {status}", lambda line, page: line.answer(status, said, body))

    @classmethod
    def too_many(cls, retry_after: str = "") -> Fault:
        return cls.status(429, Retry_After=retry_after) if retry_after else cls.status(429)

    @classmethod
    def challenge(cls, status: int = 200, body: bytes = BOT_WALL) -> Fault:
        return cls.status(status, body, Content_Type="text/html; charset=utf-8")

    @classmethod
    def html(cls, content_type: str = "text/html") -> Fault:
        """An error page with status 200."""
        return cls.status(200, ERROR_PAGE, Content_Type=content_type)

    @classmethod
    def empty(cls) -> Fault:
        return cls("empty", lambda line, page: line.answer(200, _type(page), b""))

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> Fault:
        return cls.status(status, Location=to)

    @classmethod
    def reset(cls) -> Fault:
        """The connection is reset before a byte is answered."""
        return cls("reset", lambda line, page: _reset(line))

    @classmethod
    def truncated(cls, sent: int) -> Fault:
        """The header promises the whole body, ``sent`` bytes of it come."""
        return cls("truncated", lambda line, page: line.answer(200, _type(page), _body(page)[:sent],
                                                               length=len(_body(page))))

    @classmethod
    def cut_chunks(cls) -> Fault:
        """A chunked body that ends in the middle of a chunk."""
        def act(line: Line, page: Page | None) -> None:
            line.raw(_head(page, "Transfer-Encoding: chunked") + b"100\r\n" + _body(page)[:50])
            line.close_connection = True
        return cls("cut chunks", act)

    @classmethod
    def drip(cls, pause: float, *, with_length: bool = True) -> Fault:
        """One byte each ``pause`` seconds: never silent, never done."""
        def act(line: Line, page: Page | None) -> None:
            body = _body(page)
            line.raw(_head(page, f"Content-Length: {len(body)}" if with_length else "Connection: close"))
            _drip(line, body, pause)
        return cls("drip", act)

    @classmethod
    def drip_headers(cls, pause: float) -> Fault:
        """A header that goes on and on, one byte each ``pause`` seconds."""
        def act(line: Line, page: Page | None) -> None:
            line.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            _drip(line, b"a" * 60_000, pause)
        return cls("drip headers", act)

    @classmethod
    def huge_header(cls) -> Fault:
        return cls("huge header", lambda line, page: line.answer(200, {"X-Huge": "a" * 100_000}, _body(page)))

    @classmethod
    def charset(cls, wrong: str) -> Fault:
        """The right bytes under a wrong charset."""
        def act(line: Line, page: Page | None) -> None:
            kind = _type(page).get("Content-Type", "text/plain").partition(";")[0]
            line.answer(200, {"Content-Type": f"{kind}; charset={wrong}"}, _body(page))
        return cls("wrong charset", act)

    @classmethod
    def encoding(cls, name: str) -> Fault:
        """A Content-Encoding that nobody asked for."""
        return cls("unknown encoding", lambda line, page: line.answer(
            200, {**_type(page), "Content-Encoding": name}, _body(page)))

    @classmethod
    def gzipped(cls, *, members: int = 1, cut: int = 0) -> Fault:
        """No fault: the page packed, in one or more members; ``cut`` takes bytes off the end."""
        def act(line: Line, page: Page | None) -> None:
            body, size = _body(page), -(-len(_body(page)) // members) or 1
            packed = b"".join(gzip.compress(body[at:at + size]) for at in range(0, len(body), size))
            packed = packed[:len(packed) - cut]
            line.answer(200, {**_type(page), "Content-Encoding": "gzip"}, packed)
        return cls("gzipped", act)

    @classmethod
    def gzip_bomb(cls, unpacked_bytes: int) -> Fault:
        """Zeros, about a thousandth of their size on the line."""
        def act(line: Line, page: Page | None) -> None:
            packer, block = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS), bytes(1024 * 1024)
            packed = b"".join(packer.compress(block) for _ in range(unpacked_bytes // len(block))) + packer.flush()
            line.answer(200, {**_type(page), "Content-Encoding": "gzip"}, packed)
        return cls("gzip bomb", act)


def _type(page: Page | None) -> dict[str, str]:
    return {"Content-Type": page.content_type} if page and page.content_type else {}


def _body(page: Page | None) -> bytes:
    return page.body if page else b""


def _head(page: Page | None, framing: str) -> bytes:
    kind = _type(page).get("Content-Type", "application/octet-stream")
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{framing}\r\n\r\n".encode()


def _drip(line: Line, data: bytes, pause: float) -> None:
    with suppress(OSError):  # the client has had enough, which is the point
        for byte in data:
            line.raw(bytes([byte]))
            time.sleep(pause)
    line.close_connection = True


def _reset(line: Line) -> None:
    # A linger time of zero makes close() send RST instead of FIN.
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.connection.close()
    line.close_connection = True
