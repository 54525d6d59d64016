"""The news sources: records read from ``sources.toml``, checked once, and the Dataset each of them is.

No I/O besides reading that file. Which addresses are asked is ``connectors.news.feeds``; what the selectors of a record are
used for, ``connectors.news.listings`` and ``connectors.news.article``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.news.publisher import PUBLISHER
from warehouse.schema.travel import Dataset

IMPORT = "import"
"""The source of pages that a person brought in by hand."""


@dataclass(frozen=True)
class Listing:
    """How an HTML page that lists articles is read. Selectors are CSS; ``items`` or ``links`` must be given."""

    items: str = ""
    """One entry of the list; every link of the page where it is empty."""
    link: str = "a[href]"
    """The entry's link, inside it."""
    title: str = ""
    """The entry's headline, inside it; the link's own text where it is empty."""
    date: str = ""
    """The entry's date, inside it; none is read where it is empty."""
    next: str = ""
    """The link to the next page of the list."""
    pages: int = 1
    """Pages of the list that one run asks for at most."""
    links: str = ""
    """Regular expression in the address of every article. Groups ``year``, ``month``, ``day`` in it date the article."""


@dataclass(frozen=True)
class PageRules:
    """Where a source's own pages have their parts: CSS selectors, each asked before the general reader; empty asks nothing."""

    text: str = ""
    """The element, or elements, that hold the text and nothing else."""
    title: str = ""
    date: str = ""
    drop: str = ""
    """Inside the text: what is none of it."""


@dataclass(frozen=True)
class Source:
    """One feed or listing and what is known of it."""

    id: str
    name: str
    address: str
    kind: Literal["rss", "atom", "listing"]
    language: str
    """ISO 639-1 of its articles, used where a page does not say its own."""
    tz: str
    """Zone of its dates where they name none."""
    country: str
    """Of the publisher, ISO 3166-1 alpha-3."""
    hosts: tuple[str, ...]
    """Hosts its articles stand on; an item that leads elsewhere is not this source's article."""
    verified: str
    enabled: bool
    max_articles: int
    """Articles asked for in one run, newest first."""
    robots: str
    terms: str
    teaser_only: bool = False
    """Paywalled: the feed's own items are the articles, their pages are never asked for."""
    stale_after_days: int = 30
    """A feed whose newest item is older has been left behind by its publisher; 0 never says so."""
    numeric_dates: Literal["", "dmy", "mdy"] = ""
    """What ``05/03/2019`` means on this site; not read at all where it is not known."""
    listing: Listing | None = None
    page: PageRules = PageRules()

    @property
    def dataset(self) -> str:
        return f"news.{self.id}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tz)

    def owns(self, url: str) -> bool:
        """Whether an address stands on one of this source's hosts."""
        try:
            parts = urlsplit(url)
            return parts.scheme in ("http", "https") and (parts.hostname or "") in self.hosts
        except ValueError:  # "http://[" is no address
            return False

    def described(self) -> Dataset:
        """This source as a row of ``ref.dataset``."""
        return Dataset(
            dataset=self.dataset, publisher=PUBLISHER.publisher, title=self.name, table="news.article", account="none",
            chain=self.dataset, chain_rank=1, revision_mode="overwrite", partner_scope="none",
            licence=self.terms, may_redistribute=False, attribution=self.name, page_url=self.address, tz=self.tz,
            cadence="continuously; asked once a night", recheck_days=1, enabled=self.enabled, language=self.language,
            robots=self.robots, verified=self.verified,
        )


BY_HAND = Source(
    id=IMPORT, name="News pages imported by hand", address="", kind="rss", language="", tz="UTC", country="XXX",
    hosts=(), verified="brought by hand", enabled=False, max_articles=0, robots="", terms=PUBLISHER.licence,
)
"""Not a feed: `entrepot import PAGE|ADDRESS`. A page whose address belongs to a listed source takes that source's zone."""


@cache
def sources() -> MappingProxyType[str, Source]:
    """Every listed source by its id. Raises ValueError naming the record and what is wrong with it."""
    listed = tomllib.loads(files("connectors.news").joinpath("sources.toml").read_text(encoding="utf-8"))["source"]
    found = [source_of(record) for record in listed]
    if len({source.id for source in found}) != len(found):
        raise ValueError("sources.toml: two sources have one id")
    return MappingProxyType({source.id: source for source in found})


def source_of(record: dict[str, Any]) -> Source:
    """One record of the file, checked. Raises ValueError saying what is wrong."""
    name = record.get("id", "?")
    known = {field.name for field in fields(Source)}
    if unknown := set(record) - known:
        raise ValueError(f"sources.toml: {name}: unknown field {', '.join(sorted(unknown))}")
    try:
        listing, page = record.get("listing"), record.get("page", {})
        source = Source(**{**record, "hosts": tuple(record.get("hosts", ())), "page": PageRules(**page),
                           "listing": None if listing is None else Listing(**listing)})
        source.zone.utcoffset(None)
    except TypeError as error:
        raise ValueError(f"sources.toml: {name}: {error}") from error
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"sources.toml: {name}: no time zone {record['tz']!r}") from error
    said = {
        "id": bool(re.fullmatch(r"[a-z][a-z0-9-]*", source.id)) and source.id != IMPORT,
        "address": source.address.startswith(("https://", "http://")),
        "kind": source.kind in ("rss", "atom", "listing"),
        "listing": _can_be_read(source.listing) if source.kind == "listing" else source.listing is None,
        "numeric_dates": source.numeric_dates in ("", "dmy", "mdy"),
        "language": bool(re.fullmatch(r"[a-z]{2}", source.language)),
        "country": bool(re.fullmatch(r"[A-Z]{3}", source.country)),
        "hosts": bool(source.hosts) and all(host == host.lower() and "/" not in host for host in source.hosts),
        "max_articles": 0 < source.max_articles <= 100,
        "verified": bool(source.verified),
        "robots": bool(source.robots),
        "terms": bool(source.terms),
    }
    if wrong := [field for field, right in said.items() if not right]:
        raise ValueError(f"sources.toml: {name}: not acceptable: {', '.join(wrong)}")
    return source


def _can_be_read(listing: Listing | None) -> bool:
    """Whether a listing says enough. Its selectors are tried by a test, since compiling them needs a library that most runs do not."""
    if listing is None or not (listing.items or listing.links) or not listing.link or not 1 <= listing.pages <= 20:
        return False
    try:
        return re.compile(listing.links) is not None
    except re.error:
        return False


def source_named(dataset: str) -> Source | None:
    """The source of a dataset ``news.<id>``, ``news.import`` among them."""
    prefix, _, name = dataset.partition(".")
    if prefix != "news":
        return None
    return BY_HAND if name == IMPORT else sources().get(name)


def source_of_page(url: str) -> Source | None:
    """The listed source on whose hosts an address stands."""
    return next((source for source in sources().values() if source.owns(url)), None)
