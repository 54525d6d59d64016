"""How bytes come: one exchange over the network, or from an archive. The only module that knows requests and urllib3.

A transport answers one address with a status, headers and a bounded, unpacked body. Redirects, retries, turns,
robots.txt and what an answer must look like are ``connectors.http.client``'s and its helpers' business.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, IncompleteRead, ReadTimeoutError
from urllib3.util.connection import create_connection

from connectors.formats.packed import gunzip
from connectors.http.addresses import Address, is_loopback, is_private_literal, is_public
from warehouse.schema.content import Content, Spool
from warehouse.schema.errors import Forbidden, NotReadable, PublisherError, SchemaDrift, TooLarge, Unavailable, UsageError
from warehouse.schema.travel import Archive, Fetch, Post

ERROR_BODY_BYTES = 64 * 1024
"""Of an answer that is not 2xx only the beginning is read: enough to know a challenge page."""
_CHUNK = 64 * 1024

NOTHING = Content.of(b"")

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are lower-case; the content is unpacked, and cut short where status is not 2xx.

    A large one stands in a file until it is closed.
    """

    status: int
    headers: Mapping[str, str]
    content: Content = field(repr=False)
    origin: Fetch | None = None
    """The record of the archive that answered in the publisher's place."""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Posted:
    """What is sent with a question, and the mark under which archives hold its answer (``Request.mark``)."""

    post: Post = field(repr=False)
    mark: str


class Transport(Protocol):
    def exchange(self, address: Address, headers: Mapping[str, str], max_bytes: int, posted: Posted | None = None) -> Answer:
        """Ask once. Raises Unavailable, Forbidden (a private address), TooLarge or SchemaDrift (an encoding)."""
        ...


@dataclass(frozen=True)
class TimeLimits:
    """Seconds: to connect, of silence, and of one exchange in all (a body that drips never is silent)."""

    connect: float = 15.0
    silence: float = 60.0
    total: float = 600.0


class ArchiveTransport:
    """Answers from an archive as the publisher did, with the content's hash as ETag; 404 for all it does not hold."""

    def __init__(self, archive: Archive, redact: Callable[[str], str] = str) -> None:
        self._archive = archive
        self._redact = redact
        """Archives hold addresses without their keys."""

    def exchange(self, address: Address, headers: Mapping[str, str], max_bytes: int, posted: Posted | None = None) -> Answer:
        held = self._archive.latest(self._redact(address.url) + (posted.mark if posted else ""))
        if held is None:
            return Answer(404, {}, NOTHING)
        said = {"etag": f'"{held.sha256}"', "content-type": held.content_type, "last-modified": held.last_modified}
        said = {name: value for name, value in said.items() if value}
        if headers.get("If-None-Match") == said["etag"]:
            return Answer(304, said, NOTHING, held)
        if held.bytes > max_bytes:
            raise TooLarge(f"the body has {held.bytes:,} bytes, more than {max_bytes:,}")
        return Answer(200, said, self._archive.content(held), held)


