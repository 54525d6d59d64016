"""The items of an RSS or Atom document: address, headline, teaser, written date. Pure; nothing is stored here.

What is made of them (articles to ask for, or teasers to keep) is ``connectors.news.feeds``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml import html as lxml_html
from lxml.etree import LxmlError

from connectors.news.page.address import canonical, with_its_host
from connectors.news.page.dates import UNDATED, Published, believed, read_published
from connectors.news.page.decode import hostile, one_line
from connectors.news.sources import Source
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Document

_ROOT = re.compile(rb"<(html|rss|feed|rdf:rdf)[\s>]", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One item of a feed."""

    url: str
    """Canonical, so that one article keeps one address."""
    title: str
    teaser: str
    """The feed's own summary without its markup."""
    published: Published


def read_items(document: Document, source: Source) -> list[Item]:
    """The items of a feed in its order, each address once.

    Raises NotReadable for what is no feed, Incomplete for a feed whose items have no address (or that has none).
    """
    fetch = document.fetch
    base = fetch.final_url or fetch.url
    try:
        entries = _parsed(document.body, fetch.content_type, base).entries
    except NotReadable as error:
        raise NotReadable(error.said, dataset=document.dataset, url=fetch.url) from error
    latest = fetch.asked_at + timedelta(days=1)
    items = {item.url: item for item in reversed(list(_items(entries, base, source, _no_addresses(document.body), latest)))}
    if not items:
        raise Incomplete(f"a feed with {len(entries)} items and no address among them",
                         dataset=document.dataset, url=fetch.url)
    return list(reversed(items.values()))


def site_of(body: bytes) -> str:
    """The address of the site a feed says it belongs to, empty where it says none. Raises NotReadable."""
    return canonical(str(_parsed(body).feed.get("link") or ""))


def _parsed(body: bytes, content_type: str = "", location: str = "") -> Any:
    import feedparser

    if shape := hostile(body):
        raise NotReadable(shape)
    # As a file object: feedparser takes bytes that look like a path or an address for one, and opens it.
    try:
        parsed = feedparser.parse(io.BytesIO(body), response_headers={
            "content-type": content_type, "content-location": location})
    except Exception as error:  # a lenient parser fed with any bytes: what it stumbles over is no feed
        raise NotReadable(f"the feed parser gave up: {type(error).__name__}: {error}") from error
    if not parsed.get("version"):
        raise NotReadable("neither RSS nor Atom")
    return parsed


_GUID = re.compile(rb"<guid[^>]*isPermaLink\s*=\s*[\"']false[\"'][^>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]]+)", re.IGNORECASE)


def _no_addresses(body: bytes) -> frozenset[str]:
    """Identifiers of items that the feed says are no addresses, though they may look like one."""
    return frozenset(found[1].decode("utf-8", "replace").strip() for found in _GUID.finditer(body))


def _address(entry: Any, base: str, not_one: frozenset[str], hosts: Collection[str]) -> str:
    """An item's address: its link, else its permanent identifier. An empty link comes out of the parser as the address that the item's
    links are relative to: that one, and a site's home page, are an item's address only where it names no other."""
    own, home = canonical(base), ""
    within = canonical(str((entry.get("title_detail") or {}).get("base") or ""))
    for name in ("link", "id"):
        written = str(entry.get(name) or "").strip()
        if name == "id" and (written in not_one or not re.match(r"https?://", written, re.IGNORECASE)):
            continue
        url = with_its_host(with_its_host(canonical(written, base), base, hosts), within or base, hosts)
        if url and url != own:
            if url.split("/", 3)[3] and url != within:
                return url
            home = home or url
    return home


def _items(entries: list[Any], base: str, source: Source, not_one: frozenset[str], latest: datetime) -> Iterator[Item]:
    for entry in entries:
        url = _address(entry, base, not_one, source.hosts)
        if not url:
            continue  # an item without an address cannot become an article; a feed of only such raises Incomplete
        # `updated` holds RSS 1.0's dc:date; it is read where nothing says "published".
        written = str(entry.get("published") or entry.get("updated") or "")
        published = believed(read_published(written, source.zone))
        if published.at is not None and published.at > latest:  # a slip, or the day of an event
            published = UNDATED
        yield Item(url=url, title=plain(str(entry.get("title") or "")), teaser=plain(str(entry.get("summary") or "")), published=published)


def plain(markup: str) -> str:
    """One line of text of a fragment of HTML, entities resolved."""
    if "<" not in markup and "&" not in markup:
        return one_line(markup)
    try:
        tree = lxml_html.fragment_fromstring(f"<div>{one_line(markup)}</div>", create_parent="div")
        text = " ".join(tree.xpath(".//text()[not(ancestor::script or ancestor::style)]"))
    except (LxmlError, ValueError, AssertionError):  # not markup after all: "a < b"
        text = markup
    return one_line(text)


def is_feed(body: bytes) -> bool:
    """Whether bytes begin like a feed; cheap, and no promise that it can be read."""
    root = _ROOT.search(body[:4096])
    return root is not None and root.group(1).lower() != b"html"

