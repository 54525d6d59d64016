"""Real receivers on loopback: a webhook that keeps what was posted to it, and a mail server that keeps its mails."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Hook:
    """A webhook as Slack's: takes JSON with a text. ``status`` is what it answers."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if hook.status < 300:
                    hook.posts.append((self.path, dict(self.headers), body))
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *anything: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def texts(self) -> list[str]:
        """What was told, in order."""
        return [str(json.loads(body)["text"]) for _, _, body in list(self.posts)]

    def wait_for(self, words: str, seconds: float = 60) -> str:
        """The first text with these words in it."""
        give_up = time.monotonic() + seconds
        while True:
            if found := next((text for text in self.texts() if words in text), None):
                return found
            assert time.monotonic() < give_up, f"nobody told {words!r}; told was {self.texts()}"
            time.sleep(0.1)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class Post:
    """A mail server that takes every mail (RFC 5321, as much as a client needs)."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        post = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                while line := self.rfile.readline():
                    word = line[:4].upper()
                    if word == b"DATA":
                        self._say("354 go on")
                        lines = iter(self.rfile.readline, b".\r\n")
                        post.mails.append(b"".join(lines).decode())
                    if word == b"QUIT":
                        return self._say("221 bye")
                    self._say("250 fine")
                return None

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
