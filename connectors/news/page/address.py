"""The canonical form of an article's address: what an article is known by.

Pure. The rules are ours and fixed, because an article's key hangs on them: a library that learns a new tracker in its
next version would give an old article a second key. Changing a rule raises ``Feeds.parser_version``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

_TRACKER = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_ga|_gl|ref|ref_src|cmpid|ocid|spm|"
                      r"ncid|amp", re.IGNORECASE)
_NOT_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f<>\"\\]")
_LONGEST = 2000

_ZONES = {"bn": "Asia/Brunei", "cn": "Asia/Shanghai", "hk": "Asia/Hong_Kong", "jp": "Asia/Tokyo", "kh": "Asia/Phnom_Penh",
          "kr": "Asia/Seoul", "la": "Asia/Vientiane", "mm": "Asia/Yangon", "my": "Asia/Kuala_Lumpur", "ph": "Asia/Manila",
          "sg": "Asia/Singapore", "th": "Asia/Bangkok", "tw": "Asia/Taipei", "vn": "Asia/Ho_Chi_Minh"}
"""Countries with one time zone, by the end of their hosts."""


def zone_of(url: str) -> str:
    """The time zone of the country whose domain an address stands in, empty where that has several or is none."""
    host = urlsplit(url).hostname or ""
    return _ZONES.get(host.rpartition(".")[2], "")


def canonical(url: str, base: str = "") -> str:
    """An http(s) address without fragment, trackers, default port and upper case in its host; empty where it is none.

    ``base`` resolves a relative one. Other query parts stay in their order: ``news.php?id=123`` is an address.
    """
    try:
        written = urljoin(base, url.strip()) if base else url.strip()
        parts = urlsplit(written)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # "http://[" or a port of letters
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    if len(written) > _LONGEST or _NOT_IN_ADDRESSES.search(written):
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKER.fullmatch(name)]
    query = parts.query if kept == pairs else urlencode(kept)
    where = host if port in (None, usual) else f"{host}:{port}"
    return urlunsplit((parts.scheme, where, parts.path or "/", query, ""))


def with_its_host(url: str, base: str, hosts: Collection[str]) -> str:
    """An address whose link was written without its scheme, as it was meant: ``www.example.org/story`` in a feed at
    ``https://www.example.org/rss/`` is no page below ``/rss/``. Of these hosts, and of others that begin with ``www.``, and only right
    behind what a link is relative to.
    """
    at = urlsplit(base)
    below = urlunsplit((at.scheme, at.netloc, at.path.rpartition("/")[0] + "/", "", ""))
    if not url.startswith(below):
        return url
    known = "|".join([*(re.escape(host) for host in sorted(hosts, key=len, reverse=True)), r"www\.[a-z0-9-]+\.[a-z0-9.-]+"])
    found = re.fullmatch(rf"(?:https?:?/{{1,2}})?((?:{known})(?::\d+)?(?:[/?].*)?)", url[len(below):], re.IGNORECASE)
    return canonical(f"{at.scheme}://{found[1]}") if found else url


def article_id(url: str) -> str:
    """The key of an article: the first 32 hex digits of the SHA-256 of its canonical address."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
