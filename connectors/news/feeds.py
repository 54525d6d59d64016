"""The connector of news: which feeds and listings are asked, which of their articles, and the batch that a page gives.

A feed or listing is discovery only: an article is read from its own page alone, so that the same bytes give the same row without
anything carried over from the feed. The one exception are paywalled sources (``teaser_only``), whose feed is
the document. Reading a feed is ``items``, a listing ``listings``, a page ``article``; the sources are data in ``sources.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.contract import Ask, Connector, Wanted
from connectors.news.article import Article, read_article
from connectors.news.items import Item, is_feed, read_items, site_of
from connectors.news.listings import read_listing
from connectors.news.page.decode import clean, decode, hostile
from connectors.news.page.metadata import read_tree, stated
from connectors.news.publisher import PUBLISHER
from connectors.news.sources import BY_HAND, Source, source_named, source_of_page, sources
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Document, Rejected, Request, Window

if TYPE_CHECKING:
    import polars as pl

SETTLED = timedelta(days=3)
"""After this an article is not expected to be edited: one that is held is not asked again."""

LARGEST_PAGE = 4 * 1024 * 1024
FEED_TYPES = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"


@dataclass(frozen=True)
class _List:
    """The feed, or one page of a list, that is asked for, and what the pages before it had."""

    source: Source
    number: int = 1
    found: tuple[Item, ...] = ()


class Feeds(Connector):
    """News feeds and listings, and their articles."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 1000
    parser_version = 3

    def __init__(self) -> None:
        self.datasets = tuple(source.described() for source in (*sources().values(), BY_HAND))
        self.a_night = tuple((urlsplit(source.address).hostname or "", _most(source)) for source in sources().values() if source.enabled)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The wanted sources' feeds and lists, each in a lane of its own: one that hangs must not keep the others waiting."""
        for source in sources().values():
            if source.dataset in wanted.datasets:
                yield Ask(list_request(source, source.address), discovery=not source.teaser_only, lane=source.dataset,
                          context=_List(source))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """From a feed or list to its articles, newest first; a window keeps to the items that are dated inside it.

        Page after page of a list is asked for as far as its record allows, on its own hosts, and as far as they answer: a further
        page that fails keeps out nothing of the first, which has the newest.
        """
        at = ask.context
        if not isinstance(at, _List):
            return super().follow(ask, answer, wanted)
        try:
            if isinstance(answer, PublisherError):
                raise answer
            items, following = read_list(answer, at.source)
        except PublisherError:
            if at.number == 1:
                raise
            items, following = [], ""
        known = {item.url for item in at.found}
        fresh = [item for item in items if item.url not in known]
        found = (*at.found, *fresh)
        if fresh and at.source.listing and at.number < at.source.listing.pages and at.source.owns(following):
            further = _List(at.source, at.number + 1, found)
            return [Ask(list_request(at.source, following), discovery=True, lane=ask.lane, context=further)]
        return self._articles(found, at.source, wanted)

    def _articles(self, items: Sequence[Item], source: Source, wanted: Wanted) -> list[Ask]:
        """The articles to ask for. Raises Incomplete for a list that its publisher no longer fills, or whose items lead elsewhere."""
        now = wanted.known.now
        newest = max((item.published.at for item in items if item.published.at), default=None)
        if newest and source.stale_after_days and now - newest > timedelta(days=source.stale_after_days):
            raise Incomplete(f"the newest item is of {newest.astimezone(source.zone):%Y-%m-%d}: the feed was left behind",
                             dataset=source.dataset, url=source.address)
        if source.teaser_only:
            return []
        own = [item for item in items if source.owns(item.url)]
        if not own:
            raise Incomplete(f"none of {len(items)} items leads to {', '.join(source.hosts)}; the first leads to {items[0].url}",
                             dataset=source.dataset, url=source.address)
        asks = []
        for item in _newest(own, wanted.window)[: source.max_articles]:
            settled = item.published.at is not None and now - item.published.at > SETTLED
            request = page_request(source, item.url, frozen=settled and not wanted.window.force)
            asks.append(Ask(request, partition=item.title, lane=source.dataset))
        return asks

    def recognise(self, head: bytes, name: str) -> str | None:
        """``news.import`` for a page that calls itself an article, a paywalled source for its feed, else None."""
        if len(head) > LARGEST_PAGE:
            return None
        if is_feed(head):
            return _feed_of(head)
        if (b"Article" not in head and b"article" not in head) or hostile(head):
            return None
        tree = read_tree(clean(decode(head)))
        return BY_HAND.dataset if tree is not None and stated(tree).is_article else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch: the article of a page, or the teasers of a paywalled source's feed.

        Raises NotReadable (no page, no title, a paywall, a feed that is only discovery) and Incomplete (too little
        text).
        """
        source = source_named(document.dataset)
        if source is None:
            raise NotReadable(f"{document.dataset} is no news source", dataset=document.dataset, url=document.fetch.url)
        if source.teaser_only:
            return out.put(_teasers(document, source))
        if is_feed(document.body):
            raise NotReadable("a feed where an article's page should be; this source's feed is discovery only",
                              dataset=document.dataset, url=document.fetch.url)
        article = read_article(document, source)
        return out.put(Batch(dataset=document.dataset, name=article.url, frames=[_frame([article])]))

    def read_cell(self, document: Document, locator: str) -> str:
        """News is text and has no cells: always raises NotReadable."""
        raise NotReadable(f"an article has no cell {locator!r}; its text is in news.article_version")


def _most(source: Source) -> int:
    """Requests of one night: the feed, or the pages of the list, and the articles that are asked for."""
    return (source.listing.pages if source.listing else 1) + (0 if source.teaser_only else source.max_articles)


def read_list(document: Document, source: Source) -> tuple[list[Item], str]:
    """The items of a feed, or of one page of a list with the address of its next page. Raises a PublisherError by name."""
    return read_listing(document, source) if source.kind == "listing" else (read_items(document, source), "")


def list_request(source: Source, url: str) -> Request:
    """How a source's feed, or a page of its list, is asked for."""
    if source.kind == "listing":
        return page_request(source, url)
    return Request(url, source.dataset, hosts=source.hosts, accept=FEED_TYPES, landmarks=("<rss", "<feed", "<rdf:rdf"),
                   max_bytes=LARGEST_PAGE)


