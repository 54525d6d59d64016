"""What an article page says of itself: JSON-LD, meta elements, headings, language, whether it is free to read.

Pure, and only reading: which of the statements is believed is decided in ``connectors.news.article``.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from connectors.news.page.decode import one_line

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
    is_list: bool = False
    """The page calls itself a section, a search or a home page, or shows nothing but teasers that lead on."""


def read_tree(text: str) -> Any | None:
    """The element tree of a page, or None where there is no element in it."""
    try:
        # As bytes: lxml refuses text that carries its own encoding declaration.
        parser = lxml_html.HTMLParser(encoding="utf-8")
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):  # "Document is empty" and its kin
        return None


def stated(tree: Any, fetched: str = "") -> Stated:
    """Everything the page says of itself. ``fetched`` is where it came from: an article of that address is its own."""
    dated = tree.xpath("//*[@content][contains(@itemprop, 'datePublished')] | //time[@itemprop='datePublished' or @pubdate]")
    own = _own(dated)
    meta = _metas(tree, {*dated} - {*own})
    canonical = [str(value) for value in tree.xpath("//link[translate(@rel, 'CANOIL', 'canoil')='canonical']/@href")]
    addresses = {_plain_address(text) for text in (*canonical, *meta.get("og:url", ()), fetched)} - {""}
    shown = [*meta.get("og:title", ()), *_heading(tree), *(one_line(" ".join(node.itertext())) for node in tree.iter("h1"))]
    article = _json_article(tree, {_plain_title(text) for text in shown if len(text) > 10}, addresses)
    kind = meta.get("og:type", [""])[0].lower()
    times = [*_texts(article.get("datePublished")), *(value for name in _DATES for value in meta.get(name, ())),
             *(str(node.get("datetime")) for node in own if node.tag == "time" and node.get("datetime"))]
    language = [str(value) for value in tree.xpath("/html/@lang | /html/@*[name()='xml:lang']")]
    return Stated(
        titles=_distinct([*_texts(article.get("headline")), *meta.get("og:title", ()), *_heading(tree)]),
        dates=_distinct(times),
        addresses=_distinct([*canonical, *meta.get("og:url", ()), *_texts(article.get("mainEntityOfPage")),
                             *_texts(article.get("url"))]),
        authors=_distinct([*_texts(article.get("author")), *meta.get("author", ()), *meta.get("article:author", ()),
                           *meta.get("source", ())]),
        description=next(iter([*meta.get("og:description", ()), *meta.get("description", ()),
                               *_texts(article.get("description"))]), ""),
        language=(language or [""])[0],
        free=_truth([*_texts(article.get("isAccessibleForFree")), *meta.get("isaccessibleforfree", ())]),
        is_article=bool(article) or (kind == "article" and bool(times)),
        is_list=kind != "article" and (_says_list(tree) or _shows_list(tree)),
    )


def _says_list(tree: Any) -> bool:
    """Whether JSON-LD calls the page itself a collection."""
    for block in tree.xpath("//script[contains(@type, 'ld+json')]"):
        try:
            data = json.loads(_unwrapped(block.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        nodes = data if isinstance(data, list) else [data]
        nodes += [part for node in nodes if isinstance(node, dict) and isinstance(node.get("@graph"), list) for part in node["@graph"]]
        if any(isinstance(node, dict) and _is_kind(node, r"^(CollectionPage|SearchResultsPage)$") for node in nodes):
            return True
    return False


_LEAST_TEASER = 60
"""Least characters of a line of a list that is a teaser and no entry of a menu."""


def _shows_list(tree: Any) -> bool:
    """Whether most of what stands in a page's paragraphs are teasers: beside a heading or a line that is a link, two paragraphs at most;
    or links themselves."""
    teasers, rest, headings = 0, 0, 0
    for node in tree.iter("p", "li"):
        if node.tag == "li" and (node.find(".//p") is not None or len(one_line("".join(node.itertext()))) < _LEAST_TEASER):
            continue
        if next(node.iterancestors("nav", "header", "footer", "form", "figure"), None) is not None:
            continue
        size, parent = len(one_line("".join(node.itertext()))), node.getparent()
        linked = parent.xpath("./*[self::h2 or self::h3 or self::h4][.//a[@href] or ancestor::a] | ./a[@href][.//h2 or .//h3 or .//h4]")
        alone = size > 0 and size == max((len(one_line("".join(link.itertext()))) for link in node.iter("a")), default=0)
        if alone or (len(linked or parent.findall("a[@href]")) == 1 and len(parent.findall("p")) <= 2):
            teasers, headings = teasers + size, headings + 1
        else:
            rest += size
    return headings >= 4 and teasers > rest


def _heading(tree: Any) -> Iterator[str]:
    """The page's title; first without the site's name where a heading shows what the headline alone is.

    Pages have several h1 (a logo, a footer): only one with which the title begins is the headline
    (People's Daily 2024-04-24: "…指明方向--时政--人民网").
    """
    title = one_line(" ".join(tree.xpath("//head/title//text()") or tree.xpath("//title[1]//text()")))
    headings = [one_line(" ".join(node.itertext())) for node in tree.iter("h1", "h2")]
    yield from sorted((text for text in headings if len(text) > 10 and title.startswith(text)), key=len, reverse=True)
    yield title


def _metas(tree: Any, others: set[Any]) -> dict[str, list[str]]:
    """Contents of meta elements (and of anything with itemprop and content) by their lower-case name; without those of ``others``."""
    found: dict[str, list[str]] = {}
    for node in tree.xpath("//meta[@content] | //*[@itemprop][@content]"):
        if node in others:
            continue
        value = one_line(str(node.get("content")))
        for key in ("property", "name", "itemprop"):
            for name in (node.get(key) or "").lower().split() if value else ():
                found.setdefault(name, []).append(value)
    return found


def _own(marked: list[Any]) -> list[Any]:
    """Of elements of a page those that may speak of its own article: in the part of the headline, or in the one part that is marked so."""
    parts = [(node, next((above for above in node.iterancestors() if above.tag == "article" or above.get("itemscope") is not None), None))
             for node in marked if next(node.iterancestors("aside", "footer", "nav", "li"), None) is None]
    headed = [node for node, part in parts if part is None or next(part.iter("h1"), None) is not None]
    return headed or ([node for node, _ in parts] if len({part for _, part in parts}) == 1 else [])


def _json_article(tree: Any, titles: set[str], addresses: set[str]) -> dict[str, Any]:
    """The one article among a page's JSON-LD that is about this page: by its address or headline, wherever it stands; else the outermost
    that says nothing to the contrary, is no item of a list and not one of several. None of these is better than another story's headline
    and day."""
    best: tuple[int, dict[str, Any]] = (0, {})
    unsure: set[str] = set()
    seen = 0
    for block in tree.xpath("//script[contains(@type, 'ld+json')]"):
        try:
            data = json.loads(_unwrapped(block.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue  # a block that is no JSON says nothing; the page's other statements are asked
        waiting = deque([(data, False)])
        while waiting and seen < _DEEPEST:
            seen += 1
            node, listed = waiting.popleft()
            if isinstance(node, dict):
                if _is_kind(node, r"(Article|BlogPosting|LiveBlogPosting)$"):
                    fits = _fits(node, listed, titles, addresses)
                    if fits > best[0]:
                        best = fits, node
                    if fits == 1:
                        unsure.update(map(_plain_title, _texts(node.get("headline"))))
                listed = listed or _is_kind(node, r"(ItemList|ListItem|Collection|CollectionPage|SearchResultsPage)$") or bool(best[0])
                waiting.extend((value, listed or key in _OF_OTHERS) for key, value in node.items())
            elif isinstance(node, list):
                waiting.extend((part, listed) for part in node)
    return {} if best[0] == 1 and len(unsure) > 1 else best[1]


_OF_OTHERS = ("itemListElement", "hasPart", "citation", "isBasedOn", "relatedLink", "mentions", "workExample", "isPartOf", "blogPost")
"""Where a page's JSON-LD names other articles."""


def _is_kind(node: dict[str, Any], pattern: str) -> bool:
    kinds = node.get("@type")
    named = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    return any(isinstance(kind, str) and re.search(pattern, kind) for kind in named)


def _fits(node: dict[str, Any], listed: bool, titles: set[str], addresses: set[str]) -> int:
    """How well an article in a page's JSON-LD is the page's own: 3 by its address, 2 by its headline, 1 where nothing speaks against it
    (its headline may be worded otherwise), 0 for another."""
    said = {_plain_address(text) for key in ("mainEntityOfPage", "url", "@id") for text in _texts(node.get(key))} - {""}
    if said & addresses:
        return 3
    headlines = {_plain_title(text) for text in (*_texts(node.get("headline")), *_texts(node.get("name")))}
    if headlines & titles or any(title.startswith(text) for text in headlines if len(text) > 10 for title in titles):
        return 2
    alike = not titles or not headlines or any(_alike(one, other) for one in headlines for other in titles)
    return 0 if listed or (said and addresses) or not alike else 1


def _alike(one: str, other: str) -> bool:
    """Whether two headlines may be of one article: half the words of the shorter (characters of Chinese) stand in the other."""
    first, second = (set(re.findall(r"[a-z0-9]+|[^\W\d_a-z]", text)) for text in (one, other))
    return 2 * len(first & second) >= max(4, min(len(first), len(second)))


def _plain_title(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()


def _plain_address(text: str) -> str:
    """An address to compare by: without scheme, www, query, fragment and closing slash; empty for a home page and for none."""
    found = re.match(r"(?:https?:)?//(?:www\.|m\.|amp\.)?([^/?#]+)/([^?#]*[^?#/])", text.strip(), re.IGNORECASE)
    return f"{found[1].casefold()}/{found[2]}" if found else ""


def _unwrapped(text: str) -> str:
    """JSON without the comment or CDATA marks that old templates put around it."""
    return re.sub(r"^\s*(?:<!--|/\*|//)?\s*(?:<!\[CDATA\[)?\s*(?:\*/)?|(?://|/\*)?\s*(?:\]\]>)?\s*(?:\*/|-->)?\s*$", "", text)


def beside_headline(tree: Any) -> str:
    """The one day of ``<time>`` elements in the smallest part of a page that its one headline stands in, between it and the text; empty
    where there are several, or where it is said to be of a change or stands in a sentence."""
    headings = [node for node in tree.iter("h1") if one_line(" ".join(node.itertext()))]
    for part in headings[0].iterancestors("header", "article", "main", "section", "div") if len(headings) == 1 else ():
        times = [node for node in _until_text(part, headings[0]) if not _of_a_change(node) and not _in_sentence(node)]
        if times:
            days = {str(node.get("datetime")).strip()[:10] for node in times}
            return str(times[0].get("datetime")) if len(days) == 1 else ""
    return ""


_TEXT_BEGINS = 80
"""Least characters of a paragraph that is one of the text."""
_SMALL_PART = 400
"""Most characters of a part in which a day above the headline is the headline's, and not that of the page's head."""


def _until_text(part: Any, heading: Any) -> Iterator[Any]:
    """The ``<time>`` elements of a part from the headline to the first paragraph; those above it too where the part is small."""
    small = len(one_line(" ".join(part.itertext()))) <= _SMALL_PART
    reached = False
    for node in part.iter(etree.Element):
        reached = reached or node is heading
        if reached and node is not heading and (len(node.text or "") >= _TEXT_BEGINS
                                                or (node.tag == "p" and len("".join(node.itertext())) >= _TEXT_BEGINS)):
            return
        if node.tag == "time" and node.get("datetime") and (reached or small) \
                and next(node.iterancestors("aside", "footer", "nav"), None) is None:
            yield node


def _in_sentence(node: Any) -> bool:
    """Whether a day stands among words that are no byline: "The fair opens on 12 May"."""
    said = one_line(" ".join(text for text in node.getparent().itertext(with_tail=True)))
    return node.getparent().tag == "p" and said != one_line(" ".join(node.itertext())) and not re.match(r"(?:By|Published|Posted)\b", said)


_BYLINE_DAY = re.compile(
    r"\b(?:(?P<m>[A-Z][a-z]{2,8})\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>(?:19|20)\d\d)|(?P<d2>\d{1,2})(?:st|nd|rd|th)? "
    r"(?P<m2>[A-Z][a-z]{2,8})\.?,? (?P<y2>(?:19|20)\d\d)|(?P<iso>(?:19|20)\d\d-\d\d-\d\d))\b")


def in_byline(tree: Any) -> str:
    """The day of the page's one byline with a day, in full and with the month's name: "By A. Writer on Monday, November 18th, 2019"."""
    found = set()
    for node in tree.iter("p", "div", "span"):
        line = one_line("".join(node.itertext())) if len(node) <= 6 else ""
        if len(line) > 160 or not re.match(r"(?:By|Published|Posted)\b", line) or _of_a_change(node):
            continue
        if next(node.iterancestors("aside", "footer", "nav", "li"), None) is None and (day := _BYLINE_DAY.search(line)):
            found.add(day["iso"] or f"{day['d'] or day['d2']} {day['m'] or day['m2']} {day['y'] or day['y2']}")
    return found.pop() if len(found) == 1 else ""


def _of_a_change(node: Any) -> bool:
    near = (node, node.getparent(), node.getparent().getparent())
    names = (str(one.get(name) or "") for one in near if one is not None for name in ("class", "id", "itemprop"))
    words = " ".join((*names, " ".join(node.getparent().itertext())[:200]))
    return re.search(r"modif|updat|edited|chang|更新", words, re.IGNORECASE) is not None


def in_address(url: str) -> str:
    """The day in an address that has it as year, month and day: ``/2026/02/09/story``, ``/20260209/``, ``/2026-02-09-story``."""
    days = re.findall(r"/((?:19|20)\d\d)([-/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?=[/_-])", url)
    if len(days) != 1 or re.search(r"/(?:events?|calendar|uploads?|files?|media|images?)/", url, re.IGNORECASE):
        return ""  # of two days which one, and of an event or a file another
    return f"{days[0][0]}-{days[0][2]}-{days[0][3]}"


def _texts(value: Any) -> list[str]:
    """Texts of a JSON-LD value: itself, an entity's name or address, or each of a list."""
    if isinstance(value, list):
        return [text for part in value[:20] for text in (_texts(part) if not isinstance(part, list) else [])]
    if isinstance(value, dict):
        return _texts(value.get("name") or value.get("@id") or value.get("url")) if not isinstance(
            value.get("name"), dict) else []
    return [text] if isinstance(value, str | bool | int) and (text := one_line(unescape(str(value)))) else []


def _truth(said: list[str]) -> bool | None:
    words = {text.lower() for text in said}
    return False if "false" in words else True if "true" in words else None


def _distinct(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in map(one_line, texts) if text))
