"""A simulator of publishers: one server on loopback for many hosts, told apart by the Host header.

    with Publishers() as publishers:
        publishers.serve("https://storage.dosm.gov.my/trade/trade_headline.csv", body, "text/csv")
        publishers.fault("storage.dosm.gov.my", Fault.status(503), times=1)
        client = HttpClient(archive, host_map=publishers.host_map, …)

It speaks plain HTTP whatever the scheme of the address: the client's host map leads there.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

from tests.publishers.faults import Fault, Page
from warehouse.schema.travel import Fetch, Post, Request

Answering = Callable[[Mapping[str, str], Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]
"""The parameters of a query and the headers of a request → status, headers, body."""


class ServedArchive(Protocol):
    """An archive whose addresses can be listed."""

    def urls(self) -> Iterator[str]: ...

    def latest(self, url: str) -> Fetch | None: ...

    def read(self, sha256: str) -> bytes: ...


@dataclass(frozen=True)
class Asked:
    """One request as the publisher saw it."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    at: float
    """Seconds on the clock of ``time.monotonic``, when the request had been read."""
    port: int
    """The client's side of the connection: the same port is the same connection."""
    body: bytes = b""
    """What came with a POST."""

    @property
    def mark(self) -> str:
        """As archives tell one posted question from another."""
        return Request("", "", Post(self.body, self.headers.get("content-type", ""))).mark if self.method == "POST" else ""