def page_request(source: Source, url: str, *, frozen: bool = False) -> Request:
    """How a page of a source is asked for: on its hosts, as HTML, of bounded size."""
    return Request(url, source.dataset, hosts=source.hosts, accept="text/html",
                   content_types=("text/html", "application/xhtml+xml"), max_bytes=LARGEST_PAGE, frozen=frozen)


def _newest(items: list[Item], window: Window) -> list[Item]:
    """Newest first, undated ones last in the feed's order; only those dated inside the window, where it has an end."""
    if window.first or window.last:
        items = [item for item in items if item.published.at
                 and (not window.first or item.published.at.date() >= window.first)
                 and (not window.last or item.published.at.date() <= window.last)]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(items, key=lambda item: item.published.at or oldest, reverse=True)


def _teasers(document: Document, source: Source) -> Batch:
    """What a feed itself says of its articles, each as an article whose text is the teaser."""
    items = read_items(document, source)
    articles = [Article(source=source.id, url=item.url, title=item.title, agency="", language=source.language,
                        published=item.published, text=item.teaser, extractor="teaser of the feed")
                for item in items if item.title and item.teaser]
    if not articles:
        raise Incomplete(f"{len(items)} items, none with title and teaser", dataset=document.dataset,
                         url=document.fetch.url)
    rejected = tuple(Rejected(locator=item.url, rule="teaser", reason="an item without title or teaser", raw=item.title)
                     for item in items if not (item.title and item.teaser))
    return Batch(dataset=document.dataset, name="teasers", frames=[_frame(articles)], rejected=rejected)


def _frame(articles: list[Article]) -> pl.DataFrame:
    """Rows for ``news.article``; the last three columns belong to ``news.article_version``, into which the commit parts them."""
    import polars as pl

    return pl.DataFrame([article.row for article in articles], schema={
        "article": pl.String, "source": pl.String, "url": pl.String, "title": pl.String, "agency": pl.String,
        "language": pl.String, "published_at": pl.Datetime("us", "UTC"), "published_precision": pl.String,
        "tz_assumed": pl.String, "cluster": pl.String, "may_redistribute": pl.Boolean, "text": pl.String,
        "body_sha256": pl.String, "extractor": pl.String,
    })


def _feed_of(body: bytes) -> str | None:
    """The paywalled source a feed belongs to by the site it names: the only feeds that are documents."""
    try:
        source = source_of_page(site_of(body))
    except NotReadable:
        return None  # not a feed after all: no connector of news knows it
    return source.dataset if source and source.teaser_only else None


CONNECTOR = Feeds()
