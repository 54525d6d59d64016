"""One article page into one article: text, headline, time, agency, language, address. Pure, without network.

How its text is found is ``text``; everything else is read by our own strict rules, because extraction libraries guess
dates and drop the time of day.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.news.page.address import article_id, canonical, zone_of
from connectors.news.page.dates import FINENESS, UNDATED, Published, dateline, read_published
from connectors.news.page.decode import clean, cut, decode, hostile, misread
from connectors.news.page.language import language_of
from connectors.news.page.markup import first, soup, words
from connectors.news.page.metadata import Stated, beside_headline, in_address, in_byline, read_tree, stated
from connectors.news.page.text import SHORTEST, read_text
from connectors.news.sources import PageRules, Source, source_of_page
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Document

_AGENCIES = {name.casefold(): agency for name, agency in {
    "Bernama": "Bernama", "Xinhua": "Xinhua", "Reuters": "Reuters", "AFP": "AFP", "Agence France-Presse": "AFP",
    "AP": "AP", "The Associated Press": "AP", "dpa": "dpa", "Kyodo": "Kyodo", "Yonhap": "Yonhap", "Antara": "Antara",
    "VNA": "VNA", "PNA": "PNA", "新华社": "Xinhua", "新华网": "Xinhua", "中新社": "CNS"}.items()}
_NAMES = "|".join(sorted(map(re.escape, _AGENCIES), key=len, reverse=True))
_DATELINE = re.compile(rf"[(（]({_NAMES})[)）]\s*[-–—:：]|^\s*(新华社|中新社)[^\n]{{1,30}}电",
                       re.MULTILINE | re.IGNORECASE)
_CREDIT = re.compile(rf"[-–—]\s*({_NAMES})\.?\s*$", re.IGNORECASE)
_BYLINE = re.compile(rf"(?:by\s+|source:\s*|来源[:：]\s*)?({_NAMES})", re.IGNORECASE)

_PAYWALL = re.compile(r"subscribe (?:now )?to (?:continue|read)|subscribers? only|for subscribers|to continue reading|"
                      r"log ?in to (?:continue|read)|already a subscriber", re.IGNORECASE)
_PAYWALL_SAYS = "the page says that it is not free to read (isAccessibleForFree)"
_PAYWALL_WITHIN = 1_000
"""A marker counts only in a text shorter than this: a long article may well speak of subscribers."""

TEASER = "the page's teaser"
"""What "read" an article of which only its own description is kept."""


@dataclass(frozen=True)
class Article:
    """One article as a page shows it: a row of ``news.article`` and of ``news.article_version``."""

    source: str
    url: str
    title: str
    agency: str
    language: str
    published: Published
    text: str
    extractor: str

    @property
    def row(self) -> dict[str, str | bool | datetime | None]:
        """The columns by name; ``text``, ``body_sha256`` and ``extractor`` belong to the version."""
        key = article_id(self.url)
        return {
            "article": key, "source": self.source, "url": self.url, "title": self.title, "agency": self.agency,
            "language": self.language, "published_at": self.published.at,
            "published_precision": self.published.precision, "tz_assumed": self.published.tz_assumed, "cluster": key,
            "may_redistribute": False, "text": self.text,
            "body_sha256": hashlib.sha256(self.text.encode("utf-8")).hexdigest(), "extractor": self.extractor,
        }


def read_article(document: Document, source: Source) -> Article:
    """The article of a page.

    A page that says it is not free to read gives its teaser and address alone; one that a person saved is read, as they could.
    Raises NotReadable for what is no page, or has no headline or address, or a paywall without a teaser; Incomplete where fewer
    than ``SHORTEST`` bytes of text are left without menus and advertisements.
    """
    where = {"dataset": document.dataset, "url": document.fetch.url}
    if shape := hostile(document.body):
        raise NotReadable(shape, **where)
    if cut(document.body):
        raise Incomplete("the page ends in the middle: it was cut off", **where)
    page = clean(decode(document.body, document.fetch.content_type))
    if misread(page):
        raise NotReadable("its characters are in no set that it names, and in none that can be told", **where)
    tree = read_tree(page)
    if tree is None:
        raise NotReadable("no HTML in it", **where)
    said = stated(tree, document.fetch.final_url or document.fetch.url)
    url = _address(document, said, source)
    known = source if source.hosts else source_of_page(url) or replace(source, tz=zone_of(url) or source.tz)
    try:
        own = _own_parts(page, known.page)
        titles = tuple(title for title in (own.title, *said.titles) if title)
        if not titles:
            raise NotReadable("a page without a title")
        if said.is_list and not said.is_article:
            raise Incomplete("a page that lists articles, and is none")
        text, reader = read_text(page, tree, known.page, titles, said.description)
        walled = _PAYWALL_SAYS if said.free is False and document.fetch.origin_kind != "imported" else (
            "a paywall stands where the text should be" if len(text) < _PAYWALL_WITHIN and _PAYWALL.search(text) else "")
        if walled:
            text, reader = said.description, TEASER
            if not text:
                raise NotReadable(f"{walled}, and it has no teaser")
    except (NotReadable, Incomplete) as error:
        raise type(error)(error.said, **where) from error
    if not walled and len(text.encode("utf-8")) < SHORTEST:
        raise Incomplete(f"{len(text)} characters of text, too few for an article", **where)
    if not url:
        raise NotReadable("a page that does not say its own address (canonical link, og:url)", **where)
    return Article(
        source=source.id, url=url, title=titles[0], agency=agency_of(text, said.authors),
        language=language_of(text, _language(said.language) or known.language),
        published=_published(document, tree, url, tuple(filter(None, (own.date, *said.dates))), text, known), text=text, extractor=reader,
    )


@dataclass(frozen=True)
class _OwnParts:
    """What a source's own selectors find of a page besides the text."""

    title: str = ""
    date: str = ""