class Publishers:
    """Serves pages, misbehaves on demand and remembers who asked for what, and when."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self._pages: dict[tuple[str, str], Page] = {}
        self._faults: dict[str | tuple[str, str], list[tuple[Fault, int | None]]] = {}
        self._answering: dict[tuple[str, str], Answering] = {}
        self._hosts: set[str] = set()
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.publishers = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base(self) -> str:
        """The loopback address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def host_map(self) -> dict[str, str]:
        """For the client: every host that serves or misbehaves so far → the loopback address."""
        with self._guard:
            return dict.fromkeys(self._hosts, self.base)

    def serve(self, url: str, body: bytes, content_type: str = "", *, etag: str = "", last_modified: str = "",
              post: Post | None = None) -> None:
        """Answer an address, or one question that is posted to it, from now on.

        An address without a query answers any query for which nothing else is served.
        """
        host, path = _split(url + Request("", "", post).mark)
        with self._guard:
            self._hosts.add(host)
            self._pages[host, path] = Page(body, content_type, etag, last_modified)

    def answer(self, url: str, answering: Answering) -> None:
        """Let a function answer every query of an address from now on: query → status, headers, body.

        An address that ends in a slash answers for all below it; what follows is ``/`` among the parameters.
        """
        host, path = _split(url)
        with self._guard:
            self._hosts.add(host)
            self._answering[host, path] = answering

    def serve_file(self, url: str, file: Path, content_type: str = "", *, etag: str = "") -> None:
        """The same with a file, which is never read whole."""
        self.serve(url, b"", content_type)
        with self._guard:
            self._pages[_split(url)] = Page(b"", content_type, etag, file=file)

    def withdraw(self, url: str) -> None:
        """Answer 404 from now on."""
        with self._guard:
            del self._pages[_split(url)]

    def serve_archive(self, archive: ServedArchive) -> None:
        """Answer every address of an archive with its present content and, as ETag, that content's hash."""
        for url in archive.urls():
            held = archive.latest(url)
            if held is None:
                raise LookupError(f"the archive lists {url} and holds nothing for it")
            self.serve(url, archive.read(held.sha256), held.content_type, etag=f'"{held.sha256}"',
                       last_modified=held.last_modified)

    def robots(self, host: str, text: str) -> None:
        self.serve(f"http://{host}/robots.txt", text.encode(), "text/plain")

    def fault(self, url_or_host: str, fault: Fault, *, times: int | None = None) -> None:
        """Misbehave for the next ``times`` requests, or always; several faults come one after the other.

        A host's faults meet all its addresses, robots.txt too; an address's faults come first.
        """
        key: str | tuple[str, str] = _split(url_or_host) if "://" in url_or_host else url_or_host
        with self._guard:
            self._hosts.add(key if isinstance(key, str) else key[0])
            self._faults.setdefault(key, []).append((fault, times))

    def mend(self, url_or_host: str) -> None:
        """Behave again."""
        with self._guard:
            self._faults.pop(_split(url_or_host) if "://" in url_or_host else url_or_host, None)

    def recover(self) -> None:
        """Nothing misbehaves from now on."""
        with self._guard:
            self._faults.clear()

    def asked(self, url_or_host: str = "") -> list[Asked]:
        """The requests for an address or a host (robots.txt left out for a host), in order of arrival."""
        with self._guard:
            log = list(self.log)
        if "://" in url_or_host:
            return [each for each in log if (each.host, each.path) == _split(url_or_host)]
        return [each for each in log if url_or_host in ("", each.host) and each.path != "/robots.txt"]

    def _take(self, asked: Asked) -> tuple[Page | None, Fault | None]:
        with self._guard:
            self.log.append(asked)
            path = asked.path
            page = self._pages.get((asked.host, path + asked.mark)) or self._pages.get((asked.host, path.partition("?")[0] + asked.mark))
            for key in ((asked.host, path), (asked.host, path.partition("?")[0]), asked.host):
                queue = self._faults.get(key)
                if not queue:
                    continue
                fault, times = queue[0]
                if times is not None:
                    queue[:1] = [(fault, times - 1)] if times > 1 else []
                return page, fault
            asked_for = path.partition("?")[0]
            below = max((folder for host, folder in self._answering if host == asked.host and folder.endswith("/")
                         and asked_for.startswith(folder)), key=len, default="")
            answering = self._answering.get((asked.host, asked_for)) or self._answering.get((asked.host, below))
            if page is None and answering is not None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} | {"/": asked_for[len(below):]}
                status, headers, body = answering(query, asked.headers)
                return page, Fault.status(status, body, **headers)
            return page, None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    publishers: Publishers

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up on a slow or broken answer is what the tests are about: nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.close_connection = False  # whatever the client asked for: closing is the client's business
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        asked = Asked(self.command, host.lower(), self.path, headers, time.monotonic(), self.client_address[1], body)
        page, fault = self.server.publishers._take(asked)
        if fault is not None:
            fault.act(self, page)
        elif page is None:
            self.answer(404, {"Content-Type": "text/html"}, b"<html><body>Not here</body></html>")
        else:
            said = {"Content-Type": page.content_type, "ETag": page.etag, "Last-Modified": page.last_modified}
            said = {name: value for name, value in said.items() if value}
            fresh = _unchanged(page, headers)
            if page.file is not None and not fresh:
                self.stream(said, page.file)
                return
            self.answer(304 if fresh else 200, said, b"" if fresh else page.body)

    do_HEAD = do_POST = do_GET

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.close_connection = True

    def stream(self, headers: Mapping[str, str], file: Path) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(file.stat().st_size)}.items():
            self.send_header(name, value)
        self.end_headers()
        with file.open("rb") as body:
            shutil.copyfileobj(body, self.wfile, 1 << 20)

    def raw(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is ``Publishers.log``."""


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    mark = f"#{parts.fragment}" if parts.fragment.startswith("post=") else ""
    return (parts.hostname or "").lower(), (parts.path or "/") + (f"?{parts.query}" if parts.query else "") + mark


def _unchanged(page: Page, headers: Mapping[str, str]) -> bool:
    # RFC 9110 §13.1.3: If-Modified-Since counts only where there is no If-None-Match.
    if "if-none-match" in headers:
        return bool(page.etag) and headers["if-none-match"] == page.etag
    if "if-modified-since" in headers and page.last_modified:
        return parsedate_to_datetime(page.last_modified) <= parsedate_to_datetime(headers["if-modified-since"])
    return False
