"""The text of an article's page: by the source's own selectors, else by the general reader, else by a plain one. Pure.

What is cut away afterwards are lines that are not the article's: a headline said again, leftovers of an editor. What is added
is the lede, where the page shows one apart from the body and the general reader passed it by.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from importlib.metadata import version
from typing import Any

from lxml import html as lxml_html

from connectors.formats.grids import MARK
from connectors.formats.html_tables import RAISED
from connectors.news.page.decode import clean, one_line, repaired
from connectors.news.page.markup import paragraphs
from connectors.news.page.notices import is_notice, without_its_notice, without_notices
from connectors.news.sources import PageRules
from warehouse.schema.errors import Incomplete, NotReadable

SHORTEST = 200
"""Least bytes of UTF-8 of a text that is an article: 200 letters, or about 67 Chinese characters."""

_LEFTOVERS = ("_ueditor_page_break_tag_",)  # an editor's page break in SCIO's transcripts
_LINES_OF_NO_ARTICLE = frozenset({"分享让更多人看到"})  # "share", under every People's Daily article (2024-04-24)
_DIGIT_LAST = re.compile(r"\d$")
_SENTENCE = 40
"""Least characters of a paragraph, besides what is marked in it, that is a sentence and no byline."""
_LEDE = 60
"""Least bytes of a description that is a lede and not a label."""


@cache
def extractor() -> str:
    """The general reader with its version."""
    return f"trafilatura {version('trafilatura')}"


def read_text(page: str, tree: Any, rules: PageRules, titles: tuple[str, ...], description: str) -> tuple[str, str]:
    """The text, a paragraph a line, and what read it. Raises NotReadable where a reader gives up.

    A reader whose text is too short for an article leaves the page to the next.
    """
    cleared = without_notices(tree)
    noticed = cleared is not tree
    cleared = cleared if noticed else deepcopy(tree)
    if _without_others(cleared, titles) | _in_sentences(cleared) | noticed:
        tree, page = cleared, lxml_html.tostring(cleared, encoding="unicode")
    headings = {*titles, *(one_line(" ".join(node.itertext())) for node in tree.iter("h1"))}
    readers: tuple[tuple[str, Callable[[], str]], ...] = (
        ("its own selectors", lambda: paragraphs(page, rules.text, rules.drop) if rules.text else ""),
        (extractor(), lambda: _with_lede(_general(page), tree, description)),
        ("paragraphs", lambda: _under_headline(tree, titles)),
        ("paragraphs", lambda: _plain(tree)),
    )
    best, notice = ("", ""), False
    for name, read in readers:
        text = _tidied(read(), headings)
        if is_notice(text, titles[0] if titles else ""):
            notice = True
            continue
        text = without_its_notice(text, titles[0] if titles else "")
        if len(text.encode("utf-8")) >= SHORTEST:
            return text, name
        best = max(best, (text, name), key=lambda found: len(found[0]))
    if notice and len(best[0].encode("utf-8")) < SHORTEST:
        raise Incomplete("a notice (cookies, consent, a subscription, a wall) stands where the text should be")
    return best


def _without_others(tree: Any, titles: tuple[str, ...]) -> bool:
    """Cut away other stories that are articles of their own, before this one or after it; whether there were any.

    This one is the one ``<article>`` that has the page's headline and, apart from others inside of it, text enough.
    """
    headings = [node for node in tree.iter("h1") if one_line(" ".join(node.itertext())) in titles]
    own = list(dict.fromkeys(node for heading in headings for node in heading.iterancestors("article")))
    if len(own) != 1 or len(_paragraphs(own[0]).encode("utf-8")) < SHORTEST:
        return False
    others = [node for node in tree.iter("article") if node is not own[0]]
    for node in others:
        if node.getparent() is not None:
            node.drop_tree()
    return bool(others)


def _paragraphs(part: Any) -> str:
    return "\n".join(one_line("".join(node.itertext())) for node in part.iter("p") if next(node.iterancestors("article"), None) is part)


def _in_sentences(tree: Any) -> bool:
    """Put what stands inside a sentence where every reader finds it; whether there was anything.

    A raised mark is told from the digit before it ("RM126.4<sup>1</sup> billion" is no 126.41), a fraction is written in one line, and
    elements that readers leave out with their words ("in <time>June 2024</time>") give up their tags.
    """
    found = False
    for node in tree.xpath("//sup | //sub | //*[contains(@style, 'vertical-align')]"):
        if (parent := node.getparent()) is None:  # the lower half of a fraction that was written
            continue
        before = parent.text if node.getprevious() is None else node.getprevious().tail
        if not _DIGIT_LAST.search(before or "") or (node.tag not in ("sup", "sub") and not RAISED.search(node.get("style"))):
            continue
        below, over = node.getnext(), "".join(node.itertext())
        if below is not None and below.tag == "sub" and (node.tail or "").strip() in ("/", "\u2044", "\u2215"):
            under = "".join(below.itertext())
            node.tail = ""
            below.drop_tree()  # its tail goes to the raised one
            node.tail = f" {over}/{under}{node.tail}"
            node.drop_tree()
        else:
            node.text = f"{MARK}{node.text or ''}"
        found = True
    for node in tree.xpath("//p//*[@hidden]"):
        node.drop_tree()
        found = True
    for node in list(tree.iter("time", "q", "label", "output")):
        block = next(node.iterancestors("p", "li", "blockquote", "dd"), None)
        if block is not None and len("".join(block.itertext())) - len("".join(node.itertext())) > _SENTENCE:
            node.drop_tag()
            found = True
    return found


def _under_headline(tree: Any, titles: tuple[str, ...]) -> str:
    """The paragraphs of the smallest part of a page that holds its headline and enough text, whatever element that part is."""
    for heading in tree.iter("h1"):
        if one_line(" ".join(heading.itertext())) not in titles:
            continue
        for part in heading.iterancestors():
            lines = [one_line("".join(node.itertext())) for node in part.iter("p")
                     if next(node.iterancestors("nav", "header", "footer", "form", "figure"), None) is None]
            if len("\n".join(lines).encode("utf-8")) >= SHORTEST:
                return "\n".join(lines)
    return ""


def _general(page: str) -> str:
    from trafilatura import bare_extraction  # imported here: it takes half a second, and most runs read no news

    # It warns ("discarding data: None") of what is an empty answer here and left to the next reader.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(page, favor_precision=True, include_comments=False, include_tables=False,
                                with_metadata=False)
    except Exception as error:  # an extractor fed with any bytes: whatever it stumbles over, the page is not readable
        raise NotReadable(f"the text extractor gave up: {type(error).__name__}: {error}") from error
    return str(getattr(found, "text", None) or "")


def _with_lede(text: str, tree: Any, description: str) -> str:
    """The text with the paragraph that the page shows before it and describes itself by (VnExpress's ``p.description``)."""
    if not text or len(description.encode("utf-8")) < _LEDE or description in text:
        return text
    shown = any(one_line(" ".join(node.itertext())) == description for node in tree.iter("p", "h2"))
    return f"{description}\n{text}" if shown else text


def _plain(tree: Any) -> str:
    """The paragraphs of the one element that holds most of them: for pages of which the general reader makes nothing."""
    by: dict[Any, list[str]] = {}
    for node in tree.iter("p"):
        if next(node.iterancestors("nav", "header", "footer", "aside", "form", "figure"), None) is None:
            by.setdefault(node.getparent(), []).append(one_line("".join(node.itertext())))
    return "\n".join(max(by.values(), key=lambda lines: sum(map(len, lines)), default=[]))


def _tidied(text: str, headings: set[str]) -> str:
    """Cleaned, repaired, single spaces; without lines that are not the article's."""
    text = repaired(clean(text))
    for leftover in _LEFTOVERS:
        text = text.replace(leftover, "\n")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line and line not in _LINES_OF_NO_ARTICLE and line not in headings)