def _own_parts(page: str, rules: PageRules) -> _OwnParts:
    if not (rules.title or rules.date):
        return _OwnParts()
    tree = soup(page)
    dated = first(tree, rules.date)
    machine = str(dated.get("datetime") or dated.get("content") or "") if dated is not None else ""
    return _OwnParts(words(first(tree, rules.title)), machine or _bare_date(words(dated)))


def _bare_date(line: str) -> str:
    """The date in a line that also tells the origin: ``2024年04月24日23:52 | 来源：新华网``, ``Updated: May 5, 2026``."""
    return re.sub(r"^[^\W\d]+(?: [^\W\d]+)?\s*[:：]\s*", "", re.split(r"\s*(?:[|｜]|来源|Source\b)", line)[0])


def _address(document: Document, said: Stated, source: Source) -> str:
    """Canonical address: the page's own word where it stays on the page's site, else where it was fetched.

    A canonical link to a home page (a usual slip, which would fold all articles of a site into one) is not believed.
    """
    fetch = document.fetch
    fetched = canonical(fetch.final_url or fetch.url)
    for address in said.addresses:
        found = canonical(address, base=fetched)
        if found and _is_deep(found) and (not fetched or _site(found) == _site(fetched) or source.owns(found)):
            return found
    return fetched or fetch.url


def _is_deep(url: str) -> bool:
    return len(url.split("/", 3)[3]) > 1


def _site(url: str) -> str:
    """Host without www. and m.: one site under its usual names."""
    return re.sub(r"^(?:www|m|amp)\.", "", url.split("/", 3)[2])


def _published(document: Document, tree: Any, url: str, written: tuple[str, ...], text: str, source: Source) -> Published:
    """When a page was published: the first statement that can be read, never in the future, and never a guess.

    The order: the source's own selector, JSON-LD, meta elements, the dateline, then (``written`` being empty) the day beside the headline,
    in the byline or in the page's address. A later statement that is finer refines the first where it lies inside it (a minute of the
    same day) and changes nothing otherwise. A statement that has two readings is none, and nothing weaker is asked instead. A date
    after the day on which the page was asked for is a slip or another date (an event's) and is not believed.
    """
    latest = document.fetch.asked_at + timedelta(days=1)
    read = [found for each in written if (found := read_published(each, source.zone, source.numeric_dates))]
    believed = [found for found in read if _believed(found, latest)]
    fetched_at = document.fetch.asked_at if document.fetch.origin_kind == "fetched" else None
    line = None if believed else dateline(text, source.zone, fetched_at)
    if line and _believed(line, latest):
        believed = [line]
    if believed:
        finer = (found for found in believed if found.within(believed[0], source.zone))
        return max(finer, key=lambda found: FINENESS[found.precision], default=believed[0])
    weaker = () if written else (beside_headline(tree), in_byline(tree), in_address(url))
    days = (read_published(text, source.zone) for text in weaker if text)
    return next((day for day in days if day and _believed(day, latest)), UNDATED)


def _believed(found: Published, latest: datetime) -> bool:
    return found.at is not None and datetime(1990, 1, 1, tzinfo=UTC) < found.at <= latest


def _language(tag: str) -> str:
    """ISO 639-1 of a language tag (``en-MY``), empty where it is none."""
    main = re.split(r"[-_]", tag.strip().lower())[0]
    return main if re.fullmatch(r"[a-z]{2}", main) else ""


def agency_of(text: str, authors: tuple[str, ...] = ()) -> str:
    """The news agency named in dateline, closing credit or byline, in that order; empty where none is."""
    bylines = (_BYLINE.fullmatch(author) for author in authors)
    for match in (_DATELINE.search(text[:400]), _CREDIT.search(text), *bylines):
        if match:
            return _AGENCIES[next(group for group in match.groups() if group).casefold()]
    return ""
