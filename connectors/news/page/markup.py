"""CSS selectors on a page, and the text of what they find. Pure; the only module of news that knows beautifulsoup4.

lxml's own selectors need a further package; beautifulsoup4 brings its own and takes any bytes. It is slow beside lxml (some
50 ms a page), so only pages of sources with selectors are read with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors.news.page.decode import one_line
from warehouse.schema.errors import NotReadable

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_BLOCKS = ("p", "h2", "h3", "h4", "li", "blockquote", "dd", "pre")
_NO_TEXT = ("script", "style", "noscript", "template", "iframe", "form", "button")


def soup(page: str) -> BeautifulSoup:
    """A page for selectors. Raises NotReadable for what the reader cannot take."""
    from bs4 import BeautifulSoup

    try:
        return BeautifulSoup(page, "lxml")
    except Exception as error:  # a lenient reader fed with any text: whatever it stumbles over is no page
        raise NotReadable(f"the page reader gave up: {type(error).__name__}: {error}") from error


def first(tree: Tag, selector: str) -> Tag | None:
    """The first element that a selector finds; None for an empty selector."""
    return tree.select_one(selector) if selector else None


def words(element: Tag | None) -> str:
    """An element's text as one line, empty for none."""
    return one_line(element.get_text(" ")) if element is not None else ""


def paragraphs(page: str, selector: str, drop: str) -> str:
    """The text inside a selector, a paragraph a line, without what ``drop`` selects."""
    tree = soup(page)
    lines: list[str] = []
    for body in tree.select(selector):
        for gone in [*body.find_all(_NO_TEXT), *(body.select(drop) if drop else ())]:
            gone.decompose()
        lines += _lines(body)
    return "\n".join(line for line in lines if line)


def _lines(body: Tag) -> Iterator[str]:
    if body.name in _BLOCKS:
        yield one_line(body.get_text(""))
        return
    blocks = [found for found in body.find_all(_BLOCKS) if not found.find_parent(_BLOCKS)]
    if not blocks:  # a page of the early web: line breaks in one element
        yield from (one_line(line) for line in body.get_text("\n").split("\n"))
    for block in blocks:
        yield one_line(block.get_text(""))
