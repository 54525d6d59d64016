"""Which addresses may be asked: shape of a URL, hosts a redirect may lead to, public and private IPs. Pure: no I/O.

Resolving names and connecting is ``connectors.http.transport``; robots.txt is ``connectors.http.politeness``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

from warehouse.schema.errors import Forbidden

DEFAULT_PORTS = {"http": 80, "https": 443}

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


@dataclass(frozen=True)
class Address:
    """A checked http(s) address, in its parts."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as sent."""

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt speaks for."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def address(url: str) -> Address:
    """Take an address apart. Raises Forbidden for what is not a plain http(s) address.

    The scheme stays as it is: english.customs.gov.cn answers on plain http only (seen 2026), so nothing here or later
    turns http into https on its own.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("this is not an address that can be asked") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in DEFAULT_PORTS or not _is_host(host) or any(c.isspace() or c < " " for c in url):
        raise Forbidden("this is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("an address with a user name in it is not asked; keys travel in headers")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    checked = Address(url, scheme, host, DEFAULT_PORTS[scheme] if port is None else port, path)
    return Address(checked.origin + path, scheme, host, checked.port, path)


def redirected(current: Address, location: str, *, first: Address, hosts: Collection[str]) -> Address:
    """Where a ``Location`` leads, if it may be followed. Raises Forbidden when it may not.

    Allowed are the host first asked and the publisher's declared ``hosts``, on the first port or the scheme's own;
    never from https down to http. Whether a *name* leads to a private address is seen when it is connected to.
    """
    # http.client reads headers as Latin-1; publishers write Location in UTF-8.
    location = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        joined = urljoin(current.url, location)
    except ValueError:
        raise Forbidden("its redirect is not an address") from None
    target = address(joined)
    if is_private_literal(target.host):
        raise Forbidden(f"it redirects to a private address, {target.host}")
    why = ""
    if target.host != first.host and target.host not in {host.lower() for host in hosts}:
        why = f"it redirects to {target.host}, which is not one of the publisher's hosts"
    elif target.port not in (first.port, DEFAULT_PORTS[target.scheme]):
        why = f"it redirects to port {target.port} of {target.host}"
    elif current.scheme == "https" and target.scheme == "http":
        why = "it redirects from https to plain http"
    if why:
        refused = Forbidden(why)
        refused.leads_to = target.url
        raise refused
    return target


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an IP that is not public. Names are not resolved here."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_public(ip: str) -> bool:
    """Whether an IP is one of the open internet's. Raises ValueError for what is no IP.

    IPv6 can carry an IPv4 address (mapped, compatible, 6to4, NAT64); such a one is as public as what it carries.
    """
    found = ip_address(ip)
    return all(_plainly_public(each) for each in (found, *_carried(found)))


def is_loopback(ip: str) -> bool:
    """Whether an IP is this machine's own; a name never is, it can be made to lead anywhere."""
    try:
        found = ip_address(ip)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _is_host(host: str) -> bool:
    # Strict, since urllib3 takes addresses apart in its own way and both must see the same host. A name in another
    # script is written as the DNS knows it (xn--…).
    if ":" in host:
        try:
            return "%" not in host and ip_address(host).version == 6
        except ValueError:
            return False
    return len(host) <= 253 and re.fullmatch(r"[a-z0-9._-]+", host) is not None


def _plainly_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped is not None or ip in _NAT64):
        return True  # decided by the address it carries
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _carried(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    if not isinstance(ip, IPv6Address):
        return
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    elif ip in _NAT64 or ip in _COMPATIBLE:
        yield IPv4Address(int(ip) & 0xFFFFFFFF)
    elif ip.sixtofour is not None:
        yield ip.sixtofour