class NetworkTransport:
    """Asks publishers. ``host_map`` (host → loopback base address) is the only way to an address that is not public.

    A name is resolved once per connection, every address it has must be public, and the connection goes to the very
    address that was checked, so that a name that changes its mind in between (DNS rebinding) gains nothing. Proxies
    of the environment are used as requests uses them; there the proxy resolves, and what we resolve is checked
    beforehand as far as we can. No cookies, no netrc, and a new connection each time: at one request every two seconds
    a kept connection gains little and fails in ways of its own. ``spool`` gives what a body is written to as it comes.
    """

    def __init__(self, *, host_map: Mapping[str, str], limits: TimeLimits, resolve: Resolve | None = None,
                 spool: Callable[[], Spool] = Spool) -> None:
        for host, base in host_map.items():
            if not base.startswith("http://") or not is_loopback(urlsplit(base).hostname or ""):
                raise UsageError(f"the host map leads {host} to {base}, which is not http on a loopback IP address")
        self._mapped = {host.lower(): base.rstrip("/") for host, base in host_map.items()}
        self._limits = limits
        self._resolve = resolve or _resolve
        self._spool = spool

    def exchange(self, address: Address, headers: Mapping[str, str], max_bytes: int, posted: Posted | None = None) -> Answer:
        base = self._mapped.get(address.host)
        if base is None and is_private_literal(address.host):
            raise Forbidden(f"{address.host} is a private address")
        proxies = {} if base else get_environ_proxies(address.url, no_proxy=None)
        if select_proxy(address.url, proxies):
            self._check_before_proxy(address)
        with _Watchdog(self._limits.total) as watchdog:
            _line.watchdog, _line.resolve, _line.mapped = watchdog, self._resolve, base is not None
            answer: Answer | PublisherError
            try:
                answer = self._send(address, base, headers, max_bytes, proxies, posted.post if posted else None)
            except PublisherError as error:
                answer = error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                answer = _named(error, self._limits)
            finally:
                _line.watchdog = None
            if watchdog.expired:  # a body without a length just ends when the line is cut, and looks whole
                answer = Unavailable(f"the answer took longer than {self._limits.total:g} s in all")
        if isinstance(answer, Answer):
            return answer
        # Raised outside the handler: the library's error holds the address with its query, keys included.
        raise answer.with_traceback(None)

    def _send(self, address: Address, base: str | None, headers: Mapping[str, str], max_bytes: int,
              proxies: dict[str, str], post: Post | None) -> Answer:
        target = (base or address.origin) + address.path
        sent = {**headers, "Host": address.authority, "Accept-Encoding": "gzip", "Connection": "close"}
        if post is None:
            prepared = requests.Request("GET", target, headers=sent).prepare()
        else:
            prepared = requests.Request("POST", target, headers={**sent, "Content-Type": post.content_type}, data=post.body).prepare()
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        # An adapter of its own, closed at the end: a server may ignore "Connection: close", and a pooled connection
        # that is used again would pass by the address check and the watchdog.
        with closing(_Adapter()) as adapter, closing(adapter.send(
            prepared, stream=True, timeout=(self._limits.connect, self._limits.silence), verify=verify, proxies=proxies
        )) as response:
            said = {name.lower(): value for name, value in response.headers.items()}
            if not 200 <= response.status_code < 300:
                return Answer(response.status_code, said, Content.of(_beginning(response.raw, said)))
            with closing(self._spool()) as spool:
                return Answer(response.status_code, said, _read(response.raw, said, max_bytes, spool))

    def _check_before_proxy(self, address: Address) -> None:
        try:
            found = self._resolve(address.host, address.port)
        except (OSError, UnicodeError):
            return  # behind a proxy, names of the outside often do not resolve here
        _require_public(address.host, found)


def _beginning(raw: Any, headers: Mapping[str, str]) -> bytes:
    """Of what is not 2xx. It is named by its status, so a broken body there is no error."""
    body = b""
    with suppress(HTTPError, OSError, PublisherError):
        for piece in _unpacked(raw.stream(_CHUNK, decode_content=False), _encoding(headers)):
            body += piece
            if len(body) >= ERROR_BODY_BYTES:
                break
    return body[:ERROR_BODY_BYTES]


def _read(raw: Any, headers: Mapping[str, str], max_bytes: int, spool: Spool) -> Content:
    """The unpacked body within bounds, written down as it comes."""
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and float(said[:18]) > max_bytes:
        raise TooLarge(f"the body has {said[:18]} bytes, more than {max_bytes:,}")
    for piece in _unpacked(_bounded(raw.stream(_CHUNK, decode_content=False), max_bytes), _encoding(headers)):
        if spool.size + len(piece) > max_bytes:
            raise TooLarge(f"the body unpacks to more than {max_bytes:,} bytes")
        spool.write(piece)
    return spool.content()


