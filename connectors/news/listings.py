"""The items of an HTML page that lists articles: what a feed's items are, for publishers without a feed. Pure.

How a source's list is built is data in its record (``connectors.news.sources.Listing``). Where only the form of the articles'
addresses is known, that form alone tells which links are articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from connectors.news.items import Item
from connectors.news.page.address import canonical, with_its_host
from connectors.news.page.dates import UNDATED, Published, read_published
from connectors.news.page.decode import clean, decode, hostile
from connectors.news.page.markup import first, soup, words
from connectors.news.sources import Listing, Source
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Document

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

MOST_ENTRIES = 2_000
"""A list is read no further: a page of more links is not one that a person reads."""


def read_listing(document: Document, source: Source) -> tuple[list[Item], str]:
    """The articles a page lists, each address once, in its order; and the address of the list's next page, or an empty text.

    Raises NotReadable for what is no page, Incomplete where the source's selectors find no article on it.
    """
    fetch, listing = document.fetch, source.listing
    where = {"dataset": document.dataset, "url": fetch.url}
    if listing is None or (shape := hostile(document.body)):
        raise NotReadable(shape if listing else f"{source.id} is no listing", **where)
    try:
        tree = soup(clean(decode(document.body, fetch.content_type)))
        base = _base(tree, fetch.final_url or fetch.url)
        entries = tree.select(listing.items or listing.link, limit=MOST_ENTRIES)
        found = {item.url: item for item in reversed(list(_items(entries, listing, source, base)))}
        following = first(tree, listing.next)
    except RecursionError as error:  # a page nested a thousand deep
        raise NotReadable("the page is nested too deep", **where) from error
    except NotReadable as error:
        raise NotReadable(error.said, **where) from error
    if not found:
        raise Incomplete(f"a page with {len(entries)} entries that look like the list's and no article among them: the page is "
                         "another one, or its layout has changed", **where)
    href = str(following.get("href") or "") if following is not None else ""
    return list(reversed(found.values())), canonical(href, base) if href else ""


def _base(tree: BeautifulSoup, address: str) -> str:
    """What relative links are relative to."""
    said = tree.select_one("base[href]")
    return (canonical(str(said.get("href") or ""), address) if said is not None else "") or address


def _items(entries: list[Tag], listing: Listing, source: Source, base: str) -> Iterator[Item]:
    for entry in entries:
        link = entry if not listing.items else entry if entry.get("href") else first(entry, listing.link)
        href = str(link.get("href") or "") if link is not None else ""
        url = with_its_host(canonical(href, base), base, source.hosts) if href else ""
        known = re.search(listing.links, url)
        if link is None or not url or known is None or url == canonical(base):
            continue  # a heading, a script's link, a link to elsewhere: not an article
        printed = read_published(words(first(entry, listing.date)), source.zone, source.numeric_dates)
        title = words(first(entry, listing.title)) or words(link) or str(link.get("title") or "")
        yield Item(url=url, title=title, teaser="", published=printed or _dated(known, source) or UNDATED)


def _dated(known: re.Match[str], source: Source) -> Published | None:
    """The day that an address tells (``/n3/2025/0414/c90000-….html``)."""
    part = known.groupdict()
    if not part.get("year"):
        return None
    try:
        day = date(int(part["year"]), int(part.get("month") or 1), int(part.get("day") or 1))
    except ValueError:  # digits that are no date after all
        return None
    form = "%Y-%m-%d" if part.get("day") else "%Y-%m" if part.get("month") else "%Y"
    return read_published(f"{day:{form}}", source.zone)
