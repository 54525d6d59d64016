"""What an article page says of itself: JSON-LD, meta elements, headings, language, whether it is free to read.

Pure, and only reading: which of the statements is believed is decided in ``connectors.news.article``.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from connectors.news.decode import one_line

_DATES = ("article:published_time", "article:published", "datepublished", "pubdate", "og:pubdate", "publishdate",
          "publication_date", "publish_date", "dc.date.issued", "dcterms.created", "parsely-pub-date", "sailthru.date")
_DEEPEST = 5_000


@dataclass(frozen=True)
class Stated:
    """The statements of one page, in the order in which they are believed."""

    titles: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    """Authors and named origins ("source")."""
    description: str = ""
    """The page's own teaser."""
    language: str = ""
    free: bool | None = None
    """isAccessibleForFree, None where the page does not say."""
    is_article: bool = False


def read_tree(text: str) -> Any | None:
    """The element tree of a page, or None where there is no element in it."""
    try:
        # As bytes: lxml refuses text that carries its own encoding declaration.
        parser = lxml_html.HTMLParser(encoding="utf-8")
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):  # "Document is empty" and its kin
        return None


def stated(tree: Any) -> Stated:
    """Everything the page says of itself."""
    article = _json_article(tree)
    meta = _metas(tree)
    kind = meta.get("og:type", [""])[0].lower()
    times = [*_texts(article.get("datePublished")), *(value for name in _DATES for value in meta.get(name, ())),
             *(str(value) for value in tree.xpath("//time[@itemprop='datePublished' or @pubdate]/@datetime"))]
    links = [str(value) for value in tree.xpath("//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href")]
    language = [str(value) for value in tree.xpath("/html/@lang | /html/@*[name()='xml:lang']")]
    return Stated(
        titles=_distinct([*_texts(article.get("headline")), *meta.get("og:title", ()), *_heading(tree)]),
        dates=_distinct(times),
        addresses=_distinct([*links, *meta.get("og:url", ()), *_texts(article.get("mainEntityOfPage")),
                             *_texts(article.get("url"))]),
        authors=_distinct([*_texts(article.get("author")), *meta.get("author", ()), *meta.get("article:author", ()),
                           *meta.get("source", ())]),
        description=next(iter([*meta.get("og:description", ()), *meta.get("description", ()),
                               *_texts(article.get("description"))]), ""),
        language=(language or [""])[0],
        free=_truth([*_texts(article.get("isAccessibleForFree")), *meta.get("isaccessibleforfree", ())]),
        is_article=bool(article) or (kind == "article" and bool(times)),
    )


def _heading(tree: Any) -> Iterator[str]:
    """The page's title; first without the site's name where a heading shows what the headline alone is.

    Pages have several h1 (a logo, a footer): only one with which the title begins is the headline
    (People's Daily 2024-04-24: "…指明方向--时政--人民网").
    """
    title = one_line(" ".join(tree.xpath("//head/title//text()") or tree.xpath("//title[1]//text()")))
    headings = [one_line(" ".join(node.itertext())) for node in tree.iter("h1", "h2")]
    yield from sorted((text for text in headings if len(text) > 10 and title.startswith(text)), key=len, reverse=True)
    yield title


def _metas(tree: Any) -> dict[str, list[str]]:
    """Contents of meta elements (and of anything with itemprop and content) by their lower-case name."""
    found: dict[str, list[str]] = {}
    for node in tree.xpath("//meta[@content] | //*[@itemprop][@content]"):
        value = one_line(str(node.get("content")))
        for key in ("property", "name", "itemprop"):
            for name in (node.get(key) or "").lower().split() if value else ():
                found.setdefault(name, []).append(value)
    return found


def _json_article(tree: Any) -> dict[str, Any]:
    """The page's own article among its JSON-LD blocks: the outermost, since teasers of others lie deeper."""
    for block in tree.xpath("//script[contains(@type, 'ld+json')]"):
        try:
            data = json.loads(block.text or "", strict=False)
        except (ValueError, RecursionError):
            continue  # a block that is no JSON says nothing; the page's other statements are asked
        waiting, seen = deque([data]), 0
        while waiting and seen < _DEEPEST:
            seen += 1
            node = waiting.popleft()
            if isinstance(node, dict):
                kinds = node.get("@type")
                named = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
                if any(isinstance(kind, str) and re.search(r"(Article|BlogPosting)$", kind) for kind in named):
                    return node
                waiting.extend(node.values())
            elif isinstance(node, list):
                waiting.extend(node)
    return {}


def _texts(value: Any) -> list[str]:
    """Texts of a JSON-LD value: itself, an entity's name or address, or each of a list."""
    if isinstance(value, list):
        return [text for part in value[:20] for text in (_texts(part) if not isinstance(part, list) else [])]
    if isinstance(value, dict):
        return _texts(value.get("name") or value.get("@id") or value.get("url")) if not isinstance(
            value.get("name"), dict) else []
    return [text] if isinstance(value, str | bool | int) and (text := one_line(str(value))) else []


def _truth(said: list[str]) -> bool | None:
    words = {text.lower() for text in said}
    return False if "false" in words else True if "true" in words else None


def _distinct(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(one_line, texts) if text))
