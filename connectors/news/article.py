"""One article page into one article: text, headline, time, agency, language, address. Pure, without network.

The text is trafilatura's, favouring precision; everything else is read by our own strict rules, because extraction
libraries guess dates and drop the time of day.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

from connectors.news.address import article_id, canonical
from connectors.news.dates import FINENESS, UNDATED, Published, read_published
from connectors.news.decode import clean, decode, repaired
from connectors.news.metadata import Stated, read_tree, stated
from connectors.news.sources import Source, source_of_page
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Document

SHORTEST = 200
"""Least bytes of UTF-8 of a text that is an article: 200 letters, or about 67 Chinese characters."""

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
_PAYWALL_WITHIN = 1_000
"""A marker counts only in a text shorter than this: a long article may well speak of subscribers."""

_LEFTOVERS = ("_ueditor_page_break_tag_",)  # an editor's page break in SCIO's transcripts
_LINES_OF_NO_ARTICLE = frozenset({"分享让更多人看到"})  # "share", under every People's Daily article (2024-04-24)


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


@cache
def extractor() -> str:
    """What reads the text, with its version."""
    return f"trafilatura {version('trafilatura')}"


def read_article(document: Document, source: Source) -> Article:
    """The article of a page.

    Raises NotReadable for what is no page, has no headline or address, or says that it is not free to read;
    Incomplete where fewer than ``SHORTEST`` bytes of text are left without menus and advertisements.
    """
    where = {"dataset": document.dataset, "url": document.fetch.url}
    page = clean(decode(document.body, document.fetch.content_type))
    tree = read_tree(page)
    if tree is None:
        raise NotReadable("no HTML in it", **where)
    said = stated(tree)
    if said.free is False:
        raise NotReadable("the page says that it is not free to read (isAccessibleForFree)", **where)
    if not said.titles:
        raise NotReadable("a page without a title", **where)
    text = _text(page, said.titles[0], where)
    if len(text) < _PAYWALL_WITHIN and _PAYWALL.search(text):
        raise NotReadable("a paywall stands where the text should be", **where)
    if len(text.encode("utf-8")) < SHORTEST:
        raise Incomplete(f"{len(text)} characters of text, too few for an article", **where)
    url = _address(document, said, source)
    if not url:
        raise NotReadable("a page that does not say its own address (canonical link, og:url)", **where)
    known = source if source.hosts else source_of_page(url) or source
    return Article(
        source=source.id, url=url, title=said.titles[0], agency=agency_of(text, said.authors),
        language=_language(said.language) or known.language, published=_published(document, page, said, known),
        text=text, extractor=extractor(),
    )


def _text(page: str, title: str, where: dict[str, str]) -> str:
    from trafilatura import bare_extraction  # imported here: it takes half a second, and most runs read no news

    try:
        found = bare_extraction(page, favor_precision=True, include_comments=False, include_tables=False,
                                with_metadata=False)
    except Exception as error:  # an extractor fed with any bytes: whatever it stumbles over, the page is not readable
        raise NotReadable(f"the text extractor gave up: {type(error).__name__}: {error}", **where) from error
    text = clean(str(getattr(found, "text", None) or ""))
    for leftover in _LEFTOVERS:
        text = text.replace(leftover, "\n")
    lines = [" ".join(line.split()) for line in repaired(text).split("\n")]
    kept = [line for line in lines if line and line not in _LINES_OF_NO_ARTICLE]
    return "\n".join(kept[1:] if kept and kept[0] == title else kept)


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


def _published(document: Document, page: str, said: Stated, source: Source) -> Published:
    """The finest of the page's own dates, the first of equals; else the day htmldate finds; never in the future.

    A date after the day the page was asked for is a slip or another date (an event's) and is not believed.
    """
    latest = document.fetch.asked_at + timedelta(days=1)
    read = [found for text in said.dates if (found := read_published(text, source.zone))]
    believed = [found for found in read if found.at and datetime(1990, 1, 1, tzinfo=UTC) < found.at <= latest]
    if believed:
        return max(believed, key=lambda found: FINENESS[found.precision])
    return read_published(_day_by_htmldate(page, latest), source.zone) or UNDATED


def _day_by_htmldate(page: str, latest: datetime) -> str:
    from htmldate import find_date

    settings: dict[str, Any] = {
        "original_date": True,  # the day of publication, not of the last change
        "extensive_search": False,  # no guesses from the running text
        "min_date": datetime(1990, 1, 1), "max_date": latest.replace(tzinfo=None),  # else it asks today's date
    }
    try:
        return find_date(page, **settings) or ""
    except Exception:  # a page on which the date guesser stumbles has no date; its text is read all the same
        return ""


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