def _encoding(headers: Mapping[str, str]) -> str:
    return headers.get("content-encoding", "").strip().lower()


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"the body has more than {max_bytes:,} bytes")
        yield chunk


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    """Pieces of at most 64 KiB, so that a gzip bomb is seen before it is in memory."""
    if encoding in ("", "identity"):
        yield from chunks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise SchemaDrift(f"the body is packed as {encoding[:40]!r}, which was not asked for")
    try:
        yield from gunzip(chunks)
    except NotReadable as error:  # broken on the way: asked again, it may come whole
        raise Unavailable(f"the body: {error.said}") from None


class _Watchdog:
    """Cuts the line when the time for one exchange is over, wherever it hangs: handshake, headers or body.

    The read time limit of a socket begins anew with each byte, so a server that drips could hold us for ever. The
    watchdog holds a duplicate of the descriptor, since TLS takes the original socket over.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._guard = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def watch(self, sock: socket.socket) -> None:
        with self._guard:
            self._sockets.append(sock.dup())
        if self.expired:
            self._cut()

    def _cut(self) -> None:
        with self._guard:
            self.expired = True
            for sock in self._sockets:
                with suppress(OSError):  # the other side has closed it already
                    sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._timer.cancel()
        with self._guard:
            while self._sockets:
                self._sockets.pop().close()


class _Line(threading.local):
    """What the connections opened by this thread's exchange must know; urllib3 hands nothing through."""

    watchdog: _Watchdog | None = None
    resolve: Resolve
    mapped: bool = False


_line = _Line()


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _require_public(host: str, found: list[str]) -> None:
    for ip in found:
        if not is_public(ip):
            raise Forbidden(f"{host} leads to the private address {ip}")


def _connect(connection: HTTPConnection) -> socket.socket:
    """In place of urllib3's own: resolve, check, connect to what was checked, and put the watchdog on it."""
    host, port = connection.host, connection.port
    if connection.proxy is not None or _line.mapped:
        found = [host]  # the environment's proxy, or the host map's loopback address
    else:
        try:
            found = _line.resolve(host, port)
        except (OSError, UnicodeError):
            raise Unavailable(f"the name {host} does not resolve") from None
        _require_public(host, found)
    failed = "no address"
    for ip in found:
        try:
            sock = create_connection(
                (ip, port), connection.timeout, connection.source_address, connection.socket_options
            )
        except TimeoutError:
            failed = f"no answer within {connection.timeout:g} s"
        except OSError as error:
            failed = os.strerror(error.errno) if error.errno else type(error).__name__
        else:
            if _line.watchdog is not None:
                _line.watchdog.watch(sock)
            return sock
    raise Unavailable(f"no connection to {'the proxy' if connection.proxy else host}: {failed}")


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _SecureConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """requests' adapter over our connections. Used without a Session: no cookies, no netrc, no redirects."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def _named(error: Exception, limits: TimeLimits) -> PublisherError:
    """A library's error as one of ours, without its text: that holds the whole address."""
    root = _root(error)
    if isinstance(error, requests.exceptions.ReadTimeout | ReadTimeoutError):
        return Unavailable(f"silent for {limits.silence:g} s")
    if isinstance(error, requests.exceptions.SSLError):
        return Unavailable("its certificate is not trusted, or TLS failed")
    if isinstance(error, requests.exceptions.ProxyError):
        return Unavailable("the proxy of this machine's environment does not answer")
    if isinstance(error, IncompleteRead) or isinstance(root, IncompleteRead):
        return Unavailable("the body breaks off before its end")
    if isinstance(error, ValueError):  # requests' InvalidURL, InvalidHeader … are ValueErrors
        return Forbidden("this address, or a header for it, cannot be sent")
    return Unavailable(f"no full answer came ({type(root).__name__})")


def _root(error: BaseException) -> BaseException:
    while (deeper := error.__cause__ or error.__context__) is not None:
        error = deeper
    return error
